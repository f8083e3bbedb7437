"""On which day something is due, and how near that is, by the days of the authority that owes."""

from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from sop.calendars import Calendar

SOON = 5
"""How many working days ahead count as soon."""


def due_day(due: datetime, calendar: Calendar) -> date:
    """What is due at the midnight after a day is due on that day."""
    return (due - timedelta(microseconds=1)).astimezone(ZoneInfo(calendar.zone)).date()


def at_midnight(due: datetime, calendar: Calendar) -> bool:
    """Whether it is due with the end of a day, so that the day says it all."""
    return due.astimezone(ZoneInfo(calendar.zone)).time() == time.min


def when_due(due: datetime, now: datetime, calendar: Calendar) -> Literal["overdue", "due_today", "due_soon"] | None:
    """None where it lies further ahead than soon."""
    if due <= now:
        return "overdue"
    today = now.astimezone(ZoneInfo(calendar.zone)).date()
    day = due_day(due, calendar)
    if day <= today:
        return "due_today"
    return "due_soon" if day <= working_days_after(today, SOON, calendar) else None


def working_days_after(day: date, count: int, calendar: Calendar) -> date:
    while count:
        day += timedelta(days=1)
        count -= calendar.is_working_day(day)
    return day
