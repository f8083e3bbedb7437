"""A person's whole path over HTTP, and the command line beside it: a real door on a real socket, a real worker, a real database, time that can be skipped."""

import asyncio
import json
import os
import socket
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
import uvicorn
from temporalio.testing import WorkflowEnvironment

from api.app import create_app
from api.callers import read_demo_users, write_demo_users
from api.parts import Parts
from api.shelf import Shelf
from cli.folders import SHIPPED, files_of
from cli.publish import publish, users_of
from sop.case import Case
from sop.counting import after
from sop.durations import Duration
from sop.procedure import Procedure
from store.answers import Answers
from store.cases import CaseLedger
from store.compliance import Compliance
from store.database import Database
from store.endpoints import Endpoints
from store.feeds import Feeds
from store.filters import Filters
from store.listings import Listings
from store.outbox import Outbox
from store.people import People
from store.plans import Plans
from store.procedures import Procedures
from store.queues import Queues
from store.reassignments import Reassignments
from store.summary import Summaries
from store.vault import Vault
from worker import build_worker, loaded_procedure
from workflows.bookkeeping import Bookkeeping
from workflows.client import CaseClient
from workflows.trouble import Engine


@dataclass
class House:
    """One running system in a time of its own."""

    env: WorkflowEnvironment
    procedure: Procedure
    cases: CaseClient
    outbox: Outbox
    http: httpx.AsyncClient
    tokens: dict[str, str]
    _shown: datetime = field(default_factory=lambda: datetime.now(UTC))
    _at: float = field(default_factory=time.monotonic)

    def now(self) -> datetime:
        return self._shown + timedelta(seconds=time.monotonic() - self._at)

    async def move_to(self, moment: datetime) -> None:
        """Let time pass until a moment; clocks act on their way."""
        current = await self.env.get_current_time()
        if moment > current:
            await self.env.sleep(moment - current)
        await self.look_at_the_clock()

    async def look_at_the_clock(self) -> None:
        self._shown, self._at = await self.env.get_current_time(), time.monotonic()

    async def pass_time(self, length: Duration, country: str) -> None:
        current = await self.env.get_current_time()
        await self.move_to(after(current, length, self.procedure.calendar(country)))

    async def call(self, method: str, path: str, role: str, body: object = None, **headers: str) -> httpx.Response:
        token = self.tokens[role]
        sent = {"Authorization": f"Bearer {token}", **headers}
        return await self.http.request(method, path, json=body, headers=sent)

    async def settled(self, case_id: str) -> Case:
        """The case, once every activity has answered and everything is in the database."""
        for _ in range(200):
            case = await self.cases.look(case_id)
            assert case is not None
            waiting = any(record.awaits for records in case.measures.values() for record in records)
            shown = await self.call("GET", f"/v1/cases/{case_id}", "case_manager")
            if not waiting and shown.json()["seq"] == case.seq:
                return case
            await asyncio.sleep(0.02)
        raise AssertionError("the case does not settle")


def parts_of(database: Database, users: Path, cases: CaseClient, engine: Engine, **given: Any) -> Parts:
    """A door on this database for the demo users in a file; `given` is what differs."""
    return Parts(
        cases=cases,
        ledger=CaseLedger(database),
        listings=Listings(database),
        vault=Vault(database, bytes(32)),
        answers=Answers(database),
        shelf=Shelf(Procedures(database)),
        database=database,
        callers=read_demo_users(users),
        secret=bytes(32),
        procedures=Procedures(database),
        plans=Plans(database),
        queues=Queues(database),
        summaries=Summaries(database),
        compliance=Compliance(database),
        filters=Filters(database),
        engine=engine,
        people=People(database, bytes(32)),
        endpoints=Endpoints(database, bytes(32)),
        feeds=Feeds(database),
        url="https://caseway.invalid",
        reassignments=Reassignments(database),
        **given,
    )


@pytest_asyncio.fixture
async def house(
    skipping: WorkflowEnvironment, database: Database, shipped: Procedure, tmp_path: Path
) -> AsyncIterator[House]:
    files = files_of(SHIPPED / "trm")
    await publish(Procedures(database), shipped.definition, files, by="test", why="the journeys")
    users = tmp_path / "users.json"
    write_demo_users(users, users_of(shipped.definition))
    cases = CaseClient(skipping.client, "journeys", Bookkeeping(database, loaded_procedure))
    built = House(skipping, shipped, cases, Outbox(database), httpx.AsyncClient(), json.loads(users.read_text()))
    parts = parts_of(database, users, cases, Engine(skipping.client, "journeys"), now=built.now)
    async with build_worker(skipping.client, database, "journeys"), served(parts) as url:
        built.http = httpx.AsyncClient(base_url=url, timeout=30)
        yield built
        await built.http.aclose()


class served:  # noqa: N801 - reads as a word: `async with served(parts)`
    """The door on a free port of this machine."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def __aenter__(self) -> str:
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(create_app(self._parts), lifespan="off", log_config=None, access_log=False)
        self._server = uvicorn.Server(config)
        self._server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        self._task = asyncio.create_task(self._server.serve([listening]))
        while not self._server.started:
            await asyncio.sleep(0.01)
        return f"http://127.0.0.1:{listening.getsockname()[1]}"

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = True
        await self._task


@pytest.fixture(name="served")
def serving() -> type[served]:
    """For tests that put their own parts behind a door."""
    return served


@pytest.fixture
def by_two() -> bool:
    """Whether what is published waits for a second person; a test that wants that says so itself."""
    return False


@dataclass
class Office:
    """A running system, and the command line beside it."""

    url: str
    tokens: dict[str, str]
    http: httpx.AsyncClient
    ledger: CaseLedger
    procedures: Procedures

    async def start(self, *arguments: str, role: str = "coordinator", group: str = "sop") -> asyncio.subprocess.Process:
        environment = os.environ | {"CASEWAY_URL": self.url, "CASEWAY_TOKEN": self.tokens[role]}
        pipe = asyncio.subprocess.PIPE
        command = [sys.executable, "-m", "cli.main", group, *arguments]
        return await asyncio.create_subprocess_exec(*command, env=environment, stdin=pipe, stdout=pipe, stderr=pipe)

    async def run(
        self, *arguments: str, role: str = "coordinator", said: str = "", group: str = "sop"
    ) -> tuple[int, str]:
        """The exit code, and all that it said; `said` is what it reads from standard input."""
        process = await self.start(*arguments, role=role, group=group)
        out, err = await process.communicate(said.encode())
        assert process.returncode is not None
        assert b"Traceback" not in err, err.decode()
        return process.returncode, out.decode() + err.decode()

    async def moved(self, plan: str, at_least: int = 0) -> int:
        """How many cases of the plan have moved, once there are so many."""
        while True:
            lines = (await self.call("GET", f"/v1/plans/{plan}", "coordinator"))["lines"]
            count = sum(line["status"] == "moved" for line in lines)
            if count >= at_least:
                return count
            await asyncio.sleep(0.01)

    async def call(self, method: str, path: str, role: str, body: object = None) -> dict:
        headers = {"Authorization": f"Bearer {self.tokens[role]}"}
        answer = await self.http.request(method, path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()


@pytest_asyncio.fixture
async def office(
    temporal: WorkflowEnvironment, database: Database, shipped: Procedure, tmp_path: Path, by_two: bool
) -> AsyncIterator[Office]:
    await publish(Procedures(database), shipped.definition, files_of(SHIPPED / "trm"), by="test", why="the journeys")
    users = tmp_path / "users.json"
    write_demo_users(users, users_of(shipped.definition))
    cases = CaseClient(temporal.client, "moving", Bookkeeping(database, loaded_procedure))
    engine = Engine(temporal.client, "moving")
    parts = parts_of(database, users, cases, engine, now=lambda: datetime.now(UTC), by_two=by_two)
    tokens = json.loads(users.read_text())
    worker = build_worker(temporal.client, database, "moving")
    async with worker, served(parts) as url, httpx.AsyncClient(base_url=url, timeout=30) as http:
        yield Office(url, tokens, http, CaseLedger(database), Procedures(database))


TWO_DAYS = (b"    rule: R12\n    deadline: 24 hours", b"    rule: R12\n    deadline: 48 hours")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped procedure with a coordinator's edit: two days to name a case manager."""
    files = files_of(SHIPPED / "trm")
    files["procedure.yaml"] = files["procedure.yaml"].replace(b'version: "1.0"', b'version: "1.0-moved"')
    assert TWO_DAYS[0] in files["identification.yaml"]
    files["identification.yaml"] = files["identification.yaml"].replace(*TWO_DAYS)
    for name, content in files.items():
        path = tmp_path / "edited" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "edited"
