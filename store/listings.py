"""Lists of cases, read from the tables alone: a page of the register, and what one case manager has before them."""

from datetime import datetime
from typing import Any

from sop.case import ClockStatus, SopStanding
from sop.shapes import Value
from store.cases import ClockKind, OpenStep
from store.database import Database
from store.places import read, written

MAX_PAGE = 200


class CaseLine(Value):
    """One case in a list. `nearest_due` is the nearest moment of its running clocks, which may be past."""

    case_id: str
    country: str
    procedure_name: str
    procedure_version: str
    procedure_hash: str
    seq: int
    opened_at: datetime
    moved_at: datetime
    closed_at: datetime | None
    responsible: str
    offered_to: str | None
    sops: dict[str, SopStanding]
    nearest_due: datetime | None
    overdue: int


class CasePage(Value):
    """`cursor` fetches the next page; none on the last."""

    cases: tuple[CaseLine, ...]
    cursor: str | None


class ClockLine(Value):
    """A clock that runs or is paused (`due` is then none). Overdue is for the reader to say, by its own now."""

    clock: str
    sop: str
    kind: ClockKind
    statutory: bool
    status: ClockStatus
    due: datetime | None
    missed_at: datetime | None


class WorkLine(Value):
    """One open case of the caller with its clocks, the nearest first, and the steps that were asked for."""

    case: CaseLine
    clocks: tuple[ClockLine, ...]
    asked: tuple[OpenStep, ...]


_LINE = """
SELECT c.case_id, c.country, c.procedure_name, c.procedure_version, c.procedure_hash, c.seq, c.opened_at, c.moved_at,
       c.closed_at, c.responsible, c.offered_to, c.snapshot->'sops' AS sops,
       (SELECT min(k.due) FROM clocks k WHERE k.case_id = c.case_id AND k.status = 'running') AS nearest_due,
       (SELECT count(*) FROM clocks k
        WHERE k.case_id = c.case_id AND k.status = 'running' AND k.due <= %(now)s) AS overdue
"""

_STATE = """EXISTS (SELECT 1 FROM sop_states s WHERE s.case_id = c.case_id
    AND s.state = %(state)s AND (CAST(%(sop)s AS text) IS NULL OR s.sop = %(sop)s))"""
_SOP = "EXISTS (SELECT 1 FROM sop_states s WHERE s.case_id = c.case_id AND s.sop = %(sop)s)"
_OVERDUE = """EXISTS (SELECT 1 FROM clocks k
    WHERE k.case_id = c.case_id AND k.status = 'running' AND k.due <= %(now)s)"""
_CLOCK = "to_jsonb(k) - CAST('{case_id,run,anchor,country,responsible,open,owes,partner,counterpart}' AS text[])"
_STUCK = "c.case_id IN (SELECT s.case_id FROM sop_states s WHERE s.stalls_at <= %(now)s)"
_CLOSED = {True: "c.closed_at IS NOT NULL", False: "c.closed_at IS NULL", None: "true"}


_COVERED = """(c.snapshot #>> '{responsible,cover,by}' = %(user_id)s
    AND (c.snapshot #>> '{responsible,cover,since}')::timestamptz <= %(now)s
    AND (c.snapshot #>> '{responsible,cover,until}')::timestamptz > %(now)s)"""


class Listings:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_cases(
        self,
        *,
        now: datetime,
        state: str | None = None,
        country: str | None = None,
        sop: str | None = None,
        responsible: str | None = None,
        overdue: bool = False,
        stuck: bool = False,
        closed: bool | None = False,
        cursor: str | None = None,
        limit: int = 50,
    ) -> CasePage:
        """One page, the newest case first. `closed=None` lists open and closed ones; `stuck` those that rest too long.

        A cursor that this store did not make is a `ValueError`; it holds no filter, so the caller repeats them.
        """
        if not 1 <= limit <= MAX_PAGE:
            raise ValueError(f"a page has 1 to {MAX_PAGE} cases")
        chosen = {
            _STATE: state is not None,
            _SOP: sop is not None and state is None,
            "c.country = %(country)s": country is not None,
            "c.responsible = %(responsible)s": responsible is not None,
            _OVERDUE: overdue,
            _STUCK: stuck,
            _CLOSED[closed]: True,
            "(c.opened_at, c.case_id) < (%(opened_at)s, %(case_id)s)": cursor is not None,
        }
        given: dict[str, Any] = {"now": now, "limit": limit + 1, "state": state, "sop": sop, "country": country}
        given |= {"responsible": responsible}
        if cursor is not None:
            _, (given["opened_at"], given["case_id"]) = read(cursor, {"cases": "tc"})
        wanted = " AND ".join(condition for condition, on in chosen.items() if on) or "true"
        # every condition is a constant of this module; what the caller gave travels as parameters only
        query = f"{_LINE} FROM cases c WHERE {wanted} ORDER BY c.opened_at DESC, c.case_id DESC LIMIT %(limit)s"
        lines = [CaseLine.model_validate(row) for row in await self._database.rows(query, given)]
        more = len(lines) > limit
        page = tuple(lines[:limit])
        return CasePage(cases=page, cursor=_written(page[-1]) if more else None)

    async def worklist(self, user_id: str, now: datetime) -> list[WorkLine]:
        """The open cases that this user is responsible for, covers now or was offered, the nearest due first."""
        query = f"""{_LINE},
            (SELECT coalesce(jsonb_agg({_CLOCK} ORDER BY k.due NULLS LAST), '[]')
             FROM clocks k WHERE k.case_id = c.case_id AND k.status IN ('running', 'paused')) AS clocks,
            (SELECT coalesce(jsonb_agg(to_jsonb(t) - 'case_id' ORDER BY t.sop, t.name), '[]')
             FROM steps t WHERE t.case_id = c.case_id AND t.asked) AS asked
            FROM cases c
            WHERE c.closed_at IS NULL AND (c.responsible = %(user_id)s OR c.offered_to = %(user_id)s OR {_COVERED})
            ORDER BY nearest_due NULLS LAST, c.case_id
        """  # noqa: S608 - constants of this module
        return [_work_line(row) for row in await self._database.rows(query, {"user_id": user_id, "now": now})]


def _work_line(row: dict[str, Any]) -> WorkLine:
    clocks, asked = row.pop("clocks"), row.pop("asked")
    return WorkLine.model_validate({"case": row, "clocks": clocks, "asked": asked})


def _written(line: CaseLine) -> str:
    return written("cases", (line.opened_at, line.case_id))
