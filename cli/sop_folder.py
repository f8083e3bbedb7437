"""The procedure in a folder that a command was given, or a clear end of the command where there is none."""

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.folders import files_of
from sop.compositions import overlays_in
from sop.loader import examine
from sop.model import Definition
from sop.problems import Problem, did_you_mean

Folder = Annotated[Path, typer.Argument(help="the folder of a procedure", show_default="the shipped procedure")]
Overlay = Annotated[
    str | None,
    typer.Option("--overlay", help="a country or a profile, or several such as rs+labour: the base as they make it"),
]


def composition_named(files: dict[str, bytes], overlay: str) -> str:
    """The name of the composition as the files spell it: `RS` is `rs`; exit 2 where there is no such overlay."""
    known = overlays_in(files)
    for name in overlay.lower().split("+"):
        if name not in known:
            print(f"There is no overlay and no profile ‘{name}’. {did_you_mean(name, known)}", file=sys.stderr)
            raise typer.Exit(2)
    return overlay.lower()


def definition_in(folder: Path, overlay: str | None = None) -> tuple[Definition, dict[str, bytes]]:
    """The procedure, or what the overlay makes of it, and the files; exit 2 where there is no folder or no such overlay,
    1 where the files are no procedure."""
    if not folder.is_dir():
        print(f"There is no folder {folder.name}.")
        raise typer.Exit(2)
    files = files_of(folder)
    definition, problems = examine(files, composition_named(files, overlay) if overlay else None)
    if definition is None:
        for problem in problems:
            print(_line(problem))
        print("This is no procedure yet; caseway sop check shows each place.")
        raise typer.Exit(1)
    return definition, files


def _line(problem: Problem) -> str:
    return f"{problem.file}:{problem.line}:{problem.column} {problem.code} {problem.message}"


def named_version(named: str) -> bool:
    """Whether this can be `name@version` or a hash; anything else can only be meant as a folder."""
    return "/" not in named and ("@" in named or re.fullmatch("[0-9a-f]{64}", named) is not None)


def folder_for(out: Path) -> Path:
    """The folder that a command writes into, made where it is not there; exit 2 with one sentence where that cannot be."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        print(f"Cannot make the folder {out.name}: {error.strerror}.")
        raise typer.Exit(2) from None
    return out


def write(text: str | bytes, out: Path) -> None:
    """Write a file that a command was asked for; exit 2 with one sentence where that cannot be."""
    try:
        out.write_bytes(text.encode() if isinstance(text, str) else text)
    except OSError as error:
        print(f"Cannot write {out.name}: {error.strerror}.")
        raise typer.Exit(2) from None
