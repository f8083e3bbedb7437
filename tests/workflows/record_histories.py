"""Records histories of this release for tests/histories: `make histories`. No test: it needs the servers and writes files."""

import asyncio
import json
import re
from dataclasses import replace
from importlib.metadata import version
from itertools import count
from pathlib import Path

import pytest

from cli.folders import files_of
from sop import shelf
from sop.commands import (
    Adopt,
    Advance,
    Confirm,
    GiveConsent,
    RecordFacts,
    RecordMeasure,
    SetClock,
    SetState,
    TellEvent,
)
from sop.loader import load
from sop.procedure import Procedure, compile_procedure
from workflows.case import ROLL_SOFT, CaseWorkflow
from workflows.client import workflow_id
from workflows.errors import CommandRefused

_numbers = count(1)
TESTS = Path(__file__).resolve().parents[1]
KEPT = TESTS / "histories"
LATER = (
    ('version: "1.0"', 'version: "2.0"'),
    ('from: ["0.9", "0.8"]', 'from: ["1.0"]'),
    ("at-most: 9 days", "at-most: 12 days"),
)


def published(*changes: tuple[str, str]) -> Procedure:
    """A version of the small procedure, known to the worker, with its files kept beside the histories."""
    files = {name: content.decode() for name, content in files_of(TESTS / "workshop" / "everything_once").items()}
    for old, new in changes:
        files = {name: text.replace(old, new, 1) for name, text in files.items()}
    procedure = compile_procedure(load({name: text.encode() for name, text in files.items()}))
    shelf.keep(procedure)
    folder = KEPT / "procedures"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{procedure.hash}.json").write_text(json.dumps(files, indent=1) + "\n")
    return procedure


@pytest.fixture(scope="module")
def first() -> Procedure:
    return published()


@pytest.fixture(scope="module")
def second() -> Procedure:
    return published(*LATER)


async def opened(desk, procedure: Procedure) -> tuple[object, str]:
    """A desk that opens cases of the small procedure, and a case."""
    desk = replace(desk, procedure=procedure)
    opening = desk.opening(f"history-{next(_numbers)}", {"age": 30, "wish": "stay"})
    actor = opening.actor.model_copy(update={"roles": ("worker",)})
    command = opening.command.model_copy(update={"country": "RS"})  # whose version the small procedure is
    opening = opening.model_copy(update={"actor": actor, "command": command})
    return desk, (await desk.client.open(opening)).receipt.case_id


async def checked(desk, case_id: str) -> None:
    """A questionnaire is answered, confirmed by a second person, and scored."""
    await desk.send(case_id, GiveConsent(consent_id="c1", purpose="help"))
    answers = {"near": "no", "debt": "no"}
    check = {"sop": "care", "measure": "check", "status": "done", "fields": {"answers": answers, "wish": "stay"}}
    asked = await desk.send(case_id, RecordMeasure.model_validate(check), role="worker")
    await desk.send(case_id, Confirm(proposal=asked.proposal), role="judge")
    for _ in range(100):
        case = await desk.look(case_id)
        if not any(record.awaits for records in case.measures.values() for record in records):
            return
        await asyncio.sleep(0.05)


async def keep(desk, case_id: str, name: str) -> None:
    handle = desk.env.client.get_workflow_handle_for(CaseWorkflow.run, workflow_id(case_id))
    history = (await handle.fetch_history()).to_json_dict()
    text = json.dumps(history, indent=1, sort_keys=True)
    text = re.sub(r'"identity": "[^"]*@[^"]*"', '"identity": "client"', text)  # nobody need know the machine
    folder = KEPT / version("caseway")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(text + "\n")


async def test_steps_and_a_refusal(desk, first):
    desk, case_id = await opened(desk, first)
    await checked(desk, case_id)
    with pytest.raises(CommandRefused):
        await desk.send(case_id, Advance(sop="work", transition="hire"), role="worker")
    await desk.send(case_id, RecordFacts(facts={"wish": "go"}), role="worker")
    await keep(desk, case_id, "steps")


async def test_a_move_to_another_version(desk, first, second):
    desk, case_id = await opened(desk, first)
    await checked(desk, case_id)
    await desk.send(case_id, Adopt(procedure=second.hash, plan="p1"), role="coordinator")
    await desk.send(case_id, RecordFacts(facts={"wish": "go"}), role="worker")
    await keep(desk, case_id, "adopted")


async def test_a_repair(desk, first):
    desk, case_id = await opened(desk, first)
    asked = await desk.send(case_id, SetClock(clock="care.quick", note="r1"), role="supervisor")
    await desk.send(case_id, Confirm(proposal=asked.proposal), role="coordinator")
    asked = await desk.send(case_id, SetState(sop="work", state="hired", note="r2"), role="supervisor")
    await desk.send(case_id, Confirm(proposal=asked.proposal), role="coordinator")
    await desk.send(case_id, TellEvent(event="lost"), role="worker")
    await keep(desk, case_id, "repaired")


async def test_a_case_that_rolled_over(desk, first):
    desk, case_id = await opened(desk, first)
    await asyncio.sleep(1.1)
    for number in range(ROLL_SOFT + 10):
        await desk.send(case_id, RecordFacts(facts={"age": number % 100}), role="worker")
    handle = desk.env.client.get_workflow_handle_for(CaseWorkflow.run, workflow_id(case_id))
    while (
        not (await handle.fetch_history())
        .events[0]
        .workflow_execution_started_event_attributes.continued_execution_run_id
    ):
        await asyncio.sleep(0.05)
    await desk.send(case_id, RecordFacts(facts={"wish": "go"}), role="worker")
    await keep(desk, case_id, "rolled_over")


async def test_clocks_that_run_out(quick_desk, first):
    desk, case_id = await opened(quick_desk, first)
    await desk.pass_time(days=40)
    await desk.send(case_id, RecordFacts(facts={"wish": "go"}), role="worker")
    await keep(desk, case_id, "clocks")
