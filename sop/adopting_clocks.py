"""What becomes of the clocks of a case that moves to another version: which count anew, which end, which start."""

from datetime import datetime

from sop.case import ClockRun
from sop.clocks import Clock, Trigger
from sop.conditions import Reason, matches
from sop.counting import Way
from sop.draft import Draft, Refusal
from sop.durations import Duration
from sop.events import ClockCancelled, ClockCarried
from sop.lengths import budget_of, length_of
from sop.migration import Migration
from sop.procedure import Procedure
from sop.timekeeping import HELD, armed, cancel, cancel_quietly, due_of, meet, pause, resume, start

PROTECTIVE = ("period",)
"""The kinds of clocks that a move never shortens: they protect the person; the others say what somebody owes."""


def leave_clocks(draft: Draft, new: Procedure, renamed: Migration) -> list[Reason]:
    """Clocks that the new version does not have end with the old one; those of the law only where that is said.

    They leave the case's list. What they were stays on its timeline.
    """
    reasons: list[Reason] = []
    for ref, run in list(draft.clocks.items()):
        clock = draft.clock(ref, run.anchor)
        if renamed.clocks.get(ref, ref) in new.clocks:
            continue
        if run.running and clock.statutory and (clock.kind == "period" or ref not in renamed.ends):
            text = f"‘{clock.title}’ is running by law{draft.clock_due_text(ref)}, and {new.version} does not have it."
            where = f"`clocks` what `{ref}` is called now" + (
                "." if clock.kind == "period" else ", or list it under `ends`."
            )
            reasons.append(Reason(code="clock_gone", text=text, remedy=f"Say in `migrations/` under {where}"))
            continue
        try:
            cancel(draft, ref)
        except Refusal as refusal:
            reasons += refusal.refused.reasons
            continue
        del draft.clocks[ref]
    return reasons


def carry_clocks(draft: Draft, old: Procedure, renamed: Migration) -> list[Reason]:
    """Every other clock keeps its anchor, its pauses and extensions, and counts by what the new version says.

    Where a clock has several laws by their dates, that is the law of the day from which it counts.
    """
    new = draft.procedure
    reasons: list[Reason] = []
    runs, draft.clocks = draft.clocks, {}
    for was_ref, run in runs.items():
        ref = renamed.clocks.get(was_ref, was_ref)
        was = old.clock(was_ref, run.anchor, draft.case.country)
        clock = draft.clock(ref, run.anchor) if ref in new.clocks else None
        if ref in draft.clocks:
            text = f"‘{was.title}’ would take the place of another clock of the case."
            reasons.append(Reason(code="name_taken", text=text, remedy="Correct the file in `migrations/`."))
            continue
        draft.clocks[ref] = run
        if clock is None or not run.running:
            continue
        if clock.kind != was.kind:
            text = f"‘{was.title}’ runs as a {was.kind}; in {new.version} it is a {clock.kind}."
            remedy = "Publish a version that gives the new clock a name of its own."
            reasons.append(Reason(code="clock_kind_changed", text=text, remedy=remedy))
        elif not clock.statutory and not was.statutory and not matches(clock.only_when, draft):
            cancel_quietly(draft, ref)
            draft.events.append(ClockCancelled(clock=ref))
        else:
            _count_anew(draft, old, ref, was)
    return reasons


def _count_anew(draft: Draft, old: Procedure, ref: str, was: Clock) -> None:
    run = draft.clocks[ref]
    clock = draft.clock(ref, run.anchor)
    way = draft.way(clock)
    due_before = run.due or due_of(run, was, old.way(was, draft.case.country, draft.fact))
    fresh = run.model_copy(update={"budget": _length(draft, ref, clock, run)})
    kept = clock.kind in PROTECTIVE and due_of(fresh, clock, way) < due_before
    if kept:
        fresh = _no_shorter(run, clock, way, due_before)
    due = due_of(fresh, clock, way)
    if due != due_before or clock.remind != was.remind:
        fresh = fresh.model_copy(update={"sent": ()})
    if due > draft.now:
        fresh = fresh.model_copy(update={"missed_at": None})
    draft.clocks[ref] = armed(draft, ref, fresh) if run.status == "running" else fresh
    if kept or due != due_before or fresh.budget != run.budget:
        draft.events.append(
            ClockCarried(clock=ref, was_budget=run.budget, budget=fresh.budget, was_due=due_before, due=due, kept=kept)
        )
    _as_the_law_has_it(draft, ref, clock)
    if clock.kind == "deadline":
        fresh_triggers = [trigger for trigger in clock.met_by if trigger not in was.met_by]
        if any(_is_so(draft, trigger, ref) for trigger in fresh_triggers):
            meet(draft, ref)


def _no_shorter(run: ClockRun, clock: Clock, way: Way, until: datetime) -> ClockRun:
    """The length of before, and by a day more where another calendar or way of counting would end it sooner."""
    while due_of(run, clock, way) < until:
        run = run.model_copy(update={"budget": run.budget + Duration(days=1)})
    return run


def _as_the_law_has_it(draft: Draft, ref: str, clock: Clock) -> None:
    """While a life event holds the targets, a clock that has become law counts on, and one that no longer is stops."""
    run = draft.clocks[ref]
    if clock.statutory and run.status == "paused" and run.held_by_event:
        resume(draft, ref)
    elif draft.held and not clock.statutory and run.status == "running" and not run.overdue(draft.now):
        pause(draft, ref, HELD, by_event=True)


def _length(draft: Draft, ref: str, clock: Clock, run: ClockRun) -> Duration:
    """The length for this case by the new version; what was chosen for it counts within the new bounds."""
    if clock.review:
        return clock.review.offset(run.occurrence) or run.budget
    try:
        return budget_of(draft, ref, clock, run.anchor) or run.budget
    except Refusal as refusal:
        length, code = length_of(draft, clock), refusal.refused.reasons[0].code
        bound = {"too_short": length.floor, "too_long": length.ceiling}.get(code)
        return bound or run.budget


def start_new_clocks(draft: Draft, old: Procedure, renamed: Migration) -> list[Reason]:
    """Clocks that the old version would not have started start where what starts them is so now.

    They count from now, or from the fact that they name: nobody owed anything before the case came under this version.
    """
    reasons: list[Reason] = []
    names = {now: was for was, now in renamed.clocks.items()}
    for ref, clock in draft.procedure.clocks.items():
        known = old.clocks.get(names.get(ref, ref))
        fresh = [trigger for trigger in clock.starts if known is None or trigger not in known.starts]
        standing = [trigger for trigger in fresh if (trigger.entering or trigger.holds) and _is_so(draft, trigger, ref)]
        if ref in draft.clocks or not standing:
            continue
        if any(_is_so(draft, trigger, ref) for trigger in (*clock.met_by, *clock.cancelled_by)):
            continue
        try:
            start(draft, ref)
        except Refusal as refusal:
            reasons += [reason for reason in refusal.refused.reasons if reason.code != "already_over"]
    return reasons


def _is_so(draft: Draft, trigger: Trigger, ref: str) -> bool:
    """Whether what the trigger waits for is so now; of what happened once and left nothing behind, nobody knows."""
    own = ref.split(".")[0]
    for state in trigger.states:
        sop, name = state.split(".") if "." in state else (own, state)
        if draft.state(sop) == name:
            return True
    done = trigger.done or trigger.result
    if done:
        return draft.done(done)
    if trigger.settled:
        return draft.settled(trigger.settled)
    return bool(trigger.holds) and draft.fact(trigger.holds or "") is True
