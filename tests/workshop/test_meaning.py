"""Formulas say of a condition what the engine says of it: true, false or not known, in every case that differs."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from sop.conditions import Condition
from sop.loader import load
from sop.model import Definition
from workshop.example import BASE
from workshop.kept import Kept
from workshop.logic import Among, can_hold
from workshop.meaning import Meaning

CONDITION: TypeAdapter[Any] = TypeAdapter(Condition)
NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def definition() -> Definition:
    return load({name: text.encode() for name, text in BASE.items()})


class World:
    """A case of which every variable has one value."""

    def __init__(self, meaning: Meaning, values: dict[str, Any]) -> None:
        self.meaning, self.values = meaning, values

    def fact(self, ref: str) -> Any:
        derived = self.meaning.derived.get(ref)
        return self.values[f"fact:{ref}"] if derived is None else derived.verdict(self) is True  # type: ignore[arg-type]

    def done(self, measure: str) -> bool:
        return bool(self.values[f"measure:{measure}"] == "done")

    def settled(self, measure: str) -> bool:
        return bool(self.values[f"measure:{measure}"] != "no")

    def state(self, sop: str) -> str | None:
        state: str = self.values[f"state:{sop}"]
        return None if state == "not_open" else state

    def consented(self, purpose: str) -> bool:
        return bool(self.values[f"consent:{purpose}"] == "yes")

    def clock_running(self, clock: str) -> bool:
        return bool(self.values[f"clock:{clock}"] == "running")

    def clock_ended(self, clock: str) -> bool:
        return bool(self.values[f"clock:{clock}"] == "over")


SIMPLE = st.sampled_from(
    [
        {"done": "talk"},
        {"done": ["talk", "risk_check"]},
        {"settled": "contract"},
        {"fact": "case.child", "is": True},
        {"fact": "case.child", "is-not": True},
        {"fact": "case.age", "at-least": 12, "at-most": 17},
        {"fact": "case.age", "known": False},
        {"fact": "case.wish", "in": ["stay"]},
        {"fact": "verdict.in_favour", "is": False},
        {"state": {"care": ["new", "resting"], "work": "not_open"}},
        {"consent": "help"},
        {"running": "care.rest"},
        {"ended": "care.rest"},
    ]
)
CONDITIONS = st.recursive(
    SIMPLE,
    lambda inner: (
        st.builds(lambda one: {"not": one}, inner)
        | st.builds(lambda several: {"any": several}, st.lists(inner, min_size=1, max_size=3))
        | st.builds(lambda several: {"all": several}, st.lists(inner, min_size=1, max_size=3))
        | st.builds(lambda then: {"when": {"case.child": True}, "then": then}, st.lists(inner, min_size=1, max_size=2))
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(CONDITIONS, st.data())
def test_a_formula_holds_where_the_engine_says_so(definition: Definition, said: Any, data: st.DataObject) -> None:
    meaning = Meaning(definition, Kept())
    condition = CONDITION.validate_python(said)
    draw: Callable[[Any], Any] = data.draw
    values = {name: draw(st.sampled_from(sorted(domain, key=str))) for name, domain in meaning.domains.items()}
    verdict = condition.verdict(World(meaning, values))
    world = [Among(name, frozenset({value})) for name, value in values.items()]
    assert can_hold([*world, meaning.holds(condition)], meaning.domains) is (verdict is True)
    assert can_hold([*world, meaning.fails(condition)], meaning.domains) is (verdict is False)


@pytest.mark.parametrize("age", [-1, 0, 11.5, 12, 15, 17, 17.5, 18, 60])
def test_every_age_is_stood_for_by_one_of_the_values_tried(definition: Definition, age: float) -> None:
    meaning = Meaning(definition, Kept())
    condition = CONDITION.validate_python({"fact": "case.age", "at-most": 17})

    class Aged:
        def __init__(self, value: float) -> None:
            self.value = value

        def fact(self, ref: str) -> float:
            return self.value

    tried = {condition.verdict(Aged(v)) for v in meaning.domains["fact:case.age"] if isinstance(v, int | float)}
    assert condition.verdict(Aged(age)) in tried
