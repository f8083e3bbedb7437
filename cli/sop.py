"""The coordinators' commands: check a procedure, play its stories."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from cli.folders import SHIPPED, files_of
from cli.sop_holidays import print_holidays
from cli.sop_overlay import print_overlays
from sop.loader import examine
from sop.problems import Problem
from sop.procedure import compile_procedure
from workshop.stories import Told, tell_all

app = typer.Typer(help="What coordinators do with definitions.", no_args_is_help=True)
app.command(name="overlays")(print_overlays)
app.command(name="holidays")(print_holidays)
Folder = Annotated[Path, typer.Argument(help="the folder of a procedure", show_default="the shipped procedure")]
Format = Annotated[Literal["full", "json"], typer.Option("--format", help="for people, or for programs")]


@app.command()
def check(folder: Folder = SHIPPED / "trm", format_: Format = "full") -> None:
    """Say everything that is wrong with the files; exit 0 fine, 1 findings, 2 could not run."""
    files = _read(folder)
    definition, problems = examine(files)
    if format_ == "json":
        print(json.dumps([problem.model_dump() for problem in problems], indent=1))
    else:
        for problem in problems:
            print(shown(problem, files))
        what = f"{len(definition.sops)} SOPs" if definition else "no procedure"
        print(f"{len(problems)} findings, {what}.")
    raise typer.Exit(1 if problems else 0)


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


def shown(problem: Problem, files: dict[str, bytes]) -> str:
    """A finding with the line of the file and a caret under the place."""
    lines = files.get(problem.file, b"").decode("utf-8", "replace").splitlines()
    text = f"{problem.file}:{problem.line}:{problem.column} {problem.severity} {problem.code}\n  {problem.message}"
    if 0 < problem.line <= len(lines):
        line = lines[problem.line - 1][:200]
        text += f"\n  | {line}\n  | {' ' * (problem.column - 1)}^"
    return text + (f"\n  help: {problem.help}" if problem.help else "")


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
