"""The figures of supervisors, as JSON, CSV, XLSX, a picture, or a page with the picture and its figures beside it."""

from collections.abc import Sequence
from html import escape
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from api.door import Visit, Visiting, door
from api.errors import Problem
from api.shapes import Sent
from api.sheets import CSV, XLSX, Cell, Rows, csv_of, xlsx_of
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
from api.supervision import Country, Name, UserId, answer, soon_until
from api.trouble import technical_look
from sop.procedure import Procedure
from store.summary import MEASURES
from workshop.chart import Panel, Row, drawing

router = door("supervision")
Format = Literal["json", "csv", "xlsx", "svg", "html"]
_MEDIA: dict[Format, str] = {
    "csv": CSV,
    "xlsx": XLSX,
    "svg": "image/svg+xml",
    "html": "text/html",
    "json": "application/json",
}
FORMS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The figures, in the form that was asked for.",
        "content": {kind: {"schema": {"type": "string"}} for form, kind in _MEDIA.items() if form != "json"},
    }
}
_STYLE = "body{font:1rem/1.5 system-ui,sans-serif;margin:2rem}td,th{text-align:left;padding:.2rem .8rem .2rem 0}"


class SummaryQuery(Sent):
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
    view = await summarise(visit, asked)
    form = asked.format or _accepted(request.headers.get("accept", ""))
    if form == "json":
        return answer(view)
    body: str | bytes
    if form == "csv":
        body = csv_of(figures_table(view) if asked.table == "figures" else stays_table(view))
    elif form == "xlsx":
        body = xlsx_of([("Figures", figures_table(view)), ("Stays", stays_table(view))])
    else:
        body = picture(view) if form == "svg" else page(view)
    headers = {"Vary": "Accept", "Content-Disposition": f'inline; filename="summary.{form}"'}
    return Response(body, media_type=_MEDIA[form], headers=headers)


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
    panels = []
    for name, rows in (("country", view.by_country), ("SOP", view.by_sop)):
        panels.append(Panel(f"Open, by {name}", "count", tuple(Row(row.title, (_bar(row.open),)) for row in rows)))
        overdue = tuple(Row(row.title, (_bar(row.overdue_statutory), _bar(row.overdue_target))) for row in rows)
        panels.append(Panel(f"Overdue, by {name}: law and our targets", "count", overdue))
    stuck = [(TITLES[kind], getattr(view.total, kind)) for kind in ("technical", "procedural", "waiting", "idle")]
    panels.append(Panel("Stuck", "count", tuple(Row(title, (_bar(count),)) for title, count in stuck)))
    said = f"As of {view.at:%Y-%m-%d %H:%M} UTC"
    text = "Bars of the figures of the summary; each stands with its number beside it."
    return drawing(said, text, panels, ("by law, or the only figure", "our targets"))


def page(view: SummaryView) -> str:
    """The picture with its figures as tables beside it."""
    tables = "".join(
        f"<h2>{title}</h2>{_html(rows)}"
        for title, rows in (("Figures", figures_table(view)), ("How long, so far", stays_table(view)))
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Summary</title>'
        f"<style>{_STYLE}</style><h1>Summary</h1>{picture(view)}{tables}</html>"
    )


def _html(rows: Rows) -> str:
    head, *lines = rows
    top = "".join(f'<th scope="col">{escape(str(cell))}</th>' for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{_said(cell)}</td>' for cell in line)}</tr>" for line in lines)
    return f"<table><tr>{top}</tr>{body}</table>"


def _said(cell: Cell) -> str:
    return "" if cell is None else escape(str(cell))


def _bar(count: int | None) -> float | None:
    return None if count is None else float(count)


def _title(procedures: Sequence[Procedure], sop: str) -> str:
    named = [one.definition.sops[sop].title for one in procedures if sop in one.definition.sops]
    return named[-1] if named else sop


def _accepted(accept: str) -> Format:
    """The first form of ours that the header names; JSON for a browser's `*/*` and for no header."""
    for part in accept.lower().split(","):
        kind = part.partition(";")[0].strip()
        if kind == "*/*":
            break
        for form, media in _MEDIA.items():
            if kind == media:
                return form
    return "json"
