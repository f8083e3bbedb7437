"""What the rights of both versions say against a move: no period ends too early, nobody comes to stand where none may."""

from sop.case import ClockRun
from sop.conditions import Reason, holds
from sop.draft import Draft, Refusal
from sop.durations import Duration
from sop.enforcement import asked_of_state, broken, ends_before_time, long_enough
from sop.events import StateCarried
from sop.migration import Migration
from sop.procedure import Procedure
from sop.rights import Right


def against_rights(
    draft: Draft, old: Procedure, ran: dict[str, ClockRun], moved: tuple[StateCarried, ...], renamed: Migration
) -> list[Reason]:
    """Asked of the case as it would stand after the move; `ran` are its clocks just before it, by their old names."""
    reasons = [
        *_periods_cut(draft, old, ran, renamed),
        *_periods_too_short(draft),
        *(reason for state in moved for reason in _entered(draft, old, state)),
        *_always(draft),
    ]
    return list(dict.fromkeys(reasons))


def _periods_cut(draft: Draft, old: Procedure, ran: dict[str, ClockRun], renamed: Migration) -> list[Reason]:
    """Periods that a right of either version protects, that ran, and that the move itself would end."""
    reasons: list[Reason] = []
    for was, run in ran.items():
        now = draft.clocks.get(renamed.clocks.get(was, was))
        if run.running and not (now and now.running):
            reasons += _said(Draft(old, draft.case, draft.actor, draft.now), was)
            reasons += _said(draft, renamed.clocks.get(was, was))
    return reasons


def _said(draft: Draft, ref: str) -> list[Reason]:
    try:
        ends_before_time(draft, ref)
    except Refusal as refusal:
        return list(refusal.refused.reasons)
    return []


def _periods_too_short(draft: Draft) -> list[Reason]:
    """Periods that run on and would not last as long as a right of the new version wants."""
    guard = draft.procedure.guard
    reasons: list[Reason] = []
    for ref in guard.lasting if guard else ():
        run = draft.clocks.get(ref)
        if run is None or not run.running:
            continue
        try:
            long_enough(draft, ref, run.anchor, sum((one.length for one in run.extensions), run.budget or Duration()))
        except Refusal as refusal:
            reasons += refusal.refused.reasons
    return reasons


def _entered(draft: Draft, old: Procedure, moved: StateCarried) -> list[Reason]:
    """A state that the move brings about is asked for as if it was entered, but where it only has another name now.

    Then the same right has asked already when the state was entered under its old name.
    """
    was, now = f"{moved.was_sop}.{moved.was_state}", f"{moved.sop}.{moved.state}"
    rights = draft.procedure.definition.rights if draft.procedure.guard else {}
    fresh = {name: right for name, right in rights.items() if not _names(old.definition.rights.get(name), was)}
    return asked_of_state(draft, now, fresh.values())


def _names(right: Right | None, state: str) -> bool:
    steps = right and (right.whenever or right.second_person or right.never_by_clock)
    return bool(steps and state in steps.entering)


def _always(draft: Draft) -> list[Reason]:
    """Rights that always hold, and would not hold for this case under the new version."""
    rights = draft.procedure.definition.rights.values() if draft.procedure.guard else ()
    return [broken(draft, right, right.always) for right in rights if not holds(right.always, draft)]
