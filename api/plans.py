"""Plans: what a version would mean for every running case, and moving the cases as foreseen."""

import asyncio
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Literal

from starlette.responses import Response

from api.door import DoorForFiles, Visit, Visiting, door
from api.errors import Problem
from api.procedures import COORDINATOR, definition_of
from api.shapes import AdoptPlan, MakePlan, Nothing
from api.submissions import answer, checked
from api.views import ProcedureView, Shown, Taken
from sop import commands
from sop.case import Case
from sop.procedure import Procedure, compile_procedure
from store.plans import Chosen, LineNow, PlanHead, Target
from workshop.plan import PlanLine, Totals, plan_case, totals

router = door("plans", DoorForFiles)
Status = Literal["waiting", "moved", "moved_on", "cannot"]


class LineView(PlanLine):
    """One case of a plan, and how it stands now.

    `waiting` to be moved · `moved` · `moved_on` something happened on the case since; it needs a new plan · `cannot`.
    """

    status: Status


class PlanView(Shown):
    """A plan. `id` is none where it was only tried. What `apply` carries out is exactly this."""

    id: str | None
    procedure: ProcedureView
    made_at: datetime
    made_by: str
    paused_by: str | None
    totals: Totals
    summary: str
    lines: tuple[LineView, ...]


@router.post("/plans", operation_id="make_plan", status_code=HTTPStatus.CREATED, response_model=PlanView)
async def make_plan(visit: Visiting, sent: MakePlan) -> Response:
    """Plan the move of running cases to a published version; or try a version that is not published yet."""
    _coordinator(visit)
    new = await _target(visit, sent)
    chosen = Chosen(**sent.where.model_dump())
    lines = await _planned(visit, new, chosen)
    head = PlanHead(
        id="p" + visit.new_id("plan"),
        procedure_hash=new.hash,
        made_at=visit.now,
        made_by=visit.caller.id,
        chosen=chosen,
    )
    if sent.files is None:
        await visit.parts.plans.keep(head, {line.case_id: line.model_dump_json() for line in lines})
    view = _view(new, head, [_line(line, "waiting" if line.moves else "cannot") for line in lines])
    if sent.files is not None:
        view = view.model_copy(update={"id": None})
    return Response(view.model_dump_json(), HTTPStatus.CREATED, media_type="application/json")


@router.get("/plans/{plan_id}", operation_id="read_plan", response_model=PlanView)
async def read_plan(visit: Visiting, plan_id: str) -> Response:
    """A plan, line by line, and how far it has come."""
    head = await _head(visit, plan_id)
    new = await visit.parts.shelf.procedure(head.procedure_hash)
    lines = [_stands(head, found) for found in await visit.parts.plans.lines(plan_id)]
    return Response(_view(new, head, lines).model_dump_json(), media_type="application/json")


@router.post("/plans/{plan_id}/pause", operation_id="pause_plan", response_model=PlanView)
async def pause_plan(visit: Visiting, plan_id: str, sent: Nothing) -> Response:
    """Stop a plan for the moment: no case is moved by it until it goes on."""
    _coordinator(visit)
    await _head(visit, plan_id)
    await visit.parts.plans.pause(plan_id, visit.caller.id)
    return await read_plan(visit, plan_id)


@router.post("/plans/{plan_id}/resume", operation_id="resume_plan", response_model=PlanView)
async def resume_plan(visit: Visiting, plan_id: str, sent: Nothing) -> Response:
    """Let a paused plan go on."""
    _coordinator(visit)
    await _head(visit, plan_id)
    await visit.parts.plans.pause(plan_id, None)
    return await read_plan(visit, plan_id)


@router.post("/cases/{case_id}/adopt", operation_id="adopt_version", response_model=Taken)
async def adopt_version(visit: Visiting, case_id: str, sent: AdoptPlan) -> Response:
    """Move one case as its plan foresees; 412 where something has happened on it since, for then nobody foresaw it."""
    _coordinator(visit)
    head = await _head(visit, sent.plan)
    kept = await visit.parts.plans.line(sent.plan, checked(case_id))
    if kept is None:
        raise Problem("plan_not_found")
    if head.paused_by is not None:
        raise Problem("plan_paused")
    line = PlanLine.model_validate_json(kept)
    if not line.moves:
        raise Problem("refused", reasons=line.reasons)
    row = next((one for one in await visit.parts.shelf.heads() if one.hash == head.procedure_hash), None)
    if row is None or row.waits_for_second or row.in_force_from > visit.now:
        raise Problem("not_in_force")
    command = commands.Adopt(procedure=head.procedure_hash, plan=head.id)
    submission = replace(visit, expected_seq=line.seq).submission(command)
    return await answer(visit, await visit.parts.cases.submit(case_id, submission))


async def _target(visit: Visit, sent: MakePlan) -> Procedure:
    if (sent.to is None) is (sent.files is None) or (sent.overlay and sent.files is None):
        raise Problem(
            "malformed",
            "Name the version in `to`, or send its `files`, with the `overlay` that is put onto them if any.",
            where=[("body.to", "one_of")],
        )
    if sent.files is not None:
        definition, _ = await definition_of(visit, sent.files, sent.overlay)
        return await asyncio.to_thread(compile_procedure, definition)
    name, _, version = (sent.to or "").partition("@")
    heads = await visit.parts.shelf.heads()
    row = next((one for one in heads if sent.to == one.hash or (name, version) == (one.name, one.version)), None)
    if row is None:
        raise Problem("procedure_not_found")
    return await visit.parts.shelf.procedure(row.hash)


async def _planned(visit: Visit, new: Procedure, chosen: Chosen) -> list[PlanLine]:
    lines: list[PlanLine] = []
    target = Target(hash=new.hash, name=new.name, country=new.definition.head.country)
    async for cases in visit.parts.plans.running(target, chosen, visit.now):
        versions = {hash: await visit.parts.shelf.procedure(hash) for hash in {case.procedure for case in cases}}
        lines += await asyncio.to_thread(_page, versions, new, cases, visit.now)
    return lines


def _page(versions: dict[str, Procedure], new: Procedure, cases: list[Case], now: datetime) -> list[PlanLine]:
    return [plan_case(versions[case.procedure], new, case, now) for case in cases]


async def _head(visit: Visit, plan_id: str) -> PlanHead:
    head = await visit.parts.plans.get(plan_id) if plan_id.isascii() and plan_id.isalnum() else None
    if head is None:
        raise Problem("plan_not_found")
    return head


def _coordinator(visit: Visit) -> None:
    if not visit.caller.actor.holds((COORDINATOR,)):
        raise Problem("forbidden")


def _stands(head: PlanHead, found: LineNow) -> LineView:
    line = PlanLine.model_validate_json(found.line)
    if found.procedure_hash == head.procedure_hash:
        return _line(line, "moved")
    if not line.moves:
        return _line(line, "cannot")
    return _line(line, "waiting" if found.seq == line.seq else "moved_on")


def _line(line: PlanLine, status: Status) -> LineView:
    return LineView(**dict(line), status=status)


def _view(new: Procedure, head: PlanHead, lines: list[LineView]) -> PlanView:
    counted = totals(lines)
    return PlanView(
        id=head.id,
        procedure=ProcedureView(name=new.name, version=new.version, hash=new.hash),
        made_at=head.made_at,
        made_by=head.made_by,
        paused_by=head.paused_by,
        totals=counted,
        summary=counted.sentence(),
        lines=tuple(lines),
    )
