"""What a condition can come to when only some of what it reads is known: never one verdict too few."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from sop.conditions import Condition
from sop.influence import read_by
from sop.loader import load
from sop.maybe import HOLDS, Situation
from sop.model import Definition

CONDITION: TypeAdapter[Condition] = TypeAdapter(Condition)
VALUES: dict[str, list[Any]] = {
    "done:talk": ["never", "done", "lapsed"],
    "settled:talk": [False, True],
    "consent:help": [False, True],
    "state:care": ["not_open", "new", "resting"],
    "clock:care.rest": ["idle", "on", "over"],
    "fact:case.missing": [None, True, False],
    "fact:case.age": [None, 12, 30],
}
LEAVES: list[dict[str, Any]] = [
    {"done": "talk"}, {"settled": "talk"}, {"consent": "help"}, {"state": {"care": ["new", "resting"]}},
    {"running": "care.rest"}, {"ended": "care.rest"}, {"fact": "case.missing", "is": True},
    {"fact": "case.missing", "known": False}, {"fact": "case.child", "is": True}, {"fact": "case.age", "at-least": 18},
]  # fmt: skip
conditions = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.one_of(
        st.builds(lambda one: {"not": one}, inner),
        st.builds(lambda some: {"any": some}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda some: {"all": some}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(
            lambda value, some: {"when": {"case.child": value}, "then": some},
            st.booleans(),
            st.lists(inner, min_size=1, max_size=2),
        ),
    ),
    max_leaves=6,
)
situations = st.fixed_dictionaries({variable: st.sampled_from(values) for variable, values in VALUES.items()})


@pytest.fixture(scope="module")
def definition(mini_files: Callable[..., dict[str, bytes]]) -> Definition:
    return load(mini_files())


@settings(max_examples=300, deadline=None)
@given(said=conditions, known=situations, hidden=st.sets(st.sampled_from(sorted(VALUES))))
def test_the_verdict_is_among_those_that_remain_when_less_is_known(
    definition: Definition, said: dict[str, Any], known: dict[str, Any], hidden: set[str]
) -> None:
    condition = CONDITION.validate_python(said)
    whole = Situation(known, definition.head.derived).verdicts(condition)
    assert len(whole) == 1, "where everything is known there is one verdict"
    assert whole == {condition.verdict(Everything(known, definition.head.derived))}, "and it is that of the engine"
    part = Situation({v: value for v, value in known.items() if v not in hidden}, definition.head.derived)
    assert whole <= part.verdicts(condition)
    if not read_by(condition, definition) & hidden:
        assert part.verdicts(condition) == whole


class Everything(Situation):
    """A situation that answers for derived facts as a draft does."""

    def fact(self, ref: str) -> Any:
        if ref == "case.child":
            return self.derived["child"].when.verdict(self) is True
        return super().fact(ref)


def test_what_cannot_be_otherwise_holds_without_being_known(definition: Definition) -> None:
    always = CONDITION.validate_python({"any": [{"consent": "help"}, {"not": {"consent": "help"}}]})
    assert Situation({"consent:help": True}, definition.head.derived).verdicts(always) == HOLDS
    assert Situation({}, definition.head.derived).verdicts(always) == {True, False}, (
        "parts are looked at one by one: more, not fewer"
    )
