"""Scores worked by hand: the level, what made it, and what nobody could answer."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from cli.folders import SHIPPED, files_of
from sop.instruments import Instrument, score, scored
from sop.loader import load
from sop.problems import Tree
from sop.reader import read

SHIPPED_ONES = load(files_of(SHIPPED / "trm")).instruments
EARLY, AGAIN = SHIPPED_ONES["early_risk"], SHIPPED_ONES["re_trafficking_risk"]


def answers(instrument: Instrument, rest: str = "no", **given: str) -> dict[str, Any]:
    return dict.fromkeys(instrument.items, rest) | given


EARLY_TABLE: list[tuple[dict[str, str], str, str, set[str]]] = [
    ({}, "no", "low", set()),
    ({"e15": "yes"}, "no", "low", set()),
    ({"e15": "yes", "e16": "yes"}, "no", "low", set()),
    ({"e6": "yes"}, "no", "medium", {"e6"}),
    ({"e6": "yes", "e7": "yes"}, "no", "medium", {"e6", "e7"}),
    ({"e6": "yes", "e7": "yes", "e8": "yes"}, "no", "high", {"e6", "e7", "e8"}),
    ({"e3": "yes"}, "no", "very_high", {"e3"}),
    ({"e3": "yes", "e6": "yes", "e15": "yes"}, "no", "very_high", {"e3", "e6"}),
    ({"e14": "yes"}, "no", "very_high", {"e14"}),
    ({"e1": "unknown"}, "no", "medium", set()),
    ({"e16": "unknown"}, "no", "medium", set()),
    ({}, "unknown", "medium", set()),
    ({"e6": "yes", "e7": "yes", "e8": "yes"}, "unknown", "high", {"e6", "e7", "e8"}),
    ({"e9": "yes", "e9_no_carer": "yes"}, "no", "very_high", {"e9", "e9_no_carer"}),
]
AGAIN_TABLE: list[tuple[dict[str, str], str, str, float]] = [
    ({}, "no", "low", 0),
    ({"trafficked_before": "yes"}, "no", "low", 3),
    ({"trafficked_before": "yes", "isolation": "yes"}, "no", "medium", 4),
    ({"trafficked_before": "yes", "isolation": "yes", "support_person": "yes"}, "no", "low", 3),
    ({"trafficked_before": "yes", "trafficker_at_large": "yes", "no_housing": "yes"}, "no", "high", 8),
    ({"trafficked_before": "yes", "trafficker_at_large": "yes", "isolation": "yes"}, "no", "medium", 7),
    ({"trafficked_before": "yes", "exploited_by_family": "yes", "trafficker_at_large": "yes", "debt_claimed": "yes"}, "no", "very_high", 12),
    ({"trafficker_in_contact": "yes"}, "no", "medium", 3),
    ({"trafficker_in_contact": "yes", "support_person": "yes", "school_or_work": "yes", "follow_up": "yes", "protection": "yes"},
     "no", "medium", -1),
    ({"isolation": "unknown"}, "no", "medium", 0.5),
    ({"support_person": "unknown"}, "no", "medium", 0),
    ({"trafficked_before": "unknown", "debt_claimed": "unknown", "isolation": "yes"}, "no", "medium", 4),
    ({}, "unknown", "very_high", 20.0),
    ({"support_person": "yes", "follow_up": "yes"}, "no", "low", -2),
]  # fmt: skip


@pytest.mark.parametrize(("given_", "rest", "level", "made_by"), EARLY_TABLE)
def test_the_early_risk_is_what_was_worked_by_hand(
    given_: dict[str, str], rest: str, level: str, made_by: set[str]
) -> None:
    found = score(EARLY, answers(EARLY, rest, **given_))
    assert found.level == level
    assert set(found.made_by) == made_by
    assert set(found.unknown) == {
        code for code, answer in answers(EARLY, rest, **given_).items() if answer == "unknown"
    }


@pytest.mark.parametrize(("given_", "rest", "level", "points"), AGAIN_TABLE)
def test_the_risk_of_being_trafficked_again_is_what_was_worked_by_hand(
    given_: dict[str, str], rest: str, level: str, points: float
) -> None:
    found = score(AGAIN, answers(AGAIN, rest, **given_))
    assert (found.level, found.points) == (level, points)


def test_what_nobody_answered_is_unknown_and_never_no() -> None:
    assert EARLY.accept({"e1": "no"})["e2"] == "unknown"
    assert scored(EARLY, {})["level"] == "medium"
    assert "e2" in scored(EARLY, {"e1": "no"})["unknown"]  # type: ignore[operator]


@pytest.mark.parametrize(
    "wrong",
    [{"anna": "no"}, {"e1": "Anna"}, {"e1": True}, {"e1": None}, {"e1": ["no"]}, "no", ["no"], None, 3, {"e1": "NO"}],
)
def test_answers_that_do_not_fit_are_refused_and_never_repeated(wrong: Any) -> None:
    with pytest.raises(ValueError) as refused:
        EARLY.accept(wrong)
    assert "nna" not in str(refused.value)


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(st.data(), st.sampled_from(sorted(SHIPPED_ONES)))
def test_one_more_yes_never_makes_it_milder_unless_it_protects(data: st.DataObject, name: str) -> None:
    instrument = SHIPPED_ONES[name]
    levels = [level.level for level in instrument.levels]
    given_ = {code: data.draw(st.sampled_from(["yes", "no", "unknown"])) for code in instrument.items}
    item = data.draw(st.sampled_from(sorted(instrument.items)))
    weight = instrument.items[item].weight
    if isinstance(weight, str) or weight > 0:
        worse = score(instrument, given_ | {item: "yes"})  # type: ignore[dict-item]
        better = score(instrument, given_ | {item: "no"})  # type: ignore[dict-item]
        assert levels.index(worse.level) <= levels.index(better.level)


def test_every_shipped_instrument_says_where_it_comes_from_and_that_it_is_ours() -> None:
    for instrument in SHIPPED_ONES.values():
        assert "Our default" in instrument.source
        assert instrument.unknown_blocks_lowest


def test_an_instrument_has_at_least_two_levels_and_one_item() -> None:
    text = b'instrument: a\nversion: "1"\ntitle: A\nsource: B\nlevels: [{level: low}]\nitems: {}\n'
    tree = read("a.yaml", text)
    assert isinstance(tree, Tree)
    with pytest.raises(ValidationError) as found:
        Instrument.model_validate(tree.value)
    assert found.value.error_count() == 2
