"""What every coordinator's command shows alike: findings with their place, and why it could not run."""

from pathlib import Path
from typing import NoReturn

import typer

from cli.folders import files_of
from sop.loader import examine
from sop.problems import Problem
from sop.procedure import Procedure, compile_procedure


def shown(problem: Problem, files: dict[str, bytes]) -> str:
    """A finding with the line of the file and a caret under the place."""
    lines = files.get(problem.file, b"").decode("utf-8", "replace").splitlines()
    text = f"{problem.file}:{problem.line}:{problem.column} {problem.severity} {problem.code}\n  {problem.message}"
    if 0 < problem.line <= len(lines):
        line = lines[problem.line - 1][:200]
        text += f"\n  | {line}\n  | {' ' * (problem.column - 1)}^"
    return text + (f"\n  help: {problem.help}" if problem.help else "")


def cannot_run(text: str) -> NoReturn:
    """Say why, and end with exit code 2."""
    print(text)
    raise typer.Exit(2)


def files_in(folder: Path) -> dict[str, bytes]:
    """The files of the procedure in this folder; ends the command where there is no such folder."""
    if not folder.is_dir():
        cannot_run(f"There is no folder {folder.name}.")
    return files_of(folder)


def procedure_in(folder: Path) -> Procedure:
    """The procedure in this folder; ends the command with every finding where there is none."""
    files = files_in(folder)
    definition, problems = examine(files)
    if definition is None:
        cannot_run("\n".join(shown(problem, files) for problem in problems))
    return compile_procedure(definition)
