"""The ledger: what was decided about every case, in order, and where each case stands now."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

import psycopg
from pydantic import TypeAdapter
from pydantic_core import to_json
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from sop.case import Case
from sop.events import CaseOpened, Entry, Event, ProcedureAdopted
from sop.shapes import Value
from store.append_sql import APPEND, LOCK, TAKEN_KEYS
from store.database import Database, violates
from store.together import Together

_EVENT: TypeAdapter[Event] = TypeAdapter(Event)
ClockKind = Literal["period", "deadline", "review"]


class ClockMeta(Value):
    """What the procedure says about a clock and the case does not repeat."""

    kind: ClockKind
    statutory: bool
    sop: str
    owes: str = ""
    """The roles that owe what it waits for, with commas."""
    partner: bool = False
    counterpart: str | None = None
    """The country in which it is owed, where that is another one; empty where it is not recorded."""


class SopMeta(Value):
    """What lies ahead of an open SOP: until when it may rest in its state, and the roles that can do something now."""

    stalls_at: datetime | None = None
    roles: str = ""


class OpenStep(Value):
    """A step that is possible now; `asked` where a clock or a plan waits for it."""

    kind: Literal["transition", "measure"]
    sop: str
    name: str
    asked: bool = False


class LedgerWrite(Value):
    """The entries of one case that are not yet kept, and the case after the last of them.

    `clocks` says for each clock of the case what the procedure says about it; `sops` says it for each open SOP of an
    open case. `halted` is why the case cannot go on, `awaits_since` since when an activity owes its result.
    """

    entries: tuple[Entry, ...]
    case: Case
    procedure_name: str
    procedure_version: str
    clocks: dict[str, ClockMeta]
    sops: dict[str, SopMeta] = {}
    steps: tuple[OpenStep, ...] = ()
    halted: str | None = None
    awaits_since: datetime | None = None


class CaseLedger:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._recording: Together[LedgerWrite, None] = Together(self._append_all)

    async def record(self, write: LedgerWrite) -> None:
        """Keep it, in one transaction with whatever else waits at the moment."""
        await self._recording.do(write)

    async def _append_all(self, writes: Sequence[LedgerWrite]) -> list[None]:
        await self.append(writes)
        return [None] * len(writes)

    async def append(self, writes: Sequence[LedgerWrite]) -> None:
        """Keep all of them, or none. Doing it again changes nothing, and an older write never undoes a newer one.

        An idempotency key that this case already used at another seq must not stop its ledger for ever: that entry
        is kept under its key and its seq, so that the line is complete and `seq_of_key` still finds the first use.
        """
        if not writes:
            return
        for write in writes:
            if missing := write.case.clocks.keys() - write.clocks.keys():
                raise ValueError(f"no clock meta for {', '.join(sorted(missing))}")
        try:
            await self._append(writes, {})
        except psycopg.errors.UniqueViolation as error:
            if not violates(error, "entries_case_key"):
                raise
            await self._append(writes, await self._taken(writes))

    async def _append(self, writes: Sequence[LedgerWrite], renamed: dict[tuple[str, int], str]) -> None:
        entries, cases = rows_of(writes, renamed)

        async def work(driver: psycopg.AsyncConnection[object]) -> None:
            # one round trip: BEGIN, the locks, everything, COMMIT. The locks are a statement of their own because
            # the next one must see, in its snapshot, all that earlier holders of them have committed.
            async with driver.pipeline():
                await driver.execute(LOCK, (sorted({write.case.id for write in writes}),), prepare=True)
                await driver.execute(APPEND, {"entries": entries, "cases": cases}, prepare=True)
                await driver.commit()

        await self._database.on_driver(work)

    async def _taken(self, writes: Sequence[LedgerWrite]) -> dict[tuple[str, int], str]:
        used: dict[tuple[str, str], int] = {}

        async def work(connection: AsyncConnection) -> None:
            asked = [{"case_id": e.case_id, "key": e.key} for write in writes for e in write.entries]
            for row in await connection.execute(text(TAKEN_KEYS), {"asked": to_json(asked).decode()}):
                used[row.case_id, row.key] = row.seq

        await self._database.read(work)
        renamed = {}
        for entry in sorted((e for write in writes for e in write.entries), key=lambda e: e.seq):
            if used.setdefault((entry.case_id, entry.key), entry.seq) != entry.seq:
                renamed[entry.case_id, entry.seq] = f"{entry.key}#{entry.seq}"
        return renamed

    async def get(self, case_id: str) -> Case | None:
        """The case as of the last entry that was kept."""
        found = await self._database.at_once("SELECT snapshot::text FROM cases WHERE case_id = %s", (case_id,))
        return None if found is None else Case.model_validate_json(found[0])

    async def reached(self, case_id: str, seq: int, within: float = 2.0) -> Case | None:
        """The case as soon as the ledger has come to `seq`; None where it has not within so many seconds."""
        loop = asyncio.get_running_loop()
        until, pause = loop.time() + within, 0.003
        while True:
            found = await self._database.at_once(
                "SELECT snapshot::text FROM cases WHERE case_id = %s AND seq >= %s", (case_id, seq)
            )
            if found is not None:
                return Case.model_validate_json(found[0])
            if loop.time() >= until:
                return None
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 0.1)

    async def entries(self, case_id: str, after_seq: int = 0, limit: int = 200) -> list[Entry]:
        """The next lines of the ledger after `after_seq`, in order."""

        async def work(connection: AsyncConnection) -> list[Entry]:
            query = text(
                "SELECT case_id, seq, at, actor, role, command, key, events FROM entries"
                " WHERE case_id = :case_id AND seq > :after ORDER BY seq LIMIT :limit"
            )
            found = await connection.execute(query, {"case_id": case_id, "after": after_seq, "limit": limit})
            return [Entry.model_validate(dict(row._mapping)) for row in found]

        return await self._database.read(work)

    async def versions(self, case_id: str, until_seq: int) -> list[Event]:
        """The events up to this seq by which the case came under a version of its procedure, in order."""

        async def work(connection: AsyncConnection) -> list[Event]:
            query = text(
                "SELECT events FROM entries WHERE case_id = :case_id AND seq <= :until"
                " AND (seq = 1 OR command = 'adopt') ORDER BY seq"
            )
            found = await connection.execute(query, {"case_id": case_id, "until": until_seq})
            events = [_EVENT.validate_python(event) for row in found for event in row.events]
            return [event for event in events if isinstance(event, CaseOpened | ProcedureAdopted)]

        return await self._database.read(work)

    async def seq_of_key(self, case_id: str, key: str) -> int | None:
        """Under which seq this idempotency key was accepted first."""

        async def work(connection: AsyncConnection) -> int | None:
            query = text("SELECT seq FROM entries WHERE case_id = :case_id AND key = :key")
            return (await connection.execute(query, {"case_id": case_id, "key": key})).scalar_one_or_none()

        return await self._database.read(work)


def rows_of(
    writes: Sequence[LedgerWrite], renamed: Mapping[tuple[str, int], str] = MappingProxyType({})
) -> tuple[str, str]:
    """What `APPEND` takes: the lines, and the newest state of each case, as JSON."""
    newest: dict[str, LedgerWrite] = {}
    lines: list[dict[str, Any]] = []
    for write in writes:
        known = newest.get(write.case.id)
        if known is None or known.case.seq < write.case.seq:
            newest[write.case.id] = write
        for entry in write.entries:
            line = {name: getattr(entry, name) for name in Entry.model_fields}
            line["key"] = renamed.get((entry.case_id, entry.seq), entry.key)
            lines.append(line)
    cases = [
        {
            "snapshot": newest[case_id].case,
            "name": newest[case_id].procedure_name,
            "version": newest[case_id].procedure_version,
            "clocks": newest[case_id].clocks,
            "sops": newest[case_id].sops,
            "halted": newest[case_id].halted,
            "awaits_since": newest[case_id].awaits_since,
            "steps": newest[case_id].steps,
        }
        for case_id in sorted(newest)
    ]
    return _json(lines), _json(cases)


def _json(value: list[dict[str, Any]]) -> str:
    try:
        return to_json(value).decode()
    except ValueError:  # lone surrogates; the original error would quote the text
        raise ValueError("a text holds a lone surrogate and cannot be kept") from None
