"""All cases of a case manager are given over from the command line, stopped in the middle, gone on with, and given back."""

import asyncio
import signal
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

CASES = 24
ANNA, BERT = "demo-case_manager", "demo-case_manager-2"


@dataclass
class Desk:
    """A supervisor at the command line, and what the ledger says."""

    office: Any

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        process: asyncio.subprocess.Process = await self.office.start(*arguments, role="supervisor", group="reassign")
        return process

    async def run(self, *arguments: str, role: str = "supervisor") -> tuple[int, str]:
        code, said = await self.office.run(*arguments, role=role, group="reassign")
        return code, said

    async def call(self, method: str, path: str, role: str, body: object = None) -> dict:
        answer: dict = await self.office.call(method, path, role, body)
        return answer

    async def holders(self, cases: list[str]) -> list[str]:
        found = [await self.office.ledger.get(case_id) for case_id in cases]
        return [case.responsible.id for case in found if case]

    async def given(self, case_id: str) -> int:
        entries = await self.office.ledger.entries(case_id)
        return sum(event.kind == "case_reassigned" for entry in entries for event in entry.events)


@pytest.fixture
def desk(office: Any) -> Desk:
    return Desk(office)


async def opened(desk: Desk, country: str, count: int) -> list[str]:
    opening = {"procedure": "trm", "country": country}
    cases = [(await desk.call("POST", "/v1/cases", "first_responder", opening))["id"] for _ in range(count)]
    for case_id in cases:
        given = {"to": ANNA, "reason": "other"}
        await desk.call("POST", f"/v1/cases/{case_id}/reassign", "supervisor", given)
    return cases


async def test_cases_are_given_over_with_a_stop_in_the_middle_and_given_back(desk: Desk) -> None:
    cases, abroad = await opened(desk, "AT", CASES), await opened(desk, "RS", 2)
    code, said = await desk.run("--from", ANNA, "--to", BERT, "--country", "AT", "--dry-run")
    assert (code, f"{CASES} can be given over" in said, "Nothing was changed." in said) == (0, True, True), said
    assert set(await desk.holders(cases)) == {ANNA}

    process = await desk.start("--from", ANNA, "--to", BERT, "--country", "AT", "--reason", "left")
    while BERT not in await desk.holders(cases):
        await asyncio.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = await process.communicate()
    assert (process.returncode, b"Stopped. Run it again to go on." in out) == (1, True), (out, err)
    holders = await desk.holders(cases)
    assert 0 < holders.count(BERT) < CASES, "the stop came in the middle"

    code, said = await desk.run("--from", ANNA, "--to", BERT, "--country", "AT", "--reason", "left")
    assert code == 0, said
    assert set(await desk.holders(cases)) == {BERT}
    assert set(await desk.holders(abroad)) == {ANNA}
    assert [await desk.given(case_id) for case_id in cases] == [2] * CASES

    made = said.rpartition("--undo ")[2].split()[0]
    touched = next(case_id for case_id, before in zip(cases, holders, strict=True) if before == ANNA)
    await desk.call("POST", f"/v1/cases/{touched}/comments", "case_manager", {"text": "Invented words."})
    code, said = await desk.run("--undo", made)
    assert (code, "1 stay" in said) == (1, True), said
    back = await desk.holders(cases)
    assert (back.count(ANNA), back[cases.index(touched)]) == (holders.count(ANNA) - 1, BERT)


async def test_a_kill_in_the_middle_gives_no_case_over_twice(desk: Desk) -> None:
    cases = await opened(desk, "AT", CASES)
    process = await desk.start("--from", ANNA, "--to", BERT)
    while BERT not in await desk.holders(cases):
        await asyncio.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    await process.communicate()
    code, said = await desk.run("--from", ANNA, "--to", BERT)
    assert code == 0, said
    assert [await desk.given(case_id) for case_id in cases] == [2] * CASES


async def test_what_cannot_run_says_so(desk: Desk) -> None:
    code, said = await desk.run("--from", ANNA)
    assert (code, "Name both users" in said) == (2, True)
    code, said = await desk.run("--from", ANNA, "--to", "demo-nobody")
    assert (code, "no case manager or guardian with this id" in said) == (2, True), said
    code, said = await desk.run("--from", ANNA, "--to", BERT, role="case_manager")
    assert (code, "Your role may not do this" in said) == (2, True), said
    code, said = await desk.run("--undo", "r00")
    assert (code, "no reassignment with this id" in said) == (2, True), said


async def test_a_cover_sees_the_cases_on_the_worklist_while_it_lasts(desk: Desk) -> None:
    (case_id,) = await opened(desk, "AT", 1)
    soon = datetime.now(UTC) + timedelta(seconds=4)
    cover = {"to": BERT, "until": soon.isoformat().replace("+00:00", "Z")}
    await desk.call("POST", f"/v1/cases/{case_id}/cover", "case_manager", cover)

    async def seen(role: str) -> bool:
        cases = (await desk.call("GET", "/v1/worklist", role))["cases"]
        return case_id in [line["id"] for line in cases]

    assert (await seen("case_manager"), await seen("case_manager#2")) == (True, True)
    while datetime.now(UTC) < soon:
        await asyncio.sleep(0.1)
    assert (await seen("case_manager"), await seen("case_manager#2")) == (True, False)
