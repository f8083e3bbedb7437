"""Acting on a case beside its procedure: reassign, cover, nudge, escalate, comment; each stands on the timeline."""

from starlette.responses import Response

from api import shapes
from api.door import Visit, Visiting, door
from api.errors import Problem
from api.submissions import checked, note, submit
from api.views import Taken
from sop import commands
from sop.handing import HOLDERS

router = door("cases")


@router.post("/cases/{case_id}/reassign", operation_id="reassign_case", response_model=Taken)
async def reassign_case(visit: Visiting, case_id: str, sent: shapes.Reassign) -> Response:
    """Give the case to another responsible case manager at once; a supervisor does it, with a reason."""
    checked(case_id)
    holder(visit, sent.to)
    command = commands.Reassign(
        to=sent.to, reason=sent.reason, was=sent.was, note=await note(visit, case_id, {"note": sent.note})
    )
    return await submit(visit, case_id, command)


@router.post("/cases/{case_id}/cover", operation_id="cover_case", response_model=Taken)
async def cover_case(visit: Visiting, case_id: str, sent: shapes.CoverCase) -> Response:
    """Have another user act for the responsible case manager for a time; it ends by itself, or is called off."""
    checked(case_id)
    if sent.to is not None:
        holder(visit, sent.to)
    return await submit(visit, case_id, commands.CoverCase(to=sent.to, since=sent.since, until=sent.until))


@router.post("/cases/{case_id}/nudge", operation_id="nudge", response_model=Taken)
async def nudge(visit: Visiting, case_id: str, sent: shapes.Nudge) -> Response:
    """Remind those who owe what a clock waits for; once a day for each clock, unless a supervisor says so."""
    return await submit(visit, checked(case_id), commands.Nudge(clock=sent.clock, again=sent.again))


@router.post("/cases/{case_id}/escalate", operation_id="escalate", response_model=Taken)
async def escalate(visit: Visiting, case_id: str, sent: shapes.Escalate) -> Response:
    """Tell the next role of the clock's ladder now, or the supervisor."""
    return await submit(visit, checked(case_id), commands.Escalate(clock=sent.clock))


@router.post("/cases/{case_id}/comments", operation_id="comment", response_model=Taken)
async def comment(visit: Visiting, case_id: str, sent: shapes.Comment) -> Response:
    """Leave a remark. The timeline says who and when; its words are shown to those who may read particulars."""
    record = await note(visit, checked(case_id), {"text": sent.text})
    assert record is not None  # noqa: S101 - a remark has words
    return await submit(visit, case_id, commands.Comment(note=record))


def holder(visit: Visit, user: str, at: str = "body.to") -> None:
    """Only a user who is there and may hold a case gets one: a slip of the pen would leave it with nobody."""
    found = visit.parts.callers.find(user)
    if found is None or not found.actor.holds(HOLDERS):
        who = " or ".join(role.replace("_", " ") for role in HOLDERS)
        raise Problem("malformed", f"There is no {who} with this id. Look the id up.", where=[(at, "unknown")])
