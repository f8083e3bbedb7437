"""Publish, plan, apply from the command line on the real server, with one kill in the middle: none lost, none moved twice."""

import asyncio
import json
import os
import signal
import sys
from datetime import datetime
from pathlib import Path

from cli.folders import files_of
from cli.publish import publish
from sop.events import ProcedureAdopted
from sop.loader import load

CASES = 40


async def test_publish_plan_apply_with_a_kill_in_the_middle(office, folder: Path) -> None:
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
    await office.moved(plan["id"], at_least=2)
    process.send_signal(signal.SIGINT)
    out, _ = await process.communicate()
    assert (process.returncode, b"Stopped. Run it again to go on." in out) == (1, True), out

    process = await office.start("apply", plan["id"], "--at-once", "1")
    await office.moved(plan["id"], at_least=await office.moved(plan["id"]) + 4)
    process.send_signal(signal.SIGKILL)
    await process.communicate()
    before = await office.moved(plan["id"])
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


async def opened(office, cases: int) -> list[str]:
    opening = {"procedure": "trm", "country": "AT"}
    return [(await office.call("POST", "/v1/cases", "first_responder", opening))["id"] for _ in range(cases)]


async def planned(office, folder: Path) -> str:
    """The plan for the edit, published past the proof of its rights, which takes its time and is asked for above."""
    files = files_of(folder)
    await publish(office.procedures, load(files), files, by="test", why="a test")
    code, said = await office.run("plan", "--to", "trm@1.0-moved", "--format", "json")
    assert code == 0, said
    return json.loads(said)["id"]


async def adoptions(office, case_id: str) -> int:
    entries = await office.ledger.entries(case_id)
    return sum(isinstance(event, ProcedureAdopted) for entry in entries for event in entry.events)


async def test_a_plan_is_paused_for_whoever_carries_it_out_and_goes_on(office, folder: Path) -> None:
    cases = await opened(office, 20)
    plan = await planned(office, folder)
    process = await office.start("apply", plan, "--at-once", "1")
    await office.moved(plan, at_least=2)
    code, said = await office.run("pause", plan)
    assert (code, f"caseway sop resume {plan}" in said) == (0, True), said
    out, _ = await process.communicate()
    before = await office.moved(plan)
    assert (process.returncode, b"The plan was paused." in out, 2 <= before < 20) == (1, True, True), out
    code, said = await office.run("apply", plan)
    assert (code, f"caseway sop resume {plan}" in said) == (2, True), said
    assert await office.moved(plan) == before
    code, said = await office.run("resume", plan)
    assert (code, f"{20 - before} cases wait to be moved" in said) == (0, True), said
    assert (await office.run("apply", plan))[0] == 0
    assert {await adoptions(office, case) for case in cases} == {1}
    code, said = await office.run("pause", "p0")
    assert (code, "There is no plan with this id" in said) == (2, True)
    assert (await office.run("pause", plan, role="supervisor"))[0] == 2


async def test_two_coordinators_who_carry_out_one_plan_at_once_move_each_case_once(office, folder: Path) -> None:
    cases = await opened(office, 20)
    plan = await planned(office, folder)
    both = [await office.start("apply", plan, "--at-once", "4", role=role) for role in ("coordinator", "coordinator#2")]
    for process in both:
        out, err = await process.communicate()
        assert (process.returncode, b"20 follow 1.0-moved" in out) == (0, True), out + err
    assert {await adoptions(office, case) for case in cases} == {1}


async def test_a_command_without_a_system_says_so(tmp_path: Path) -> None:
    environment = os.environ | {"CASEWAY_URL": "http://127.0.0.1:1", "CASEWAY_TOKEN": "x" * 20}
    command = [sys.executable, "-m", "cli.main", "sop", "plan", "--to", "trm@2"]
    process = await asyncio.create_subprocess_exec(*command, env=environment, stderr=asyncio.subprocess.PIPE)
    _, err = await process.communicate()
    assert (process.returncode, b"Nobody answers" in err) == (2, True)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
