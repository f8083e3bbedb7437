"""Cases: opening one, reading it, and taking its steps."""

import re
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from api import shapes
from api.door import Visiting, door
from api.errors import Problem
from api.submissions import answer, checked, etag, find, keep, note, procedure_of, submit
from api.views import CaseView, Taken, case_view
from casefile.code import new_case_id
from sop import commands
from sop.conditions import Reason
from sop.machine import options
from sop.model import Definition

router = door("cases")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
Fresh = Annotated[bool, Query(description="ask the engine itself instead of what is recorded")]


class StepView(BaseModel):
    """A step; `yours` says whether one of your roles may take it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    sop: str
    name: str
    title: str
    roles: tuple[str, ...]
    fields: dict[str, Any]
    reasons: tuple[Reason, ...]
    asked: bool
    yours: bool


class StepsView(BaseModel):
    """What can be done now; what not yet, why, and what would make it possible."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    seq: int
    open: tuple[StepView, ...]
    blocked: tuple[StepView, ...]


def named(name: str) -> str:
    """A name that nothing in a procedure can have is answered like one that it does not have."""
    if not _NAME.fullmatch(name):
        raise Problem("unknown")
    return name


def refuse_field(at: str, rule: str, known: list[str]) -> Problem:
    """A field that the procedure does not have; its own names are told, the sent one is not."""
    detail = f"There is no such field; the fields are: {', '.join(known) or 'none'}."
    return Problem("malformed", detail, where=[(at, rule)])


@router.post("/cases", operation_id="open_case", status_code=HTTPStatus.CREATED, response_model=Taken)
async def open_case(visit: Visiting, sent: shapes.OpenCase) -> Response:
    """Open a case by the newest version in force: that of its country, where the country has adapted the procedure.

    The same Idempotency-Key opens one case only.
    """
    procedure = await visit.parts.shelf.newest(sent.procedure, visit.now, sent.country)
    if procedure is None:
        raise Problem("malformed", "No procedure of this name is published.", where=[("body.procedure", "unknown")])
    facts = _known_facts(procedure.definition, sent.facts)
    case_id = new_case_id(visit.parts.secret, visit.key)
    record = await keep(visit, case_id, sent.particulars)
    command = commands.OpenCase(
        case_id=case_id,
        procedure=procedure.hash,
        country=sent.country,
        facts=facts,
        responsible=visit.caller.id,
        record=record,
    )
    accepted = await visit.parts.cases.open(visit.submission(command))
    return await answer(visit, accepted, status=HTTPStatus.CREATED)


@router.get("/cases/{case_id}", operation_id="read_case", response_model=CaseView)
async def read_case(visit: Visiting, case_id: str, fresh: Fresh = False) -> Response:
    """Read a case as it stands. Overdue is reckoned at the moment of reading."""
    case = await find(visit, case_id, fresh=fresh)
    view = case_view(await procedure_of(visit, case), case, visit.now)
    return Response(view.model_dump_json(), headers={"ETag": etag(case.seq)}, media_type="application/json")


@router.get("/cases/{case_id}/steps", operation_id="read_steps", response_model=StepsView)
async def read_steps(visit: Visiting, case_id: str, fresh: Fresh = False) -> Response:
    """What can be done now, and what is not yet possible and why."""
    case = await find(visit, case_id, fresh=fresh)
    found = options(await procedure_of(visit, case), case, visit.now)
    roles = set(visit.caller.roles)
    views = [
        tuple(StepView.model_construct(**dict(step), yours=bool(roles & set(step.roles))) for step in steps)
        for steps in (found.open, found.blocked)
    ]
    view = StepsView.model_construct(id=case.id, seq=case.seq, open=views[0], blocked=views[1])
    return Response(view.model_dump_json(), headers={"ETag": etag(case.seq)}, media_type="application/json")


@router.post("/cases/{case_id}/{sop}/transitions/{name}", operation_id="take_transition", response_model=Taken)
async def take_transition(visit: Visiting, case_id: str, sop: str, name: str, sent: shapes.TakeStep) -> Response:
    """Take a transition; `open` and `reopen` open an SOP that is not open. 202 where a second person must confirm."""
    checked(case_id)
    command = commands.Advance(
        sop=named(sop),
        transition=named(name),
        reason=sent.reason,
        note=await note(visit, case_id, {"note": sent.note}),
    )
    return await submit(visit, case_id, command)


@router.post("/cases/{case_id}/events/{event}", operation_id="tell_event", response_model=Taken)
async def tell_event(visit: Visiting, case_id: str, event: str, sent: shapes.TakeStep) -> Response:
    """Tell the case that something happened in the person's life."""
    checked(case_id)
    command = commands.TellEvent(
        event=named(event), reason=sent.reason, note=await note(visit, case_id, {"note": sent.note})
    )
    return await submit(visit, case_id, command)


@router.post("/cases/{case_id}/facts", operation_id="record_facts", response_model=Taken)
async def record_facts(visit: Visiting, case_id: str, sent: shapes.RecordFacts) -> Response:
    """Bring facts of the case up to date."""
    case = await find(visit, case_id)
    facts = _known_facts((await procedure_of(visit, case)).definition, sent.facts)
    record = await keep(visit, case_id, {"note": sent.note} if sent.note else {})
    return await submit(visit, case_id, commands.RecordFacts(facts=facts, note=record))


@router.post("/cases/{case_id}/responsible", operation_id="offer_case", response_model=Taken)
async def offer_case(visit: Visiting, case_id: str, sent: shapes.OfferCase) -> Response:
    """Offer the responsibility for the case to another case manager, who has to take it."""
    return await submit(visit, case_id, commands.OfferCase(to=sent.to))


@router.post("/cases/{case_id}/responsible/confirm", operation_id="take_case", response_model=Taken)
async def take_case(visit: Visiting, case_id: str, sent: shapes.Nothing) -> Response:
    """Take over the responsibility that was offered to you."""
    return await submit(visit, case_id, commands.TakeCase())


@router.post("/cases/{case_id}/proposals/{proposal}/confirm", operation_id="confirm_proposal", response_model=Taken)
async def confirm_proposal(visit: Visiting, case_id: str, proposal: str, sent: shapes.Nothing) -> Response:
    """Confirm, as the second person, a step that waits for one."""
    return await submit(visit, case_id, commands.Confirm(proposal=own_id(proposal)))


@router.post("/cases/{case_id}/proposals/{proposal}/drop", operation_id="drop_proposal", response_model=Taken)
async def drop_proposal(visit: Visiting, case_id: str, proposal: str, sent: shapes.Nothing) -> Response:
    """Drop a step that waits for a second person."""
    return await submit(visit, case_id, commands.Drop(proposal=own_id(proposal)))


def own_id(text: str) -> str:
    """An id that we never give is answered like one that the case does not have."""
    if not re.fullmatch(r"[0-9A-Za-z_-]{1,40}", text, re.ASCII):
        raise Problem("unknown")
    return text


def _known_facts(definition: Definition, sent: dict[str, Any]) -> dict[str, Any]:
    """Facts of the procedure identify nobody; any other name might, so it goes no further than this."""
    known = definition.head.facts
    if any(name not in known for name in sent):
        raise refuse_field("body.facts", "unknown", list(known))
    return sent
