"""The figures of a summary as tables, and which of them are too small to be shown to somebody who sees figures only."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

from api.sheets import Rows
from api.stuck_views import EngineView
from api.views import Shown
from sop.procedure import Procedure
from store.summary import MEASURES, Figure, Measure, Stay

By = Literal["country", "sop", "responsible"]
Count = int | None
"""None is a figure that is not shown because it is small, or because a small one would follow from it."""

TITLES: dict[Measure, str] = {
    "open": "Open",
    "overdue_statutory": "Overdue by law",
    "overdue_target": "Overdue, our targets",
    "due_soon": "Due soon",
    "technical": "Stuck: technical",
    "procedural": "Stuck: procedural",
    "waiting": "Stuck: waiting",
    "idle": "Stuck: idle",
}
_NAMES = {"country": "Country", "sop": "SOP", "responsible": "Responsible", "all": "All"}


class RowView(Shown):
    """One row of figures. `open` counts cases, by SOP what stands open; `overdue_…`, `due_soon` and `waiting` clocks."""

    name: str
    title: str
    open: Count
    overdue_statutory: Count
    overdue_target: Count
    due_soon: Count
    technical: Count
    procedural: Count
    waiting: Count
    idle: Count


class StayView(Shown):
    """How long what is open has stood in its state so far, in days; the figures are null where they are too small."""

    sop: str
    sop_title: str
    state: str
    state_title: str
    count: Count
    median_days: float | None
    p90_days: float | None


class SummaryView(Shown):
    """Figures as of `at`. `smallest` is set where smaller figures are not shown: to those who see figures only."""

    at: datetime
    engine: EngineView
    smallest: int | None
    total: RowView
    by_country: tuple[RowView, ...]
    by_sop: tuple[RowView, ...]
    by_responsible: tuple[RowView, ...]
    stays: tuple[StayView, ...]


Table = dict[str, dict[Measure, Count]]


def table_of(figures: Iterable[Figure], by: str) -> Table:
    """The figures of one dimension by name; what was not counted is none."""
    rows: Table = {}
    for figure in figures:
        if figure.by == by:
            rows.setdefault(figure.name, dict.fromkeys(MEASURES, 0))[figure.measure] = figure.count
    return dict(sorted(rows.items()))


def hide(table: Table, total: dict[Measure, Count], smallest: int) -> Table:
    """The table without its small figures, and without what would give one away by subtraction from the total.

    In each column at least two figures are hidden, and together no less than `smallest`; where there are not enough,
    the caller hides the total as well (`hides_total`).
    """
    shown = {name: dict(row) for name, row in table.items()}
    for measure in MEASURES:
        counted = sorted((row[measure] or 0, name) for name, row in table.items() if row[measure])
        small = [pair for pair in counted if pair[0] < smallest]
        if not small or total[measure] is None:
            for _, name in small:
                shown[name][measure] = None
            continue
        hidden = list(small)
        for pair in counted[len(small) :]:
            if len(hidden) >= 2 and sum(count for count, _ in hidden) >= smallest:
                break
            hidden.append(pair)
        for _, name in hidden:
            shown[name][measure] = None
    return shown


def hide_total(tables: Sequence[Table], total: dict[Measure, Count], smallest: int) -> dict[Measure, Count]:
    """The totals without small ones, and without those from which a lone small figure of some table would follow."""
    shown = dict(total)
    for measure in MEASURES:
        counts = [[row[measure] or 0 for row in table.values() if row[measure]] for table in tables]
        lone = any(any(count < smallest for count in one) and (len(one) < 2 or sum(one) < smallest) for one in counts)
        if 0 < (total[measure] or 0) < smallest or lone:
            shown[measure] = None
    return shown


def row_view(name: str, title: str, row: dict[Measure, Count]) -> RowView:
    return RowView.model_validate({"name": name, "title": title, **row})


def state_titles(procedures: Sequence[Procedure], sop: str, state: str) -> tuple[str, str]:
    """What the newest version that has them calls the SOP and the state."""
    sop_title, state_title = sop, state
    for procedure in procedures:
        if sop in procedure.definition.sops:
            sop_title = procedure.definition.sops[sop].title
            state_title = procedure.words.states.get(f"{sop}.{state}", state_title)
    return sop_title, state_title


def stay_view(procedures: Sequence[Procedure], stay: Stay, now: datetime, smallest: int | None) -> StayView:
    """By the titles of the newest version that has the state."""
    sop_title, state_title = state_titles(procedures, stay.sop, stay.state)
    small = smallest is not None and stay.count < smallest
    return StayView(
        sop=stay.sop,
        sop_title=sop_title,
        state=stay.state,
        state_title=state_title,
        count=None if small else stay.count,
        median_days=None if small else _days(now, stay.median_since),
        p90_days=None if small else _days(now, stay.p90_since),
    )


def figures_table(view: SummaryView) -> Rows:
    """Every row of every dimension, the whole first."""
    head = ("Group", "Name", "Title", *TITLES.values())
    groups = (("all", (view.total,)), ("country", view.by_country), ("sop", view.by_sop))
    rows = [(by, row) for by, several in (*groups, ("responsible", view.by_responsible)) for row in several]
    lines = [(_NAMES[by], row.name, row.title, *(_shown(row, name, view) for name in TITLES)) for by, row in rows]
    return [head, *lines]


def stays_table(view: SummaryView) -> Rows:
    head = ("SOP", "State", "Count", "Median days so far", "Nine of ten, days so far")
    lines = [(one.sop_title, one.state_title, one.count, one.median_days, one.p90_days) for one in view.stays]
    return [head, *lines]


def _shown(row: RowView, measure: Measure, view: SummaryView) -> Count | str:
    count: Count = getattr(row, measure)
    return "not shown" if count is None else count


def _days(now: datetime, since: datetime) -> float:
    return round((now - since).total_seconds() / 86_400, 1)
