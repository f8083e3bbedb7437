"""The search finds values exactly where there are some: compared with trying out every combination."""

import itertools
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from workshop.logic import ALWAYS, MOST_TRIES, NEVER, Among, Every, Formula, Some, can_hold, opposite

DOMAINS: dict[str, frozenset[Any]] = {
    "a": frozenset({"x", "y", None}),
    "b": frozenset({1, 2, 3}),
    "c": frozenset({True, False}),
}
ATOMS = st.sampled_from(sorted(DOMAINS)).flatmap(
    lambda name: st.frozensets(st.sampled_from(sorted(DOMAINS[name], key=str))).map(lambda values: Among(name, values))
)
FORMULAS: st.SearchStrategy[Formula] = st.recursive(
    ATOMS,
    lambda inner: (
        st.builds(Every, st.lists(inner, max_size=3).map(tuple))
        | st.builds(Some, st.lists(inner, max_size=3).map(tuple))
    ),
    max_leaves=12,
)


def true(formula: Formula, world: dict[str, Any]) -> bool:
    match formula:
        case Among(variable, values):
            return world[variable] in values
        case Every(parts):
            return all(true(part, world) for part in parts)
        case Some(parts):
            return any(true(part, world) for part in parts)


def worlds() -> list[dict[str, Any]]:
    return [dict(zip(DOMAINS, values, strict=True)) for values in itertools.product(*DOMAINS.values())]


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(st.lists(FORMULAS, max_size=3))
def test_it_can_hold_exactly_where_some_combination_makes_it_true(formulas: list[Formula]) -> None:
    assert can_hold(formulas, DOMAINS) == any(all(true(f, world) for f in formulas) for world in worlds())


@settings(max_examples=200, deadline=None, database=None, derandomize=True)
@given(FORMULAS)
def test_the_opposite_holds_exactly_where_the_formula_does_not(formula: Formula) -> None:
    assert all(true(opposite(formula, DOMAINS), world) != true(formula, world) for world in worlds())


def test_nothing_asked_always_holds_and_no_choice_never_does() -> None:
    assert can_hold([ALWAYS], DOMAINS)
    assert not can_hold([NEVER], DOMAINS)


def test_what_is_too_hard_counts_as_possible_and_ends_soon() -> None:
    """Pigeons: twelve in eleven holes, told so that only trying helps."""
    many = {f"p{n}": frozenset(range(11)) for n in range(12)}
    apart = [
        Some((Among(a, frozenset(range(11)) - {hole}), Among(b, frozenset(range(11)) - {hole})))
        for a, b in itertools.combinations(many, 2)
        for hole in range(11)
    ]
    few = {name: frozenset(range(2)) for name in ("p0", "p1", "p2")}
    three = [
        Some((Among(a, frozenset(range(2)) - {hole}), Among(b, frozenset(range(2)) - {hole})))
        for a, b in itertools.combinations(few, 2)
        for hole in range(2)
    ]
    assert not can_hold(three, few), "three pigeons in two holes"
    assert can_hold(apart, many), f"given up after {MOST_TRIES} tries"
