"""Making the read model anew: the rows of a case, out of the lines that its ledger has kept."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import psycopg

from sop.shapes import Value
from store.append_sql import APPEND, LOCK
from store.cases import LedgerWrite, rows_of
from store.database import Database

PAGE = 200
_AFTER = "SELECT DISTINCT case_id FROM entries WHERE case_id > %s ORDER BY case_id LIMIT %s"
_LEFT = "SELECT count(*) FROM (SELECT DISTINCT case_id FROM entries WHERE case_id > %s) AS cases"
_LINES = "SELECT seq, at, changes::text FROM entries WHERE case_id = %s ORDER BY seq"
_WITHOUT_LINES = "SELECT count(*) FROM cases c WHERE NOT EXISTS (SELECT 1 FROM entries e WHERE e.case_id = c.case_id)"
_GONE = (
    "DELETE FROM cases WHERE case_id = %s",
    "DELETE FROM sop_states WHERE case_id = %s",
    "DELETE FROM clocks WHERE case_id = %s",
    "DELETE FROM steps WHERE case_id = %s",
)


class Line(Value):
    """What is needed of one line; `changes` is None where it was written before changes were kept."""

    seq: int
    at: datetime
    changes: str | None


class Rebuilding:
    """One case at a time, in one transaction: whoever reads meanwhile sees the former rows or the new ones."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def cases(self, after: str = "", limit: int = PAGE) -> list[str]:
        """The next cases of the ledger, by id."""
        return [row[0] for row in await self._database.all_at_once(_AFTER, (after, limit))]

    async def left(self, after: str = "") -> int:
        """How many cases of the ledger come after this one."""
        row = await self._database.at_once(_LEFT, (after,))
        return int(row[0]) if row else 0

    async def without_lines(self) -> int:
        """How many cases have a row and not one line: nothing can be rebuilt for them."""
        row = await self._database.at_once(_WITHOUT_LINES, ())
        return int(row[0]) if row else 0

    async def replace(self, case_id: str, build: Callable[[list[Line]], LedgerWrite | None]) -> bool:
        """Put what `build` makes of the lines of a case in the place of its rows; none, and they stay as they are.

        No line is written meanwhile: the writers of the ledger wait for the same lock.
        """

        async def work(driver: psycopg.AsyncConnection[Any]) -> bool:
            try:
                await driver.execute(LOCK, ([case_id],))
                found = await (await driver.execute(_LINES, (case_id,))).fetchall()
                write = build([Line(seq=seq, at=at, changes=said) for seq, at, said in found])
                if write is not None:
                    for statement in _GONE:
                        await driver.execute(statement, (case_id,))
                    entries, cases = rows_of([write])
                    await driver.execute(APPEND, {"entries": entries, "cases": cases})
                await driver.commit()
            except BaseException:
                await driver.rollback()
                raise
            return write is not None

        return await self._database.on_driver(work)
