"""What is to be told to the holders of a role, and whether anybody holds it."""

from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from sop.shapes import Value
from store.database import Database
from store.tables import TellRow


class Told(Value):
    """A message by code; the words are made where it is shown.

    `addressed`: notices to persons were made of it. `no_holder`: nobody who can be reached holds the role there; the
    supervisors of the country were told in their place, where there are any.
    """

    id: str
    case_id: str
    to_role: str
    what: str
    about: str
    due: datetime | None
    created_at: datetime
    status: Literal["waiting", "addressed", "no_holder"]
    seq: int


_TABLE = TellRow.__table__  # type: ignore[attr-defined]


class Outbox:
    """Messages come into it with the lines of the ledger that they belong to, see `store.cases`; `store.notices` reads it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_case(self, case_id: str) -> list[Told]:
        """Everything that was told about a case, the oldest first."""

        async def work(connection: AsyncConnection) -> list[Told]:
            order = (_TABLE.c.created_at, _TABLE.c.id)
            found = await connection.execute(select(_TABLE).where(_TABLE.c.case_id == case_id).order_by(*order))
            return [Told.model_validate(dict(row._mapping)) for row in found]

        return await self._database.read(work)
