"""Commands: everything that anybody, a clock or an activity may ask of a case. No command carries a particular."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from sop.case import Actor, MeasureStatus
from sop.durations import Duration
from sop.shapes import FactValue, Value

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
RecordId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,40}$")]


class OpenCase(Value):
    """Opens the case. Facts may be empty: a person who cannot speak is helped too."""

    kind: Literal["open_case"] = "open_case"
    case_id: str
    procedure: str
    country: str
    facts: dict[str, FactValue] = {}
    responsible: str
    record: RecordId | None = None


class Advance(Value):
    """Takes a transition of one SOP; `open` and `reopen` are the transitions that an SOP's openings make."""

    kind: Literal["advance"] = "advance"
    sop: Code
    transition: Code
    reason: Code | None = None
    note: RecordId | None = None


class RecordMeasure(Value):
    """Records a measure. `number` names an instance; without it the open one is meant, or a new one is begun."""

    kind: Literal["record_measure"] = "record_measure"
    sop: Code
    measure: Code
    status: MeasureStatus
    number: int | None = Field(None, ge=1, le=100_000)
    fields: dict[str, FactValue | dict[str, str]] = {}
    particulars: tuple[Code, ...] = ()
    record: RecordId | None = None


class RecordFacts(Value):
    """Brings facts of the case up to date that were asked at intake or have become known since."""

    kind: Literal["record_facts"] = "record_facts"
    facts: dict[str, FactValue]
    note: RecordId | None = None


class ExtendClock(Value):
    """Lengthens a running clock, within what the SOP allows, before it is over."""

    kind: Literal["extend_clock"] = "extend_clock"
    clock: str
    reason: Code
    note: RecordId | None = None


class PauseClock(Value):
    """Stops the counting, for one of the reasons that the SOP lists, to be looked at again at `review_at`.

    Without it that is as late as the SOP allows.
    """

    kind: Literal["pause_clock"] = "pause_clock"
    clock: str
    reason: Code
    review_at: datetime | None = None
    note: RecordId | None = None


class ResumeClock(Value):
    """Lets a paused clock count again."""

    kind: Literal["resume_clock"] = "resume_clock"
    clock: str
    reason: Code
    note: RecordId | None = None


class EndClock(Value):
    """Ends a period early, for one of the reasons that the SOP lists."""

    kind: Literal["end_clock"] = "end_clock"
    clock: str
    reason: Code
    note: RecordId | None = None


class CorrectClock(Value):
    """Sets the anchor right where the date of the event was recorded wrongly."""

    kind: Literal["correct_clock"] = "correct_clock"
    clock: str
    anchor: datetime
    reason: Code
    note: RecordId | None = None


class GiveConsent(Value):
    """Records the person's consent for one purpose."""

    kind: Literal["give_consent"] = "give_consent"
    consent_id: RecordId
    purpose: Code
    until: datetime | None = None
    record: RecordId | None = None


class WithdrawConsent(Value):
    """Records that the person takes a consent back; in force at once."""

    kind: Literal["withdraw_consent"] = "withdraw_consent"
    consent_id: RecordId
    note: RecordId | None = None


class TellEvent(Value):
    """Tells the case that a life event happened."""

    kind: Literal["tell_event"] = "tell_event"
    event: Code
    reason: Code | None = None
    note: RecordId | None = None


class OfferCase(Value):
    """Offers the responsibility for the case to another case manager."""

    kind: Literal["offer_case"] = "offer_case"
    to: RecordId


class TakeCase(Value):
    """Takes over the responsibility that was offered."""

    kind: Literal["take_case"] = "take_case"


class Reassign(Value):
    """Gives the case to another responsible case manager at once. `was` is who must have it still, where that matters."""

    kind: Literal["reassign"] = "reassign"
    to: RecordId
    reason: Code
    was: RecordId | None = None
    note: RecordId | None = None


class CoverCase(Value):
    """Has another user act for the responsible one from `since` (now, without it) until `until`; `to` None calls it off."""

    kind: Literal["cover_case"] = "cover_case"
    to: RecordId | None
    since: datetime | None = None
    until: datetime | None = None


class Nudge(Value):
    """Reminds those who owe what a clock waits for. `again`: a supervisor has it done twice on one day."""

    kind: Literal["nudge"] = "nudge"
    clock: str
    again: bool = False


class Escalate(Value):
    """Tells the next role of the clock's ladder now; without a clock, or at its top, the supervisor."""

    kind: Literal["escalate"] = "escalate"
    clock: str | None = None


class Comment(Value):
    """Leaves a remark, whose words are particulars."""

    kind: Literal["comment"] = "comment"
    note: RecordId


class Adopt(Value):
    """Moves the case to another version of its procedure, by its hash; `plan` is the plan that foresaw it."""

    kind: Literal["adopt"] = "adopt"
    procedure: str
    plan: RecordId | None = None


class SetState(Value):
    """Sets by hand where an SOP stands, for a record that is wrong and that no step of the procedure puts right."""

    kind: Literal["set_state"] = "set_state"
    sop: Code
    state: Code
    note: RecordId


class SetClock(Value):
    """Sets a clock right by hand: it runs from `anchor` for `length`; or, with neither, it no longer applies."""

    kind: Literal["set_clock"] = "set_clock"
    clock: str
    anchor: datetime | None = None
    length: Duration | None = None
    note: RecordId


class Confirm(Value):
    """A second person confirms a step that waits for one."""

    kind: Literal["confirm"] = "confirm"
    proposal: RecordId


class Drop(Value):
    """Drops a step that waits for a second person."""

    kind: Literal["drop"] = "drop"
    proposal: RecordId


class ReportResult(Value):
    """What an activity found out, for the measure instance that asked for it."""

    kind: Literal["report_result"] = "report_result"
    effect: str
    measure: Code
    number: int
    facts: dict[str, FactValue]


class Tick(Value):
    """Time has passed: whatever is due happens, in its order."""

    kind: Literal["tick"] = "tick"


Command = Annotated[
    OpenCase
    | Advance
    | RecordMeasure
    | RecordFacts
    | ExtendClock
    | PauseClock
    | ResumeClock
    | EndClock
    | CorrectClock
    | GiveConsent
    | WithdrawConsent
    | TellEvent
    | OfferCase
    | TakeCase
    | Reassign
    | CoverCase
    | Nudge
    | Escalate
    | Comment
    | Adopt
    | SetState
    | SetClock
    | Confirm
    | Drop
    | ReportResult
    | Tick,
    Field(discriminator="kind"),
]


class Submission(Value):
    """A command with who sends it, its idempotency key (opaque), a hash of its body, and the seq it relies on."""

    key: str
    body: str
    actor: Actor
    command: Command
    expected_seq: int | None = None
    kept: int | None = None
    """How far the ledger has come, where the sender has noted there that this command's line is awaited, and will write
    it from what the receipt hands over. None where the sender cannot write: then the case sees to its ledger itself."""
