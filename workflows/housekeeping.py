"""Keeping house: every quarter of an hour the workflows are compared with the read model, by a schedule of Temporal."""

from collections.abc import AsyncIterator
from datetime import timedelta

from temporalio import workflow
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    WorkflowExecutionStatus,
)
from temporalio.common import RetryPolicy
from temporalio.service import RPCError, RPCStatusCode

with workflow.unsafe.imports_passed_through():
    from activities.housekeeping import Compared, Standing
    from sop.events import Batch
    from workflows.carried import Carried
    from workflows.case import CaseWorkflow
    from workflows.client import TASK_TIMEOUT, CaseClient, workflow_id
    from workflows.errors import CaseNotFound

EVERY = timedelta(minutes=15)
COMPARE = "compare"
PAGE = 500


@workflow.defn(name="KeepHouse")
class KeepHouseWorkflow:
    """One round, and it is over; the schedule begins the next."""

    @workflow.run
    async def run(self) -> Compared:
        """What the round has come to."""
        found: Compared = await workflow.execute_activity(
            COMPARE,
            result_type=Compared,
            start_to_close_timeout=timedelta(minutes=30),
            heartbeat_timeout=timedelta(minutes=1),
            retry_policy=RetryPolicy(maximum_attempts=3),
        )
        return found


class HouseEngine:
    """The workflows of one task queue, as housekeeping asks them; see `activities.housekeeping.Engine`."""

    def __init__(self, client: Client, task_queue: str, cases: CaseClient) -> None:
        self._client = client
        self._queue = task_queue
        self._cases = cases
        self._query = f"WorkflowType = 'Case' AND ExecutionStatus = 'Running' AND TaskQueue = '{task_queue}'"

    async def count(self) -> int:
        """How many cases run."""
        return (await self._client.count_workflows(self._query)).count

    async def running(self) -> AsyncIterator[list[str]]:
        """The cases that run, page by page, in no order."""
        page: list[str] = []
        async for found in self._client.list_workflows(self._query, page_size=PAGE):
            page.append(found.id.removeprefix("case-"))
            if len(page) == PAGE:
                yield page
                page = []
        if page:
            yield page

    async def stands(self, case_id: str) -> Standing:
        """How the engine has the case."""
        try:
            described = await self._client.get_workflow_handle(workflow_id(case_id)).describe()
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                return Standing(running=False, known=False)
            raise
        if described.status != WorkflowExecutionStatus.RUNNING:
            return Standing(running=False, known=True)
        try:
            return Standing(running=True, known=True, case=await self._cases.look(case_id))
        except CaseNotFound:  # it ended in between
            return Standing(running=False, known=True)

    async def unrecorded(self, case_id: str, kept: int) -> Batch | None:
        """The lines after `kept`."""
        return await self._cases.unrecorded(case_id, kept)

    async def begin_again(self, carried: Carried) -> None:
        """Start the workflow of a case that has none, from where its row stands; its clocks go on from there."""
        await self._client.start_workflow(
            CaseWorkflow.run,
            carried,
            id=workflow_id(carried.case_id),
            task_queue=self._queue,
            task_timeout=TASK_TIMEOUT,
        )


async def keep_house(client: Client, task_queue: str, every: timedelta = EVERY) -> None:
    """See to it that the schedule is there; a worker calls it at its start."""
    action = ScheduleActionStartWorkflow(
        KeepHouseWorkflow.run, id=f"keep-house-{task_queue}", task_queue=task_queue, task_timeout=TASK_TIMEOUT
    )
    spec = ScheduleSpec(intervals=[ScheduleIntervalSpec(every=every)])
    policy = SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(minutes=1))
    try:
        await client.create_schedule(f"keep-house-{task_queue}", Schedule(action=action, spec=spec, policy=policy))
    except ScheduleAlreadyRunningError:
        return
