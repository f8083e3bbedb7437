"""The procedure in a folder that a command was given, or a clear end of the command where there is none."""

from pathlib import Path
from typing import Annotated

import typer

from cli.folders import files_of
from sop.loader import examine
from sop.model import Definition

Folder = Annotated[Path, typer.Argument(help="the folder of a procedure", show_default="the shipped procedure")]


def definition_in(folder: Path) -> tuple[Definition, dict[str, bytes]]:
    """The procedure and its files; exit 2 where there is no folder, 1 where the files are no procedure."""
    if not folder.is_dir():
        print(f"There is no folder {folder.name}.")
        raise typer.Exit(2)
    files = files_of(folder)
    definition, problems = examine(files)
    if definition is None:
        for problem in problems:
            print(f"{problem.file}:{problem.line}:{problem.column} {problem.code} {problem.message}")
        print("This is no procedure yet; caseway sop check shows each place.")
        raise typer.Exit(1)
    return definition, files


def write(text: str | bytes, out: Path) -> None:
    """Write a file that a command was asked for; exit 2 with one sentence where that cannot be."""
    try:
        out.write_bytes(text.encode() if isinstance(text, str) else text)
    except OSError as error:
        print(f"Cannot write {out.name}: {error.strerror}.")
        raise typer.Exit(2) from None
