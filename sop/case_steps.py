"""What concerns the case as a whole: opening it, its facts, consents, life events, who is responsible."""

from datetime import datetime

from sop.case import Actor, Case, ConsentGiven, Responsible
from sop.commands import GiveConsent, OfferCase, OpenCase, RecordFacts, ReportResult, TellEvent, WithdrawConsent
from sop.conditions import unmet
from sop.draft import Draft, Refusal, refuse, tried
from sop.enforcement import against
from sop.events import (
    CaseClosed,
    CaseOffered,
    CaseOpened,
    CaseReopened,
    CaseTaken,
    ConsentRecorded,
    ConsentWithdrawn,
    FactsRecorded,
    LifeEventHappened,
    ResultReported,
)
from sop.model import LifeEvent
from sop.procedure import Procedure
from sop.shapes import FactValue, made
from sop.steps import accept, enter, known_reason
from sop.timekeeping import cancel, go_on, happened, pause, resume, tell

CLOSED = "closed"


def blank(command: OpenCase, now: datetime) -> Case:
    """A case before its first event."""
    return Case(
        id=command.case_id,
        procedure=command.procedure,
        country=command.country,
        opened_at=now,
        moved_at=now,
        seq=0,
        responsible=Responsible(id=command.responsible, since=now),
        sops={},
        facts={},
    )


def open_case(procedure: Procedure, command: OpenCase, actor: Actor, now: datetime) -> Draft:
    """Open the case: its facts are known, its first SOP stands at its initial state."""
    country = command.country
    if len(country) != 2 or not (country.isascii() and country.isalpha() and country.isupper()):
        raise refuse("field_malformed", "A country is two capital letters.", "Write for example RS.", "malformed")
    draft = Draft(procedure, blank(command, now), actor, now)
    draft.facts |= _case_facts(draft, command.facts)
    draft.events.append(
        CaseOpened(procedure=command.procedure, country=command.country, responsible=command.responsible)
    )
    if draft.facts:
        draft.events.append(FactsRecorded(facts=dict(draft.facts), note=command.record))
    happened(draft, "case:opened")
    head = procedure.definition.head
    enter(draft, head.starts_with, "open", None, procedure.definition.sops[head.starts_with].initial)
    return draft


def record_facts(draft: Draft, command: RecordFacts) -> None:
    facts = _case_facts(draft, command.facts)
    if not facts:
        raise refuse("field_missing", "There is no fact here.", "Name at least one fact.", "malformed")
    draft.facts |= facts
    draft.events.append(FactsRecorded(facts=facts, note=command.note))


def give_consent(draft: Draft, command: GiveConsent) -> None:
    if command.purpose not in draft.procedure.definition.head.consents:
        known = ", ".join(draft.procedure.definition.head.consents)
        raise refuse(
            "no_such_purpose", "Consent is given for one purpose of the procedure.", f"Purposes: {known}.", "unknown"
        )
    if command.until is not None and (command.until.tzinfo is None or command.until <= draft.now):
        raise refuse(
            "field_malformed",
            "The consent would already be over.",
            "Give a later `until` with its offset.",
            "malformed",
        )
    if command.consent_id in draft.consents:
        raise refuse("consent_exists", "This consent is already recorded.", "Record a new one under another id.")
    draft.consents[command.consent_id] = made(
        ConsentGiven,
        id=command.consent_id,
        purpose=command.purpose,
        given_at=draft.now,
        by=draft.actor.id,
        record=command.record,
        until=command.until,
    )
    draft.events.append(
        made(
            ConsentRecorded,
            consent_id=command.consent_id,
            purpose=command.purpose,
            until=command.until,
            record=command.record,
        )
    )


def withdraw_consent(draft: Draft, command: WithdrawConsent) -> None:
    consent = draft.consents.get(command.consent_id)
    if consent is None:
        raise refuse("no_such_consent", "There is no such consent.", "Look at the consents of the case.", "unknown")
    if consent.withdrawn_at is not None:
        raise refuse("consent_withdrawn", "This consent was already withdrawn.", "Nothing more is asked here.")
    draft.consents[command.consent_id] = consent.model_copy(update={"withdrawn_at": draft.now})
    draft.events.append(ConsentWithdrawn(consent_id=command.consent_id, purpose=consent.purpose, note=command.note))


def find_event(draft: Draft, name: str) -> LifeEvent:
    """The life event, or a refusal because the procedure has none of this name."""
    life = draft.procedure.definition.head.life_events.get(name)
    if life is None:
        known = ", ".join(draft.procedure.definition.head.life_events)
        raise refuse("no_such_event", "This procedure knows no such event.", f"It knows: {known}.", "unknown")
    return life


def live(draft: Draft, command: TellEvent, life: LifeEvent) -> None:
    """The event happens: facts change, internal targets stop or go on, the case closes or opens again."""
    if life.reopens:
        if draft.case.closed_at is None:
            raise refuse("not_closed", "The case is not closed.", "Go on with its steps.")
    elif draft.case.closed_at is not None:
        raise refuse("case_closed", "The case is closed.", "A supervisor can open it again.")
    known_reason(command.reason, life.reasons)
    reasons = unmet(life.needs, draft) or against(draft, f"tell:{command.event}")
    if reasons:
        raise Refusal("refused", *reasons)
    facts: dict[str, FactValue] = {f"case.{name}": value for name, value in life.sets.items()}
    draft.facts |= facts
    draft.changes["moved_at"] = draft.now
    draft.events.append(
        made(LifeEventHappened, event=command.event, reason=command.reason, facts=facts, note=command.note)
    )
    _targets(draft, life, command.event)
    for role in life.tells:
        tell(draft, role, "life_event", command.event)
    if life.closes:
        _close(draft, command.reason)
    if life.reopens:
        draft.changes |= {"closed_at": None, "closed_reason": None}
        for ref, run in list(draft.clocks.items()):
            if run.status == "cancelled" and run.over_reason == CLOSED:
                go_on(draft, ref)
        draft.events.append(CaseReopened())
    happened(draft, f"event:{command.event}")


def offer_case(draft: Draft, command: OfferCase) -> None:
    """Offer the responsibility; until the receiver confirms, it stays where it is."""
    responsible = draft.case.responsible
    if not responsible.acts(draft.actor.id, draft.now) and not draft.actor.holds(("supervisor",)):
        raise refuse(
            "role",
            "Only the responsible case manager or a supervisor offers the case.",
            "Ask one of them.",
            "forbidden",
        )
    if command.to == responsible.id:
        raise refuse("already_responsible", "This person is already responsible.", "Offer the case to somebody else.")
    draft.changes["responsible"] = responsible.model_copy(update={"offered_to": command.to})
    draft.events.append(CaseOffered(to=command.to))


def take_case(draft: Draft) -> None:
    if draft.case.responsible.offered_to != draft.actor.id:
        raise refuse(
            "not_offered",
            "The case was not offered to you.",
            "Ask the responsible case manager to offer it.",
            "forbidden",
        )
    draft.changes["responsible"] = Responsible(id=draft.actor.id, since=draft.now)
    draft.events.append(CaseTaken(responsible=draft.actor.id))


def report_result(draft: Draft, command: ReportResult) -> None:
    """What an activity found becomes facts, if its measure instance still waits for it."""
    records = draft.measures.get(command.measure, ())
    record = next((r for r in records if r.number == command.number and r.awaits == command.effect), None)
    if record is None:
        raise refuse("not_awaited", "No measure waits for this result.", "Nothing is asked here.")
    answered = record.model_copy(update={"awaits": None})
    draft.measures[command.measure] = tuple(answered if r.number == command.number else r for r in records)
    latest = draft.latest_done(command.measure)
    draft.events.append(made(ResultReported, measure=command.measure, number=command.number, facts=command.facts))
    if latest is None or latest.number != command.number:
        # a newer instance counts; what an older one found starts and meets nothing
        return
    draft.facts |= {f"{command.measure}.{name}": value for name, value in command.facts.items()}
    if not tried(draft, lambda trial: happened(trial, f"result:{command.measure}")):
        tell(draft, "supervisor", "missed", command.measure)


def _case_facts(draft: Draft, facts: dict[str, FactValue]) -> dict[str, FactValue]:
    fields = draft.procedure.definition.head.facts
    for name in facts:
        if name not in fields:
            text = "This procedure asks for no such fact."
            raise refuse("no_such_fact", text, "It asks for: " + ", ".join(fields) + ".", "malformed")
        if not fields[name].asked:
            text = f"‘{fields[name].title or name}’ is not told as a fact."
            raise refuse("fact_not_asked", text, "Tell the case the life event, or record the measure.")
    return {f"case.{name}": accept(name, fields[name], value) for name, value in facts.items()}


def _targets(draft: Draft, life: LifeEvent, name: str) -> None:
    """Internal targets stop and go on with the person's life; statutory clocks never do.

    What was missed before stays missed and overdue: a pause hides nothing that was owed.
    """
    if life.targets is None:
        return
    draft.changes["targets_held"] = life.targets == "pause"
    for ref in list(draft.clocks):
        run = draft.clocks[ref]
        statutory = draft.procedure.clocks[ref].statutory
        if life.targets == "pause" and run.status == "running" and not statutory and not run.overdue(draft.now):
            pause(draft, ref, name, by_event=True)
        elif life.targets == "resume" and run.status == "paused" and run.held_by_event:
            resume(draft, ref)


def _close(draft: Draft, reason: str | None) -> None:
    """Targets end with the case; what the law counts goes on, for a limitation runs whether a file is open or not."""
    for ref in list(draft.clocks):
        if not draft.procedure.clocks[ref].statutory:
            cancel(draft, ref, CLOSED)
    draft.proposals.clear()
    draft.changes |= {"closed_at": draft.now, "closed_reason": reason, "targets_held": False}
    draft.events.append(CaseClosed(reason=reason))
