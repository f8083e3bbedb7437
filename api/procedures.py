"""Published procedures: which there are, and what each version says."""

from typing import Annotated, Any

from fastapi import Query
from starlette.responses import JSONResponse, Response

from api.door import Visiting, door
from api.errors import Problem
from api.views import Shown
from sop.procedure import Procedure

router = door("procedures")
Country = Annotated[
    str | None, Query(pattern="^[A-Z]{2}$", description="the adaptation of this country; the base without it")
]


class PublishedView(Shown):
    """One published version; `country` says whose adaptation it is, null that it is the base."""

    name: str
    version: str
    country: str | None
    overlay: str | None
    hash: str
    title: str


class ProceduresView(Shown):
    """Every version, in the order of publishing; the last of a name and country is what new cases begin with."""

    procedures: tuple[PublishedView, ...]


class DefinitionView(PublishedView):
    """One version with everything that it says, as its files have it."""

    definition: dict[str, Any]


@router.get("/procedures", operation_id="list_procedures", response_model=ProceduresView)
async def list_procedures(visit: Visiting) -> Response:
    """Every published version of every procedure."""
    published = tuple(PublishedView.model_validate(_line(procedure)) for procedure in await visit.parts.shelf.all())
    return Response(ProceduresView(procedures=published).model_dump_json(), media_type="application/json")


@router.get("/procedures/{name}/{version}", operation_id="read_procedure", response_model=DefinitionView)
async def read_procedure(visit: Visiting, name: str, version: str, country: Country = None) -> Response:
    """One version; `newest` will do for the version, and so will its hash, which needs no country."""
    versions = [procedure for procedure in await visit.parts.shelf.all() if procedure.name == name]
    here = [procedure for procedure in versions if procedure.country == country]
    wanted = [one for one in versions if version == one.hash] or [one for one in here if version == one.version]
    wanted = wanted or here * (version == "newest")
    if not wanted:
        raise Problem("procedure_not_found")
    definition = wanted[-1].definition.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return JSONResponse({**_line(wanted[-1]), "definition": definition})


def _line(procedure: Procedure) -> dict[str, str | None]:
    head = procedure.definition.head
    return {
        "name": procedure.name,
        "version": procedure.version,
        "country": head.country,
        "overlay": head.overlay,
        "hash": procedure.hash,
        "title": head.title,
    }
