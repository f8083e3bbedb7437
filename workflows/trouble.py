"""Technical trouble, read from the engine at the moment of asking: cheap to find, bounded in time, and honest about it."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import TaskQueueType, WorkflowExecutionStatus
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    DescribeWorkflowExecutionRequest,
    DescribeWorkflowExecutionResponse,
    ListWorkflowExecutionsRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from sop.shapes import Value

WITHIN = timedelta(seconds=2)
"""So long the engine may take to answer; after that the list says that it could not be asked."""
MOST = 200
LOOKED_AT = 50
"""So many cases are looked at one by one; what is wrong with more of them has one cause."""
AT_ONCE = 8
TRIES = 3
"""An activity that has failed so often does not just have a bad moment."""
TASK_WAITS = timedelta(seconds=10)
"""A workflow task that nobody has taken for so long waits in vain."""

# The server itself marks cases whose workflow task fails again and again (runtime.embedded, docker-compose.yml): one
# query finds them, however many cases there are.
_FAILING = "WorkflowType = 'Case' AND ExecutionStatus = 'Running' AND TemporalReportedProblems IS NOT NULL"
_PREFIX = "case-"

Code = Literal["task_failing", "task_waiting", "activity_failing", "not_running"]


class Trouble(Value):
    """What the engine says of one case. `activity` is its name; no text of an error leaves the engine.

    `task_failing`: the case's own code fails · `task_waiting`: no worker has taken its work · `activity_failing`: an
    activity fails again and again · `not_running`: the engine has no running case of this id.
    """

    case_id: str
    code: Code
    since: datetime
    attempts: int = 0
    activity: str | None = None


class EngineLook(Value):
    """What the engine said. `asked` is false where it did not answer in time: then nothing is known, not nothing wrong."""

    asked: bool
    workers: bool
    troubles: tuple[Trouble, ...] = ()
    more: bool = False
    """Whether more cases are in trouble than were looked at."""


NOT_ASKED = EngineLook(asked=False, workers=False)


class Engine:
    """The engine, asked about its own health."""

    def __init__(self, client: Client, task_queue: str, within: timedelta = WITHIN) -> None:
        self._client = client
        self._queue = task_queue
        self._within = within

    async def look(self, suspects: Sequence[str] = ()) -> EngineLook:
        """Which cases are in trouble: those that the server has marked, and those of `suspects` that it confirms."""
        try:
            async with asyncio.timeout(self._within.total_seconds()):
                return await self._look(suspects)
        except (TimeoutError, RPCError):
            return NOT_ASKED

    async def _look(self, suspects: Sequence[str]) -> EngineLook:
        workers, (marked, more) = await asyncio.gather(self._workers(), self._marked())
        asked = list(dict.fromkeys([*marked, *suspects]))
        gate = asyncio.Semaphore(AT_ONCE)
        found = await asyncio.gather(*(self._of_case(case_id, gate) for case_id in asked[:LOOKED_AT]))
        troubles = {trouble.case_id: trouble for trouble in found if trouble is not None}
        for case_id, since in marked.items():
            troubles.setdefault(case_id, Trouble(case_id=case_id, code="task_failing", since=since))
        order = sorted(troubles.values(), key=lambda trouble: (trouble.since, trouble.case_id))
        return EngineLook(asked=True, workers=workers, troubles=tuple(order), more=more or len(asked) > LOOKED_AT)

    async def _workers(self) -> bool:
        request = DescribeTaskQueueRequest(
            namespace=self._client.namespace,
            task_queue=TaskQueue(name=self._queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
        answer = await self._client.workflow_service.describe_task_queue(request, timeout=self._within)
        newest = max((poller.last_access_time.ToDatetime(UTC) for poller in answer.pollers), default=None)
        # a worker asks again at least once a minute; one that has died is remembered for five
        return newest is not None and datetime.now(UTC) - newest < timedelta(seconds=75)

    async def _marked(self) -> tuple[dict[str, datetime], bool]:
        """The cases that the server has marked, with when they began to run."""
        request = ListWorkflowExecutionsRequest(namespace=self._client.namespace, page_size=MOST, query=_FAILING)
        answer = await self._client.workflow_service.list_workflow_executions(request, timeout=self._within)
        marked = {
            one.execution.workflow_id.removeprefix(_PREFIX): one.start_time.ToDatetime(UTC) for one in answer.executions
        }
        return marked, bool(answer.next_page_token)

    async def _of_case(self, case_id: str, gate: asyncio.Semaphore) -> Trouble | None:
        request = DescribeWorkflowExecutionRequest(
            namespace=self._client.namespace, execution=WorkflowExecution(workflow_id=f"{_PREFIX}{case_id}")
        )
        try:
            async with gate:
                answer = await self._client.workflow_service.describe_workflow_execution(request, timeout=self._within)
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
            return Trouble(case_id=case_id, code="not_running", since=datetime.now(UTC))
        return _trouble(case_id, answer)


def _trouble(case_id: str, answer: DescribeWorkflowExecutionResponse) -> Trouble | None:
    """The gravest that is wrong with it; None where all is well."""
    if answer.workflow_execution_info.status != WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING:
        return Trouble(
            case_id=case_id, code="not_running", since=answer.workflow_execution_info.close_time.ToDatetime(UTC)
        )
    task = answer.pending_workflow_task
    if answer.HasField("pending_workflow_task"):
        since = task.original_scheduled_time.ToDatetime(UTC)
        if task.attempt > 1:
            return Trouble(case_id=case_id, code="task_failing", since=since, attempts=task.attempt)
        if not task.HasField("started_time") and datetime.now(UTC) - since > TASK_WAITS:
            return Trouble(case_id=case_id, code="task_waiting", since=since)
    for activity in answer.pending_activities:
        if activity.attempt >= TRIES:
            began = activity.last_started_time
            return Trouble(
                case_id=case_id,
                code="activity_failing",
                since=began.ToDatetime(UTC),
                attempts=activity.attempt,
                activity=activity.activity_type.name,
            )
    return None
