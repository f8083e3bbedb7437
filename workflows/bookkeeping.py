"""The ledger from the side of who sends commands: a line is awaited before the command goes out, and written after."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from activities.ledger import say_if_late, write_of
from sop.case import Case
from sop.decision import Receipt
from sop.events import Batch
from sop.procedure import Procedure
from store.awaited import Awaited, Note
from store.cases import CaseLedger
from store.database import Database
from store.errors import DatabaseUnavailable

PATIENCE = 2.0
"""So many seconds an answer waits for its line; after that it says that the line is still to come."""
SHORT = 0.5
"""So long the way to the case may be held up by the note."""

_log = structlog.get_logger("ledger")
ProcedureOf = Callable[[str], Awaitable[Procedure]]


class Bookkeeping:
    """Who sends a command writes its line (docs/decisions/0013)."""

    def __init__(self, database: Database, procedure_of: ProcedureOf) -> None:
        self._ledger = CaseLedger(database)
        self._awaited = Awaited(database)
        self._procedure_of = procedure_of
        self._writing: set[asyncio.Task[None]] = set()

    async def note(self, case_id: str, key: str) -> Note | None:
        """Note that a line is awaited; None where the database is away."""
        try:
            return await asyncio.wait_for(self._awaited.note(case_id, key), SHORT)
        except (DatabaseUnavailable, TimeoutError):
            return None

    async def forget(self, note: Note) -> None:
        """The command was refused. Where this fails nothing is lost: somebody will look and find nothing."""
        try:
            await asyncio.wait_for(self._awaited.forget(note.id), SHORT)
        except (DatabaseUnavailable, TimeoutError):
            _log.warning("note_not_forgotten")

    async def after(self, receipt: Receipt) -> Case | None:
        """The case after an accepted command, once the ledger has it; None where that takes too long."""
        try:
            if receipt.batch is None:
                return await self._ledger.reached(receipt.case_id, receipt.seq, PATIENCE)
            await asyncio.wait_for(self._kept(receipt.batch), PATIENCE)
        except Exception as error:  # accepted is accepted: what is wrong here is never the caller's answer
            _log.warning("line_not_written", error=type(error).__name__)
            return None
        return receipt.batch.case

    async def write(self, batch: Batch) -> None:
        """Write lines; safe to repeat."""
        await self._ledger.record(write_of(await self._procedure_of(batch.case.procedure), batch))
        say_if_late(batch)

    async def _kept(self, batch: Batch) -> None:
        """Patience may end, the writing does not."""
        task = asyncio.create_task(self.write(batch))
        self._writing.add(task)
        task.add_done_callback(self._done)
        await asyncio.shield(task)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._writing.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _log.warning("line_not_written", error=type(error).__name__)
