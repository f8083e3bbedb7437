"""`caseway sop simulate`: a synthetic caseload through a procedure, as tables, JSON and a chart."""

import gc
import json
import signal
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from cli.calling import cannot_run
from cli.folders import SHIPPED
from cli.showing import procedure_in
from cli.sop_folder import Overlay
from sop.durations import Duration
from sop.procedure import Procedure
from sop.reader import LARGEST_FILE
from workshop.caseload import Simulation
from workshop.chart import chart
from workshop.compared import Difference, compare
from workshop.reports import shown
from workshop.results import Result, result_of
from workshop.simulating import Run
from workshop.simulations import FOLDER, simulation_in

SLICES = 400
"""A simulation is moved on in so many parts; between two of them the bar moves and Ctrl-C is heard."""

Folder = Annotated[Path, typer.Argument(help="the folder of a procedure", show_default="the shipped procedure")]
Settings = Annotated[str, typer.Option(help="a name in simulations/, or the path of a YAML file")]
Against = Annotated[Path | None, typer.Option(help="the folder of another procedure, for the same cases")]
AgainstOverlay = Annotated[
    str | None, typer.Option(help="another overlay for the other procedure, or `base`; it has the same one otherwise")
]
Seed = Annotated[int | None, typer.Option(min=0, max=2**32 - 1, help="other luck than the settings say")]
Lasts = Annotated[str | None, typer.Option(help="another length than the settings say, for example '90 days'")]
Chart = Annotated[Path | None, typer.Option("--chart", help="write the bars as SVG into this file")]
Format = Annotated[Literal["full", "json"], typer.Option("--format", help="for people, or for programs")]


BASE = "base"
"""As --against-overlay: the other procedure without any overlay."""
Side = tuple[Path, str | None]
"""A folder, and the overlay that is put onto it."""


def simulate(
    folder: Folder = SHIPPED / "trm",
    settings: Settings = "default",
    against: Against = None,
    seed: Seed = None,
    lasts: Lasts = None,
    picture: Chart = None,
    format_: Format = "full",
    overlay: Overlay = None,
    against_overlay: AgainstOverlay = None,
) -> None:
    """Let invented cases run through a procedure and see what would be overdue, where they wait, who is overloaded.

    Every number comes from the settings; none is a forecast. Ctrl-C ends it with what it has so far. Exit 0 fine,
    1 where two procedures differ, 2 could not run.
    """
    sides = [(folder, overlay)]
    if against or against_overlay:
        sides.append((against or folder, _other(against_overlay, overlay)))
    names = _names(sides)
    runs = [_run(one, settings, folder, seed, lasts) for one in sides]
    with _interruptible() as stopped, undisturbed():
        _advance(runs, names, stopped)
    results = [result_of(run) for run in runs]
    differences = compare(results[0], results[1]) if len(sides) == 2 else ()
    if picture:
        _write(picture, chart(results, names))
    if format_ == "json":
        said = [result.model_dump(mode="json") for result in results]
        changes = [line.model_dump() | {"change": line.change} for line in differences]
        found = {"names": names, "results": said, "differences": changes}
        print(json.dumps(found, indent=1, ensure_ascii=False))
    else:
        _print(results, differences, names)
    raise typer.Exit(1 if differences else 0)


def _other(named: str | None, overlay: str | None) -> str | None:
    """The overlay of the other side: the same one, unless another is named, or `base`."""
    return None if named == BASE else named or overlay


def _names(sides: Sequence[Side]) -> list[str]:
    """The folders' names, each with its overlay; with the folder above where two are called alike."""
    folders = {folder.resolve() for folder, _ in sides}
    alike = len({folder.name for folder in folders}) < len(folders)
    shown = [("/".join(folder.resolve().parts[-2 if alike else -1 :]), overlay) for folder, overlay in sides]
    return [f"{name}+{overlay.lower()}" if overlay else name for name, overlay in shown]


def _run(side: Side, settings: str, beside: Path, seed: int | None, lasts: str | None) -> Run:
    procedure = procedure_in(*side)
    return Run(procedure, _settings(settings, beside, procedure, lasts), seed)


def _settings(name: str, beside: Path, procedure: Procedure, lasts: str | None) -> Simulation:
    named = beside / FOLDER / f"{name}.yaml"
    path = Path(name) if name.endswith(".yaml") else named
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in (beside / FOLDER).glob("*.yaml"))) or "none"
        cannot_run(f"There are no settings {name}. In {FOLDER} of this procedure: {known}.")
    with path.open("rb") as handle:
        content = handle.read(LARGEST_FILE + 1)
    found = simulation_in(path.name, content, procedure)
    if not isinstance(found, Simulation):
        cannot_run("\n".join(shown(problem, {path.name: content}) for problem in found))
    if lasts is None:
        return found
    try:
        return found.model_copy(update={"lasts": Duration.parse(lasts)})
    except ValueError as problem:
        cannot_run(f"--lasts: {problem}.")


@contextmanager
def undisturbed() -> Iterator[None]:
    """Without Python's search for cycles: a simulation makes none, and every search would walk through all its cases."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def _interruptible() -> Iterator[list[bool]]:
    """Ctrl-C asks to stop at the end of a part; what is simulated so far stays whole."""
    stopped: list[bool] = []

    def stop(number: int, frame: FrameType | None) -> None:
        if stopped:
            raise KeyboardInterrupt
        stopped.append(True)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGINT, before)


def _advance(runs: Sequence[Run], names: Sequence[str], stopped: list[bool]) -> None:
    """All runs in step, so that they end at the same moment where they are interrupted."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Simulating " + " and ".join(names), total=SLICES)
        for part in range(1, SLICES + 1):
            for run in runs:
                run.advance(run.start + (run.end - run.start) * part / SLICES)
            progress.advance(task)
            if stopped:
                return


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as problem:
        cannot_run(f"{path.name} cannot be written: {problem.strerror}.")


def _print(results: Sequence[Result], differences: Sequence[Difference], names: Sequence[str]) -> None:
    console = Console(highlight=False, soft_wrap=False)
    for result, name in zip(results, names, strict=True):
        _print_result(console, result, name)
    if len(results) == 2:
        columns = ("figure", "unit", *names, "change")
        rows = [(d.title, d.unit, d.a, d.b, "–" if d.change is None else f"{d.change:+,}") for d in differences]
        if rows:
            console.print(_table("Side by side", columns, rows))
        console.print(f"{len(rows)} figures differ." if rows else "No figure differs.")


def _print_result(console: Console, result: Result, name: str) -> None:
    until = "" if result.finished else ", stopped before its end"
    console.print(f"{name} {result.version}: {result.simulation}, seed {result.seed}{until}", markup=False)
    console.print(result.assumptions, markup=False, style="italic")
    console.print(
        f"{result.begins:%Y-%m-%d} to {result.ends:%Y-%m-%d}: {result.arrived} cases came, {result.ended} ended, "
        f"{result.still_open} are open; {result.case_days:,.0f} case-days, {result.decisions:,} decisions."
    )
    console.print(
        f"Overdue: {result.overdue_statutory} times what the law sets, {result.overdue_targets} times our targets."
    )
    for table in _tables(result):
        if table.row_count:
            console.print(table)
    for step, count in result.refused.items():
        console.print(f"Refused when it was done: {step} ({count} times).", markup=False)


def _tables(result: Result) -> Iterator[Table]:
    yield _table(
        "What would be overdue",
        ("clock", "set by", "started", "in time", "late", "still", "overdue %", "days late"),
        [
            (c.title, "law" if c.statutory else "target", c.started, c.in_time, c.late, c.overdue_now, c.overdue_share,
             c.median_days_late)
            for c in result.clocks
            if c.kind != "period"
        ],
    )  # fmt: skip
    yield _table(
        "Load",
        ("role", "people", "hours worked", "used %", "mean queue", "longest", "waiting"),
        [
            (r.title, r.people, r.worked_hours, r.used, r.mean_queue, r.longest_queue, r.waiting_now)
            for r in result.roles
        ],
    )
    yield _table(
        "Where steps wait longest",
        ("state", "role", "steps", "days waiting", "9 of 10", "days until done"),
        [
            (w.title, w.role_title, w.steps, *((w.queue_days, w.queue_p90) if w.staffed else (None, None)), w.work_days)
            for w in result.waits[:15]
        ],
    )
    yield _table(
        "Time in each state",
        ("state", "entered", "still there", "median days", "9 of 10"),
        [(s.title, s.entered, s.still_there, s.median_days, s.p90_days) for s in result.states],
    )
    yield _table(
        "Days from arrival",
        ("state", "cases", "median", "9 of 10"),
        [(m.title, m.cases, m.median_days, m.p90_days) for m in result.milestones],
    )
    yield _table(
        "What open cases cannot do yet",
        ("step", "reason", "cases"),
        [(b.step, b.reason, b.cases) for b in result.blocked],
    )


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str | float | None]]) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if index == 0 else "right", overflow="fold")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, str) else _figure(cell) for cell in row))
    return table


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:,}"
