"""Figures as JSON, CSV, XLSX, a picture, or a page with the picture and its figures beside it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from api.sheets import CSV, XLSX, Cell, Rows, csv_of, xlsx_of
from api.supervision import answer

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


@dataclass(frozen=True, slots=True)
class Figures:
    """What there is to show. `tables` by their titles; `csv` is the place of the one that a CSV holds."""

    name: str
    title: str
    tables: Sequence[tuple[str, Rows]]
    picture: Callable[[], str]
    csv: int = 0


def in_form(request: Request, form: Format | None, view: BaseModel, figures: Figures) -> Response:
    """The answer; without `form` the header Accept decides."""
    form = form or _accepted(request.headers.get("accept", ""))
    if form == "json":
        return answer(view)
    body: str | bytes
    if form == "csv":
        body = csv_of(figures.tables[figures.csv][1])
    elif form == "xlsx":
        body = xlsx_of(figures.tables)
    else:
        body = figures.picture() if form == "svg" else _page(figures)
    headers = {"Vary": "Accept", "Content-Disposition": f'inline; filename="{figures.name}.{form}"'}
    return Response(body, media_type=_MEDIA[form], headers=headers)


def _page(figures: Figures) -> str:
    tables = "".join(f"<h2>{escape(title)}</h2>{_html(rows)}" for title, rows in figures.tables)
    title = escape(figures.title)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style><h1>{title}</h1>{figures.picture()}{tables}</html>"
    )


def _html(rows: Rows) -> str:
    head, *lines = rows
    top = "".join(f'<th scope="col">{escape(str(cell))}</th>' for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{_said(cell)}</td>' for cell in line)}</tr>" for line in lines)
    return f"<table><tr>{top}</tr>{body}</table>"


def _said(cell: Cell) -> str:
    return "" if cell is None else escape(str(cell))


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
