"""`caseway sop test`: the stories beside a procedure, played on a virtual clock, and what they cover."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import Progress

from cli.calling import cannot_run
from cli.folders import SHIPPED
from cli.showing import files_in
from sop.loader import examine
from sop.procedure import Procedure, compile_procedure
from workshop.coverage import KINDS
from workshop.reports import shown
from workshop.stories import Told, tell_all
from workshop.suggesting import Suggestions, in_words, suggest

Folder = Annotated[Path, typer.Argument(help="the folder of a procedure", show_default="the shipped procedure")]
Format = Annotated[Literal["full", "json"], typer.Option("--format", help="for people, or for programs")]
Suggest = Annotated[bool, typer.Option("--suggest", help="seek stories for what is not covered")]
Out = Annotated[Path | None, typer.Option("--out", help="the folder for suggested stories; made where it is not there")]
Seconds = Annotated[float, typer.Option("--seconds", min=1, help="seek no longer than this")]
Covers = Annotated[bool, typer.Option("--covers", help="say for every part which stories cover it")]


def test(
    folder: Folder = SHIPPED / "trm",
    format_: Format = "full",
    suggest_: Suggest = False,
    out: Out = None,
    seconds: Seconds = 60,
    covers: Covers = False,
) -> None:
    """Play the scenarios beside the procedure on a virtual clock; exit 1 where a story does not come true.

    With --suggest, stories are sought on the real engine for what none covers, and written into --out.
    """
    files = files_in(folder)
    definition, problems = examine(files)
    if definition is None:
        for problem in problems:
            print(shown(problem, files))
        raise typer.Exit(1)
    procedure = compile_procedure(definition)
    if suggest_ and out is None:
        cannot_run("Name a folder for the suggested stories with --out.")
    told = tell_all(procedure, files)
    found = _seek(procedure, told, seconds) if suggest_ else None
    if found and out:
        _write(found, out)
    if format_ == "json":
        print(json.dumps(_as_json(told, found), indent=1, ensure_ascii=False))
    else:
        _print_told(procedure, told, files, covers)
        if found and out:
            _print_found(procedure, found, out)
    raise typer.Exit(1 if told.failed else 0)


def _seek(procedure: Procedure, told: Told, seconds: float) -> Suggestions:
    until = time.monotonic() + seconds
    missed = told.coverage.all_missed
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Seeking stories", total=len(missed))

        def begun(part: str) -> None:
            progress.update(task, advance=1, description=f"Seeking {part}")

        return suggest(procedure, missed, _until(until), begun)


def _until(moment: float) -> Callable[[], bool]:
    return lambda: time.monotonic() < moment


def _write(found: Suggestions, out: Path) -> None:
    """Write every suggestion; a file that is there already is never overwritten."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        taken = [one.file for one in found.files if (out / one.file).exists()]
        if taken:
            cannot_run(f"{taken[0]} is already in {out.name}. Name an empty folder with --out.")
        for one in found.files:
            (out / one.file).write_text(one.text, encoding="utf-8")
    except OSError as problem:
        cannot_run(f"{out.name} cannot be written: {problem.strerror}.")


def _as_json(told: Told, found: Suggestions | None) -> dict[str, object]:
    coverage = told.coverage
    said: dict[str, object] = {
        "failed": told.failed,
        "stories": {name: player.failures for name, player in told.players.items()},
        "problems": [problem.model_dump() for problem in told.problems],
        "visited": coverage.total - len(coverage.all_missed),
        "of": coverage.total,
        "missed": list(coverage.all_missed),
        "coverage": {
            kind: {"covered": len(parts) - len(coverage.missed(kind)), "of": len(parts)}
            for kind, parts in coverage.parts.items()
        },
        "covered_by": coverage.covered_by,
    }
    if found:
        said["suggested"] = {one.file: list(one.covers) for one in found.files}
        said["not_found"] = list(found.left)
    return said


def _print_told(procedure: Procedure, told: Told, files: dict[str, bytes], covers: bool) -> None:
    console = Console(highlight=False, soft_wrap=True, markup=False)
    for problem in told.problems:
        console.print(shown(problem, files))
    for name, player in told.players.items():
        console.print(f"{'FAILED' if player.failures else 'ok    '} {name}: {player.scenario.scenario}")
        for failure in player.failures:
            console.print(f"         {failure}")
    coverage = told.coverage
    for kind, parts in coverage.parts.items():
        if parts:
            covered = len(parts) - len(coverage.missed(kind))
            console.print(f"{KINDS[kind]:28} {covered:4} of {len(parts):4}  {100 * covered / len(parts):5.1f} %")
    if covers:
        for part, stories in coverage.covered_by.items():
            console.print(f"{part}: {', '.join(story.removeprefix('scenarios/') for story in stories)}")
    for part in coverage.all_missed:
        console.print(f"Never covered: {part} ({in_words(procedure, part)})")
    count = coverage.total - len(coverage.all_missed)
    console.print(f"{len(told.players)} stories; {count} of {coverage.total} parts visited.")


def _print_found(procedure: Procedure, found: Suggestions, out: Path) -> None:
    console = Console(highlight=False, soft_wrap=True, markup=False)
    for one in found.files:
        console.print(f"suggested {one.file}: {one.steps} steps, covers {len(one.covers)}")
    for part in found.left:
        console.print(f"No story was found for {part} ({in_words(procedure, part)}); perhaps it can never happen.")
    console.print(f"{len(found.files)} suggestions in {out.name}.")
