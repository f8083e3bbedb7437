"""All cases of a case manager are given over from the command line, stopped in the middle, gone on with, and given back."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from api.callers import read_demo_users, write_demo_users
from api.parts import Parts
from api.shelf import Shelf
from cli.folders import SHIPPED, files_of
from cli.publish import publish, users_of
from sop.procedure import Procedure
from store.answers import Answers
from store.cases import CaseLedger
from store.database import Database
from store.listings import Listings
from store.plans import Plans
from store.procedures import Procedures
from store.reassignments import Reassignments
from store.vault import Vault
from worker import build_worker, loaded_procedure
from workflows.bookkeeping import Bookkeeping
from workflows.client import CaseClient

CASES = 24
ANNA, BERT = "demo-case_manager", "demo-case_manager-2"


@dataclass
class Office:
    """A running system, and the command line beside it."""

    url: str
    tokens: dict[str, str]
    http: httpx.AsyncClient
    ledger: CaseLedger

    async def start(self, *arguments: str, role: str = "supervisor") -> asyncio.subprocess.Process:
        environment = os.environ | {"CASEWAY_URL": self.url, "CASEWAY_TOKEN": self.tokens[role]}
        pipes = {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.PIPE}
        command = [sys.executable, "-m", "cli.main", "reassign", *arguments]
        return await asyncio.create_subprocess_exec(*command, env=environment, **pipes)  # type: ignore[arg-type]

    async def run(self, *arguments: str, role: str = "supervisor") -> tuple[int, str]:
        process = await self.start(*arguments, role=role)
        out, err = await process.communicate()
        assert process.returncode is not None
        assert b"Traceback" not in err, err.decode()
        return process.returncode, out.decode() + err.decode()

    async def call(self, method: str, path: str, role: str, body: object = None) -> dict:
        headers = {"Authorization": f"Bearer {self.tokens[role]}"}
        answer = await self.http.request(method, path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    async def holders(self, cases: list[str]) -> list[str]:
        found = [await self.ledger.get(case_id) for case_id in cases]
        return [case.responsible.id for case in found if case]

    async def given(self, case_id: str) -> int:
        entries = await self.ledger.entries(case_id)
        return sum(event.kind == "case_reassigned" for entry in entries for event in entry.events)


@pytest_asyncio.fixture
async def office(
    temporal: WorkflowEnvironment, database: Database, shipped: Procedure, tmp_path: Path, served
) -> AsyncIterator[Office]:
    await publish(Procedures(database), shipped.definition, files_of(SHIPPED / "trm"), by="test", why="the journeys")
    users = tmp_path / "users.json"
    write_demo_users(users, users_of(shipped.definition))
    parts = Parts(
        cases=CaseClient(temporal.client, "handing", Bookkeeping(database, loaded_procedure)),
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
        reassignments=Reassignments(database),
    )
    tokens = json.loads(users.read_text())
    worker = build_worker(temporal.client, database, "handing")
    async with worker, served(parts) as url, httpx.AsyncClient(base_url=url, timeout=30) as http:
        yield Office(url, tokens, http, CaseLedger(database))


async def opened(office: Office, country: str, count: int) -> list[str]:
    opening = {"procedure": "trm", "country": country}
    cases = [(await office.call("POST", "/v1/cases", "first_responder", opening))["id"] for _ in range(count)]
    for case_id in cases:
        given = {"to": ANNA, "reason": "other"}
        await office.call("POST", f"/v1/cases/{case_id}/reassign", "supervisor", given)
    return cases


async def test_cases_are_given_over_with_a_stop_in_the_middle_and_given_back(office: Office) -> None:
    cases, abroad = await opened(office, "AT", CASES), await opened(office, "RS", 2)
    code, said = await office.run("--from", ANNA, "--to", BERT, "--country", "AT", "--dry-run")
    assert (code, f"{CASES} can be given over" in said, "Nothing was changed." in said) == (0, True, True), said
    assert set(await office.holders(cases)) == {ANNA}

    process = await office.start("--from", ANNA, "--to", BERT, "--country", "AT", "--reason", "left")
    while BERT not in await office.holders(cases):
        await asyncio.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = await process.communicate()
    assert (process.returncode, b"Stopped. Run it again to go on." in out) == (1, True), (out, err)
    holders = await office.holders(cases)
    assert 0 < holders.count(BERT) < CASES, "the stop came in the middle"

    code, said = await office.run("--from", ANNA, "--to", BERT, "--country", "AT", "--reason", "left")
    assert code == 0, said
    assert set(await office.holders(cases)) == {BERT}
    assert set(await office.holders(abroad)) == {ANNA}
    assert [await office.given(case_id) for case_id in cases] == [2] * CASES

    made = said.rpartition("--undo ")[2].split()[0]
    touched = next(case_id for case_id, before in zip(cases, holders, strict=True) if before == ANNA)
    await office.call("POST", f"/v1/cases/{touched}/comments", "case_manager", {"text": "Invented words."})
    code, said = await office.run("--undo", made)
    assert (code, "1 stay" in said) == (1, True), said
    back = await office.holders(cases)
    assert (back.count(ANNA), back[cases.index(touched)]) == (holders.count(ANNA) - 1, BERT)


async def test_a_kill_in_the_middle_gives_no_case_over_twice(office: Office) -> None:
    cases = await opened(office, "AT", CASES)
    process = await office.start("--from", ANNA, "--to", BERT)
    while BERT not in await office.holders(cases):
        await asyncio.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    await process.communicate()
    code, said = await office.run("--from", ANNA, "--to", BERT)
    assert code == 0, said
    assert [await office.given(case_id) for case_id in cases] == [2] * CASES


async def test_what_cannot_run_says_so(office: Office) -> None:
    code, said = await office.run("--from", ANNA)
    assert (code, "Name both users" in said) == (2, True)
    code, said = await office.run("--from", ANNA, "--to", "demo-nobody")
    assert (code, "no case manager or guardian with this id" in said) == (2, True), said
    code, said = await office.run("--from", ANNA, "--to", BERT, role="case_manager")
    assert (code, "Your role may not do this" in said) == (2, True), said
    code, said = await office.run("--undo", "r00")
    assert (code, "no reassignment with this id" in said) == (2, True), said


async def test_a_cover_sees_the_cases_on_the_worklist_while_it_lasts(office: Office) -> None:
    (case_id,) = await opened(office, "AT", 1)
    soon = datetime.now(UTC) + timedelta(seconds=4)
    cover = {"to": BERT, "until": soon.isoformat().replace("+00:00", "Z")}
    await office.call("POST", f"/v1/cases/{case_id}/cover", "case_manager", cover)

    async def seen(role: str) -> bool:
        cases = (await office.call("GET", "/v1/worklist", role))["cases"]
        return case_id in [line["id"] for line in cases]

    assert (await seen("case_manager"), await seen("case_manager#2")) == (True, True)
    while datetime.now(UTC) < soon:
        await asyncio.sleep(0.1)
    assert (await seen("case_manager"), await seen("case_manager#2")) == (True, False)
