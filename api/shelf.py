"""Published procedures as the door needs them; a new version is found when it is first asked for."""

import asyncio
from datetime import datetime
from typing import Protocol

import structlog

from sop import shelf
from sop.loader import load
from sop.problems import DefinitionInvalid
from sop.procedure import Procedure, compile_procedure
from store.procedures import PublishedProcedure

_log = structlog.get_logger("api")


class Published(Protocol):
    """Where published procedures are kept."""

    async def all(self) -> list[PublishedProcedure]: ...
    async def heads(self) -> list[PublishedProcedure]: ...
    async def get(self, hash: str) -> PublishedProcedure | None: ...
    async def known_hashes(self) -> frozenset[str]: ...
    async def in_force(self, name: str, now: datetime, country: str | None = None) -> list[str]: ...


class NotPublished(Exception):
    """No procedure has this hash; a case that is pinned to it cannot be shown."""


class Shelf:
    """Procedures by hash and by name. A version never changes, so what was read once stays read."""

    def __init__(self, published: Published) -> None:
        self._published = published
        self._in_order: tuple[str, ...] = ()
        self._seen: frozenset[str] = frozenset()
        self._one_at_a_time = asyncio.Lock()

    async def procedure(self, hash: str) -> Procedure:
        """The version with this hash; `NotPublished` where there is none."""
        try:
            return shelf.get(hash)
        except shelf.ProcedureNotLoaded:
            row = await self._published.get(hash)
        if row is None:
            raise NotPublished
        return await self._made_ready(row)

    async def newest(self, name: str, now: datetime, country: str | None = None) -> Procedure | None:
        """The newest version in force that this engine can read: of the country where it has its own, else the base."""
        for hash in await self._published.in_force(name, now, country):
            if hash in shelf.loaded():
                return shelf.get(hash)
            row = await self._published.get(hash)
            if row is not None and await self._readable(row):
                return shelf.get(hash)
        return None

    async def heads(self) -> list[PublishedProcedure]:
        """Every version without its files, in the order of publishing."""
        return await self._published.heads()

    async def all(self) -> list[Procedure]:
        """Every version, in the order of publishing; asks for their files only when there is something new."""
        if (known := await self._published.known_hashes()) != self._seen:
            rows = await self._published.all()
            self._in_order = tuple([row.hash for row in rows if await self._readable(row)])
            self._seen = known
        return [shelf.get(hash) for hash in self._in_order]

    async def _readable(self, row: PublishedProcedure) -> bool:
        """One old version that this engine cannot read must not hide the others."""
        try:
            await self._made_ready(row)
        except DefinitionInvalid:
            _log.error("procedure cannot be read", procedure=row.name, version=row.version, hash=row.hash)
            return False
        return True

    async def _made_ready(self, row: PublishedProcedure) -> Procedure:
        async with self._one_at_a_time:
            if row.hash not in shelf.loaded():
                files = {name: text.encode() for name, text in row.files.items()}
                shelf.keep(await asyncio.to_thread(lambda: compile_procedure(load(files, row.overlay), row.hash)))
        return shelf.get(row.hash)
