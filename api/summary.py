"""The figures of supervisors: what is open, overdue, due soon and stuck, and how long it has stood."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from api.door import Visit, Visiting, door
from api.errors import Problem
from api.filters import Country, Filtered, Name, UserId, filtered
from api.forms import FORMS, Figures, Format, in_form
from api.stuck_views import EngineView
from api.summary_views import (
    TITLES,
    SummaryView,
    figures_table,
    hide,
    hide_total,
    row_view,
    stay_view,
    stays_table,
    table_of,
)
from api.supervision import soon_until
from api.trouble import technical_look
from sop.procedure import Procedure
from store.summary import MEASURES
from workshop.chart import Panel, Row, drawing

router = door("supervision")


class SummaryQuery(Filtered):
    """Which figures, and in which form; without `format` the header Accept decides."""

    country: Country | None = None
    sop: Name | None = None
    responsible: UserId | None = None
    format: Format | None = None
    table: Annotated[Literal["figures", "stays"], Field(description="which table a CSV holds")] = "figures"


@router.get("/supervision/summary", operation_id="read_summary", response_model=SummaryView, responses=FORMS)
async def read_summary(request: Request, visit: Visiting, asked: Annotated[SummaryQuery, Query()]) -> Response:
    """What is open, overdue, due soon and stuck, by country, SOP and responsible person; and how long it has stood.

    Who sees figures only gets none that is small, and none by person.
    """
    view = await summarise(visit, await filtered(visit, asked))
    tables = (("Figures", figures_table(view)), ("How long, so far", stays_table(view)))
    csv = 0 if asked.table == "figures" else 1
    return in_form(request, asked.format, view, Figures("summary", "Summary", tables, lambda: picture(view), csv))


async def summarise(visit: Visit, asked: SummaryQuery) -> SummaryView:
    """Every figure, as this caller may see it."""
    parts = visit.parts
    figures_only = parts.sees_numbers_only(visit.caller)
    if figures_only and asked.responsible is not None:
        raise Problem("forbidden", "You see figures of countries and SOPs, not of persons.")
    smallest = parts.smallest if figures_only else None
    look = await technical_look(visit)
    responsible = visit.caller.id if asked.responsible == "me" else asked.responsible
    figures = await parts.summaries.figures(
        visit.now,
        await soon_until(visit),
        held=parts.callers.roles,
        troubled=look.cases,
        country=asked.country,
        sop=asked.sop,
        responsible=responsible,
    )
    stays = await parts.summaries.stays(country=asked.country, sop=asked.sop, responsible=responsible)
    countries, sops = table_of(figures, "country"), table_of(figures, "sop")
    persons = {} if figures_only else table_of(figures, "responsible")
    total = table_of(figures, "all").get("") or dict.fromkeys(MEASURES, 0)
    if smallest is not None:
        total = hide_total((countries, sops), total, smallest)
        countries, sops = hide(countries, total, smallest), hide(sops, total, smallest)
    procedures = await parts.shelf.all()
    return SummaryView(
        at=visit.now,
        engine=EngineView(**look.said),
        smallest=smallest,
        total=row_view("", "All", total),
        by_country=tuple(row_view(name, name, row) for name, row in countries.items()),
        by_sop=tuple(row_view(name, _title(procedures, name), row) for name, row in sops.items()),
        by_responsible=tuple(row_view(name, name, row) for name, row in persons.items()),
        stays=tuple(stay_view(procedures, stay, visit.now, smallest) for stay in stays),
    )


def picture(view: SummaryView) -> str:
    """Bars of the same figures: open, overdue by law and by target, and stuck; what is not shown has no bar."""
    drawn: list[tuple[str, tuple[Row, ...]]] = []
    for name, rows in (("country", view.by_country), ("SOP", view.by_sop)):
        drawn.append((f"Open, by {name}", tuple(Row(row.title, (_bar(row.open),)) for row in rows)))
        overdue = tuple(Row(row.title, (_bar(row.overdue_statutory), _bar(row.overdue_target))) for row in rows)
        drawn.append((f"Overdue, by {name}: law and our targets", overdue))
    stuck = [(TITLES[kind], getattr(view.total, kind)) for kind in ("technical", "procedural", "waiting", "idle")]
    drawn.append(("Stuck", tuple(Row(title, (_bar(count),)) for title, count in stuck)))
    panels = [Panel(title, "count", rows, missing="not shown") for title, rows in drawn]
    said = f"As of {view.at:%Y-%m-%d %H:%M} UTC"
    text = "Bars of the figures of the summary; each stands with its number beside it."
    return drawing(said, text, panels, ("by law, or the only figure", "our targets"))


def _bar(count: int | None) -> float | None:
    return None if count is None else float(count)


def _title(procedures: Sequence[Procedure], sop: str) -> str:
    named = [one.definition.sops[sop].title for one in procedures if sop in one.definition.sops]
    return named[-1] if named else sop
