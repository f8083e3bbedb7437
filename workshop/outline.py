"""A procedure as a nested list: everything that its drawing shows, for those who read or listen."""

from sop.model import Definition, Sop, Transition
from workshop.diagram import WHOLE, drawn_title, sources
from workshop.standing import MARK_WORDS, Standing


def outline(definition: Definition, sop: str = WHOLE, at: Standing | None = None) -> str:
    """The states of one SOP, or of all, each with the transitions that leave it; a case's standing in words."""
    shown = [definition.sops[sop]] if sop else list(definition.sops.values())
    return "\n".join(line for one in shown for line in _sop(definition, one, at)) + "\n"


def step_words(definition: Definition, move: Transition) -> str:
    """Who takes a transition, for a picture's tooltip and for the list."""
    return " or ".join(definition.head.roles.get(role, role) for role in move.by) or "taken by a clock"


def _sop(definition: Definition, sop: Sop, at: Standing | None) -> list[str]:
    lines = [sop.title]
    if at and not any(ref.startswith(f"{sop.sop}.") for ref in at.here):
        lines[0] += " [not open]"
    for name in sop.states:
        begins = " (begins here)" if name == sop.initial else ""
        lines.append(f"- {drawn_title(sop, name)}{begins}{_mark(at.of_state(f'{sop.sop}.{name}') if at else None)}")
        lines += _leaving(definition, sop, name, at)
    if at and at.measures.get(sop.sop):
        titles = "; ".join(sop.measures[name].title for name in at.measures[sop.sop])
        lines.append(f"- Measures possible now: {titles}")
    return lines


def _leaving(definition: Definition, sop: Sop, state: str, at: Standing | None) -> list[str]:
    here = at is not None and f"{sop.sop}.{state}" in at.here
    return [
        f"  - {move.title} -> {sop.states[move.to].title} ({step_words(definition, move)})"
        + _mark(at.of_transition(f"{sop.sop}.{name}") if at and here else None)
        for name, move in sop.transitions.items()
        if state in sources(sop, move)
    ]


def _mark(mark: str | None) -> str:
    return f" [{MARK_WORDS[mark]}]" if mark else ""
