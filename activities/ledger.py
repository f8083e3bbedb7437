"""Writing what was decided into the ledger, with what is to be told: one transaction, safe to repeat."""

from collections.abc import Iterable
from datetime import datetime

import structlog
from temporalio import activity

from sop import shelf
from sop.case import Case
from sop.events import Batch, ClockExpired, ClockMissed, Entry
from sop.machine import possible
from sop.procedure import Procedure
from store.cases import CaseLedger, ClockMeta, LedgerWrite, OpenStep

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
    clocks = procedure.clocks
    return LedgerWrite(
        entries=entries,
        case=case,
        procedure_name=procedure.name,
        procedure_version=procedure.version,
        clocks={
            ref: ClockMeta(kind=clocks[ref].kind, statutory=clocks[ref].statutory, sop=ref.split(".")[0])
            for ref in case.clocks
        },
        steps=tuple(
            OpenStep(kind=kind, sop=sop, name=name, asked=asked)
            for kind, sop, name, asked in possible(procedure, case, at)
        ),
    )
