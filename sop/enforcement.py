"""Rights at run time: what they say against a step that nothing else stands against."""

from collections.abc import Iterable
from datetime import datetime

from sop.case import CLOCK
from sop.conditions import Needs, Reason, holds, unmet
from sop.counting import after, end_of
from sop.draft import Draft, Refusal
from sop.durations import Duration
from sop.handed import CaseReassigned
from sop.rights import Right

RETRY = "See what the right asks for; nobody may set it aside."


def against(draft: Draft, step: str) -> list[Reason]:
    """What the rights say against the step, as the case stands before it. `step` is `take:…`, `do:…` or `tell:…`."""
    guard = draft.procedure.guard
    watch = guard.steps.get(step) if guard else None
    if watch is None:
        return []
    found = [_reason(bar.right, bar.why, bar.remedy) for bar in watch.barred]
    if watch.not_by_clock and draft.actor.id == CLOCK.id:
        found += [_by_people(right) for right in watch.not_by_clock]
    return found + [broken(draft, right, needs) for right, needs in watch.before if not holds(needs, draft)]


def holding(draft: Draft, step: str) -> tuple[Right, ...]:
    """The rights that hold now and that the step could break; asked before the step, for `still_held` after it."""
    guard = draft.procedure.guard
    watch = guard.steps.get(step) if guard else None
    return tuple(right for right in watch.after if holds(right.always, draft)) if watch and watch.after else ()


def still_held(draft: Draft, rights: Iterable[Right]) -> None:
    """Refuse the step where it has broken one of the rights that held before it."""
    found = [broken(draft, right, right.always) for right in rights if not holds(right.always, draft)]
    if found:
        raise Refusal("refused", *found)


def long_enough(draft: Draft, clock: str, anchor: datetime, length: Duration) -> None:
    """Refuse to start a period that a right wants longer."""
    guard = draft.procedure.guard
    if guard is None or clock not in guard.lasting:
        return
    calendar, rule = draft.way(draft.clock(clock, anchor))
    short = [
        _reason(right, f"‘{draft.title(clock)}’ would last {length}.", f"It must last at least {lasts.at_least}.")
        for right, lasts in guard.lasting[clock]
        if min(end_of(anchor, length, calendar, rule), after(anchor, length, calendar))
        < after(anchor, lasts.at_least, calendar)
    ]
    if short:
        raise Refusal("refused", *short)


def ends_before_time(draft: Draft, clock: str, reason: str | None = None) -> None:
    """Refuse to end a protected period before its time, by whatever is no reason that its right allows."""
    guard = draft.procedure.guard
    if guard is None or clock not in guard.lasting:
        return
    against_it = [
        _reason(right, f"‘{draft.title(clock)}’ would end before its time.", "Wait until the period is over.")
        for right, lasts in guard.lasting[clock]
        if reason is None or reason not in lasts.ends_early_for
    ]
    if against_it:
        raise Refusal("refused", *against_it)


def asked_of_state(draft: Draft, state: str, rights: Iterable[Right]) -> list[Reason]:
    """What these rights say against a state into which no step of the procedure brings the case."""
    found = []
    for right in rights:
        steps = right.whenever or right.second_person or right.never_by_clock
        if steps is None or state not in steps.entering:
            continue
        if right.whenever is None:
            found.append(
                _reason(right, "This is decided for each case, by its own step.", "Take the step in the case.")
            )
        elif not holds(right.needs, draft):
            found.append(broken(draft, right, right.needs))
    return found


def kept_responsible(draft: Draft) -> None:
    """Refuse a decision after which nobody is responsible, or somebody who did not take over what was offered."""
    guard = draft.procedure.guard
    if guard is None or guard.responsible is None or "responsible" not in draft.changes:
        return
    before, now = draft.case.responsible, draft.changes["responsible"]
    holder = getattr(now, "id", "")
    taken = holder == before.offered_to == draft.actor.id
    if not holder or (holder != before.id and not taken and not _given_over(draft, holder)):
        why = "Nobody would be responsible, or somebody to whom nobody has given the case."
        raise Refusal("refused", _reason(guard.responsible, why, "Offer the case, and have the receiver take it."))


def _given_over(draft: Draft, holder: str) -> bool:
    """Whether a supervisor has given the case to this one, so that it is told of and has its reason."""
    told = (event for event in draft.events if isinstance(event, CaseReassigned))
    return draft.actor.holds(("supervisor",)) and any(event.to == holder and event.reason for event in told)


def broken(draft: Draft, right: Right, needs: Needs) -> Reason:
    """The right that is broken as the case stands, in a sentence, with what is missing."""
    reasons = unmet(needs, draft)
    because = (f"{right.because.rstrip('.')}.",) if right.because else ()
    why = " ".join([*because, *(reason.text for reason in reasons)])
    return _reason(right, why, " ".join(dict.fromkeys(reason.remedy for reason in reasons)) or RETRY)


def _by_people(right: Right) -> Reason:
    return _reason(right, "A clock never takes this step.", "Somebody who may take it decides.")


def _reason(right: Right, why: str, remedy: str) -> Reason:
    return Reason(code="right", text=f"A right would be broken: {right.cited}. {why}", remedy=remedy, rule=right.rule)
