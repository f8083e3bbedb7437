"""Sending commands to cases: finds the execution, sends the update, translates what comes back."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from sop.case import Case
from sop.commands import OpenCase, Submission
from sop.decision import Receipt, Refused
from sop.events import Batch
from sop.shapes import Value
from workflows.bookkeeping import Bookkeeping
from workflows.carried import Carried
from workflows.case import CaseWorkflow
from workflows.containment import FAULT
from workflows.errors import (
    BEHIND,
    CaseBusy,
    CaseNotFound,
    CommandFailed,
    CommandRefused,
    EngineUnavailable,
    OutcomeUnknown,
)

AT_ONCE = 4
"""Updates in flight to one case: beyond ten the server aborts them, so the door lets four in and the others wait."""
MOST_WAITING = 64
PATIENCE = timedelta(seconds=10)
TASK_TIMEOUT = timedelta(seconds=5)
_ATTEMPTS = 8
_Answer = TypeVar("_Answer")


def workflow_id(case_id: str) -> str:
    return f"case-{case_id}"


class Accepted(Value):
    """An accepted command: its receipt, and the case after it as the ledger has it; None where the ledger is behind."""

    receipt: Receipt
    case: Case | None


class CaseClient:
    """The door's way to the cases. One per process: it also keeps a case from being flooded."""

    def __init__(self, client: Client, task_queue: str, book: Bookkeeping) -> None:
        self._client = client
        self._book = book
        self._queue = task_queue
        self._gates: dict[str, asyncio.Semaphore] = {}
        self._waiting: defaultdict[str, int] = defaultdict(int)

    async def open(self, submission: Submission) -> Accepted:
        """Open a case; the same submission again finds the same case and gives the same answer."""
        assert isinstance(submission.command, OpenCase)  # noqa: S101 - the callers open with nothing else
        case_id = submission.command.case_id

        async def send(submission: Submission) -> Receipt:
            start = WithStartWorkflowOperation(
                CaseWorkflow.run,
                Carried(case_id=case_id),
                id=workflow_id(case_id),
                task_queue=self._queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                task_timeout=TASK_TIMEOUT,
            )
            return await self._client.execute_update_with_start_workflow(
                CaseWorkflow.submit,
                submission,
                id=submission.key,
                start_workflow_operation=start,
                rpc_timeout=PATIENCE,
            )

        return await self._kept(case_id, submission, send)

    async def submit(self, case_id: str, submission: Submission) -> Accepted:
        """Send a command to a case. Raises `CommandRefused`, `CaseNotFound`, `CaseBusy`, `OutcomeUnknown`, …"""
        if self._waiting[case_id] >= MOST_WAITING:
            raise CaseBusy
        gate = self._gates.setdefault(case_id, asyncio.Semaphore(AT_ONCE))
        self._waiting[case_id] += 1
        try:
            async with gate:
                handle = self._client.get_workflow_handle_for(CaseWorkflow.run, workflow_id(case_id))

                async def send(submission: Submission) -> Receipt:
                    return await handle.execute_update(
                        CaseWorkflow.submit, submission, id=submission.key, rpc_timeout=PATIENCE
                    )

                return await self._kept(case_id, submission, send)
        finally:
            self._waiting[case_id] -= 1
            if not self._waiting[case_id]:
                del self._waiting[case_id]
                self._gates.pop(case_id, None)

    async def _kept(
        self, case_id: str, submission: Submission, send: Callable[[Submission], Awaitable[Receipt]]
    ) -> Accepted:
        """Send a command and see its line into the ledger."""
        note = await self._book.note(case_id, submission.key)
        noted = submission.model_copy(update={"kept": note.kept if note else None})
        try:
            receipt = _of_this_body(await self._translated(lambda: send(noted)), submission)
        except (CommandRefused, CommandFailed, CaseNotFound):
            if note:
                await self._book.forget(note)
            raise
        return Accepted(receipt=receipt, case=await self._book.after(receipt))

    async def unrecorded(self, case_id: str, kept: int) -> Batch | None:
        """What a ledger that has come to the line `kept` does not have of this case."""
        handle = self._client.get_workflow_handle_for(CaseWorkflow.run, workflow_id(case_id))
        return await self._translated(lambda: handle.query(CaseWorkflow.unrecorded, kept, rpc_timeout=PATIENCE))

    async def look(self, case_id: str) -> Case | None:
        """The case as its workflow knows it, newer than the database while that is behind."""
        handle = self._client.get_workflow_handle_for(CaseWorkflow.run, workflow_id(case_id))
        return await self._translated(lambda: handle.query(CaseWorkflow.look, rpc_timeout=PATIENCE))

    async def ready(self) -> tuple[str, ...]:
        """The names of the parts that do not answer: `temporal`, `worker`; empty where all is well."""
        request = DescribeTaskQueueRequest(
            namespace=self._client.namespace,
            task_queue=TaskQueue(name=self._queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
        try:
            answer = await self._client.workflow_service.describe_task_queue(request, timeout=timedelta(seconds=2))
        except RPCError:
            return ("temporal",)
        return () if answer.pollers else ("worker",)

    async def _translated(self, send: Callable[[], Awaitable[_Answer]]) -> _Answer:
        """Send, and send again under the same id where the server says that the moment was bad."""
        for attempt in range(_ATTEMPTS):
            try:
                return await send()
            except WorkflowUpdateFailedError as error:
                raise _meaning(error) from None
            except WorkflowUpdateRPCTimeoutOrCancelledError:
                raise OutcomeUnknown from None
            except RPCError as error:
                if not _passing(error) or attempt == _ATTEMPTS - 1:
                    raise _meaning_of_rpc(error) from None
                await asyncio.sleep(0.05 * 2**attempt)
        raise OutcomeUnknown


def _of_this_body(receipt: Receipt, submission: Submission) -> Receipt:
    """The server itself answers an update id that it knows, whatever comes with it; another body is no repetition."""
    if receipt.body != submission.body:
        raise CommandRefused(Refused(code="key_reused", reasons=()))
    return receipt


def _meaning(error: WorkflowUpdateFailedError) -> Exception:
    cause = error.cause
    if isinstance(cause, ApplicationError):
        if cause.type == FAULT:
            return CommandFailed()
        if cause.type == BEHIND:
            return EngineUnavailable()
        if cause.type == "AcceptedUpdateCompletedWorkflow":
            return OutcomeUnknown()
        if cause.details:
            return CommandRefused(Refused.model_validate(cause.details[0]))
        if cause.type == "unknown":
            return CaseNotFound()
    return CommandFailed()


_TASK_FAILED = "unexpected workflow task failure"


def _passing(error: RPCError) -> bool:
    """Moments that pass: a case that is rolling over, a task not scheduled yet, a server that restarts."""
    text = str(error)
    return (
        "not scheduled yet" in text
        or "aborted" in text
        or _TASK_FAILED in text
        or error.status in (RPCStatusCode.UNAVAILABLE, RPCStatusCode.RESOURCE_EXHAUSTED, RPCStatusCode.ABORTED)
    )


def _meaning_of_rpc(error: RPCError) -> Exception:
    if error.status == RPCStatusCode.NOT_FOUND:
        return CaseNotFound()
    # a workflow task that fails again and again may yet succeed with the command that it was given
    if error.status in (RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED) or _TASK_FAILED in str(error):
        return OutcomeUnknown()
    if error.status == RPCStatusCode.RESOURCE_EXHAUSTED:
        return CaseBusy()
    return EngineUnavailable()
