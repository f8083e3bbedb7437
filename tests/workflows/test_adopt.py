"""A case on the real server moves to another version, goes on under it, and never waits for one that is not there."""

import asyncio

import pytest

from cli.folders import SHIPPED, files_of
from sop import shelf
from sop.commands import Adopt, Advance, Confirm, RecordFacts, SetState
from sop.events import ProcedureAdopted
from sop.loader import load
from sop.procedure import Procedure, compile_procedure
from workflows.case import ROLL_SOFT, CaseWorkflow
from workflows.client import workflow_id
from workflows.errors import CommandRefused


@pytest.fixture(scope="module")
def longer() -> Procedure:
    """The shipped procedure with another version and two days to name a case manager; known to the worker."""
    files = files_of(SHIPPED / "trm")
    files["procedure.yaml"] = files["procedure.yaml"].replace(b'version: "1.0"', b'version: "1.0-two-days"')
    old = b"    rule: R12\n    deadline: 24 hours\n    starts: {case: opened}"
    assert old in files["identification.yaml"]
    files["identification.yaml"] = files["identification.yaml"].replace(old, old.replace(b"24 hours", b"48 hours"))
    procedure = compile_procedure(load(files))
    shelf.keep(procedure)
    return procedure


async def test_a_case_moves_and_every_later_decision_uses_the_new_version(desk, longer):
    case_id = await desk.open({"age_group": "adult"})
    before = await desk.look(case_id)
    receipt = await desk.send(case_id, Adopt(procedure=longer.hash), role="coordinator")
    case = await desk.look(case_id)
    assert case.procedure == longer.hash
    due = "identification.case_manager_due"
    assert (case.clocks[due].due - before.clocks[due].due).total_seconds() == 24 * 3600
    await desk.send(case_id, Advance(sop="first_assistance", transition="open"))
    recorded = await desk.ledger.reached(case_id, receipt.seq + 1)
    assert recorded == await desk.look(case_id)
    versions = await desk.ledger.versions(case_id, 10)
    assert [event.procedure for event in versions] == [desk.procedure.hash, longer.hash]


async def test_the_same_move_twice_is_one_move(desk, longer):
    case_id = await desk.open()
    command = Adopt(procedure=longer.hash, plan="p1")
    first = await desk.send(case_id, command, role="coordinator", key="plan-p1")
    again = await desk.send(case_id, command, role="coordinator", key="plan-p1")
    assert (first.seq, again.seq) == (2, 2)
    with pytest.raises(CommandRefused) as refusal:
        await desk.send(case_id, command, role="coordinator", key="another")
    assert [reason.code for reason in refusal.value.refused.reasons] == ["already_adopted"]
    assert await desk.ledger.reached(case_id, 2)
    entries = await desk.ledger.entries(case_id)
    assert sum(isinstance(event, ProcedureAdopted) for entry in entries for event in entry.events) == 1


async def test_a_version_that_has_not_arrived_is_refused_and_the_case_goes_on(desk):
    case_id = await desk.open()
    with pytest.raises(CommandRefused) as refusal:
        await desk.send(case_id, Adopt(procedure="0" * 64), role="coordinator")
    assert [reason.code for reason in refusal.value.refused.reasons] == ["version_not_arrived"]
    assert (await desk.send(case_id, RecordFacts(facts={"age_group": "adult"}))).seq == 2


async def test_the_new_version_is_kept_across_continue_as_new(desk, longer):
    case_id = await desk.open()
    await desk.send(case_id, Adopt(procedure=longer.hash), role="coordinator")
    await asyncio.sleep(1.1)
    for number in range(ROLL_SOFT + 5):
        await desk.send(case_id, RecordFacts(facts={"age_group": "adult" if number % 2 else "unknown"}))
    handle = desk.env.client.get_workflow_handle_for(CaseWorkflow.run, workflow_id(case_id))
    assert (await handle.query(CaseWorkflow.look)).procedure == longer.hash


def reflecting_without_a_period(version: str, *, guarded: bool) -> Procedure:
    """A version whose migration would leave people in reflection without the period that protects them."""
    files = files_of(SHIPPED / "trm")
    files["procedure.yaml"] = files["procedure.yaml"].replace(b'version: "1.0"', f'version: "{version}"'.encode())
    states = "{identification.referred: identification.reflecting}"
    files["migrations/from_1_0.yaml"] = f'migration: from_1_0\nfrom: ["1.0"]\nstates: {states}\n'.encode()
    procedure = compile_procedure(load(files), guarded=guarded)
    shelf.keep(procedure)
    return procedure


async def test_a_move_that_a_right_is_against_is_refused_and_the_case_stays(desk):
    case_id = await desk.open()
    before = await desk.look(case_id)
    to = reflecting_without_a_period("1.0-guarded", guarded=True)
    with pytest.raises(CommandRefused) as refusal:
        await desk.send(case_id, Adopt(procedure=to.hash), role="coordinator")
    (reason,) = refusal.value.refused.reasons
    assert (reason.code, "Who is in recovery and reflection has the period" in reason.text) == ("right", True)
    assert await desk.look(case_id) == before
    await desk.send(case_id, RecordFacts(facts={"age_group": "adult"}))

    unguarded = reflecting_without_a_period("1.0-unguarded", guarded=False)
    await desk.send(case_id, Adopt(procedure=unguarded.hash), role="coordinator")
    case = await desk.look(case_id)
    assert case.sops["identification"].state == "reflecting"
    assert "identification.reflection" not in case.clocks


async def test_a_repair_by_two_on_the_real_server(desk):
    case_id = await desk.open()
    asked = await desk.send(case_id, SetState(sop="identification", state="presumed", note="r1"), role="supervisor")
    assert asked.proposal
    await desk.send(case_id, Confirm(proposal=asked.proposal), role="coordinator")
    assert (await desk.look(case_id)).sops["identification"].state == "presumed"
