"""`caseway sop diff`: what differs between two versions, for the person, for the staff, and in words only."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from cli.calling import Refused, call, cannot_run, door
from cli.folders import files_of
from cli.sop_folder import Overlay, composition_named, named_version
from sop.loader import examine
from sop.model import Definition
from workshop.diff import diff as differences_of
from workshop.differences import Difference, Weight
from workshop.national_diff import Adaptation, Standing, national_differences

HEADINGS: dict[Weight, str] = {"person": "For the person", "staff": "For the staff", "wording": "Words only"}
STANDINGS: dict[Standing, str] = {
    "changed": "",
    "added": "is new.",
    "removed": "is gone.",
    "not_compared": "cannot be compared, for it has errors: run `caseway sop check`.",
}
Version = Annotated[str, typer.Argument(help="a folder, name@version, or a hash")]


def diff(
    before: Version,
    after: Version,
    format_: Annotated[Literal["full", "json"], typer.Option("--format", help="for people, or for programs")] = "full",
    overlay: Overlay = None,
) -> None:
    """Say what differs, in words. Exit 0 nothing differs, 1 differences, 2 could not run.

    Of two folders also what differs in each country and profile; with --overlay what differs in that one alone.
    """
    found = differences_of(_definition(before, overlay), _definition(after, overlay))
    folders = [Path(one) for one in (before, after) if Path(one).is_dir()]
    everywhere = len(folders) == 2 and not overlay
    adaptations = national_differences(*map(files_of, folders)) if everywhere else ()
    if format_ == "json":
        print(json.dumps(_as_json(found, adaptations), indent=1, ensure_ascii=False))
    else:
        for line in _lines(found, adaptations):
            print(line)
    raise typer.Exit(1 if found or adaptations else 0)


def _as_json(found: tuple[Difference, ...], adaptations: tuple[Adaptation, ...]) -> dict[str, Any]:
    told = [
        {"name": one.name, "title": one.title, "standing": one.standing}
        | {"differences": [each.model_dump() for each in one.differences]}
        for one in adaptations
    ]
    return {"differences": [one.model_dump() for one in found], "adaptations": told}


def _lines(found: tuple[Difference, ...], adaptations: tuple[Adaptation, ...]) -> Iterable[str]:
    yield from _told(found, "")
    for adaptation in adaptations:
        yield f"{adaptation.title} ({adaptation.name}) {STANDINGS[adaptation.standing]}".rstrip()
        yield from _told(adaptation.differences, "  ")
    every = [*found, *(one for adaptation in adaptations for one in adaptation.differences)]
    counts = ", ".join(f"{sum(one.weight == w for one in every)} {HEADINGS[w].lower()}" for w in HEADINGS)
    where = f" In {len(adaptations)} countries and profiles something differs." if adaptations else ""
    yield f"{len(every)} differences: {counts}.{where}" if every or adaptations else "Nothing differs."


def _told(found: tuple[Difference, ...], indent: str) -> Iterable[str]:
    for weight, heading in HEADINGS.items():
        mine = [one for one in found if one.weight == weight]
        if mine:
            yield indent + heading
        place: tuple[str, ...] | None = None
        for one in mine:
            if one.place != place:
                place = one.place
                yield f"{indent}  {' › '.join(place) or 'The procedure'}"
            yield f"{indent}    {one.text}" + (f" ({one.source})" if one.source else "")


def _definition(named: str, overlay: str | None) -> Definition:
    if Path(named).is_dir():
        files = files_of(Path(named))
        definition, problems = examine(files, composition_named(files, overlay) if overlay else None)
        if definition is None:
            cannot_run(f"{named} has {len(problems)} findings: run `caseway sop check` first.")
        return definition
    if overlay:
        cannot_run(f"--overlay is for folders, and {named} is none. A published adaptation has a hash of its own.")
    if not named_version(named):
        cannot_run(f"There is no folder {named}. What is published is named as name@version, or by its hash.")
    with door("coordinator") as client:
        try:
            listed = call(client, "GET", "/v1/procedures")["procedures"]
            row = _row(listed, named)
            found = call(client, "GET", f"/v1/procedures/{row['name']}/{row['hash']}")
        except Refused as refused:
            cannot_run(refused.sentence)
    return Definition.model_validate(found["definition"])


def _row(listed: list[dict[str, Any]], named: str) -> dict[str, Any]:
    found = next((row for row in listed if named in (row["hash"], f"{row['name']}@{row['version']}")), None)
    if found is None:
        cannot_run(f"There is no folder {named}, and nothing is published under this name.")
    return found
