"""What is counted while a caseload is simulated: clocks, states, steps, the people who do them."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from sop.case import Case
from sop.decision import Refused
from sop.events import Event
from workshop.desks import Job
from workshop.wishes import Life


@dataclass(slots=True)
class ClockTally:
    """One clock over all cases; `late` holds the seconds after the due moment at which it was met."""

    started: int = 0
    met: int = 0
    expired: int = 0
    ended: int = 0
    cancelled: int = 0
    late: list[float] = field(default_factory=list)


@dataclass(slots=True)
class StepTally:
    """One step as one role did it: how often, and the seconds that it waited and took, all together."""

    done: int = 0
    waited: list[float] = field(default_factory=list)
    took: float = 0.0


class Tally:
    """Everything so far. Times are seconds of Unix time."""

    def __init__(self, start: float) -> None:
        self.start = start
        self.arrived = 0
        self.ended = 0
        self.decisions = 0
        self.steps = 0
        self.case_seconds = 0.0
        """Of the cases that have ended; those of the open ones are added where the result is drawn up."""
        self.clocks: dict[str, ClockTally] = defaultdict(ClockTally)
        self.entries: Counter[str] = Counter()
        self.stays: dict[str, list[float]] = defaultdict(list)
        self.milestones: dict[str, list[float]] = defaultdict(list)
        self.jobs: dict[tuple[str, str], StepTally] = defaultdict(StepTally)
        """By place `sop.state` and role."""
        self.refusals: Counter[tuple[str, str]] = Counter()
        self.events: Counter[str] = Counter()

    def refuse(self, step: str, refused: Refused) -> None:
        for reason in refused.reasons:
            self.refusals[step, reason.code] += 1

    def worked(self, job: Job, now: float, *, here: bool) -> None:
        """A job is done, by people here or elsewhere."""
        assert job.begun_at is not None  # noqa: S101 - what is done has begun
        tally = self.jobs[job.place, job.role]
        tally.done += 1
        tally.took += now - job.begun_at
        if here:
            tally.waited.append(job.begun_at - job.asked_at)

    def note(self, life: Life, before: Case | None, events: tuple[Event, ...], now: float) -> None:
        self.steps += 1
        for event in events:
            match event.kind:
                case "state_entered":
                    self._entered(life, event.sop, event.target, now)
                case "clock_started":
                    self.clocks[event.clock].started += 1
                case "clock_met":
                    tally = self.clocks[event.clock]
                    due = before.clocks[event.clock].due if before and event.clock in before.clocks else None
                    if event.late and due is not None:
                        tally.late.append(now - due.timestamp())
                    else:
                        tally.met += 1
                case "clock_expired":
                    self.clocks[event.clock].expired += 1
                case "clock_ended":
                    self.clocks[event.clock].ended += 1
                case "clock_cancelled":
                    self.clocks[event.clock].cancelled += 1
                case "life_event_happened":
                    self.events[event.event] += 1

    def _entered(self, life: Life, sop: str, state: str, now: float) -> None:
        left = life.entered.get(sop)
        if left is not None:
            self.stays[f"{sop}.{left[0]}"].append(now - left[1])
        life.entered[sop] = (state, now)
        place = f"{sop}.{state}"
        self.entries[place] += 1
        if place not in life.reached:
            life.reached.add(place)
            self.milestones[place].append(now - life.arrived)

    def end(self, life: Life, now: float) -> None:
        """The case is closed."""
        self.ended += 1
        self.case_seconds += now - life.arrived
