"""Workers with the real wiring, and one way to send commands to a case."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from sop.case import Actor, Case
from sop.commands import Command, OpenCase, Submission
from sop.decision import Receipt
from sop.procedure import Procedure
from store.cases import CaseLedger
from store.database import Database
from worker import build_worker
from workflows.client import CaseClient

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
        return (await self.client.open(self.opening(f"open-{next(_numbers)}", facts))).case_id

    async def send(
        self, case_id: str, command: Command, role: str = "case_manager", key: str | None = None, body: str = "body"
    ) -> Receipt:
        return await self.client.submit(case_id, submission(command, role, key or f"k-{next(_numbers)}", body))

    async def look(self, case_id: str) -> Case:
        case = await self.client.look(case_id)
        assert case is not None
        return case

    async def pass_time(self, days: float = 0, hours: float = 0) -> None:
        await self.env.sleep(timedelta(days=days, hours=hours))


def submission(command: Command, role: str, key: str, body: str = "body") -> Submission:
    return Submission(key=key, body=body, actor=Actor(id=f"demo-{role}", roles=(role,)), command=command)


@pytest_asyncio.fixture
async def desk(temporal: WorkflowEnvironment, database: Database, shipped: Procedure) -> AsyncIterator[Desk]:
    """On the real server."""
    queue = f"queue-{next(_numbers)}"
    async with build_worker(temporal.client, database, queue):
        yield Desk(temporal, shipped, CaseClient(temporal.client, queue), CaseLedger(database))


@pytest_asyncio.fixture
async def quick_desk(skipping: WorkflowEnvironment, database: Database, shipped: Procedure) -> AsyncIterator[Desk]:
    """On the time-skipping server, where a month is a blink."""
    queue = f"queue-{next(_numbers)}"
    async with build_worker(skipping.client, database, queue):
        yield Desk(skipping, shipped, CaseClient(skipping.client, queue), CaseLedger(database))
