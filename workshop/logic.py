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


def can_hold(formulas: Iterable[Formula], domains: Domains, narrowed: Domains | None = None) -> bool:
    """Whether the variables have values in their domains with which every formula holds; True where that is too hard.

    `narrowed` are smaller domains of some of the variables.
    """
    try:
        return _Search(domains).finds(list(formulas), dict(narrowed or {}), 0)
    except _GivenUp:
        return True


class _Search:
    """One search, with the tries that are left. What is known are the variables narrowed so far."""

    def __init__(self, domains: Domains) -> None:
        self.domains = domains
        self.left = MOST_TRIES

    def finds(self, goals: list[Formula], known: dict[str, frozenset[Val]], depth: int) -> bool:
        self.left -= 1
        if self.left < 0 or depth > DEEPEST:
            raise _GivenUp
        choices: list[tuple[Formula, ...]] = []
        while goals:
            match goals.pop():
                case Among(variable, values):
                    known[variable] = self._of(variable, known) & values
                    if not known[variable]:
                        return False
                case Every(parts):
                    goals += parts
                case Some(parts):
                    choices.append(parts)
            if not goals:  # a choice with one way left is none: it is taken before anything is tried
                open_ = [parts for parts in choices if not any(self._is(part, known) for part in parts)]
                choices = [tuple(part for part in parts if self._may(part, known)) for parts in open_]
                if () in choices:
                    return False
                goals = [parts[0] for parts in choices if len(parts) == 1]
                choices = [parts for parts in choices if len(parts) > 1]
        if not choices:
            return True
        choices.sort(key=len)
        first, rest = choices[0], [Some(parts) for parts in choices[1:]]
        return any(self.finds([part, *rest], dict(known), depth + 1) for part in first)

    def _of(self, variable: str, known: dict[str, frozenset[Val]]) -> frozenset[Val]:
        return known[variable] if variable in known else self.domains[variable]

    def _is(self, part: Formula, known: dict[str, frozenset[Val]]) -> bool:
        """Whether it is so already."""
        return isinstance(part, Among) and self._of(part.variable, known) <= part.values

    def _may(self, part: Formula, known: dict[str, frozenset[Val]]) -> bool:
        """A quick look: an alternative that already contradicts what is known is none."""
        match part:
            case Among(variable, values):
                return not self._of(variable, known).isdisjoint(values)
            case Every(parts):
                return all(self._may(inner, known) for inner in parts if isinstance(inner, Among))
        return True
