"""Whether the process lives, whether every part that it needs answers, and how much it has done."""

import asyncio

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from api.errors import Problem
from api.parts import Parts
from api.porch import Tally

router = APIRouter(tags=["operations"])
_PATIENCE = 3.0


@router.get("/healthz", operation_id="healthz", response_model=dict[str, str])
async def healthz() -> Response:
    """The process lives; nothing else is asked."""
    return JSONResponse({"status": "alive"})


@router.get("/readyz", operation_id="readyz", response_model=dict[str, str])
async def readyz(request: Request) -> Response:
    """Every part answers: the database, Temporal, a worker. Otherwise `where` names the one that does not.

    `mails` says whether a mail server is set; without one nothing is lost, but mails wait.
    """
    parts: Parts = request.app.state.parts
    database, engine = await asyncio.gather(_database(parts), _engine(parts))
    if failing := [*database, *engine]:
        raise Problem("not_ready", where=[(name, "away") for name in failing])
    return JSONResponse({"status": "ready", "mails": "sent" if parts.mails else "waiting"})


@router.get("/metrics", operation_id="metrics", response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    """Calls by address and status, as Prometheus reads them."""
    tally: Tally = request.app.state.tally
    return Response(tally.text(), media_type="text/plain; version=0.0.4")


async def _database(parts: Parts) -> list[str]:
    try:
        async with asyncio.timeout(_PATIENCE):
            await parts.database.ping()
    except Exception:  # whatever is wrong with it, it is not ready
        return ["database"]
    return []


async def _engine(parts: Parts) -> list[str]:
    try:
        async with asyncio.timeout(_PATIENCE):
            return list(await parts.cases.ready())
    except Exception:  # whatever is wrong with it, it is not ready
        return ["temporal"]
