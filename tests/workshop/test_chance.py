"""Chance that repeats itself, and the shapes of its times."""

from itertools import pairwise
from statistics import fmean, median, quantiles

import pytest

from workshop.caseload import Simulation, Spread
from workshop.chance import Draws, exponential, fixed, lognormal, triangular

MANY = 20_000


def numbers(seed: int = 1, stream: int = 1, purpose: str = "x", many: int = MANY) -> list[float]:
    draws = Draws(seed, stream)
    return [draws.number(purpose) for _ in range(many)]


def test_the_numbers_are_spread_evenly() -> None:
    found = numbers()
    assert all(0 <= number < 1 for number in found)
    assert fmean(found) == pytest.approx(0.5, abs=0.01)
    for part in range(10):
        assert sum(part / 10 <= number < (part + 1) / 10 for number in found) == pytest.approx(MANY / 10, rel=0.1)


def test_the_first_numbers_of_many_cases_are_spread_evenly_too() -> None:
    found = [Draws(1, case).number("x") for case in range(MANY)]
    assert fmean(found) == pytest.approx(0.5, abs=0.01)
    assert fmean(a * b for a, b in pairwise(found)) == pytest.approx(0.25, abs=0.01)


def test_one_purpose_says_nothing_about_another() -> None:
    pairs = zip(numbers(purpose="x"), numbers(purpose="y"), strict=True)
    assert fmean(a * b for a, b in pairs) == pytest.approx(0.25, abs=0.01)


def test_what_is_drawn_for_one_purpose_moves_no_other() -> None:
    draws = Draws(1, 1)
    for _ in range(5):
        draws.number("other")
    assert [draws.number("x") for _ in range(9)] == numbers(many=9)


@pytest.mark.parametrize("other", [{"seed": 2}, {"stream": 2}, {"purpose": "y"}])
def test_seed_case_and_purpose_each_give_other_numbers(other: dict[str, object]) -> None:
    assert not set(numbers(many=100)) & set(numbers(many=100, **other))  # type: ignore[arg-type]


def test_a_weight_of_nothing_is_never_chosen_and_twice_the_weight_twice_as_often() -> None:
    draws = Draws(3, 3)
    found = [draws.chosen("x", [0, 2, 0, 1]) for _ in range(MANY)]
    assert set(found) == {1, 3}
    assert found.count(1) == pytest.approx(2 * found.count(3), rel=0.06)


def test_what_never_or_always_happens_does() -> None:
    draws = Draws(1, 1)
    assert not any(draws.happens("x", 0) for _ in range(100))
    assert all(draws.happens("x", 1) for _ in range(100))


def times(sampler: object) -> list[float]:
    draws = Draws(5, 5)
    return [sampler(draws, "x") for _ in range(MANY)]  # type: ignore[operator]


def test_the_times_have_the_shape_that_was_asked_for() -> None:
    assert set(times(fixed(7))) == {7}
    assert fmean(times(exponential(10))) == pytest.approx(10, rel=0.03)
    found = times(lognormal(5, 20))
    assert median(found) == pytest.approx(5, rel=0.05)
    assert quantiles(found, n=10)[8] == pytest.approx(20, rel=0.06)
    found = times(triangular(1, 3, 11))
    assert 1 <= min(found) < max(found) <= 11
    assert fmean(found) == pytest.approx(5, rel=0.02)


def test_a_spread_draws_in_seconds() -> None:
    spread = Spread.model_validate({"triangular": {"least": "1 hour", "likely": "1 hour", "most": "2 hours"}})
    found = times(spread.sampler())
    assert 3600 <= min(found) < max(found) <= 7200
    assert set(times(Spread.model_validate("2 days").sampler())) == {2 * 86400}


def test_the_shipped_settings_say_that_they_are_invented(some_months: Simulation) -> None:
    assert "invented" in some_months.assumptions
    assert "invented" in some_months.simulation
