"""A case on the real Temporal server: one door, nothing twice, nothing frozen."""

import asyncio
import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Interceptor

import sop.case_steps
from sop.commands import Advance, GiveConsent, RecordFacts, RecordMeasure, WithdrawConsent
from worker import build_worker, loaded_procedure
from workflows.bookkeeping import Bookkeeping
from workflows.case import ROLL_SOFT, CaseWorkflow
from workflows.client import CaseClient, workflow_id
from workflows.errors import CaseNotFound, CommandFailed, CommandRefused, OutcomeUnknown


async def test_a_case_is_opened_taken_forward_and_recorded(desk):
    case_id = await desk.open({"age_group": "adult"})
    receipt = await desk.send(case_id, Advance(sop="first_assistance", transition="open"))
    assert receipt.seq == 2
    recorded = await desk.ledger.reached(case_id, 2)
    assert recorded == await desk.look(case_id)
    entries = await desk.ledger.entries(case_id)
    assert [entry.seq for entry in entries] == [1, 2]
    assert entries[0].command == "open_case"


async def test_a_refusal_leaves_no_event_and_names_its_reasons(desk):
    case_id = await desk.open()
    before = await events_of(desk.env, case_id)
    with pytest.raises(CommandRefused) as refusal:
        await desk.send(case_id, Advance(sop="first_assistance", transition="reopen"))
    assert refusal.value.refused.reasons
    assert await events_of(desk.env, case_id) == before


async def test_an_unknown_case_is_not_found(desk):
    with pytest.raises(CaseNotFound):
        await desk.send("NOSUCHCASE0", RecordFacts(facts={}))


async def test_opening_twice_with_the_same_key_is_one_case(desk):
    opening = desk.opening("twice")
    first, second = await asyncio.gather(desk.client.open(opening), desk.client.open(opening))
    assert first.receipt.seq == second.receipt.seq == 1


async def test_the_same_key_five_times_at_once_and_later_has_one_effect(desk):
    case_id = await desk.open()
    command = GiveConsent(consent_id="c1", purpose="assistance")
    receipts = await asyncio.gather(*(desk.send(case_id, command, key="same") for _ in range(5)))
    assert {receipt.seq for receipt in receipts} == {2}
    again = await desk.send(case_id, command, key="same")
    assert again.seq == 2
    assert await desk.ledger.reached(case_id, 2)
    assert len(await desk.ledger.entries(case_id)) == 2


async def test_the_same_key_answers_the_same_across_continue_as_new(desk):
    case_id = await desk.open()
    first = await desk.send(case_id, GiveConsent(consent_id="c1", purpose="assistance"), key="kept")
    run = await run_of(desk.env, case_id)
    await asyncio.sleep(1.1)
    await many(desk, case_id, ROLL_SOFT + 5)
    await rolled_over(desk, case_id, run)
    again = await desk.send(case_id, GiveConsent(consent_id="c1", purpose="assistance"), key="kept")
    assert (again.seq, again.repeated) == (first.seq, True)


async def test_the_same_key_with_another_body_is_refused(desk):
    case_id = await desk.open()
    await desk.send(case_id, GiveConsent(consent_id="c1", purpose="assistance"), key="one")
    with pytest.raises(CommandRefused) as refusal:
        await desk.send(case_id, RecordFacts(facts={"age_group": "child"}), key="one", body="another")
    assert refusal.value.refused.code == "key_reused"
    run = await run_of(desk.env, case_id)
    await asyncio.sleep(1.1)
    await many(desk, case_id, ROLL_SOFT + 5)
    await rolled_over(desk, case_id, run)
    with pytest.raises(CommandRefused) as refusal:
        await desk.send(case_id, RecordFacts(facts={"age_group": "child"}), key="one", body="another")
    assert refusal.value.refused.code == "key_reused"


async def test_commands_under_load_all_count_once_while_the_case_rolls_over(desk):
    case_id = await desk.open()
    await asyncio.sleep(1.1)

    async def pair(number: int) -> None:
        await desk.send(case_id, GiveConsent(consent_id=f"c{number}", purpose="assistance"))
        await desk.send(case_id, WithdrawConsent(consent_id=f"c{number}"))

    for start in range(0, 200, 40):
        await asyncio.gather(*(pair(number) for number in range(start, start + 40)))
    case = await desk.look(case_id)
    assert case.seq == 401
    assert await desk.ledger.reached(case_id, 401)
    entries = await desk.ledger.entries(case_id, limit=1000)
    assert [entry.seq for entry in entries] == list(range(1, 402))


async def test_one_bad_command_fails_alone_in_the_validator(desk, monkeypatch):
    await fails_alone(desk, monkeypatch, broken)


async def test_one_bad_command_fails_alone_in_the_handler(desk, monkeypatch):
    await fails_alone(desk, monkeypatch, in_the_handler(sop.case_steps.record_facts))


def broken(*args: object) -> None:
    raise KeyError("planted")


def in_the_handler(real):
    """The validator's dry run goes well, the handler's decision does not."""
    calls = itertools.count()

    def sometimes(*args: object) -> None:
        if next(calls) % 2:
            raise KeyError("planted")
        real(*args)

    return sometimes


async def fails_alone(desk, monkeypatch, fault) -> None:
    case_id = await desk.open()
    with monkeypatch.context() as patch:
        patch.setattr(sop.case_steps, "record_facts", fault)
        with pytest.raises(CommandFailed):
            await desk.send(case_id, RecordFacts(facts={"age_group": "adult"}))
    after = await desk.send(case_id, RecordFacts(facts={"age_group": "adult"}))
    assert after.seq == 2


async def test_a_risk_is_assessed_by_its_activity_and_the_result_comes_back_as_a_command(desk):
    case_id = await desk.open()
    sop_name, measure = desk.procedure.measures["early_risk_assessment"]
    fields: dict[str, object] = {
        "answers": {next(iter(desk.procedure.definition.instruments["early_risk"].items)): "yes"}
    }
    for name, field in measure.fields.items():
        if field.required and name not in fields and not field.particular:
            fields[name] = True if field.kind == "yes-no" else next(iter(field.one_of or {"x": ""}))
    particulars = [name for name, field in measure.fields.items() if field.required and field.particular]
    await desk.send(
        case_id,
        RecordMeasure.model_validate(
            {
                "sop": sop_name,
                "measure": "early_risk_assessment",
                "status": "done",
                "fields": fields,
                "particulars": particulars,
                "record": "r1",
            }
        ),
        role=measure.who[0],
    )
    for _ in range(50):
        case = await desk.look(case_id)
        if "early_risk_assessment.level" in case.facts:
            break
        await asyncio.sleep(0.1)
    assert case.facts["early_risk_assessment.level"] in {"very_high", "high", "medium"}
    assert case.measures["early_risk_assessment"][-1].awaits is None


async def rolled_over(desk, case_id: str, run: str) -> None:
    for _ in range(100):
        if await run_of(desk.env, case_id) != run:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the case did not roll over at a quiet moment")


async def many(desk, case_id: str, count: int) -> None:
    for number in range(count):
        await desk.send(case_id, RecordFacts(facts={"age_group": "adult" if number % 2 else "unknown"}))


async def events_of(env: WorkflowEnvironment, case_id: str) -> int:
    handle = env.client.get_workflow_handle_for(CaseWorkflow.run, workflow_id(case_id))
    return len([event async for event in handle.fetch_history_events()])


async def run_of(env: WorkflowEnvironment, case_id: str) -> str:
    handle = env.client.get_workflow_handle_for(CaseWorkflow.run, workflow_id(case_id))
    return str((await handle.describe()).run_id)


async def test_without_the_containment_one_bad_command_would_freeze_the_case(desk, temporal, database, monkeypatch):
    """The negative control of the containment: the same fault, without it, leaves the caller waiting."""
    monkeypatch.setattr("worker.Containment", Interceptor)
    monkeypatch.setattr("workflows.client.PATIENCE", timedelta(seconds=2))
    async with build_worker(temporal.client, database, "uncontained"):
        frozen = replace(
            desk, client=CaseClient(temporal.client, "uncontained", Bookkeeping(database, loaded_procedure))
        )
        case_id = await frozen.open()
        monkeypatch.setattr(sop.case_steps, "record_facts", in_the_handler(sop.case_steps.record_facts))
        with pytest.raises(OutcomeUnknown):
            await frozen.send(case_id, RecordFacts(facts={"age_group": "adult"}))
        with pytest.raises(OutcomeUnknown):
            await frozen.send(case_id, GiveConsent(consent_id="c1", purpose="assistance"))
        monkeypatch.undo()
        await temporal.client.get_workflow_handle(workflow_id(case_id)).terminate()


async def test_a_clock_on_time_after_a_bad_command(desk, monkeypatch):
    """A fault in a command leaves the clocks alone: the timer of the case is armed as before."""
    case_id = await desk.open()
    before = (await desk.look(case_id)).nearest_wake()
    with monkeypatch.context() as patch:
        patch.setattr(sop.case_steps, "give_consent", in_the_handler(sop.case_steps.give_consent))
        with pytest.raises(CommandFailed):
            await desk.send(case_id, GiveConsent(consent_id="c1", purpose="assistance"))
    assert (await desk.look(case_id)).nearest_wake() == before
