"""What people do to clocks: lengthen, pause, resume, end early, correct; each within what the SOP allows."""

from datetime import datetime

from sop.case import ClockRun, Correction, Extension
from sop.clocks import Clock
from sop.commands import CorrectClock, EndClock, ExtendClock, PauseClock, ResumeClock
from sop.conditions import matches
from sop.counting import after
from sop.draft import Draft, refuse
from sop.enforcement import ends_before_time
from sop.events import ClockCorrected, ClockEnded, ClockExtended
from sop.lengths import budget_of
from sop.steps import known_reason
from sop.timekeeping import armed, over, pause, resume

ClockCommand = ExtendClock | PauseClock | ResumeClock | EndClock | CorrectClock
SUPERVISOR = "supervisor"
EARLIEST = 1900


def roles_for(clock: Clock, command: ClockCommand) -> tuple[str, ...]:
    """The roles that may do this to the clock; empty where nobody may."""
    match command:
        case ExtendClock():
            return clock.extend.by if clock.extend else ()
        case PauseClock() | ResumeClock():
            return clock.pause.by if clock.pause else ()
        case EndClock():
            return clock.ends_early.by if clock.ends_early else ()
        case CorrectClock():
            return (SUPERVISOR, *(clock.extend.by if clock.extend else ()))


def ends_sooner(draft: Draft, clock: Clock, run: ClockRun, command: ClockCommand) -> bool:
    """Whether the command ends the protection of a period earlier: then it needs an authority and a second person."""
    if isinstance(command, EndClock):
        return clock.ends_early is not None
    if not isinstance(command, CorrectClock) or clock.kind != "period" or command.anchor.tzinfo is None:
        return False
    other_law = draft.clock(command.clock, command.anchor) is not draft.clock(command.clock, run.anchor)
    return other_law or command.anchor < run.anchor


def find_clock(draft: Draft, command: ClockCommand) -> tuple[Clock, ClockRun]:
    """The clock and its run, or a refusal. The law of the day it counts from decides, and whom it is about."""
    if command.clock not in draft.procedure.clocks:
        raise refuse("no_such_clock", "This procedure has no such clock.", "Look at the clocks of the case.", "unknown")
    run = draft.clocks.get(command.clock)
    if run is None:
        title = draft.procedure.clocks[command.clock].title
        raise refuse("clock_not_running", f"‘{title}’ has not started.", "It starts by a step of its SOP.")
    clock = draft.clock(command.clock, run.anchor)
    variant = next((variant for variant in clock.variants if matches(variant.when, draft)), None)
    if variant is not None and variant.extend is not None:
        clock = clock.model_copy(update={"extend": variant.extend})
    return clock, run


def turn(draft: Draft, command: ClockCommand) -> None:
    """Do it. Who may, and whether a second person must, is asked before."""
    clock, run = find_clock(draft, command)
    if draft.case.closed_at is not None:
        raise refuse("case_closed", "The case is closed.", "A supervisor can open it again.")
    if not roles_for(clock, command):
        raise refuse("not_allowed", f"The procedure does not allow this for ‘{clock.title}’.", "Ask a coordinator.")
    match command:
        case ExtendClock():
            _extend(draft, command, clock, run)
        case PauseClock():
            _still_running(draft, clock, run)
            if run.status == "paused":
                raise refuse(
                    "clock_paused", f"‘{clock.title}’ is already paused.", "Resume it when the reason is over."
                )
            assert clock.pause is not None  # noqa: S101 - `roles_for` has asked
            known_reason(command.reason, clock.pause.reasons)
            pause(draft, command.clock, command.reason, command.note, review_at=_review_at(draft, command, clock))
        case ResumeClock():
            if run.status != "paused":
                raise refuse("clock_not_paused", f"‘{clock.title}’ is not paused.", "There is nothing to resume.")
            resume(draft, command.clock, command.note)
        case EndClock():
            _end(draft, command, clock, run)
        case CorrectClock():
            _correct(draft, command, run)


def _still_running(draft: Draft, clock: Clock, run: ClockRun) -> None:
    if not run.running or run.overdue(draft.now):
        text = f"‘{clock.title}’ is already over."
        raise refuse("too_late", text, "What is over cannot be changed; correct its anchor if that was wrong.")


def _review_at(draft: Draft, command: PauseClock, clock: Clock) -> datetime:
    """When somebody is asked whether the pause must go on; never later than the procedure allows."""
    assert clock.pause is not None  # noqa: S101 - `roles_for` has asked
    latest = after(draft.now, clock.pause.review_within, draft.way(clock).calendar)
    chosen = command.review_at or latest
    if chosen.tzinfo is None:
        text = "The review date needs its offset from UTC."
        raise refuse("field_malformed", text, "Write for example …T09:00:00Z.", "malformed")
    if not draft.now < chosen <= latest:
        text = f"The pause of ‘{clock.title}’ must be looked at again within {clock.pause.review_within}."
        raise refuse("review_too_late", text, f"Name a moment until {latest:%Y-%m-%d}.")
    return chosen.astimezone(draft.now.tzinfo)


def _extend(draft: Draft, command: ExtendClock, clock: Clock, run: ClockRun) -> None:
    _still_running(draft, clock, run)
    assert clock.extend is not None  # noqa: S101 - `roles_for` has asked
    if run.status == "paused" or run.due is None:
        raise refuse("clock_paused", f"‘{clock.title}’ is paused.", "Resume it first.")
    if len(run.extensions) >= clock.extend.at_most:
        text = f"‘{clock.title}’ was extended {len(run.extensions)} times; the procedure allows {clock.extend.at_most}."
        raise refuse("too_often", text, "No further extension is possible.")
    extension = Extension(
        length=clock.extend.length, at=draft.now, by=draft.actor.id, reason=command.reason, was_due=run.due
    )
    longer = armed(
        draft, command.clock, run.model_copy(update={"extensions": (*run.extensions, extension), "sent": ()})
    )
    draft.clocks[command.clock] = longer
    assert longer.due is not None  # noqa: S101 - armed
    draft.events.append(
        ClockExtended(
            clock=command.clock,
            length=extension.length,
            was_due=run.due,
            due=longer.due,
            reason=command.reason,
            note=command.note,
        )
    )


def _end(draft: Draft, command: EndClock, clock: Clock, run: ClockRun) -> None:
    _still_running(draft, clock, run)
    assert clock.ends_early is not None  # noqa: S101 - `roles_for` has asked
    known_reason(command.reason, clock.ends_early.reasons)
    ends_before_time(draft, command.clock, command.reason)
    draft.clocks[command.clock] = over(draft, run, "ended", command.reason)
    draft.events.append(ClockEnded(clock=command.clock, reason=command.reason, note=command.note))


def _correct(draft: Draft, command: CorrectClock, run: ClockRun) -> None:
    """Re-arm from the right anchor; a period that had expired too early runs again."""
    if command.anchor.tzinfo is None:
        raise refuse(
            "field_malformed", "The anchor needs its offset from UTC.", "Write for example …T09:00:00Z.", "malformed"
        )
    if command.anchor.year < EARLIEST:
        raise refuse(
            "field_malformed", "The anchor lies before our time.", f"Give a year from {EARLIEST} on.", "malformed"
        )
    if command.anchor > draft.now:
        raise refuse(
            "anchor_in_future", "The event that a clock counts from cannot lie ahead.", "Give its true moment."
        )
    if run.status not in ("running", "paused", "expired"):
        raise refuse("too_late", "This clock was met, ended or cancelled.", "There is nothing left to correct.")
    correction = Correction(
        was=run.anchor,
        was_budget=run.budget,
        was_due=run.due,
        at=draft.now,
        by=draft.actor.id,
        reason=command.reason,
    )
    anchor = command.anchor.astimezone(draft.now.tzinfo)
    law = draft.clock(command.clock, anchor)
    other_law = law is not draft.clock(command.clock, run.anchor)
    update = {
        "anchor": anchor,
        "budget": (budget_of(draft, command.clock, law, anchor) if other_law else None) or run.budget,
        "corrections": (*run.corrections, correction),
        "missed_at": None,
        "sent": (),
        "over_at": None,
        "over_reason": None,
    }
    corrected = run.model_copy(update=update)
    if run.status != "paused":
        corrected = armed(draft, command.clock, corrected)
    draft.clocks[command.clock] = corrected
    draft.events.append(
        ClockCorrected(
            clock=command.clock,
            was_anchor=run.anchor,
            anchor=corrected.anchor,
            was_due=run.due,
            due=corrected.due,
            reason=command.reason,
            note=command.note,
        )
    )
