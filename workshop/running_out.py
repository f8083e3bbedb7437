"""Calendars that will soon say nothing: the years of which holidays are listed, against how far clocks can reach."""

from collections.abc import Iterator
from datetime import date, timedelta

from sop.calendars import Calendar
from sop.clocks import Clock, Length
from sop.counting import rule_of
from sop.durations import Duration
from sop.model import Definition
from sop.problems import Problem, Tree

AHEAD = Duration(months=24)
"""So far ahead every calendar is listed, whatever the clocks are."""


def running_out(
    definition: Definition, trees: dict[str, Tree], today: date, beside: Definition | None = None
) -> Iterator[Problem]:
    """A warning for each calendar whose years end too early; one that names no years lists none and is left alone.

    With `beside`, what this was put onto, the calendars of that are not told again.
    """
    told = beside.head.calendars if beside else {}
    for name, calendar in definition.head.calendars.items():
        # a part of a country covers the years of its country
        if calendar.covers is None or "_" in name or calendar == told.get(name):
            continue
        last = date(calendar.covers.until, 12, 31)
        reach = max(
            (
                (days, clock.title)
                for sop in definition.sops.values()
                for clock in sop.clocks.values()
                if (days := _reach(clock, calendar, definition)) is not None
            ),
            default=(0.0, ""),
        )
        if today + timedelta(days=AHEAD.most_days()) > last:
            message = f"The holidays of {name} are listed until {calendar.covers.until}, less than two years ahead."
        elif today + timedelta(days=reach[0]) > last:
            message = f"The holidays of {name} are listed until {calendar.covers.until}; ‘{reach[1]}’ can reach beyond."
        else:
            continue
        help_ = "List more years: `caseway sop holidays`; then raise `covers:`."
        yield trees[""].problem(("calendars", name, "covers"), "calendar-runs-out", message, help_, warning=True)


def _reach(clock: Clock, calendar: Calendar, definition: Definition) -> float | None:
    """The most days from its start to its end; None where holidays have no say, or nothing bounds it."""
    rule = rule_of(clock.counting, calendar, definition.head.counting_rules)
    lengths = [clock.length] if clock.review is None else []
    longest = [most for one in (*lengths, *(v.length for v in clock.variants)) if (most := _most(one)) is not None]
    if clock.review:
        longest += [one for one in (clock.review.until, *clock.review.at[-1:]) if one is not None]
    counted = [one for one in longest if not one.in_hours and (rule.last_day_off != "stays" or one.working_days > 0)]
    if not counted:
        return None
    extension = max(
        (e.length.most_days() * e.at_most for e in (clock.extend, *(v.extend for v in clock.variants)) if e),
        default=0.0,
    )
    return max(one.most_days() for one in counted) + extension


def _most(length: Length) -> Duration | None:
    return length.ceiling or length.fixed or length.floor
