"""What happened, in sentences that a person reads: the timeline of a case."""

from datetime import datetime

from sop.arrows import OPEN, REOPEN
from sop.events import (
    CaseClosed,
    CaseOffered,
    CaseOpened,
    CaseReopened,
    CaseTaken,
    ClockCancelled,
    ClockCarried,
    ClockCorrected,
    ClockEnded,
    ClockExpired,
    ClockExtended,
    ClockMet,
    ClockMissed,
    ClockPaused,
    ClockResumed,
    ClockSet,
    ClockStarted,
    ConsentRecorded,
    ConsentWithdrawn,
    Event,
    FactsRecorded,
    LifeEventHappened,
    MeasureAsked,
    MeasureRecorded,
    PauseReviewed,
    ProcedureAdopted,
    ProposalConfirmed,
    ProposalDropped,
    ReminderSent,
    ResultReported,
    StateEntered,
    StateSet,
    StepProposed,
)
from sop.handed import CaseReassigned, Commented, CoverArranged, CoverEnded, Escalated, Nudged
from sop.handing import REASONS
from sop.procedure import Procedure
from sop.shapes import FactValue

_STATUS = {
    "planned": "is planned",
    "in_progress": "has begun",
    "done": "is done",
    "declined": "was declined by the person",
    "not_applicable": "does not apply",
    "cancelled": "was cancelled",
}


def sentence(procedure: Procedure, event: Event) -> str:
    """One event as one sentence. It names no particulars, for events hold none."""
    match event:
        case StateEntered():
            return _moved(procedure, event)
        case MeasureRecorded() | MeasureAsked() | ResultReported():
            return _measured(procedure, event)
        case ConsentRecorded():
            until = f" until {_day(event.until)}" if event.until else ""
            return f"The person gave consent: {procedure.words.title(f'consents.{event.purpose}')}{until}."
        case ConsentWithdrawn():
            return f"The person withdrew consent: {procedure.words.title(f'consents.{event.purpose}')}."
        case ProcedureAdopted() | StateSet():
            return _put(procedure, event)
        case StepProposed() | ProposalConfirmed() | ProposalDropped():
            return _proposed(event)
        case CaseOpened() | FactsRecorded() | LifeEventHappened() | CaseClosed() | CaseReopened():
            return _lived(procedure, event)
        case CaseOffered():
            return "The responsibility for the case was offered to another case manager."
        case CaseTaken():
            return "The case has a new responsible case manager."
        case CaseReassigned() | CoverArranged() | CoverEnded() | Nudged() | Escalated() | Commented():
            return _handed(procedure, event)
        case _:
            return _timed(procedure, event)


def _handed(
    procedure: Procedure, event: CaseReassigned | CoverArranged | CoverEnded | Nudged | Escalated | Commented
) -> str:
    match event:
        case CaseReassigned():
            why = REASONS.get(event.reason, event.reason)
            return f"A supervisor gave the case to another responsible case manager ({why})."
        case CoverArranged():
            since, until = _day(event.since), _day(event.until)
            return f"Another user acts for the responsible case manager from {since} to {until}."
        case CoverEnded():
            return "Nobody acts for the responsible case manager any more; that was called off."
        case Nudged():
            who, clock = procedure.roles_text(event.to), procedure.words.title(event.clock)
            return f"{who} reminded by hand: ‘{clock}’ ({_day(event.due)})."
        case Escalated():
            about = f"‘{procedure.words.title(event.clock)}’" if event.clock else "the case as a whole"
            return f"{procedure.roles_text((event.to,))} told by hand: {about}."
        case _:
            return "A remark was made; its words stand with the particulars."


def _moved(procedure: Procedure, event: StateEntered) -> str:
    sop = procedure.definition.sops[event.sop]
    target = sop.states[event.target].title
    if event.transition in (OPEN, REOPEN):
        again = " again" if event.transition == REOPEN else ""
        return f"{sop.title} was opened{again}; it stands at ‘{target}’."
    move = procedure.moves[f"{event.sop}.{event.transition}"]
    why = f" ({move.reasons[event.reason]})" if event.reason in move.reasons else ""
    return f"{sop.title}: {move.title}{why}; it stands at ‘{target}’."


def _measured(procedure: Procedure, event: MeasureRecorded | MeasureAsked | ResultReported) -> str:
    measure = procedure.measures[event.measure][1]
    number = f" (no. {event.number})" if measure.repeatable and event.number > 1 else ""
    if isinstance(event, MeasureAsked):
        return f"‘{measure.title}’{number} is asked for, because ‘{procedure.words.title(event.clock)}’ is over."
    if isinstance(event, ResultReported):
        return f"‘{measure.title}’{number}: {_facts(procedure, event.measure, event.facts)}."
    return f"‘{measure.title}’{number} {_STATUS[event.status]}."


def _put(procedure: Procedure, event: ProcedureAdopted | StateSet) -> str:
    words = procedure.words
    if isinstance(event, StateSet):
        state = words.states.get(f"{event.sop}.{event.target}", event.target)
        return f"{words.title(event.sop)} was set to ‘{state}’ by hand, by two persons."
    stands = [
        f" {words.title(one.sop)} stands at ‘{words.states.get(f'{one.sop}.{one.state}', one.state)}’."
        for one in event.states
    ]
    text = f"The case follows {procedure.definition.head.title} {event.version} from here on, before it was "
    return f"{text}{event.was_version}.{''.join(stands)}"


def _proposed(event: StepProposed | ProposalConfirmed | ProposalDropped) -> str:
    if isinstance(event, StepProposed):
        return f"‘{event.title}’ waits for a second person."
    if isinstance(event, ProposalConfirmed):
        return "A second person confirmed the step that waited."
    return "The step that waited for a second person was dropped."


def _lived(
    procedure: Procedure, event: CaseOpened | FactsRecorded | LifeEventHappened | CaseClosed | CaseReopened
) -> str:
    if isinstance(event, CaseOpened):
        return f"The case was opened in {event.country}, under {procedure.definition.head.title} {procedure.version}."
    if isinstance(event, FactsRecorded):
        known = {name.removeprefix("case."): value for name, value in event.facts.items()}
        return f"It became known: {_facts(procedure, 'case', known)}."
    if isinstance(event, CaseReopened):
        return "The case is open again."
    life = procedure.definition.head.life_events
    if isinstance(event, CaseClosed):
        reasons = {code: title for one in life.values() if one.closes for code, title in one.reasons.items()}
        return f"The case was closed: {reasons.get(event.reason or '', 'no reason given')}."
    happened = life[event.event]
    why = f" ({happened.reasons[event.reason]})" if event.reason in happened.reasons else ""
    return f"{happened.title}{why}."


def _timed(procedure: Procedure, event: Event) -> str:
    clock = procedure.words.title(getattr(event, "clock", ""))
    definition = procedure.clocks.get(getattr(event, "clock", ""))
    match event:
        case ClockStarted():
            return f"‘{clock}’ counts: {event.budget}, until {_day(event.due)}."
        case ClockPaused():
            until = f", to be looked at again on {_day(event.review_at)}" if event.review_at else ""
            return f"‘{clock}’ is paused ({_reason(definition and definition.pause, event.reason)}){until}."
        case PauseReviewed():
            why = _reason(definition and definition.pause, event.reason)
            asked = f"{procedure.roles_text(event.to)} asked: must ‘{clock}’ stay paused ({why})?"
            return f"{asked} Paused since {_day(event.since)}; asked again on {_day(event.again_at)}."
        case ClockResumed():
            return f"‘{clock}’ counts again, until {_day(event.due)}."
        case ClockExtended():
            return f"‘{clock}’ was extended by {event.length}, from {_day(event.was_due)} to {_day(event.due)}."
        case ClockCorrected():
            return _corrected(clock, event)
        case ClockCarried():
            return _carried(clock, event)
        case ClockSet():
            counts = f"counts {event.budget} from {_day(event.anchor)}" if event.anchor else "no longer applies"
            until = f", until {_day(event.due)}" if event.due else ""
            return f"‘{clock}’ {counts}{until}; set by hand, by two persons."
        case ClockMet():
            return f"‘{clock}’ was met{', late' if event.late else ' in time'}."
        case ClockMissed():
            return f"‘{clock}’ was missed on {_day(event.due)}; it is still owed."
        case ClockExpired():
            return f"‘{clock}’ is over. That ends no help."
        case ClockEnded():
            return f"‘{clock}’ was ended early ({_reason(definition and definition.ends_early, event.reason)})."
        case ClockCancelled():
            return f"‘{clock}’ no longer applies."
        case ReminderSent():
            who = procedure.roles_text(event.to)
            return f"{who} told: ‘{clock}’ {'was missed' if event.missed else 'is due'} ({_day(event.due)})."
    return "Something happened."


def _corrected(clock: str, event: ClockCorrected) -> str:
    moved = f", and ends on {_day(event.due)} instead of {_day(event.was_due)}" if event.due and event.was_due else ""
    if event.anchor == event.was_anchor:
        return f"‘{clock}’ counts by what is known now{moved}."
    return f"‘{clock}’ counts from {_day(event.anchor)} instead of {_day(event.was_anchor)}{moved}."


def _carried(clock: str, event: ClockCarried) -> str:
    if event.kept:
        return f"‘{clock}’ protects until {_day(event.due)} as before: a new version does not shorten it."
    length = f"{event.budget} instead of {event.was_budget}" if event.budget != event.was_budget else str(event.budget)
    return f"‘{clock}’ counts by the new version: {length}, until {_day(event.due)} instead of {_day(event.was_due)}."


def _facts(procedure: Procedure, where: str, facts: dict[str, FactValue]) -> str:
    said = []
    for name, value in facts.items():
        ref = f"{where}.{name}"
        field = procedure.words.facts.get(ref)
        title = procedure.words.title(ref).split(": ")[-1]
        said.append(f"{title} – {field.value_title(value) if field else value}")
    return "; ".join(said) or "nothing"


def _reason(allowed: object, reason: str) -> str:
    reasons: dict[str, str] = getattr(allowed, "reasons", {})
    return reasons.get(reason, reason.replace("_", " "))


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
