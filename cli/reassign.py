"""`caseway reassign`: the open cases of one case manager are given to another; it may be stopped and run again."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cli.calling import Refused, call, cannot_run, door

MOST = 10
"""So many cases in one call: Ctrl-C stops after those."""
PATIENCE = 40
LONGEST_PAUSE = 3.0


def reassign(
    from_: Annotated[str | None, typer.Option("--from", help="the id of the user whose cases are given over")] = None,
    to: Annotated[str | None, typer.Option(help="the id of the user who gets them")] = None,
    country: Annotated[str | None, typer.Option(help="only the cases kept in this country")] = None,
    reason: Annotated[str, typer.Option(help="a code: leave, left, workload, conflict, wish, other")] = "other",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would change")] = False,
    undo: Annotated[str | None, typer.Option(help="give back what this reassignment has given over")] = None,
) -> None:
    """Give the open cases of a case manager to another. Ctrl-C stops after those under way; run it again to go on.

    Exit 0 every case was given over (or back), 1 some were not, 2 could not run.
    """
    if undo is None and (not from_ or not to):
        cannot_run("Name both users: caseway reassign --from A --to B; or caseway reassign --undo ID.")
    with door("supervisor") as client, _stoppable() as stopped:
        try:
            if undo is not None:
                raise typer.Exit(_undone(client, undo, stopped))
            made = call(client, "POST", "/v1/reassignments", _wish(from_, to, country, reason))
            _print(made)
            if dry_run:
                print("Nothing was changed.")
                raise typer.Exit(1 if made["counts"]["cannot"] else 0)
            raise typer.Exit(_given(client, made, stopped))
        except Refused as refused:
            cannot_run(refused.sentence)


def _wish(from_: str | None, to: str | None, country: str | None, reason: str) -> dict[str, Any]:
    where = {"country": country} if country else {}
    return {"from": from_, "to": to, "reason": reason, "where": where}


def _given(client: Any, made: dict[str, Any], stopped: list[bool]) -> int:
    total = made["counts"]["waiting"]
    now = _carried_on(client, made["id"], "apply", total, lambda one: one["counts"]["waiting"], stopped)
    counts = now["counts"] if now else made["counts"]
    print(
        f"{counts['done']} of {total} given to {made['to_user']}, {counts['waiting']} wait, "
        f"{counts['moved_on']} have another by now, {counts['cannot']} cannot."
    )
    if counts["done"]:
        print(f"Give them back with: caseway reassign --undo {made['id']}")
    return 1 if counts["waiting"] or counts["moved_on"] or counts["cannot"] else 0


def _undone(client: Any, id: str, stopped: list[bool]) -> int:
    made = call(client, "GET", f"/v1/reassignments/{id}")
    total = sum(line["can_be_undone"] for line in made["lines"])
    now = _carried_on(client, id, "undo", total, lambda one: one["undoable"], stopped)
    counts = now["counts"] if now else made["counts"]
    left = counts["done"]
    print(f"{counts['undone']} given back to {made['from_user']}, {left} stay, for somebody has worked on them since.")
    return 1 if left else 0


def _carried_on(
    client: Any, id: str, what: str, total: int, left_of: Any, stopped: list[bool]
) -> dict[str, Any] | None:
    """Call after call until none is left, nothing more can be done, or somebody stops it; the last answer."""
    now: dict[str, Any] | None = None
    columns = (TextColumn("giving"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=total)
        left, idle = total, 0
        while left and idle < PATIENCE and not stopped:
            try:
                now = call(client, "POST", f"/v1/reassignments/{id}/{what}", {"most": MOST})
            except Refused as refused:
                if refused.status not in (429, 502, 503, 504):
                    raise
                idle = _rested(idle)
                continue
            done, left = left - left_of(now), left_of(now)
            progress.advance(task, done)
            idle = 0 if done else _rested(idle)
    for trouble in (now or {}).get("troubles", ()):
        print(f"{trouble['case_id']}: {trouble['text']}")
    if stopped:
        print("Stopped. Run it again to go on.")
    return now


def _rested(idle: int) -> int:
    time.sleep(min(LONGEST_PAUSE, 0.2 * 2**idle))
    return idle + 1


@contextmanager
def _stoppable() -> Iterator[list[bool]]:
    """Not empty once somebody has asked to stop."""
    stopped: list[bool] = []
    before = {sign: signal.signal(sign, lambda *_: stopped.append(True)) for sign in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


def _print(made: dict[str, Any]) -> None:
    for line in made["lines"]:
        said = [f"{line['overdue']} overdue" if line["overdue"] else "", _due(line["nearest_due"])]
        said += ["an offer lapses" if line["offer_lapses"] else "", "a cover ends" if line["cover_ends"] else ""]
        said += [f"cannot: {reason['text']} {reason['remedy']}" for reason in line["reasons"]]
        print(f"{line['case_id']} {line['country']} {'; '.join(part for part in said if part)}".rstrip())
    print(f"{len(made['lines'])} open cases of {made['from_user']}; {made['counts']['waiting']} can be given over.")


def _due(moment: str | None) -> str:
    return f"next due {datetime.fromisoformat(moment):%Y-%m-%d %H:%M} UTC" if moment else ""
