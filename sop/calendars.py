"""The days of an authority: its time zone, its weekend, its listed public holidays, and how far the list reaches."""

from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from sop.shapes import Shape

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_KEY = r"([A-Z]{2}|[a-z]{2}(_[a-z0-9]{1,20}){1,3})"
CALENDAR_KEY = rf"^{_KEY}$"
"""A country (`BA`), or a part of one, of its land or of its people (`ba_srp`, `me_orthodox`)."""

CALENDAR_OF = rf"^({_KEY}|[a-z][a-z0-9_]{{0,63}}\.[a-z][a-z0-9_]{{0,63}})$"
CalendarOf = Annotated[str, StringConstraints(pattern=CALENDAR_OF)]
"""The name of a calendar, or the fact whose value is one."""

RULE_NAME = r"^[a-z][a-z0-9-]{0,63}$"
RuleName = Annotated[str, StringConstraints(pattern=RULE_NAME)]
"""The name of a counting rule: lower case, digits and hyphens."""


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


class Covers(Shape):
    """The years of which a calendar lists the holidays."""

    from_: int = Field(ge=1970, le=2200, description="the first year", examples=[2026])
    until: int = Field(ge=1970, le=2200, description="the last year", examples=[2030])

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until < self.from_:
            raise PydanticCustomError("calendar-years", "the last year covered comes before the first")
        return self

    def __contains__(self, day: date) -> bool:
        return self.from_ <= day.year <= self.until


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
    covers: Covers | None = Field(
        None,
        description="the years of which the holidays are listed; outside them only weekends are known",
        examples=[{"from": 2026, "until": 2030}],
    )
    counting: RuleName | None = Field(
        None,
        description="the counting rule of this authority, where a clock names none",
        examples=["regulation-1182-71"],
    )

    @property
    def tz(self) -> ZoneInfo:
        return _zone(self.zone)

    @cached_property
    def listed(self) -> frozenset[date]:
        """The public holidays, to be looked up: ten years of them are many."""
        return frozenset(self.holidays)

    @cached_property
    def last_days(self) -> dict[object, tuple[object, date]]:
        """The last days of lengths, each with the counting rule, as `sop.counting` has worked them out so far."""
        return {}

    def days_between(self, earlier: datetime, later: datetime) -> int:
        """How many midnights of this calendar lie between two instants."""
        return (later.astimezone(self.tz).date() - earlier.astimezone(self.tz).date()).days

    def is_weekend(self, day: date) -> bool:
        return _WEEKDAYS[day.weekday()] in self.weekend and day not in self.working_days

    def is_working_day(self, day: date) -> bool:
        return not self.is_weekend(day) and day not in self.listed

    def knows(self, day: date) -> bool:
        """Whether the holidays of this day's year are listed; of other years nothing is guessed."""
        return self.covers is not None and day in self.covers


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
