"""`caseway sop diff`: what differs between two versions, for the person, for the staff, and in words only."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from cli.calling import Refused, call, cannot_run, door
from cli.folders import files_of
from sop.loader import examine
from sop.model import Definition
from workshop.diff import diff as differences_of
from workshop.differences import Difference, Weight

HEADINGS: dict[Weight, str] = {"person": "For the person", "staff": "For the staff", "wording": "Words only"}
Version = Annotated[str, typer.Argument(help="a folder, name@version, or a hash")]


def diff(
    before: Version,
    after: Version,
    format_: Annotated[Literal["full", "json"], typer.Option("--format", help="for people, or for programs")] = "full",
) -> None:
    """Say what differs, in words. Exit 0 nothing differs, 1 differences, 2 could not run."""
    found = differences_of(_definition(before), _definition(after))
    if format_ == "json":
        print(json.dumps([one.model_dump() for one in found], indent=1, ensure_ascii=False))
    else:
        for line in _lines(found):
            print(line)
    raise typer.Exit(1 if found else 0)


def _lines(found: tuple[Difference, ...]) -> Iterable[str]:
    for weight, heading in HEADINGS.items():
        mine = [one for one in found if one.weight == weight]
        if mine:
            yield heading
        place: tuple[str, ...] | None = None
        for one in mine:
            if one.place != place:
                place = one.place
                yield f"  {' › '.join(place) or 'The procedure'}"
            yield f"    {one.text}" + (f" ({one.source})" if one.source else "")
    counts = ", ".join(f"{sum(one.weight == w for one in found)} {HEADINGS[w].lower()}" for w in HEADINGS)
    yield f"{len(found)} differences: {counts}." if found else "Nothing differs."


def _definition(named: str) -> Definition:
    if Path(named).is_dir():
        definition, problems = examine(files_of(Path(named)))
        if definition is None:
            cannot_run(f"{named} has {len(problems)} findings: run `caseway sop check` first.")
        return definition
    with door("coordinator") as client:
        try:
            listed = call(client, "GET", "/v1/procedures")["procedures"]
            row = _row(listed, named)
            found = call(client, "GET", f"/v1/procedures/{row['name']}/{row['hash']}")
        except Refused as refused:
            cannot_run(refused.sentence)
    return Definition.model_validate(found["definition"])


def _row(listed: list[dict[str, Any]], named: str) -> dict[str, Any]:
    row = next((one for one in listed if named in (one["hash"], f"{one['name']}@{one['version']}")), None)
    if row is None:
        cannot_run(f"There is no folder {named}, and nothing is published under this name.")
    return row
