"""From the outbox to persons: a message to a role becomes notices, each person once for one cause."""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from sop.shapes import Value
from store.database import Database
from store.people import COLUMNS, HOOKED, Person, person_of

SUPERVISOR = "supervisor"


class Waiting(Value):
    """A message that nobody has been given yet, with what decides to whom it goes."""

    id: str
    case_id: str
    to_role: str
    what: str
    about: str
    due: datetime | None
    seq: int
    country: str
    """Empty where the case is not known; only who serves everywhere is told then."""
    responsible: str
    cover: str = ""
    """Who acts for the responsible one now; empty where nobody does."""
    actor: str
    """Who took the step with which it came."""
    statutory: bool
    """Whether it is about a clock of the law."""

    @property
    def cause(self) -> str:
        """The same for everything that one moment of one clock has to say, to however many roles."""
        due = self.due.isoformat() if self.due else ""
        return f"{self.case_id}:{self.what}:{self.about}:{due}:{self.seq}"


class Parcel(Value):
    """To whom a message goes, and when a mail about it may leave at the earliest.

    `digest`: it goes with the digest; otherwise with what else there is about the case at that time.
    """

    person: str
    send_at: datetime
    digest: bool
    urgent: bool
    mail: bool


class Addressed(Value):
    """Where one message goes. `held` says whether anybody who can be reached holds its role."""

    parcels: tuple[Parcel, ...]
    held: bool


Address = Callable[[Waiting, Sequence[Person]], Addressed]
"""Says who is told, of the people who hold the role, are supervisors, or act on the case."""

# Two workers share the work: each takes what the other has not locked.
_WAITING = """
SELECT o.id, o.case_id, o.to_role, o.what, o.about, o.due, o.seq, coalesce(c.country, '') AS country,
       coalesce(c.responsible, '') AS responsible,
       CASE WHEN o.what = 'cover' OR CAST(:now AS timestamptz) BETWEEN
                (c.snapshot #>> '{responsible,cover,since}')::timestamptz
                AND (c.snapshot #>> '{responsible,cover,until}')::timestamptz
            THEN coalesce(c.snapshot #>> '{responsible,cover,by}', '') ELSE '' END AS cover,
       coalesce(e.actor, '') AS actor, coalesce(k.statutory, false) AS statutory
FROM outbox o
LEFT JOIN cases c ON c.case_id = o.case_id
LEFT JOIN entries e ON e.case_id = o.case_id AND e.seq = o.seq
LEFT JOIN clocks k ON k.case_id = o.case_id AND k.clock = o.about
WHERE o.status = 'waiting' ORDER BY o.created_at, o.id LIMIT :limit
FOR UPDATE OF o SKIP LOCKED
"""
_HOLDERS = f"""
SELECT {COLUMNS}, {HOOKED} FROM people p
WHERE p.roles && CAST(:roles AS text[]) OR p.id = ANY(CAST(:acting AS text[])) ORDER BY p.id
"""  # noqa: S608
_NOTICE = """
INSERT INTO notices (person, cause, tell, case_id, seq, what, about, due, at)
VALUES (:person, :cause, :tell, :case_id, :seq, :what, :about, :due, :at)
ON CONFLICT (person, cause) DO NOTHING RETURNING id
"""
# The one that still gathers is locked by this, so that it does not leave in between; where there is none, a new one.
_MAIL = """
INSERT INTO deliveries AS d (id, person, case_id, urgent, status, next_at, created_at)
VALUES (:id, :person, :case_id, :urgent, 'open', :next_at, :now)
ON CONFLICT (person, case_id, urgent) WHERE status = 'open' AND endpoint IS NULL
DO UPDATE SET next_at = least(d.next_at, excluded.next_at) RETURNING id
"""
_CALLS = """
WITH calls AS (
    INSERT INTO deliveries (id, person, endpoint, case_id, urgent, status, next_at, created_at)
    SELECT 'msg_' || replace(gen_random_uuid()::text, '-', ''), e.person, e.id, :case_id, :urgent, 'due', :now, :now
    FROM endpoints e WHERE e.person = :person AND e.off_at IS NULL AND (cardinality(e.kinds) = 0 OR :what = ANY(e.kinds))
    RETURNING id
)
INSERT INTO carried (delivery, notice) SELECT id, :notice FROM calls
"""
_CARRIED = "INSERT INTO carried (delivery, notice) VALUES (:delivery, :notice)"


class Notices:
    """`key` opens the addresses of people."""

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._key = key

    async def address(self, how: Address, now: datetime, limit: int = 100) -> int:
        """Make notices and deliveries of what waits in the outbox; how many messages these were.

        All in one transaction: killed in the middle, the message waits as before. What a person was told before, by
        its cause, makes no second notice.
        """

        async def work(connection: AsyncConnection) -> int:
            found = await connection.execute(text(_WAITING), {"limit": limit, "now": now})
            waiting = [Waiting.model_validate(dict(row._mapping)) for row in found]
            if not waiting:
                return 0
            roles = sorted({SUPERVISOR, *(one.to_role for one in waiting)})
            acting = sorted({person for one in waiting for person in (one.responsible, one.cover) if person})
            rows = await connection.execute(text(_HOLDERS), {"roles": roles, "acting": acting})
            people = [person_of(dict(row._mapping), self._key) for row in rows]
            for one in waiting:
                addressed = how(one, people)
                for parcel in addressed.parcels:
                    await _hand_over(connection, one, parcel, now)
                status = "addressed" if addressed.held else "no_holder"
                done = text("UPDATE outbox SET status = :status WHERE id = :id")
                await connection.execute(done, {"id": one.id, "status": status})
            return len(waiting)

        return await self._database.transact(work)


async def _hand_over(connection: AsyncConnection, one: Waiting, parcel: Parcel, now: datetime) -> None:
    given: dict[str, Any] = one.model_dump(include={"case_id", "seq", "what", "about", "due"})
    given |= {"person": parcel.person, "cause": one.cause, "tell": one.id, "at": now}
    notice = (await connection.execute(text(_NOTICE), given)).scalar_one_or_none()
    if notice is None:
        return
    shared = {"person": parcel.person, "case_id": one.case_id, "urgent": parcel.urgent, "now": now}
    if parcel.mail:
        place = shared | {"id": secrets.token_hex(16), "next_at": parcel.send_at}
        if parcel.digest:
            place["case_id"] = ""
        delivery = (await connection.execute(text(_MAIL), place)).scalar_one()
        await connection.execute(text(_CARRIED), {"delivery": delivery, "notice": notice})
    await connection.execute(text(_CALLS), shared | {"what": one.what, "notice": notice})
