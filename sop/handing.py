"""Acting on a case beside its procedure: giving it over, covering a leave, reminding, telling the next role, remarking."""

from datetime import timedelta

from sop.case import ClockRun, Cover, Raised, Responsible
from sop.commands import Comment, CoverCase, Escalate, Nudge, Reassign
from sop.draft import Draft, refuse
from sop.handed import CaseReassigned, Commented, CoverArranged, CoverEnded, Escalated, Nudged
from sop.timekeeping import tell

HandingCommand = Reassign | CoverCase | Nudge | Escalate | Comment
SUPERVISOR = "supervisor"
HOLDERS = ("case_manager", "guardian")
"""The roles of which somebody may be responsible for a case, or act for who is."""
RESPONSIBLE = "responsible"
"""In place of a role that is told: who is responsible for the case, and who acts for them, whatever role they hold."""
THE_CASE = "case"
"""What a message is about that is about no clock and no step."""
REASONS = {
    "leave": "on leave",
    "left": "no longer working here",
    "workload": "too many cases",
    "conflict": "a conflict of interest",
    "wish": "the person's wish",
    "undone": "given back",
    "other": "another reason",
}
"""Why a supervisor gives a case to another, by code: words about a colleague have no place on the case."""
A_DAY = timedelta(days=1)
LONGEST_COVER = timedelta(days=366)


def roles_for(command: HandingCommand, at_work: tuple[str, ...]) -> tuple[str, ...]:
    """Who may; `at_work` are those who may work on any case of the procedure."""
    return (SUPERVISOR,) if isinstance(command, Reassign) else at_work


def hand(draft: Draft, command: HandingCommand) -> None:
    """Do it; whether the role may was asked before."""
    match command:
        case Reassign():
            _reassign(draft, command)
        case CoverCase():
            _cover(draft, command)
        case Nudge():
            _nudge(draft, command)
        case Escalate():
            _escalate(draft, command)
        case Comment():
            draft.events.append(Commented(note=command.note))


def _reassign(draft: Draft, command: Reassign) -> None:
    """At once, so that nobody is ever without: whoever had it has it until this very decision. Offer and cover lapse."""
    responsible = draft.case.responsible
    if command.was is not None and responsible.id != command.was:
        raise refuse("not_theirs", "Another case manager is responsible by now.", "Look at the case, then decide anew.")
    if command.to == responsible.id:
        raise refuse("already_responsible", "This person is already responsible.", "Give the case to somebody else.")
    if command.reason not in REASONS:
        known = ", ".join(REASONS)
        raise refuse("reason_needed", "This is no reason to give a case over.", f"One of: {known}.", "malformed")
    draft.changes["responsible"] = Responsible(id=command.to, since=draft.now)
    draft.events.append(CaseReassigned(was=responsible.id, to=command.to, reason=command.reason, note=command.note))
    tell(draft, RESPONSIBLE, "reassigned", THE_CASE)


def _cover(draft: Draft, command: CoverCase) -> None:
    responsible = draft.case.responsible
    if draft.actor.id != responsible.id and not draft.actor.holds((SUPERVISOR,)):
        text = "Only the responsible case manager or a supervisor arranges a cover."
        raise refuse("role", text, "Ask one of them.", "forbidden")
    if command.to is None:
        if responsible.cover is None or responsible.cover.until <= draft.now:
            raise refuse("no_cover", "Nobody acts for the responsible case manager.", "There is nothing to call off.")
        draft.changes["responsible"] = responsible.model_copy(update={"cover": None})
        draft.events.append(CoverEnded(by=responsible.cover.by))
        return
    if command.to == responsible.id:
        raise refuse("already_responsible", "This person is already responsible.", "Name somebody else.")
    cover = _time_of(draft, command, command.to)
    draft.changes["responsible"] = responsible.model_copy(update={"cover": cover})
    draft.events.append(CoverArranged(by=cover.by, since=cover.since, until=cover.until))
    tell(draft, RESPONSIBLE, "cover", THE_CASE, cover.until)


def _time_of(draft: Draft, command: CoverCase, by: str) -> Cover:
    since, until = command.since or draft.now, command.until
    if until is None or until.tzinfo is None or since.tzinfo is None:
        raise refuse("field_missing", "A cover has an end.", "Give `until` with its offset.", "malformed")
    since = max(since, draft.now)
    if not since < until <= since + LONGEST_COVER:
        text = "A cover ends after it begins, and within a year."
        raise refuse("field_malformed", text, "Give a later `until`, or give the case over.", "malformed")
    return Cover(by=by, since=since.astimezone(draft.now.tzinfo), until=until.astimezone(draft.now.tzinfo))


def _nudge(draft: Draft, command: Nudge) -> None:
    run = _run(draft, command.clock)
    title = draft.title(command.clock)
    if run.due is None:
        raise refuse("clock_paused", f"‘{title}’ is paused.", "Resume it when the reason is over.")
    if command.again and not draft.actor.holds((SUPERVISOR,)):
        raise refuse("role", "Only a supervisor has it done twice on one day.", "Ask a supervisor.", "forbidden")
    if run.nudged_at is not None and draft.now < run.nudged_at + A_DAY and not command.again:
        text = f"For ‘{title}’ somebody was reminded by hand within a day."
        raise refuse("nudged_today", text, "Wait a day, or ask a supervisor.")
    roles = draft.clock(command.clock, run.anchor).reminds
    draft.clocks[command.clock] = run.model_copy(update={"nudged_at": draft.now})
    draft.events.append(Nudged(clock=command.clock, to=roles, due=run.due))
    for role in roles:
        tell(draft, role, "nudge", command.clock, run.due)


def _escalate(draft: Draft, command: Escalate) -> None:
    """The ladder itself stays as it is: who is told now is told again when its own moment comes."""
    if command.clock is None:
        draft.events.append(Escalated(clock=None, to=SUPERVISOR))
        tell(draft, SUPERVISOR, "escalated", THE_CASE)
        return
    run = _run(draft, command.clock)
    raised = [one.to for one in run.raised if one.at >= run.armed_at]
    ladder = [role for rung in run.rungs if rung.kind == "tell" for role in rung.to]
    role = next((role for role in ladder if role not in raised), SUPERVISOR)
    update = {"raised": (*run.raised, Raised(to=role, at=draft.now))}
    draft.clocks[command.clock] = run.model_copy(update=update)
    draft.events.append(Escalated(clock=command.clock, to=role))
    tell(draft, role, "escalated", command.clock, run.due)


def _run(draft: Draft, clock: str) -> ClockRun:
    if clock not in draft.procedure.clocks:
        raise refuse("no_such_clock", "This procedure has no such clock.", "Look at the clocks of the case.", "unknown")
    run = draft.clocks.get(clock)
    if run is None or not run.running:
        title = draft.title(clock)
        raise refuse("clock_not_running", f"‘{title}’ does not run.", "Nobody owes it now.")
    return run
