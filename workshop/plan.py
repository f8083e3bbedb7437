"""What moving a running case to another version would come to: its states, its clocks, or why it cannot move."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sop.adopting import migration_of
from sop.case import Actor, Case, ClockRun
from sop.commands import Adopt
from sop.conditions import Reason
from sop.decision import Decision, Refused
from sop.events import ClockCarried, ProcedureAdopted, StateCarried
from sop.machine import decide
from sop.procedure import Procedure
from sop.shapes import Value

PLANNER = Actor(id="plan", roles=("coordinator",))


What = Literal["starts", "ends", "due", "kept"]


class ClockChange(Value):
    """A clock that starts, ends or comes due at another moment; a paused one has no due moment.

    `kept`: the new version alone would have shortened what it protects; it stays as long as it is.
    """

    clock: str
    title: str
    what: What
    was_length: str | None
    length: str | None
    was_due: datetime | None
    due: datetime | None


class PlanLine(Value):
    """One case: it moves as foreseen here, as long as it stands at `seq`; or it does not, for these reasons."""

    case_id: str
    seq: int
    was: str
    was_version: str
    moves: bool
    states: tuple[StateCarried, ...] = ()
    clocks: tuple[ClockChange, ...] = ()
    reasons: tuple[Reason, ...] = ()


class Totals(Value):
    """How many cases a plan looks at; of those that move, how many get other states or other clocks."""

    cases: int
    moves: int
    cannot: int
    other_states: int
    other_clocks: int

    def sentence(self) -> str:
        of_them = f"{self.other_states} of them with another state, {self.other_clocks} with clocks that change"
        return f"{self.cases} cases: {self.moves} move, {of_them}; {self.cannot} cannot."


def plan_case(old: Procedure, new: Procedure, case: Case, now: datetime) -> PlanLine:
    """Decide the move without making it: what is foreseen is what the engine would do."""
    outcome = decide(old, case, Adopt(procedure=new.hash), PLANNER, now, new)
    line = PlanLine(case_id=case.id, seq=case.seq, was=old.hash, was_version=old.version, moves=False)
    if isinstance(outcome, Refused):
        return line.model_copy(update={"reasons": outcome.reasons})
    adopted = next(event for event in outcome.events if isinstance(event, ProcedureAdopted))
    clocks = _changes(old, new, case, outcome)
    return line.model_copy(update={"moves": True, "states": adopted.states, "clocks": clocks})


def totals(lines: Sequence[PlanLine]) -> Totals:
    moving = [line for line in lines if line.moves]
    return Totals(
        cases=len(lines),
        moves=len(moving),
        cannot=len(lines) - len(moving),
        other_states=sum(bool(line.states) for line in moving),
        other_clocks=sum(bool(line.clocks) for line in moving),
    )


def _changes(old: Procedure, new: Procedure, before: Case, decision: Decision) -> tuple[ClockChange, ...]:
    after, renamed = decision.case, migration_of(old, new).clocks
    carried = {event.clock: event for event in decision.events if isinstance(event, ClockCarried)}
    running = {renamed.get(ref, ref): (ref, run) for ref, run in before.clocks.items() if run.running}
    changes = []
    for ref, (was_ref, run) in running.items():
        now = after.clocks.get(ref)
        if now is None or not now.running:
            changes.append(_change(was_ref, old, "ends", run, None))
        elif ref in carried:
            changes.append(_change(ref, new, "kept" if carried[ref].kept else "due", run, now))
    for ref, run in after.clocks.items():
        if run.running and ref not in running:
            changes.append(_change(ref, new, "starts", None, run))
    return tuple(changes)


def _change(ref: str, procedure: Procedure, what: What, was: ClockRun | None, now: ClockRun | None) -> ClockChange:
    return ClockChange(
        clock=ref,
        title=procedure.clocks[ref].title,
        what=what,
        was_length=str(was.budget) if was else None,
        length=str(now.budget) if now else None,
        was_due=was.due if was else None,
        due=now.due if now else None,
    )
