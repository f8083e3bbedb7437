"""Events: what happened to a case, past tense; the ledger keeps them, the timeline tells them in words."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from sop.case import Case, MeasureStatus
from sop.durations import Duration
from sop.effects import Tell
from sop.handed import CaseReassigned, Commented, CoverArranged, CoverEnded, Escalated, Nudged
from sop.shapes import FactValue, Value


class CaseOpened(Value):
    kind: Literal["case_opened"] = "case_opened"
    procedure: str
    country: str
    responsible: str


class StateEntered(Value):
    """An SOP moved; `transition` is `open` or `reopen` where it was opened."""

    kind: Literal["state_entered"] = "state_entered"
    sop: str
    transition: str
    source: str | None
    target: str
    reason: str | None = None
    note: str | None = None


class MeasureRecorded(Value):
    kind: Literal["measure_recorded"] = "measure_recorded"
    sop: str
    measure: str
    number: int
    status: MeasureStatus
    fields: dict[str, FactValue | dict[str, str]] = {}
    particulars: tuple[str, ...] = ()
    record: str | None = None


class MeasureAsked(Value):
    """A clock asks a person to do a measure."""

    kind: Literal["measure_asked"] = "measure_asked"
    sop: str
    measure: str
    number: int
    clock: str


class ResultReported(Value):
    kind: Literal["result_reported"] = "result_reported"
    measure: str
    number: int
    facts: dict[str, FactValue]


class FactsRecorded(Value):
    kind: Literal["facts_recorded"] = "facts_recorded"
    facts: dict[str, FactValue]
    note: str | None = None


class ClockStarted(Value):
    kind: Literal["clock_started"] = "clock_started"
    clock: str
    run: int
    anchor: datetime
    budget: Duration
    due: datetime


class ClockPaused(Value):
    kind: Literal["clock_paused"] = "clock_paused"
    clock: str
    reason: str
    note: str | None = None
    review_at: datetime | None = None


class PauseReviewed(Value):
    """The review date of a pause has come: these roles are asked whether it must go on; and again at `again_at`."""

    kind: Literal["pause_reviewed"] = "pause_reviewed"
    clock: str
    to: tuple[str, ...]
    since: datetime
    reason: str
    again_at: datetime


class ClockResumed(Value):
    kind: Literal["clock_resumed"] = "clock_resumed"
    clock: str
    due: datetime
    note: str | None = None


class ClockExtended(Value):
    kind: Literal["clock_extended"] = "clock_extended"
    clock: str
    length: Duration
    was_due: datetime
    due: datetime
    reason: str
    note: str | None = None


class ClockCorrected(Value):
    kind: Literal["clock_corrected"] = "clock_corrected"
    clock: str
    was_anchor: datetime
    anchor: datetime
    was_due: datetime | None
    due: datetime | None
    reason: str
    note: str | None = None


class ClockMet(Value):
    """What was owed came; `late` where it came after the clock was due."""

    kind: Literal["clock_met"] = "clock_met"
    clock: str
    late: bool


class ClockMissed(Value):
    """A deadline or a review passed with nothing; it stays owed."""

    kind: Literal["clock_missed"] = "clock_missed"
    clock: str
    due: datetime


class ClockExpired(Value):
    """A period is over. That takes no help from anybody."""

    kind: Literal["clock_expired"] = "clock_expired"
    clock: str
    due: datetime


class ClockEnded(Value):
    """A period was ended early, by an authority and a second person."""

    kind: Literal["clock_ended"] = "clock_ended"
    clock: str
    reason: str
    note: str | None = None


class ClockCancelled(Value):
    kind: Literal["clock_cancelled"] = "clock_cancelled"
    clock: str


class ReminderSent(Value):
    """A rung of a clock was reached: these roles are reminded, or told that nothing came."""

    kind: Literal["reminder_sent"] = "reminder_sent"
    clock: str
    to: tuple[str, ...]
    missed: bool
    due: datetime


class StateCarried(Value):
    """An SOP that stands under another name since the case follows another version."""

    was_sop: str
    was_state: str
    sop: str
    state: str


class ProcedureAdopted(Value):
    """The case follows another version from here on; what happened before is told in the words of the former one."""

    kind: Literal["procedure_adopted"] = "procedure_adopted"
    was: str
    procedure: str
    was_version: str
    version: str
    states: tuple[StateCarried, ...] = ()


class ClockCarried(Value):
    """A running clock counts by the new version; `kept` where that would have shortened a protection, and did not."""

    kind: Literal["clock_carried"] = "clock_carried"
    clock: str
    was_budget: Duration
    budget: Duration
    was_due: datetime
    due: datetime
    kept: bool


class StateSet(Value):
    """Two persons set by hand where an SOP stands."""

    kind: Literal["state_set"] = "state_set"
    sop: str
    source: str | None
    target: str
    note: str


class ClockSet(Value):
    """Two persons set a clock by hand; without `due` it no longer applies."""

    kind: Literal["clock_set"] = "clock_set"
    clock: str
    was_due: datetime | None
    anchor: datetime | None
    budget: Duration | None
    due: datetime | None
    note: str


class ConsentRecorded(Value):
    kind: Literal["consent_recorded"] = "consent_recorded"
    consent_id: str
    purpose: str
    until: datetime | None
    record: str | None


class ConsentWithdrawn(Value):
    kind: Literal["consent_withdrawn"] = "consent_withdrawn"
    consent_id: str
    purpose: str
    note: str | None = None


class LifeEventHappened(Value):
    kind: Literal["life_event_happened"] = "life_event_happened"
    event: str
    reason: str | None
    facts: dict[str, FactValue]
    note: str | None = None


class CaseClosed(Value):
    kind: Literal["case_closed"] = "case_closed"
    reason: str | None


class CaseReopened(Value):
    kind: Literal["case_reopened"] = "case_reopened"


class CaseOffered(Value):
    kind: Literal["case_offered"] = "case_offered"
    to: str


class CaseTaken(Value):
    kind: Literal["case_taken"] = "case_taken"
    responsible: str


class StepProposed(Value):
    """A step waits for a second person."""

    kind: Literal["step_proposed"] = "step_proposed"
    proposal: str
    title: str


class ProposalConfirmed(Value):
    kind: Literal["proposal_confirmed"] = "proposal_confirmed"
    proposal: str
    proposed_by: str


class ProposalDropped(Value):
    kind: Literal["proposal_dropped"] = "proposal_dropped"
    proposal: str


Event = Annotated[
    CaseOpened
    | StateEntered
    | MeasureRecorded
    | MeasureAsked
    | ResultReported
    | FactsRecorded
    | ClockStarted
    | ClockPaused
    | PauseReviewed
    | ClockResumed
    | ClockExtended
    | ClockCorrected
    | ClockMet
    | ClockMissed
    | ClockExpired
    | ClockEnded
    | ClockCancelled
    | ReminderSent
    | ProcedureAdopted
    | ClockCarried
    | StateSet
    | ClockSet
    | ConsentRecorded
    | ConsentWithdrawn
    | LifeEventHappened
    | CaseClosed
    | CaseReopened
    | CaseOffered
    | CaseTaken
    | CaseReassigned
    | CoverArranged
    | CoverEnded
    | Nudged
    | Escalated
    | Commented
    | StepProposed
    | ProposalConfirmed
    | ProposalDropped,
    Field(discriminator="kind"),
]


class Entry(Value):
    """One line of the ledger: one accepted command and everything that happened by it. `seq` counts 1, 2, 3 per case."""

    case_id: str
    seq: int
    at: datetime
    actor: str
    role: str
    command: str
    key: str
    events: tuple[Event, ...]
    tells: tuple[Tell, ...] = ()
    """What goes into the outbox together with the line, so that nobody is told of what is not recorded."""
    changes: str = ""
    """What the line has changed of the case (`sop.changes`), so that the case can be put together from its lines."""


class Batch(Value):
    """What the ledger is handed: entries in their order, and the case as it stands after them (or later)."""

    entries: tuple[Entry, ...]
    case: Case
