"""Lengths of time are read as the law writes them, and never turned into each other."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from sop.durations import Duration

READ = [
    ("30 days", Duration(days=30)),
    ("1 day", Duration(days=1)),
    ("1 week", Duration(days=7)),
    ("2 weeks", Duration(days=14)),
    ("3 months", Duration(months=3)),
    ("1 year", Duration(months=12)),
    ("5 working days", Duration(working_days=5)),
    ("48 hours", Duration(seconds=172_800)),
    ("90 minutes", Duration(seconds=5_400)),
    ("1 second", Duration(seconds=1)),
    (" 30 days ", Duration(days=30)),
    ("P30D", Duration(days=30)),
    ("P1M", Duration(months=1)),
    ("P1Y2M", Duration(months=14)),
    ("P2W", Duration(days=14)),
    ("P1M15D", Duration(months=1, days=15)),
    ("PT36H", Duration(seconds=129_600)),
    ("P1DT2H30M", Duration(days=1, seconds=9_000)),
    ("1 month and 15 days", Duration(months=1, days=15)),
    ("100 years", Duration(months=1200)),
]

NOT_READ = [
    "", " ", "30", "days", "30days", "30 Days", "-1 days", "0 days", "P0D", "PT0S", "P", "PT", "P1DT", "P-1D", "P1.5M",
    "P1M-1D", "1.5 days", "1,5 days", "thirty days", "30 business days", "1000 years", "P1000Y", "٣٠ days", "３０ days",
    "9" * 400 + " days", "P" + "9" * 5000 + "D", "30 days and", "and 30 days", "30 days and 0 hours", "1 day 2 hours",
    "100 years and 1 year and 1 year", "P1D and nonsense", "{{7*7}} days", "30 days\x00", "1e3 days", "1_000 days",
]  # fmt: skip


@pytest.mark.parametrize(("text", "duration"), READ)
def test_words_and_iso_are_read(text: str, duration: Duration) -> None:
    assert Duration.parse(text) == duration


@pytest.mark.parametrize("text", NOT_READ, ids=[text[:20] for text in NOT_READ])
def test_what_is_no_duration_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"duration"):
        Duration.parse(text)


def test_a_month_is_not_thirty_days_and_a_day_is_not_24_hours() -> None:
    assert Duration.parse("1 month") != Duration.parse("30 days")
    assert Duration.parse("1 day") != Duration.parse("24 hours")
    assert Duration.parse("24 hours").in_hours
    assert not Duration.parse("1 day").in_hours
    assert not Duration.parse("P1DT2H").in_hours


durations = st.builds(
    Duration,
    months=st.integers(0, 400),
    days=st.integers(0, 9_000),
    working_days=st.integers(0, 900),
    seconds=st.integers(0, 10_000_000),
).filter(bool)


@settings(max_examples=200, deadline=None, database=None, derandomize=True)
@given(durations)
def test_what_is_written_is_read_back(duration: Duration) -> None:
    assert Duration.parse(str(duration)) == duration


@settings(max_examples=200, deadline=None, database=None, derandomize=True)
@given(durations.map(lambda d: Duration(months=d.months, days=d.days, seconds=d.seconds)).filter(bool))
def test_iso_is_read_back(duration: Duration) -> None:
    assert Duration.parse(duration.iso()) == duration
    assert duration.iso().startswith("P")


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(st.text(max_size=60) | st.from_regex(r"P?[0-9]{0,12} ?[A-Za-z]{0,8}"))
def test_any_text_is_a_duration_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert Duration.parse(text)


@settings(max_examples=100, deadline=None, database=None, derandomize=True)
@given(durations, durations, st.integers(1, 5))
def test_units_are_added_each_for_itself(one: Duration, other: Duration, times: int) -> None:
    both = one + other
    assert (both.months, both.days) == (one.months + other.months, one.days + other.days)
    assert (both.working_days, both.seconds) == (one.working_days + other.working_days, one.seconds + other.seconds)
    assert (one * times).days == one.days * times


@pytest.mark.parametrize(
    ("duration", "said"),
    [
        (Duration(days=1), "1 day"),
        (Duration(months=12), "1 year"),
        (Duration(months=14), "14 months"),
        (Duration(months=1, days=15), "1 month and 15 days"),
        (Duration(working_days=5), "5 working days"),
        (Duration(seconds=172_800), "48 hours"),
        (Duration(seconds=90), "90 seconds"),
        (Duration(), "nothing"),
    ],
)
def test_a_length_is_spoken_plainly(duration: Duration, said: str) -> None:
    assert str(duration) == said


class _Holder(BaseModel):
    length: Duration


def test_a_length_survives_json_and_other_things_are_refused() -> None:
    held = _Holder(length=Duration(months=1, days=15))
    assert _Holder.model_validate_json(held.model_dump_json()) == held
    for wrong in (30, None, True, ["30 days"], {"days": 30}, "9" * 400 + " days"):
        with pytest.raises(ValidationError):
            _Holder.model_validate({"length": wrong})
