"""Five thousand commands on one case stay inside the limits of a history."""

import asyncio

import pytest

from sop.commands import RecordFacts
from workflows.case import ROLL_HARD, CaseWorkflow
from workflows.client import workflow_id

COMMANDS = 5_000
MOST_EVENTS, MOST_BYTES = 10_240, 10 * 1024 * 1024
"""Where the server begins to warn; it ends a run at five times as much."""


@pytest.mark.timeout(400)
async def test_five_thousand_commands_on_one_case(desk):
    case_id = await desk.open()
    sent = iter(range(COMMANDS))

    async def caller() -> None:
        for number in sent:
            await desk.send(case_id, RecordFacts(facts={"age_group": "adult" if number % 2 else "unknown"}))

    await asyncio.gather(*(caller() for _ in range(4)))
    case = await desk.look(case_id)
    assert case.seq == COMMANDS + 1
    sizes = await sizes_of_the_runs(desk, case_id)
    assert len(sizes) >= COMMANDS / ROLL_HARD
    assert max(events for events, _ in sizes) < MOST_EVENTS
    assert max(size for _, size in sizes) < MOST_BYTES
    assert await desk.ledger.reached(case_id, COMMANDS + 1, within=10)


async def sizes_of_the_runs(desk, case_id: str) -> list[tuple[int, int]]:
    """Events and bytes of every run of the case, the newest first."""
    found = []
    handle = desk.env.client.get_workflow_handle_for(CaseWorkflow.run, workflow_id(case_id))
    run = (await handle.describe()).run_id
    while run:
        history = [
            event
            async for event in desk.env.client.get_workflow_handle(
                workflow_id(case_id), run_id=run
            ).fetch_history_events()
        ]
        found.append((len(history), sum(event.ByteSize() for event in history)))
        run = history[0].workflow_execution_started_event_attributes.continued_execution_run_id
    return found
