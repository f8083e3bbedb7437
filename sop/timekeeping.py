"""What happens to the clocks of a case: they start, are met, pause, are lengthened, corrected, ended; and time passes."""

from collections.abc import Callable, Set
from datetime import datetime, timedelta

from sop.case import ClockRun, Correction, MeasureRecord, PauseSpan, Rung
from sop.clocks import REVIEW_OF_A_PAUSE, Clock
from sop.conditions import matches
from sop.counting import Way, after, before, end_of, moved_on
from sop.draft import Draft, Refusal
from sop.effects import Tell, What
from sop.enforcement import ends_before_time, long_enough
from sop.events import (
    ClockCancelled,
    ClockCorrected,
    ClockExpired,
    ClockMet,
    ClockMissed,
    ClockPaused,
    ClockResumed,
    ClockStarted,
    MeasureAsked,
    PauseReviewed,
    ReminderSent,
)
from sop.lengths import anchor_of, budget_of, named_in, plausible
from sop.shapes import made

Takes = Callable[[Draft, str, str], None]
"""How a clock takes a transition: given by the machine, which knows the moves."""

HELD = "targets_held"
RECORDED_ANEW = "recorded_anew"
_FIRST = {"remind": 0, "end": 1, "tell": 2}
"""The order of rungs that fall on one moment."""


def happened(draft: Draft, key: str) -> None:
    """Something happened that clocks wait for: first it meets and cancels, then it starts."""
    procedure = draft.procedure
    for ref in procedure.meets.get(key, ()):
        meet(draft, ref)
    for ref in procedure.cancels.get(key, ()):
        cancel(draft, ref)
    for ref in procedure.starts.get(key, ()):
        start(draft, ref, at_once=key.startswith("event:"))


def start(draft: Draft, ref: str, *, at_once: bool = False) -> None:
    """Start a clock, unless it runs already or its facts say that it does not apply.

    While a life event holds the internal targets, a new target is held too; not what the event itself starts.
    """
    clock = draft.procedure.clocks[ref]
    former = draft.clocks.get(ref)
    if (former is not None and former.running) or not matches(clock.only_when, draft):
        return
    if draft.closed and not at_once:
        return
    clock = draft.clock(ref, anchor_of(draft, clock))
    anchor = anchor_of(draft, clock)
    budget = budget_of(draft, ref, clock, anchor)
    if budget is None:
        return
    long_enough(draft, ref, anchor, budget)
    number = former.run + 1 if former else 1
    blank = made(ClockRun, run=number, status="running", anchor=anchor, budget=budget, due=None, armed_at=draft.now)
    run = armed(draft, ref, blank)
    plausible(draft, clock, run)
    draft.clocks[ref] = run
    assert run.due is not None  # noqa: S101 - a run that is armed has a due moment
    draft.events.append(made(ClockStarted, clock=ref, run=run.run, anchor=anchor, budget=budget, due=run.due))
    if draft.held and not clock.statutory and not at_once:
        pause(draft, ref, HELD, by_event=True)


def armed(draft: Draft, ref: str, run: ClockRun) -> ClockRun:
    """The run with its due moment and its rungs from now on. Reminders sent, or whose moment has passed, do not come."""
    clock = draft.clock(ref, run.anchor)
    way = draft.way(clock)
    due = due_of(run, clock, way)
    rungs = [made(Rung, at=due, kind="end")] if run.missed_at is None else []
    span = due - run.anchor
    for number, reminder in enumerate(clock.remind):
        at = before(due, reminder.before, *way) if reminder.before else run.anchor + span * (reminder.share or 0) / 100
        if at >= draft.now and run.missed_at is None and number not in run.sent:
            rungs.append(made(Rung, at=at, kind="remind", to=clock.reminds, number=number))
    for escalation in clock.when_missed:
        at = after(due, escalation.after, way.calendar) if escalation.after else due
        if run.missed_at is None or at > draft.now:
            rungs.append(made(Rung, at=at, kind="tell", to=(escalation.tell,)))
    rungs.sort(key=_order)
    return run.model_copy(update={"due": due, "rungs": tuple(rungs), "armed_at": draft.now, "status": "running"})


def _order(rung: Rung) -> tuple[datetime, int]:
    return rung.at, _FIRST[rung.kind]


def due_of(run: ClockRun, clock: Clock, way: Way) -> datetime:
    """The end of the budget with its extensions, moved on by the time that did not count: in days where it counts days."""
    total = run.budget
    for extension in run.extensions:
        total = total + extension.length
    due = end_of(run.anchor, total, *way)
    # time before the anchor never counted, so a pause in it takes nothing away
    spans = [(max(p.since, run.anchor), p.until) for p in run.pauses if p.until is not None and p.until > run.anchor]
    if total.in_hours or way.rule.ends == "at-the-same-time":
        return due + sum((until - since for since, until in spans), timedelta())
    days = sum(way.calendar.days_between(since, until) for since, until in spans)
    return moved_on(due, days, *way) if days else due


def meet(draft: Draft, ref: str) -> None:
    """What the clock waits for has come; a review goes on to its next occurrence."""
    run = draft.clocks.get(ref)
    if run is None or not run.running:
        return
    ends_before_time(draft, ref)
    clock = draft.clock(ref, run.anchor)
    if clock.review and not _window_is_open(draft, clock, run):
        return
    late = run.overdue(draft.now)
    draft.events.append(made(ClockMet, clock=ref, late=late))
    if clock.review:
        following = _next_review(draft, clock, run)
        if following is not None and run.status == "paused":
            draft.clocks[ref] = following
            return
        if following is not None:
            draft.clocks[ref] = following = armed(draft, ref, following)
            assert following.due is not None  # noqa: S101 - armed
            draft.events.append(
                made(
                    ClockStarted, clock=ref, run=run.run, anchor=run.anchor, budget=following.budget, due=following.due
                )
            )
            return
    draft.clocks[ref] = over(draft, run, "met")


def _window_is_open(draft: Draft, clock: Clock, run: ClockRun) -> bool:
    """A review counts once per interval: what comes before the former one was due does not pay for the next."""
    offset = clock.review.offset(run.occurrence - 1) if clock.review and run.occurrence else None
    if offset is None:
        return True
    former = run.model_copy(update={"occurrence": run.occurrence - 1, "budget": offset})
    return draft.now >= due_of(former, clock, draft.way(clock))


def _next_review(draft: Draft, clock: Clock, run: ClockRun) -> ClockRun | None:
    """The first occurrence that lies after now and after the one just met, always counted from the first anchor."""
    assert clock.review is not None  # noqa: S101 - asked by the caller
    way = draft.way(clock)
    occurrence = run.occurrence + 1
    while (offset := clock.review.offset(occurrence)) is not None:
        following = run.model_copy(update={"occurrence": occurrence, "budget": offset, "missed_at": None, "sent": ()})
        if due_of(following, clock, way) > draft.now:
            return following
        occurrence += 1
    return None


def over(draft: Draft, run: ClockRun, status: str, reason: str | None = None) -> ClockRun:
    """The run at its end; its history stays visible."""
    return run.model_copy(update={"status": status, "rungs": (), "over_at": draft.now, "over_reason": reason})


def cancel(draft: Draft, ref: str, reason: str | None = None) -> None:
    """The clock no longer applies."""
    run = draft.clocks.get(ref)
    if run is not None and run.running:
        ends_before_time(draft, ref)
        cancel_quietly(draft, ref, reason)
        draft.events.append(made(ClockCancelled, clock=ref))


def cancel_quietly(draft: Draft, ref: str, reason: str | None = None) -> None:
    """The running clock no longer applies; whoever asks tells of it in an event of its own."""
    draft.clocks[ref] = over(draft, draft.clocks[ref], "cancelled", reason)


def rebase(draft: Draft, facts: Set[str], *, strict: bool = True) -> None:
    """Clocks whose length, anchor or calendar was recorded anew count by what is known now.

    So does a clock with another length for a child when the person turns out to be one, or turns 18. No period ends
    sooner by that, and what was missed by the length of before stays missed. A length out of bounds refuses the step,
    unless it is not `strict`: then the clock counts on as it was, for what is known of the person is always recorded.
    """
    if facts.isdisjoint(draft.procedure.counting):
        return
    for ref, run in list(draft.clocks.items()):
        if not run.running or not draft.procedure.counted_from[ref] & facts:
            continue
        try:
            _count_anew(draft, ref, run, facts)
        except Refusal:
            if strict:
                raise


def _count_anew(draft: Draft, ref: str, run: ClockRun, facts: Set[str]) -> None:
    clock = draft.clock(ref, run.anchor)
    anchor = anchor_of(draft, clock) if clock.anchor in facts else run.anchor
    clock = draft.clock(ref, anchor)
    budget = clock.review.offset(run.occurrence) if clock.review else budget_of(draft, ref, clock, anchor)
    if budget is None or (run.missed_at is not None and facts.isdisjoint(named_in(clock))):
        return
    known = run.model_copy(update={"anchor": anchor, "budget": budget, "missed_at": None, "sent": ()})
    due, was_due = due_of(known, clock, draft.way(clock)), run.due or due_of(run, clock, draft.way(clock))
    if due == was_due or (clock.kind == "period" and due < was_due):
        return
    correction = made(
        Correction,
        was=run.anchor,
        was_budget=run.budget,
        was_due=run.due,
        at=draft.now,
        by=draft.actor.id,
        reason=RECORDED_ANEW,
    )
    known = known.model_copy(update={"corrections": (*run.corrections, correction)})
    draft.clocks[ref] = known = known if run.status == "paused" else armed(draft, ref, known)
    draft.events.append(
        made(
            ClockCorrected,
            clock=ref,
            was_anchor=run.anchor,
            anchor=anchor,
            was_due=run.due,
            due=known.due,
            reason=RECORDED_ANEW,
        )
    )


def go_on(draft: Draft, ref: str) -> None:
    """A clock that was cancelled counts again, as if it had been paused in between."""
    run = draft.clocks[ref]
    assert run.over_at is not None  # noqa: S101 - a cancelled run has its end
    since = run.pauses[-1].since if run.pauses and run.pauses[-1].until is None else run.over_at
    before_ = run.pauses[:-1] if run.pauses and run.pauses[-1].until is None else run.pauses
    span = PauseSpan(since=since, until=draft.now, by=draft.actor.id, reason=run.over_reason or "")
    run = run.model_copy(
        update={"pauses": (*before_, span), "over_at": None, "over_reason": None, "held_by_event": False}
    )
    draft.clocks[ref] = run = armed(draft, ref, run)
    assert run.due is not None  # noqa: S101 - armed
    draft.events.append(made(ClockStarted, clock=ref, run=run.run, anchor=run.anchor, budget=run.budget, due=run.due))


def pause(
    draft: Draft,
    ref: str,
    reason: str,
    note: str | None = None,
    *,
    review_at: datetime | None = None,
    by_event: bool = False,
) -> None:
    """Stop the counting. At `review_at` the responsible are asked whether the reason still holds.

    What a life event pauses has no such moment of its own: the opposite event ends it.
    """
    run = draft.clocks[ref]
    span = PauseSpan(since=draft.now, by=draft.actor.id, reason=reason, review_at=review_at)
    rungs = (_review_of_pause(draft, ref, review_at),) if review_at else ()
    draft.clocks[ref] = run.model_copy(
        update={
            "status": "paused",
            "due": None,
            "rungs": rungs,
            "pauses": (*run.pauses, span),
            "held_by_event": by_event,
        }
    )
    draft.events.append(ClockPaused(clock=ref, reason=reason, note=note, review_at=review_at))


def _review_of_pause(draft: Draft, ref: str, at: datetime) -> Rung:
    return Rung(at=at, kind="review", to=draft.procedure.clocks[ref].reminds)


def _pause_reviewed(draft: Draft, ref: str, rung: Rung) -> None:
    """The day has come on which somebody is to say whether the pause goes on; asked again until it ends."""
    run = draft.clocks[ref]
    clock = draft.clock(ref, run.anchor)
    again = after(draft.now, clock.pause.review_within if clock.pause else REVIEW_OF_A_PAUSE, draft.way(clock).calendar)
    last = run.pauses[-1].model_copy(update={"review_at": again})
    update = {"rungs": (_review_of_pause(draft, ref, again),), "pauses": (*run.pauses[:-1], last)}
    draft.clocks[ref] = run.model_copy(update=update)
    draft.events.append(PauseReviewed(clock=ref, to=rung.to, since=last.since, reason=last.reason, again_at=again))
    for role in rung.to:
        tell(draft, role, "pause_review", ref)


def resume(draft: Draft, ref: str, note: str | None = None) -> None:
    """Count again: the due moment lies later by what the pause lasted."""
    run = draft.clocks[ref]
    last = run.pauses[-1].model_copy(update={"until": draft.now})
    run = run.model_copy(update={"pauses": (*run.pauses[:-1], last), "held_by_event": False})
    draft.clocks[ref] = run = armed(draft, ref, run)
    assert run.due is not None  # noqa: S101 - armed
    draft.events.append(ClockResumed(clock=ref, due=run.due, note=note))


def time_passed(draft: Draft, takes: Takes) -> None:
    """Everything that is due by now happens, the earliest first, each rung once."""
    while True:
        due = [
            (run.rungs[0].at, ref)
            for ref, run in draft.clocks.items()
            if run.rungs and run.rungs[0].at <= draft.now and run.running
        ]
        if not due:
            return
        _, ref = min(due)
        run = draft.clocks[ref]
        rung = run.rungs[0]
        sent = (*run.sent, rung.number) if rung.kind == "remind" else run.sent
        draft.clocks[ref] = run.model_copy(update={"rungs": run.rungs[1:], "sent": sent})
        if rung.kind == "review":
            _pause_reviewed(draft, ref, rung)
        elif rung.kind == "end":
            _ended(draft, ref, takes)
        else:
            _tell(draft, ref, rung, missed=rung.kind == "tell")


def _ended(draft: Draft, ref: str, takes: Takes) -> None:
    run = draft.clocks[ref]
    clock = draft.clock(ref, run.anchor)
    assert run.due is not None  # noqa: S101 - only a running, armed clock ends
    if clock.kind != "period":
        draft.clocks[ref] = run.model_copy(update={"missed_at": draft.now})
        draft.events.append(made(ClockMissed, clock=ref, due=run.due))
        return
    draft.clocks[ref] = over(draft, run, "expired")
    draft.events.append(made(ClockExpired, clock=ref, due=run.due))
    if clock.at_end and clock.at_end.asks:
        ask(draft, clock.at_end.asks, ref)
    elif clock.at_end and clock.at_end.takes:
        takes(draft, ref.split(".")[0], clock.at_end.takes)


def ask(draft: Draft, measure: str, clock: str) -> None:
    """A task for a person: an instance of the measure, planned."""
    sop, definition = draft.procedure.measures[measure]
    records = draft.measures.get(measure, ())
    if records and records[-1].status in ("planned", "in_progress"):
        return
    record = MeasureRecord(number=len(records) + 1, status="planned", at=draft.now, by=draft.actor.id)
    draft.measures[measure] = (*records, record)
    draft.events.append(made(MeasureAsked, sop=sop, measure=measure, number=record.number, clock=clock))
    for role in definition.who:
        tell(draft, role, "reminder", measure)


def _tell(draft: Draft, ref: str, rung: Rung, *, missed: bool) -> None:
    run = draft.clocks[ref]
    assert run.due is not None  # noqa: S101 - only a running, armed clock reminds
    draft.events.append(made(ReminderSent, clock=ref, to=rung.to, missed=missed, due=run.due))
    for role in rung.to:
        tell(draft, role, "missed" if missed else "reminder", ref, run.due)


def tell(draft: Draft, role: str, what: What, about: str, due: datetime | None = None) -> None:
    """Ask for somebody to be told, by code."""
    draft.effects.append(
        made(Tell, id=draft.effect_id(), case_id=draft.case.id, to=role, what=what, about=about, due=due)
    )
