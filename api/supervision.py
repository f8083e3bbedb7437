"""The queues of supervisors: what is overdue, due soon, owed abroad, and what nobody has."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Annotated, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field, StringConstraints
from starlette.responses import Response

from api.actions import Actions
from api.door import Visit, Visiting, door
from api.errors import Problem
from api.filters import Country, Filtered, Name, UserId, filtered
from api.queue_views import OwedClocksView, UnassignedPage, UnassignedView, owed_view
from sop.calendars import Calendar
from sop.due_days import SOON, working_days_after
from store.places import read, written
from store.queues import Clocks, OwedClock, Place, Unassigned, Wanted

router = door("supervision")
Limit = Annotated[int, Field(ge=1, le=200)]
Cursor = Annotated[str, StringConstraints(min_length=1, max_length=400)]
_Line = TypeVar("_Line", OwedClock, Unassigned)
_CLOCKS = "btcn"
_CASES = "tc"


class ChosenQuery(Filtered):
    """Which lines of a queue; `responsible=me` are your own cases."""

    country: Country | None = None
    responsible: UserId | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class ClocksQuery(ChosenQuery):
    """Which clocks; `role` is one that owes."""

    sop: Name | None = None
    statutory: Annotated[bool | None, Field(description="only what is law, or only internal targets")] = None
    role: Annotated[Name | None, Field(description="only what this role owes")] = None


def chosen(visit: Visit, asked: ChosenQuery) -> Wanted:
    """The filters as the store knows them. Who sees numbers only sees no line of any queue."""
    if visit.parts.sees_numbers_only(visit.caller):
        raise Problem("forbidden", "You see figures; see /v1/supervision/summary.")
    values = {name: getattr(asked, name, None) for name in Wanted.model_fields}
    if asked.responsible == "me":
        values["responsible"] = visit.caller.id
    return Wanted.model_validate(values)


@router.get("/supervision/overdue", operation_id="list_overdue", response_model=OwedClocksView)
async def list_overdue(visit: Visiting, asked: Annotated[ClocksQuery, Query()]) -> Response:
    """What is overdue at this moment, whatever any job has done: law first, then what is longest overdue."""
    return await _clocks(visit, asked, "overdue")


@router.get("/supervision/due-soon", operation_id="list_due_soon", response_model=OwedClocksView)
async def list_due_soon(visit: Visiting, asked: Annotated[ClocksQuery, Query()]) -> Response:
    """What is due within five working days of the authority that owes, the nearest first; law before targets."""
    return await _clocks(visit, asked, "due_soon")


@router.get("/supervision/abroad", operation_id="list_owed_abroad", response_model=OwedClocksView)
async def list_owed_abroad(visit: Visiting, asked: Annotated[ClocksQuery, Query()]) -> Response:
    """What is owed in another country, due or not, by due moment; `abroad` in each line is the country."""
    return await _clocks(visit, asked, "abroad")


@router.get("/supervision/unassigned", operation_id="list_unassigned", response_model=UnassignedPage)
async def list_unassigned(visit: Visiting, asked: Annotated[ChosenQuery, Query()]) -> Response:
    """Open cases that were offered and not taken, or whose responsible person is nobody here; the oldest first."""
    wanted = chosen(visit, await filtered(visit, asked))

    async def lines(after: Place | None, limit: int) -> list[Unassigned]:
        known = visit.parts.callers.ids
        return await visit.parts.queues.unassigned(wanted, known, after=after, limit=limit)

    page, cursor = await _page(asked, "unassigned", _CASES, lines)
    views = []
    for line in page:
        actions = Actions(await visit.parts.shelf.procedure(line.procedure_hash), visit.caller.roles)
        mine = line.offered_to == visit.caller.id
        taking = (
            (actions.action("take_case", None, "Take over the case", ("case_manager", "guardian")),) if mine else ()
        )
        views.append(
            UnassignedView(
                case=line.case_id,
                country=line.country,
                why="offered" if line.offered_to else "unknown",
                responsible=line.responsible,
                offered_to=line.offered_to,
                since=line.offered_at or line.opened_at,
                opened_at=line.opened_at,
                actions=(*taking, *actions.handing()),
            )
        )
    return answer(UnassignedPage.model_construct(at=visit.now, cases=tuple(views), cursor=cursor))


async def _clocks(visit: Visit, asked: ClocksQuery, queue: Clocks) -> Response:
    wanted = chosen(visit, await filtered(visit, asked))
    soon = await soon_until(visit) if queue == "due_soon" else None

    async def lines(after: Place | None, limit: int) -> list[OwedClock]:
        return await visit.parts.queues.clocks(queue, wanted, visit.now, soon=soon, after=after, limit=limit)

    page, cursor = await _page(asked, queue, _CLOCKS, lines)
    views = []
    for line in page:
        procedure = await visit.parts.shelf.procedure(line.procedure_hash)
        views.append(owed_view(procedure, line, visit.now, Actions(procedure, visit.caller.roles)))
    return answer(OwedClocksView.model_construct(at=visit.now, clocks=tuple(views), cursor=cursor))


async def _page(
    asked: ChosenQuery, queue: str, kinds: str, lines: Callable[[Place | None, int], Awaitable[list[_Line]]]
) -> tuple[list[_Line], str | None]:
    """One page and the cursor of the next."""
    found = await lines(place(asked.cursor, {queue: kinds})[1] if asked.cursor else None, asked.limit + 1)
    page = found[: asked.limit]
    return page, written(queue, page[-1].place) if len(found) > len(page) else None


def place(cursor: str, queues: dict[str, str]) -> tuple[str, Place]:
    """Which list the cursor belongs to, and where it goes on."""
    try:
        return read(cursor, queues)
    except ValueError:
        raise Problem("malformed", where=[("query.cursor", "foreign")]) from None


def answer(view: BaseModel) -> Response:
    return Response(view.model_dump_json(), media_type="application/json")


async def soon_until(visit: Visit) -> Mapping[str, datetime]:
    """By country, the end of the last working day that counts as soon; `""` for those without a calendar of their own.

    By the calendars of the newest version that has one: a holiday that was added since counts for older cases too.
    """
    found: dict[str, datetime] = {}
    for procedure in await visit.parts.shelf.all():
        calendars = dict(procedure.definition.head.calendars)
        found[procedure.country or ""] = _end_of_soon(calendars.pop("default"), visit.now)
        found |= {country: _end_of_soon(calendar, visit.now) for country, calendar in calendars.items()}
    return found or {"": visit.now + timedelta(days=SOON)}


def _end_of_soon(calendar: Calendar, now: datetime) -> datetime:
    last = working_days_after(now.astimezone(calendar.tz).date(), SOON, calendar)
    return datetime.combine(last + timedelta(days=1), time.min, calendar.tz).astimezone(now.tzinfo)
