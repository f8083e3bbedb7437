"""Published procedures, made ready once and kept at hand; a new version is found when it is first asked for."""

import asyncio
from dataclasses import replace
from typing import Protocol

from sop.loader import load
from sop.procedure import Procedure, compile_procedure
from store.procedures import PublishedProcedure


class Published(Protocol):
    """Where published procedures are kept."""

    async def all(self) -> list[PublishedProcedure]: ...
    async def get(self, hash: str) -> PublishedProcedure | None: ...
    async def newest(self, name: str) -> PublishedProcedure | None: ...
    async def known_hashes(self) -> frozenset[str]: ...


class NotPublished(Exception):  # noqa: N818 - errors are named for the case
    """No procedure has this hash; a case that is pinned to it cannot be shown."""


class Shelf:
    """Procedures by hash. A version never changes, so what was read once stays read."""

    def __init__(self, published: Published) -> None:
        self._published = published
        self._ready: dict[str, Procedure] = {}
        self._newest: dict[str, str] = {}
        self._seen: frozenset[str] = frozenset()
        self._one_at_a_time = asyncio.Lock()

    async def procedure(self, hash: str) -> Procedure:
        """The version with this hash; `NotPublished` where there is none."""
        if found := self._ready.get(hash):
            return found
        row = await self._published.get(hash)
        if row is None:
            raise NotPublished
        return await self._made_ready(row)

    async def newest(self, name: str) -> Procedure | None:
        """The version of this name that was published last; asks the store for it only when something is new there."""
        seen = await self._published.known_hashes()
        if seen != self._seen:
            self._newest.clear()
            self._seen = seen
        if name not in self._newest:
            row = await self._published.newest(name)
            if row is None:
                return None
            await self._made_ready(row)
            self._newest[name] = row.hash
        return self._ready[self._newest[name]]

    async def all(self) -> list[Procedure]:
        """Every version, in the order of publishing."""
        seen = await self._published.known_hashes()
        if not seen <= self._ready.keys():
            for row in await self._published.all():
                await self._made_ready(row)
        return [procedure for hash, procedure in self._ready.items() if hash in seen]

    async def _made_ready(self, row: PublishedProcedure) -> Procedure:
        async with self._one_at_a_time:
            if row.hash not in self._ready:
                files = {name: text.encode() for name, text in row.files.items()}
                made = await asyncio.to_thread(lambda: compile_procedure(load(files)))
                # the hash under which it was published counts, whatever this version of the engine would make of it
                self._ready[row.hash] = replace(made, hash=row.hash)
        return self._ready[row.hash]
