"""Answers already given over HTTP: the same caller with the same idempotency key gets the same answer again."""

from datetime import datetime

from psycopg.types.json import Jsonb
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from sop.shapes import Value
from store.database import Database
from store.tables import AnswerRow


class Answer(Value):
    """`body_hash` is of the request, to tell another request under the same key; `body` is the response."""

    caller: str
    key: str
    route: str
    body_hash: str
    status: int
    headers: dict[str, str]
    body: bytes
    at: datetime


_COLUMNS = ("caller", "key", "route", "body_hash", "status", "headers", "body", "at")
_FIND = "SELECT caller, key, route, body_hash, status, headers, body, at FROM answers WHERE caller = %s AND key = %s"
_KEEP = """
INSERT INTO answers (caller, key, route, body_hash, status, headers, body, at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING key
"""
_TABLE = AnswerRow.__table__  # type: ignore[attr-defined]


class Answers:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, caller: str, key: str) -> Answer | None:
        row = await self._database.at_once(_FIND, (caller, key))
        return None if row is None else Answer.model_validate(dict(zip(_COLUMNS, row, strict=True)))

    async def keep(self, answer: Answer) -> Answer:
        """The answer that holds from now on: this one, or the one that another request kept first."""
        values = [Jsonb(answer.headers) if name == "headers" else getattr(answer, name) for name in _COLUMNS]
        if await self._database.at_once(_KEEP, values):
            return answer
        # none only where housekeeping forgot it in this very moment
        return await self.find(answer.caller, answer.key) or answer

    async def forget_older_than(self, at: datetime) -> int:
        """How many were forgotten."""

        async def work(connection: AsyncConnection) -> int:
            return (await connection.execute(delete(_TABLE).where(_TABLE.c.at < at))).rowcount

        return await self._database.transact(work)
