"""Counting rules as data, and the counting of time by them in an authority's zone and working calendar.

Built in are Regulation (EEC, Euratom) 1182/71 and plain calendar arithmetic; a procedure or a national adaptation
declares further ones under `counting-rules`.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sop.calendars import Calendar
from sop.clocks import Source
from sop.durations import Duration
from sop.shapes import Shape, Text

Off = Literal["weekend", "holidays"]


class CountingRule(Shape):
    """How a law counts time. What is not said is as in Regulation (EEC, Euratom) 1182/71."""

    title: Text = Field(description="as people read it", examples=["Administrative procedure act"])
    day_of_the_event: Literal["not-counted", "counted"] = Field(
        "not-counted",
        description="whether the day of the event is the first day of a length in days or months",
        examples=["counted"],
    )
    hour_of_the_event: Literal["not-counted", "counted"] = Field(
        "not-counted",
        description="a length in hours counts from the next full hour (`not-counted`) or from the instant (`counted`)",
        examples=["counted"],
    )
    ends: Literal["with-the-last-hour", "at-the-same-time"] = Field(
        "with-the-last-hour",
        description="whether the last day counts to its end, or to the time of day of the event",
        examples=["with-the-last-hour"],
    )
    last_day_off: Literal["next-working-day", "working-day-before", "stays"] = Field(
        "next-working-day",
        description="where the last day is no working day: on which day the length ends",
        examples=["stays"],
    )
    days_off: Annotated[tuple[Off, ...], Field(max_length=2)] = Field(
        ("weekend", "holidays"),
        description="which days of the calendar are no working days",
        examples=[["weekend", "holidays"]],
    )
    also_off: tuple[date, ...] = Field(
        (), description="days that are no working days for this rule alone, as dates", examples=[["2026-12-24"]]
    )
    working_days_within: int = Field(
        2,
        ge=0,
        le=10,
        description="so many working days at least lie within a length of `from-a-length-of` or more",
        examples=[2],
    )
    from_a_length_of: int = Field(
        2, ge=1, le=366, description="the shortest length, in days, that `working-days-within` speaks of", examples=[2]
    )
    missing_day: Literal["last-day-of-the-month", "first-day-of-the-next"] = Field(
        "last-day-of-the-month",
        description="the end of a length in months where the last month has no such day",
        examples=["last-day-of-the-month"],
    )
    source: Source = Field(description="the law that counts so", examples=[{"law": "A law", "evidence": "K"}])

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.ends == "at-the-same-time" and self.day_of_the_event == "counted":
            message = "a length that ends at the time of day of the event cannot count the day of the event"
            raise PydanticCustomError("counting-rule", message)
        return self

    def is_working_day(self, day: date, calendar: Calendar) -> bool:
        """Whether the day is worked, for this rule."""
        if "weekend" in self.days_off and calendar.is_weekend(day):
            return False
        return not ("holidays" in self.days_off and day in calendar.listed) and day not in self.also_off


REGULATION_NAME, PLAIN_NAME = "regulation-1182-71", "plain"
REGULATION = CountingRule(
    title="Regulation (EEC, Euratom) No 1182/71",
    day_of_the_event="not-counted",  # art. 3(1), second subparagraph
    hour_of_the_event="not-counted",  # art. 3(1), first subparagraph
    ends="with-the-last-hour",  # art. 3(2)(b) and (c)
    last_day_off="next-working-day",  # art. 3(4), first sentence: not for lengths in hours
    days_off=("weekend", "holidays"),  # art. 2(2)
    working_days_within=2,  # art. 3(5)
    from_a_length_of=2,
    missing_day="last-day-of-the-month",  # art. 3(2)(c), second sentence
    source=Source(law="Regulation (EEC, Euratom) No 1182/71", article="2, 3", evidence="K", confidence="high"),
)
PLAIN = CountingRule(
    title="Plain calendar arithmetic from the instant",
    hour_of_the_event="counted",
    ends="at-the-same-time",
    last_day_off="stays",
    working_days_within=0,
    source=Source(document="Calendar arithmetic; no law", evidence="D"),
)
BUILT_IN = {REGULATION_NAME: REGULATION, PLAIN_NAME: PLAIN}


def rule_of(name: str | None, calendar: Calendar, declared: Mapping[str, CountingRule]) -> CountingRule:
    """The rule that a clock names, otherwise that of the calendar, otherwise the Regulation."""
    name = name or calendar.counting or REGULATION_NAME
    return declared.get(name) or BUILT_IN.get(name, REGULATION)


MOST_KEPT = 20_000
"""So many last days a calendar keeps before it begins anew."""
_Works = Callable[[date], bool]


class Way(NamedTuple):
    """How one clock of one case counts: by whose days, and by which rule."""

    calendar: Calendar
    rule: CountingRule


def end_of(anchor: datetime, length: Duration, calendar: Calendar, rule: CountingRule) -> datetime:
    """The instant at which a length that starts with the event at `anchor` is over; aware, in UTC.

    A length in hours counts hours that pass, across every change of the clock, and is never rolled. Any other counts
    whole days: months first, then days (a part of a month is written in days, art. 3(2)(d) of the Regulation), then
    working days. A time of day that does not exist is the one after the gap; one that exists twice is the first.
    """
    local = anchor.astimezone(calendar.tz)
    if length.in_hours:
        begins = anchor if rule.hour_of_the_event == "counted" else _next_hour(anchor, local)
        return _utc(begins) + timedelta(seconds=length.seconds)

    last = _kept_last_day(local.date(), length, calendar, rule)
    return _end(last, local, calendar, rule) + timedelta(seconds=length.seconds)


def _kept_last_day(day: date, length: Duration, calendar: Calendar, rule: CountingRule) -> date:
    """As `_last_day`; the calendar keeps it for this very rule, for the same is asked again and again."""
    asked = (day, length.months, length.days, length.working_days)
    found = calendar.last_days.get(asked)
    if found is not None and found[0] is rule:
        return found[1]
    if len(calendar.last_days) >= MOST_KEPT:
        calendar.last_days.clear()
    last = _last_day(day, length, calendar, rule)
    calendar.last_days[asked] = (rule, last)
    return last


def _last_day(day: date, length: Duration, calendar: Calendar, rule: CountingRule) -> date:
    """The last day of a length in days, months or working days, for an event on this day."""

    def works(day: date) -> bool:
        return rule.is_working_day(day, calendar)

    last = _last_of_the_months(day, length.months, rule) + timedelta(days=length.days)
    if length.working_days:
        last = _nth_working_day(last, length.working_days, works)
    if length.days + length.working_days >= rule.from_a_length_of or length.months:
        before_first = day - timedelta(days=rule.day_of_the_event == "counted")
        last = max(last, _nth_working_day(before_first, rule.working_days_within, works))
    return _moved(last, rule, works)


def moved_on(end: datetime, days: int, calendar: Calendar, rule: CountingRule) -> datetime:
    """The end of a length in days, so many days later, and again on no day on which the rule lets none end."""
    last = end.astimezone(calendar.tz).date() - timedelta(days=1) + timedelta(days=days)
    last = _moved(last, rule, lambda day: rule.is_working_day(day, calendar))
    return _utc(datetime.combine(last + timedelta(days=1), time.min, calendar.tz))


def before(moment: datetime, length: Duration, calendar: Calendar, rule: CountingRule) -> datetime:
    """The instant that lies `length` before `moment`.

    Counted back: a first day that is no working day stays (art. 3(4), second sentence, of the Regulation), and the
    working days that the rule asks for lie within (art. 3(5) speaks of any period).
    """
    local = moment.astimezone(calendar.tz)
    day = _add_months(local.date(), -length.months, rule) - timedelta(days=length.days)

    def works(day: date) -> bool:
        return rule.is_working_day(day, calendar)

    if length.working_days:
        day = _nth_working_day(day, length.working_days, works, step=-1)
    if length.days + length.working_days >= rule.from_a_length_of or length.months:
        day = min(day, _nth_working_day(local.date(), rule.working_days_within, works, step=-1))
    return _utc(datetime.combine(day, local.time(), calendar.tz)) - timedelta(seconds=length.seconds)


def after(moment: datetime, length: Duration, calendar: Calendar) -> datetime:
    """The instant that lies `length` after `moment`, by plain calendar arithmetic."""
    return end_of(moment, length, calendar, PLAIN)


def by_weekends_only(end: datetime, length: Duration, calendar: Calendar, rule: CountingRule) -> bool:
    """Whether an end lies outside the years whose holidays the calendar lists, so that only weekends were looked at."""
    looks = length.working_days or rule.last_day_off != "stays" or rule.working_days_within
    if length.in_hours or not looks or "holidays" not in rule.days_off:
        return False
    return not calendar.knows((end - timedelta(microseconds=1)).astimezone(calendar.tz).date())


def _end(last: date, local: datetime, calendar: Calendar, rule: CountingRule) -> datetime:
    if rule.ends == "at-the-same-time":
        return _utc(datetime.combine(last, local.time(), calendar.tz))
    return _utc(datetime.combine(last + timedelta(days=1), time.min, calendar.tz))


def _moved(last: date, rule: CountingRule, works: _Works) -> date:
    step = {"next-working-day": 1, "working-day-before": -1, "stays": 0}[rule.last_day_off]
    while step and not works(last):
        last += timedelta(days=step)
    return last


def _last_of_the_months(day: date, months: int, rule: CountingRule) -> date:
    """The day on which the months end; where the day of the event counts, the one before its like."""
    if rule.day_of_the_event == "not-counted":
        return _add_months(day, months, rule)
    like = _add_months(day, months, rule)
    # 31 January counts, and February has no 31st: then the month itself is the length
    return like if months and like.day != day.day and rule.missing_day == "last-day-of-the-month" else _day_before(like)


def _add_months(day: date, months: int, rule: CountingRule) -> date:
    """31 January + 1 month is the last day of February, never 3 March; by some rules 1 March."""
    if not months:
        return day
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last = _day_before(following).day
    if day.day > last and rule.missing_day == "first-day-of-the-next":
        return following
    return date(year, month + 1, min(day.day, last))


def _nth_working_day(day: date, count: int, works: _Works, step: int = 1) -> date:
    while count:
        day += timedelta(days=step)
        count -= works(day)
    return day


def _day_before(day: date) -> date:
    return day - timedelta(days=1)


def _next_hour(moment: datetime, local: datetime) -> datetime:
    """The beginning of the first hour after the one in which the event lies, by the authority's clock.

    What happens on the stroke of nine happens in the hour that begins then. Some zones are half an hour off.
    """
    past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return moment - past + timedelta(hours=1)


def _utc(local: datetime) -> datetime:
    return local.astimezone(UTC)
