"""What a variable of a procedure can be, as far as anything in the procedure tells its values apart."""

import itertools
from collections.abc import Callable, Iterable
from datetime import datetime

from sop import conditions as c
from sop.case import ENGINE, Case
from sop.clocks import Clock, Variant
from sop.draft import Draft
from sop.fields import Field
from sop.influence import read_by
from sop.model import Definition
from sop.procedure import Procedure
from sop.shapes import FactValue
from sop.vocabulary import Vocabulary
from sop.walk import walk

Test = Callable[[FactValue | None], bool | None]
_SAMPLES: dict[str, tuple[FactValue, ...]] = {
    "date": ("2026-03-02",),
    "moment": ("2026-03-20T09:00:00+00:00",),
    "duration": ("45 days",),
    "country": ("AT",),
    "countries": (("AT",),),
    "languages": (("sr",),),
}


class Values:
    """The values of every variable: one of each kind that some comparison tells from the others.

    A number stands for all numbers between the same bounds, a code for all codes that nothing asks about.
    """

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self._fields = Vocabulary(definition).facts
        self._tests: dict[str, list[Test]] = {}
        self._named: dict[str, list[FactValue]] = {}
        for _, part in walk(definition):
            self._collect(part)
        self._kinds: dict[str, dict[tuple[bool | None, ...], FactValue]] = {}
        self._reads: dict[int, tuple[c.Condition, frozenset[str]]] = {}

    def read_by(self, condition: c.Condition) -> frozenset[str]:
        """The variables that the condition reads; found out once for each."""
        known = self._reads.get(id(condition))
        if known is None:
            known = self._reads[id(condition)] = condition, frozenset(read_by(condition, self.definition))
        return known[1]

    def of(self, variable: str) -> tuple[FactValue | None, ...]:
        """Everything that it can be; first what it is before anything has happened, None for a fact not known."""
        kind, name = variable.split(":", 1)
        match kind:
            case "state":
                return ("not_open", *self.definition.sops[name].states)
            case "done":
                found = self.definition.measure(name)
                return ("never", "done", "lapsed") if found and found[1].valid_for else ("never", "done")
            case "clock":
                return ("idle", "on", "over")
            case "fact":
                return (None, *self._kinds_of(name).values())
        return (False, True)

    def seen(self, procedure: Procedure, case: Case, now: datetime, variable: str) -> FactValue | None:
        """What the variable is for a case as it stands, as one of its values."""
        draft = Draft(procedure, case, ENGINE, now)
        kind, name = variable.split(":", 1)
        match kind:
            case "state":
                return draft.state(name) or "not_open"
            case "done":
                return "done" if draft.done(name) else "lapsed" if draft.lapsed(name) else "never"
            case "settled":
                return draft.settled(name)
            case "consent":
                return draft.consented(name)
            case "clock":
                return "on" if draft.clock_running(name) else "over" if draft.clock_ended(name) else "idle"
        return self.kind(variable, draft.fact(name))

    def kind(self, variable: str, value: FactValue | None) -> FactValue | None:
        """The one of its values that stands for this value of a fact."""
        ref = variable.removeprefix("fact:")
        return None if value is None else self._kinds_of(ref).get(self._kind(ref, value), value)

    def tell_apart(self, ref: str, value: FactValue) -> None:
        """From now on this value of the fact is one of its own."""
        self._tests.setdefault(ref, []).append(lambda other: other == value)
        self._named.setdefault(ref, []).append(value)
        self._kinds.pop(ref, None)

    def _collect(self, part: object) -> None:
        pairs: dict[str, FactValue | tuple[FactValue, ...]] = {}
        match part:
            case c.Fact():
                self._tests.setdefault(part.fact, []).append(part.of)
                bounds = (part.is_, part.is_not, part.has, part.at_least, part.at_most, *(part.in_ or ()))
                self._named.setdefault(part.fact, []).extend(value for value in bounds if value is not None)
            case c.When() | Variant():
                pairs = part.when
            case Clock():
                pairs = part.only_when
        for ref, wanted in pairs.items():
            self._tests.setdefault(ref, []).append(lambda value, wanted=wanted: c.fits(value, wanted))  # type: ignore[misc]
            self._named.setdefault(ref, []).extend(wanted if isinstance(wanted, tuple) else (wanted,))

    def _kind(self, ref: str, value: FactValue) -> tuple[bool | None, ...]:
        return tuple(test(value) for test in self._tests.get(ref, ()))

    def _kinds_of(self, ref: str) -> dict[tuple[bool | None, ...], FactValue]:
        if ref not in self._kinds:
            field = self._fields[ref]
            where, name = ref.split(".")
            measure = self.definition.measure(where)
            scored = measure is not None and name in measure[1].results
            found: dict[tuple[bool | None, ...], FactValue] = {}
            candidates = list(_candidates(field, self._named.get(ref, [])))
            for value in reversed(candidates) if scored else candidates:  # of a score, the mildest level first
                found.setdefault(self._kind(ref, value), value)
            self._kinds[ref] = found
        return self._kinds[ref]


def _candidates(field: Field, named: list[FactValue]) -> Iterable[FactValue]:
    """Values of which at least one is of every kind that the named ones make."""
    match field.kind:
        case "yes-no":
            return (True, False)
        case "one-of":
            return tuple(field.one_of or {})
        case "number":
            return _numbers(field, [value for value in named if isinstance(value, int | float)])
        case "many-of":
            asked = [code for code in field.many_of or {} if code in named]
            others = [code for code in field.many_of or {} if code not in named]
            several = range(len(asked) + 1)
            subsets = [subset for size in several for subset in itertools.combinations(asked, size)]
            return [*subsets, *((code,) for code in others[:1])]
    return (*_SAMPLES.get(field.kind, ()), *named)


def _numbers(field: Field, named: list[int | float]) -> list[FactValue]:
    """Every bound, and a number in every gap between two of them, below the first and above the last."""
    bounds = sorted({float(value) for value in (*named, field.lowest, field.highest) if value is not None}) or [0.0]
    between = [(low + high) / 2 for low, high in itertools.pairwise(bounds)]
    found = [bounds[0] - 1, *bounds, *between, bounds[-1] + 1]
    lowest, highest = field.lowest, field.highest
    return [n for n in found if (lowest is None or n >= lowest) and (highest is None or n <= highest)]
