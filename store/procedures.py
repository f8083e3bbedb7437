"""Published procedures: each version with its files, for ever under the hash of its content."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from sop.shapes import Value
from store.database import Database
from store.errors import VersionTaken
from store.tables import PictureRow, ProcedureRow


class PublishedProcedure(Value):
    """`files` maps the name of each file of the version to its text; `country` is None for the base.

    It counts once nobody has to confirm it any more.
    """

    hash: str
    name: str
    version: str
    country: str | None = None
    title: str
    files: dict[str, str] = {}
    published_at: datetime
    published_by: str
    why: str
    in_force_from: datetime
    waits_for_second: bool = False
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None

    @property
    def overlay(self) -> str | None:
        """What of `files` is put onto the base: the overlay of the country, named for its code; None where all is said."""
        name = self.country.lower() if self.country else ""
        return name if f"overlays/{name}.yaml" in self.files else None


_TABLE = ProcedureRow.__table__  # type: ignore[attr-defined]
_PICTURES = PictureRow.__table__  # type: ignore[attr-defined]


class Procedures:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def publish(self, version: PublishedProcedure, pictures: Mapping[str, str] | None = None) -> bool:
        """Whether it is new. The same hash again changes nothing; the version with another hash is `VersionTaken`.

        A version is taken for each country of its own, and for the base. `pictures` are its finished drawings, by SOP.
        """
        same = (
            (_TABLE.c.name == version.name)
            & (_TABLE.c.version == version.version)
            & _TABLE.c.country.is_not_distinct_from(version.country)
        )
        drawn = [{"hash": version.hash, "sop": sop, "svg": svg} for sop, svg in (pictures or {}).items()]

        async def work(connection: AsyncConnection) -> tuple[bool, str | None]:
            row = insert(_TABLE).values(version.model_dump()).on_conflict_do_nothing().returning(_TABLE.c.hash)
            new = (await connection.execute(row)).scalar_one_or_none() is not None
            if new and drawn:
                await connection.execute(insert(_PICTURES).values(drawn))
            return new, (await connection.execute(select(_TABLE.c.hash).where(same))).scalar_one_or_none()

        new, kept = await self._database.transact(work)
        if kept not in (version.hash, None):
            where = f" for {version.country}" if version.country else ""
            raise VersionTaken(
                f"{version.name} {version.version}{where} is published with another content;"
                " give the change a new version"
            )
        return new

    async def picture(self, hash: str, sop: str) -> str | None:
        """The finished drawing of this SOP of a version, of all of them under an empty name; None where none is kept."""
        wanted = select(_PICTURES.c.svg).where((_PICTURES.c.hash == hash) & (_PICTURES.c.sop == sop))

        async def work(connection: AsyncConnection) -> str | None:
            return (await connection.execute(wanted)).scalar_one_or_none()

        return await self._database.read(work)

    async def keep_picture(self, hash: str, sop: str, svg: str) -> None:
        """Keep a drawing that could not be made when the version was published; the first one stays."""
        row = insert(_PICTURES).values(hash=hash, sop=sop, svg=svg).on_conflict_do_nothing()

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(row)

        await self._database.transact(work)

    async def all(self) -> list[PublishedProcedure]:
        """Every version, in the order of publishing."""

        async def work(connection: AsyncConnection) -> list[PublishedProcedure]:
            found = await connection.execute(select(_TABLE).order_by(_TABLE.c.published_at, _TABLE.c.hash))
            return [_procedure(row) for row in found]

        return await self._database.read(work)

    async def heads(self) -> list[PublishedProcedure]:
        """Every version without its files, in the order of publishing."""
        columns = [column for column in _TABLE.c if column.name != "files"]

        async def work(connection: AsyncConnection) -> list[PublishedProcedure]:
            found = await connection.execute(select(*columns).order_by(_TABLE.c.published_at, _TABLE.c.hash))
            return [_procedure(row) for row in found]

        return await self._database.read(work)

    async def get(self, hash: str) -> PublishedProcedure | None:
        async def work(connection: AsyncConnection) -> PublishedProcedure | None:
            row = (await connection.execute(select(_TABLE).where(_TABLE.c.hash == hash))).one_or_none()
            return None if row is None else _procedure(row)

        return await self._database.read(work)

    async def confirm(self, hash: str, by: str, at: datetime) -> bool:
        """A second person lets it count. Whether it waited for that; who published it cannot confirm it."""
        waiting = (_TABLE.c.hash == hash) & _TABLE.c.waits_for_second & (_TABLE.c.published_by != by)
        values = {"waits_for_second": False, "confirmed_by": by, "confirmed_at": at}

        async def work(connection: AsyncConnection) -> bool:
            return (await connection.execute(update(_TABLE).where(waiting).values(values))).rowcount == 1

        return await self._database.transact(work)

    async def in_force(self, name: str, now: datetime, country: str | None = None) -> list[str]:
        """The hashes of the versions that count now: those of the country first, the newest first, then the base.

        New cases begin with the first of them.
        """
        theirs = _TABLE.c.country.is_(None) | (_TABLE.c.country == country)
        counts = (_TABLE.c.name == name) & theirs & (_TABLE.c.in_force_from <= now) & ~_TABLE.c.waits_for_second
        own_first = _TABLE.c.country.is_(None)
        newest_first = (own_first, _TABLE.c.in_force_from.desc(), _TABLE.c.published_at.desc(), _TABLE.c.hash)

        async def work(connection: AsyncConnection) -> list[str]:
            found = await connection.execute(select(_TABLE.c.hash).where(counts).order_by(*newest_first))
            return list(found.scalars())

        return await self._database.read(work)

    async def known_hashes(self) -> frozenset[str]:
        async def work(connection: AsyncConnection) -> frozenset[str]:
            return frozenset((await connection.execute(select(_TABLE.c.hash))).scalars())

        return await self._database.read(work)


def _procedure(row: Row[tuple[object, ...]]) -> PublishedProcedure:
    return PublishedProcedure.model_validate(dict(row._mapping))
