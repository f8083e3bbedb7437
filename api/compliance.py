"""Whether the law's time was kept, by the month from which it counts, and whether other countries answer."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from api.door import Visit, Visiting, door
from api.filters import Country, Filtered, Name, filtered
from api.forms import FORMS, Figures, Format, in_form
from api.months import Month, months
from api.sheets import Cell, Rows
from api.views import Shown
from sop.procedure import Procedure
from store.compliance import Outcome
from workshop.chart import Panel, Row, drawing

router = door("supervision")
_HEAD = ("Clocks", "In time", "Late", "Overdue", "Running", "In time, share of those decided")


class ComplianceQuery(Filtered):
    """Which clocks: by the month from which they count, the last of them too. Without months, the last twelve."""

    country: Country | None = None
    sop: Name | None = None
    since: Month | None = None
    until: Month | None = None
    format: Format | None = None
    table: Annotated[Literal["law", "answers"], Field(description="which table a CSV holds")] = "law"


class OutcomeView(Shown):
    """What became of clocks; null where a figure is too small to be shown. `share` is of those that are decided."""

    count: int | None
    in_time: int | None
    late: int | None
    overdue: int | None
    running: int | None
    share: float | None


class LawView(OutcomeView):
    cohort: str
    clock: str
    title: str


class AnswersView(OutcomeView):
    """`counterpart` is empty where nobody has recorded which country it is."""

    counterpart: str


class ComplianceView(Shown):
    """`since` and `until` are months; `smallest` is set where smaller figures are not shown."""

    at: datetime
    since: str
    until: str
    smallest: int | None
    law: tuple[LawView, ...]
    answers: tuple[AnswersView, ...]


@router.get("/supervision/compliance", operation_id="read_compliance", response_model=ComplianceView, responses=FORMS)
async def read_compliance(request: Request, visit: Visiting, asked: Annotated[ComplianceQuery, Query()]) -> Response:
    """Deadlines of the law by month, and what other countries owe by country: kept in time, late, overdue, running."""
    view = await _view(visit, await filtered(visit, asked))
    tables = (("The law, by month", _law_table(view)), ("Answers, by country", _answers_table(view)))
    csv = 0 if asked.table == "law" else 1
    title = "Kept in time"
    return in_form(request, asked.format, view, Figures("compliance", title, tables, lambda: _picture(view), csv))


async def _view(visit: Visit, asked: ComplianceQuery) -> ComplianceView:
    parts = visit.parts
    first, last, begin, end = months(visit.now, asked.since, asked.until, usual=12)
    smallest = parts.smallest if parts.sees_numbers_only(visit.caller) else None
    span = (visit.now, begin, end)
    law = await parts.compliance.of_law(*span, country=asked.country, sop=asked.sop)
    answers = await parts.compliance.answers(*span, country=asked.country, sop=asked.sop)
    procedures = await parts.shelf.all()
    titles = _titles(procedures)
    return ComplianceView(
        at=visit.now,
        since=first,
        until=last,
        smallest=smallest,
        law=tuple(
            LawView(cohort=one.cohort, clock=one.clock, title=titles.get(one.clock, one.clock), **_shown(one, smallest))
            for one in law
        ),
        answers=tuple(AnswersView(counterpart=one.counterpart, **_shown(one, smallest)) for one in answers),
    )


def _shown(outcome: Outcome, smallest: int | None) -> dict[str, int | float | None]:
    """The figures of a row. One that is small hides all of them but their sum, and a small sum hides itself too."""
    parts = {name: getattr(outcome, name) for name in Outcome.model_fields}
    count, decided = sum(parts.values()), outcome.in_time + outcome.late + outcome.overdue
    share = round(outcome.in_time / decided, 3) if decided else None
    if smallest is not None and any(0 < part < smallest for part in parts.values()):
        return {"count": None if count < smallest else count, **dict.fromkeys(parts), "share": None}
    return {"count": count, **parts, "share": share}


def _titles(procedures: Sequence[Procedure]) -> Mapping[str, str]:
    return {ref: clock.title for procedure in procedures for ref, clock in procedure.clocks.items()}


def _law_table(view: ComplianceView) -> Rows:
    return [("Month", "Clock", *_HEAD), *((one.cohort, one.title, *_cells(one)) for one in view.law)]


def _answers_table(view: ComplianceView) -> Rows:
    return [("Country", *_HEAD), *((one.counterpart or "not recorded", *_cells(one)) for one in view.answers)]


def _cells(one: OutcomeView) -> tuple[Cell, ...]:
    if one.in_time is None:
        return ("not shown" if one.count is None else one.count, *("not shown",) * 5)
    return (one.count, one.in_time, one.late, one.overdue, one.running, one.share)


def _picture(view: ComplianceView) -> str:
    """Bars of what was kept in time, and of what was late or is overdue; what is not shown has no bar."""
    law = tuple(Row(f"{one.cohort} {one.title}", _bars(one)) for one in view.law)
    answers = tuple(Row(one.counterpart or "not recorded", _bars(one)) for one in view.answers)
    panels = [
        Panel(*one, missing="not shown")
        for one in (("The law, by month", "count", law), ("Answers, by country", "count", answers))
    ]
    text = "Bars of the figures of the table; each stands with its number beside it."
    return drawing(f"Clocks from {view.since} to {view.until}", text, panels, ("in time", "late or overdue"))


def _bars(one: OutcomeView) -> tuple[float | None, ...]:
    if one.in_time is None or one.late is None or one.overdue is None:
        return (None, None)
    return (float(one.in_time), float(one.late + one.overdue))
