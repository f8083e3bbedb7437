"""`caseway sop check`: everything that is wrong with a procedure, and the mending of what can be mended in one way."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.folders import SHIPPED, files_of, left_out
from sop.loader import base_of, found_of, overlays_in
from sop.problems import Problem, did_you_mean
from workshop.check import findings
from workshop.example import good
from workshop.mending import Files, mended
from workshop.pages import page_text
from workshop.registry import PAGES, handbook
from workshop.reports import Format, difference, mended_text, report
from workshop.running_out import running_out


def check(
    folder: Annotated[
        Path, typer.Argument(help="the folder of a procedure", show_default="the shipped procedure")
    ] = SHIPPED / "trm",
    format_: Annotated[Format, typer.Option("--format", help="for people, or for programs")] = "full",
    fix: Annotated[bool, typer.Option("--fix", help="mend what can be mended in one way only")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="with --fix: show the changes, make none")] = False,
    proving: Annotated[bool, typer.Option("--prove", help="prove the rights too; takes some seconds")] = False,
    explain: Annotated[str | None, typer.Option(help="print the page of this code, or of all")] = None,
) -> None:
    """Say everything that is wrong with the files; exit 0 fine, 1 findings, 2 could not run."""
    if explain is not None:
        _explain(explain)
        return
    if not folder.is_dir():
        print(f"There is no folder {folder.name}.")
        raise typer.Exit(2)
    files, ignored = files_of(folder), left_out(folder)
    if fix:
        files = _fix(folder, files, ignored, dry_run=dry_run)
    today = datetime.now(UTC).date()
    definition, problems = findings(files, ignored, proving=proving, today=today)
    problems += _calendars_of_overlays(files, today)
    print(report(format_, problems, files, definition, f"{folder.as_posix().rstrip('/')}/"))
    raise typer.Exit(1 if problems else 0)


def _calendars_of_overlays(files: Files, today: date) -> list[Problem]:
    """National calendars that will soon list no more holidays."""
    found: list[Problem] = []
    for name in overlays_in(files) if base_of(files).definition else ():
        one = found_of(files, name)
        if one.definition:
            found += running_out(one.definition, one.trees, today)
    return found


def _explain(code: str) -> None:
    if code == "all":
        print(handbook(), end="")
        return
    page = PAGES.get(code)
    if page is None:
        print(f"There is no code ‘{code}’. {did_you_mean(code, set(PAGES))}")
        raise typer.Exit(2)
    print(f"{code}\n\n{page_text(page, good(page))}", end="")


def _fix(folder: Path, files: Files, ignored: dict[str, str], *, dry_run: bool) -> Files:
    """Mend the files on the disk, and say what was mended; or only show it, and leave with 1 where there is something."""

    def problems(tried: Files) -> list[Problem]:
        return findings(tried, ignored)[1]

    after, mends = mended(files, problems)
    if dry_run:
        print(difference(files, after) or "Nothing can be mended in one way only.")
        raise typer.Exit(1 if mends else 0)
    for name in {mend.file for mend in mends}:
        (folder / name).write_bytes(after[name])
    for mend in mends:
        print(mended_text(mend))
    return after
