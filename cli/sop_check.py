"""`caseway sop check`: everything that is wrong with a procedure, and the mending of what can be mended in one way."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.bars import bar_of
from cli.folders import SHIPPED, files_of, left_out
from cli.sop_folder import Overlay, composition_named
from sop.problems import Problem, did_you_mean
from workshop.check import all_findings, findings
from workshop.reports import Files, Format, difference, mended_text, report

FOR_PROGRAMS = ("json", "sarif")
"""Formats of which nothing else may stand in the output."""


def check(
    folder: Annotated[
        Path, typer.Argument(help="the folder of a procedure", show_default="the shipped procedure")
    ] = SHIPPED / "trm",
    format_: Annotated[Format, typer.Option("--format", help="for people, or for programs")] = "full",
    fix: Annotated[bool, typer.Option("--fix", help="mend what can be mended in one way only")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="with --fix: show the changes, make none")] = False,
    proving: Annotated[
        bool, typer.Option("--prove", help="prove the rights too, with every overlay; takes seconds")
    ] = False,
    explain: Annotated[str | None, typer.Option(help="print the page of this code, or of all")] = None,
    overlay: Overlay = None,
) -> None:
    """Say everything that is wrong with the files; exit 0 fine, 1 findings, 2 could not run.

    Every overlay and profile is checked too, put onto the base. With --overlay only what that one makes of the base.
    """
    if explain is not None:
        _explain(explain)
        return
    if dry_run and not fix:
        print("--dry-run goes with --fix: together they show what would be mended.")
        raise typer.Exit(2)
    if dry_run and format_ != "full":
        print("--dry-run shows the changes as a difference, in no other format.")
        raise typer.Exit(2)
    if not folder.is_dir():
        print(f"There is no folder {folder.name}.")
        raise typer.Exit(2)
    files, ignored = files_of(folder), left_out(folder)
    named = composition_named(files, overlay) if overlay else None
    if fix:
        files = _fix(folder, files, ignored, dry_run=dry_run, apart=format_ in FOR_PROGRAMS)
    today = datetime.now(UTC).date()
    if named:
        definition, problems = findings(files, ignored, overlay=named, proving=proving, today=today)
    elif proving:
        with bar_of("Proving") as bar:
            definition, problems = all_findings(files, ignored, proving=True, today=today, progress=bar)
    else:
        definition, problems = all_findings(files, ignored, today=today)
    print(report(format_, problems, files, definition, _before(folder)))
    raise typer.Exit(1 if problems else 0)


def _before(folder: Path) -> str:
    """What stands before the names of files, for programs that know them from where the check was started."""
    return "" if folder == Path() else f"{folder.as_posix().rstrip('/')}/"


def _explain(code: str) -> None:
    from workshop.registry import PAGES, handbook, page_of  # all pages are made, which a check has no need of

    if code == "all":
        print(handbook(), end="")
        return
    if code not in PAGES:
        print(f"There is no code ‘{code}’. {did_you_mean(code, set(PAGES))}")
        raise typer.Exit(2)
    print(page_of(code), end="")


def _fix(folder: Path, files: Files, ignored: dict[str, str], *, dry_run: bool, apart: bool) -> Files:
    """Mend the files on the disk, and say what was mended, `apart` from the findings where a program reads those; or only
    show it, and leave with 1 where there is something."""
    from workshop.mending import mended

    def problems(tried: Files) -> list[Problem]:
        return all_findings(tried, ignored)[1]

    after, mends = mended(files, problems)
    if dry_run:
        print(difference(files, after) or "Nothing can be mended in one way only.")
        raise typer.Exit(1 if mends else 0)
    for name in {mend.file for mend in mends}:
        (folder / name).write_bytes(after[name])
    for mend in mends:
        print(mended_text(mend), file=sys.stderr if apart else sys.stdout)
    return after
