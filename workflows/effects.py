"""The catalogue of what a case asks of the outside world: which activity, how long it may take, how it is tried again."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from sop.commands import ReportResult
    from sop.effects import AssessRisk
    from sop.events import Batch


RECORD, ASSESS_RISK = "record", "assess_risk"

_PATIENT = RetryPolicy(initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=5))


async def record(batch: Batch) -> None:
    """Write to the ledger, however long it takes.

    Never a local activity: that runs inside the workflow task in which a command is accepted, before the server has the
    command. A worker killed in between would leave a line in the ledger for something that never happened.
    """
    await workflow.execute_activity(RECORD, batch, start_to_close_timeout=timedelta(seconds=10), retry_policy=_PATIENT)


async def assess_risk(effect: AssessRisk) -> ReportResult:
    """Have an instrument scored; what it found comes back as a command."""
    found: ReportResult = await workflow.execute_activity(
        ASSESS_RISK,
        effect,
        start_to_close_timeout=timedelta(seconds=10),
        retry_policy=_PATIENT,
        result_type=ReportResult,
    )
    return found
