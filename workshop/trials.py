"""Values worth trying: for a field on both sides of what a condition asks, and answers to a questionnaire."""

from collections.abc import Iterable
from typing import cast

from sop.conditions import Fact
from sop.fields import Field
from sop.instruments import Instrument
from sop.shapes import FactValue
from sop.views import View


class _Known:
    """A view in which one fact is known; a condition on a fact looks at nothing else."""

    def __init__(self, ref: str, value: FactValue) -> None:
        self._ref, self._value = ref, value

    def fact(self, ref: str) -> FactValue | None:
        return self._value if ref == self._ref else None


def holds_with(condition: Fact, value: FactValue) -> bool:
    """Whether the condition would hold with this value."""
    return condition.verdict(cast(View, _Known(condition.fact, value))) is True


def as_fact(ref: str, wanted: FactValue | tuple[FactValue, ...]) -> Fact:
    return Fact(fact=ref, in_=wanted) if isinstance(wanted, tuple) else Fact(fact=ref, is_=wanted)


def values_of(field_: Field, condition: Fact | None = None) -> list[FactValue]:
    """A few values that the field can have, on both sides of what a condition asks."""
    match field_.kind:
        case "yes-no":
            return [True, False]
        case "one-of":
            return list(field_.one_of or {})
        case "many-of":
            return [(code,) for code in field_.many_of or {}]
        case "number":
            bounds = [field_.lowest or 0.0, *((condition.at_least, condition.at_most) if condition else ())]
            near = [bound + step for bound in bounds if bound is not None for step in (0, 1, -1)]
            return [value for value in dict.fromkeys(near) if _accepts(field_, value)]
        case "duration":
            return ["30 days", "90 days"]
        case "country":
            return ["AT", "RS"]
        case "date":
            return ["2026-03-02"]
        case "moment":
            return ["2026-04-01T12:00:00+02:00"]
        case "countries":
            return [("AT",), ("RS",)]
        case "languages":
            return [("sr",), ("sq",)]
    return []


def _accepts(field_: Field, value: FactValue) -> bool:
    try:
        field_.accept(value)
    except ValueError:
        return False
    return True


def patterns(instrument: Instrument) -> Iterable[dict[str, str]]:
    """Answers worth trying: nothing known, all no, then more and more yes from the gravest items on."""
    yield {}
    none = dict.fromkeys(instrument.items, "no")
    yield none
    order = {"critical": 0, "major": 1, "minor": 2}
    by_weight = sorted(instrument.items, key=lambda code: _gravity(instrument, code, order))
    for codes in (by_weight, list(reversed(by_weight))):
        for count in range(1, len(codes) + 1):
            yield none | dict.fromkeys(codes[:count], "yes")


def _gravity(instrument: Instrument, code: str, order: dict[str, int]) -> float:
    weight = instrument.items[code].weight
    return order[weight] if isinstance(weight, str) else -weight
