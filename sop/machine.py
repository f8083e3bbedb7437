"""The one decision: what a command does to a case, or why it is refused; and what could be done now, and why not."""

from collections.abc import Callable, Set
from datetime import datetime
from typing import Literal

from pydantic import TypeAdapter

from sop import case_steps, clock_steps, handing, repairing
from sop.adopting import adopt
from sop.arrows import OPEN, REOPEN
from sop.case import CLOCK, ENGINE, Actor, Case, Proposal
from sop.clock_steps import ClockCommand
from sop.commands import (
    Adopt,
    Advance,
    Command,
    Comment,
    Confirm,
    CorrectClock,
    CoverCase,
    Drop,
    EndClock,
    Escalate,
    ExtendClock,
    GiveConsent,
    Nudge,
    OfferCase,
    OpenCase,
    PauseClock,
    Reassign,
    RecordFacts,
    RecordMeasure,
    ReportResult,
    ResumeClock,
    SetClock,
    SetState,
    TakeCase,
    TellEvent,
    Tick,
    WithdrawConsent,
)
from sop.decision import Decision, Options, Refused, Step
from sop.draft import Draft, Refusal, refuse, tried
from sop.enforcement import kept_responsible
from sop.events import ProposalConfirmed, ProposalDropped, StepProposed
from sop.model import Measure
from sop.procedure import Move, Procedure
from sop.shapes import FactValue, made
from sop.steps import (
    OPEN_STATUSES,
    against_measure,
    against_move,
    already_done,
    find_move,
    measure_is_free,
    move_is_free,
    record,
    take,
)
from sop.timekeeping import happened, rebase, tell, time_passed

_COMMAND: TypeAdapter[Command] = TypeAdapter(Command)
ANYONE_AT_WORK = ("case_manager", "guardian", "supervisor")


def decide(
    procedure: Procedure, case: Case | None, command: Command, actor: Actor, now: datetime, to: Procedure | None = None
) -> Decision | Refused:
    """What the command comes to. Pure: no clock, no chance, nothing outside; the same arguments, the same answer.

    `case` is None only for `OpenCase`. `procedure` is the version that the case follows; `to`, for `Adopt` only, the
    one to which it moves. A refusal changes nothing and names every unmet condition with its remedy.
    """
    try:
        if isinstance(command, OpenCase):
            return _opened(procedure, case, command, actor, now)
        if case is None:
            raise refuse("no_such_case", "There is no such case.", "Open it first.", "unknown")
        draft = Draft(procedure, case, actor, now)
        if isinstance(command, Adopt):
            assert to is not None and to.hash == command.procedure  # noqa: S101, PT018 - the callers hand over both
            _role(actor, ("coordinator",), procedure)
            time_passed(draft, _take_by_clock)
            adopt(draft, to)
            return draft.decision()
        _carry_out(draft, command, actor)
        known_anew = _known_anew(draft)
        _became_true(draft, known_anew)
        kept_responsible(draft)
        return draft.decision()
    except Refusal as refusal:
        return refusal.refused


def _known_anew(draft: Draft) -> Set[str]:
    """Facts that this command made known or changed: clocks that count by them count anew. Also gives what it took back."""
    before = draft.case.facts
    if draft.facts == before:
        return set()
    known = {ref for ref, _ in draft.facts.items() - before.items()}
    rebase(draft, known, strict=False)
    return known | (before.keys() - draft.facts.keys())


def _became_true(draft: Draft, changed: Set[str]) -> None:
    """Facts that were not true before this command and are now: clocks may wait for that."""
    if not changed or not _may_be_true_now(draft, changed):
        return
    before = Draft(draft.procedure, draft.case, draft.actor, draft.now)
    for ref in draft.procedure.watched:
        if draft.fact(ref) is True and before.fact(ref) is not True:
            tried(draft, lambda trial, ref=ref: happened(trial, f"holds:{ref}"))  # type: ignore[misc]


def _may_be_true_now(draft: Draft, changed: Set[str]) -> bool:
    """Whether anything has changed on which a watched fact depends: most commands touch nothing of it."""
    parts = draft.procedure.watched_parts
    if parts is None or not parts.isdisjoint(changed):
        return True
    before = draft.case.measures
    return any(name in parts and records is not before.get(name) for name, records in draft.measures.items())


def _opened(procedure: Procedure, case: Case | None, command: OpenCase, actor: Actor, now: datetime) -> Decision:
    if case is not None:
        raise refuse("case_exists", "This case is already open.", "Go on with its steps.")
    _role(actor, procedure.definition.head.opened_by, procedure)
    return case_steps.open_case(procedure, command, actor, now).decision()


def _carry_out(draft: Draft, command: Command, actor: Actor) -> None:
    """Ask who may, then do it; or let it wait for a second person."""
    match command:
        case Advance():
            move = find_move(draft, command.sop, command.transition)
            _role(actor, move.roles, draft.procedure)
            _with_second(draft, command, move.title, move.second_person, lambda d: take(d, command, move))
        case RecordMeasure():
            measure = _measure(draft, command)
            _role(actor, measure.who, draft.procedure)
            second = measure.second_person if command.status == "done" else ()
            _with_second(draft, command, measure.title, second, lambda d: record(d, command))
        case ExtendClock() | PauseClock() | ResumeClock() | EndClock() | CorrectClock():
            _turn_clock(draft, command, actor)
        case TellEvent():
            life = case_steps.find_event(draft, command.event)
            _role(actor, life.by, draft.procedure)
            _with_second(draft, command, life.title, life.second_person, lambda d: case_steps.live(d, command, life))
        case SetState() | SetClock():
            _role(actor, ("supervisor",), draft.procedure)
            title = repairing.title_of(draft, command)
            _with_second(draft, command, title, repairing.SECOND, lambda d: repairing.repair(d, command))
        case Confirm():
            _confirm(draft, command, actor)
        case Drop():
            _drop(draft, command, actor)
        case Tick():
            _role(actor, CLOCK.roles, draft.procedure)
            time_passed(draft, _take_by_clock)
            if not draft.events:
                raise refuse("nothing_due", "Nothing is due.", "Wait.")
        case ReportResult():
            _role(actor, ENGINE.roles, draft.procedure)
            case_steps.report_result(draft, command)
        case _:
            _about_the_case(draft, command, actor)


def _about_the_case(draft: Draft, command: Command, actor: Actor) -> None:
    if draft.case.closed_at is not None and not isinstance(command, WithdrawConsent):
        raise refuse("case_closed", "The case is closed.", "A supervisor can open it again.")
    at_work = tuple(dict.fromkeys((*ANYONE_AT_WORK, *draft.procedure.definition.head.opened_by)))
    match command:
        case OfferCase():
            case_steps.offer_case(draft, command)
        case TakeCase():
            _role(actor, ("case_manager", "guardian"), draft.procedure)
            case_steps.take_case(draft)
        case RecordFacts():
            _role(actor, at_work, draft.procedure)
            case_steps.record_facts(draft, command)
        case GiveConsent():
            _role(actor, at_work, draft.procedure)
            case_steps.give_consent(draft, command)
        case WithdrawConsent():
            _role(actor, at_work, draft.procedure)
            case_steps.withdraw_consent(draft, command)
        case Reassign() | CoverCase() | Nudge() | Escalate() | Comment():
            _role(actor, handing.roles_for(command, at_work), draft.procedure)
            handing.hand(draft, command)


def _turn_clock(draft: Draft, command: ClockCommand, actor: Actor) -> None:
    clock, run = clock_steps.find_clock(draft, command)
    ends = clock_steps.ends_sooner(draft, clock, run, command)
    roles = (clock.ends_early.by if clock.ends_early else ()) if ends else clock_steps.roles_for(clock, command)
    if roles:
        _role(actor, roles, draft.procedure)
    elif ends:
        raise refuse("not_allowed", f"‘{clock.title}’ may not end earlier.", "Nobody may shorten it.")
    second = clock.ends_early.second_person if ends and clock.ends_early else ()
    _with_second(draft, command, clock.title, second, lambda d: clock_steps.turn(d, command))


def _role(actor: Actor, roles: tuple[str, ...], procedure: Procedure) -> None:
    if not actor.holds(roles):
        who = procedure.roles_text(roles) or "nobody"
        raise refuse("role", f"This is done by: {who}.", f"Ask: {who}.", "forbidden")


def _with_second(
    draft: Draft, command: Command, title: str, second: tuple[str, ...], act: Callable[[Draft], None]
) -> None:
    """Act at once; or, where a second person must confirm, see that it could be done now and let it wait."""
    if not second:
        act(draft)
        return
    act(Draft(draft.procedure, draft.case, draft.actor, draft.now))
    said = _COMMAND.dump_json(command).decode()
    proposal = Proposal(
        id=f"p{draft.seq}",
        by=draft.actor.id,
        at=draft.now,
        title=title,
        confirmed_by=second,
        command=said,
        run=_run_of(draft, command),
    )
    draft.proposals[proposal.id] = proposal
    draft.proposal = proposal.id
    draft.events.append(StepProposed(proposal=proposal.id, title=title))
    for role in second:
        tell(draft, role, "proposal", proposal.id)


def _confirm(draft: Draft, command: Confirm, actor: Actor) -> None:
    proposal = _proposal(draft, command.proposal)
    _role(actor, proposal.confirmed_by, draft.procedure)
    if actor.id == proposal.by:
        raise refuse(
            "second_person", "The person who asked for it cannot confirm it.", "Ask a second person.", "forbidden"
        )
    del draft.proposals[proposal.id]
    draft.events.append(ProposalConfirmed(proposal=proposal.id, proposed_by=proposal.by))
    inner = _COMMAND.validate_json(proposal.command)
    if proposal.run != _run_of(draft, inner):
        text = "The clock of that time is over; another run has begun."
        raise refuse("proposal_outdated", text, "Drop this one, and ask anew where it is still meant.")
    draft.actor = actor.model_copy(update={"id": proposal.by})
    match inner:
        case Advance():
            take(draft, inner, find_move(draft, inner.sop, inner.transition))
        case RecordMeasure():
            record(draft, inner)
        case TellEvent():
            case_steps.live(draft, inner, case_steps.find_event(draft, inner.event))
        case ExtendClock() | PauseClock() | ResumeClock() | EndClock() | CorrectClock():
            clock_steps.turn(draft, inner)
        case SetState() | SetClock():
            repairing.repair(draft, inner)


def _run_of(draft: Draft, command: Command) -> int | None:
    run = draft.clocks.get(getattr(command, "clock", ""))
    return run.run if run else None


def _drop(draft: Draft, command: Drop, actor: Actor) -> None:
    proposal = _proposal(draft, command.proposal)
    if actor.id != proposal.by:
        _role(actor, proposal.confirmed_by, draft.procedure)
    del draft.proposals[proposal.id]
    draft.events.append(ProposalDropped(proposal=proposal.id))


def _proposal(draft: Draft, name: str) -> Proposal:
    proposal = draft.proposals.get(name)
    if proposal is None:
        raise refuse("no_such_proposal", "No such step waits here.", "Look at the proposals of the case.", "unknown")
    return proposal


def _measure(draft: Draft, command: RecordMeasure) -> Measure:
    found = draft.procedure.measures.get(command.measure)
    if found is None or found[0] != command.sop:
        raise refuse("no_such_step", "This SOP has no such measure.", "Ask for the steps of the case.", "unknown")
    return found[1]


def _take_by_clock(draft: Draft, sop: str, transition: str) -> None:
    """A clock takes a transition only where nothing stands against it; otherwise a supervisor is told."""
    move = find_move(draft, sop, transition)
    if not tried(draft, lambda trial: take(trial, Advance(sop=sop, transition=transition), move)):
        tell(draft, "supervisor", "missed", f"{sop}.{transition}")


def options(procedure: Procedure, case: Case, now: datetime) -> Options:
    """Every step of the procedure: what can be done now and by whom, and what is not yet possible and why."""
    draft = Draft(procedure, case, ENGINE, now)
    steps = [*_transition_steps(draft), *_measure_steps(draft)]
    return Options(open=tuple(s for s in steps if not s.reasons), blocked=tuple(s for s in steps if s.reasons))


def _transition_steps(draft: Draft) -> list[Step]:
    steps = []
    for move in draft.procedure.moves.values():
        if not move.roles or _out_of_sight(draft, move):
            continue
        steps.append(
            made(
                Step,
                kind="transition",
                sop=move.sop,
                name=move.name,
                title=move.title,
                roles=move.roles,
                fields=_reason_schema(move),
                reasons=tuple(against_move(draft, move)),
                asked=False,
            )
        )
    return steps


def _out_of_sight(draft: Draft, move: Move) -> bool:
    """Opening what is open, and going on in what has ended or was never opened, is not worth a line."""
    standing = draft.sops.get(move.sop)
    if move.name == OPEN:
        return standing is not None
    if move.name == REOPEN:
        return standing is None or standing.open
    return standing is not None and not standing.open


def _reason_schema(move: Move) -> dict[str, object]:
    if not move.reasons:
        return {"type": "object", "properties": {}}
    reason = {"type": "string", "enum": list(move.reasons), "title": "Reason"}
    return {"type": "object", "properties": {"reason": reason}, "required": ["reason"]}


def _measure_steps(draft: Draft) -> list[Step]:
    steps = []
    for name, (sop, measure) in draft.procedure.measures.items():
        if already_done(draft, name, measure):
            continue
        reasons = tuple(against_measure(draft, sop, name, measure))
        steps.append(
            made(
                Step,
                kind="measure",
                sop=sop,
                name=name,
                title=measure.title,
                roles=measure.who,
                fields=draft.procedure.forms[name],
                reasons=reasons,
                asked=_asked(draft, name),
            )
        )
    return steps


def facts(procedure: Procedure, case: Case, now: datetime) -> dict[str, FactValue]:
    """Every fact that is known, with those that follow from others."""
    draft = Draft(procedure, case, ENGINE, now)
    return case.facts | {ref: condition.verdict(draft) is True for ref, condition in procedure.derived.items()}


def possible(
    procedure: Procedure, case: Case, now: datetime
) -> list[tuple[Literal["transition", "measure"], str, str, bool]]:
    """Only the names of what can be done now, as kind, SOP, name, asked for: for lists, many times a second."""
    if case.closed_at is not None:
        return []
    draft = Draft(procedure, case, ENGINE, now)
    found: list[tuple[Literal["transition", "measure"], str, str, bool]] = []
    for move in procedure.moves.values():
        standing = case.sops.get(move.sop)
        if standing is None and move.name != OPEN:
            continue
        if move.roles and not _out_of_sight(draft, move) and move_is_free(draft, move):
            found.append(("transition", move.sop, move.name, False))
    for name, (sop, measure) in procedure.measures.items():
        if sop in case.sops and measure_is_free(draft, sop, name, measure):
            found.append(("measure", sop, name, _asked(draft, name)))
    return found


def _asked(draft: Draft, measure: str) -> bool:
    records = draft.measures.get(measure, ())
    return bool(records) and records[-1].status in OPEN_STATUSES[:2]


__all__ = ["Procedure", "decide", "facts", "options", "possible"]
