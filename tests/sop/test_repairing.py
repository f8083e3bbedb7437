"""A repair by hand wants a supervisor, a second person and a reason; the rules hold there too."""

from datetime import UTC, datetime, timedelta

import pytest

from sop.case import Actor
from sop.commands import SetClock, SetState
from sop.durations import Duration
from sop.loader import load
from sop.procedure import compile_procedure
from sop.words import sentence

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = Actor(id="sam", roles=("supervisor",))


@pytest.fixture
def supervisor(people):
    return people["supervisor"]


def state(name: str, sop: str = "care") -> SetState:
    return SetState(sop=sop, state=name, note="why")


def clock(name: str, **values: object) -> SetClock:
    return SetClock.model_validate({"clock": name, "note": "why", **values})


def repaired(story, command, by: Actor) -> list[str]:
    """Proposed by one, confirmed by the other; what happened, in words."""
    story.do(command, by)
    happened = story.do(story.confirm(), SECOND)
    return [sentence(story.procedure, event) for event in happened]


def test_nobody_else_repairs(story):
    assert story.codes(state("asleep")) == {"role"}


def test_a_repair_waits_for_a_second_person(story, supervisor):
    story.record("check", answers={"near": "no", "debt": "no"})
    story.consent()
    story.do(state("resting"), supervisor)
    assert story.case.sops["care"].state == "new"
    assert story.codes(story.confirm(), supervisor) == {"second_person"}
    said = [sentence(story.procedure, event) for event in story.do(story.confirm(), SECOND)]
    assert story.case.sops["care"].state == "resting"
    assert "Care was set to ‘Resting’ by hand, by two persons." in said


def test_a_repair_starts_the_clocks_of_the_state(story, supervisor):
    story.record("check", answers={"near": "no", "debt": "no"})
    repaired(story, state("resting"), supervisor)
    assert story.clock("visits").status == "running"


def test_a_state_that_is_not_there_is_refused(story, supervisor):
    assert story.codes(state("nowhere"), supervisor) == {"no_such_state"}
    assert story.codes(state("new", sop="nowhere"), supervisor) == {"no_such_state"}


def test_where_the_sop_stands_already_nothing_is_repaired(story, supervisor):
    assert story.codes(state("new"), supervisor) == {"already_so"}


def test_the_rules_hold_for_a_repair_too(mini_files, untold, supervisor):
    ruled = mini_files(("      - {consent: help}\n", "      - {consent: help, rule: R1}\n"))
    story = untold(compile_procedure(load(ruled))).begin()
    assert story.codes(state("resting"), supervisor) == {"consent_missing"}
    story.consent()
    repaired(story, state("resting"), supervisor)
    assert story.case.sops["care"].state == "resting"


def test_a_repair_ends_no_protection(mini_files, untold, supervisor):
    ends = mini_files(("    anchor: plan.begun\n", "    anchor: plan.begun\n    cancelled-by: {entering: asleep}\n"))
    story = untold(compile_procedure(load(ends))).begin().rests()
    assert story.codes(state("asleep"), supervisor) == {"protection_runs"}


def test_a_closed_case_is_opened_before_it_is_repaired(story, supervisor):
    story.do(story.life("closed", "completed"), supervisor)
    assert story.codes(state("resting"), supervisor) == {"case_closed"}


def test_a_clock_is_set_to_another_length(story, supervisor):
    said = repaired(story, clock("care.talk_due", length="3 days"), supervisor)
    assert story.clock("talk_due").budget == Duration(days=3)
    assert any("set by hand, by two persons" in line for line in said)


def test_a_clock_that_was_over_runs_again(story, supervisor):
    story.record("talk")
    assert story.clock("talk_due").status == "met"
    repaired(story, clock("care.talk_due", anchor=story.now, length="48 hours"), supervisor)
    assert (story.clock("talk_due").status, story.clock("talk_due").run) == ("running", 2)
    assert "clock_missed" in story.kinds(story.goes_on(days=3))


def test_a_target_is_taken_away(story, supervisor):
    said = repaired(story, clock("care.talk_due"), supervisor)
    assert story.clock("talk_due").status == "cancelled"
    assert any("no longer applies; set by hand" in line for line in said)


def test_a_protection_is_neither_taken_away_nor_shortened(story, supervisor):
    story.rests()
    story.goes_on(days=5)
    assert story.codes(clock("care.rest"), supervisor) == {"protection_runs"}
    earlier = story.now - timedelta(days=10)
    assert story.codes(clock("care.rest", anchor=earlier), supervisor) == {"protection_runs"}
    assert story.codes(clock("care.rest", length="20 days"), supervisor) == {"too_short"}
    repaired(story, clock("care.rest", length="60 days"), supervisor)
    assert story.clock("rest").budget == Duration(days=60)


def test_a_clock_by_hand_needs_sense(story, supervisor):
    assert story.codes(clock("care.nowhere"), supervisor) == {"no_such_clock"}
    assert story.codes(clock("care.rest"), supervisor) == {"clock_not_running"}
    assert story.codes(clock("care.talk_due", anchor=story.now + timedelta(days=1)), supervisor) == {"anchor_in_future"}
    naive = story.now.replace(tzinfo=None)
    assert story.codes(clock("care.talk_due", anchor=naive), supervisor) == {"field_malformed"}


# Rights.


@pytest.fixture
def righted(mini_files, untold):
    """A story on the small procedure with one right; `guarded=False` leaves it unheld."""

    def told(right: str, *changes: tuple[str, str], guarded: bool = True):
        source = "source: {law: Law of rest, article: '1', evidence: V}"
        text = f"rights:\n  one:\n    title: The right\n    rule: R1\n    {source}\n    {right}\n"
        definition = load(mini_files(*changes) | {"rights.yaml": text.encode()})
        return untold(compile_procedure(definition, guarded=guarded)).begin()

    return told


def test_a_repair_leads_into_no_state_past_what_its_right_needs(righted, supervisor):
    right = "whenever: {entering: [care.asleep]}\n    needs: [{done: talk}]"
    story = righted(right)
    assert story.codes(state("asleep"), supervisor) == {"right"}
    repaired(righted(right, guarded=False), state("asleep"), supervisor)
    story.record("talk")
    repaired(story, state("asleep"), supervisor)


def test_what_two_persons_decide_may_be_repaired_by_two(righted, supervisor):
    repaired(righted("second-person: {entering: [care.asleep]}"), state("asleep"), supervisor)


def test_a_repair_breaks_nothing_that_always_holds(righted, supervisor):
    right = "always: [{any: [{not: {state: {care: asleep}}}, {done: talk}]}]"
    assert righted(right).codes(state("asleep"), supervisor) == {"right"}
    repaired(righted(right, guarded=False), state("asleep"), supervisor)


UNLAWFUL = (
    '    statutory: true\n    source: {law: Law of rest, article: "1", evidence: V}\n    extend',
    "    extend",
)
"""The time to rest is no period of the law, so that a right alone protects it."""


def test_a_repair_keeps_a_period_that_a_right_protects(righted, supervisor):
    right = "lasts: {clock: care.rest, at-least: 30 days}"
    story = righted(right, UNLAWFUL).rests()
    assert story.codes(clock("care.rest"), supervisor) == {"protection_runs"}
    repaired(righted(right, UNLAWFUL, guarded=False).rests(), clock("care.rest"), supervisor)


def test_a_repair_sets_no_period_below_its_right(righted, supervisor):
    right, low = (
        "lasts: {clock: care.rest, at-least: 30 days}",
        ("period: {at-least: 30 days", "period: {at-least: 12 days"),
    )
    values = {"anchor": NOON, "length": Duration(days=20)}
    story = righted(right, low, UNLAWFUL)
    assert story.codes(clock("care.rest", **values), supervisor) == {"right"}
    repaired(righted(right, low, UNLAWFUL, guarded=False), clock("care.rest", **values), supervisor)
