"""A case as it stands: where its SOPs are, what was recorded, which clocks run. It never changes; decisions make a new one."""

from datetime import datetime
from typing import Literal

from sop.durations import Duration
from sop.shapes import FactValue, Value

MeasureStatus = Literal["planned", "in_progress", "done", "declined", "not_applicable", "cancelled"]
ClockStatus = Literal["running", "paused", "met", "expired", "ended", "cancelled"]


class Actor(Value):
    """Who acts: an opaque user id and the roles it holds. The clock and the engine's own activities act too."""

    id: str
    roles: tuple[str, ...]

    def holds(self, roles: tuple[str, ...]) -> bool:
        for role in roles:  # noqa: SIM110 - a loop, for this is asked many times a second
            if role in self.roles:
                return True
        return False


CLOCK = Actor(id="clock", roles=("clock",))
ENGINE = Actor(id="engine", roles=("engine",))


class SopStanding(Value):
    """Where one SOP stands, since when."""

    state: str
    since: datetime
    open: bool


class MeasureRecord(Value):
    """One instance of a measure. `fields` are facts; `particulars` names the fields kept in the vault under `record`."""

    number: int
    status: MeasureStatus
    at: datetime
    by: str
    fields: dict[str, FactValue | dict[str, str]] = {}
    particulars: tuple[str, ...] = ()
    record: str | None = None
    valid_until: datetime | None = None
    awaits: str | None = None
    """The id of the activity whose result has not come yet."""


class Rung(Value):
    """One moment of a clock at which something happens: a reminder, the end, an escalation; the review of a pause."""

    at: datetime
    kind: Literal["remind", "end", "tell", "review"]
    to: tuple[str, ...] = ()
    number: int = 0
    """Which reminder of the definition it is."""


class PauseSpan(Value):
    """Time that does not count. At `review_at` somebody is asked whether it must go on."""

    since: datetime
    until: datetime | None = None
    by: str
    reason: str
    review_at: datetime | None = None


class Extension(Value):
    """A lengthening, by whom and when, and when the clock was due before it."""

    length: Duration
    at: datetime
    by: str
    reason: str
    was_due: datetime | None = None


class Correction(Value):
    """The anchor that was wrong, and the length and the due moment that followed from what was known; kept visible."""

    was: datetime
    was_budget: Duration | None = None
    was_due: datetime | None = None
    at: datetime
    by: str
    reason: str


class Raised(Value):
    """A role that somebody had told by hand."""

    to: str
    at: datetime


class ClockRun(Value):
    """One run of a clock. `due` is the end of its budget, none while paused; overdue is derived, never stored."""

    run: int
    status: ClockStatus
    anchor: datetime
    budget: Duration
    due: datetime | None
    armed_at: datetime
    rungs: tuple[Rung, ...] = ()
    sent: tuple[int, ...] = ()
    """The reminders that were sent for this end; an extension or a correction makes a new end, a pause does not."""
    extensions: tuple[Extension, ...] = ()
    pauses: tuple[PauseSpan, ...] = ()
    corrections: tuple[Correction, ...] = ()
    occurrence: int = 0
    missed_at: datetime | None = None
    over_at: datetime | None = None
    over_reason: str | None = None
    held_by_event: bool = False
    """Paused by a life event, so that the opposite event resumes it."""
    nudged_at: datetime | None = None
    """When somebody last had those reminded who owe it."""
    raised: tuple[Raised, ...] = ()
    """The roles that somebody had told by hand, in order; those before `armed_at` are of an earlier end."""

    @property
    def running(self) -> bool:
        return self.status in ("running", "paused")

    def overdue(self, now: datetime) -> bool:
        return self.status == "running" and self.due is not None and now >= self.due

    @property
    def wakes_at(self) -> datetime | None:
        return self.rungs[0].at if self.rungs and self.running else None


class ConsentGiven(Value):
    """One consent, for one purpose; particulars of it (recipient, words, evidence) are kept in the vault."""

    id: str
    purpose: str
    given_at: datetime
    by: str
    record: str | None = None
    until: datetime | None = None
    withdrawn_at: datetime | None = None

    def in_force(self, now: datetime) -> bool:
        return self.withdrawn_at is None and (self.until is None or now < self.until)


class Cover(Value):
    """Who acts for the responsible case manager, from and until when; before and after that it counts for nothing."""

    by: str
    since: datetime
    until: datetime

    def in_force(self, now: datetime) -> bool:
        return self.since <= now < self.until


class Responsible(Value):
    """The responsible case manager; a transfer is only offered until the receiver confirms."""

    id: str
    since: datetime
    offered_to: str | None = None
    cover: Cover | None = None

    def acts(self, user: str, now: datetime) -> bool:
        """Whether this user is responsible, or acts now for who is."""
        return user == self.id or (self.cover is not None and user == self.cover.by and self.cover.in_force(now))


class Proposal(Value):
    """A step that waits for a second person. `command` is the step itself, as JSON."""

    id: str
    by: str
    at: datetime
    title: str
    confirmed_by: tuple[str, ...]
    command: str
    run: int | None = None
    """The run of the clock that it is about; a later run needs a decision of its own."""


class Case(Value):
    """Everything that the engine knows about one case; no particulars."""

    id: str
    procedure: str
    country: str
    opened_at: datetime
    seq: int
    responsible: Responsible
    closed_at: datetime | None = None
    closed_reason: str | None = None
    moved_at: datetime
    targets_held: bool = False
    """Internal targets stand still, because of a life event; statutory clocks never do."""
    sops: dict[str, SopStanding]
    facts: dict[str, FactValue]
    measures: dict[str, tuple[MeasureRecord, ...]] = {}
    clocks: dict[str, ClockRun] = {}
    consents: dict[str, ConsentGiven] = {}
    proposals: dict[str, Proposal] = {}

    def nearest_wake(self) -> datetime | None:
        """The next moment at which some clock of this case has something to do."""
        wakes = [wake for run in self.clocks.values() if (wake := run.wakes_at) is not None]
        return min(wakes) if wakes else None
