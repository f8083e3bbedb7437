"""The one decision: what it accepts, what it refuses and why, and that a refusal changes nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sop.case import CLOCK, ENGINE, Actor
from sop.commands import (
    Advance,
    Confirm,
    Drop,
    GiveConsent,
    OfferCase,
    OpenCase,
    RecordFacts,
    RecordMeasure,
    ReportResult,
    TakeCase,
    TellEvent,
    WithdrawConsent,
)
from sop.decision import Decision, Refused
from sop.machine import decide, options, possible
from sop.procedure import Procedure

Story = Any
SAFE = {"near": "no", "debt": "no"}
REST = Advance(sop="care", transition="rest")


def kinds(events: list[Any]) -> list[str]:
    return [event.kind for event in events]


def measure(
    name: str, status: Any = "done", sop: str = "care", number: int | None = None, **fields: Any
) -> RecordMeasure:
    return RecordMeasure(sop=sop, measure=name, status=status, number=number, fields=fields)


# Refusing.


def test_a_refusal_names_every_unmet_condition_and_leaves_the_case_as_it_was(
    story: Story, people: dict[str, Any]
) -> None:
    refused = story.refused(REST, people["authority"])
    assert refused.code == "refused"
    assert [r.code for r in refused.reasons] == ["measure_not_done", "consent_missing"]
    assert all(r.remedy for r in refused.reasons)


def test_the_wrong_state_and_what_is_missing_are_both_named(story: Story, people: dict[str, Any]) -> None:
    assert story.codes(Advance(sop="care", transition="decide"), people["authority"]) == {"wrong_state", "fact_unknown"}
    story.take("care.decline", reason="wish")
    assert "wrong_state" in story.codes(REST, people["authority"])


@pytest.mark.parametrize(
    "command",
    [
        REST,
        measure("talk"),
        TellEvent(event="went_missing"),
        TellEvent(event="closed", reason="completed"),
        GiveConsent(consent_id="k", purpose="help"),
        RecordFacts(facts={"age": 3}),
        TakeCase(),
        OfferCase(to="x"),
        ReportResult(effect="e", measure="check", number=1, facts={}),
    ],
    ids=lambda command: command.kind,
)
def test_a_role_that_may_not_is_forbidden(story: Story, command: Any) -> None:
    refused = story.refused(command, Actor(id="x", roles=("visitor",)))
    assert refused.code == "forbidden"


@pytest.mark.parametrize(
    "command",
    [
        Advance(sop="care", transition="fly"),
        Advance(sop="moon", transition="rest"),
        Advance(sop="care", transition="os_system"),
        measure("unheard_of"),
        measure("talk", sop="work"),
        TellEvent(event="unheard_of"),
        GiveConsent(consent_id="k", purpose="unheard_of"),
        WithdrawConsent(consent_id="k"),
        Confirm(proposal="p1"),
        Drop(proposal="p1"),
        measure("talk", number=7),
    ],
    ids=str,
)
def test_what_is_not_there_is_unknown(story: Story, command: Any) -> None:
    assert story.refused(command).code == "unknown"


@pytest.mark.parametrize(
    "command",
    [
        measure("plan", length="Anna wants"),
        measure("plan", length="P1X"),
        measure("plan", goal="Anna"),
        measure("plan", anna="x"),
        measure("plan", begun="Anna needs"),
        measure("check", answers={"anna": "no"}),
        measure("check", answers={"near": "Anna"}),
        measure("check", answers="Anna"),
        RecordFacts(facts={"age": "Anna"}),
        RecordFacts(facts={"age": 400}),
        RecordFacts(facts={"wish": "anna"}),
        RecordFacts(facts={"origin": "Anna"}),
        RecordFacts(facts={"anna": True}),
        RecordFacts(facts={}),
        RecordMeasure(sop="care", measure="plan", status="done", particulars=("anna",)),
        RecordMeasure(sop="care", measure="plan", status="done", particulars=("length",)),
        GiveConsent(consent_id="k", purpose="help", until=datetime(2020, 1, 1, tzinfo=UTC)),
        GiveConsent(consent_id="k", purpose="help", until=datetime(2030, 1, 1)),  # noqa: DTZ001
    ],
    ids=str,
)
def test_what_does_not_fit_is_malformed_and_is_never_repeated(story: Story, command: Any) -> None:
    refused = story.refused(command)
    assert refused.code == "malformed"
    assert "anna" not in refused.model_dump_json().lower()


def test_a_case_is_opened_once_by_who_may_in_a_real_country(
    mini: Procedure, people: dict[str, Any], story: Story
) -> None:
    command = OpenCase(case_id="C", procedure=mini.hash, country="AT", facts={}, responsible="anna")
    assert decide(mini, None, command, people["guardian"], story.now).code == "forbidden"  # type: ignore[union-attr]
    assert decide(mini, story.case, command, people["cm"], story.now).code == "refused"  # type: ignore[union-attr]
    for country in ("at", "AUT", "", "Ö1", "А Т"):
        wrong = command.model_copy(update={"country": country})
        assert decide(mini, None, wrong, people["cm"], story.now).code == "malformed"  # type: ignore[union-attr]
    assert decide(mini, None, REST, people["cm"], story.now).code == "unknown"  # type: ignore[union-attr]


def test_the_same_arguments_give_the_same_answer(mini: Procedure, story: Story, people: dict[str, Any]) -> None:
    story.rests()
    for command in (measure("plan", limit="10 days"), REST, TellEvent(event="went_missing")):
        first = decide(mini, story.case, command, people["cm"], story.now)
        assert decide(mini, story.case, command, people["cm"], story.now) == first


def test_seq_grows_by_one_with_every_accepted_command(story: Story) -> None:
    assert story.case.seq == 1
    story.record("talk")
    assert story.case.seq == 2
    story.refused(REST)
    assert story.case.seq == 2


# Transitions.


def test_a_transition_with_reasons_needs_one_of_them(story: Story) -> None:
    assert story.codes(Advance(sop="care", transition="decline")) == {"reason_needed"}
    assert story.codes(Advance(sop="care", transition="decline", reason="boredom")) == {"reason_needed"}
    (entered, *_) = story.take("care.decline", reason="wish")
    assert (entered.source, entered.target, entered.reason) == ("new", "declined", "wish")
    assert not story.case.sops["care"].open


def test_a_sop_opens_once_and_opens_again_only_after_its_end(story: Story) -> None:
    work = Advance(sop="work", transition="open")
    assert story.codes(work) == {"state_differs"}
    assert story.codes(Advance(sop="work", transition="hire")) == {"not_open", "measure_not_settled"}
    assert story.codes(Advance(sop="work", transition="reopen")) == {"not_open"}
    assert story.codes(measure("contract", sop="work")) == {"not_open"}
    story.rests(limit="5 days")
    story.do(work)
    assert "already_open" in story.codes(work)
    assert story.codes(Advance(sop="work", transition="reopen")) == {"wrong_state"}
    story.record("contract")
    story.take("work.hire")
    story.take("work.reopen")
    assert story.case.sops["work"].state == "looking"


def test_nobody_takes_what_only_a_clock_takes(story: Story, people: dict[str, Any]) -> None:
    story.rests()
    for person in people.values():
        assert story.refused(Advance(sop="care", transition="doze"), person).code == "forbidden"


# The second person.


def ready(story: Story) -> Story:
    story.rests()
    return story


def test_who_proposed_a_step_cannot_confirm_it(story: Story, people: dict[str, Any]) -> None:
    both = Actor(id="otto", roles=("authority", "supervisor"))
    ready(story).do(measure("verdict", good=True), both)
    assert kinds(story.events)[-1] == "step_proposed"
    assert "verdict" not in story.case.measures
    assert story.codes(story.confirm(), both) == {"second_person"}
    assert story.refused(story.confirm(), people["cm"]).code == "forbidden"
    assert story.refused(story.confirm(), people["authority"]).code == "forbidden"
    events = story.do(story.confirm(), people["supervisor"])
    assert kinds(events)[:2] == ["proposal_confirmed", "measure_recorded"]
    assert story.case.facts["verdict.good"] is True
    assert story.case.proposals == {}


def test_a_proposed_step_that_could_not_be_done_is_refused_at_once(story: Story, people: dict[str, Any]) -> None:
    assert story.codes(measure("verdict", good=True), people["authority"]) == {"wrong_state", "measure_not_done"}
    ready(story)
    assert story.codes(measure("verdict"), people["authority"]) == {"field_missing"}
    assert story.case.proposals == {}


def test_a_proposed_step_is_looked_at_again_when_it_is_confirmed(story: Story, people: dict[str, Any]) -> None:
    ready(story).do(measure("verdict", good=True), people["authority"])
    story.goes_on(days=31)
    assert story.codes(story.confirm(), people["supervisor"]) == {"measure_lapsed"}
    story.record("check", answers=SAFE)
    story.do(story.confirm(), people["supervisor"])


def test_a_confirmed_step_is_not_confirmed_twice_and_a_dropped_one_never(story: Story, people: dict[str, Any]) -> None:
    ready(story).do(measure("verdict", good=True), people["authority"])
    confirm = story.confirm()
    assert story.refused(Drop(proposal=confirm.proposal), people["cm"]).code == "forbidden"
    story.do(Drop(proposal=confirm.proposal), people["authority"])
    assert story.refused(confirm, people["supervisor"]).code == "unknown"
    story.do(measure("verdict", good=False), people["authority"])
    story.do(story.confirm(), people["supervisor"])
    assert story.refused(confirm, people["supervisor"]).code == "unknown"


def test_only_a_step_that_is_done_needs_the_second_person(story: Story, people: dict[str, Any]) -> None:
    ready(story).do(measure("verdict", "in_progress", good=False), people["authority"])
    assert story.case.measures["verdict"][-1].status == "in_progress"


def test_a_proposal_dies_with_the_case(story: Story, people: dict[str, Any]) -> None:
    story.rests()
    story.do(story.end(), people["authority"])
    confirm = story.confirm()
    story.do(confirm, people["supervisor"])
    story.do(measure("verdict", good=True), people["authority"])
    waiting = story.confirm()
    story.do(TellEvent(event="closed", reason="completed"), people["supervisor"])
    assert story.case.proposals == {}
    assert story.codes(waiting, people["supervisor"]) == {"no_such_proposal"}


# Measures.

STATUSES = ("planned", "in_progress", "done", "declined", "not_applicable", "cancelled")
LIFE = {
    "planned": {"planned", "in_progress", "done", "declined", "not_applicable", "cancelled"},
    "in_progress": {"in_progress", "done", "declined", "not_applicable", "cancelled"},
    "done": set(),
    "declined": {"declined", "planned", "in_progress", "done"},
    "not_applicable": {"not_applicable", "planned", "in_progress", "done"},
}


@pytest.mark.parametrize("first", LIFE)
@pytest.mark.parametrize("then", STATUSES)
def test_the_life_of_a_measure(story: Story, first: str, then: str) -> None:
    story.record("talk", first)
    outcome = story.ask(measure("talk", then))
    assert isinstance(outcome, Decision) == (then in LIFE[first])
    if isinstance(outcome, Decision):
        assert [r.status for r in outcome.case.measures["talk"]] == [then]


def test_a_cancelled_measure_begins_anew(story: Story) -> None:
    story.record("talk", "planned")
    story.record("talk", "cancelled")
    story.record("talk")
    assert [(r.number, r.status) for r in story.case.measures["talk"]] == [(1, "cancelled"), (2, "done")]


def test_what_protects_the_person_cannot_be_declined(story: Story) -> None:
    assert story.codes(measure("check", "declined")) == {"not_declinable"}


def test_conditions_are_asked_for_work_and_not_for_planning_or_declining(story: Story, people: dict[str, Any]) -> None:
    story.rests()
    story.goes_on(days=31)
    for status in ("planned", "not_applicable", "cancelled"):
        assert isinstance(story.ask(measure("verdict", status), people["authority"]), Decision)
    for status in ("in_progress", "done"):
        assert story.codes(measure("verdict", status, good=True), people["authority"]) == {"measure_lapsed"}


def test_a_repeatable_measure_keeps_every_instance_and_facts_are_those_of_the_last(story: Story) -> None:
    story.record("plan", length="30 days", nap="2 days")
    story.record("plan", length="40 days")
    assert [r.number for r in story.case.measures["plan"]] == [1, 2]
    assert story.case.facts["plan.length"] == "40 days"
    assert "plan.nap" not in story.case.facts


def test_what_was_found_lapses_and_is_found_anew(story: Story, people: dict[str, Any]) -> None:
    story.record("check", answers=SAFE)
    story.consent()
    story.now = story.after("30 days") - timedelta(seconds=1)
    assert isinstance(story.ask(REST, people["authority"]), Decision)
    story.now += timedelta(seconds=1)
    assert story.codes(REST, people["authority"]) == {"measure_lapsed"}
    story.record("check", answers=SAFE)
    assert isinstance(story.ask(REST, people["authority"]), Decision)


def test_fields_of_work_begun_are_merged_when_it_is_done(story: Story) -> None:
    story.record("plan", "in_progress", length="40 days")
    assert "plan.length" not in story.case.facts
    story.record("plan", "in_progress", nap="2 days")
    story.record("plan", limit="5 days", nap="3 days")
    assert [r.number for r in story.case.measures["plan"]] == [1]
    assert {n: v for n, v in story.case.facts.items() if n.startswith("plan.")} == {
        "plan.length": "40 days",
        "plan.nap": "3 days",
        "plan.limit": "5 days",
    }


def test_a_required_field_is_needed_only_when_it_is_done(story: Story) -> None:
    story.record("check", "in_progress")
    assert story.codes(measure("check")) == {"field_missing"}


def test_a_field_may_bring_a_fact_of_the_case_up_to_date(story: Story, people: dict[str, Any]) -> None:
    story.rests()
    story.do(measure("verdict", good=True, wish="go"), people["authority"])
    assert "case.wish" not in story.case.facts
    story.do(story.confirm(), people["supervisor"])
    assert story.case.facts["case.wish"] == "go"


def test_particulars_are_named_and_never_kept(story: Story) -> None:
    story.do(RecordMeasure(sop="care", measure="plan", status="done", particulars=("goal", "note"), record="v1"))
    (record,) = story.case.measures["plan"]
    assert (record.particulars, record.record) == (("goal", "note"), "v1")
    assert "plan.goal" not in story.case.facts


def test_a_result_is_taken_only_where_it_is_awaited(story: Story) -> None:
    story.scores = False
    story.record("check", answers=SAFE)
    (effect,) = [e for e in story.effects if e.kind == "assess_risk"]
    assert (effect.measure, effect.number, effect.instrument, effect.answers) == ("check", 1, "danger", SAFE)
    assert "check.level" not in story.case.facts
    answer = ReportResult(effect=effect.id, measure="check", number=1, facts={"level": "slight"})
    for wrong in ({"effect": "C1:9:9"}, {"number": 2}, {"measure": "talk"}):
        assert story.codes(answer.model_copy(update=wrong), ENGINE) == {"not_awaited"}
    story.do(answer, ENGINE)
    assert story.case.facts["check.level"] == "slight"
    assert story.codes(answer, ENGINE) == {"not_awaited"}


def test_a_late_result_of_an_earlier_instance_is_no_fact(story: Story) -> None:
    story.scores = False
    story.record("check", answers={"near": "yes"})
    story.record("check", answers=SAFE)
    first, second = [e for e in story.effects if e.kind == "assess_risk"]
    story.do(ReportResult(effect=second.id, measure="check", number=2, facts={"level": "slight"}), ENGINE)
    story.do(ReportResult(effect=first.id, measure="check", number=1, facts={"level": "grave"}), ENGINE)
    assert story.case.facts["check.level"] == "slight"


# Consents, life, responsibility.


def test_consent_counts_until_it_ends_or_is_taken_back(story: Story, people: dict[str, Any]) -> None:
    story.record("check", answers=SAFE)
    story.consent(until=story.now + timedelta(days=2))
    assert isinstance(story.ask(REST, people["authority"]), Decision)
    story.goes_on(days=2)
    assert story.codes(REST, people["authority"]) == {"consent_missing"}
    story.consent(number=2)
    assert story.codes(GiveConsent(consent_id="k2", purpose="help")) == {"consent_exists"}
    story.do(WithdrawConsent(consent_id="k2"))
    assert story.codes(REST, people["authority"]) == {"consent_withdrawn"}
    assert story.codes(WithdrawConsent(consent_id="k2")) == {"consent_withdrawn"}
    story.consent(number=3)
    assert isinstance(story.ask(REST, people["authority"]), Decision)


def test_a_closed_case_refuses_everything_but_opening_again_and_taking_consent_back(
    story: Story, people: dict[str, Any]
) -> None:
    story.consent()
    assert story.codes(TellEvent(event="closed"), people["supervisor"]) == {"reason_needed"}
    assert story.codes(TellEvent(event="reopened"), people["supervisor"]) == {"not_closed"}
    story.do(TellEvent(event="closed", reason="untraceable"), people["supervisor"])
    assert (story.case.closed_at, story.case.closed_reason) == (story.now, "untraceable")
    for command in (
        REST,
        measure("talk"),
        measure("plan", "planned"),
        TellEvent(event="went_missing"),
        TellEvent(event="closed", reason="completed"),
        RecordFacts(facts={"age": 3}),
        OfferCase(to="x"),
        GiveConsent(consent_id="k9", purpose="help"),
        story.correct(story.now, "care.talk_due"),
    ):
        person = Actor(id="anna", roles=("case_manager", "authority", "supervisor"))
        assert "case_closed" in story.codes(command, person)
    story.do(WithdrawConsent(consent_id="k1"))
    assert possible(story.procedure, story.case, story.now) == []
    assert options(story.procedure, story.case, story.now).open == ()
    story.do(TellEvent(event="reopened"), people["supervisor"])
    assert (story.case.closed_at, story.case.closed_reason) == (None, None)
    story.record("talk")


def test_responsibility_moves_only_when_the_receiver_says_yes(story: Story, people: dict[str, Any]) -> None:
    berta, carla = (Actor(id=name, roles=("case_manager",)) for name in ("berta", "carla"))
    assert story.refused(OfferCase(to="berta"), berta).code == "forbidden"
    assert story.codes(OfferCase(to="anna")) == {"already_responsible"}
    story.do(OfferCase(to="berta"))
    assert (story.case.responsible.id, story.case.responsible.offered_to) == ("anna", "berta")
    assert story.codes(TakeCase(), carla) == {"not_offered"}
    story.do(TakeCase(), berta)
    assert (story.case.responsible.id, story.case.responsible.offered_to) == ("berta", None)
    assert story.codes(TakeCase(), berta) == {"not_offered"}
    story.do(OfferCase(to="carla"), people["supervisor"])


# What can be done now.


def test_options_say_the_same_as_the_decision_on_every_case_of_a_long_story(
    untold: Callable[..., Story], people: dict[str, Any]
) -> None:
    """On every reachable case: what is open is accepted, what is blocked is refused with exactly those reasons."""
    story = untold().begin(wish="stay", age=30)
    cases = [(story.case, story.now)]

    def keep(_: Any = None) -> None:
        cases.append((story.case, story.now))

    for number in (1, 2):
        keep(story.record("talk", "planned") if number == 1 else story.record("plan", nap="2 days"))
        keep(story.record("check", answers=SAFE))
        keep(story.consent(number=number))
        keep(story.take("care.rest", people["authority"]))
        if number == 1:
            keep(story.goes_on(days=7))
    keep(story.take("work.open"))
    keep(story.record("plan", limit="3 days", nap="2 days"))
    keep(story.record("contract", "declined"))
    keep(story.take("work.hire"))
    keep(story.do(measure("verdict", good=True), people["authority"]))
    keep(story.do(story.confirm(), people["supervisor"]))
    keep(story.do(Advance(sop="care", transition="decide"), people["authority"]))
    keep(story.do(story.confirm(), people["supervisor"]))
    keep(story.goes_on(days=40))
    keep(story.do(TellEvent(event="closed", reason="completed"), people["supervisor"]))
    keep(story.do(TellEvent(event="reopened"), people["supervisor"]))
    asked = 0
    for case, now in cases:
        now_possible = options(story.procedure, case, now)
        listed = {(s.kind, s.sop, s.name) for s in now_possible.open}
        assert listed == {(kind, sop, name) for kind, sop, name, _ in possible(story.procedure, case, now)}
        for step in (*now_possible.open, *now_possible.blocked):
            actor = Actor(id="all", roles=step.roles)
            if step.kind == "transition":
                reason = next(iter(step.fields.get("properties", {}).get("reason", {}).get("enum", [])), None)
                command: Any = Advance(sop=step.sop, transition=step.name, reason=reason)
            else:
                needed = {"answers": SAFE, "good": True}
                fields = {n: needed[n] for n in step.fields["required"]}
                command = RecordMeasure(sop=step.sop, measure=step.name, status="done", fields=fields)
            outcome = decide(story.procedure, case, command, actor, now)
            asked += 1
            if step.reasons:
                assert isinstance(outcome, Refused)
                assert outcome.reasons == step.reasons
            elif isinstance(outcome, Refused):
                # A length that the law does not allow is found only when the clock would start.
                assert {r.code for r in outcome.reasons} <= {"too_short", "too_long", "fact_unknown"}, (
                    step.name,
                    outcome,
                )
    assert asked > 100


def test_what_a_clock_asked_for_is_marked(story: Story) -> None:
    story.rests()
    story.goes_on(days=40)
    (talk,) = [s for s in options(story.procedure, story.case, story.now).open if s.name == "talk"]
    assert talk.asked
    assert ("measure", "care", "talk", True) in possible(story.procedure, story.case, story.now)


def test_effects_have_ids_that_are_the_same_on_every_replay(story: Story, mini: Procedure) -> None:
    command = measure("check", answers=SAFE)
    one, two = (
        decide(mini, story.case, command, Actor(id="anna", roles=("case_manager",)), story.now) for _ in range(2)
    )
    assert isinstance(one, Decision)
    assert isinstance(two, Decision)
    assert [e.id for e in one.effects] == [e.id for e in two.effects] == ["C1:2:0"]


def test_the_clock_and_the_engine_hold_no_role_of_people() -> None:
    assert CLOCK.roles == ("clock",)
    assert ENGINE.roles == ("engine",)
