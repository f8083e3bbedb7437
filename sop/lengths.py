"""From when and how long a clock counts in one case, and what of that cannot be right."""

from datetime import datetime, timedelta

from sop.case import ClockRun
from sop.clocks import Clock, Length
from sop.conditions import matches
from sop.counting import after
from sop.draft import Draft, refuse
from sop.durations import Duration


def anchor_of(draft: Draft, clock: Clock) -> datetime:
    """The moment of the event: the fact that the clock names, where it is known; otherwise now."""
    value = draft.fact(clock.anchor) if clock.anchor else None
    if not isinstance(value, str):
        return draft.now
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=draft.way(clock).calendar.tz)
    return moment.astimezone(draft.now.tzinfo)


def named_in(clock: Clock) -> set[str | None]:
    """The facts that the clock itself names: its anchor, whose days count, and what sets its length."""
    lengths = (clock.period, clock.deadline, *(variant.length for variant in clock.variants))
    return {clock.anchor, clock.calendar_of, *(length.set_by for length in lengths if length)}


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
    calendar = draft.way(clock).calendar
    ends = after(anchor, chosen, calendar)
    title = draft.title(ref)
    if length.floor and ends < after(anchor, length.floor, calendar):
        text = f"‘{title}’ would last {chosen}; it may not be shorter than {length.floor}."
        raise refuse("too_short", text, f"Set at least {length.floor}.")
    if length.ceiling and ends > after(anchor, length.ceiling, calendar):
        text = f"‘{title}’ would last {chosen}; it may not be longer than {length.ceiling}."
        raise refuse("too_long", text, f"Set at most {length.ceiling}.")
    return chosen
