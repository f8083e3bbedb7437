"""Making the read model anew: from the lines of the ledger, or from the workflows' own state."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Literal

from activities.ledger import rows_at
from sop.case import Case
from sop.changes import put_together
from sop.procedure import Procedure
from store.cases import LedgerWrite
from store.database import Database
from store.housekeeping import Housekeeping
from store.rebuilding import Line, Rebuilding
from workflows.bookkeeping import Bookkeeping
from workflows.carried import Carried
from workflows.errors import CaseError
from workflows.housekeeping import HouseEngine

PLACE = "rebuild"
Outcome = Literal["rebuilt", "old_lines", "gap", "no_workflow", "behind", "begun"]
"""`old_lines` were written before changes were kept · `gap` lines are missing · `no_workflow` nothing runs for the case ·
`behind` the ledger has come further than the workflow · `begun` its workflow was started again."""
ProcedureNow = Callable[[str], Procedure]


class Rebuild:
    """One case after another; what is done twice is done once."""

    def __init__(self, database: Database, procedure_now: ProcedureNow) -> None:
        self._rows = Rebuilding(database)
        self._house = Housekeeping(database)
        self._procedure = procedure_now

    async def left(self, *, from_start: bool) -> int:
        """How many cases there are still to do, after those of a rebuild that was stopped."""
        return await self._rows.left(await self._begins(from_start=from_start))

    async def from_ledger(self, *, from_start: bool) -> AsyncIterator[tuple[str, Outcome]]:
        """Every case of the ledger; a rebuild that was stopped goes on where it was."""
        after = await self._begins(from_start=from_start)
        while page := await self._rows.cases(after):
            for case_id in page:
                yield case_id, await self.one(case_id)
            after = page[-1]
            await self._house.keep_place(PLACE, after)
        await self._house.forget_place(PLACE)

    async def one(self, case_id: str) -> Outcome:
        """One case, from its lines."""
        outcome: Outcome = "rebuilt"

        def build(lines: list[Line]) -> LedgerWrite | None:
            nonlocal outcome
            said = [line.changes for line in lines if line.changes is not None]
            if len(said) < len(lines) or not lines:
                outcome = "old_lines"
                return None
            if [line.seq for line in lines] != list(range(1, len(lines) + 1)):
                outcome = "gap"
                return None
            case = put_together(said)
            return rows_at(self._procedure(case.procedure), case, lines[-1].at)

        await self._rows.replace(case_id, build)
        return outcome

    async def without_lines(self) -> int:
        """How many cases have a row and no line."""
        return await self._rows.without_lines()

    async def from_workflows(self, engine: HouseEngine, book: Bookkeeping) -> AsyncIterator[tuple[str, Outcome]]:
        """Every case that runs, as its workflow has it; lines that the ledger lacks are written first."""
        async for page in engine.running():
            for case_id in page:
                yield case_id, await self._from_workflow(case_id, engine, book)

    async def _from_workflow(self, case_id: str, engine: HouseEngine, book: Bookkeeping) -> Outcome:
        try:
            standing = await engine.stands(case_id)
            row = await self._house.row(case_id)
            if standing.case and (batch := await engine.unrecorded(case_id, row.lines if row else 0)):
                await book.write(batch)
        except CaseError:
            return "no_workflow"
        if standing.case is None:
            return "no_workflow"
        return await self._put(standing.case)

    async def _put(self, case: Case) -> Outcome:
        outcome: Outcome = "rebuilt"

        def build(lines: list[Line]) -> LedgerWrite | None:
            nonlocal outcome
            if lines and lines[-1].seq > case.seq:
                outcome = "behind"
                return None
            at = lines[-1].at if lines and lines[-1].seq == case.seq else datetime.now(UTC)
            return rows_at(self._procedure(case.procedure), case, at)

        await self._rows.replace(case.id, build)
        return outcome

    async def begin_again(self, engine: HouseEngine) -> AsyncIterator[tuple[str, Outcome]]:
        """Start the workflows again that housekeeping has found gone, each from where the row of its case stands."""
        for one in await self._house.discrepancies():
            if one.kind not in ("workflow_gone", "no_workflow"):
                continue
            row = await self._house.row(one.case_id)
            standing = await engine.stands(one.case_id)
            if row is None or standing.running:
                continue
            await engine.begin_again(Carried(case_id=one.case_id, case=row.case))
            await self._house.settled(one.case_id)
            yield one.case_id, "begun"

    async def _begins(self, *, from_start: bool) -> str:
        place = None if from_start else await self._house.place(PLACE)
        return place[0] if place else ""
