"""Writing what was decided into the ledger, with what is to be told: one transaction, safe to repeat."""

from collections.abc import Iterable
from datetime import datetime

import structlog
from temporalio import activity

from sop import shelf
from sop.case import Case
from sop.events import Batch, ClockExpired, ClockMissed, Entry
from sop.machine import possible
from sop.outlook import Possible, able, halted, rests_until
from sop.procedure import Procedure
from store.cases import CaseLedger, ClockMeta, LedgerWrite, OpenStep, SopMeta

LATE = 1.0
"""So many seconds after its moment a clock is called late: after an outage clocks act late, never early."""

_log = structlog.get_logger("ledger")


class LedgerActivities:
    """The activity `record`."""

    def __init__(self, ledger: CaseLedger) -> None:
        self._ledger = ledger

    @activity.defn(name="record")
    async def record(self, batch: Batch) -> None:
        """Keep the entries, the case, its clocks and its open steps. Idempotent on case and seq."""
        await self._ledger.record(write_of(shelf.get(batch.case.procedure), batch))
        say_if_late(batch)


def say_if_late(batch: Batch) -> None:
    """One line for those who run the system where clocks of this batch have acted late: how many, and by how much."""
    late = [seconds for seconds in lateness(batch.entries) if seconds > LATE]
    if late:
        _log.warning("clocks_late", count=len(late), ms=round(max(late) * 1000))


def lateness(entries: Iterable[Entry]) -> list[float]:
    """By how many seconds after their moment the clocks in these lines were missed or over."""
    ends = ((entry.at, event) for entry in entries for event in entry.events)
    return [(at - event.due).total_seconds() for at, event in ends if isinstance(event, ClockMissed | ClockExpired)]


def write_of(procedure: Procedure, batch: Batch) -> LedgerWrite:
    """The rows that follow from a batch and the procedure of its case."""
    return rows_at(procedure, batch.case, batch.entries[-1].at, batch.entries)


def rows_at(procedure: Procedure, case: Case, at: datetime, entries: tuple[Entry, ...] = ()) -> LedgerWrite:
    """The rows of a case as it stands; the steps that are possible are those at this moment."""
    steps = possible(procedure, case, at)
    awaited = [record.at for records in case.measures.values() for record in records if record.awaits]
    return LedgerWrite(
        entries=entries,
        case=case,
        procedure_name=procedure.name,
        procedure_version=procedure.version,
        clocks={ref: _clock(procedure, case, ref) for ref in case.clocks},
        sops=_sops(procedure, case, steps),
        steps=tuple(OpenStep(kind=kind, sop=sop, name=name, asked=asked) for kind, sop, name, asked in steps),
        halted=halted(procedure, case, steps),
        awaits_since=min(awaited, default=None),
    )


def _clock(procedure: Procedure, case: Case, ref: str) -> ClockMeta:
    clock = procedure.clocks[ref]
    abroad = clock.owed_by.country if clock.owed_by else None
    return ClockMeta(
        kind=clock.kind,
        statutory=clock.statutory,
        sop=ref.split(".")[0],
        owes=",".join(procedure.owes[ref]),
        partner=clock.owed_by is not None,
        counterpart=str(case.facts.get(abroad) or "") if abroad else None,
    )


def _sops(procedure: Procedure, case: Case, steps: list[Possible]) -> dict[str, SopMeta]:
    if case.closed_at is not None:
        return {}
    until, roles = rests_until(procedure, case), able(procedure, steps)
    return {
        name: SopMeta(stalls_at=until.get(name), roles=",".join(roles.get(name, ())))
        for name, standing in case.sops.items()
        if standing.open
    }
