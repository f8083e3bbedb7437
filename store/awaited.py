"""Commands on their way: noted before they are sent, until their lines stand in the ledger, whoever writes those."""

import secrets
from collections.abc import Sequence
from datetime import timedelta

from sop.shapes import Value
from store.database import Database
from store.together import Together

FIRST_LOOK = timedelta(seconds=3)
"""A line is usually there after milliseconds; only one that is not after so long is looked for."""

_NOTE = """
WITH noted AS (
    INSERT INTO awaited (id, case_id, key, since, look_at)
    SELECT id, case_id, key, now(), now() + %s FROM unnest(%s::text[], %s::text[], %s::text[]) AS a (id, case_id, key)
)
SELECT case_id, coalesce((SELECT max(seq) FROM entries e WHERE e.case_id = a.case_id), 0)
FROM (SELECT DISTINCT unnest(%s::text[]) AS case_id) AS a
"""
_FORGET = "DELETE FROM awaited WHERE id = %s"
# Looked for twice as late each time. A key that the ledger has is not awaited any more, whoever left the note.
_LATE = """
WITH there AS (
    DELETE FROM awaited a USING entries e
    WHERE a.look_at <= now() AND e.case_id = a.case_id AND e.key = a.key
),
late AS (
    UPDATE awaited a SET look_at = now() + greatest(%s, now() - a.since)
    WHERE a.id IN (SELECT id FROM awaited WHERE look_at <= now() ORDER BY look_at LIMIT %s)
      AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.case_id = a.case_id AND e.key = a.key)
    RETURNING a.id, a.case_id, extract(epoch FROM now() - a.since)::float8 AS age
)
SELECT id, case_id, age, coalesce((SELECT max(seq) FROM entries e WHERE e.case_id = late.case_id), 0) FROM late
"""


class Note(Value):
    """One sending of a command. A repetition has a note of its own, so that none takes another's away."""

    id: str
    kept: int
    """The last line that the ledger of the case has, 0 where there is none."""


class Late(Value):
    """A command whose line is not there although it was sent a while ago."""

    id: str
    case_id: str
    age: float
    """Seconds since it was sent."""
    kept: int
    """How far the ledger of the case has come."""


class Awaited:
    """A door notes its command here before it sends it; a line in the ledger takes the note away."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noting: Together[tuple[str, str], Note] = Together(self._note)

    async def note(self, case_id: str, key: str) -> Note:
        """Note a command that is about to be sent under this idempotency key."""
        return await self._noting.do((case_id, key))

    async def forget(self, note_id: str) -> None:
        """The command was refused: there will be no line."""
        await self._database.at_once(_FORGET, (note_id,))

    async def late(self, limit: int = 100) -> list[Late]:
        """Commands to look for now; the same ones come again later, each time twice as late."""
        rows = await self._database.all_at_once(_LATE, (FIRST_LOOK, limit))
        return [Late(id=row[0], case_id=row[1], age=row[2], kept=row[3]) for row in rows]

    async def _note(self, asked: Sequence[tuple[str, str]]) -> list[Note]:
        ids = [secrets.token_hex(8) for _ in asked]
        cases, keys = [case_id for case_id, _ in asked], [key for _, key in asked]
        kept = dict(await self._database.all_at_once(_NOTE, (FIRST_LOOK, ids, cases, keys, cases)))
        return [Note(id=id, kept=kept[case_id]) for id, case_id in zip(ids, cases, strict=True)]
