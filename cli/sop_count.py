"""`caseway sop count`: when a length ends that begins with an event, and how that was counted."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.folders import SHIPPED, files_of
from sop.compositions import overlays_in
from sop.counting import BUILT_IN, Way, rule_of
from sop.durations import Duration
from sop.loader import load
from sop.problems import DefinitionInvalid, did_you_mean
from workshop.counted import told


def count(
    moment: Annotated[
        str, typer.Argument(help="the event, 2026-03-02T10:00; in the zone of the calendar without an offset")
    ],
    length: Annotated[str, typer.Argument(help="30 days, 5 working days, 3 months, 48 hours")],
    country: Annotated[str, typer.Option(help="whose days count: a country, or a part of one (de_by)")] = "default",
    rule: Annotated[str | None, typer.Option(help="the counting rule; that of the calendar without it")] = None,
    folder: Annotated[
        Path, typer.Option(help="the folder of a procedure", show_default="the shipped procedure")
    ] = SHIPPED / "trm",
) -> None:
    """Count one length by the calendars and rules of a procedure, and say how; exit 2 where that cannot be done."""
    if not folder.is_dir():
        raise _cannot(f"There is no folder {folder.name}.")
    files = files_of(folder)
    overlay = country[:2].lower()
    try:
        head = load(files, overlay if overlay in overlays_in(files) else None).head
    except DefinitionInvalid as invalid:
        raise _cannot(f"The definitions have {invalid}: run `caseway sop check`.") from None
    calendar = head.calendars.get(country) or head.calendars.get(country.upper())
    if calendar is None:
        raise _cannot(f"There is no calendar ‘{country}’. {did_you_mean(country, set(head.calendars))}")
    known = {*head.counting_rules, *BUILT_IN}
    if rule is not None and rule not in known:
        raise _cannot(f"There is no counting rule ‘{rule}’. {did_you_mean(rule, known)}")
    try:
        anchor = datetime.fromisoformat(moment)
    except ValueError:
        raise _cannot(f"‘{moment[:40]}’ is no moment: write for example 2026-03-02T10:00.") from None
    try:
        counted = Duration.parse(length)
        anchor = anchor if anchor.tzinfo else anchor.replace(tzinfo=calendar.tz)
        lines = told(anchor, counted, Way(calendar, rule_of(rule, calendar, head.counting_rules)))
    except (ValueError, OverflowError) as error:
        raise _cannot(f"That cannot be counted: {error}.") from None
    print("\n".join(lines))


def _cannot(why: str) -> typer.Exit:
    print(why.rstrip())
    return typer.Exit(2)
