"""How long stays in a state lasted that have ended: what is left within a time, also in cases that are closed."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from api.door import Visiting, door
from api.filters import Country, Filtered, Name, filtered
from api.forms import FORMS, Figures, Format, in_form
from api.months import Month, months
from api.sheets import Rows
from api.summary_views import state_titles
from api.views import Shown
from workshop.chart import Panel, Row, drawing

router = door("supervision")


class StaysQuery(Filtered):
    """Which stays: by the month in which they ended, the last of them too. Without months, this one and the last."""

    country: Country | None = None
    sop: Name | None = None
    since: Month | None = None
    until: Month | None = None
    format: Format | None = None


class FinishedStayView(Shown):
    """In days; all figures are null where so few have ended that they are not shown."""

    sop: str
    sop_title: str
    state: str
    state_title: str
    count: int | None
    median_days: float | None
    p90_days: float | None


class FinishedStaysView(Shown):
    """`since` and `until` are months; `smallest` is set where smaller figures are not shown."""

    at: datetime
    since: str
    until: str
    smallest: int | None
    stays: tuple[FinishedStayView, ...]


@router.get("/supervision/stays", operation_id="read_stays", response_model=FinishedStaysView, responses=FORMS)
async def read_stays(request: Request, visit: Visiting, asked: Annotated[StaysQuery, Query()]) -> Response:
    """How long half and nine tenths of the stays in each state lasted that ended within these months."""
    asked = await filtered(visit, asked)
    parts = visit.parts
    first, last, begin, end = months(visit.now, asked.since, asked.until, usual=2)
    smallest = parts.smallest if parts.sees_numbers_only(visit.caller) else None
    procedures = await parts.shelf.all()
    views = []
    for stay in await parts.summaries.finished_stays(begin, end, country=asked.country, sop=asked.sop):
        small = smallest is not None and stay.count < smallest
        sop_title, state_title = state_titles(procedures, stay.sop, stay.state)
        views.append(
            FinishedStayView(
                sop=stay.sop,
                sop_title=sop_title,
                state=stay.state,
                state_title=state_title,
                count=None if small else stay.count,
                median_days=None if small else _days(stay.median),
                p90_days=None if small else _days(stay.p90),
            )
        )
    view = FinishedStaysView(at=visit.now, since=first, until=last, smallest=smallest, stays=tuple(views))
    figures = Figures("stays", "How long it took", (("Stays that ended", _table(view)),), lambda: _picture(view))
    return in_form(request, asked.format, view, figures)


def _table(view: FinishedStaysView) -> Rows:
    head = ("SOP", "State", "Count", "Median days", "Nine of ten, days")
    lines = [(one.sop_title, one.state_title, one.count, one.median_days, one.p90_days) for one in view.stays]
    return [head, *lines]


def _picture(view: FinishedStaysView) -> str:
    rows = tuple(Row(f"{one.sop_title}: {one.state_title}", (one.median_days, one.p90_days)) for one in view.stays)
    panel = Panel("Time in a state that was left", "days", rows, missing="not shown")
    text = "Bars of the figures of the table; each stands with its number beside it."
    return drawing(f"Stays that ended from {view.since} to {view.until}", text, [panel], ("median", "nine of ten"))


def _days(lasted: timedelta) -> float:
    return round(lasted.total_seconds() / 86_400, 1)
