"""`caseway rebuild`: the read model is made anew, from the ledger or from the workflows; it may be stopped and run again."""

import asyncio
import contextlib
import signal
from collections import Counter
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cli.calling import cannot_run
from runtime.ending import end
from runtime.settings import Settings, SettingsInvalid

if TYPE_CHECKING:
    from api.shelf import Shelf
    from store.database import Database
    from workflows.rebuilding import Outcome, Rebuild

WORDS = {
    "old_lines": "have lines from before changes were kept; use --from-workflows",
    "gap": "lack lines in the ledger; use --from-workflows",
    "no_workflow": "have no workflow that could tell; see caseway doctor",
    "behind": "have a workflow that knows less than the ledger; see caseway doctor",
}


def rebuild(
    from_workflows: Annotated[
        bool, typer.Option("--from-workflows", help="from the workflows' own state, not from the ledger")
    ] = False,
    from_start: Annotated[
        bool, typer.Option("--from-start", help="do not go on where the last one was stopped")
    ] = False,
    case: Annotated[str | None, typer.Option(help="only this case, from the ledger")] = None,
    begin_again: Annotated[
        bool, typer.Option("--begin-again", help="start the workflows again that are reported gone, from their rows")
    ] = False,
) -> None:
    """Make the rows anew from which lists are read. The system may go on meanwhile; nothing of a case is changed.

    Exit 0 every case was made anew, 1 some could not be, 2 could not run.
    """
    if sum((from_workflows, case is not None, begin_again)) > 1:
        cannot_run("Choose one of --from-workflows, --case and --begin-again.")
    work = _Work(from_workflows=from_workflows, from_start=from_start, case=case, begin_again=begin_again)
    # the SDK may abort the interpreter where it ends on its own
    end(asyncio.run(work.run()))


class _Work:
    """One run of the command."""

    def __init__(self, *, from_workflows: bool, from_start: bool, case: str | None, begin_again: bool) -> None:
        self._from_workflows, self._begin_again = from_workflows, begin_again
        self._from_start, self._case = from_start, case
        self._stopped = False
        self.troubles: list[tuple[str, str]] = []

    async def run(self) -> int:
        from api.shelf import Shelf
        from runtime.temporal import TemporalUnreachable
        from store.database import Database
        from store.errors import StoreError
        from store.procedures import Procedures
        from workflows.errors import CaseError
        from workflows.rebuilding import Rebuild

        try:
            settings = Settings()
            database = Database.connect(settings.database, connections=4)
        except (SettingsInvalid, ValueError) as invalid:
            print(invalid)
            return 2
        try:
            from sop import shelf

            published = Shelf(Procedures(database))
            await published.all()
            made = Rebuild(database, shelf.get)
            return await self._carried_out(settings, database, published, made)
        except (SettingsInvalid, StoreError, TemporalUnreachable, shelf.ProcedureNotLoaded) as away:
            print(away)
            return 2
        except CaseError as away:
            print(f"A case could not be asked: {away.code}. Look at caseway doctor, then run it again.")
            return 2
        finally:
            with contextlib.suppress(Exception):
                await database.close()

    async def _carried_out(self, settings: Settings, database: "Database", published: "Shelf", made: "Rebuild") -> int:
        if self._case is not None:
            return self._said(Counter({await made.one(self._case): 1}), 0)
        if not (self._from_workflows or self._begin_again):
            total = await made.left(from_start=self._from_start)
            done = await self._followed(made.from_ledger(from_start=self._from_start), total)
            return self._said(done, await made.without_lines())
        from runtime.temporal import connect
        from workflows.bookkeeping import Bookkeeping
        from workflows.client import CaseClient
        from workflows.housekeeping import HouseEngine

        client = await connect(settings, "rebuild", patience=5)
        book = Bookkeeping(database, published.procedure)
        engine = HouseEngine(client, settings.task_queue, CaseClient(client, settings.task_queue, book))
        if self._begin_again:
            return self._said(await self._followed(made.begin_again(engine), None), 0)
        return self._said(await self._followed(made.from_workflows(engine, book), await engine.count()), 0)

    async def _followed(self, cases: "AsyncIterator[tuple[str, Outcome]]", total: int | None) -> Counter[str]:
        """Case after case, with a bar; Ctrl-C stops after the one under way."""
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(sign, self._stop)
        done: Counter[str] = Counter()
        columns = (TextColumn("rebuilding"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True)) as progress:
            task = progress.add_task("", total=total)
            async for case_id, outcome in cases:
                done[outcome] += 1
                progress.advance(task)
                if outcome in WORDS:
                    print(f"{case_id}: {outcome}")
                if self._stopped:
                    break
        return done

    def _stop(self) -> None:
        self._stopped = True

    def _said(self, done: Counter[str], without_lines: int) -> int:
        print(f"{done['rebuilt']} cases were made anew.")
        if done["begun"] or self._begin_again:
            print(f"{done['begun']} workflows were started again.")
        for outcome, words in WORDS.items():
            if count := done[outcome]:
                print(f"{count} {words}.")
        if without_lines:
            print(f"{without_lines} have a row and no line in the ledger; they were left as they are.")
        if self._stopped:
            print("Stopped. Run it again to go on.")
        left = sum(done[outcome] for outcome in WORDS)
        return 1 if left or without_lines or self._stopped else 0
