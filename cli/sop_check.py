"""`caseway sop check`: everything that is wrong with a procedure, and the mending of what can be mended in one way."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.folders import SHIPPED, files_of, left_out
from cli.sop_folder import Overlay, composition_named
from sop.problems import Problem, did_you_mean
from workshop.check import all_findings, findings
from workshop.reports import Files, Format, difference, mended_text, report


def check(
    folder: Annotated[
        Path, typer.Argument(help="the folder of a procedure", show_default="the shipped procedure")
    ] = SHIPPED / "trm",
    format_: Annotated[Format, typer.Option("--format", help="for people, or for programs")] = "full",
    fix: Annotated[bool, typer.Option("--fix", help="mend what can be mended in one way only")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="with --fix: show the changes, make none")] = False,
    proving: Annotated[bool, typer.Option("--prove", help="prove the rights too; takes some seconds")] = False,
    explain: Annotated[str | None, typer.Option(help="print the page of this code, or of all")] = None,
    overlay: Overlay = None,
) -> None:
    """Say everything that is wrong with the files; exit 0 fine, 1 findings, 2 could not run.

    Every overlay and profile is checked too, put onto the base. With --overlay only what that one makes of the base.
    """
    if explain is not None:
        _explain(explain)
        return
    if not folder.is_dir():
        print(f"There is no folder {folder.name}.")
        raise typer.Exit(2)
    files, ignored = files_of(folder), left_out(folder)
    named = composition_named(files, overlay) if overlay else None
    if fix:
        files = _fix(folder, files, ignored, dry_run=dry_run)
    today = datetime.now(UTC).date()
    if named:
        definition, problems = findings(files, ignored, overlay=named, proving=proving, today=today)
    else:
        definition, problems = all_findings(files, ignored, proving=proving, today=today)
    print(report(format_, problems, files, definition, f"{folder.as_posix().rstrip('/')}/"))
    raise typer.Exit(1 if problems else 0)


def _explain(code: str) -> None:
    from workshop.registry import PAGES, handbook, page_of  # all pages are made, which a check has no need of

    if code == "all":
        print(handbook(), end="")
        return
    if code not in PAGES:
        print(f"There is no code ‘{code}’. {did_you_mean(code, set(PAGES))}")
        raise typer.Exit(2)
    print(page_of(code), end="")


def _fix(folder: Path, files: Files, ignored: dict[str, str], *, dry_run: bool) -> Files:
    """Mend the files on the disk, and say what was mended; or only show it, and leave with 1 where there is something."""
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
        print(mended_text(mend))
    return after
