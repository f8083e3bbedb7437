"""`caseway people`: who is told of reminders and escalations, in which roles, in which countries, and how."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Column, Table

from cli.calling import cannot_run
from cli.own_database import with_database
from runtime.settings import Settings

if TYPE_CHECKING:
    from store.database import Database
    from store.people import People, Person

app = typer.Typer(add_completion=False, help="Who is told of reminders and escalations, and how.", no_args_is_help=True)
NONE = "none"

Roles = Annotated[list[str] | None, typer.Option("--role", help="a role that they hold; repeat it for several")]
Countries = Annotated[
    list[str] | None,
    typer.Option("--country", help="where they hold it, as AT; * for everywhere; repeat it"),
]
Language = Annotated[str | None, typer.Option(help="the language of their mails, as sr-Latn")]
Address = Annotated[str | None, typer.Option(help="their mail address, or none")]
Zone = Annotated[str | None, typer.Option(help="their time zone, as Europe/Belgrade")]
Quiet = Annotated[str | None, typer.Option(help="their quiet hours, as 20:00-07:00, or none")]
Digest = Annotated[str | None, typer.Option(help="when they want one mail a day, as 08:30; none: at once")]


@app.command("list")
def list_(
    addresses: Annotated[bool, typer.Option("--addresses", help="show the mail addresses")] = False,
    format: Annotated[Literal["table", "json"], typer.Option(help="table or json")] = "table",
) -> None:
    """Everybody who can be told. Addresses are shown only when you ask for them."""

    async def work(database: "Database", settings: Settings) -> "list[Person]":
        return await _people(database, settings).all()

    people = with_database(work)
    rows = [_shown(person, addresses) for person in people]
    if format == "json":
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    names = ("id", "roles", "countries", "language", "address", "zone", "quiet", "digest")
    table = Table(*(Column(name, overflow="fold") for name in names), box=None)
    for row in rows:
        table.add_row(*(" ".join(cell) if isinstance(cell, list) else str(cell or "-") for cell in row.values()))
    Console().print(table)


@app.command()
def add(
    id: Annotated[str, typer.Argument(help="the id with which they sign in; it names nobody")],
    role: Roles = None,
    country: Countries = None,
    language: Language = None,
    address: Address = None,
    zone: Zone = None,
    quiet: Quiet = None,
    digest: Digest = None,
) -> None:
    """Enter somebody. Exit 0 entered, 1 already there or it does not fit, 2 could not run."""
    wishes = _wishes(role, country, language, address, zone, quiet, digest)

    async def work(database: "Database", settings: Settings) -> str | None:
        people = _people(database, settings)
        if await people.get(id):
            return f"{id} is already there: use `caseway people change`."
        given = {"id": id, "roles": (), "countries": ()} | wishes
        return await _keep(database, people, given)

    _end(with_database(work))


@app.command()
def change(
    id: Annotated[str, typer.Argument(help="whom")],
    role: Roles = None,
    country: Countries = None,
    language: Language = None,
    address: Address = None,
    zone: Zone = None,
    quiet: Quiet = None,
    digest: Digest = None,
) -> None:
    """Change what you name; the rest stays. Exit 0 changed, 1 nobody of this id or it does not fit, 2 could not run."""
    wishes = _wishes(role, country, language, address, zone, quiet, digest)

    async def work(database: "Database", settings: Settings) -> str | None:
        people = _people(database, settings)
        known = await people.get(id)
        if known is None:
            return f"There is nobody of the id {id}: see `caseway people list`."
        return await _keep(database, people, known.model_dump() | wishes)

    _end(with_database(work))


@app.command()
def remove(id: Annotated[str, typer.Argument(help="whom")]) -> None:
    """Remove somebody, with their webhooks and calendar. Exit 0 removed, 1 nobody of this id, 2 could not run."""

    async def work(database: "Database", settings: Settings) -> str | None:
        gone = await _people(database, settings).remove(id, datetime.now(UTC))
        return None if gone else f"There is nobody of the id {id}: see `caseway people list`."

    _end(with_database(work))


def _people(database: "Database", settings: Settings) -> "People":
    from store.people import People

    return People(database, settings.keys.post)


async def _keep(database: "Database", people: "People", given: dict[str, Any]) -> str | None:
    from store.people import Person, readable

    try:
        person = Person.model_validate(given)
    except ValueError as error:
        return f"This does not fit: {readable(error)}."
    if unknown := set(person.roles) - await _known_roles(database, person.roles):
        return f"No published procedure has the role {', '.join(sorted(unknown))}: nobody would ever be told in it."
    await people.keep(person, datetime.now(UTC))
    return None


async def _known_roles(database: "Database", asked: Sequence[str]) -> set[str]:
    """The roles of the published base procedures; a role asked for counts as known where none is published."""
    from sop.loader import load
    from store.procedures import Procedures

    rows = [row for row in await Procedures(database).all() if row.country is None]
    if not rows:
        return set(asked)
    heads = (load({name: text.encode() for name, text in row.files.items()}).head for row in rows)
    return {role for head in heads for role in head.roles}


def _wishes(
    role: list[str] | None,
    country: list[str] | None,
    language: str | None,
    address: str | None,
    zone: str | None,
    quiet: str | None,
    digest: str | None,
) -> dict[str, Any]:
    """What was given on the command line, as fields of a person."""
    wishes: dict[str, Any] = {"language": language, "zone": zone}
    wishes |= {"roles": tuple(role) if role else None, "countries": tuple(country) if country else None}
    wishes = {name: value for name, value in wishes.items() if value is not None}
    if address is not None:
        wishes["address"] = None if address == NONE else address
    if digest is not None:
        wishes["digest_at"] = None if digest == NONE else digest
    if quiet is not None:
        begin, dash, end = quiet.partition("-")
        if quiet != NONE and not dash:
            cannot_run("Write --quiet as 20:00-07:00, or none.")
        wishes |= {"quiet_from": begin, "quiet_until": end} if dash else {"quiet_from": None, "quiet_until": None}
    return wishes


def _shown(person: "Person", addresses: bool) -> dict[str, Any]:
    begin, end = person.quiet_from, person.quiet_until
    hidden = "yes" if person.address else None
    return {
        "id": person.id,
        "roles": list(person.roles),
        "countries": list(person.countries),
        "language": person.language,
        "address": person.address if addresses else hidden,
        "zone": person.zone,
        "quiet": f"{begin:%H:%M}-{end:%H:%M}" if begin and end else None,
        "digest": f"{person.digest_at:%H:%M}" if person.digest_at else None,
    }


def _end(trouble: str | None) -> None:
    if trouble is not None:
        print(trouble)
        raise typer.Exit(1)
