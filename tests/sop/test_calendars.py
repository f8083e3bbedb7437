"""Counting days and hours, worked by hand against the calendar and Regulation (EEC, Euratom) 1182/71."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sop.calendars import Calendar, after, before, end_of
from sop.durations import Duration

VIENNA = Calendar(zone="Europe/Vienna")
BELGRADE = Calendar(zone="Europe/Belgrade", holidays=(date(2026, 5, 1),))
LONDON = Calendar(zone="Europe/London")
NEW_YORK = Calendar(zone="America/New_York")
CHISINAU = Calendar(zone="Europe/Chisinau")
KOLKATA = Calendar(zone="Asia/Kolkata")
SANTIAGO = Calendar(zone="America/Santiago", weekend=())
CHRISTMAS = Calendar(zone="Europe/Vienna", holidays=(date(2026, 12, 25), date(2026, 12, 26)))
FRIDAYS = Calendar(zone="Europe/Vienna", weekend=("friday", "saturday"))

REGULATION = [
    # The day of the event does not count; the last day counts to its end (art. 3(1), 3(2)).
    (VIENNA, "2026-03-02T10:00+01:00", "1 day", "2026-03-04T00:00+01:00"),
    (VIENNA, "2026-03-02T00:00+01:00", "1 day", "2026-03-04T00:00+01:00"),
    (VIENNA, "2026-03-02T23:59+01:00", "1 day", "2026-03-04T00:00+01:00"),
    (VIENNA, "2026-03-02T10:00+01:00", "2 days", "2026-03-05T00:00+01:00"),
    (VIENNA, "2026-03-02T10:00+01:00", "1 week", "2026-03-10T00:00+01:00"),
    (VIENNA, "2026-03-02T10:00+01:00", "30 days", "2026-04-02T00:00+02:00"),
    # 23:30 UTC is already the next day in Vienna.
    (VIENNA, "2026-03-02T23:30+00:00", "1 day", "2026-03-05T00:00+01:00"),
    # A last day that is no working day moves to the next one (art. 3(4)).
    (VIENNA, "2026-03-02T10:00+01:00", "5 days", "2026-03-10T00:00+01:00"),
    (VIENNA, "2026-03-02T10:00+01:00", "6 days", "2026-03-10T00:00+01:00"),
    (VIENNA, "2026-03-06T10:00+01:00", "1 day", "2026-03-10T00:00+01:00"),
    (BELGRADE, "2026-03-31T10:00+02:00", "31 days", "2026-05-05T00:00+02:00"),
    (FRIDAYS, "2026-03-05T10:00+01:00", "1 day", "2026-03-09T00:00+01:00"),
    (CHRISTMAS, "2026-12-23T10:00+01:00", "2 days", "2026-12-29T00:00+01:00"),
    # Two days or more hold at least two working days (art. 3(5)).
    (VIENNA, "2026-03-06T10:00+01:00", "2 days", "2026-03-11T00:00+01:00"),
    (VIENNA, "2026-03-06T10:00+01:00", "3 days", "2026-03-11T00:00+01:00"),
    (VIENNA, "2026-03-05T10:00+01:00", "2 days", "2026-03-10T00:00+01:00"),
    # Working days.
    (VIENNA, "2026-03-02T10:00+01:00", "5 working days", "2026-03-10T00:00+01:00"),
    (VIENNA, "2026-03-07T10:00+01:00", "1 working day", "2026-03-10T00:00+01:00"),
    (BELGRADE, "2026-04-30T10:00+02:00", "1 working day", "2026-05-05T00:00+02:00"),
    # Calendar months and years.
    (VIENNA, "2026-01-31T10:00+01:00", "1 month", "2026-03-03T00:00+01:00"),
    (VIENNA, "2025-01-31T10:00+01:00", "1 month", "2025-03-01T00:00+01:00"),
    (VIENNA, "2028-01-31T10:00+01:00", "1 month", "2028-03-01T00:00+01:00"),
    (VIENNA, "2026-01-31T10:00+01:00", "2 months", "2026-04-01T00:00+02:00"),
    (VIENNA, "2026-03-31T10:00+02:00", "1 month", "2026-05-01T00:00+02:00"),
    (VIENNA, "2026-11-30T10:00+01:00", "3 months", "2027-03-02T00:00+01:00"),
    (VIENNA, "2026-01-31T10:00+01:00", "P1M15D", "2026-03-17T00:00+01:00"),
    (VIENNA, "2028-02-29T10:00+01:00", "1 year", "2029-03-01T00:00+01:00"),
    (VIENNA, "2028-02-29T10:00+01:00", "4 years", "2032-03-02T00:00+01:00"),
    (VIENNA, "2027-02-28T10:00+01:00", "1 year", "2028-02-29T00:00+01:00"),
    (VIENNA, "2027-02-28T10:00+01:00", "12 months", "2028-02-29T00:00+01:00"),
    # Hours count from the next full hour, and roll over nothing.
    (VIENNA, "2026-03-02T09:30+00:00", "24 hours", "2026-03-03T10:00+00:00"),
    (VIENNA, "2026-03-02T09:00+00:00", "24 hours", "2026-03-03T09:00+00:00"),
    (VIENNA, "2026-03-02T09:00:01+00:00", "24 hours", "2026-03-03T10:00+00:00"),
    (VIENNA, "2026-03-06T16:20+00:00", "72 hours", "2026-03-09T17:00+00:00"),
    (VIENNA, "2026-03-02T09:10+00:00", "30 minutes", "2026-03-02T10:30+00:00"),
    (KOLKATA, "2026-03-02T10:10+05:30", "4 hours", "2026-03-02T15:00+05:30"),
    (VIENNA, "2026-03-28T12:00+01:00", "24 hours", "2026-03-29T13:00+02:00"),
    (VIENNA, "2026-03-02T10:00+01:00", "P1DT2H", "2026-03-04T02:00+01:00"),
    # Ends lie at the midnight of the zone, on either side of the change of the clock.
    (VIENNA, "2026-03-28T12:00+01:00", "1 day", "2026-03-31T00:00+02:00"),
    (LONDON, "2026-10-24T12:00+01:00", "1 week", "2026-11-03T00:00+00:00"),
    (CHISINAU, "2026-03-02T10:00+02:00", "1 day", "2026-03-04T00:00+02:00"),
    # 6 September 2026 has no midnight in Santiago: the day begins at 01:00.
    (SANTIAGO, "2026-09-04T12:00-04:00", "1 day", "2026-09-06T01:00-03:00"),
]

PLAIN = [
    (VIENNA, "2026-03-02T10:00+01:00", "1 day", "2026-03-03T10:00+01:00"),
    (VIENNA, "2026-03-06T10:00+01:00", "2 days", "2026-03-08T10:00+01:00"),
    (VIENNA, "2026-01-31T10:00+01:00", "1 month", "2026-02-28T10:00+01:00"),
    (VIENNA, "2026-03-02T10:00+01:00", "5 working days", "2026-03-09T10:00+01:00"),
    (VIENNA, "2026-03-02T10:20+01:00", "24 hours", "2026-03-03T10:20+01:00"),
    # Days of 23 and of 25 hours.
    (VIENNA, "2026-03-28T12:00+01:00", "1 day", "2026-03-29T12:00+02:00"),
    (VIENNA, "2026-03-28T12:00+01:00", "24 hours", "2026-03-29T13:00+02:00"),
    (VIENNA, "2026-10-24T12:00+02:00", "1 day", "2026-10-25T12:00+01:00"),
    (NEW_YORK, "2026-03-07T12:00-05:00", "1 day", "2026-03-08T12:00-04:00"),
    (NEW_YORK, "2026-10-31T12:00-04:00", "1 day", "2026-11-01T12:00-05:00"),
    (CHISINAU, "2026-03-28T12:00+02:00", "1 day", "2026-03-29T12:00+03:00"),
    # An hour that does not exist is the hour after; one that exists twice is the first.
    (BELGRADE, "2026-03-28T02:30+01:00", "1 day", "2026-03-29T03:30+02:00"),
    (BELGRADE, "2026-10-24T02:30+02:00", "1 day", "2026-10-25T02:30+02:00"),
    (LONDON, "2026-03-28T01:30+00:00", "1 day", "2026-03-29T02:30+01:00"),
    (LONDON, "2026-10-24T01:30+01:00", "1 day", "2026-10-25T01:30+01:00"),
]

BEFORE = [
    (VIENNA, "2026-04-02T00:00+02:00", "10 days", "2026-03-23T00:00+01:00"),
    (VIENNA, "2026-03-31T12:00+02:00", "1 month", "2026-02-28T12:00+01:00"),
    (VIENNA, "2026-03-10T00:00+01:00", "1 working day", "2026-03-09T00:00+01:00"),
    (VIENNA, "2026-03-09T10:00+01:00", "1 working day", "2026-03-06T10:00+01:00"),
    (BELGRADE, "2026-05-04T09:00+02:00", "1 working day", "2026-04-30T09:00+02:00"),
    (VIENNA, "2026-03-29T12:00+02:00", "1 day", "2026-03-28T12:00+01:00"),
    (VIENNA, "2026-03-29T12:00+02:00", "24 hours", "2026-03-28T11:00+01:00"),
    (VIENNA, "2028-02-29T12:00+01:00", "1 year", "2027-02-28T12:00+01:00"),
]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(("calendar", "start", "length", "end"), REGULATION)
def test_the_regulation_counts(calendar: Calendar, start: str, length: str, end: str) -> None:
    assert end_of(at(start), Duration.parse(length), calendar, "regulation-1182-71") == at(end)


@pytest.mark.parametrize(("calendar", "start", "length", "end"), PLAIN)
def test_plain_counting_starts_at_the_instant(calendar: Calendar, start: str, length: str, end: str) -> None:
    assert end_of(at(start), Duration.parse(length), calendar, "plain") == at(end)
    assert after(at(start), Duration.parse(length), calendar) == at(end)


@pytest.mark.parametrize(("calendar", "end", "length", "start"), BEFORE)
def test_before_counts_back(calendar: Calendar, end: str, length: str, start: str) -> None:
    assert before(at(end), Duration.parse(length), calendar) == at(start)


def test_a_chain_of_months_is_always_counted_from_its_first_day() -> None:
    start = at("2026-01-31T10:00+01:00")
    ends = [after(start, Duration(months=n), VIENNA).astimezone(VIENNA.tz).date() for n in range(1, 5)]
    assert ends == [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)]


@pytest.mark.parametrize(
    ("earlier", "later", "days"),
    [
        ("2026-03-02T10:00+01:00", "2026-03-02T23:59+01:00", 0),
        ("2026-03-02T23:59+01:00", "2026-03-03T00:00+01:00", 1),
        ("2026-03-02T22:59+00:00", "2026-03-02T23:01+00:00", 1),
        ("2026-03-28T12:00+01:00", "2026-04-04T12:00+02:00", 7),
    ],
)
def test_days_lie_between_midnights_of_the_zone(earlier: str, later: str, days: int) -> None:
    assert VIENNA.days_between(at(earlier), at(later)) == days


@pytest.mark.parametrize(
    ("end", "days", "moved"),
    [
        ("2026-03-04T00:00+01:00", 1, "2026-03-05T00:00+01:00"),
        ("2026-03-06T00:00+01:00", 2, "2026-03-10T00:00+01:00"),
        ("2026-03-28T00:00+01:00", 4, "2026-04-01T00:00+02:00"),
    ],
)
def test_an_end_is_moved_on_by_days_and_never_to_a_day_off(end: str, days: int, moved: str) -> None:
    assert VIENNA.moved_on(at(end), days) == at(moved)


moments = st.datetimes(datetime(2020, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
calendars = st.sampled_from([VIENNA, BELGRADE, LONDON, NEW_YORK, CHISINAU, KOLKATA, CHRISTMAS, FRIDAYS])
lengths = st.sampled_from(
    [
        Duration.parse(text)
        for text in ("1 day", "2 days", "30 days", "1 month", "1 year", "5 working days", "48 hours", "P1M15D")
    ]
)


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(moments, st.timedeltas(timedelta(), timedelta(days=400)), lengths, calendars)
def test_who_starts_later_never_ends_earlier(
    start: datetime, gap: timedelta, length: Duration, calendar: Calendar
) -> None:
    counted = [end_of(moment, length, calendar, "regulation-1182-71") for moment in (start, start + gap)]
    assert counted[0] <= counted[1]
    assert all(end.tzinfo is UTC for end in counted)


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(moments, lengths, calendars)
def test_the_regulation_never_gives_less_than_plain_counting(
    start: datetime, length: Duration, calendar: Calendar
) -> None:
    assert end_of(start, length, calendar, "regulation-1182-71") >= end_of(start, length, calendar, "plain")


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(moments, st.sampled_from(["1 day", "2 days", "30 days", "1 month", "5 working days"]), calendars)
def test_the_last_day_is_a_working_day_and_counts_to_its_end(start: datetime, length: str, calendar: Calendar) -> None:
    end = end_of(start, Duration.parse(length), calendar, "regulation-1182-71").astimezone(calendar.tz)
    assert (end.hour, end.minute, end.second) == (0, 0, 0)
    assert calendar.is_working_day(end.date() - timedelta(days=1))


@pytest.mark.parametrize(
    "zone", ["CET", "UTC", "+02:00", "", "Europe", "Europe/", "Europe/Nowhere", "europe/vienna", "../../etc/passwd",
             "/etc/passwd", "a/" * 3000, "Europe/\x00", "https://example.org/x"],
)  # fmt: skip
def test_a_zone_that_is_none_is_refused(zone: str) -> None:
    with pytest.raises(ValidationError, match=r"zone"):
        Calendar(zone=zone)


def test_a_week_without_a_working_day_is_refused() -> None:
    every = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    with pytest.raises(ValidationError):
        Calendar(zone="Europe/Vienna", weekend=every)
