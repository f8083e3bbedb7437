"""The people who are told of reminders and escalations: which roles they hold where, and how they wish to be reached."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, time
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, model_validator
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from sop.calendars import Zone
from sop.shapes import Name, Value
from store import sealing
from store.database import Database

EVERYWHERE = "*"
"""In place of a country: the roles are held in every one."""

PersonId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,40}$")]
_WORD = r"[A-Za-z0-9_%+'-]+"
Address = Annotated[
    str,
    StringConstraints(pattern=rf"^{_WORD}(\.{_WORD})*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$", max_length=254),
]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")]
Country = Annotated[str, StringConstraints(pattern=r"^([A-Z]{2}|\*)$")]


class Person(Value):
    """A user as the post knows them. Quiet hours and the time of the digest count in `zone`.

    `digest_at` None: told at once. `hooked` says that a webhook of theirs is switched on; it is read, never written.
    """

    id: PersonId
    roles: Annotated[tuple[Name, ...], Field(min_length=1, max_length=40)]
    countries: Annotated[tuple[Country, ...], Field(min_length=1, max_length=60)]
    language: Language = "en"
    address: Address | None = None
    zone: Zone = "Europe/Vienna"
    quiet_from: time | None = None
    quiet_until: time | None = None
    digest_at: time | None = None
    hooked: bool = False

    @model_validator(mode="after")
    def _quiet_hours_are_whole(self) -> Self:
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise ValueError("quiet hours have a beginning and an end")
        if self.quiet_from is not None and self.quiet_from == self.quiet_until:
            raise ValueError("quiet hours end at another time than they begin")
        return self

    def holds(self, role: str, country: str) -> bool:
        return role in self.roles and (country in self.countries or EVERYWHERE in self.countries)

    @property
    def reachable(self) -> bool:
        return self.address is not None or self.hooked


COLUMNS = "p.id, p.roles, p.countries, p.language, p.address, p.zone, p.quiet_from, p.quiet_until, p.digest_at"
HOOKED = "EXISTS (SELECT 1 FROM endpoints e WHERE e.person = p.id AND e.off_at IS NULL) AS hooked"

_KEEP = """
INSERT INTO people (id, roles, countries, language, address, zone, quiet_from, quiet_until, digest_at)
VALUES (:id, :roles, :countries, :language, :address, :zone, :quiet_from, :quiet_until, :digest_at)
"""
_CHANGE = """
ON CONFLICT (id) DO UPDATE SET roles = excluded.roles, countries = excluded.countries, language = excluded.language,
    address = excluded.address, zone = excluded.zone, quiet_from = excluded.quiet_from,
    quiet_until = excluded.quiet_until, digest_at = excluded.digest_at
"""
# What was gathered for another hour goes now; an empty digest is planned anew.
_EMPTY_DIGEST = """
DELETE FROM deliveries d WHERE d.person = :id AND d.case_id = '' AND d.status = 'open'
    AND NOT EXISTS (SELECT 1 FROM carried c WHERE c.delivery = d.id)
"""
_GATHERED = "UPDATE deliveries SET next_at = :now WHERE person = :id AND case_id = '' AND status = 'open'"
# Somebody may hold now what nobody held before. Old news stays where it is: in the case.
_HEARD_BY_NOBODY = """
UPDATE outbox o SET status = 'waiting'
WHERE o.status = 'no_holder' AND o.created_at > CAST(:now AS timestamptz) - interval '7 days'
    AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.tell = o.id)
"""
_GONE = (
    "DELETE FROM endpoints WHERE person = :id",
    "DELETE FROM feeds WHERE person = :id",
    "UPDATE deliveries SET status = 'dead', error = 'person_removed', done_at = :now"
    " WHERE person = :id AND status IN ('open', 'due')",
)


class People:
    """Addresses are sealed under `key`, each bound to its person."""

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._key = key

    async def get(self, id: str) -> Person | None:
        found = await self._read("WHERE p.id = :id", {"id": id})
        return found[0] if found else None

    async def all(self) -> list[Person]:
        return await self._read("ORDER BY p.id", {})

    async def keep(self, person: Person, now: datetime) -> None:
        """Add a person, or put this in the place of what is known of them."""

        async def work(connection: AsyncConnection) -> None:
            asked = text("SELECT digest_at FROM people WHERE id = :id FOR UPDATE")
            known = (await connection.execute(asked, {"id": person.id})).one_or_none()
            await connection.execute(text(_KEEP + _CHANGE), row_of(person, self._key))
            if known and known.digest_at != person.digest_at:
                for statement in (_EMPTY_DIGEST, _GATHERED):
                    await connection.execute(text(statement), {"id": person.id, "now": now})
            await connection.execute(text(_HEARD_BY_NOBODY), {"now": now})

        await self._database.transact(work)

    async def add_missing(self, people: Iterable[Person]) -> None:
        """Add those who are not there; whoever is stays as they are."""

        async def work(connection: AsyncConnection) -> None:
            for person in people:
                await connection.execute(text(f"{_KEEP} ON CONFLICT DO NOTHING"), row_of(person, self._key))

        await self._database.transact(work)

    async def remove(self, id: str, now: datetime) -> bool:
        """Whether there was such a person. What was on its way to them is dead; that they were told stays."""

        async def work(connection: AsyncConnection) -> bool:
            gone = await connection.execute(text("DELETE FROM people WHERE id = :id"), {"id": id})
            for statement in _GONE:
                await connection.execute(text(statement), {"id": id, "now": now})
            return gone.rowcount > 0

        return await self._database.transact(work)

    async def _read(self, which: str, given: Mapping[str, object]) -> list[Person]:
        query = text(f"SELECT {COLUMNS}, {HOOKED} FROM people p {which}")  # noqa: S608 - constants of this module

        async def work(connection: AsyncConnection) -> list[Person]:
            return [person_of(dict(row._mapping), self._key) for row in await connection.execute(query, given)]

        return await self._database.read(work)


def person_of(row: Mapping[str, Any], key: bytes) -> Person:
    """The person of a row of `people`; raises `Unreadable` where the address does not open."""
    found = {name: row[name] for name in Person.model_fields}
    if row["address"] is not None:
        found["address"] = sealing.unseal(key, bytes(row["address"]), row["id"], "address").decode()
    return Person.model_validate(found)


def row_of(person: Person, key: bytes) -> dict[str, Any]:
    """The row of a person, with the address sealed."""
    row = person.model_dump(exclude={"hooked"})
    row |= {"roles": list(person.roles), "countries": list(person.countries)}
    if person.address is not None:
        row["address"] = sealing.seal(key, person.address.encode(), person.id, "address")
    return row


def readable(error: ValueError) -> str:
    """What is wrong with a person, in one line and without what was given."""
    details = getattr(error, "errors", None)
    if details is None:
        return re.sub(r"\s+", " ", str(error))
    told = details(include_url=False, include_input=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, one['loc'])) or 'person'}: {one['msg']}" for one in told)
