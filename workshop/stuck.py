"""States in which a case gets stuck: what the way out asks for was not recorded before, and cannot be any more."""

from collections.abc import Iterator

from sop.model import Measure, Sop, Transition
from sop.references import names
from sop.walk import walk
from workshop.logic import Val
from workshop.possible import Possible


def stuck_states(possible: Possible, sop: Sop) -> Iterator[tuple[str, list[str]]]:
    """Each state from which no path leads to an end in the worst case, and the measures that it waits for in vain.

    The worst case is a person for whom nothing was done before but what the steps on the way ask for. Whatever such a
    step so much as mentions counts as done, and every other SOP as wherever it helps: what is found is surely stuck.
    """
    taken = {name for owner, name, _ in possible.moves if owner == sop.sop and name in sop.transitions}
    mentioned = {name: _mentioned(possible, sop.transitions[name]) for name in taken}
    for state in sop.states:
        if state not in possible.states(sop.sop) or sop.states[state].final:
            continue
        before = _mentioned_before(possible, sop, state, mentioned)
        ahead, lost = _onward(possible, sop, state, before)
        if any(sop.states[name].final for name in ahead):
            continue
        whole, _ = _onward(possible, sop, state, set(sop.measures))
        yield state, sorted(lost) if any(sop.states[name].final for name in whole) else []


def _onward(possible: Possible, sop: Sop, start: str, done: set[str]) -> tuple[set[str], set[str]]:
    """The states that lie ahead where of this SOP's measures only these may be done; and those out of reach for good."""
    ahead, size = {start}, 0
    lost: set[str] = set()
    while size != (size := len(ahead)):
        lost = {
            n for n, measure in sop.measures.items() if n not in done and measure.in_ and not ahead & set(measure.in_)
        }
        narrowed: dict[str, frozenset[Val]] = {f"measure:{name}": frozenset({"no"}) for name in lost}
        narrowed |= {fact: frozenset({None}) for name in lost for fact in _facts(possible, sop.measures[name], name)}
        narrowed[f"state:{sop.sop}"] = frozenset(ahead)
        for name, move in sop.transitions.items():
            sources = set() if move.to in ahead else set(possible.leaving(sop, move)) & ahead
            if any(possible.can_take(sop, name, source, narrowed) for source in sources):
                ahead.add(move.to)
    return ahead, lost


def _facts(possible: Possible, measure: Measure, name: str) -> list[str]:
    """The variables that only this measure writes."""
    variables = [f"fact:{name}.{field}" for field in (*measure.fields, *measure.results)]
    return [variable for variable in variables if variable in possible.domains]


def _mentioned_before(possible: Possible, sop: Sop, state: str, mentioned: dict[str, set[str]]) -> set[str]:
    """The measures that any step on any path to the state speaks of."""
    behind, size, steps = {state}, 0, possible.steps(sop)
    while size != (size := len(behind)):
        behind |= {source for source, target in steps if target in behind}
    return {name for move, names in mentioned.items() if sop.transitions[move].to in behind for name in names}


def _mentioned(possible: Possible, move: Transition) -> set[str]:
    found: set[str] = set()
    waiting: list[object] = list(move.needs)
    while waiting:
        for _, part in walk(waiting.pop()):
            for _, kind, name in names(part, None):
                if kind == "measure":
                    found.add(name)
                elif kind == "fact" and name in possible.meaning.derived:
                    waiting.append(possible.meaning.derived[name])
                elif kind == "fact":
                    found.add(name.split(".")[0])
    return found
