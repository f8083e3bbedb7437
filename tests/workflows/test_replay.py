"""Every recorded history replays: a worker that loses its cache comes to the same case."""

import asyncio

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from runtime.codec import data_converter
from sop.commands import Advance, GiveConsent, RecordFacts
from workflows.carried import Carried
from workflows.case import CaseWorkflow
from workflows.client import workflow_id
from workflows.containment import Containment


@workflow.defn(name="Case")
class OtherWorkflow:
    """A workflow that does something else under the same name."""

    @workflow.run
    async def run(self, carried: Carried) -> None:
        await asyncio.sleep(1)
        await asyncio.sleep(1)


async def test_a_case_replays(desk):
    history = await history_of_a_case(desk)
    await replayer(CaseWorkflow).replay_workflow(history)


async def test_an_incompatible_change_is_caught(desk):
    history = await history_of_a_case(desk)
    with pytest.raises(workflow.NondeterminismError):
        await replayer(OtherWorkflow, workflow_runner=UnsandboxedWorkflowRunner()).replay_workflow(history)


async def history_of_a_case(desk) -> WorkflowHistory:
    case_id = await desk.open({"age_group": "adult"})
    await desk.send(case_id, Advance(sop="first_assistance", transition="open"))
    await desk.send(case_id, GiveConsent(consent_id="c1", purpose="assistance"))
    await desk.send(case_id, RecordFacts(facts={"age_group": "child"}))
    handle = desk.env.client.get_workflow_handle_for(CaseWorkflow.run, workflow_id(case_id))
    return await handle.fetch_history()


def replayer(one: type, **more: object) -> Replayer:
    return Replayer(workflows=[one], interceptors=[Containment()], data_converter=data_converter(bytes(32)), **more)
