"""`caseway sop publish`: a folder becomes a version for ever."""

from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated

import typer

from cli.calling import Refused, call, cannot_run, door, waiting
from cli.folders import files_of
from sop.loader import examine
from sop.model import Definition
from sop.problems import Problem
from workshop.reports import shown


def publish(
    folder: Annotated[Path, typer.Argument(help="the folder of a procedure")],
    why: Annotated[str, typer.Option(help="what has changed, and why")],
    overlay: Annotated[str | None, typer.Option(help="what this overlay makes of the base")] = None,
    from_: Annotated[str | None, typer.Option("--from", help="the day from which new cases begin with it")] = None,
) -> None:
    """Publish a version; running cases stay on theirs. Exit 0 published, 1 refused, 2 could not run."""
    if not folder.is_dir():
        cannot_run(f"There is no folder {folder.name}.")
    files = files_of(folder)
    definition, problems = examine(files, overlay)
    if definition is None:
        _say(problems, files)
        raise typer.Exit(1)
    body: dict[str, object] = {"files": texts(files), "why": why}
    if overlay is not None:
        body["overlay"] = overlay
    if from_ is not None:
        body["in_force_from"] = _moment(definition, from_)
    with door("coordinator") as client, waiting("the rights are proved, then it is published"):
        try:
            said = call(client, "POST", "/v1/procedures", body)
        except Refused as refused:
            _say([Problem.model_validate(one) for one in refused.problem.get("problems", ())], files)
            print(refused.sentence)
            raise typer.Exit(1) from None
    _say([Problem.model_validate(one) for one in said["warnings"]], files)
    print(f"{said['name']}@{said['version']} {said['hash']}")
    if said["waits_for_second"]:
        print(f"It counts when a second person has confirmed it: caseway sop confirm {said['name']}@{said['version']}")
    else:
        print(f"New cases begin with it from {said['in_force_from']} on.")


def texts(files: dict[str, bytes]) -> dict[str, str]:
    """The files as texts; an end with exit code 2 where one is none."""
    found = {}
    for name, content in files.items():
        try:
            found[name] = content.decode()
        except UnicodeDecodeError:
            cannot_run(f"{name} is not UTF-8 text.")
    return found


def _moment(definition: Definition, day: str) -> str:
    """The beginning of the day in the zone of the procedure."""
    try:
        return datetime.combine(date.fromisoformat(day), time.min, definition.head.calendars["default"].tz).isoformat()
    except ValueError:
        cannot_run("Write the day of --from as 2027-01-01.")


def _say(problems: list[Problem], files: dict[str, bytes]) -> None:
    for problem in problems:
        print(shown(problem, files))
