"""Giving the cases of one case manager to another: what was foreseen for each, and how far the ledger says it has come."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from sop.case import Case
from sop.shapes import Value
from store.database import Database
from store.tables import ReassignmentRow

MOST = 2_000
"""So many cases at the most in one reassignment; nobody holds more."""
_ROWS = ReassignmentRow.__table__  # type: ignore[attr-defined]


class Reassignment(Value):
    """A reassignment without its lines; `reason` is a code."""

    id: str
    from_user: str
    to_user: str
    reason: str
    made_at: datetime
    made_by: str


class Foreseen(Value):
    """One case of it: the line as JSON, and the keys of the commands that give it over and back."""

    line: str
    key: str
    undo_key: str


class CaseNow(Value):
    """One line, and how the case stands now. `given` and `back` are the seqs by which it was given over and back."""

    case_id: str
    line: str
    responsible: str | None
    closed: bool
    seq: int | None
    given: int | None
    back: int | None
    touched: bool
    """Whether a person has done anything on the case since it was given over."""


_HELD = """
SELECT c.snapshot::text FROM cases c
WHERE c.closed_at IS NULL AND c.responsible = :user
  AND (CAST(:country AS text) IS NULL OR c.country = :country)
  AND (CAST(:cases AS text[]) IS NULL OR c.case_id = ANY(:cases))
ORDER BY c.case_id LIMIT :limit
"""
_KEEP_LINES = """
INSERT INTO reassignment_lines (reassignment_id, case_id, line, key, undo_key)
SELECT :id, case_id, line, key, undo_key
FROM unnest(CAST(:cases AS text[]), CAST(:lines AS jsonb[]), CAST(:keys AS text[]), CAST(:undo_keys AS text[]))
    AS given (case_id, line, key, undo_key)
ON CONFLICT DO NOTHING
"""
# what has happened is read from the ledger by the keys of the commands, so it is never kept twice
_LINES = """
SELECT l.case_id, l.line::text AS line, c.responsible, coalesce(c.closed_at IS NOT NULL, false) AS closed, c.seq,
       given.seq AS given, back.seq AS back,
       EXISTS (SELECT 1 FROM entries e WHERE e.case_id = l.case_id AND e.seq > given.seq
               AND e.actor NOT IN ('clock', 'engine')) AS touched
FROM reassignment_lines l
LEFT JOIN cases c ON c.case_id = l.case_id
LEFT JOIN entries given ON given.case_id = l.case_id AND given.key = l.key
LEFT JOIN entries back ON back.case_id = l.case_id AND back.key = l.undo_key
WHERE l.reassignment_id = :id ORDER BY l.case_id
"""


class Reassignments:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def held(self, user: str, country: str | None, cases: tuple[str, ...] | None) -> list[Case]:
        """The open cases for which this user is responsible."""
        given = {"user": user, "country": country, "cases": None if cases is None else list(cases), "limit": MOST}

        async def work(connection: AsyncConnection) -> list[Case]:
            found = await connection.execute(text(_HELD), given)
            return [Case.model_validate_json(row) for row in found.scalars()]

        return await self._database.read(work)

    async def keep(self, head: Reassignment, lines: Mapping[str, Foreseen]) -> None:
        """Keep it with its lines by case; the same again changes nothing."""
        given: dict[str, Any] = {"id": head.id, "cases": list(lines), "lines": [one.line for one in lines.values()]}
        given["keys"] = [one.key for one in lines.values()]
        given["undo_keys"] = [one.undo_key for one in lines.values()]

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(insert(_ROWS).values(head.model_dump()).on_conflict_do_nothing())
            await connection.execute(text(_KEEP_LINES), given)

        await self._database.transact(work)

    async def get(self, id: str) -> Reassignment | None:
        async def work(connection: AsyncConnection) -> Reassignment | None:
            row = (await connection.execute(select(_ROWS).where(_ROWS.c.id == id))).one_or_none()
            return None if row is None else Reassignment.model_validate(dict(row._mapping))

        return await self._database.read(work)

    async def lines(self, id: str) -> list[CaseNow]:
        """Every line, by case, with how the case stands now."""

        async def work(connection: AsyncConnection) -> list[CaseNow]:
            found = await connection.execute(text(_LINES), {"id": id})
            return [CaseNow.model_validate(dict(row._mapping)) for row in found]

        return await self._database.read(work)
