"""Published procedures: which there are, what each version says; publishing a version, and letting it count."""

import asyncio
import re
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import Query
from pydantic import JsonValue
from starlette.responses import Response

from api.door import DoorForFiles, Visit, Visiting, door
from api.errors import Problem
from api.pictures import pictures_of
from api.shapes import Nothing, PublishProcedure
from api.views import Shown
from sop.loader import content_hash, files_of_composition
from sop.model import Definition
from sop.problems import Problem as Finding
from store.procedures import PublishedProcedure
from workshop.check import findings
from workshop.diff import diff
from workshop.differences import Difference

router = door("procedures", DoorForFiles)
COORDINATOR = "coordinator"
CONFIRMS = (COORDINATOR, "supervisor")
Country = Annotated[
    str | None, Query(pattern="^[A-Z]{2}$", description="of `newest`: the country in which a case would begin")
]
_FILE = re.compile(r"([a-z0-9_]{1,64}/){0,2}[a-z0-9_]{1,64}\.yaml", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


class PublishedView(Shown):
    """One published version: since when, by whom and why, and whether it still waits for a second person.

    `country` says whose adaptation it is, null that it is the base.
    """

    name: str
    version: str
    country: str | None
    hash: str
    title: str
    published_at: datetime
    published_by: str
    why: str
    in_force_from: datetime
    waits_for_second: bool
    confirmed_by: str | None


class ProceduresView(Shown):
    """Every version, in the order of publishing."""

    procedures: tuple[PublishedView, ...]


class DefinitionView(PublishedView):
    """One version with everything that it says, as its files have it."""

    definition: dict[str, JsonValue]


class DifferencesView(Shown):
    """None where both versions say the same."""

    differences: tuple[Difference, ...]


class PublishedNow(PublishedView):
    """What was published; `warnings` are findings that do not stand against it."""

    warnings: tuple[Finding, ...]


@router.get("/procedures", operation_id="list_procedures", response_model=ProceduresView)
async def list_procedures(visit: Visiting) -> Response:
    """Every published version of every procedure."""
    shown = ProceduresView(procedures=tuple(_view(row) for row in await visit.parts.shelf.heads()))
    return Response(shown.model_dump_json(), media_type="application/json")


@router.get("/procedures/{name}/{version}", operation_id="read_procedure", response_model=DefinitionView)
async def read_procedure(visit: Visiting, name: str, version: str, country: Country = None) -> Response:
    """One version; `newest` will do for the version, which is the newest in force, and so will its hash."""
    row = await find_version(visit, name, version, country)
    procedure = await visit.parts.shelf.procedure(row.hash)
    definition = procedure.definition.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    shown = DefinitionView(**dict(_view(row)), definition=definition)
    return Response(shown.model_dump_json(), media_type="application/json")


@router.get(
    "/procedures/{name}/{version}/differences/{other}",
    operation_id="read_differences",
    response_model=DifferencesView,
)
async def read_differences(visit: Visiting, name: str, version: str, other: str) -> Response:
    """What differs in `version` from `other`, in words, and whom it concerns."""
    before = await visit.parts.shelf.procedure((await find_version(visit, name, other)).hash)
    after = await visit.parts.shelf.procedure((await find_version(visit, name, version)).hash)
    found = await asyncio.to_thread(diff, before.definition, after.definition)
    shown = DifferencesView(differences=found)
    return Response(shown.model_dump_json(), media_type="application/json")


@router.post(
    "/procedures", operation_id="publish_procedure", status_code=HTTPStatus.CREATED, response_model=PublishedNow
)
async def publish_procedure(visit: Visiting, sent: PublishProcedure) -> Response:
    """Publish a version for ever. The same content again is the same version; errors in the files are all told at once.

    Running cases stay on theirs. New cases begin with it from the moment at which it is in force. `overlay` publishes
    what that overlay makes of the base.
    """
    _only(visit, (COORDINATOR,))
    definition, warnings = await definition_of(visit, sent.files, sent.overlay)
    head, digest = definition.head, content_hash(definition)
    if sent.overlay and not head.country:
        raise Problem(
            "malformed", "A profile is published with the country that takes it.", where=[("body.overlay", "country")]
        )
    version = PublishedProcedure(
        hash=digest,
        name=head.procedure,
        version=head.version,
        title=head.title,
        country=head.country,
        files={name: sent.files[name] for name in files_of_composition(_encoded(sent.files), sent.overlay)},
        published_by=visit.caller.id,
        why=sent.why,
        published_at=visit.now,
        in_force_from=sent.in_force_from or visit.now,
        waits_for_second=visit.parts.by_two,
    )
    new = await visit.parts.procedures.publish(version, await pictures_of(definition))
    row = await _kept(visit, digest)
    shown = PublishedNow(**dict(_view(row)), warnings=warnings)
    status = HTTPStatus.CREATED if new else HTTPStatus.OK
    return Response(shown.model_dump_json(), status, media_type="application/json")


@router.post("/procedures/{hash}/confirm", operation_id="confirm_procedure", response_model=PublishedView)
async def confirm_procedure(visit: Visiting, hash: str, sent: Nothing) -> Response:
    """Let a published version count, as the second person."""
    _only(visit, CONFIRMS)
    row = await _kept(visit, hash)
    if row.waits_for_second and row.published_by == visit.caller.id:
        raise Problem("forbidden", "Who published a version cannot confirm it; ask a second person.")
    await visit.parts.procedures.confirm(hash, visit.caller.id, visit.now)
    return Response(_view(await _kept(visit, hash)).model_dump_json(), media_type="application/json")


async def definition_of(
    visit: Visit, files: dict[str, str], overlay: str | None = None
) -> tuple[Definition, tuple[Finding, ...]]:
    """The definition in the files and its warnings; `definition_invalid` with everything that stands against it."""
    if any(not _FILE.fullmatch(name) for name in files):
        raise Problem("malformed", "Files are called as in a procedure's folder.", where=[("body.files", "file_name")])
    given = _encoded(files)
    definition, problems = await asyncio.to_thread(lambda: findings(given, overlay=overlay, proving=True))
    if definition is None or any(problem.severity == "error" for problem in problems):
        raise Problem("definition_invalid", problems=problems)
    return definition, tuple(problems)


def _encoded(files: dict[str, str]) -> dict[str, bytes]:
    return {name: text.encode() for name, text in files.items()}


async def find_version(visit: Visit, name: str, version: str, country: str | None = None) -> PublishedProcedure:
    """The published version of this name, by its version or its hash.

    `newest` is the one with which new cases begin: of the country where it has its own, else of the base.
    """
    if version == "newest":
        newest = await visit.parts.shelf.newest(name, visit.now, country)
        version = newest.hash if newest else ""
    for row in await visit.parts.shelf.heads():
        if row.name == name and version in (row.version, row.hash):
            return row
    raise Problem("procedure_not_found")


def _only(visit: Visit, roles: tuple[str, ...]) -> None:
    if not visit.caller.actor.holds(roles):
        raise Problem("forbidden")


async def _kept(visit: Visit, hash: str) -> PublishedProcedure:
    row = await visit.parts.procedures.get(hash) if _HASH.fullmatch(hash) else None
    if row is None:
        raise Problem("procedure_not_found")
    return row


def _view(row: PublishedProcedure) -> PublishedView:
    return PublishedView(
        name=row.name,
        version=row.version,
        country=row.country,
        hash=row.hash,
        title=row.title,
        published_at=row.published_at,
        published_by=row.published_by,
        why=row.why,
        in_force_from=row.in_force_from,
        waits_for_second=row.waits_for_second,
        confirmed_by=row.confirmed_by,
    )
