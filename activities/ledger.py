"""Writing what was decided into the ledger, with what is to be told: one transaction, safe to repeat."""

from temporalio import activity

from sop import shelf
from sop.events import Batch
from sop.machine import possible
from sop.procedure import Procedure
from store.cases import CaseLedger, ClockMeta, LedgerWrite, OpenStep


class LedgerActivities:
    """The activity `record`."""

    def __init__(self, ledger: CaseLedger) -> None:
        self._ledger = ledger

    @activity.defn(name="record")
    async def record(self, batch: Batch) -> None:
        """Keep the entries, the case, its clocks and its open steps. Idempotent on case and seq."""
        await self._ledger.record(write_of(shelf.get(batch.case.procedure), batch))


def write_of(procedure: Procedure, batch: Batch) -> LedgerWrite:
    """The rows that follow from a batch and the procedure of its case."""
    clocks = procedure.clocks
    return LedgerWrite(
        entries=batch.entries,
        case=batch.case,
        procedure_name=procedure.name,
        procedure_version=procedure.version,
        clocks={
            ref: ClockMeta(kind=clocks[ref].kind, statutory=clocks[ref].statutory, sop=ref.split(".")[0])
            for ref in batch.case.clocks
        },
        steps=tuple(
            OpenStep(kind=kind, sop=sop, name=name, asked=asked)
            for kind, sop, name, asked in possible(procedure, batch.case, batch.entries[-1].at)
        ),
    )
