"""Lines that nobody wrote although their commands were accepted: the door died in between, or lost the database."""

import asyncio
from datetime import timedelta

import structlog

from store.awaited import Awaited, Late
from store.errors import DatabaseUnavailable
from workflows.bookkeeping import Bookkeeping
from workflows.client import CaseClient
from workflows.errors import CaseNotFound

EVERY = 1.0
FORGOTTEN = timedelta(minutes=10).total_seconds()
"""A command that its case has not seen for so long never comes: the server has long since let go of it."""

_log = structlog.get_logger("ledger")


async def keep_looking(cases: CaseClient, book: Bookkeeping, awaited: Awaited) -> None:
    """Look every second, as long as the process lives."""
    while True:
        await asyncio.sleep(EVERY)
        await look(cases, book, awaited)


async def look(cases: CaseClient, book: Bookkeeping, awaited: Awaited) -> None:
    """Ask the cases of late commands for their lines, and write them; what is away now may be back next time."""
    try:
        late_ones = await awaited.late()
    except DatabaseUnavailable:
        return
    for late in late_ones:
        try:
            await _look_for(late, cases, book, awaited)
        except Exception as error:  # one case that cannot be written must not hold up the others
            _log.warning("lines_not_found", error=type(error).__name__)


async def _look_for(late: Late, cases: CaseClient, book: Bookkeeping, awaited: Awaited) -> None:
    try:
        batch = await cases.unrecorded(late.case_id, late.kept)
    except CaseNotFound:
        batch = None  # the command that was to open it did not arrive, or not yet
    if batch is not None:
        await book.write(batch)
        _log.info("lines_found", lines=len(batch.entries))
    elif late.age > FORGOTTEN:
        await awaited.forget(late.id)
