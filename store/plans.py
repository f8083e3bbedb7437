"""Plans that move running cases to another version: what was foreseen for each case, and how far it has come."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from sop.case import Case
from sop.shapes import Value
from store.database import Database
from store.tables import PlanRow

PAGE = 500
_PLANS = PlanRow.__table__  # type: ignore[attr-defined]


class Chosen(Value):
    """Which running cases a plan looks at; all of the procedure where nothing is said."""

    sop: str | None = None
    state: str | None = None
    country: str | None = None
    version: str | None = None
    cases: tuple[str, ...] | None = None


class PlanHead(Value):
    """A plan without its lines. `paused_by` is who has stopped it for the moment."""

    id: str
    procedure_hash: str
    made_at: datetime
    made_by: str
    chosen: Chosen
    paused_by: str | None = None


class LineNow(Value):
    """One line of a plan, as JSON, and how the case stands now."""

    case_id: str
    line: str
    procedure_hash: str | None
    seq: int | None


class Target(Value):
    """The version to which cases are to move; `country` is whose adaptation it is, None for the base."""

    hash: str
    name: str
    country: str | None = None


_RUNNING = """
SELECT c.snapshot::text FROM cases c LEFT JOIN procedures p ON p.hash = c.procedure_hash
WHERE c.closed_at IS NULL AND c.procedure_name = :of AND c.procedure_hash <> :hash AND c.case_id > :after
  AND CASE WHEN CAST(:theirs AS text) IS NULL
      THEN p.country IS NULL AND NOT EXISTS (
        SELECT 1 FROM procedures own WHERE own.name = :of AND own.country = c.country
        AND own.in_force_from <= :now AND NOT own.waits_for_second)
      ELSE c.country = :theirs AND (p.country IS NULL OR p.country = :theirs) END
  AND (CAST(:version AS text) IS NOT NULL OR p.country IS DISTINCT FROM CAST(:theirs AS text) OR NOT EXISTS (
        SELECT 1 FROM procedures new WHERE new.hash = :hash
        AND (new.in_force_from, new.published_at) < (p.in_force_from, p.published_at)))
  AND (CAST(:country AS text) IS NULL OR c.country = :country)
  AND (CAST(:version AS text) IS NULL OR c.procedure_version = :version)
  AND (CAST(:cases AS text[]) IS NULL OR c.case_id = ANY(:cases))
  AND (CAST(:sop AS text) IS NULL AND CAST(:state AS text) IS NULL OR EXISTS (
        SELECT 1 FROM sop_states s WHERE s.case_id = c.case_id
        AND (CAST(:sop AS text) IS NULL OR s.sop = :sop) AND (CAST(:state AS text) IS NULL OR s.state = :state)))
ORDER BY c.case_id LIMIT :limit
"""
_KEEP_LINES = """
INSERT INTO plan_lines (plan_id, case_id, line)
SELECT :plan, case_id, line FROM unnest(CAST(:cases AS text[]), CAST(:lines AS jsonb[])) AS given (case_id, line)
ON CONFLICT DO NOTHING
"""
_LINES = """
SELECT l.case_id, l.line::text AS line, c.procedure_hash, c.seq
FROM plan_lines l LEFT JOIN cases c ON c.case_id = l.case_id
WHERE l.plan_id = :plan ORDER BY l.case_id
"""


class Plans:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def running(self, target: Target, chosen: Chosen, now: datetime) -> AsyncIterator[list[Case]]:
        """The open cases that may move to the version, page by page.

        A version of a country takes the cases of this country, from its older versions and from the base; the base
        takes those of countries that have no version of their own in force. A newer version is left only where
        `chosen` names it.
        """
        given: dict[str, Any] = {"hash": target.hash, "of": target.name, "theirs": target.country, "now": now}
        given |= {"after": "", "limit": PAGE, **chosen.model_dump()}
        given["cases"] = None if chosen.cases is None else list(chosen.cases)

        async def work(connection: AsyncConnection) -> list[Case]:
            found = await connection.execute(text(_RUNNING), given)
            return [Case.model_validate_json(row) for row in found.scalars()]

        while page := await self._database.read(work):
            yield page
            given["after"] = page[-1].id

    async def keep(self, head: PlanHead, lines: Mapping[str, str]) -> None:
        """Keep a plan with its lines by case; the same again changes nothing."""
        row = head.model_dump(mode="json") | {"made_at": head.made_at}
        given = {"plan": head.id, "cases": list(lines), "lines": list(lines.values())}

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(insert(_PLANS).values(row).on_conflict_do_nothing())
            await connection.execute(text(_KEEP_LINES), given)

        await self._database.transact(work)

    async def get(self, plan_id: str) -> PlanHead | None:
        async def work(connection: AsyncConnection) -> PlanHead | None:
            row = (await connection.execute(select(_PLANS).where(_PLANS.c.id == plan_id))).one_or_none()
            return None if row is None else PlanHead.model_validate(dict(row._mapping))

        return await self._database.read(work)

    async def lines(self, plan_id: str) -> list[LineNow]:
        """Every line, by case, with how the case stands now."""

        async def work(connection: AsyncConnection) -> list[LineNow]:
            found = await connection.execute(text(_LINES), {"plan": plan_id})
            return [LineNow.model_validate(dict(row._mapping)) for row in found]

        return await self._database.read(work)

    async def line(self, plan_id: str, case_id: str) -> str | None:
        """What the plan foresees for this case, as JSON."""
        query = "SELECT line::text FROM plan_lines WHERE plan_id = %s AND case_id = %s"
        found = await self._database.at_once(query, (plan_id, case_id))
        return None if found is None else str(found[0])

    async def pause(self, plan_id: str, by: str | None) -> None:
        """Stop the plan for the moment; or, with None, let it go on."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(update(_PLANS).where(_PLANS.c.id == plan_id).values(paused_by=by))

        await self._database.transact(work)
