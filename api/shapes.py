"""What callers send: the bodies of the calls that change something, each with an example."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from sop.case import MeasureStatus

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})", re.ASCII)
_CODE = r"^[a-z][a-z0-9_]{0,63}$"
KNOWN: set[str] = set()
"""Names that an answer may repeat because they are ours, not the caller's."""


class Sent(BaseModel):
    """A body: nothing unknown in it, and no error text that repeats what was sent."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        KNOWN.update(cls.model_fields)


def _moment(value: Any) -> datetime:
    """RFC 3339 with its offset; a number is never a moment."""
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise PydanticCustomError("moment", "a moment such as 2026-03-02T09:00:00Z is wanted") from None
        if 1900 <= moment.year <= 2200:
            return moment.astimezone(UTC)
    raise PydanticCustomError("moment", "a moment such as 2026-03-02T09:00:00Z is wanted")


Moment = Annotated[datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
Code = Annotated[StrictStr, StringConstraints(pattern=_CODE)]
Text = Annotated[StrictStr, StringConstraints(min_length=1, max_length=10_000)]
Line = Annotated[StrictStr, StringConstraints(min_length=1, max_length=500)]
UserId = Annotated[StrictStr, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,40}$")]


def _list_of_texts(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


Listed = Annotated[tuple[Line, ...], BeforeValidator(_list_of_texts), Field(max_length=50)]
Plain = StrictBool | StrictInt | StrictFloat | Annotated[StrictStr, StringConstraints(max_length=10_000)] | Listed
Facts = Annotated[dict[Code, Plain], Field(max_length=200)]
Fields = Annotated[dict[Code, Plain | dict[Code, Code]], Field(max_length=200)]
Particulars = Annotated[dict[Code, JsonValue], Field(max_length=200)]


def _examples(*examples: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": list(examples)})


class OpenCase(Sent):
    """Opens a case. Facts and particulars may be empty: a person who cannot speak is helped too."""

    model_config = _examples(
        {"procedure": "trm", "country": "RS", "facts": {}, "particulars": {"called": "as the person wishes"}}
    )

    procedure: Annotated[Code, Field(description="the name of a published procedure; its newest version is taken")]
    country: Annotated[StrictStr, StringConstraints(pattern=r"^[A-Z]{2}$")]
    facts: Facts = {}
    particulars: Annotated[
        Particulars, Field(description="names, words, addresses: kept under the case's own key")
    ] = {}


class TakeStep(Sent):
    """Takes a transition, or tells of a life event."""

    model_config = _examples({}, {"reason": "not_a_victim", "note": "Free words, kept with the particulars."})

    reason: Annotated[Code | None, Field(description="one of the reasons that the procedure lists, where it does")] = (
        None
    )
    note: Text | None = None


class RecordMeasure(Sent):
    """Records a measure; fields that identify anybody go to the particulars by themselves."""

    model_config = _examples({"status": "done", "fields": {}, "note": "Free words, kept with the particulars."})

    status: MeasureStatus = "done"
    fields: Fields = {}
    note: Text | None = None
    number: Annotated[StrictInt, Field(ge=1, le=100_000)] | None = None


class MindClock(Sent):
    """Extends, resumes or ends a clock. A reason that is no code is kept as a note, under the code `other`."""

    model_config = _examples({"reason": "needs_more_time", "note": "Free words, kept with the particulars."})

    reason: Text
    authority: Annotated[
        Line | None, Field(description="who decided, where the SOP asks for it; kept as a particular")
    ] = None
    note: Text | None = None


class PauseClock(MindClock):
    """Stops the counting. Without `review_at` somebody is asked as late as the SOP allows whether it must go on."""

    model_config = _examples({"reason": "hospital", "review_at": "2026-03-16T09:00:00Z"})

    review_at: Annotated[Moment | None, Field(description="when somebody is asked whether the pause must go on")] = None


class ResumeClock(MindClock):
    """Lets a paused clock count again; that needs no reason."""

    model_config = _examples({}, {"reason": "back_from_hospital"})

    reason: Text = "other"


class CorrectClock(MindClock):
    """Sets right the moment from which a clock counts."""

    model_config = _examples({"reason": "wrong_date", "anchor": "2026-03-02T09:00:00Z"})

    anchor: Moment


class GiveConsent(Sent):
    """Records the person's consent for one purpose."""

    model_config = _examples({"purpose": "share_abroad", "until": "2027-03-02T09:00:00Z", "particulars": {}})

    purpose: Code
    until: Moment | None = None
    particulars: Particulars = {}


class WithdrawConsent(Sent):
    """Records that the person takes a consent back; nobody has to say why."""

    model_config = _examples({})

    note: Text | None = None


class RecordFacts(Sent):
    """Brings facts of the case up to date."""

    model_config = _examples({"facts": {}, "note": "Free words, kept with the particulars."})

    facts: Annotated[Facts, Field(min_length=1)]
    note: Text | None = None


class OfferCase(Sent):
    """Offers the responsibility for the case to another case manager."""

    model_config = _examples({"to": "demo-case_manager-2"})

    to: UserId


Clock = Annotated[
    StrictStr,
    StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}\.[a-z][a-z0-9_]{0,63}$"),
    Field(description="sop.clock"),
]


class Reassign(Sent):
    """Gives the case to another responsible case manager at once; the reason is a code, words go into the note."""

    model_config = _examples({"to": "demo-case_manager-2", "reason": "leave"})

    to: UserId
    reason: Code
    was: Annotated[UserId | None, Field(description="who must be responsible still, where that matters")] = None
    note: Text | None = None


class CoverCase(Sent):
    """Has another user act for the responsible case manager for a time; `to` null calls it off."""

    model_config = _examples({"to": "demo-case_manager-2", "until": "2026-03-16T09:00:00Z"}, {"to": None})

    to: UserId | None
    since: Annotated[Moment | None, Field(description="now, where nothing is said")] = None
    until: Annotated[Moment | None, Field(description="it ends by itself")] = None


class Nudge(Sent):
    """Reminds those who owe what a clock waits for."""

    model_config = _examples({"clock": "identification.case_manager_due"})

    clock: Clock
    again: Annotated[StrictBool, Field(description="a supervisor has it done twice on one day")] = False


class Escalate(Sent):
    """Tells the next role of the clock's ladder now; without a clock, the supervisor of the case."""

    model_config = _examples({"clock": "identification.case_manager_due"}, {})

    clock: Clock | None = None


class Comment(Sent):
    """Leaves a remark; its words are kept with the particulars."""

    model_config = _examples({"text": "The embassy called back."})

    text: Text


class WhoseCases(Sent):
    """Which of the open cases of somebody; all of them where nothing is said."""

    country: Annotated[StrictStr | None, StringConstraints(pattern=r"^[A-Z]{2}$")] = None
    cases: Annotated[tuple[UserId, ...] | None, BeforeValidator(_list_of_texts), Field(max_length=1_000)] = None


class MakeReassignment(Sent):
    """Says what it would mean to give the open cases of one case manager to another; nothing is changed yet."""

    model_config = _examples(
        {"from": "demo-case_manager", "to": "demo-case_manager-2", "where": {"country": "AT"}, "reason": "left"}
    )

    from_: Annotated[UserId, Field(alias="from")]
    to: UserId
    where: WhoseCases = WhoseCases()
    reason: Code


class GoOn(Sent):
    """Carries on with a reassignment: at most so many cases in this call."""

    model_config = _examples({}, {"most": 10})

    most: Annotated[StrictInt, Field(ge=1, le=100)] = 25


class Nothing(Sent):
    """No more need be said."""

    model_config = _examples({})


File = Annotated[StrictStr, StringConstraints(max_length=1_000_000)]
Files = Annotated[
    dict[Annotated[StrictStr, StringConstraints(max_length=130)], File], Field(min_length=1, max_length=300)
]


class PublishProcedure(Sent):
    """Publishes a version of a procedure: its files by name, why, and from when new cases begin with it."""

    model_config = _examples({"files": {"procedure.yaml": "procedure: trm\n…"}, "why": "What has changed, and why."})

    files: Files
    why: Line
    in_force_from: Annotated[Moment | None, Field(description="at once, where nothing is said")] = None
    overlay: Annotated[Code | None, Field(description="the overlay that is put onto the base; the base without it")] = (
        None
    )


class Where(Sent):
    """Which running cases; every one of the procedure where nothing is said."""

    sop: Code | None = None
    state: Code | None = None
    country: Annotated[StrictStr | None, StringConstraints(pattern=r"^[A-Z]{2}$")] = None
    version: Line | None = None
    cases: Annotated[tuple[UserId, ...] | None, BeforeValidator(_list_of_texts), Field(max_length=1_000)] = None


class MakePlan(Sent):
    """Plans the move of running cases to a version: a published one, or the one in `files`, which is only tried."""

    model_config = _examples({"to": "trm@1.1", "where": {"sop": "identification", "state": "reflection"}})

    to: Annotated[StrictStr | None, StringConstraints(max_length=200), Field(description="name@version, or a hash")] = (
        None
    )
    files: Files | None = None
    overlay: Annotated[Code | None, Field(description="of `files`: the overlay that is put onto the base")] = None
    where: Where = Where()


class AdoptPlan(Sent):
    """Moves one case as its plan foresees."""

    model_config = _examples({"plan": "p-0123456789"})

    plan: UserId


class Repair(Sent):
    """Sets by hand where an SOP stands, or what a clock counts; a second person confirms it."""

    model_config = _examples(
        {"sop": "identification", "state": "presumed_victim", "why": "It was recorded for another person."},
        {"clock": "identification.case_manager_due", "length": "3 days", "why": "The office was closed."},
    )

    sop: Code | None = None
    state: Code | None = None
    clock: Annotated[StrictStr | None, StringConstraints(max_length=130)] = None
    anchor: Moment | None = None
    length: Line | None = None
    why: Annotated[Text, Field(description="kept as a particular")]
