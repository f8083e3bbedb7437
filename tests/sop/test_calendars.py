"""The days of an authority: midnights, working days, zones, and the years that a calendar covers."""

from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError

from sop.calendars import Calendar
from sop.counting import REGULATION, moved_on

VIENNA = Calendar(zone="Europe/Vienna")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


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
    assert moved_on(at(end), days, VIENNA, REGULATION) == at(moved)


def test_a_day_is_known_in_the_years_that_the_calendar_covers() -> None:
    calendar = Calendar.model_validate({"zone": "Europe/Vienna", "covers": {"from": 2026, "until": 2027}})
    assert [calendar.knows(date(year, 7, 1)) for year in (2025, 2026, 2027, 2028)] == [False, True, True, False]
    assert not VIENNA.knows(date(2026, 7, 1))
    with pytest.raises(ValidationError, match="before the first"):
        Calendar.model_validate({"zone": "Europe/Vienna", "covers": {"from": 2027, "until": 2026}})


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
