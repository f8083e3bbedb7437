"""Deliveries on their way: mails that gather, mails and calls that are due, sent or dead; several processes may share them."""

import secrets
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from sop.shapes import Value
from store.database import Database
from store.people import COLUMNS, HOOKED, Person, person_of

LEASE = timedelta(minutes=2)
"""How long a delivery belongs to who took it; then another one tries, for the first may have died."""


class Delivery(Value):
    """A mail, or a call of an endpoint, taken for one try. Its `id` stays the same in every try.

    `case_id` is empty for a digest. `attempts` counts this try.
    """

    id: str
    person: str
    endpoint: str | None
    case_id: str
    urgent: bool
    attempts: int


class Carried(Value):
    """A notice in a delivery, with how things stand now: the clock may have been met or moved meanwhile."""

    case_id: str
    seq: int
    what: str
    about: str
    due: datetime | None
    at: datetime
    country: str | None
    procedure_hash: str | None
    clock_runs: bool | None
    """Whether the clock that it is about runs with the same end; None where it is about no clock of the case."""


class Dead(Value):
    """What could not be delivered; `error` is a code, never a text of the other side."""

    id: str
    person: str
    endpoint: str | None
    case_id: str
    attempts: int
    error: str
    done_at: datetime


class Counts(Value):
    """How many mails and calls wait, and how many are dead."""

    mails_waiting: int
    calls_waiting: int
    dead: int


Done = Literal["sent", "nothing", "dead"]

_TAKE = """
UPDATE deliveries d SET status = 'due', attempts = d.attempts + 1, next_at = :lease
WHERE d.id IN (
    SELECT id FROM deliveries
    WHERE status IN ('open', 'due') AND next_at <= :now AND (endpoint IS NULL) = :mails
    ORDER BY urgent DESC, next_at LIMIT :limit FOR UPDATE SKIP LOCKED
)
RETURNING d.id, d.person, d.endpoint, d.case_id, d.urgent, d.attempts
"""
_CONTENTS = """
SELECT n.case_id, n.seq, n.what, n.about, n.due, n.at, c.country, c.procedure_hash,
       k.status = 'running' AND k.due IS NOT DISTINCT FROM n.due AS clock_runs
FROM carried r JOIN notices n ON n.id = r.notice
LEFT JOIN cases c ON c.case_id = n.case_id
LEFT JOIN clocks k ON k.case_id = n.case_id AND k.clock = n.about
WHERE r.delivery = :id ORDER BY n.at, n.id
"""
# Only who holds the delivery may say how it ended: after the lease it belongs to another try.
_MINE = "WHERE id = :id AND status = 'due' AND attempts = :attempts"
_COUNTS = """
SELECT count(*) FILTER (WHERE status IN ('open', 'due') AND endpoint IS NULL AND next_at <= :now) AS mails_waiting,
       count(*) FILTER (WHERE status = 'due' AND endpoint IS NOT NULL) AS calls_waiting,
       count(*) FILTER (WHERE status = 'dead') AS dead
FROM deliveries WHERE status IN ('open', 'due', 'dead')
"""
_UNPLANNED = f"""
SELECT {COLUMNS}, {HOOKED} FROM people p
WHERE p.digest_at IS NOT NULL AND p.address IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM deliveries d WHERE d.person = p.id AND d.case_id = '' AND d.status = 'open' AND d.endpoint IS NULL
)
"""  # noqa: S608 - constants of ours
_PLAN = """
INSERT INTO deliveries (id, person, case_id, urgent, status, next_at, created_at)
VALUES (:id, :person, '', false, 'open', :next_at, :now)
ON CONFLICT (person, case_id, urgent) WHERE status = 'open' AND endpoint IS NULL DO NOTHING
"""
_REPLAY = """
UPDATE deliveries SET status = 'due', attempts = 0, next_at = :now, error = NULL, done_at = NULL
WHERE status = 'dead' AND (CAST(:id AS text) IS NULL OR id = :id)
"""


class Deliveries:
    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._key = key

    async def take(self, now: datetime, *, mails: bool, limit: int = 20) -> list[Delivery]:
        """The mails, or else the calls, that are due now, the urgent first, for `LEASE`."""
        given = {"now": now, "lease": now + LEASE, "mails": mails, "limit": limit}

        async def work(connection: AsyncConnection) -> list[Delivery]:
            return [Delivery.model_validate(dict(row._mapping)) for row in await connection.execute(text(_TAKE), given)]

        return await self._database.transact(work)

    async def contents(self, id: str) -> list[Carried]:
        async def work(connection: AsyncConnection) -> list[Carried]:
            found = await connection.execute(text(_CONTENTS), {"id": id})
            return [Carried.model_validate(dict(row._mapping)) for row in found]

        return await self._database.read(work)

    async def done(self, delivery: Delivery, status: Done, now: datetime, error: str | None = None) -> bool:
        """It is over. Whether it was still ours to say."""
        statement = f"UPDATE deliveries SET status = :status, error = :error, done_at = :now {_MINE}"  # noqa: S608
        return await self._change(statement, delivery, status=status, error=error, now=now)

    async def again(self, delivery: Delivery, at: datetime, error: str) -> bool:
        """It failed and is tried again at this moment."""
        statement = f"UPDATE deliveries SET next_at = :at, error = :error {_MINE}"  # noqa: S608 - constants
        return await self._change(statement, delivery, at=at, error=error)

    async def postpone(self, delivery: Delivery, at: datetime) -> bool:
        """It was not tried, for its receiver wants quiet; the try does not count."""
        statement = f"UPDATE deliveries SET next_at = :at, attempts = attempts - 1 {_MINE}"  # noqa: S608 - constants
        return await self._change(statement, delivery, at=at)

    async def without_digest(self) -> list[Person]:
        """Who wishes a digest and has none planned."""

        async def work(connection: AsyncConnection) -> list[Person]:
            return [person_of(dict(row._mapping), self._key) for row in await connection.execute(text(_UNPLANNED))]

        return await self._database.read(work)

    async def plan_digest(self, person: str, at: datetime, now: datetime) -> None:
        """The next digest of a person, unless one is planned; it gathers until then."""
        given = {"id": secrets.token_hex(16), "person": person, "next_at": at, "now": now}

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(text(_PLAN), given)

        await self._database.transact(work)

    async def counts(self, now: datetime) -> Counts:
        async def work(connection: AsyncConnection) -> Counts:
            row = (await connection.execute(text(_COUNTS), {"now": now})).one()
            return Counts.model_validate(dict(row._mapping))

        return await self._database.read(work)

    async def dead(self, limit: int = 500) -> list[Dead]:
        """The dead ones, the newest first."""
        query = "SELECT id, person, endpoint, case_id, attempts, error, done_at FROM deliveries WHERE status = 'dead'"

        async def work(connection: AsyncConnection) -> list[Dead]:
            found = await connection.execute(text(f"{query} ORDER BY done_at DESC, id LIMIT :limit"), {"limit": limit})
            return [Dead.model_validate(dict(row._mapping)) for row in found]

        return await self._database.read(work)

    async def replay(self, id: str | None, now: datetime) -> int:
        """Try a dead one again, under its own id, or all of them where `id` is None; how many these are."""

        async def work(connection: AsyncConnection) -> int:
            return (await connection.execute(text(_REPLAY), {"id": id, "now": now})).rowcount

        return await self._database.transact(work)

    async def _change(self, statement: str, delivery: Delivery, **given: Any) -> bool:
        given |= {"id": delivery.id, "attempts": delivery.attempts}

        async def work(connection: AsyncConnection) -> bool:
            return (await connection.execute(text(statement), given)).rowcount > 0

        return await self._database.transact(work)
