"""`caseway sop test`: the stories beside a procedure, played on a virtual clock, and what they cover."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from cli.folders import SHIPPED
from cli.showing import files_in, shown
from sop.loader import examine
from sop.procedure import compile_procedure
from workshop.stories import Told, tell_all

Folder = Annotated[Path, typer.Argument(help="the folder of a procedure", show_default="the shipped procedure")]
Format = Annotated[Literal["full", "json"], typer.Option("--format", help="for people, or for programs")]


def test(folder: Folder = SHIPPED / "trm", format_: Format = "full") -> None:
    """Play the scenarios beside the procedure on a virtual clock; exit 1 where a story does not come true."""
    files = files_in(folder)
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
