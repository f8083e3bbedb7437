"""Rights at run time: what a right is against is refused, with its source and a remedy, whatever the SOP allows."""

from collections.abc import Callable
from typing import Any

import pytest

from sop import case_steps
from sop.case import Actor, Responsible
from sop.commands import Advance, OfferCase, RecordMeasure, TakeCase, TellEvent
from sop.decision import Refused
from sop.effects import Tell
from sop.loader import load
from sop.machine import options, possible
from sop.procedure import Procedure, compile_procedure

Files = Callable[..., dict[str, bytes]]
SAFE = {"near": "no", "debt": "no"}
SOURCE = "source: {law: Law of rest, article: '1', evidence: V}"


@pytest.fixture
def guarded(mini_files: Files, untold: Callable[..., Any]) -> Callable[..., Any]:
    """A story on the small procedure with one right, and changes of its text; `guarded=False` leaves the right unheld."""

    def told(right: str, *changes: tuple[str, str], guarded: bool = True, **facts: Any) -> Any:
        text = f"rights:\n  one:\n    title: The right\n    rule: R1\n    {SOURCE}\n    {right}\n"
        definition = load(mini_files(*changes) | {"rights.yaml": text.encode()})
        return untold(compile_procedure(definition, guarded=guarded)).begin(**facts)

    return told


def is_open(story: Any, name: str) -> bool:
    """Whether the step is possible; the list, the names and what stands against it agree."""
    listed = options(story.procedure, story.case, story.now)
    short = {step for _, _, step, _ in possible(story.procedure, story.case, story.now)}
    found = name in {step.name for step in listed.open}
    assert found == (name in short)
    assert found != (name in {step.name for step in listed.blocked})
    return found


def right_of(refused: Refused) -> list[tuple[str, str | None]]:
    return [(reason.code, reason.rule) for reason in refused.reasons]


NO_CHECK = ("      - {done: check, because: Danger comes first}\n", "")


def test_a_transition_is_refused_for_its_right_with_source_and_remedy(guarded: Callable[..., Any]) -> None:
    right = "whenever: {entering: [care.resting]}\n    needs: [{done: check}]"
    step = Advance(sop="care", transition="rest")
    held, unheld = guarded(right, NO_CHECK), guarded(right, NO_CHECK, guarded=False)
    for story in (held, unheld):
        story.consent()
    refused = held.refused(step)
    assert right_of(refused) == [("right", "R1")]
    assert "‘The right’ (Law of rest, article 1)" in refused.reasons[0].text
    assert "‘Risk check’ is not done yet." in refused.reasons[0].text
    assert refused.reasons[0].remedy == "Record ‘Risk check’ as done (Case manager or Guardian)."
    assert not is_open(held, "rest")
    assert is_open(unheld, "rest")
    unheld.do(step)
    held.record("check", answers=SAFE)
    assert is_open(held, "rest")
    held.do(step)


def test_what_the_sop_refuses_by_itself_is_refused_in_its_own_words(guarded: Callable[..., Any]) -> None:
    story = guarded("whenever: {entering: [care.resting]}\n    needs: [{done: check}]")
    assert story.codes(Advance(sop="care", transition="rest")) == {"measure_not_done", "consent_missing"}


def test_a_measure_is_refused_begun_or_done_but_may_be_planned_or_declined(guarded: Callable[..., Any]) -> None:
    story = guarded("whenever: {doing: [talk]}\n    needs: [{consent: help}]")
    assert not is_open(story, "talk")
    for status in ("in_progress", "done"):
        assert story.codes(RecordMeasure(sop="care", measure="talk", status=status)) == {"right"}
    story.record("talk", "planned")
    story.consent()
    story.record("talk", "done")


def test_a_life_event_is_refused_where_a_right_names_it(guarded: Callable[..., Any], people: dict[str, Actor]) -> None:
    right = "whenever: {telling: [closed]}\n    needs: [{not: {running: care.rest}}]"
    cuts = ("    needs: [{not: {running: care.rest}, rule: R1}]\n", "    rule: R1\n")
    story = guarded(right, cuts).rests()
    assert story.codes(TellEvent(event="closed", reason="completed"), people["supervisor"]) == {"right"}
    story.goes_on(days=32)
    story.do(TellEvent(event="closed", reason="completed"), people["supervisor"])


def test_a_second_person_cannot_confirm_what_a_right_has_come_to_be_against(
    guarded: Callable[..., Any], people: dict[str, Actor]
) -> None:
    story = guarded("whenever: {entering: [care.decided]}\n    needs: [{consent: help}]")
    story.rests()
    story.record("verdict", actor=people["authority"], good=True)
    story.do(story.confirm(), people["supervisor"])
    story.do(Advance(sop="care", transition="decide"), people["authority"])
    story.do(case_steps.WithdrawConsent(consent_id="k1"))
    assert story.codes(story.confirm(), people["supervisor"]) == {"right"}


def test_a_clock_does_not_take_what_a_right_is_against(guarded: Callable[..., Any]) -> None:
    right = "never-by-clock: {entering: [care.asleep]}"
    for held, state in ((True, "resting"), (False, "asleep")):
        story = guarded(right, guarded=held, wish="stay").rests()
        story.goes_on(days=3)
        assert story.case.sops["care"].state == state
        about = [effect.about for effect in story.effects if isinstance(effect, Tell) and effect.to == "supervisor"]
        assert ("care.doze" in about) is held, "a supervisor is told where the clock could not act"


@pytest.mark.parametrize(
    ("change", "plan"),
    [
        (("period: {at-least: 30 days, set-by: plan.length}", "period: {at-least: 20 days, set-by: plan.length}"), {}),
        (("period: {at-least: 30 days, set-by: plan.length}", "period: 1 week"), {}),
        (("period: {at-least: 30 days, set-by: plan.length}", "period: {per-case: true, set-by: plan.length}"), {"length": "29 days"}),
    ],
)  # fmt: skip
def test_a_period_below_its_right_does_not_begin(
    guarded: Callable[..., Any], change: tuple[str, str], plan: dict[str, str]
) -> None:
    right = "lasts: {clock: care.rest, at-least: 30 days}"
    early = ("    remind: [10 days before, 3 days before]\n", "    remind: [3 days before]\n")
    guarded(right, change, early, guarded=False).rests(**plan)
    story = guarded(right, change, early)
    with pytest.raises(AssertionError, match="right"):
        story.rests(**plan)
    assert "care.rest" not in story.case.clocks


def test_a_protected_period_ends_early_only_for_what_its_right_allows(
    guarded: Callable[..., Any], people: dict[str, Actor]
) -> None:
    two = (
        "reasons: {rested: The person has rested}",
        "reasons: {rested: The person has rested, unwilling: Does not help}",
    )
    story = guarded("lasts: {clock: care.rest, at-least: 30 days, ends-early-for: [rested]}", two).rests()
    assert story.codes(story.end("unwilling"), people["authority"]) == {"right"}
    story.do(story.end("rested"), people["authority"])
    story.do(story.confirm(), people["supervisor"])
    assert story.clock("rest").status == "ended"


@pytest.mark.parametrize("how", ["met-by", "cancelled-by"])
def test_nothing_meets_or_cancels_a_protected_period(guarded: Callable[..., Any], how: str) -> None:
    change = ("    at-end: {asks: talk}\n", f"    at-end: {{asks: talk}}\n    {how}: {{done: visit}}\n")
    visit = RecordMeasure(sop="care", measure="visit", status="done")
    right = "lasts: {clock: care.rest, at-least: 30 days}"
    assert guarded(right, change).rests().codes(visit) == {"right"}
    unheld = guarded(right, change, guarded=False).rests()
    unheld.do(visit)
    assert not unheld.clock("rest").running


def test_a_protected_period_is_over_when_its_time_is_over(guarded: Callable[..., Any]) -> None:
    story = guarded("lasts: {clock: care.rest, at-least: 30 days}").rests()
    story.goes_on(days=32)
    assert story.clock("rest").status == "expired"


def test_what_always_holds_is_seen_after_the_step_that_would_break_it(guarded: Callable[..., Any]) -> None:
    right = "always: [{any: [{not: {state: {care: resting}}}, {running: care.rest}, {ended: care.rest}]}]"
    uncounted = (
        "    statutory: true\n    source: {law: Law of rest",
        "    only-when: {case.wish: go}\n    statutory: true\n    source: {law: Law of rest",
    )
    story = guarded(right, uncounted)
    with pytest.raises(AssertionError, match="right"):
        story.rests()
    assert not is_open(story, "rest")
    guarded(right, uncounted, wish="go").rests()
    guarded(right, uncounted, guarded=False).rests()


def test_what_always_holds_is_asked_of_steps_and_never_of_what_is_told(guarded: Callable[..., Any]) -> None:
    right = "always: [{any: [{fact: case.child, is: true}, {fact: case.age, known: false}, {fact: case.age, at-least: 18}]}]"
    broken = ("when: {fact: case.age, at-most: 17}", "when: {fact: case.age, at-most: 12}")
    child = ("      - {consent: help}\n", "      - {consent: help}\n      - {fact: case.child, is: false}\n")
    story = guarded(right, broken, child)
    story.do(case_steps.RecordFacts(facts={"age": 15}))
    story.record("check", answers=SAFE)
    story.consent()
    assert story.codes(Advance(sop="care", transition="rest")) == {"right"}
    story.record("talk"), "a step that does not ask for it is not touched"
    story.do(case_steps.RecordFacts(facts={"age": 19}))
    story.take("care.rest")


def test_a_step_that_depends_on_what_it_may_not_is_barred_for_everybody(guarded: Callable[..., Any]) -> None:
    right = "independent: {sops: [care], of: {facts: [case.wish]}}"
    asks = ("      - {consent: help}\n", "      - {consent: help}\n      - {fact: case.wish, is: stay}\n")
    story = guarded(right, asks, wish="stay")
    story.record("check", answers=SAFE)
    story.consent()
    refused = story.refused(Advance(sop="care", transition="rest"))
    assert right_of(refused) == [("right", "R1")]
    assert "depends on ‘fact:case.wish’" in refused.reasons[0].text


def test_a_step_that_two_persons_must_take_is_barred_where_one_could(
    guarded: Callable[..., Any], people: dict[str, Actor]
) -> None:
    right = "second-person: {doing: [verdict]}"
    alone = ("    second-person: [supervisor]\n    needs: [{done: check, because", "    needs: [{done: check, because")
    verdict = RecordMeasure(sop="care", measure="verdict", status="done", fields={"good": True})
    assert guarded(right, alone).rests().codes(verdict, people["authority"]) == {"right"}
    guarded(right).rests().do(verdict, people["authority"])


def test_responsibility_passes_on_only_by_the_receivers_own_confirmation(
    guarded: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    story = guarded("responsible: true")
    bert = Actor(id="bert", roles=("case_manager",))
    story.do(OfferCase(to="bert"))
    assert story.case.responsible.id == "anna"
    story.do(TakeCase(), bert)
    assert story.case.responsible.id == "bert"

    def seize(draft: case_steps.Draft) -> None:
        draft.changes["responsible"] = Responsible(id=draft.actor.id, since=draft.now)

    monkeypatch.setattr(case_steps, "take_case", seize)
    assert story.codes(TakeCase()) == {"right"}


def test_a_guard_that_is_left_out_holds_nothing(guarded: Callable[..., Any]) -> None:
    story = guarded("whenever: {doing: [talk]}\n    needs: [{consent: help}]", guarded=False)
    procedure: Procedure = story.procedure
    assert procedure.guard is None
    assert is_open(story, "talk")
    story.record("talk")
