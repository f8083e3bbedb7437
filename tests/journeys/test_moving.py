"""Publish, plan, apply from the command line on the real server, with one kill in the middle: none lost, none moved twice."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from api.callers import read_demo_users, write_demo_users
from api.parts import Parts
from api.shelf import Shelf
from cli.folders import SHIPPED, files_of
from cli.publish import publish, users_of
from sop.events import ProcedureAdopted
from sop.procedure import Procedure
from store.answers import Answers
from store.cases import CaseLedger
from store.database import Database
from store.listings import Listings
from store.plans import Plans
from store.procedures import Procedures
from store.queues import Queues
from store.summary import Summaries
from store.vault import Vault
from worker import build_worker, loaded_procedure
from workflows.bookkeeping import Bookkeeping
from workflows.client import CaseClient
from workflows.trouble import Engine

CASES = 40
TWO_DAYS = (b"    rule: R12\n    deadline: 24 hours", b"    rule: R12\n    deadline: 48 hours")


@dataclass
class Office:
    """A running system, and the command line beside it."""

    url: str
    tokens: dict[str, str]
    http: httpx.AsyncClient
    ledger: CaseLedger

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        environment = os.environ | {"CASEWAY_URL": self.url, "CASEWAY_TOKEN": self.tokens["coordinator"]}
        pipes = {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.PIPE}
        command = [sys.executable, "-m", "cli.main", "sop", *arguments]
        return await asyncio.create_subprocess_exec(*command, env=environment, **pipes)  # type: ignore[arg-type]

    async def run(self, *arguments: str) -> tuple[int, str]:
        process = await self.start(*arguments)
        out, err = await process.communicate()
        assert process.returncode is not None
        assert b"Traceback" not in err, err.decode()
        return process.returncode, out.decode() + err.decode()

    async def call(self, method: str, path: str, role: str, body: object = None) -> dict:
        headers = {"Authorization": f"Bearer {self.tokens[role]}"}
        answer = await self.http.request(method, path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()


@pytest_asyncio.fixture
async def office(
    temporal: WorkflowEnvironment, database: Database, shipped: Procedure, tmp_path: Path, served
) -> AsyncIterator[Office]:
    await publish(Procedures(database), shipped.definition, files_of(SHIPPED / "trm"), by="test", why="the journeys")
    users = tmp_path / "users.json"
    write_demo_users(users, users_of(shipped.definition))
    parts = Parts(
        cases=CaseClient(temporal.client, "moving", Bookkeeping(database, loaded_procedure)),
        ledger=CaseLedger(database),
        listings=Listings(database),
        vault=Vault(database, bytes(32)),
        answers=Answers(database),
        shelf=Shelf(Procedures(database)),
        database=database,
        callers=read_demo_users(users),
        secret=bytes(32),
        now=lambda: datetime.now(UTC),
        procedures=Procedures(database),
        plans=Plans(database),
        queues=Queues(database),
        summaries=Summaries(database),
        engine=Engine(temporal.client, "moving"),
    )
    tokens = json.loads(users.read_text())
    worker = build_worker(temporal.client, database, "moving")
    async with worker, served(parts) as url, httpx.AsyncClient(base_url=url, timeout=30) as http:
        yield Office(url, tokens, http, CaseLedger(database))


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


async def test_publish_plan_apply_with_a_kill_in_the_middle(office: Office, folder: Path) -> None:
    opening = {"procedure": "trm", "country": "AT"}
    opened = [await office.call("POST", "/v1/cases", "first_responder", opening) for _ in range(CASES)]
    tried, said = await office.run("plan", "--to", str(folder))
    assert (tried, f"{CASES} cases: {CASES} move" in said, "not published" in said) == (0, True, True)
    assert "‘Case manager named’ 24 hours -> 48 hours" in said

    code, said = await office.run("publish", str(folder), "--why", "A day was too short")
    assert (code, said.split()[0]) == (0, "trm@1.0-moved"), said
    code, said = await office.run("plan", "--to", "trm@1.0-moved", "--format", "json")
    assert code == 0
    plan = json.loads(said)

    code, said = await office.run("diff", "trm@1.0", plan["procedure"]["hash"])
    assert (code, "is owed within: 48 hours; before: 24 hours." in said) == (1, True), said

    process = await office.start("apply", plan["id"], "--at-once", "1")
    await moved(office, plan["id"], at_least=2)
    process.send_signal(signal.SIGINT)
    out, _ = await process.communicate()
    assert (process.returncode, b"Stopped. Run it again to go on." in out) == (1, True), out

    process = await office.start("apply", plan["id"], "--at-once", "1")
    await moved(office, plan["id"], at_least=await moved(office, plan["id"]) + 4)
    process.send_signal(signal.SIGKILL)
    await process.communicate()
    before = await moved(office, plan["id"])
    assert 4 <= before < CASES, "the kill came in the middle"

    other = opened[-1]["id"]
    await office.call("POST", f"/v1/cases/{other}/facts", "case_manager", {"facts": {"age_group": "adult"}})
    code, said = await office.run("apply", plan["id"])
    assert code == 1, said
    assert f"{CASES - 1} follow 1.0-moved, 0 wait, 1 have changed since the plan, 0 cannot." in said
    code, said = await office.run("plan", "--to", "trm@1.0-moved")
    assert "1 cases: 1 move" in said
    code, said = await office.run("apply", said.split()[-1])
    assert code == 0, said

    for case in opened:
        shown = await office.call("GET", f"/v1/cases/{case['id']}", "case_manager")
        assert shown["procedure"]["version"] == "1.0-moved"
        (clock,) = [one for one in shown["clocks"] if one["name"] == "identification.case_manager_due"]
        assert clock["budget"]["text"] == "48 hours"
        was = next(one for one in case["clocks"] if one["name"] == clock["name"])
        assert (moment(clock["due"]) - moment(was["due"])).total_seconds() == 24 * 3600
        entries = await office.ledger.entries(case["id"])
        assert sum(isinstance(event, ProcedureAdopted) for entry in entries for event in entry.events) == 1


async def test_a_command_without_a_system_says_so(tmp_path: Path) -> None:
    environment = os.environ | {"CASEWAY_URL": "http://127.0.0.1:1", "CASEWAY_TOKEN": "x" * 20}
    command = [sys.executable, "-m", "cli.main", "sop", "plan", "--to", "trm@2"]
    process = await asyncio.create_subprocess_exec(*command, env=environment, stderr=asyncio.subprocess.PIPE)
    _, err = await process.communicate()
    assert (process.returncode, b"Nobody answers" in err) == (2, True)


async def moved(office: Office, plan: str, at_least: int = 0) -> int:
    while True:
        lines = (await office.call("GET", f"/v1/plans/{plan}", "coordinator"))["lines"]
        count = sum(line["status"] == "moved" for line in lines)
        if count >= at_least:
            return count
        await asyncio.sleep(0.01)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
