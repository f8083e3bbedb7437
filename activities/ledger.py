"""Writing what was decided into the ledger: one transaction for all cases that wait at the moment."""

import asyncio
from datetime import UTC, datetime

from temporalio import activity

from sop import shelf
from sop.events import Batch
from sop.machine import possible
from sop.procedure import Procedure
from store.cases import CaseLedger, ClockMeta, LedgerWrite, OpenStep

TOGETHER = 64


class LedgerActivities:
    """`record`. One per worker process: it gathers what arrives while a transaction is under way."""

    def __init__(self, ledger: CaseLedger) -> None:
        self._ledger = ledger
        self._waiting: list[tuple[LedgerWrite, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    @activity.defn(name="record")
    async def record(self, batch: Batch) -> None:
        """Keep the entries, the case, its clocks and its open steps. Idempotent on case and seq."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((write_of(shelf.get(batch.case.procedure), batch), written))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        await written

    async def _write(self) -> None:
        while self._waiting:
            together, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
            try:
                await self._ledger.append([write for write, _ in together])
            except Exception as error:
                await self._one_by_one(together, error)
            else:
                for _, written in together:
                    _settle(written, None)

    async def _one_by_one(self, together: list[tuple[LedgerWrite, asyncio.Future[None]]], error: Exception) -> None:
        """What fails together may succeed alone: one write that cannot be kept must not hold up the other cases."""
        if len(together) == 1 or not isinstance(error, ValueError):
            for _, written in together:
                _settle(written, error)
            return
        for write, written in together:
            try:
                await self._ledger.append([write])
            except Exception as own:
                _settle(written, own)
            else:
                _settle(written, None)


def write_of(procedure: Procedure, batch: Batch) -> LedgerWrite:
    """The rows that follow from a batch and the procedure of its case."""
    clocks = procedure.clocks
    now = batch.entries[-1].at if batch.entries else datetime.now(UTC)
    return LedgerWrite(
        entries=batch.entries,
        case=batch.case,
        procedure_name=procedure.name,
        procedure_version=procedure.version,
        clocks={
            ref: ClockMeta(kind=clocks[ref].kind, statutory=clocks[ref].statutory, sop=ref.split(".")[0])
            for ref in batch.case.clocks
        },
        steps=tuple(
            OpenStep(kind=kind, sop=sop, name=name, asked=asked)
            for kind, sop, name, asked in possible(procedure, batch.case, now)
        ),
    )


def _settle(written: asyncio.Future[None], error: Exception | None) -> None:
    if written.done():
        return
    if error is None:
        written.set_result(None)
    else:
        written.set_exception(error)
