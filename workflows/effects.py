"""The catalogue of effects: which activity carries each out, how long it may take, how it is tried again."""

from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities import handed
    from activities.shapes import Tells
    from sop.commands import ReportResult
    from sop.effects import AssessRisk, Effect, Tell
    from sop.events import Batch


RECORD, RECORD_HANDED, ASSESS_RISK, TELL = "record", "record_handed", "assess_risk", "tell"

_PATIENT = RetryPolicy(initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=5))
_BRIEF = RetryPolicy(initial_interval=timedelta(milliseconds=50), maximum_attempts=3)
LEDGER_BUDGET = timedelta(seconds=2)


async def record_at_once(batch: Batch) -> None:
    """Write to the ledger inside the workflow task, within a short budget; raises when the database is behind."""
    key = f"{workflow.info().run_id}:{batch.entries[-1].seq}"
    handed.hand(key, batch)
    try:
        await workflow.execute_local_activity(
            RECORD_HANDED,
            key,
            schedule_to_close_timeout=LEDGER_BUDGET,
            start_to_close_timeout=LEDGER_BUDGET,
            retry_policy=_BRIEF,
        )
    finally:
        handed.drop(key)


async def record_in_time(batch: Batch) -> None:
    """Write to the ledger however long it takes."""
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
