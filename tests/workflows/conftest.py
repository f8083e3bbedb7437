"""Workers with the real wiring, and one way to send commands to a case."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from sop.case import Actor, Case
from sop.commands import Command, OpenCase, Submission
from sop.decision import Receipt
from sop.procedure import Procedure
from store.awaited import Awaited
from store.cases import CaseLedger
from store.database import Database
from worker import build_worker, loaded_procedure
from workflows.bookkeeping import Bookkeeping
from workflows.client import CaseClient
from workflows.latecomers import keep_looking

_numbers = itertools.count(1)


@dataclass
class Desk:
    """A case manager's desk over one Temporal and one database."""

    env: WorkflowEnvironment
    procedure: Procedure
    client: CaseClient
    ledger: CaseLedger

    def opening(self, key: str, facts: dict[str, object] | None = None) -> Submission:
        command = {
            "case_id": f"TEST{next(_numbers):07d}",
            "procedure": self.procedure.hash,
            "country": "AT",
            "facts": facts or {},
            "responsible": "demo-case_manager",
        }
        return submission(OpenCase.model_validate(command), "first_point_of_notification", key)

    async def open(self, facts: dict[str, object] | None = None) -> str:
        """A new case; gives its id."""
        return (await self.client.open(self.opening(f"open-{next(_numbers)}", facts))).receipt.case_id

    async def send(
        self, case_id: str, command: Command, role: str = "case_manager", key: str | None = None, body: str = "body"
    ) -> Receipt:
        return (
            await self.client.submit(case_id, submission(command, role, key or f"k-{next(_numbers)}", body))
        ).receipt

    async def look(self, case_id: str) -> Case:
        case = await self.client.look(case_id)
        assert case is not None
        return case

    async def pass_time(self, days: float = 0, hours: float = 0) -> None:
        await self.env.sleep(timedelta(days=days, hours=hours))


def submission(command: Command, role: str, key: str, body: str = "body") -> Submission:
    return Submission(key=key, body=body, actor=Actor(id=f"demo-{role}", roles=(role,)), command=command)


@asynccontextmanager
async def a_desk(env: WorkflowEnvironment, database: Database, procedure: Procedure) -> AsyncIterator[Desk]:
    """A desk with its worker, which also looks for lines that nobody wrote."""
    queue = f"queue-{next(_numbers)}"
    book = Bookkeeping(database, loaded_procedure)
    client = CaseClient(env.client, queue, book)
    async with build_worker(env.client, database, queue):
        looking = asyncio.create_task(keep_looking(client, book, Awaited(database)))
        yield Desk(env, procedure, client, CaseLedger(database))
        looking.cancel()


@pytest_asyncio.fixture
async def desk(temporal: WorkflowEnvironment, database: Database, shipped: Procedure) -> AsyncIterator[Desk]:
    """On the real server."""
    async with a_desk(temporal, database, shipped) as made:
        yield made


@pytest_asyncio.fixture
async def quick_desk(skipping: WorkflowEnvironment, database: Database, shipped: Procedure) -> AsyncIterator[Desk]:
    """On the time-skipping server, where a month is a blink."""
    async with a_desk(skipping, database, shipped) as made:
        yield made
