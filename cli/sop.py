"""The coordinators' commands: check a procedure; the others stand in files of their own."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.folders import SHIPPED
from cli.showing import files_in, shown
from cli.sop_simulate import simulate
from cli.sop_test import test
from sop.loader import examine

app = typer.Typer(help="What coordinators do with definitions.", no_args_is_help=True)
Folder = Annotated[Path, typer.Argument(help="the folder of a procedure", show_default="the shipped procedure")]
Format = Annotated[Literal["full", "json"], typer.Option("--format", help="for people, or for programs")]


@app.command()
def check(folder: Folder = SHIPPED / "trm", format_: Format = "full") -> None:
    """Say everything that is wrong with the files; exit 0 fine, 1 findings, 2 could not run."""
    files = files_in(folder)
    definition, problems = examine(files)
    if format_ == "json":
        print(json.dumps([problem.model_dump() for problem in problems], indent=1))
    else:
        for problem in problems:
            print(shown(problem, files))
        what = f"{len(definition.sops)} SOPs" if definition else "no procedure"
        print(f"{len(problems)} findings, {what}.")
    raise typer.Exit(1 if problems else 0)


app.command()(test)
app.command()(simulate)
