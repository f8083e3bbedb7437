"""What lies ahead of a case: how long a state may last, who can take it further, and whether anybody ever can."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from sop.arrows import OPEN, REOPEN
from sop.case import ENGINE, Case
from sop.conditions import Reason
from sop.counting import after
from sop.draft import SETTLED, Draft
from sop.maybe import Situation
from sop.model import Measure, Sop
from sop.procedure import Move, Procedure
from sop.shapes import FactValue
from sop.steps import against_move

Possible = tuple[Literal["transition", "measure"], str, str, bool]
"""A step that is possible now, as `sop.machine.possible` names it: kind, SOP, name, asked for."""
Halt = Literal["nothing_open", "cannot_open"]
"""`nothing_open`: no step of the whole case is possible and no clock will make one; `cannot_open`: some SOP can never
be left again, for what every way out asks for can no longer come true."""


def rests_until(procedure: Procedure, case: Case) -> dict[str, datetime]:
    """By open SOP of an open case: until when it may rest in its state before it counts as idle."""
    found = {}
    calendar = procedure.calendar(case.country)
    for name, standing in case.sops.items():
        sop = procedure.definition.sops.get(name)
        state = sop.states.get(standing.state) if sop else None
        if case.closed_at is None and standing.open and state and state.stalled_after:
            found[name] = after(standing.since, state.stalled_after, calendar)
    return found


def able(procedure: Procedure, steps: Iterable[Possible]) -> dict[str, tuple[str, ...]]:
    """By SOP: the roles of the steps that are possible now, in order of their names."""
    found: dict[str, set[str]] = {}
    for kind, sop, name, _ in steps:
        roles = procedure.measures[name][1].who if kind == "measure" else procedure.moves[f"{sop}.{name}"].roles
        found.setdefault(sop, set()).update(roles)
    return {sop: tuple(sorted(roles)) for sop, roles in found.items()}


def halted(procedure: Procedure, case: Case, steps: Iterable[Possible]) -> Halt | None:
    """Whether the case, or one of its SOPs, cannot go on; None where it can, or may some day, or is closed."""
    if case.closed_at is not None:
        return None
    possible = list(steps)
    moving = {sop for kind, sop, _, _ in possible if kind == "transition"}
    if any(standing.open and sop not in moving and lost(procedure, case, sop) for sop, standing in case.sops.items()):
        return "cannot_open"
    awaited = any(record.awaits for records in case.measures.values() for record in records)
    return None if possible or awaited or _a_clock_acts(procedure, case) else "nothing_open"


def _a_clock_acts(procedure: Procedure, case: Case) -> bool:
    clocks = (procedure.clocks.get(ref) for ref, run in case.clocks.items() if run.running)
    return any(clock is not None and clock.at_end is not None for clock in clocks)


def lost(procedure: Procedure, case: Case, sop: str) -> bool:
    """Whether no way out of the state of this SOP can ever open again: surely so, for what may be is taken to be.

    It looks at what stays as it is while the SOP stands here: measures that are done and not done again, measures that
    belong to states out of reach, SOPs that have ended for good. What people may still record or give counts as given.
    """
    leaving = _leaving(procedure, case, sop)
    if not leaving or sop not in procedure.definition.sops:
        return False
    situation = Situation(_settled_for_good(procedure, case, sop), procedure.definition.head.derived)
    return not any(_may_open(procedure, move) and True in situation.all_of(move.needs) for move in leaving)


def ways_out(procedure: Procedure, case: Case, sop: str, now: datetime) -> list[tuple[Move, tuple[Reason, ...]]]:
    """The transitions that leave the state of this SOP, each with what stands against it now."""
    draft = Draft(procedure, case, ENGINE, now)
    return [(move, tuple(against_move(draft, move))) for move in _leaving(procedure, case, sop)]


def _leaving(procedure: Procedure, case: Case, sop: str) -> list[Move]:
    standing = case.sops.get(sop)
    if standing is None or not standing.open or sop not in procedure.arrows:
        return []
    arrows = procedure.arrows[sop]
    moves = (move for move in procedure.moves.values() if move.sop == sop and move.name not in (OPEN, REOPEN))
    return [move for move in moves if standing.state in arrows.sources(move.name)]


def _may_open(procedure: Procedure, move: Move) -> bool:
    """Whether there is anybody, or a clock, that could take it."""
    clocks = procedure.definition.sops[move.sop].clocks.values()
    return bool(move.roles) or any(clock.at_end and clock.at_end.takes == move.name for clock in clocks)


def _settled_for_good(procedure: Procedure, case: Case, here: str) -> dict[str, FactValue | None]:
    """The variables of `sop.influence` that keep their value while this SOP stands where it stands."""
    known: dict[str, FactValue | None] = {f"state:{here}": case.sops[here].state}
    reach = {name: _reach(procedure, case, sop, here) for name, sop in procedure.definition.sops.items()}
    for name, states in reach.items():
        standing = case.sops.get(name)
        if states is not None and standing is not None and states == {standing.state}:
            known[f"state:{name}"] = standing.state
    draft = Draft(procedure, case, ENGINE, case.moved_at)
    for name, (sop, measure) in procedure.measures.items():
        if _is_over(draft, name, measure, reach[sop]):
            known |= _of_measure(draft, name, measure)
    return known


def _reach(procedure: Procedure, case: Case, sop: Sop, here: str) -> set[str] | None:
    """The states to which the SOP can still come; None where it is not open yet, or could be opened again."""
    standing = case.sops.get(sop.sop)
    if standing is None or (sop.reopens and sop.sop != here):
        return None
    if sop.sop == here or not standing.open:
        return {standing.state}
    reached, size = {standing.state}, 0
    arrows = procedure.arrows[sop.sop]
    while size != (size := len(reached)):
        for move in sop.transitions:
            reached |= {move_to for state in list(reached) if (move_to := arrows.follow(state, move)) is not None}
    return reached


def _is_over(draft: Draft, name: str, measure: Measure, reach: set[str] | None) -> bool:
    """Whether nothing more can be recorded of this measure, and no answer is awaited."""
    if any(record.awaits for record in draft.measures.get(name, ())):
        return False
    latest = draft.latest_done(name)
    if not measure.repeatable and latest is not None and latest.valid_until is None:
        return True
    return reach is not None and bool(measure.in_) and not reach & set(measure.in_)


def _of_measure(draft: Draft, name: str, measure: Measure) -> dict[str, FactValue | None]:
    latest = draft.latest_done(name)
    known: dict[str, FactValue | None] = {f"fact:{name}.{field}": None for field in (*measure.fields, *measure.results)}
    known |= {ref: draft.facts.get(ref.removeprefix("fact:")) for ref in known}
    known[f"settled:{name}"] = any(record.status in SETTLED for record in draft.measures.get(name, ()))
    if latest is None:
        known[f"done:{name}"] = "never"
    elif latest.valid_until is None:
        known[f"done:{name}"] = "done"
    return known
