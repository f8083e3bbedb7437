"""`caseway post`: what waits, what could not be delivered, and trying that again."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.table import Column, Table

from cli.calling import cannot_run
from cli.own_database import with_database
from runtime.settings import Settings

if TYPE_CHECKING:
    from store.database import Database
    from store.deliveries import Counts, Dead, Deliveries

app = typer.Typer(add_completion=False, help="Reminders and escalations on their way to people.", no_args_is_help=True)


@app.command()
def status() -> None:
    """What waits and what is dead. Exit 0 all is well, 1 something is dead or waits for a mail server, 2 could not run."""

    async def work(database: "Database", settings: Settings) -> "tuple[Counts, bool]":
        now = datetime.now(UTC)
        return await _deliveries(database, settings).counts(now), settings.smtp_host is not None

    counts, server = with_database(work)
    print(f"mails waiting   {counts.mails_waiting}")
    print(f"calls waiting   {counts.calls_waiting}")
    print(f"dead            {counts.dead}")
    stuck = counts.mails_waiting > 0 and not server
    if stuck:
        print("Mails wait, and no mail server is set here: set CASEWAY_SMTP_HOST and CASEWAY_SMTP_FROM for the worker.")
    if counts.dead:
        print("See `caseway post dead`.")
    if counts.dead or stuck:
        raise typer.Exit(1)


@app.command()
def dead(format: Annotated[Literal["table", "json"], typer.Option(help="table or json")] = "table") -> None:
    """What could not be delivered, with the code of the error. Exit 0 nothing, 1 something, 2 could not run."""

    async def work(database: "Database", settings: Settings) -> "list[Dead]":
        return await _deliveries(database, settings).dead()

    found = with_database(work)
    if format == "json":
        print(json.dumps([one.model_dump(mode="json") for one in found], indent=2))
    elif found:
        table = Table(
            *(Column(name, overflow="fold") for name in ("id", "to", "case", "tries", "error", "since")), box=None
        )
        for one in found:
            to = f"{one.person} {one.endpoint or ''}".strip()
            table.add_row(
                one.id, to, one.case_id or "digest", str(one.attempts), one.error, f"{one.done_at:%Y-%m-%d %H:%M}"
            )
        Console().print(table)
    if found:
        raise typer.Exit(1)


@app.command()
def replay(
    id: Annotated[str | None, typer.Argument(help="which, by `caseway post dead`")] = None,
    all_: Annotated[bool, typer.Option("--all", help="all that are dead")] = False,
) -> None:
    """Try again, under the same Message-ID. Exit 0 they are on their way, 1 there was none, 2 could not run."""
    if (id is None) != all_:
        cannot_run("Name one delivery, or say --all.")

    async def work(database: "Database", settings: Settings) -> int:
        return await _deliveries(database, settings).replay(id, datetime.now(UTC))

    count = with_database(work)
    print(f"{count} on {'its' if count == 1 else 'their'} way again.")
    if not count:
        raise typer.Exit(1)


def _deliveries(database: "Database", settings: Settings) -> "Deliveries":
    from store.deliveries import Deliveries

    return Deliveries(database, settings.keys.post)
