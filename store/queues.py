"""The queues of supervisors, read from the tables alone and right at the moment of asking: overdue, due, stuck.

Every page is read along an index and goes on after a place; `now` is always the caller's.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from sop.case import Case
from sop.shapes import Value
from store import queues_sql as sql
from store.cases import ClockKind
from store.database import Database

MAX_PAGE = 200
MOST_SUSPECTS = 200
"""So many cases in technical trouble are looked at; where there are more, one cause stands behind all of them."""

Clocks = Literal["overdue", "due_soon", "abroad", "waiting"]
Place = tuple[Any, ...]
"""Where a page ended: what its last line is ordered by."""


class Wanted(Value):
    """Which lines; None does not choose. `role` is one that owes."""

    country: str | None = None
    sop: str | None = None
    responsible: str | None = None
    statutory: bool | None = None
    role: str | None = None


class Message(Value):
    """Who was told of a clock, and when; `status` is how far the message has come."""

    role: str
    what: str
    at: datetime
    status: str


class OwedClock(Value):
    """A running clock with who owes it and who was told of its end. `owes` are roles, the nearest first."""

    case_id: str
    country: str
    procedure_hash: str
    responsible: str
    clock: str
    sop: str
    kind: ClockKind
    statutory: bool
    anchor: datetime
    due: datetime
    missed_at: datetime | None
    owes: tuple[str, ...]
    partner: bool
    counterpart: str | None
    told: tuple[Message, ...]

    @property
    def place(self) -> Place:
        return (self.statutory, self.due, self.case_id, self.clock)


class Unassigned(Value):
    """An open case that was offered and not taken, or whose responsible person is nobody who is known here."""

    case_id: str
    country: str
    procedure_hash: str
    responsible: str
    offered_to: str | None
    offered_at: datetime | None
    opened_at: datetime

    @property
    def place(self) -> Place:
        return (self.opened_at, self.case_id)


class Halted(Value):
    """A case that cannot go on, or a SOP of it that nobody can take further; `sop` is empty for the whole case."""

    case: Case
    code: str
    """`nothing_open` or `cannot_open` (`sop.outlook.Halt`), or `nobody_holds`."""
    sop: str
    roles: tuple[str, ...]
    since: datetime

    @property
    def place(self) -> Place:
        return (self.since, self.case.id, self.sop)


class Idle(Value):
    """An open SOP that has rested longer than its definition expects."""

    case: Case
    sop: str
    stalls_at: datetime

    @property
    def place(self) -> Place:
        return (self.stalls_at, self.case.id, self.sop)


class Suspect(Value):
    """A case of which the tables themselves show that the machinery has stopped.

    `clock_unheard`: a clock is over and nothing happened · `result_missing`: an activity owes its result ·
    `line_missing`: a command was sent and its line is not there · `rows_differ`: rows and workflow do not say the same,
    as housekeeping has found.
    """

    case_id: str
    code: Literal["clock_unheard", "result_missing", "line_missing", "rows_differ"]
    since: datetime


class CaseHead(Value):
    """What a list says of a case; of one that has no line yet there is none."""

    case_id: str
    country: str
    procedure_hash: str
    responsible: str
    sops: tuple[str, ...]


class Queues:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def clocks(
        self,
        queue: Clocks,
        wanted: Wanted,
        now: datetime,
        *,
        soon: Mapping[str, datetime] | None = None,
        after: Place | None = None,
        limit: int = 50,
    ) -> list[OwedClock]:
        """A page of a queue of clocks: the statutory ones first, then by due moment; what others owe by due moment alone.

        `soon`, for `due_soon`, says by country what is the last moment that counts, `""` for those not named.
        """
        query = sql.clocks(queue, wanted.model_dump(), after is not None, wanted.statutory)
        given = self._chosen(wanted, now, limit)
        if after is not None:
            given |= dict(zip(("a_statutory", "a_due", "a_case", "a_clock"), after, strict=True))
        if soon is not None:
            given |= {"latest": max(soon.values()), "soon": sql.as_json(soon)}
        return [OwedClock.model_validate(_owes(row)) for row in await self._database.rows(query, given)]

    async def unassigned(
        self,
        wanted: Wanted,
        known: Sequence[str],
        *,
        after: Place | None = None,
        limit: int = 50,
    ) -> list[Unassigned]:
        """Open cases that nobody has: the longest open first. `known` are the ids of all users."""
        given: dict[str, Any] = wanted.model_dump() | {"known": list(known), "limit": limit}
        if after is not None:
            given |= dict(zip(("a_at", "a_case"), after, strict=True))
        rows = await self._database.rows(sql.unassigned(wanted.model_dump(), after is not None), given)
        return [Unassigned.model_validate(row) for row in rows]

    async def halted(
        self, wanted: Wanted, held: Sequence[str], *, after: Place | None = None, limit: int = 50
    ) -> list[Halted]:
        """What cannot go on, the longest first. `held` are the roles that somebody holds."""
        given: dict[str, Any] = wanted.model_dump() | {"limit": limit}
        given["orphaned"] = await self._orphaned(held)
        if after is not None:
            given |= dict(zip(("a_at", "a_case", "a_sop"), after, strict=True))
        rows = await self._database.rows(sql.halted(wanted.model_dump(), after is not None), given)
        return [Halted.model_validate(_whole(row) | {"roles": _listed(row["roles"])}) for row in rows]

    async def idle(self, wanted: Wanted, now: datetime, *, after: Place | None = None, limit: int = 50) -> list[Idle]:
        """What has rested too long, the longest first."""
        given = self._chosen(wanted, now, limit)
        if after is not None:
            given |= dict(zip(("a_at", "a_case", "a_sop"), after, strict=True))
        rows = await self._database.rows(sql.idle(wanted.model_dump(), after is not None), given)
        return [Idle.model_validate(_whole(row)) for row in rows]

    async def suspects(self, unheard: datetime, unanswered: datetime, unwritten: datetime) -> list[Suspect]:
        """Cases whose clock, activity or line is awaited since before these moments, the oldest first."""
        given = {"unheard": unheard, "unanswered": unanswered, "unwritten": unwritten, "limit": MOST_SUSPECTS}
        return [Suspect.model_validate(row) for row in await self._database.rows(sql.SUSPECTS, given)]

    async def heads(self, case_ids: Sequence[str]) -> dict[str, CaseHead]:
        rows = await self._database.rows(sql.HEADS, {"cases": list(case_ids)})
        return {row["case_id"]: CaseHead.model_validate(row) for row in rows}

    async def _orphaned(self, held: Sequence[str]) -> list[str]:
        """The sets of roles of which nobody holds any; the empty set is no such set."""
        sets = [row["roles"] for row in await self._database.rows(sql.ROLE_SETS, {})]
        return [each for each in sets if each and not set(each.split(",")) & set(held)]

    def _chosen(self, wanted: Wanted, now: datetime, limit: int) -> dict[str, Any]:
        return wanted.model_dump() | {"now": now, "limit": limit}


def _owes(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"owes": _listed(row["owes"])}


def _whole(row: dict[str, Any]) -> dict[str, Any]:
    """With the case made of its text."""
    return {"case": Case.model_validate_json(row.pop("snapshot")), **row}


def _listed(roles: str | None) -> tuple[str, ...]:
    return tuple(role for role in (roles or "").split(",") if role)
