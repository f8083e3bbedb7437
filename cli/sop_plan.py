"""`caseway sop plan`: what a version would mean for every running case."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from cli.calling import Refused, call, cannot_run, door, waiting
from cli.folders import files_of
from cli.sop_folder import named_version
from cli.sop_publish import texts

WHERE = ("sop", "state", "country", "version")


def plan(
    to: Annotated[str, typer.Option(help="name@version, a hash, or a folder that is not published yet")],
    overlay: Annotated[str | None, typer.Option(help="of a folder: what this overlay makes of the base")] = None,
    where: Annotated[
        list[str] | None, typer.Option(help="only cases with state=…, sop=…, country=…, version=…")
    ] = None,
    format_: Annotated[Literal["full", "json"], typer.Option("--format", help="for people, or for programs")] = "full",
) -> None:
    """Say for each running case whether it moves, what changes, or why it cannot.

    Exit 0 every case moves, 1 some cannot, 2 could not run.
    """
    body: dict[str, Any] = {"where": _where(where or [])}
    if Path(to).is_dir():
        body["files"] = texts(files_of(Path(to)))
        if overlay is not None:
            body["overlay"] = overlay
    elif overlay is not None:
        cannot_run("--overlay goes with a folder; a published version of a country has a name of its own.")
    elif not named_version(to):
        cannot_run(f"There is no folder {to}. What is published is named as name@version, or by its hash.")
    else:
        body["to"] = to
    with door("coordinator") as client, waiting("the running cases are looked at"):
        try:
            made = call(client, "POST", "/v1/plans", body)
        except Refused as refused:
            cannot_run(refused.sentence)
    if format_ == "json":
        print(json.dumps(made, indent=1))
    else:
        _print(made)
    raise typer.Exit(1 if made["totals"]["cannot"] else 0)


def _where(pairs: list[str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        if name not in WHERE or not value:
            cannot_run(f"--where takes {', '.join(f'{key}=…' for key in WHERE)}.")
        found[name] = value
    return found


def _print(made: dict[str, Any]) -> None:
    for line in made["lines"]:
        print(f"{line['case_id']} {line['was_version']} -> {_what(line, made['procedure']['version'])}")
        for state in line["states"]:
            before, after = (f"{state['was_sop']}.{state['was_state']}", f"{state['sop']}.{state['state']}")
            print(f"    {before} becomes {after}")
        for clock in line["clocks"]:
            print(f"    {_clock(clock)}")
        for reason in line["reasons"]:
            print(f"    {reason['text']} {reason['remedy']}")
    print(made["summary"])
    if not made["lines"]:
        print("A version of a country takes the cases of this country, the base those of countries without one.")
    if made["id"]:
        print(f"Plan {made['id']}; carry it out with: caseway sop apply {made['id']}")
    else:
        print("This version is not published; nothing was kept.")


def _what(line: dict[str, Any], version: str) -> str:
    return version if line["moves"] else "cannot move"


def _clock(clock: dict[str, Any]) -> str:
    match clock["what"]:
        case "starts":
            return f"‘{clock['title']}’ starts: {clock['length']}, due {_day(clock['due'])}"
        case "ends":
            return f"‘{clock['title']}’ ends; it was due {_day(clock['was_due'])}"
        case "kept":
            return f"‘{clock['title']}’ stays until {_day(clock['due'])}; the version does not shorten it"
        case _:
            lengths = f"{clock['was_length']} -> {clock['length']}"
            return f"‘{clock['title']}’ {lengths}, due {_day(clock['was_due'])} -> {_day(clock['due'])}"


def _day(moment: str | None) -> str:
    return f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M}" if moment else "when it goes on"
