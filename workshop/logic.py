"""Whether things can hold together: formulas over variables with finitely many values, and a search with a bound."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sop.shapes import FactValue

Val = FactValue | None
Domains = Mapping[str, frozenset[Val]]
MOST_TRIES = 4_000
DEEPEST = 200
"""Branches after which the search gives up and says `perhaps`: whoever asks must then find nothing wrong."""


@dataclass(frozen=True, slots=True)
class Among:
    """The variable has one of these values."""

    variable: str
    values: frozenset[Val]


@dataclass(frozen=True, slots=True)
class Every:
    """All parts hold; with no parts it always holds."""

    parts: tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one part holds; with no parts it never holds."""

    parts: tuple["Formula", ...]


Formula = Among | Every | Some
ALWAYS, NEVER = Every(()), Some(())


def opposite(formula: Formula, domains: Domains) -> Formula:
    """What holds exactly where the formula does not."""
    match formula:
        case Among(variable, values):
            return Among(variable, domains[variable] - values)
        case Every(parts):
            return Some(tuple(opposite(part, domains) for part in parts))
        case Some(parts):
            return Every(tuple(opposite(part, domains) for part in parts))


class _GivenUp(Exception):
    pass


def can_hold(formulas: Iterable[Formula], domains: Domains) -> bool:
    """Whether the variables have values in their domains with which every formula holds; True where that is too hard."""
    left = [MOST_TRIES]
    try:
        return _search(list(formulas), dict(domains), left)
    except _GivenUp:
        return True


def _search(goals: list[Formula], known: dict[str, frozenset[Val]], left: list[int], depth: int = 0) -> bool:
    left[0] -= 1
    if left[0] < 0 or depth > DEEPEST:
        raise _GivenUp
    choices: list[tuple[Formula, ...]] = []
    while goals:
        match goals.pop():
            case Among(variable, values):
                known[variable] = known[variable] & values
                if not known[variable]:
                    return False
            case Every(parts):
                goals += parts
            case Some(parts):
                choices.append(parts)
        if not goals:  # a choice with one way left is none: it is taken before anything is tried
            choices = [tuple(part for part in parts if _may(part, known)) for parts in choices if not _is(parts, known)]
            if () in choices:
                return False
            goals = [parts[0] for parts in choices if len(parts) == 1]
            choices = [parts for parts in choices if len(parts) > 1]
    if not choices:
        return True
    choices.sort(key=len)
    first, rest = choices[0], [Some(parts) for parts in choices[1:]]
    return any(_search([part, *rest], dict(known), left, depth + 1) for part in first)


def _is(parts: tuple[Formula, ...], known: dict[str, frozenset[Val]]) -> bool:
    """Whether one of the alternatives is so already."""
    return any(isinstance(part, Among) and known[part.variable] <= part.values for part in parts)


def _may(part: Formula, known: dict[str, frozenset[Val]]) -> bool:
    """A quick look: an alternative that already contradicts what is known is none."""
    match part:
        case Among(variable, values):
            return not known[variable].isdisjoint(values)
        case Every(parts):
            return all(_may(inner, known) for inner in parts if isinstance(inner, Among))
    return True
