"""A part is killed while a plan is carried out: afterwards every case has moved, each once, with the clocks of the plan."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg
import pytest
import pytest_asyncio

from bench.system import PROJECT, System, running
from cli.folders import SHIPPED, files_of
from cli.publish import publish
from sop.loader import load
from store.database import Database
from store.procedures import Procedures

pytestmark = pytest.mark.system
Connection = psycopg.AsyncConnection[tuple[Any, ...]]

CASES = 40
BYSTANDERS = ("AT", "AT", "PL", "PL")
"""Austria has a version of its own, Poland follows the base; a plan for Serbia leaves both alone."""
CLOCK = "identification.case_manager_due"
_CASES = "SELECT case_id, country, procedure_version, seq FROM cases"
_MOVES = """
SELECT case_id, count(*) FROM entries, jsonb_array_elements(events) event
WHERE event->>'kind' = 'procedure_adopted' AND event->>'procedure' = %s GROUP BY case_id
"""
_CLOCKS = "SELECT case_id, due FROM clocks WHERE clock = %s"
_LINES = "SELECT case_id, count(*), max(seq) FROM entries GROUP BY case_id"


@dataclass
class Town:
    """A whole running system, the command line beside it, and what is in its database."""

    system: System
    rounds: int = 0

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        address = f"http://127.0.0.1:{self.system.port}"
        told = {"PYTHONPATH": str(PROJECT), "CASEWAY_URL": address, "CASEWAY_TOKEN": self.system.tokens["coordinator"]}
        command = [sys.executable, "-m", "cli.main", "sop", *arguments]
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(*command, env=os.environ | told, stdout=pipe, stderr=pipe)

    async def run(self, *arguments: str) -> tuple[int | None, str]:
        process = await self.start(*arguments)
        out, err = await process.communicate()
        assert b"Traceback" not in err, err.decode()
        return process.returncode, out.decode() + err.decode()

    async def rows(self, query: str, *given: object, by: Connection | None = None) -> list[tuple[Any, ...]]:
        """Asked again where the database is away for the moment; `by` one connection, with what it alone sees."""
        while by is None:
            try:
                async with await self.system.database() as database:
                    return await (await database.execute(query.encode(), given)).fetchall()
            except psycopg.OperationalError:
                await asyncio.sleep(0.1)
        return await (await by.execute(query.encode(), given)).fetchall()

    async def moved(self, version: str, at_least: int = 0) -> int:
        while True:
            count = sum(row[2] == version for row in await self.rows(_CASES))
            if count >= at_least:
                return count
            await asyncio.sleep(0.02)

    async def planned(self) -> dict[str, Any]:
        """A new Serbian version, with one hour more to name a case manager, is published and planned."""
        self.rounds += 1
        files = files_of(SHIPPED / "trm")
        base = f"1.0-round-{self.rounds}"
        files["procedure.yaml"] = files["procedure.yaml"].replace(b'version: "1.0"', f'version: "{base}"'.encode())
        was = b"    rule: R12\n    deadline: 24 hours"
        assert was in files["identification.yaml"]
        hours = was.replace(b"24", str(24 + self.rounds).encode())
        files["identification.yaml"] = files["identification.yaml"].replace(was, hours)
        code, said = await self.run("plan", "--to", await self._published(files), "--format", "json")
        assert code == 0, said
        plan: dict[str, Any] = json.loads(said)
        assert plan["totals"]["moves"] == len(plan["lines"]) == CASES, "Serbia's cases, and nobody else's"
        return plan

    async def _published(self, files: dict[str, bytes]) -> str:
        """Straight into the database: the door would prove its rights first, which is not what is tested here."""
        database = Database.connect(self.system.settings.database, connections=1)
        try:
            return await publish(Procedures(database), load(files, "rs"), files, by="test", why="a test")
        finally:
            await database.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def town() -> AsyncIterator[Town]:
    async with running() as system:
        token = {"Authorization": f"Bearer {system.tokens['first_responder']}"}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{system.port}", timeout=30, headers=token) as client:
            for country in ("RS",) * CASES + BYSTANDERS:
                answer = await client.post("/v1/cases", json={"procedure": "trm", "country": country})
                assert answer.status_code == 201, answer.text
        yield Town(system)


async def kill_when_some_have_moved(town: Town, plan: dict[str, Any], part: str) -> tuple[int | None, str, int]:
    """The end of `apply`, what it said, and how many cases had moved at the kill."""
    process = await town.start("apply", plan["id"], "--at-once", "2")
    await town.moved(plan["procedure"]["version"], at_least=4)
    os.kill(process.pid if part == "cli" else town.system.pid(part), signal.SIGKILL)
    killed_at = await town.moved(plan["procedure"]["version"])
    out, err = await process.communicate()
    assert b"Traceback" not in err, err.decode()
    return process.returncode, out.decode(), killed_at


@pytest.mark.parametrize("part", ["cli", "api", "worker", "postgres", "temporal"])
async def test_a_kill_in_the_middle_loses_nothing_and_moves_nothing_twice(town: Town, part: str) -> None:
    before = dict(await town.rows(_CLOCKS, CLOCK))
    plan = await town.planned()
    version = plan["procedure"]["version"]
    code, said, killed_at = await kill_when_some_have_moved(town, plan, part)
    assert 4 <= killed_at < CASES, "the kill came in the middle"
    if part == "cli":
        assert code == -signal.SIGKILL
    else:
        assert (code, f"{CASES} follow {version}" in said) == (0, True), "who carries it out outlives the other parts"
    code, said = await town.run("apply", plan["id"])
    assert (code, f"{CASES} cases: {CASES} follow {version}, 0 wait" in said) == (0, True), said
    await judged(town, plan, before)


async def judged(town: Town, plan: dict[str, Any], before: dict[str, Any], database: Connection | None = None) -> None:
    """Every Serbian case follows the version, by one move, with its clock an hour later and as planned; no line is missing."""
    version = plan["procedure"]["version"]
    foreseen = {
        line["case_id"]: clock["due"] for line in plan["lines"] for clock in line["clocks"] if clock["clock"] == CLOCK
    }
    cases = await town.rows(_CASES, by=database)
    assert len(cases) == CASES + len(BYSTANDERS)
    serbian = {case for case, country, _, _ in cases if country == "RS"}
    assert {case for case, _, now, _ in cases if now == version} == serbian == set(foreseen)
    assert dict(await town.rows(_MOVES, plan["procedure"]["hash"], by=database)) == dict.fromkeys(serbian, 1)
    due = dict(await town.rows(_CLOCKS, CLOCK, by=database))
    for case in serbian:
        assert (due[case] - before[case]).total_seconds() == 3600
        assert due[case].isoformat().replace("+00:00", "Z") == foreseen[case]
    assert {case: due[case] for case in before if case not in serbian} == {
        case: before[case] for case in before if case not in serbian
    }
    seq = {case: seq for case, _, _, seq in cases}
    for case, lines, last in await town.rows(_LINES, by=database):
        assert lines == last == seq[case]


FAULTS = {
    "lost": "UPDATE cases SET procedure_version = '1.0' WHERE case_id = %s",
    "twice": "UPDATE entries SET events = events || events WHERE command = 'adopt' AND case_id = %s",
    "clock": "UPDATE clocks SET due = due + interval '1 hour' WHERE case_id = %s",
    "gap": "DELETE FROM entries WHERE seq = 1 AND case_id = %s",
}


async def test_each_planted_fault_is_found(town: Town) -> None:
    before = dict(await town.rows(_CLOCKS, CLOCK))
    plan = await town.planned()
    assert (await town.run("apply", plan["id"]))[0] == 0
    await judged(town, plan, before)
    for fault in FAULTS.values():
        async with await town.system.database() as database, database.transaction(force_rollback=True):
            await database.execute(fault.encode(), (plan["lines"][0]["case_id"],))
            with pytest.raises(AssertionError):
                await judged(town, plan, before, database)
    await judged(town, plan, before)
