"""Pictures: a published procedure, and where a case stands in it; as a drawing, or as text that needs no program."""

import asyncio
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from api.door import Visit, Visiting, door
from api.errors import Problem
from api.graphviz import DrawingUnavailable
from api.pictures import picture_of
from api.procedures import find_version
from api.shapes import Sent
from api.submissions import find, procedure_of
from sop.events import Entry
from sop.procedure import Procedure
from workshop.diagram import WHOLE, dot
from workshop.mermaid import mermaid
from workshop.outline import outline
from workshop.standing import Standing, standing
from workshop.svg import marked

router = door("diagrams")
FORMS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The picture, in the form that was asked for.",
        "content": {
            kind: {"schema": {"type": "string"}}
            for kind in ("image/svg+xml", "text/plain", "text/vnd.mermaid", "text/vnd.graphviz")
        },
    }
}
_PAGE = 200
_one_at_a_time = asyncio.Lock()


class DiagramQuery(Sent):
    """Which picture, in which form."""

    sop: Annotated[str, Field(description="the SOP; all of them where none is named")] = WHOLE
    format: Annotated[
        Literal["svg", "text", "mermaid", "dot"], Field(description="only svg needs a drawing program")
    ] = "svg"


@router.get(
    "/procedures/{name}/{version}/diagram.svg",
    operation_id="read_procedure_diagram",
    response_class=Response,
    responses=FORMS,
)
async def read_procedure_diagram(
    visit: Visiting, name: str, version: str, wanted: Annotated[DiagramQuery, Query()]
) -> Response:
    """The picture of one version: its states and transitions."""
    row = await find_version(visit, name, version)
    return await _picture(visit, await visit.parts.shelf.procedure(row.hash), wanted)


@router.get("/cases/{case_id}/diagram.svg", operation_id="read_case_diagram", response_class=Response, responses=FORMS)
async def read_case_diagram(visit: Visiting, case_id: str, wanted: Annotated[DiagramQuery, Query()]) -> Response:
    """The picture of the case's procedure with the states where it is and was, and the steps that are open now."""
    case = await find(visit, case_id)
    procedure = await procedure_of(visit, case)
    return await _picture(visit, procedure, wanted, standing(procedure, case, await _past(visit, case_id), visit.now))


async def _past(visit: Visit, case_id: str) -> list[Entry]:
    entries: list[Entry] = []
    while True:
        page = await visit.parts.ledger.entries(case_id, entries[-1].seq if entries else 0, _PAGE)
        entries += page
        if len(page) < _PAGE:
            return entries


async def _picture(visit: Visit, procedure: Procedure, wanted: DiagramQuery, at: Standing | None = None) -> Response:
    definition, sop = procedure.definition, wanted.sop
    if sop and sop not in definition.sops:
        known = ", ".join(definition.sops)
        raise Problem("malformed", f"There is no such SOP; there are: {known}.", where=[("query.sop", "unknown")])
    match wanted.format:
        case "text":
            return Response(outline(definition, sop, at), media_type="text/plain; charset=utf-8")
        case "mermaid":
            return Response(mermaid(definition, sop, at), media_type="text/vnd.mermaid; charset=utf-8")
        case "dot":
            return Response(dot(definition, sop), media_type="text/vnd.graphviz; charset=utf-8")
        case "svg":
            svg = await _drawing(visit, procedure, sop)
            return Response(marked(svg, definition, at, sop) if at else svg, media_type="image/svg+xml")


async def _drawing(visit: Visit, procedure: Procedure, sop: str) -> str:
    """As it was kept when the version was published; laid out now where nothing could draw then."""
    procedures = visit.parts.procedures
    kept = await procedures.picture(procedure.hash, sop)
    if kept is not None:
        return kept
    async with _one_at_a_time:
        kept = await procedures.picture(procedure.hash, sop)
        if kept is not None:
            return kept
        try:
            svg = await picture_of(procedure.definition, sop)
        except DrawingUnavailable as unavailable:
            raise Problem("drawing_unavailable", str(unavailable)) from None
        await procedures.keep_picture(procedure.hash, sop, svg)
    return svg
