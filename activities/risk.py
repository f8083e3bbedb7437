"""Scoring the answers to an instrument: the level, and the items that made it."""

from temporalio import activity

from sop import shelf
from sop.commands import ReportResult
from sop.effects import AssessRisk
from sop.instruments import scored


@activity.defn(name="assess_risk")
async def assess_risk(effect: AssessRisk) -> ReportResult:
    """The facts that the measure's `results` declare; items and unknown answers stay visible beside the level."""
    procedure = shelf.get(effect.procedure)
    instrument = procedure.definition.instruments[effect.instrument]
    declared = procedure.measures[effect.measure][1].results
    return ReportResult(
        effect=effect.id,
        measure=effect.measure,
        number=effect.number,
        facts={name: value for name, value in scored(instrument, effect.answers).items() if name in declared},
    )
