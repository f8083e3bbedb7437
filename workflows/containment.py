"""One bad command fails alone: an unexpected exception in an update becomes that command's typed failure.

Without this the exception fails the workflow task, which is retried for ever: the case freezes, and its clocks with it.
"""

from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError, FailureError
from temporalio.worker import (
    HandleUpdateInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)

with workflow.unsafe.imports_passed_through():
    from sop.shelf import ProcedureNotLoaded

FAULT = "command_failed"


def _contained(error: Exception) -> ApplicationError:
    workflow.logger.error("command_failed", extra={"error": type(error).__name__})
    return ApplicationError("The command failed inside the engine.", type=FAULT, non_retryable=True)


class _Contain(WorkflowInboundInterceptor):
    def handle_update_validator(self, input: HandleUpdateInput) -> None:
        try:
            super().handle_update_validator(input)
        except ProcedureNotLoaded:
            # a validator that raises rejects; the handler's exception fails the task, which waits for the procedure
            return
        except FailureError:
            raise
        except Exception as error:
            raise _contained(error) from None

    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:
        try:
            return await super().handle_update_handler(input)
        except (FailureError, ProcedureNotLoaded):
            raise
        except Exception as error:
            raise _contained(error) from None


class Containment(Interceptor):
    """For the worker and the replayer."""

    def workflow_interceptor_class(self, input: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:
        return _Contain
