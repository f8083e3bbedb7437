"""Particulars have a shape and limits, and a refusal never repeats what was written."""

import pytest

from casefile.particulars import MAX_FIELDS, particulars_of


def test_text_becomes_nfc_everywhere() -> None:
    given = {"name": "Zoe\u0308", "address": {"city": "Ko\u0308ln", "lines": ["e\u0301"]}, "children": 2, "known": None}
    expected = {"name": "Zoë", "address": {"city": "Köln", "lines": ["é"]}, "children": 2, "known": None}
    assert particulars_of(given) == expected


def nested(depth: int) -> object:
    return "canary" if depth == 0 else [nested(depth - 1)]


@pytest.mark.parametrize(
    "bad",
    [
        {"name": "canary\0"},
        {"name": "canary\ud800"},
        {"name": "canary" * 2000},
        {"name": nested(4)},
        {"name": ["canary"] * 2000},
        {"name": float("nan")},
        {"name": 2**60},
        {"name": b"canary"},
        {"name": {1: "canary"}},
        {"name": {"canary\0": 1}},
        {"Name canary": "x"},
        {f"f{number}": "canary" for number in range(MAX_FIELDS + 1)},
        {f"f{number}": "canary" * 1500 for number in range(30)},
    ],
)
def test_what_does_not_fit_is_refused_without_repeating_it(bad: dict[str, object]) -> None:
    with pytest.raises(ValueError) as caught:
        particulars_of(bad)
    assert "canary" not in str(caught.value)


def test_three_levels_inside_a_field_are_enough() -> None:
    assert particulars_of({"name": nested(3)})
