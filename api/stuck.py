"""What is stuck, in one list, with the chain of causes and what can be done: technical, procedural, waiting, idle."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from api import causes
from api.door import Visit, Visiting, door
from api.filters import Name, filtered
from api.stuck_views import EngineView, StuckPage, StuckView
from api.supervision import ChosenQuery, answer, chosen, place
from api.trouble import TechnicalLook, technical_lines, technical_look
from store.places import written
from store.queues import Place, Wanted

router = door("supervision")
Kind = Literal["technical", "procedural", "waiting", "idle"]
KINDS: tuple[Kind, ...] = ("technical", "procedural", "waiting", "idle")
_PLACES = {"technical": "tcn", "procedural": "tcn", "waiting": "tcn", "idle": "tcn"}


class StuckQuery(ChosenQuery):
    """Which lines of the list."""

    sop: Name | None = None
    kind: Annotated[Kind | None, Field(description="only this kind")] = None


@router.get("/supervision/stuck", operation_id="list_stuck", response_model=StuckPage)
async def list_stuck(visit: Visiting, asked: Annotated[StuckQuery, Query()]) -> Response:
    """What is stuck, by kind and within a kind the longest first. Cases that are well never appear.

    Technical trouble is read from the engine at the moment of asking; `engine` says whether it answered in time, and is
    null on later pages that hold none of it.
    """
    asked = await filtered(visit, asked)
    wanted = chosen(visit, asked)
    kinds = (asked.kind,) if asked.kind else KINDS
    after: Place | None = None
    if asked.cursor:
        begins, after = place(asked.cursor, {kind: _PLACES[kind] for kind in kinds})
        kinds = kinds[[str(kind) for kind in kinds].index(begins) :]
    look = await technical_look(visit) if "technical" in kinds else None
    lines: list[StuckView] = []
    for kind in kinds:
        lines += await _of_kind(visit, kind, wanted, look, after, asked.limit + 1 - len(lines))
        after = None
        if len(lines) > asked.limit:
            break
    page = lines[: asked.limit]
    cursor = written(page[-1].kind, _place(page[-1])) if len(lines) > len(page) else None
    engine = EngineView(**look.said) if look else None
    return answer(StuckPage.model_construct(at=visit.now, engine=engine, lines=tuple(page), cursor=cursor))


def _place(line: StuckView) -> Place:
    return (line.since, line.case, line.what or "")


async def _of_kind(
    visit: Visit, kind: Kind, wanted: Wanted, look: TechnicalLook | None, after: Place | None, limit: int
) -> Sequence[StuckView]:
    queues, now, held = visit.parts.queues, visit.now, visit.parts.callers.roles
    if kind == "technical":
        assert look is not None  # noqa: S101 - asked where technical lines are wanted
        found = [line for line in await technical_lines(visit, look, wanted) if after is None or _place(line) > after]
        return found[:limit]
    if kind == "procedural":
        return [
            await causes.of_halted(visit, line) for line in await queues.halted(wanted, held, after=after, limit=limit)
        ]
    if kind == "waiting":
        clock_place = _of_clock(after)
        waiting = await queues.clocks("waiting", wanted, now, after=clock_place, limit=limit)
        return [await causes.of_waiting(visit, line) for line in waiting]
    return [await causes.of_idle(visit, line) for line in await queues.idle(wanted, now, after=after, limit=limit)]


def _of_clock(after: Place | None) -> Place | None:
    """A place among clocks: what waits has one order, whatever set its limit."""
    if after is None:
        return None
    since, case_id, clock = after
    assert isinstance(since, datetime)  # noqa: S101 - read so by `store.places`
    return (True, since, case_id, clock)
