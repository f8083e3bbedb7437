"""What must become so for a step to be possible: choices of values that make its conditions hold, the cheapest first."""

import heapq
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sop.conditions import Condition, Needs
from sop.maybe import HOLDS, Situation
from sop.model import Definition
from sop.shapes import FactValue
from workshop.values import Values

Wants = dict[str, FactValue | None]
"""The value that each variable must have. A fact that must not be known is None."""
DEAREST = 60
MOST_LOOKED_AT = 20_000


class TooManyChoices(Exception):
    """There are more choices than can be looked at."""


@dataclass(frozen=True)
class Goal:
    """Conditions that must hold, and conditions of which one at least must not."""

    needs: Needs
    broken: Needs = ()


def price(variable: str, was: FactValue | None, value: FactValue | None, asked: bool) -> tuple[str, int] | None:
    """What it takes to change the variable: whose work it is, and how many steps; None where nothing can do it."""
    kind, name = variable.split(":", 1)
    if was == value or (kind == "clock" and (was, value) == ("over", "idle")):
        return "", 0
    match kind:
        case "fact" if asked:
            return (variable, 0) if was is None else (variable, 1) if value is not None else None
        case "fact":
            return f"do:{name.split('.')[0]}", 1
        case "done":
            return None if value == "never" else (f"do:{name}", 1 if value == "done" else 2)
        case "settled":
            return (f"do:{name}", 1) if value else None
        case "clock":
            return None if value == "idle" and was != "on" else (variable, 2 if value == "over" else 1)
    return variable, 1


def assignments(
    values: Values,
    goal: Goal,
    seen: Callable[[str], FactValue | None],
    keep: Wants,
    asked: Callable[[str], bool],
    toll: Callable[[Wants], frozenset[str]] | None = None,
) -> Iterator[Wants]:
    """Every choice of values by which the goal is reached, the cheapest first; what does not matter is left out.

    `seen` says what a variable is now, `keep` what must stay as it is, `asked` which facts anybody may tell. With
    `toll`, which says what a choice takes, choices come only once for each toll, and none that takes more than another.
    Raises `TooManyChoices` after so many that there may be others.
    """
    definition = values.definition
    numbers = itertools.count()
    heap: list[tuple[int, int, int, Wants, Needs, frozenset[str]]] = [
        (0, 0, next(numbers), {}, goal.needs, frozenset())
    ]
    looked_at = 0
    tolls: list[frozenset[str]] = []
    met: set[object] = set()
    while heap:
        looked_at += 1
        if looked_at > MOST_LOOKED_AT:
            raise TooManyChoices
        cost, _, _, known, needs, paid = heapq.heappop(heap)
        situation = Situation(known, definition.head.derived)
        left = tuple(need for need in needs if situation.verdicts(need) != HOLDS)
        if any(True not in situation.verdicts(need) for need in left):
            continue
        broken = situation.all_of(goal.broken) if goal.broken else frozenset({False})
        if broken == HOLDS:
            continue
        if toll:
            paying, same = toll(known), _what_matters(known, left, goal.broken, values)
            if (paying, same) in met or any(other <= paying for other in tolls):
                continue
            met.add((paying, same))
        if not left and True not in broken:
            if toll:
                tolls.append(paying)
            yield known
            continue
        variable = _next(left or goal.broken, known, values)
        for value in [keep[variable]] if variable in keep else values.of(variable):
            bill = price(variable, seen(variable), value, asked(variable))
            if bill is None or not _together(definition, known, variable, value):
                continue
            whose, steps = bill
            more = 0 if whose in paid else steps
            if cost + more <= DEAREST:
                owed = paid | {whose} if steps else paid
                heapq.heappush(
                    heap, (cost + more, -len(known) - 1, next(numbers), known | {variable: value}, left, owed)
                )


def _together(definition: Definition, known: Wants, variable: str, value: FactValue | None) -> bool:
    """Whether a record can say this together: what a done measure must record is known, and nothing without it."""
    measure = variable.split(":", 1)[1].split(".")[0]
    found = definition.measure(measure)
    if found is None or variable.startswith(("clock:", "state:")):
        return True
    now = known | {variable: value}
    fields = {f"fact:{measure}.{name}": field for name, field in found[1].fields.items()}
    recorded = now.get(f"done:{measure}", "never") != "never" or any(now.get(v) is not None for v in fields)
    if now.get(f"done:{measure}") == "never" and recorded:
        return False
    return not recorded or not any(v in now and now[v] is None and field.required for v, field in fields.items())


def _what_matters(known: Wants, left: Needs, broken: Needs, values: Values) -> object:
    """All of a choice on which it depends how it can go on: two that agree in this are one."""
    asked = frozenset[str]().union(*(values.read_by(need) for need in (*left, *broken)))
    groups = {_group(variable) for variable in asked}
    return tuple(map(id, left)), frozenset(item for item in known.items() if _group(item[0]) in groups)


def _group(variable: str) -> str:
    """The measure of which it is a part, or the variable itself."""
    kind, name = variable.split(":", 1)
    return name.split(".")[0] if kind in ("done", "settled") or (kind == "fact" and name[:5] != "case.") else variable


def _next(needs: tuple[Condition, ...], known: Wants, values: Values) -> str:
    """A variable that is still open, of the condition that has the fewest of them."""
    open_ = [sorted(values.read_by(need) - set(known)) for need in needs]
    return min((names for names in open_ if names), key=len)[0]
