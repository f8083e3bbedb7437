"""The register of cases, page by page."""

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import Field, StringConstraints
from starlette.responses import Response

from api.door import Visiting, door
from api.errors import Problem
from api.filters import Filtered, filtered
from api.views import ProcedureView, Shown
from sop.procedure import Procedure
from store.listings import CaseLine

router = door("lists")
_Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


class CasesQuery(Filtered):
    """Which cases; `responsible=me` are your own."""

    state: _Name | None = None
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    sop: _Name | None = None
    responsible: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,40}$")] | None = None
    overdue: Annotated[bool, Field(description="only cases with a clock that is overdue")] = False
    stuck: Annotated[bool, Field(description="only cases that rest longer than the procedure expects")] = False
    closed: Annotated[bool, Field(description="closed cases instead of open ones")] = False
    cursor: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class StandingView(Shown):
    title: str
    state: str
    state_title: str
    since: datetime
    open: bool


class LineView(Shown):
    """One case in a list. `overdue` counts its clocks that are overdue now."""

    id: str
    country: str
    procedure: ProcedureView
    seq: int
    opened_at: datetime
    moved_at: datetime
    closed_at: datetime | None
    responsible: str
    offered_to: str | None
    sops: dict[str, StandingView]
    nearest_due: datetime | None
    overdue: int


class CasesView(Shown):
    """`cursor` fetches the next page, with the same filters; none on the last."""

    cases: tuple[LineView, ...]
    cursor: str | None


@router.get("/cases", operation_id="list_cases", response_model=CasesView)
async def list_cases(visit: Visiting, asked: Annotated[CasesQuery, Query()]) -> Response:
    """The register of cases, the newest first."""
    asked = await filtered(visit, asked)
    try:
        page = await visit.parts.listings.list_cases(
            now=visit.now,
            state=asked.state,
            country=asked.country,
            sop=asked.sop,
            responsible=visit.caller.id if asked.responsible == "me" else asked.responsible,
            overdue=asked.overdue,
            stuck=asked.stuck,
            closed=asked.closed,
            cursor=asked.cursor,
            limit=asked.limit,
        )
    except ValueError:
        raise Problem("malformed", where=[("query.cursor", "foreign")]) from None
    lines = tuple([line_view(await visit.parts.shelf.procedure(line.procedure_hash), line) for line in page.cases])
    view = CasesView.model_construct(cases=lines, cursor=page.cursor)
    return Response(view.model_dump_json(), media_type="application/json")


def line_view(procedure: Procedure, line: CaseLine) -> LineView:
    """A line with the titles of its states."""
    sops = procedure.definition.sops
    standings = {}
    for name, standing in line.sops.items():
        sop = sops.get(name)
        state = sop.states.get(standing.state) if sop else None
        standings[name] = StandingView(
            title=sop.title if sop else name,
            state=standing.state,
            state_title=state.title if state else standing.state,
            since=standing.since,
            open=standing.open,
        )
    return LineView(
        id=line.case_id,
        country=line.country,
        procedure=ProcedureView(name=line.procedure_name, version=line.procedure_version, hash=line.procedure_hash),
        seq=line.seq,
        opened_at=line.opened_at,
        moved_at=line.moved_at,
        closed_at=line.closed_at,
        responsible=line.responsible,
        offered_to=line.offered_to,
        sops=standings,
        nearest_due=line.nearest_due,
        overdue=line.overdue,
    )
