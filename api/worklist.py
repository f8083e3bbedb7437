"""The worklist: what lies before the caller, by when it is due."""

from datetime import datetime
from typing import Literal

from starlette.responses import Response

from api.door import Visit, Visiting, door
from api.listings import LineView, line_view
from api.views import Shown, is_legal
from sop.due_days import when_due
from sop.procedure import Procedure
from store.cases import OpenStep
from store.listings import CaseLine, ClockLine, WorkLine

router = door("lists")

Group = Literal["overdue", "due_today", "due_soon", "asked", "waiting"]


class WorkItem(Shown):
    """One thing before the caller: a clock that runs out, a step that is asked for, a case that is offered."""

    kind: Literal["clock", "step", "offer"]
    case: str
    country: str
    sop: str | None
    name: str
    title: str
    due: datetime | None
    statutory: bool
    legal: bool
    roles: tuple[str, ...]
    """Who may do it; none where anybody responsible may."""


class WorklistView(Shown):
    """`asked` waits for you without a date; `waiting` is with others. `cases` are all your open cases."""

    overdue: tuple[WorkItem, ...]
    due_today: tuple[WorkItem, ...]
    due_soon: tuple[WorkItem, ...]
    asked: tuple[WorkItem, ...]
    waiting: tuple[WorkItem, ...]
    cases: tuple[LineView, ...]


@router.get("/worklist", operation_id="read_worklist", response_model=WorklistView)
async def read_worklist(visit: Visiting) -> Response:
    """Your cases: what is overdue, due today, due within five working days, asked of you, waiting for others."""
    groups: dict[Group, list[WorkItem]] = {"overdue": [], "due_today": [], "due_soon": [], "asked": [], "waiting": []}
    cases = []
    for line in await visit.parts.listings.worklist(visit.caller.id, visit.now):
        procedure = await visit.parts.shelf.procedure(line.case.procedure_hash)
        cases.append(line_view(procedure, line.case))
        for group, item in _items(visit, procedure, line):
            groups[group].append(item)
    for items in groups.values():
        items.sort(key=lambda item: (item.due is None, item.due, item.case))
    view = WorklistView(**{name: tuple(items) for name, items in groups.items()}, cases=tuple(cases))
    return Response(view.model_dump_json(), media_type="application/json")


def _items(visit: Visit, procedure: Procedure, line: WorkLine) -> list[tuple[Group, WorkItem]]:
    items: list[tuple[Group, WorkItem]] = []
    calendar = procedure.calendar(line.case.country)
    for clock in line.clocks:
        if clock.due and (group := when_due(clock.due, visit.now, calendar)):
            items.append((group, _clock_item(procedure, line.case, clock)))
    for step in line.asked:
        item = _step_item(procedure, line.case, step)
        items.append(("asked" if set(item.roles) & set(visit.caller.roles) else "waiting", item))
    if line.case.offered_to:
        mine = line.case.offered_to == visit.caller.id
        title = "Take over this case, or leave it" if mine else "Offered; the other has not taken it yet"
        items.append(("asked" if mine else "waiting", _item("offer", line.case, None, "responsible", title)))
    return items


def _clock_item(procedure: Procedure, case: CaseLine, line: ClockLine) -> WorkItem:
    clock = procedure.clocks.get(line.clock)
    title = clock.title if clock else line.clock
    item = _item("clock", case, line.sop, line.clock, title)
    return item.model_copy(update={"due": line.due, "statutory": line.statutory, "legal": is_legal(clock)})


def _step_item(procedure: Procedure, case: CaseLine, step: OpenStep) -> WorkItem:
    title: str = step.name
    roles: tuple[str, ...] = ()
    if step.kind == "measure" and step.name in procedure.measures:
        measure = procedure.measures[step.name][1]
        title, roles = measure.title, measure.who
    elif move := procedure.moves.get(f"{step.sop}.{step.name}"):
        title, roles = move.title, move.roles
    return _item("step", case, step.sop, step.name, title).model_copy(update={"roles": roles})


def _item(kind: Literal["clock", "step", "offer"], case: CaseLine, sop: str | None, name: str, title: str) -> WorkItem:
    return WorkItem(
        kind=kind,
        case=case.case_id,
        country=case.country,
        sop=sop,
        name=name,
        title=title,
        due=None,
        statutory=False,
        legal=False,
        roles=(),
    )
