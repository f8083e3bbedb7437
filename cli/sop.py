"""The coordinators' commands: check a procedure, play its stories."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from cli.folders import SHIPPED, files_of
from cli.sop_apply import apply
from cli.sop_check import check
from cli.sop_diagram import diagram
from cli.sop_diff import diff
from cli.sop_docs import docs
from cli.sop_explain import explain
from cli.sop_holidays import print_holidays
from cli.sop_overlay import print_overlays
from cli.sop_plan import plan
from cli.sop_prove import sop_prove
from cli.sop_publish import publish
from cli.sop_schema import schema
from sop.loader import examine
from sop.procedure import compile_procedure
from workshop.reports import shown
from workshop.stories import Told, tell_all

app = typer.Typer(help="What coordinators do with definitions.", no_args_is_help=True)
app.command()(check)
app.command()(diagram)
app.command()(docs)
app.command()(explain)
app.command()(schema)
app.command()(diff)
app.command()(publish)
app.command()(plan)
app.command()(apply)
app.command("prove")(sop_prove)
app.command(name="overlays")(print_overlays)
app.command(name="holidays")(print_holidays)
Folder = Annotated[Path, typer.Argument(help="the folder of a procedure", show_default="the shipped procedure")]
Format = Annotated[Literal["full", "json"], typer.Option("--format", help="for people, or for programs")]


@app.command()
def test(folder: Folder = SHIPPED / "trm", format_: Format = "full") -> None:
    """Play the scenarios beside the procedure on a virtual clock; exit 1 where a story does not come true."""
    files = _read(folder)
    definition, problems = examine(files)
    if definition is None:
        for problem in problems:
            print(shown(problem, files))
        raise typer.Exit(1)
    told = tell_all(compile_procedure(definition), files)
    if format_ == "json":
        print(json.dumps(_as_json(told), indent=1))
    else:
        _print_told(told, files)
    raise typer.Exit(1 if told.failed else 0)


def _read(folder: Path) -> dict[str, bytes]:
    if not folder.is_dir():
        print(f"There is no folder {folder.name}.")
        raise typer.Exit(2)
    return files_of(folder)


def _as_json(told: Told) -> dict[str, object]:
    return {
        "failed": told.failed,
        "stories": {name: player.failures for name, player in told.players.items()},
        "problems": [problem.model_dump() for problem in told.problems],
        "visited": told.total - len(told.missed),
        "of": told.total,
        "missed": list(told.missed),
    }


def _print_told(told: Told, files: dict[str, bytes]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for problem in told.problems:
        console.print(shown(problem, files), markup=False)
    for name, player in told.players.items():
        console.print(f"{'FAILED' if player.failures else 'ok    '} {name}: {player.scenario.scenario}", markup=False)
        for failure in player.failures:
            console.print(f"         {failure}", markup=False)
    if told.missed:
        console.print("Never visited: " + ", ".join(told.missed), markup=False)
    console.print(f"{len(told.players)} stories; {told.total - len(told.missed)} of {told.total} parts visited.")
