"""Counting: a table worked by hand, a second implementation that walks day by day, and what holds for every length."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from ruamel.yaml import YAML

from sop.calendars import Calendar
from sop.case import ClockRun, Extension, PauseSpan
from sop.clocks import Clock
from sop.counting import BUILT_IN, PLAIN, REGULATION, CountingRule, Way, after, before, by_weekends_only, end_of
from sop.durations import Duration
from sop.timekeeping import due_of

TABLE = YAML(typ="safe", pure=True).load((Path(__file__).parent / "counting_cases.yaml").read_text())
CALENDARS = {name: Calendar.model_validate(one) for name, one in TABLE["calendars"].items()}
RULES = BUILT_IN | {name: CountingRule.model_validate(one) for name, one in TABLE["rules"].items()}
CASES = TABLE["cases"]
FORWARD = [case for case in CASES if not case.get("back")]
BARE = [case for case in FORWARD if not {"pauses", "extended"} & set(case)]
VIENNA = CALENDARS["vienna"]
CLOCK = Clock.model_validate({"title": "Any", "deadline": "1 day"})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def rule_of(case: dict[str, Any]) -> CountingRule:
    return RULES[case.get("rule", "regulation-1182-71")]


def named(case: dict[str, Any]) -> str:
    return f"{case.get('rule', '')} {case['calendar']} {case['from']} {case['length']} {case['ends']}"


def counted(case: dict[str, Any]) -> datetime:
    """What the engine makes of a case of the table."""
    calendar, rule, length = CALENDARS[case["calendar"]], rule_of(case), Duration.parse(case["length"])
    if case.get("back"):
        return before(at(case["from"]), length, calendar, rule)
    extensions = tuple(
        Extension(length=Duration.parse(one), at=at(case["from"]), by="a", reason="r")
        for one in case.get("extended", ())
    )
    pauses = tuple(PauseSpan(since=at(a), until=at(b), by="a", reason="r") for a, b in case.get("pauses", ()))
    run = ClockRun(
        run=1,
        status="running",
        anchor=at(case["from"]),
        budget=length,
        due=None,
        armed_at=at(case["from"]),
        extensions=extensions,
        pauses=pauses,
    )
    return due_of(run, CLOCK, Way(calendar, rule))


@pytest.mark.parametrize("case", CASES, ids=named)
def test_it_ends_where_the_hand_says(case: dict[str, Any]) -> None:
    assert counted(case) == at(case["utc"]), case["why"]


def test_the_table_is_whole_and_says_one_thing_twice() -> None:
    """The local time and UTC are the same instant, in the offset of the zone; no case stands twice."""
    assert len(CASES) >= 80
    assert len({(named(case), str(case.get("pauses")), str(case.get("extended"))) for case in CASES}) == len(CASES)
    assert {case.get("rule", "regulation-1182-71") for case in CASES} == set(RULES)
    assert {case["calendar"] for case in CASES} == set(CALENDARS)
    for case in CASES:
        local = datetime.fromisoformat(case["ends"])
        assert local == at(case["utc"]), case
        assert local.utcoffset() == at(case["utc"]).astimezone(CALENDARS[case["calendar"]].tz).utcoffset(), case
        assert case["why"]


# A second implementation, by another method: every day is walked one by one, and instants are found by search.


def walked(anchor: datetime, length: Duration, calendar: Calendar, rule: CountingRule) -> datetime:
    if length.in_hours:
        begins = anchor
        if rule.hour_of_the_event == "not-counted":
            # minute by minute, until the clock on the wall shows a full hour again
            begins = anchor.replace(second=0, microsecond=0) + timedelta(minutes=1)
            while begins.astimezone(calendar.tz).minute:
                begins += timedelta(minutes=1)
        return begins + timedelta(seconds=length.seconds)
    local = anchor.astimezone(calendar.tz)
    day = local.date()
    counts_today = rule.day_of_the_event == "counted"
    day = _walk_months(day, length.months, rule, back_one=counts_today)
    for _ in range(length.days):
        day += timedelta(days=1)
    left = length.working_days
    while left:
        day += timedelta(days=1)
        left -= 1 if _works(day, calendar, rule) else 0
    if length.months or length.days + length.working_days >= rule.from_a_length_of:
        first = local.date() if counts_today else local.date() + timedelta(days=1)
        while sum(_works(first + timedelta(days=n), calendar, rule) for n in range((day - first).days + 1)) < (
            rule.working_days_within
        ):
            day += timedelta(days=1)
    while rule.last_day_off != "stays" and not _works(day, calendar, rule):
        day += timedelta(days=1 if rule.last_day_off == "next-working-day" else -1)
    if rule.ends == "at-the-same-time":
        end = _instant(day, local.time(), calendar)
    else:
        end = _instant(day + timedelta(days=1), time.min, calendar)
    return end + timedelta(seconds=length.seconds)


def _walk_months(day: date, months: int, rule: CountingRule, *, back_one: bool) -> date:
    """Month by month from the first of each; the day is put in at the end."""
    month, wanted = day.replace(day=1), day.day
    for _ in range(months):
        month = (month + timedelta(days=32)).replace(day=1)
    last = ((month + timedelta(days=32)).replace(day=1) - timedelta(days=1)).day
    if wanted <= last:
        like = month + timedelta(days=wanted - 1)
        return like - timedelta(days=1) if back_one else like
    if back_one or rule.missing_day == "last-day-of-the-month":
        return month + timedelta(days=last - 1)
    return month + timedelta(days=last)


def _works(day: date, calendar: Calendar, rule: CountingRule) -> bool:
    weekend = day.strftime("%A").lower() in calendar.weekend and day not in calendar.working_days
    holiday = day in calendar.holidays
    off = (weekend and "weekend" in rule.days_off) or (holiday and "holidays" in rule.days_off)
    return not off and day not in rule.also_off


def _instant(day: date, clock: time, calendar: Calendar) -> datetime:
    """The first instant at which the zone's clock shows this; in a gap, what it shows after it has jumped."""
    wanted = datetime.combine(day, clock)
    guesses = [
        (wanted - offset).replace(tzinfo=UTC)
        for offset in {
            moment.astimezone(calendar.tz).utcoffset() or timedelta()
            for moment in (
                wanted.replace(tzinfo=UTC) - timedelta(days=1),
                wanted.replace(tzinfo=UTC),
                wanted.replace(tzinfo=UTC) + timedelta(days=1),
            )
        }
    ]
    shown = sorted(one for one in guesses if one.astimezone(calendar.tz).replace(tzinfo=None) == wanted)
    if shown:
        return shown[0]
    # no clock ever shows it: the offset before the gap decides
    return max(guesses)


@pytest.mark.parametrize("case", BARE, ids=named)
def test_the_second_implementation_agrees_with_the_hand(case: dict[str, Any]) -> None:
    end = walked(at(case["from"]), Duration.parse(case["length"]), CALENDARS[case["calendar"]], rule_of(case))
    assert end == at(case["utc"])


moments = st.datetimes(datetime(2020, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
days_of_2026 = st.dates(date(2026, 1, 1), date(2027, 12, 31))
weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
zones = st.sampled_from(
    ["Europe/Belgrade", "Europe/London", "America/St_Johns", "Atlantic/Canary", "Europe/Chisinau", "Asia/Kathmandu",
     "America/Santiago", "America/Havana", "Pacific/Auckland", "Europe/Kyiv"]
)  # fmt: skip
any_calendar = st.builds(
    Calendar,
    zone=zones,
    weekend=st.lists(st.sampled_from(weekdays), max_size=3, unique=True).map(tuple),
    holidays=st.lists(days_of_2026, max_size=25, unique=True).map(tuple),
    working_days=st.lists(days_of_2026, max_size=4, unique=True).map(tuple),
)
any_rule = st.builds(
    CountingRule,
    title=st.just("Any"),
    day_of_the_event=st.just("not-counted"),
    hour_of_the_event=st.sampled_from(["not-counted", "counted"]),
    ends=st.sampled_from(["with-the-last-hour", "at-the-same-time"]),
    last_day_off=st.sampled_from(["next-working-day", "working-day-before", "stays"]),
    days_off=st.sampled_from([(), ("weekend",), ("holidays",), ("weekend", "holidays")]),
    also_off=st.lists(days_of_2026, max_size=3, unique=True).map(tuple),
    working_days_within=st.integers(0, 5),
    from_a_length_of=st.integers(1, 10),
    missing_day=st.sampled_from(["last-day-of-the-month", "first-day-of-the-next"]),
    source=st.just(REGULATION.source),
)
any_rule |= any_rule.map(
    lambda rule: rule.model_copy(update={"ends": "with-the-last-hour", "day_of_the_event": "counted"})
)
any_length = st.one_of(
    st.builds(Duration, days=st.integers(1, 120)),
    st.builds(Duration, working_days=st.integers(1, 30)),
    st.builds(Duration, months=st.integers(1, 30)),
    st.builds(Duration, months=st.integers(1, 3), days=st.integers(1, 40), seconds=st.sampled_from([0, 7200])),
    st.builds(Duration, seconds=st.integers(1, 300).map(lambda hours: hours * 3600)),
)
near = st.datetimes(datetime(2025, 12, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@settings(max_examples=1500, deadline=None, database=None, derandomize=True)
@given(near, any_length, any_calendar, any_rule)
def test_both_implementations_agree(start: datetime, length: Duration, calendar: Calendar, rule: CountingRule) -> None:
    assert end_of(start, length, calendar, rule) == walked(start, length, calendar, rule)


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(near, any_length, any_calendar)
def test_both_implementations_agree_on_the_regulation(start: datetime, length: Duration, calendar: Calendar) -> None:
    assert end_of(start, length, calendar, REGULATION) == walked(start, length, calendar, REGULATION)


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(moments, st.timedeltas(timedelta(), timedelta(days=400)), any_length, any_calendar)
def test_who_starts_later_never_ends_earlier(
    start: datetime, gap: timedelta, length: Duration, calendar: Calendar
) -> None:
    ends = [end_of(moment, length, calendar, REGULATION) for moment in (start, start + gap)]
    assert ends[0] <= ends[1]
    assert all(end.tzinfo is UTC for end in ends)


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(moments, any_length, any_calendar)
def test_the_regulation_never_gives_less_than_plain_counting(
    start: datetime, length: Duration, calendar: Calendar
) -> None:
    assert end_of(start, length, calendar, REGULATION) >= end_of(start, length, calendar, PLAIN)


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(moments, st.integers(2, 60), any_calendar)
def test_two_days_or_more_hold_two_working_days_and_end_on_one(start: datetime, days: int, calendar: Calendar) -> None:
    end = end_of(start, Duration(days=days), calendar, REGULATION).astimezone(calendar.tz)
    last = (end - timedelta(microseconds=1)).astimezone(calendar.tz).date()
    if end.astimezone(UTC) == _instant(last + timedelta(days=1), time.min, calendar):
        first = start.astimezone(calendar.tz).date() + timedelta(days=1)
        walk = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        assert sum(calendar.is_working_day(day) for day in walk) >= 2
        assert calendar.is_working_day(last)


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(moments, st.integers(1, 60), any_calendar)
def test_counted_back_nothing_comes_later_than_plainly(moment: datetime, days: int, calendar: Calendar) -> None:
    back = before(moment, Duration(days=days), calendar, REGULATION)
    assert back <= before(moment, Duration(days=days), calendar, PLAIN) < moment


def test_a_chain_of_months_is_always_counted_from_its_first_day() -> None:
    start = at("2026-01-31T10:00+01:00")
    ends = [after(start, Duration(months=n), VIENNA).astimezone(VIENNA.tz).date() for n in range(1, 5)]
    assert ends == [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)]


def test_the_table_sees_each_switch_of_the_regulation() -> None:
    """Whatever is taken out of the built-in rule, some case of the table comes out wrong."""
    for switch in (
        {"day_of_the_event": "counted"},
        {"hour_of_the_event": "counted"},
        {"ends": "at-the-same-time"},
        {"last_day_off": "stays"},
        {"last_day_off": "working-day-before"},
        {"days_off": ("weekend",)},
        {"days_off": ("holidays",)},
        {"working_days_within": 1},
        {"from_a_length_of": 3},
        {"missing_day": "first-day-of-the-next"},
    ):
        other = REGULATION.model_copy(update=switch)
        wrong = [
            case
            for case in BARE
            if rule_of(case) is REGULATION
            and end_of(at(case["from"]), Duration.parse(case["length"]), CALENDARS[case["calendar"]], other)
            != at(case["utc"])
        ]
        assert wrong, switch


def test_a_rule_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(ValidationError, match="cannot count the day of the event"):
        CountingRule.model_validate(
            {
                "title": "Odd",
                "day-of-the-event": "counted",
                "ends": "at-the-same-time",
                "source": {"document": "Invented", "evidence": "D"},
            }
        )


@pytest.mark.parametrize(
    ("length", "rule", "by_weekends"),
    [
        ("30 days", REGULATION, True),
        ("5 working days", PLAIN, True),
        ("30 days", PLAIN, False),
        ("48 hours", REGULATION, False),
    ],
)
def test_an_end_beyond_the_years_covered_is_known_by_weekends_only(
    length: str, rule: CountingRule, by_weekends: bool
) -> None:
    covered = Calendar.model_validate({"zone": "Europe/Vienna", "covers": {"from": 2026, "until": 2027}})
    inside = end_of(at("2027-06-01T10:00Z"), Duration.parse(length), covered, rule)
    beyond = end_of(at("2027-12-30T10:00Z"), Duration.parse(length), covered, rule)
    assert not by_weekends_only(inside, Duration.parse(length), covered, rule)
    assert by_weekends_only(beyond, Duration.parse(length), covered, rule) is (by_weekends and beyond.year == 2028)
    bare = Calendar(zone="Europe/Vienna")
    assert by_weekends_only(inside, Duration.parse(length), bare, rule) is by_weekends


def test_the_last_hour_of_the_last_year_covered_is_covered() -> None:
    covered = Calendar.model_validate({"zone": "Europe/Vienna", "covers": {"from": 2026, "until": 2026}})
    end = end_of(at("2026-12-30T10:00+01:00"), Duration(days=1), covered, REGULATION)
    assert end == at("2027-01-01T00:00+01:00")
    assert not by_weekends_only(end, Duration(days=1), covered, REGULATION)
