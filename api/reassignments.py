"""Giving the open cases of one case manager to another: first said, then done case by case, and undone where untouched."""

import asyncio
from collections import Counter
from datetime import datetime
from http import HTTPStatus
from typing import Literal

from starlette.responses import Response

from api.door import Visit, Visiting, door, keyed
from api.errors import Problem
from api.handing import holder
from api.shapes import GoOn, MakeReassignment
from api.submissions import procedure_of
from api.views import Shown
from sop.case import Case
from sop.commands import Reassign, Submission
from sop.conditions import Reason
from sop.decision import Refused
from sop.handing import REASONS, SUPERVISOR
from sop.machine import decide
from store.errors import StoreError
from store.reassignments import CaseNow, Foreseen, Reassignment
from workflows.errors import CaseBusy, CaseError, CommandRefused, EngineUnavailable, OutcomeUnknown

router = door("reassignments")
Status = Literal["waiting", "done", "undone", "moved_on", "cannot"]
AT_ONCE = 4
_PASSING = (CaseBusy, EngineUnavailable, OutcomeUnknown, StoreError)


class ForeseenCase(Shown):
    """What the reassignment means for one case: what lapses by it, and what is due there."""

    case_id: str
    country: str
    moves: bool
    offer_lapses: str | None
    cover_ends: str | None
    overdue: int
    nearest_due: datetime | None
    reasons: tuple[Reason, ...]


class ReassignedCase(ForeseenCase):
    """`waiting` · `done` · `undone` · `moved_on` another has it by now, or it is closed · `cannot`.

    `can_be_undone`: nobody has touched it since it was given over.
    """

    status: Status
    can_be_undone: bool


class ReassignmentView(Shown):
    """A reassignment and how far it has come."""

    id: str
    from_user: str
    to_user: str
    reason: str
    made_at: datetime
    made_by: str
    counts: dict[Status, int]
    lines: tuple[ReassignedCase, ...]


class Trouble(Shown):
    """Why a case was not given over in this call."""

    case_id: str
    code: str
    text: str


class ProgressView(Shown):
    """How far it has come; `undoable` counts the cases that can be given back. Call again while some wait."""

    id: str
    counts: dict[Status, int]
    undoable: int
    troubles: tuple[Trouble, ...]


@router.post(
    "/reassignments", operation_id="make_reassignment", status_code=HTTPStatus.CREATED, response_model=ReassignmentView
)
async def make_reassignment(visit: Visiting, sent: MakeReassignment) -> Response:
    """Say which open cases of one case manager would pass to another, and what that changes; nothing changes yet."""
    _supervisor(visit)
    holder(visit, sent.to)
    if sent.reason not in REASONS:
        raise Problem("malformed", f"The reason is one of: {', '.join(REASONS)}.", where=[("body.reason", "one_of")])
    if sent.to == sent.from_:
        raise Problem("malformed", "Both are the same user.", where=[("body.to", "another_user")])
    head = Reassignment(
        id="r" + visit.new_id("reassignment"),
        from_user=sent.from_,
        to_user=sent.to,
        reason=sent.reason,
        made_at=visit.now,
        made_by=visit.caller.id,
    )
    cases = await visit.parts.reassignments.held(sent.from_, sent.where.country, sent.where.cases)
    lines = [await _foreseen(visit, head, case) for case in cases]
    kept = {line.case_id: _kept(visit, head, line) for line in lines}
    await visit.parts.reassignments.keep(head, kept)
    return Response((await _view(visit, head)).model_dump_json(), HTTPStatus.CREATED, media_type="application/json")


@router.get("/reassignments/{id}", operation_id="read_reassignment", response_model=ReassignmentView)
async def read_reassignment(visit: Visiting, id: str) -> Response:
    """A reassignment, case by case, and how far it has come."""
    _supervisor(visit)
    view = await _view(visit, await _head(visit, id))
    return Response(view.model_dump_json(), media_type="application/json")


@router.post("/reassignments/{id}/apply", operation_id="apply_reassignment", response_model=ProgressView)
async def apply_reassignment(visit: Visiting, id: str, sent: GoOn) -> Response:
    """Give over the next cases that wait. It may be stopped and called again: each case is given over once."""
    _supervisor(visit)
    head = await _head(visit, id)
    holder(visit, head.to_user)
    waiting = [one for one in await visit.parts.reassignments.lines(id) if _status(head, one) == "waiting"]
    command = Reassign(to=head.to_user, reason=head.reason, was=head.from_user)
    return await _carried_on(visit, head, waiting[: sent.most], command, undo=False)


@router.post("/reassignments/{id}/undo", operation_id="undo_reassignment", response_model=ProgressView)
async def undo_reassignment(visit: Visiting, id: str, sent: GoOn) -> Response:
    """Give back the next cases that nobody has touched since they were given over."""
    _supervisor(visit)
    head = await _head(visit, id)
    undoable = [one for one in await visit.parts.reassignments.lines(id) if _undoable(head, one)]
    command = Reassign(to=head.from_user, reason="undone", was=head.to_user)
    return await _carried_on(visit, head, undoable[: sent.most], command, undo=True)


async def _carried_on(
    visit: Visit, head: Reassignment, chosen: list[CaseNow], command: Reassign, *, undo: bool
) -> Response:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(line: CaseNow) -> Trouble | None:
        async with gate:
            return await _sent(visit, head, line, command, undo=undo)

    found = await asyncio.gather(*(one(line) for line in chosen))
    counts, lines = await _counted(visit, head)
    view = ProgressView(
        id=head.id,
        counts=counts,
        undoable=sum(line.can_be_undone for line in lines),
        troubles=tuple(trouble for trouble in found if trouble is not None),
    )
    return Response(view.model_dump_json(), media_type="application/json")


async def _sent(visit: Visit, head: Reassignment, line: CaseNow, command: Reassign, *, undo: bool) -> Trouble | None:
    """One case. Its key makes a command that is sent twice count once, whoever sends it."""
    submission = Submission(
        key=_key(visit, head.id, line.case_id, undo=undo),
        body=keyed(visit.parts.secret, "reassignment", head.id),
        actor=visit.caller.actor,
        command=command,
        expected_seq=line.seq if undo else None,
    )
    try:
        await visit.parts.cases.submit(line.case_id, submission)
    except CommandRefused as error:
        refused = error.refused
        text = " ".join(f"{reason.text} {reason.remedy}" for reason in refused.reasons)
        return Trouble(case_id=line.case_id, code=refused.code, text=text or "The case has moved on.")
    except _PASSING as error:
        return Trouble(case_id=line.case_id, code=error.code, text="It is not known yet. Call again.")
    except CaseError as error:
        return Trouble(case_id=line.case_id, code=error.code, text="The engine could not do it.")
    return None


async def _foreseen(visit: Visit, head: Reassignment, case: Case) -> ForeseenCase:
    """Asked of the engine itself, so that what is said is what will be."""
    command = Reassign(to=head.to_user, reason=head.reason, was=head.from_user)
    outcome = decide(await procedure_of(visit, case), case, command, visit.caller.actor, visit.now)
    due = [run.due for run in case.clocks.values() if run.status == "running" and run.due]
    cover = case.responsible.cover
    return ForeseenCase(
        case_id=case.id,
        country=case.country,
        moves=not isinstance(outcome, Refused),
        offer_lapses=case.responsible.offered_to,
        cover_ends=cover.by if cover and visit.now < cover.until else None,
        overdue=sum(run.overdue(visit.now) for run in case.clocks.values()),
        nearest_due=min(due, default=None),
        reasons=outcome.reasons if isinstance(outcome, Refused) else (),
    )


def _kept(visit: Visit, head: Reassignment, line: ForeseenCase) -> Foreseen:
    return Foreseen(
        line=line.model_dump_json(),
        key=_key(visit, head.id, line.case_id, undo=False),
        undo_key=_key(visit, head.id, line.case_id, undo=True),
    )


def _key(visit: Visit, id: str, case_id: str, *, undo: bool) -> str:
    return keyed(visit.parts.secret, "given back" if undo else "given over", id, case_id)


async def _head(visit: Visit, id: str) -> Reassignment:
    head = await visit.parts.reassignments.get(id) if id.isascii() and id.isalnum() else None
    if head is None:
        raise Problem("reassignment_not_found")
    return head


def _supervisor(visit: Visit) -> None:
    if not visit.caller.actor.holds((SUPERVISOR,)):
        raise Problem("forbidden")


def _status(head: Reassignment, now: CaseNow) -> Status:
    if now.back is not None:
        return "undone"
    if now.given is not None:
        return "done"
    if not ForeseenCase.model_validate_json(now.line).moves:
        return "cannot"
    return "waiting" if now.responsible == head.from_user and not now.closed else "moved_on"


def _undoable(head: Reassignment, now: CaseNow) -> bool:
    untouched = _status(head, now) == "done" and not now.touched and not now.closed
    return untouched and now.responsible == head.to_user


async def _counted(visit: Visit, head: Reassignment) -> tuple[dict[Status, int], tuple[ReassignedCase, ...]]:
    lines = tuple(
        ReassignedCase(
            **dict(ForeseenCase.model_validate_json(now.line)),
            status=_status(head, now),
            can_be_undone=_undoable(head, now),
        )
        for now in await visit.parts.reassignments.lines(head.id)
    )
    found = Counter(line.status for line in lines)
    statuses: tuple[Status, ...] = ("waiting", "done", "undone", "moved_on", "cannot")
    return {status: found[status] for status in statuses}, lines


async def _view(visit: Visit, head: Reassignment) -> ReassignmentView:
    counts, lines = await _counted(visit, head)
    return ReassignmentView(**head.model_dump(), counts=counts, lines=lines)
