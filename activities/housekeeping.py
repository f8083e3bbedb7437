"""Comparing the running workflows with the read model: what is missing is written, what cannot be mended is reported."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

import structlog
from temporalio import activity

from sop.case import Case
from sop.events import Batch
from sop.shapes import Value
from store.housekeeping import Discrepancy, Housekeeping, Kind, Row

AT_MOST = 2_000
"""So many cases are looked at in one round, in turn, so that a round is a bounded load."""
AT_ONCE = 4
PAGE = 50
GRACE = 5.0
"""So many seconds later it is looked again: lines are on their way at any moment."""
PLACE = "compare"
LATE_ONES = 200

_log = structlog.get_logger("housekeeping")


class Standing(Value):
    """How the engine has a case: `running` with the case as it stands; `known` where at least its history is there."""

    running: bool
    known: bool
    case: Case | None = None


class Engine(Protocol):
    """The workflows, as housekeeping asks them."""

    async def count(self) -> int: ...
    def running(self) -> AsyncIterator[list[str]]: ...
    async def stands(self, case_id: str) -> Standing: ...
    async def unrecorded(self, case_id: str, kept: int) -> Batch | None: ...


class Compared(Value):
    """What a round has come to."""

    looked: int
    mended: int
    reported: int


@dataclass
class _Round:
    looked: int = 0
    mended: int = 0
    reported: int = 0
    doubtful: list[str] = field(default_factory=list)


class HousekeepingActivities:
    """The activity `compare`."""

    def __init__(self, engine: Engine, house: Housekeeping, write: Callable[[Batch], Awaitable[None]]) -> None:
        self._engine = engine
        self._house = house
        self._write = write

    @activity.defn(name="compare")
    async def compare(self) -> Compared:
        """One round. It heartbeats after every page; a round that is cut short goes on at the next case."""
        made = _Round()
        for case_ids in await self._candidates():
            await self._look_at(case_ids, made)
        async for case_ids in self._in_turn():
            await self._look_at(case_ids, made)
        if made.doubtful:
            await asyncio.sleep(GRACE)
        for case_id in dict.fromkeys(made.doubtful):
            activity.heartbeat()
            await self._settle(case_id, made)
        if made.mended or made.reported:
            _log.warning("discrepancies", count=made.reported, recorded=made.mended)
        return Compared(looked=made.looked, mended=made.mended, reported=made.reported)

    async def _candidates(self) -> list[list[str]]:
        """Those that are likely: already reported, silent clocks, and workflows without a row where the numbers differ."""
        likely = [one.case_id for one in await self._house.discrepancies(LATE_ONES)]
        likely += await self._house.overdue(LATE_ONES)
        if await self._engine.count() > await self._house.count():
            async for case_ids in self._engine.running():
                activity.heartbeat()
                likely += await self._house.unknown(case_ids)
        likely = list(dict.fromkeys(likely))
        return [likely[start : start + PAGE] for start in range(0, len(likely), PAGE)]

    async def _in_turn(self) -> AsyncIterator[list[str]]:
        """The next open cases after those of the last round; at the end it begins again."""
        place = await self._house.place(PLACE)
        after, looked = place[0] if place else "", 0
        while looked < AT_MOST:
            case_ids = await self._house.open_cases(after, PAGE)
            if case_ids:
                yield case_ids
            after = case_ids[-1] if len(case_ids) == PAGE else ""
            looked += PAGE
            await self._house.keep_place(PLACE, after)
            if not after:
                return

    async def _look_at(self, case_ids: list[str], made: _Round) -> None:
        activity.heartbeat()
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(case_id: str) -> Kind | None:
            async with gate:
                return (await self._kind(case_id))[0]

        kinds = await asyncio.gather(*(one(case_id) for case_id in case_ids))
        made.looked += len(case_ids)
        for case_id, kind in zip(case_ids, kinds, strict=True):
            if kind is None:
                await self._house.settled(case_id)
            else:
                made.doubtful.append(case_id)

    async def _settle(self, case_id: str, made: _Round) -> None:
        """Look once more; write the lines that are missing; report what is still not the same."""
        kind, row, standing = await self._kind(case_id)
        if kind in ("row_missing", "row_behind") and await self._written(case_id, row):
            kind, row, standing = await self._kind(case_id)
            made.mended += kind is None
        if kind is None:
            await self._house.settled(case_id)
            return
        made.reported += 1
        await self._house.found(
            Discrepancy(
                case_id=case_id,
                kind=kind,
                ledger_seq=row.lines if row else None,
                workflow_seq=standing.case.seq if standing.case else None,
                found_at=datetime.now(UTC),
            )
        )

    async def _written(self, case_id: str, row: Row | None) -> bool:
        """Whether lines came; only such as follow on the last one that the ledger has."""
        kept = row.lines if row else 0
        batch = await self._engine.unrecorded(case_id, kept)
        if batch is None or batch.entries[0].seq != kept + 1:
            return False
        await self._write(batch)
        return True

    async def _kind(self, case_id: str) -> tuple[Kind | None, Row | None, Standing]:
        row = await self._house.row(case_id)
        standing = await self._engine.stands(case_id)
        return kind_of(row, standing), row, standing


def kind_of(row: Row | None, standing: Standing) -> Kind | None:
    """In what both do not agree; None where they do."""
    if not standing.running:
        if row is None:
            return None
        return "workflow_gone" if standing.known else "no_workflow"
    if standing.case is None:
        return None  # it is being opened
    if row is None:
        return "row_missing"
    if row.case.seq != standing.case.seq or row.lines != standing.case.seq:
        return "row_ahead" if max(row.case.seq, row.lines) > standing.case.seq else "row_behind"
    return None if row.case == standing.case else "row_differs"
