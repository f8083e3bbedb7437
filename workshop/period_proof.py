"""The proof of `lasts`: every length that the period can have by any law, and everything that can end it before its time."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Self

from sop.clocks import Clock, Length
from sop.counting import REGULATION, after, end_of, rule_of
from sop.decision import Refused
from sop.durations import Duration
from sop.model import Definition
from sop.rights import Lasts, Right
from sop.shapes import FactValue
from workshop.assignments import Wants
from workshop.course import BEGINS, Course
from workshop.finding import Finder
from workshop.verdicts import Replay, Verdict, shortened

FIRST_DAY = datetime(2026, 1, 1, 9, tzinfo=UTC)
DAYS = 1461
"""Four years: every length of a month, with and without a leap day, every weekday on which a period can begin."""
NOTHING = Duration(days=1)
"""The length that stands for every length, where there is no floor."""


@dataclass(frozen=True)
class _Fault:
    """One way in which the period is cut short: the steps that try it, after the period runs or to start it."""

    why: str
    wants: Wants = field(default_factory=dict)
    at: datetime = BEGINS
    ends: dict[str, str] = field(default_factory=dict)
    steps: tuple[str, ...] = ()


def period_verdict(finder: Finder, name: str, right: Right) -> Verdict:
    """No length below the floor, no other reason to end early, nothing that meets, cancels or closes it away."""
    assert right.lasts is not None  # noqa: S101 - the caller has asked for the statement
    lasts = right.lasts
    clock = finder.procedure.clocks[lasts.clock]
    starters = tuple(finder.starters(lasts.clock))
    laws = [law for each in clock.laws if (law := _Law.of(clock, each))]
    begins = sum((1 + len(law.clock.variants)) * len(law.days) for law in laws)
    faults = [*(fault for law in laws for fault in _lengths(finder.definition, law, lasts))]
    faults += [*_reasons(laws, lasts), *_endings(finder, clock, lasts)]
    if not faults:
        return Verdict(name, right, "proved", starters, begins)
    replay = Replay(finder.definition, name)
    for fault in faults:
        for course in _tried(finder, lasts.clock, fault, starters):
            story = course.scenario(f"Breaks a right: {right.title}", fault.why)
            if replay.breaks(story):
                step = fault.steps[0] if fault.steps else starters[0] if starters else None
                story = shortened(story, replay.breaks)
                return Verdict(name, right, "broken", starters, begins, step=step, why=fault.why, story=story)
    return Verdict(name, right, "broken", starters, begins, why=faults[0].why)


@dataclass(frozen=True)
class _Law:
    """The period by one law: the moments from which it may count, one each day for four years at the most."""

    clock: Clock
    days: tuple[datetime, ...]
    since: str
    """On which days it is law, as the beginning of a sentence; empty where it always is."""

    @classmethod
    def of(cls, clock: Clock, law: Clock) -> Self | None:
        """None where another law counts on every day: then nobody has this one."""
        source = law.source
        first, last = (source.in_force_from, source.until) if source else (None, None)
        days = [day for day in _days(clock) if clock.by_law_of(day) is law]
        begins = f" from {first} on" if first and clock.by_law_of(first - timedelta(days=1)) is not law else ""
        ends = f" until {last}" if last and clock.by_law_of(last + timedelta(days=1)) is not law else ""
        found = tuple(datetime.combine(day, FIRST_DAY.timetz()) for day in days)
        return cls(law, found, f"{begins}{ends}".strip()) if found else None

    @property
    def usual(self) -> datetime:
        """The moment at which a story begins where the day does not matter otherwise."""
        return min(self.days, key=lambda day: abs(day - BEGINS))

    def said(self, text: str) -> str:
        """The sentence with the days for which it is true."""
        return f"{self.since[0].upper()}{self.since[1:]} {text[0].lower()}{text[1:]}" if self.since else text


def _days(clock: Clock) -> Iterator[date]:
    """Days from which the clock may count: of each time between two changes of the law the four years nearest to today."""
    sources = [law.source for law in clock.laws if law.source]
    changes = {source.in_force_from for source in sources if source.in_force_from}
    changes |= {source.until + timedelta(days=1) for source in sources if source.until}
    for begins, ends in itertools.pairwise([date.min, *sorted(changes), date.max]):
        length = min(DAYS, (ends - begins).days)
        start = max(begins, min(FIRST_DAY.date(), ends - timedelta(days=length)))
        yield from (start + timedelta(days=number) for number in range(min(length, (ends - start).days)))


def _lengths(definition: Definition, law: _Law, lasts: Lasts) -> Iterator[_Fault]:
    usual: list[tuple[dict[str, FactValue | tuple[FactValue, ...]], Length]] = [({}, law.clock.length)]
    for when, length in (*((variant.when, variant.length) for variant in law.clock.variants), *usual):
        shortest = _shortest(length)
        short = shortest or NOTHING
        begins = _too_short_from(definition, law, short, lasts.at_least)
        if begins is None:
            continue
        facts: Wants = {f"fact:{ref}": value[0] if isinstance(value, tuple) else value for ref, value in when.items()}
        if length.set_by and shortest is None:
            facts[f"fact:{length.set_by}"] = str(short)
        of = f" where {', '.join(when)} say so" if when else ""
        floor = f"can be as short as {shortest}" if shortest else "has no floor at all"
        at = begins if short.months or short.working_days else law.usual
        yield _Fault(law.said(f"The period {floor}{of}; the right asks for {lasts.at_least}."), facts, at)


def _reasons(laws: list[_Law], lasts: Lasts) -> Iterator[_Fault]:
    """Each reason to end the period early that the right does not list, by whichever law."""
    for law in laws:
        for reason, title in law.clock.ends_early.reasons.items() if law.clock.ends_early else ():
            if reason not in lasts.ends_early_for:
                why = law.said(f"The period may be ended early because: {title}.")
                yield _Fault(why, at=law.usual, ends={"end": lasts.clock, "reason": reason})


def _shortest(length: Length) -> Duration | None:
    """The shortest that the length can be; None where whoever sets it may set anything."""
    floor = length.fixed or length.at_least or (length.range.from_ if length.range else None)
    return floor or (length.at_most if not length.set_by else None)


def _too_short_from(definition: Definition, law: _Law, length: Duration, floor: Duration) -> datetime | None:
    """The first day of the law from which the length ends before the floor does, by any calendar and counting rule.

    The floor is counted plainly. By the Regulation a length ends no earlier than that; by another rule it may.
    """
    calendars = definition.head.calendars
    known = {(c.zone, c.weekend, c.holidays, c.counting): c for c in calendars.values()}.values()
    ways = [(c, rule_of(law.clock.counting, c, definition.head.counting_rules)) for c in known]
    own = [(calendar, rule) for calendar, rule in ways if rule != REGULATION]
    if length == floor and not own:
        return None
    everywhere = length.working_days or floor.working_days
    if length != floor:
        for calendar in known if everywhere else [calendars["default"]]:
            for begins in law.days:
                if after(begins, length, calendar) < after(begins, floor, calendar):
                    return begins
    for calendar, rule in own:
        for begins in law.days:
            if end_of(begins, length, calendar, rule) < after(begins, floor, calendar):
                return begins
    return None


def _endings(finder: Finder, clock: Clock, lasts: Lasts) -> Iterator[_Fault]:
    sop = lasts.clock.split(".")[0]
    for step in finder.triggered((*clock.met_by, *clock.cancelled_by), sop):
        yield _Fault(f"The period ends before its time with this step: {step}.", steps=(step,))
    if not clock.statutory:
        closing = tuple(f"tell:{event}" for event, life in finder.definition.head.life_events.items() if life.closes)
        yield _Fault("The period is not statutory, so closing the case ends it.", steps=closing)


def _tried(finder: Finder, clock: str, fault: _Fault, starters: tuple[str, ...]) -> Iterator[Course]:
    """The courses on which the period is cut short in this way."""
    begun = finder.opened(fault.at)
    if begun is None:
        return
    for variable, value in fault.wants.items():
        if isinstance(value, str) and value not in finder.values.of(variable):
            finder.values.tell_apart(variable.removeprefix("fact:"), value)
    if not fault.ends and not fault.steps:
        for starter in starters:
            if found := finder.reach(begun, starter, wants=fault.wants):
                yield found
        return
    runs = finder.achieve(begun, {f"clock:{clock}": "on"})
    if runs and fault.ends:
        ended = runs.then(**fault.ends)
        if not isinstance(ended, Refused):
            yield ended
    running: dict[str, FactValue | None] = {f"clock:{clock}": "on"}
    for step in fault.steps if runs else ():
        if runs and (found := finder.reach(runs, step, keep=running)):
            yield found
