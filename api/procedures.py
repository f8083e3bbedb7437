"""Published procedures: which there are, and what each version says."""

from typing import Any

from starlette.responses import JSONResponse, Response

from api.door import Visit, Visiting, door
from api.errors import Problem
from api.views import Shown
from sop.procedure import Procedure

router = door("procedures")


class PublishedView(Shown):
    """One published version."""

    name: str
    version: str
    hash: str
    title: str


class ProceduresView(Shown):
    """Every version, in the order of publishing; the last of a name is what new cases begin with."""

    procedures: tuple[PublishedView, ...]


class DefinitionView(PublishedView):
    """One version with everything that it says, as its files have it."""

    definition: dict[str, Any]


@router.get("/procedures", operation_id="list_procedures", response_model=ProceduresView)
async def list_procedures(visit: Visiting) -> Response:
    """Every published version of every procedure."""
    published = tuple(PublishedView(**_line(procedure)) for procedure in await visit.parts.shelf.all())
    return Response(ProceduresView(procedures=published).model_dump_json(), media_type="application/json")


@router.get("/procedures/{name}/{version}", operation_id="read_procedure", response_model=DefinitionView)
async def read_procedure(visit: Visiting, name: str, version: str) -> Response:
    """One version; `newest` will do for the version, and so will its hash."""
    wanted = await published(visit, name, version)
    definition = wanted.definition.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return JSONResponse({**_line(wanted), "definition": definition})


async def published(visit: Visit, name: str, version: str) -> Procedure:
    """The version with this number or hash, or the newest; a problem where there is none."""
    versions = [procedure for procedure in await visit.parts.shelf.all() if procedure.name == name]
    wanted = [one for one in versions if version in (one.version, one.hash)] or versions * (version == "newest")
    if not wanted:
        raise Problem("procedure_not_found")
    return wanted[-1]


def _line(procedure: Procedure) -> dict[str, str]:
    title = procedure.definition.head.title
    return {"name": procedure.name, "version": procedure.version, "hash": procedure.hash, "title": title}
