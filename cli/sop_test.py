"""`caseway sop test`: the stories beside a procedure, played on a virtual clock, and what they cover."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer
from rich.console import Console
from rich.progress import Progress

from cli.calling import cannot_run
from cli.folders import SHIPPED
from cli.showing import files_in
from cli.sop_folder import Overlay, composition_named
from sop.loader import examine
from sop.procedure import Procedure, compile_procedure
from workshop.coverage import KINDS
from workshop.reports import shown
from workshop.stories import FOLDER, OF_OVERLAYS, Told, stories_of, tell_all, told_overlays
from workshop.suggesting import Suggestions, in_words, suggest

Folder = Annotated[Path, typer.Argument(help="the folder of a procedure", show_default="the shipped procedure")]
Format = Annotated[Literal["full", "json"], typer.Option("--format", help="for people, or for programs")]
Suggest = Annotated[bool, typer.Option("--suggest", help="seek stories for what is not covered")]
Out = Annotated[Path | None, typer.Option("--out", help="the folder for suggested stories; made where it is not there")]
Seconds = Annotated[float, typer.Option("--seconds", min=1, help="seek no longer than this")]
AllOverlays = Annotated[bool, typer.Option("--all-overlays", help="the stories of the base and of every overlay")]
Covers = Annotated[bool, typer.Option("--covers", help="say for every part which stories cover it")]


def test(
    folder: Folder = SHIPPED / "trm",
    format_: Format = "full",
    suggest_: Suggest = False,
    out: Out = None,
    seconds: Seconds = 60,
    covers: Covers = False,
    overlay: Overlay = None,
    all_overlays: AllOverlays = False,
) -> None:
    """Play the scenarios beside the procedure on a virtual clock; exit 1 where a story does not come true.

    With --overlay the stories of that overlay are played on what it makes of the base, with --all-overlays all stories.
    With --suggest, stories are sought on the real engine for what none covers, and written into --out.
    """
    if all_overlays and (overlay or suggest_ or covers):
        cannot_run("--all-overlays plays all stories; --overlay, --suggest and --covers are of one procedure alone.")
    if all_overlays:
        _test_all(folder, format_)
    if out and not suggest_:
        cannot_run("--out is for suggested stories, which --suggest seeks.")
    files = files_in(folder)
    named = composition_named(files, overlay) if overlay else None
    procedure = _procedure(files, named)
    if suggest_ and out is None:
        cannot_run("Name a folder for the suggested stories with --out.")
    told = tell_all(procedure, *_stories(files, named))
    found = _seek(procedure, told, seconds) if suggest_ else None
    if found and out:
        _write(found, out)
    if format_ == "json":
        print(json.dumps(_as_json(told, found), indent=1, ensure_ascii=False))
    else:
        _print_stories(told, files)
        _print_coverage(procedure, told, covers, left_out=named is not None)
        if found and out:
            _print_found(procedure, found, out)
    raise typer.Exit(1 if told.failed else 0)


def _test_all(folder: Path, format_: str) -> NoReturn:
    """The stories of the base, and of every overlay and profile that has some."""
    files = files_in(folder)
    told: dict[str, Told] = {}
    with Progress(console=Console(stderr=True), transient=True) as progress:
        for name in progress.track(["", *told_overlays(files)], description="Playing the stories"):
            told[name] = tell_all(_procedure(files, name or None), *_stories(files, name or None))
    if format_ == "json":
        print(json.dumps({name: _as_json(one, None) for name, one in told.items()}, indent=1, ensure_ascii=False))
    else:
        for one in told.values():
            _print_stories(one, files)
        stories = sum(len(one.players) for one in told.values())
        print(f"{stories} stories, of the base and of {len(told) - 1} overlays and profiles.")
    raise typer.Exit(1 if any(one.failed for one in told.values()) else 0)


def _procedure(files: dict[str, bytes], overlay: str | None) -> Procedure:
    definition, problems = examine(files, overlay)
    if definition is None:
        for problem in problems:
            print(shown(problem, files))
        raise typer.Exit(1)
    return compile_procedure(definition)


def _stories(files: dict[str, bytes], overlay: str | None) -> tuple[dict[str, bytes], str]:
    """The files with the stories, and the folder in which they stand."""
    return (stories_of(files, overlay), OF_OVERLAYS) if overlay else (files, FOLDER)


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


def _print_stories(told: Told, files: dict[str, bytes]) -> None:
    console = Console(highlight=False, soft_wrap=True, markup=False)
    for problem in told.problems:
        console.print(shown(problem, files))
    for name, player in told.players.items():
        console.print(f"{'FAILED' if player.failures else 'ok    '} {name}: {player.scenario.scenario}")
        for failure in player.failures:
            console.print(f"         {failure}")


def _print_coverage(procedure: Procedure, told: Told, covers: bool, *, left_out: bool) -> None:
    """What the stories cover. Those of an overlay tell what is different: `left_out` says not what they never cover."""
    console = Console(highlight=False, soft_wrap=True, markup=False)
    coverage = told.coverage
    for kind, parts in coverage.parts.items():
        if parts:
            covered = len(parts) - len(coverage.missed(kind))
            console.print(f"{KINDS[kind]:28} {covered:4} of {len(parts):4}  {100 * covered / len(parts):5.1f} %")
    if covers:
        for part, stories in coverage.covered_by.items():
            console.print(f"{part}: {', '.join(story.rsplit('/', 1)[-1] for story in stories)}")
    for part in () if left_out else coverage.all_missed:
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
