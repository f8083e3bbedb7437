"""A procedure as a Mermaid state diagram: for pages that draw Mermaid themselves, such as those of code forges."""

from sop.model import Definition, Sop
from workshop.diagram import WHOLE, sources
from workshop.standing import BEEN, HERE, MARK_WORDS, Standing

_LOOKS = {HERE: "fill:#ffe08a,stroke:#000000,stroke-width:3px", BEEN: "fill:#dbe7f6,stroke-dasharray:4 2"}


def mermaid(definition: Definition, sop: str = WHOLE, at: Standing | None = None) -> str:
    """A `stateDiagram-v2` of one SOP, or of all; the marks of a case stand in the labels, not in colours alone."""
    shown = [definition.sops[sop]] if sop else list(definition.sops.values())
    lines = ["stateDiagram-v2", "  direction LR"]
    for one in shown:
        lines += [f'  state "{_label(one.title)}" as {one.sop} {{', "    direction LR"]
        lines += [f"    {line}" for line in _sop(one, at)]
        lines.append("  }")
    return "\n".join([*lines, *_marks(shown, at)]) + "\n"


def _sop(sop: Sop, at: Standing | None) -> list[str]:
    lines = []
    for name, state in sop.states.items():
        mark = at.of_state(f"{sop.sop}.{name}") if at else None
        label = f"{state.title} [{MARK_WORDS[mark]}]" if mark else state.title
        lines.append(f'state "{_label(label)}" as {_id(sop, name)}')
    lines.append(f"[*] --> {_id(sop, sop.initial)}")
    for name, move in sop.transitions.items():
        mark = at.of_transition(f"{sop.sop}.{name}") if at else None
        label = f"{move.title} [{MARK_WORDS[mark]}]" if mark else move.title
        lines += [f"{_id(sop, source)} --> {_id(sop, move.to)} : {_label(label)}" for source in sources(sop, move)]
    return lines + [f"{_id(sop, name)} --> [*]" for name, state in sop.states.items() if state.final]


def _marks(shown: list[Sop], at: Standing | None) -> list[str]:
    if at is None:
        return []
    lines = [f"  classDef {mark} {look}" for mark, look in _LOOKS.items()]
    marked = [(_id(sop, name), at.of_state(f"{sop.sop}.{name}")) for sop in shown for name in sop.states]
    return lines + [f"  class {id_} {mark}" for id_, mark in marked if mark]


def _id(sop: Sop, state: str) -> str:
    return f"{sop.sop}__{state}"


def _label(text: str) -> str:
    """Mermaid ends a statement at `;`, takes `:` for a label, `#` for an entity, `<` for markup: all are entities here."""
    for letter in '#;:"<>&':
        text = text.replace(letter, f"\0{ord(letter)}\0")
    parts = text.split("\0")
    return "".join(part if index % 2 == 0 else f"#{part};" for index, part in enumerate(parts))
