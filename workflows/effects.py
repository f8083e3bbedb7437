"""The catalogue of effects: which activity carries each out, how long it may take, how it is tried again."""

from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.shapes import Tells
    from sop.commands import ReportResult
    from sop.effects import AssessRisk, Effect, Tell
    from sop.events import Batch


RECORD, ASSESS_RISK, TELL = "record", "assess_risk", "tell"

_PATIENT = RetryPolicy(initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=5))


async def record(batch: Batch) -> None:
    """Write to the ledger, however long it takes.

    Never a local activity: that runs inside the workflow task in which a command is accepted, before the server has the
    command. A worker killed in between would leave a line in the ledger for something that never happened.
    """
    await workflow.execute_activity(RECORD, batch, start_to_close_timeout=timedelta(seconds=10), retry_policy=_PATIENT)


async def tell(effects: tuple[Tell, ...]) -> None:
    """Put messages into the outbox; the outbox knows them by their ids."""
    await workflow.execute_activity(
        TELL, Tells(tells=effects), start_to_close_timeout=timedelta(seconds=10), retry_policy=_PATIENT
    )


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


def grouped(effects: dict[str, Effect], started: set[str]) -> list[tuple[Effect, ...]]:
    """What has not been started yet: all messages together, every other effect alone."""
    waiting = [effect for key, effect in effects.items() if key not in started]
    tells: tuple[Effect, ...] = tuple(effect for effect in waiting if isinstance(effect, Tell))
    alone: list[tuple[Effect, ...]] = [(effect,) for effect in waiting if not isinstance(effect, Tell)]
    return [tells, *alone] if tells else alone


async def carry_out(effects: tuple[Effect, ...]) -> ReportResult | None:
    """Carry out one group; the answer is a command for the case, where there is one."""
    tells = tuple(effect for effect in effects if isinstance(effect, Tell))
    if tells:
        await tell(tells)
        return None
    first: Any = effects[0]
    return await assess_risk(first)
