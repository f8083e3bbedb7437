"""Answers already given over HTTP: the same caller with the same idempotency key gets the same answer again."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
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


_TABLE = AnswerRow.__table__  # type: ignore[attr-defined]


class Answers:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, caller: str, key: str) -> Answer | None:
        return await self._database.read(lambda connection: _find(connection, caller, key))

    async def keep(self, answer: Answer) -> Answer:
        """The answer that holds from now on: this one, or the one that another request kept first."""

        async def work(connection: AsyncConnection) -> Answer:
            values = {name: getattr(answer, name) for name in Answer.model_fields}
            await connection.execute(insert(_TABLE).values(values).on_conflict_do_nothing())
            # none only where housekeeping forgot it in this very moment
            return await _find(connection, answer.caller, answer.key) or answer

        return await self._database.transact(work)

    async def forget_older_than(self, at: datetime) -> int:
        """How many were forgotten."""

        async def work(connection: AsyncConnection) -> int:
            return (await connection.execute(delete(_TABLE).where(_TABLE.c.at < at))).rowcount

        return await self._database.transact(work)


async def _find(connection: AsyncConnection, caller: str, key: str) -> Answer | None:
    query = select(_TABLE).where(_TABLE.c.caller == caller, _TABLE.c.key == key)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else Answer.model_validate(dict(row._mapping))
