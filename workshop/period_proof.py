"""The proof of `lasts`: every length that the period can have, and everything that can end it before its time."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

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
_EACH_DAY = [FIRST_DAY + timedelta(days=day) for day in range(DAYS)]
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
    begins = (1 + len(clock.variants)) * DAYS
    faults = [*_lengths(finder.definition, clock, lasts), *_endings(finder, clock, lasts)]
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


def _lengths(definition: Definition, clock: Clock, lasts: Lasts) -> Iterator[_Fault]:
    usual: list[tuple[dict[str, FactValue | tuple[FactValue, ...]], Length]] = [({}, clock.length)]
    for when, length in (*((variant.when, variant.length) for variant in clock.variants), *usual):
        shortest = _shortest(length)
        short = shortest or NOTHING
        begins = _too_short_from(definition, clock, short, lasts.at_least)
        if begins is None:
            continue
        facts: Wants = {f"fact:{ref}": value[0] if isinstance(value, tuple) else value for ref, value in when.items()}
        if length.set_by and shortest is None:
            facts[f"fact:{length.set_by}"] = str(short)
        of = f" where {', '.join(when)} say so" if when else ""
        floor = f"can be as short as {shortest}" if shortest else "has no floor at all"
        at = begins if short.months or short.working_days else BEGINS
        yield _Fault(f"The period {floor}{of}; the right asks for {lasts.at_least}.", facts, at)


def _shortest(length: Length) -> Duration | None:
    """The shortest that the length can be; None where whoever sets it may set anything."""
    floor = length.fixed or length.at_least or (length.range.from_ if length.range else None)
    return floor or (length.at_most if not length.set_by else None)


def _too_short_from(definition: Definition, clock: Clock, length: Duration, floor: Duration) -> datetime | None:
    """The first day from which the length ends before the floor does, by any calendar and rule of the procedure.

    The floor is counted plainly. By the Regulation a length ends no earlier than that; by another rule it may.
    """
    calendars = definition.head.calendars
    known = {(c.zone, c.weekend, c.holidays, c.counting): c for c in calendars.values()}.values()
    ways = [(c, rule_of(clock.counting, c, definition.head.counting_rules)) for c in known]
    own = [(calendar, rule) for calendar, rule in ways if rule != REGULATION]
    if length == floor and not own:
        return None
    everywhere = length.working_days or floor.working_days
    if length != floor:
        for calendar in known if everywhere else [calendars["default"]]:
            for begins in _EACH_DAY:
                if after(begins, length, calendar) < after(begins, floor, calendar):
                    return begins
    for calendar, rule in own:
        for begins in _EACH_DAY:
            if end_of(begins, length, calendar, rule) < after(begins, floor, calendar):
                return begins
    return None


def _endings(finder: Finder, clock: Clock, lasts: Lasts) -> Iterator[_Fault]:
    sop = lasts.clock.split(".")[0]
    for reason, title in clock.ends_early.reasons.items() if clock.ends_early else ():
        if reason not in lasts.ends_early_for:
            why = f"The period may be ended early because: {title}."
            yield _Fault(why, ends={"end": lasts.clock, "reason": reason})
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
