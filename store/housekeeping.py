"""What housekeeping remembers: how far it has come, and where the ledger and the workflows do not say the same."""

from datetime import datetime
from typing import Literal

from sop.case import Case
from sop.shapes import Value
from store.database import Database

Kind = Literal["row_missing", "row_behind", "row_ahead", "row_differs", "workflow_gone", "no_workflow"]


class Discrepancy(Value):
    """One case on which both do not agree, and how far each has come.

    `row_missing` a workflow runs and there is no row · `row_behind` the row lacks lines of the workflow · `row_ahead`
    the row has lines that the workflow does not know · `row_differs` both are at the same line and not the same ·
    `workflow_gone` the workflow has ended although the case goes on · `no_workflow` there has never been one.
    """

    case_id: str
    kind: Kind
    ledger_seq: int | None
    workflow_seq: int | None
    found_at: datetime


class Row(Value):
    """A case as its row has it."""

    case: Case
    lines: int
    """The last line that the ledger has of it."""


_ROW = """
SELECT c.snapshot::text, coalesce((SELECT max(seq) FROM entries e WHERE e.case_id = c.case_id), 0)
FROM cases c WHERE c.case_id = %s
"""
_KNOWN = "SELECT case_id FROM cases WHERE case_id = ANY(%s)"
_COUNT = "SELECT count(*) FROM cases"
_OPEN = "SELECT case_id FROM cases WHERE closed_at IS NULL AND case_id > %s ORDER BY case_id LIMIT %s"
# a clock whose moment has passed and of which no line says so: the row behind it may lack lines
_OVERDUE = """
SELECT DISTINCT case_id FROM (
    SELECT case_id FROM clocks
    WHERE status = 'running' AND due < now() - interval '1 minute' AND missed_at IS NULL ORDER BY due LIMIT %s
) AS late
"""
_FOUND = """
INSERT INTO discrepancies AS d (case_id, kind, ledger_seq, workflow_seq, found_at) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (case_id, kind) DO UPDATE SET ledger_seq = excluded.ledger_seq, workflow_seq = excluded.workflow_seq
"""
_SETTLED = "DELETE FROM discrepancies WHERE case_id = %s AND kind <> %s"
_ALL = """
SELECT case_id, kind, ledger_seq, workflow_seq, found_at FROM discrepancies ORDER BY found_at, case_id LIMIT %s
"""
_PLACE = "SELECT place, at FROM housekeeping WHERE name = %s"
_KEEP_PLACE = """
INSERT INTO housekeeping (name, place, at) VALUES (%s, %s, now())
ON CONFLICT (name) DO UPDATE SET place = excluded.place, at = excluded.at
"""
_FORGET_PLACE = "DELETE FROM housekeeping WHERE name = %s"


class Housekeeping:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def row(self, case_id: str) -> Row | None:
        found = await self._database.at_once(_ROW, (case_id,))
        return None if found is None else Row(case=Case.model_validate_json(found[0]), lines=found[1])

    async def unknown(self, case_ids: list[str]) -> list[str]:
        """Those of these cases that have no row."""
        known = {row[0] for row in await self._database.all_at_once(_KNOWN, (case_ids,))}
        return [case_id for case_id in case_ids if case_id not in known]

    async def count(self) -> int:
        """How many cases have a row."""
        row = await self._database.at_once(_COUNT, ())
        return int(row[0]) if row else 0

    async def open_cases(self, after: str, limit: int) -> list[str]:
        """The next open cases, by id."""
        return [row[0] for row in await self._database.all_at_once(_OPEN, (after, limit))]

    async def overdue(self, limit: int) -> list[str]:
        """Cases of which a clock should have acted a minute ago, and no line says so."""
        return [row[0] for row in await self._database.all_at_once(_OVERDUE, (limit,))]

    async def found(self, one: Discrepancy) -> None:
        """Keep it; one that is known stays with the moment at which it was found first."""
        await self._database.at_once(_SETTLED, (one.case_id, one.kind))
        await self._database.at_once(_FOUND, (one.case_id, one.kind, one.ledger_seq, one.workflow_seq, one.found_at))

    async def settled(self, case_id: str) -> None:
        """Both agree on this case."""
        await self._database.at_once(_SETTLED, (case_id, ""))

    async def discrepancies(self, limit: int = 1_000) -> list[Discrepancy]:
        """Those that stand, the oldest first."""
        rows = await self._database.all_at_once(_ALL, (limit,))
        return [Discrepancy.model_validate(dict(zip(Discrepancy.model_fields, row, strict=True))) for row in rows]

    async def place(self, name: str) -> tuple[str, datetime] | None:
        """How far something has come, and when it said so."""
        found = await self._database.at_once(_PLACE, (name,))
        return None if found is None else (str(found[0]), found[1])

    async def keep_place(self, name: str, place: str) -> None:
        await self._database.at_once(_KEEP_PLACE, (name, place))

    async def forget_place(self, name: str) -> None:
        await self._database.at_once(_FORGET_PLACE, (name,))
