"""Commands on their way: noted before they are sent, until their lines stand in the ledger, whoever writes those."""

from collections.abc import Sequence
from datetime import timedelta

from sop.shapes import Value
from store.database import Database
from store.together import Together

FIRST_LOOK = timedelta(seconds=3)
"""A line is usually there after milliseconds; only one that is not after so long is looked for."""

_NOTE = """
WITH noted AS (
    INSERT INTO awaited (case_id, key, since, look_at)
    SELECT case_id, key, now(), now() + %s FROM unnest(%s::text[], %s::text[]) AS a (case_id, key)
    ON CONFLICT DO NOTHING
)
SELECT case_id, coalesce((SELECT max(seq) FROM entries e WHERE e.case_id = a.case_id), 0)
FROM (SELECT DISTINCT unnest(%s::text[]) AS case_id) AS a
"""
_FORGET = "DELETE FROM awaited WHERE case_id = %s AND key = %s"
# Looked for twice as late each time. A key that the ledger has is not awaited any more, whoever left the note.
_LATE = """
WITH there AS (
    DELETE FROM awaited a USING entries e
    WHERE a.look_at <= now() AND e.case_id = a.case_id AND e.key = a.key
),
late AS (
    UPDATE awaited a SET look_at = now() + greatest(%s, now() - a.since)
    WHERE (a.case_id, a.key) IN (
        SELECT case_id, key FROM awaited WHERE look_at <= now() ORDER BY look_at LIMIT %s
    ) AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.case_id = a.case_id AND e.key = a.key)
    RETURNING a.case_id, a.key, extract(epoch FROM now() - a.since)::float8 AS age
)
SELECT case_id, key, age, coalesce((SELECT max(seq) FROM entries e WHERE e.case_id = late.case_id), 0) FROM late
"""


class Late(Value):
    """A command whose line is not there although it was sent a while ago."""

    case_id: str
    key: str
    age: float
    """Seconds since it was sent."""
    kept: int
    """How far the ledger of the case has come."""


class Awaited:
    """A door notes its command here before it sends it; a line in the ledger takes the note away."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noting: Together[tuple[str, str], int] = Together(self._note)

    async def note(self, case_id: str, key: str) -> int:
        """Note a command; gives the last line that the ledger of its case has, 0 where there is none."""
        return await self._noting.do((case_id, key))

    async def forget(self, case_id: str, key: str) -> None:
        """The command was refused: there will be no line."""
        await self._database.at_once(_FORGET, (case_id, key))

    async def late(self, limit: int = 100) -> list[Late]:
        """Commands to look for now; the same ones come again later, each time twice as late."""
        rows = await self._database.all_at_once(_LATE, (FIRST_LOOK, limit))
        return [Late(case_id=row[0], key=row[1], age=row[2], kept=row[3]) for row in rows]

    async def _note(self, asked: Sequence[tuple[str, str]]) -> list[int]:
        cases, keys = [case_id for case_id, _ in asked], [key for _, key in asked]
        rows = await self._database.all_at_once(_NOTE, (FIRST_LOOK, cases, keys, cases))
        kept = dict(rows)
        return [kept[case_id] for case_id in cases]
