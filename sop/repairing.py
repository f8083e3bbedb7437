"""Repair of one case by hand, by a supervisor and a second person: where an SOP stands, and what a clock counts."""

from datetime import datetime

from sop.arrows import OPEN, REOPEN
from sop.case import ClockRun, SopStanding
from sop.clocks import Clock
from sop.commands import SetClock, SetState
from sop.conditions import Needs, Reason, holds, unmet
from sop.draft import Draft, Refusal, refuse
from sop.durations import Duration
from sop.enforcement import asked_of_state, long_enough, still_held
from sop.events import ClockSet, StateSet
from sop.lengths import budget_of, plausible, within
from sop.timekeeping import armed, cancel_quietly, happened
from sop.walk import walk

SECOND = ("supervisor", "coordinator")
"""The roles of which a second person confirms a repair."""


def repair(draft: Draft, command: SetState | SetClock) -> None:
    """Do it. Who may is asked before. The rules of the procedure hold here too: a repair is no way around them."""
    if draft.closed:
        raise refuse("case_closed", "The case is closed.", "A supervisor can open it again.")
    if isinstance(command, SetState):
        _set_state(draft, command)
    else:
        _set_clock(draft, command)


def title_of(draft: Draft, command: SetState | SetClock) -> str:
    """What the second person is asked to confirm."""
    what = command.sop if isinstance(command, SetState) else command.clock
    return f"Repair by hand: {draft.title(what)}"


def _set_state(draft: Draft, command: SetState) -> None:
    sop = draft.procedure.definition.sops.get(command.sop)
    if sop is None or command.state not in sop.states:
        raise refuse("no_such_state", "This procedure has no such state.", "Look at its SOPs.", "unknown")
    standing = draft.sops.get(command.sop)
    if standing is not None and standing.state == command.state:
        text = f"{sop.title} already stands at ‘{sop.states[command.state].title}’."
        raise refuse("already_so", text, "There is nothing to repair.")
    rights = draft.procedure.definition.rights.values() if draft.procedure.guard else ()
    reasons = _against_the_rules(draft, command.sop, command.state)
    reasons += asked_of_state(draft, f"{command.sop}.{command.state}", [right for right in rights if right.whenever])
    if reasons:
        raise Refusal("refused", *reasons)
    protections, held = _protections(draft), [right for right in rights if right.always and holds(right.always, draft)]
    open_ = f"{command.sop}.{command.state}" not in draft.procedure.final
    draft.sops[command.sop] = SopStanding(state=command.state, since=draft.now, open=open_)
    draft.changes["moved_at"] = draft.now
    source = standing.state if standing else None
    draft.events.append(StateSet(sop=command.sop, source=source, target=command.state, note=command.note))
    happened(draft, f"entering:{command.sop}.{command.state}")
    for ref in protections:
        if not draft.clocks[ref].running:
            raise _protected(draft, ref)
    still_held(draft, held)


def _against_the_rules(draft: Draft, sop: str, state: str) -> list[Reason]:
    """What the rules ask on every way to the state; empty where one way is open, or none leads there."""
    definition = draft.procedure.definition.sops[sop]
    names = [name for name, move in definition.transitions.items() if move.to == state]
    names += [name for name in (OPEN, REOPEN) if state == definition.initial]
    moves = [move for name in names if (move := draft.procedure.moves.get(f"{sop}.{name}"))]
    ways = [unmet(_held_by_rules(move.needs), draft) for move in moves]
    return min(ways, key=len, default=[])


def _held_by_rules(needs: Needs) -> Needs:
    return tuple(need for need in needs if any(getattr(part, "rule", None) for _, part in walk(need)))


def _protections(draft: Draft) -> list[str]:
    """The periods that run and that a repair never ends."""
    return [ref for ref, run in draft.clocks.items() if run.running and _protects(draft, ref)]


def _protects(draft: Draft, ref: str) -> bool:
    """Whether it is a period of the law, or one that a right protects."""
    clock, guard = draft.procedure.clocks[ref], draft.procedure.guard
    return clock.kind == "period" and (clock.statutory or bool(guard and ref in guard.lasting))


def _protected(draft: Draft, ref: str) -> Refusal:
    text = f"‘{draft.title(ref)}’ protects the person{draft.clock_due_text(ref)}; a repair does not shorten it."
    return refuse("protection_runs", text, "Where the law allows it to end early, take that decision itself.")


def _set_clock(draft: Draft, command: SetClock) -> None:
    clock = draft.procedure.clocks.get(command.clock)
    if clock is None:
        raise refuse("no_such_clock", "This procedure has no such clock.", "Look at the clocks of the case.", "unknown")
    run = draft.clocks.get(command.clock)
    was_due = run.due if run else None
    if command.anchor is None and command.length is None:
        _take_away(draft, command, clock, run)
        fresh = None
    else:
        fresh = _run_by_hand(draft, command, clock, run)
        draft.clocks[command.clock] = fresh
    draft.events.append(
        ClockSet(
            clock=command.clock,
            was_due=was_due,
            anchor=fresh.anchor if fresh else None,
            budget=fresh.budget if fresh else None,
            due=fresh.due if fresh else None,
            note=command.note,
        )
    )


def _take_away(draft: Draft, command: SetClock, clock: Clock, run: ClockRun | None) -> None:
    if run is None or not run.running:
        raise refuse("clock_not_running", f"‘{clock.title}’ is not running.", "There is nothing to take away.")
    if _protects(draft, command.clock):
        raise _protected(draft, command.clock)
    cancel_quietly(draft, command.clock)


def _run_by_hand(draft: Draft, command: SetClock, clock: Clock, run: ClockRun | None) -> ClockRun:
    """The clock as a run of its own; the former one stays on the timeline."""
    anchor = _anchor(draft, command, run)
    clock = draft.clock(command.clock, anchor)
    length = _length(draft, command, clock, run, anchor)
    long_enough(draft, command.clock, anchor, length)
    number = run.run + 1 if run else 1
    blank = ClockRun(run=number, status="running", anchor=anchor, budget=length, due=None, armed_at=draft.now)
    fresh = armed(draft, command.clock, blank)
    plausible(draft, clock, fresh)
    if (
        run
        and run.running
        and _protects(draft, command.clock)
        and (run.due is None or fresh.due is None or fresh.due < run.due)
    ):
        raise _protected(draft, command.clock)
    return fresh


def _anchor(draft: Draft, command: SetClock, run: ClockRun | None) -> datetime:
    anchor = command.anchor or (run.anchor if run else draft.now)
    if anchor.tzinfo is None:
        text = "The anchor needs its offset from UTC."
        raise refuse("field_malformed", text, "Write for example …T09:00:00Z.", "malformed")
    if anchor > draft.now:
        text = "The event that a clock counts from cannot lie ahead."
        raise refuse("anchor_in_future", text, "Give its true moment.")
    return anchor.astimezone(draft.now.tzinfo)


def _length(draft: Draft, command: SetClock, clock: Clock, run: ClockRun | None, anchor: datetime) -> Duration:
    """The length that was named, within the bounds of the procedure; otherwise the one that it would give."""
    if command.length is None:
        length = run.budget if run else budget_of(draft, command.clock, clock, anchor)
        if length is None:
            raise refuse("field_missing", f"‘{clock.title}’ needs a length.", "Name it.", "malformed")
        return length
    return command.length if clock.review else within(draft, command.clock, clock, command.length, anchor)
