"""Counting time in an authority's zone and working calendar (Regulation (EEC, Euratom) 1182/71)."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from sop.durations import Duration
from sop.shapes import Shape

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _known_zone(zone: str) -> str:
    if "/" not in zone:
        raise PydanticCustomError("unknown-zone", "a zone is written as Region/City, for example Europe/Belgrade")
    try:
        _zone(zone)
    except (KeyError, ValueError, OSError):
        raise PydanticCustomError("unknown-zone", "this time zone is not known") from None
    return zone


Zone = Annotated[str, AfterValidator(_known_zone)]
Weekend = Annotated[tuple[Weekday, ...], Field(max_length=6)]


class Calendar(Shape):
    """The zone, the weekend and the listed public holidays of the authority that owes."""

    zone: Zone = Field(description="IANA time zone of the authority, for example Europe/Belgrade")
    weekend: Weekend = Field(
        ("saturday", "sunday"), description="days on which nobody works", examples=[["friday", "saturday"]]
    )
    holidays: tuple[date, ...] = Field((), description="public holidays, as dates", examples=[["2026-02-15"]])
    working_days: tuple[date, ...] = Field(
        (), description="days that are worked although they fall on a weekend", examples=[["2026-05-02"]]
    )

    @property
    def tz(self) -> ZoneInfo:
        return _zone(self.zone)

    def days_between(self, earlier: datetime, later: datetime) -> int:
        """How many midnights of this calendar lie between two instants."""
        return (later.astimezone(self.tz).date() - earlier.astimezone(self.tz).date()).days

    def moved_on(self, end: datetime, days: int) -> datetime:
        """The end of a length in days, so many days later; again on no day that is not a working day."""
        last = end.astimezone(self.tz).date() - timedelta(days=1) + timedelta(days=days)
        while not self.is_working_day(last):
            last += timedelta(days=1)
        return _utc(datetime.combine(last + timedelta(days=1), time.min, self.tz))

    def is_working_day(self, day: date) -> bool:
        if _WEEKDAYS[day.weekday()] in self.weekend:
            return day in self.working_days
        return day not in self.holidays


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def end_of(anchor: datetime, length: Duration, calendar: Calendar, counting: str) -> datetime:
    """The instant at which a length that starts with the event at `anchor` is over; aware, in UTC.

    `regulation-1182-71`: the day of the event is not counted (art. 3(1)); a length in days, weeks, months or years
    ends with the last hour of its last day (art. 3(2)) and, where that is no working day, of the next working day
    (art. 3(4)); it holds at least two working days when it is two days or longer (art. 3(5)); hours count from the
    next full hour. `plain`: calendar arithmetic from the instant itself, nothing rolled.
    """
    zone = _zone(calendar.zone)
    local = anchor.astimezone(zone)
    if counting == "plain":
        return _plain_end(anchor, local, length, calendar, zone)
    if length.in_hours:
        return _next_full_hour(anchor, local) + timedelta(seconds=length.seconds)
    last = _add_working_days(_add_months(local.date(), length.months) + timedelta(days=length.days), length, calendar)
    if length.days + length.working_days >= 2 or length.months:
        last = max(last, _nth_working_day(local.date(), 2, calendar))
    while not calendar.is_working_day(last):
        last += timedelta(days=1)
    end = datetime.combine(last + timedelta(days=1), time.min, zone)
    return _utc(end) + timedelta(seconds=length.seconds)


def before(moment: datetime, length: Duration, calendar: Calendar) -> datetime:
    """The instant that lies `length` before `moment`, by the calendar of the authority."""
    zone = _zone(calendar.zone)
    local = moment.astimezone(zone)
    day = _add_months(local.date(), -length.months) - timedelta(days=length.days)
    left = length.working_days
    while left:
        day -= timedelta(days=1)
        left -= calendar.is_working_day(day)
    return _utc(datetime.combine(day, local.time(), zone)) - timedelta(seconds=length.seconds)


def after(moment: datetime, length: Duration, calendar: Calendar) -> datetime:
    """The instant that lies `length` after `moment`, by plain calendar arithmetic."""
    zone = _zone(calendar.zone)
    return _plain_end(moment, moment.astimezone(zone), length, calendar, zone)


def _plain_end(anchor: datetime, local: datetime, length: Duration, calendar: Calendar, zone: ZoneInfo) -> datetime:
    if length.in_hours:
        return anchor + timedelta(seconds=length.seconds)
    day = _add_working_days(_add_months(local.date(), length.months) + timedelta(days=length.days), length, calendar)
    return _utc(datetime.combine(day, local.time(), zone)) + timedelta(seconds=length.seconds)


def _utc(local: datetime) -> datetime:
    return local.astimezone(UTC)


def _next_full_hour(moment: datetime, local: datetime) -> datetime:
    """By the authority's clock: some zones are half an hour off."""
    past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return moment - past + timedelta(hours=1) if past else moment


def _add_months(day: date, months: int) -> date:
    """31 January + 1 month is the last day of February; never 3 March."""
    if not months:
        return day
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (following - timedelta(days=1)).day))


def _add_working_days(day: date, length: Duration, calendar: Calendar) -> date:
    return _nth_working_day(day, length.working_days, calendar) if length.working_days else day


def _nth_working_day(day: date, count: int, calendar: Calendar) -> date:
    while count:
        day += timedelta(days=1)
        count -= calendar.is_working_day(day)
    return day
