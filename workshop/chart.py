"""A simulation as a picture: one SVG of bars, drawn by hand so that the same figures always give the same file."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from workshop.results import Result

WIDTH, LABEL, BAR, GAP = 980, 420, 14, 8
SCALE = WIDTH - LABEL - 110
COLOURS = ("#1d5a96", "#b8651b")
"""Of the first and the second simulation; told apart by their order and the legend too, not by colour alone."""


@dataclass(frozen=True)
class Row:
    """One line of a panel: its label, and one value for each simulation, `None` where it has none."""

    label: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Panel:
    """Bars of one unit under one title. `compares`: a later bar says by how much it differs from the first."""

    title: str
    unit: str
    rows: tuple[Row, ...]
    compares: bool = False
    missing: str = "none"
    """What stands where there is no value."""

    @property
    def height(self) -> int:
        return 40 + sum(BAR * len(row.values) + GAP for row in self.rows)


def panels(results: Sequence[Result]) -> tuple[Panel, ...]:
    """The figures of the chart, the same that the tables show."""
    clocks = [
        {c.clock: (f"{c.title} ({'law' if c.statutory else 'target'})", c.overdue_share) for c in result.clocks}
        for result in results
    ]
    roles = [{role.role: (role.title, role.used) for role in result.roles} for result in results]
    stays = [{state.place: (state.title, state.median_days) for state in result.states} for result in results]
    return (
        Panel("Overdue, of those that were met or came to their due moment", "%", _rows(clocks), True),
        Panel("Working time used", "%", _rows(roles), True),
        Panel("Median stay in a state", "days", _rows(stays), True),
    )


def chart(results: Sequence[Result], names: Sequence[str]) -> str:
    """The SVG, with a title and a description for people who do not see it; `names` call the simulations."""
    first = results[0]
    said = f"{first.simulation}. {first.arrived} cases from {first.begins:%Y-%m-%d} to {first.ends:%Y-%m-%d}."
    return drawing(f"{said} Assumed, not measured.", first.assumptions, panels(results), names)


def drawing(title: str, description: str, panels: Sequence[Panel], names: Sequence[str]) -> str:
    """Panels of bars under one title as a whole SVG; `names` say what the first and the second bar of a row are."""
    drawn: list[str] = []
    top = 66
    for panel in panels:
        drawn += _panel(panel, top)
        top += panel.height + 20
    legend = [
        f'<rect x="{20 + 300 * index}" y="38" width="12" height="12" fill="{COLOURS[index % 2]}"/>'
        f'<text x="{38 + 300 * index}" y="49">{escape(name)}</text>'
        for index, name in enumerate(names)
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" height="{top}" '
            'role="img" aria-labelledby="t d" font-family="sans-serif" font-size="12">',
            f'<title id="t">{escape(title)}</title>',
            f'<desc id="d">{escape(description)}</desc>',
            f'<rect width="{WIDTH}" height="{top}" fill="#ffffff"/>',
            f'<text x="20" y="22" font-size="15" font-weight="bold">{escape(title)}</text>',
            *legend,
            *drawn,
            "</svg>",
            "",
        ]
    )


def _rows(figures: Sequence[Mapping[str, tuple[str, float | None]]]) -> tuple[Row, ...]:
    """One row for each name, called as the first simulation that has it calls it."""
    labels = {name: label for one in reversed(figures) for name, (label, _) in one.items()}
    order = dict.fromkeys(name for one in figures for name in one)
    rows = (Row(labels[name], tuple(one[name][1] if name in one else None for one in figures)) for name in order)
    return tuple(row for row in rows if any(value is not None for value in row.values))


def _panel(panel: Panel, top: int) -> Iterable[str]:
    yield f'<text x="20" y="{top + 18}" font-size="14" font-weight="bold">{escape(panel.title)} ({panel.unit})</text>'
    most = max((value for row in panel.rows for value in row.values if value is not None), default=0.0) or 1.0
    y = top + 32
    for row in panel.rows:
        middle = y + BAR * len(row.values) / 2 + 4
        yield f'<text x="{LABEL - 10}" y="{middle:g}" text-anchor="end">{escape(_short(row.label))}</text>'
        for index, value in enumerate(row.values):
            width = round((value or 0.0) / most * SCALE, 1)
            if value is not None:
                yield f'<rect x="{LABEL}" y="{y}" width="{width:g}" height="{BAR - 2}" fill="{COLOURS[index % 2]}"/>'
            said = panel.missing if value is None else f"{value:g}{_change(row, index) if panel.compares else ''}"
            yield f'<text x="{LABEL + width + 6:g}" y="{y + 10}" font-size="11">{said}</text>'
            y += BAR
        y += GAP


def _change(row: Row, index: int) -> str:
    """By how much a figure is more or less than that of the first simulation."""
    first, value = row.values[0], row.values[index]
    return "" if first is None or value is None or first == value else f" ({value - first:+.4g})"


def _short(label: str) -> str:
    return label if len(label) <= 62 else label[:61] + "…"
