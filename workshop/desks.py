"""Who works when: the working time of a role by the real calendar, its queue, and what became of its hours."""

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sop.calendars import Calendar
from workshop.chance import Sampler

DAY_BEGINS = 8
"""In local time; earlier only where more hours are worked than are left of the day."""


class WorkingTime:
    """Seconds of work by seconds of time: so many hours on each working day from `start` to `end`."""

    def __init__(self, calendar: Calendar, hours: float, start: datetime, end: datetime) -> None:
        self._length = hours * 3600
        self._opens: list[float] = []
        first = timedelta(hours=min(DAY_BEGINS, 24 - hours))
        day = start.astimezone(calendar.tz).replace(hour=0, minute=0, second=0, microsecond=0)
        while day <= end:
            if calendar.is_working_day(day.date()):
                self._opens.append((day + first).timestamp())
            day += timedelta(days=1)

    def done_by(self, at: float) -> float:
        """Seconds that one person has worked by then."""
        index = bisect_right(self._opens, at) - 1
        if index < 0:
            return 0.0
        return index * self._length + min(at - self._opens[index], self._length)

    def finish(self, at: float, work: float) -> float | None:
        """When work that begins at `at` is done; None where that is after the end."""
        total = self.done_by(at) + work
        days = int(total // self._length)
        left = total - days * self._length
        if left == 0 and days and work:
            days, left = days - 1, self._length
        return self._opens[days] + left if days < len(self._opens) else None


@dataclass(frozen=True, slots=True)
class Second:
    """The proposal that a second person is to confirm, and the step that it is about."""

    proposal: str
    step: str


@dataclass(slots=True)
class Job:
    """One step that somebody is to do for one case."""

    step: str
    case: int
    role: str
    takes: Sampler
    place: str
    """Where its SOP stood when it was asked for, `sop.state`."""
    asked_at: float
    begun_at: float | None = None
    second: Second | None = None


@dataclass(slots=True)
class Desk:
    """The people of one role and what waits for them, first come, first served."""

    role: str
    people: int
    time: WorkingTime
    waiting: deque[Job] = field(default_factory=deque)
    busy: int = 0
    worked: float = 0.0
    """Seconds of work that are done."""
    queued: float = 0.0
    """Seconds that jobs have waited together."""
    longest: int = 0
    _changed: float = 0.0
    """When the counting was last brought up to date; nothing waits and nobody works before the first job."""
    _done: float = 0.0
    """What one person had worked by then."""

    def put(self, job: Job, now: float) -> None:
        self.settle(now)
        self.waiting.append(job)
        self.longest = max(self.longest, len(self.waiting))

    def take(self, now: float) -> Job | None:
        """The next job, where somebody is free for it."""
        if not self.waiting or self.busy >= self.people:
            return None
        self.settle(now)
        self.busy += 1
        job = self.waiting.popleft()
        job.begun_at = now
        return job

    def leave(self, now: float) -> None:
        """A job is done."""
        self.settle(now)
        self.busy -= 1

    def settle(self, now: float) -> None:
        """Count the waiting and the work up to now."""
        if now == self._changed:
            return
        self.queued += len(self.waiting) * (now - self._changed)
        done = self.time.done_by(now)
        self.worked += self.busy * (done - self._done)
        self._changed, self._done = now, done
