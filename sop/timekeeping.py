"""What happens to the clocks of a case: they start, are met, pause, are lengthened, corrected, ended; and time passes."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sop.calendars import Calendar, after, before, end_of
from sop.case import ClockRun, Correction, MeasureRecord, PauseSpan, Rung
from sop.clocks import Clock, Length
from sop.conditions import matches
from sop.draft import Draft, refuse
from sop.durations import Duration
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
    ReminderSent,
)
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
    clock = draft.clock(ref, _anchor(draft, clock))
    anchor = _anchor(draft, clock)
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
    calendar = draft.procedure.calendar(draft.case.country)
    due = due_of(run, clock, calendar)
    rungs = [made(Rung, at=due, kind="end")] if run.missed_at is None else []
    span = due - run.anchor
    for number, reminder in enumerate(clock.remind):
        at = (
            before(due, reminder.before, calendar)
            if reminder.before
            else run.anchor + span * (reminder.share or 0) / 100
        )
        if at >= draft.now and run.missed_at is None and number not in run.sent:
            rungs.append(made(Rung, at=at, kind="remind", to=clock.reminds, number=number))
    for escalation in clock.when_missed:
        at = after(due, escalation.after, calendar) if escalation.after else due
        if run.missed_at is None or at > draft.now:
            rungs.append(made(Rung, at=at, kind="tell", to=(escalation.tell,)))
    rungs.sort(key=_order)
    return run.model_copy(update={"due": due, "rungs": tuple(rungs), "armed_at": draft.now, "status": "running"})


def _order(rung: Rung) -> tuple[datetime, int]:
    return rung.at, _FIRST[rung.kind]


def due_of(run: ClockRun, clock: Clock, calendar: Calendar) -> datetime:
    """The end of the budget with its extensions, moved on by the time that did not count: in days where it counts days."""
    total = run.budget
    for extension in run.extensions:
        total = total + extension.length
    due = end_of(run.anchor, total, calendar, clock.counting)
    # time before the anchor never counted, so a pause in it takes nothing away
    spans = [(max(p.since, run.anchor), p.until) for p in run.pauses if p.until is not None and p.until > run.anchor]
    if total.in_hours or clock.counting == "plain":
        return due + sum((until - since for since, until in spans), timedelta())
    days = sum(calendar.days_between(since, until) for since, until in spans)
    return calendar.moved_on(due, days) if days else due


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
    return draft.now >= due_of(former, clock, draft.procedure.calendar(draft.case.country))


def _next_review(draft: Draft, clock: Clock, run: ClockRun) -> ClockRun | None:
    """The first occurrence that lies after now and after the one just met, always counted from the first anchor."""
    assert clock.review is not None  # noqa: S101 - asked by the caller
    calendar = draft.procedure.calendar(draft.case.country)
    occurrence = run.occurrence + 1
    while (offset := clock.review.offset(occurrence)) is not None:
        following = run.model_copy(update={"occurrence": occurrence, "budget": offset, "missed_at": None, "sent": ()})
        if due_of(following, clock, calendar) > draft.now:
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


def rebase(draft: Draft, facts: set[str]) -> None:
    """Clocks whose length or anchor was recorded anew count by what is known now; no period ends sooner by that."""
    if facts.isdisjoint(draft.procedure.counting):
        return
    for ref, run in list(draft.clocks.items()):
        if run.status != "running" or run.due is None or not draft.procedure.counted_from[ref] & facts:
            continue
        clock = draft.clock(ref, run.anchor)
        anchor = _anchor(draft, clock) if clock.anchor in facts else run.anchor
        clock = draft.clock(ref, anchor)
        budget = clock.review.offset(run.occurrence) if clock.review else budget_of(draft, ref, clock, anchor)
        if budget is None:
            continue
        known = run.model_copy(update={"anchor": anchor, "budget": budget, "missed_at": None, "sent": ()})
        due = due_of(known, clock, draft.procedure.calendar(draft.case.country))
        if due == run.due or (clock.kind == "period" and due < run.due):
            continue
        correction = Correction(was=run.anchor, at=draft.now, by=draft.actor.id, reason=RECORDED_ANEW)
        draft.clocks[ref] = armed(draft, ref, known.model_copy(update={"corrections": (*run.corrections, correction)}))
        draft.events.append(
            ClockCorrected(
                clock=ref, was_anchor=run.anchor, anchor=anchor, was_due=run.due, due=due, reason=RECORDED_ANEW
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


def pause(draft: Draft, ref: str, reason: str, note: str | None = None, *, by_event: bool = False) -> None:
    """Stop the counting."""
    run = draft.clocks[ref]
    span = PauseSpan(since=draft.now, by=draft.actor.id, reason=reason)
    draft.clocks[ref] = run.model_copy(
        update={"status": "paused", "due": None, "rungs": (), "pauses": (*run.pauses, span), "held_by_event": by_event}
    )
    draft.events.append(ClockPaused(clock=ref, reason=reason, note=note))


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
            if run.rungs and run.rungs[0].at <= draft.now and run.status == "running"
        ]
        if not due:
            return
        _, ref = min(due)
        run = draft.clocks[ref]
        rung = run.rungs[0]
        sent = (*run.sent, rung.number) if rung.kind == "remind" else run.sent
        draft.clocks[ref] = run.model_copy(update={"rungs": run.rungs[1:], "sent": sent})
        if rung.kind == "end":
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


def _anchor(draft: Draft, clock: Clock) -> datetime:
    """The moment of the event: the fact that the clock names, where it is known; otherwise now."""
    value = draft.fact(clock.anchor) if clock.anchor else None
    if not isinstance(value, str):
        return draft.now
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        zone = draft.procedure.calendar(draft.case.country).tz
        moment = moment.replace(tzinfo=zone)
    return moment.astimezone(draft.now.tzinfo)


def plausible(draft: Draft, clock: Clock, run: ClockRun) -> None:
    """A wrong year must not silence a clock for decades, nor end a protection before it began."""
    if run.anchor - draft.now > timedelta(days=366):
        raise refuse(
            "anchor_in_future", f"‘{clock.title}’ would begin in {run.anchor:%Y}.", "Correct the date it counts from."
        )
    if clock.kind == "period" and run.due is not None and run.due <= draft.now:
        text = f"‘{clock.title}’ would already be over since {run.due:%Y-%m-%d}."
        raise refuse("already_over", text, "Correct the date it counts from, or its length.")


def length_of(draft: Draft, clock: Clock) -> Length:
    """The length that the procedure gives a case with these facts. A review has one only where a variant fits."""
    return next((v.length for v in clock.variants if matches(v.when, draft)), None) or clock.length


def budget_of(draft: Draft, ref: str, clock: Clock, anchor: datetime) -> Duration | None:
    """The length for this case; a length outside the bounds of the law refuses the step that would start it."""
    if clock.review and not any(matches(v.when, draft) for v in clock.variants):
        return clock.review.offset(0)
    length = length_of(draft, clock)
    chosen = draft.fact(length.set_by) if length.set_by else None
    if isinstance(chosen, str):
        return within(draft, ref, clock, Duration.parse(chosen), anchor)
    if length.usual is None:
        title = draft.title(length.set_by or ref)
        raise refuse("fact_unknown", f"‘{draft.title(ref)}’ needs its length.", f"Record ‘{title}’ first.")
    return length.usual


def within(draft: Draft, ref: str, clock: Clock, chosen: Duration, anchor: datetime) -> Duration:
    """The length chosen for this case, where it keeps the bounds of the procedure; otherwise a refusal."""
    length = length_of(draft, clock)
    calendar = draft.procedure.calendar(draft.case.country)
    ends = end_of(anchor, chosen, calendar, "plain")
    title = draft.title(ref)
    if length.floor and ends < end_of(anchor, length.floor, calendar, "plain"):
        text = f"‘{title}’ would last {chosen}; it may not be shorter than {length.floor}."
        raise refuse("too_short", text, f"Set at least {length.floor}.")
    if length.ceiling and ends > end_of(anchor, length.ceiling, calendar, "plain"):
        text = f"‘{title}’ would last {chosen}; it may not be longer than {length.ceiling}."
        raise refuse("too_long", text, f"Set at most {length.ceiling}.")
    return chosen
