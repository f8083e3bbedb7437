"""A person's private calendar: each clock of their cases as an event on its day; titles and case codes, nothing else."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from icalendar import Alarm, Event
from icalendar import Calendar as Feed

from post.wording import title_of
from sop.due_days import at_midnight, due_day
from sop.procedure import Procedure
from store.listings import WorkLine

WARNED_BEFORE = timedelta(days=2)
REFRESHED = timedelta(hours=1)


async def feed(
    work: Sequence[WorkLine], language: str, procedure: Callable[[str], Awaitable[Procedure]], url: str
) -> bytes:
    """The calendar as iCalendar (RFC 5545). The same clocks give the same bytes, so that an unchanged one is not sent."""
    made = Feed()
    made.add("prodid", "-//Caseway//calendar 1//EN")
    made.add("version", "2.0")
    made.add("name", "Caseway")
    made.add("refresh-interval", REFRESHED, parameters={"VALUE": "DURATION"})
    for line in sorted(work, key=lambda one: one.case.case_id):
        known = await procedure(line.case.procedure_hash)
        for clock in sorted(line.clocks, key=lambda one: one.clock):
            if clock.due:
                title = title_of(known, clock.clock, language)
                made.add_component(_event(line, clock.clock, clock.due, title, known, url))
    content: bytes = made.to_ical()
    return content


def etag_of(content: bytes) -> str:
    return f'"{sha256(content).hexdigest()[:32]}"'


def _event(line: WorkLine, clock: str, due: datetime, title: str, procedure: Procedure, url: str) -> Event:
    calendar = procedure.calendar(line.case.country)
    event, said = Event(), f"{title} ({line.case.case_id})"
    event.add("uid", f"{line.case.case_id}.{clock}@caseway.invalid")
    event.add("dtstamp", line.case.moved_at)
    event.add("sequence", line.case.seq)
    event.add("summary", said)
    event.add("url", f"{url}/v1/cases/{line.case.case_id}")
    # nobody is busy because something is due
    event.add("transp", "TRANSPARENT")
    if at_midnight(due, calendar):
        event.add("dtstart", due_day(due, calendar))
    else:
        event.add("dtstart", due)
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", said)
    alarm.add("trigger", -WARNED_BEFORE)
    event.add_component(alarm)
    return event
