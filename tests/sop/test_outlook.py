"""What lies ahead of a case: until when it may rest, who can go on, and when nothing can ever open any more."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from sop.case import Case
from sop.loader import load
from sop.machine import possible
from sop.outlook import able, halted, lost, rests_until, ways_out
from sop.procedure import Procedure, compile_procedure

Story = Any
Files = Callable[..., dict[str, bytes]]
Untold = Callable[[Procedure], Story]

ONCE = (
    "  - {done: check, because: Danger comes first}\n      - {consent: help}",
    "  - {fact: plan.goal_set, is: true}",
)
NO_WAY_BACK = ("    from: any\n    to: declined", "    from: resting\n    to: declined")
PLAN = (
    "      goal: {type: text, title: Goal}\n    repeatable: true\n",
    "      goal_set: {type: yes-no, title: Goal set}\n",
)


@pytest.fixture
def narrow(mini_files: Files) -> Procedure:
    """The only way out of `new` asks for a fact that is recorded once."""
    return compile_procedure(load(mini_files(ONCE, NO_WAY_BACK, PLAN)))


def halt(procedure: Procedure, case: Case, story: Story) -> str | None:
    return halted(procedure, case, possible(procedure, case, story.now))


def test_a_state_may_last_as_long_as_its_definition_says(mini_files: Files, untold: Untold) -> None:
    slow = compile_procedure(load(mini_files(("new: {title: New}", "new: {title: New, stalled-after: 2 days}"))))
    story = untold(slow).begin()
    assert rests_until(slow, story.case) == {"care": story.now + timedelta(days=2)}
    story.take("care.decline", reason="wish")
    assert rests_until(slow, story.case) == {}, "what has ended rests for ever"


def test_those_are_able_who_may_take_the_steps_that_are_possible(mini: Procedure, story: Story) -> None:
    steps = possible(mini, story.case, story.now)
    assert able(mini, steps) == {"care": ("case_manager", "guardian")}


def test_a_way_out_that_asks_for_what_may_still_come_is_not_lost(narrow: Procedure, untold: Untold) -> None:
    story = untold(narrow).begin()
    assert not lost(narrow, story.case, "care")
    assert halt(narrow, story.case, story) is None


def test_a_way_out_that_asks_for_what_was_recorded_otherwise_for_good_is_lost(
    narrow: Procedure, untold: Untold
) -> None:
    story = untold(narrow).begin()
    story.record("plan", goal_set=False)
    assert lost(narrow, story.case, "care")
    assert halt(narrow, story.case, story) == "cannot_open"
    (way,) = ways_out(narrow, story.case, "care", story.now)
    assert (way[0].name, [reason.code for reason in way[1]]) == ("rest", ["fact_differs"])


def test_what_was_recorded_as_asked_for_is_not_lost(narrow: Procedure, untold: Untold) -> None:
    story = untold(narrow).begin()
    story.record("plan", goal_set=True)
    assert not lost(narrow, story.case, "care")


def test_a_measure_that_may_be_done_again_leaves_the_way_open(mini_files: Files, untold: Untold) -> None:
    """The negative control: the same story, and the measure is repeatable."""
    again = (PLAN[0], PLAN[1] + "    repeatable: true\n")
    procedure = compile_procedure(load(mini_files(ONCE, NO_WAY_BACK, again)))
    story = untold(procedure).begin()
    story.record("plan", goal_set=False)
    assert not lost(procedure, story.case, "care")


def test_a_second_way_out_leaves_the_case_able_to_go_on(mini_files: Files, untold: Untold) -> None:
    procedure = compile_procedure(load(mini_files(ONCE, PLAN)))
    story = untold(procedure).begin()
    story.record("plan", goal_set=False)
    assert not lost(procedure, story.case, "care"), "it can still be declined"


def test_a_measure_of_a_state_that_lies_behind_never_comes(mini_files: Files, untold: Untold) -> None:
    """`visit` belongs to `new` alone; whoever rests without one has no way out that asks for it."""
    files = mini_files(
        ("    when: Regularly\n", "    when: Regularly\n    in: [new]\n"),
        ("    needs: [{fact: verdict.good, is: true}]", "    needs: [{done: visit}]"),
        NO_WAY_BACK,
        ("    from: resting\n    to: declined", "    from: new\n    to: declined"),
        ("at-end: {takes: doze}", "at-end: {asks: talk}"),
        ("  doze: {title: Fall asleep, from: resting, to: asleep, by: []}\n", ""),
        ("from: [new, asleep]", "from: new"),
        ("  asleep: {title: Asleep}\n", ""),
    )
    procedure = compile_procedure(load(files))
    visited, not_visited = untold(procedure).begin(), untold(procedure).begin()
    visited.record("visit")
    for story in (visited, not_visited):
        story.rests()
    assert not lost(procedure, visited.case, "care")
    assert lost(procedure, not_visited.case, "care")


def test_a_case_whose_sops_have_all_ended_waits_to_be_closed(mini_files: Files, untold: Untold) -> None:
    procedure = compile_procedure(load(mini_files(("reopens: {by: [case_manager]}\n", ""))))
    story = untold(procedure).begin()
    assert halt(procedure, story.case, story) is None
    story.take("care.decline", reason="wish")
    for measure in ("talk", "check", "plan", "visit"):
        assert any(name == measure for _, _, name, _ in possible(procedure, story.case, story.now))
    assert halt(procedure, story.case, story) is None, "measures may still be recorded"
    assert halted(procedure, story.case, []) == "nothing_open"


def test_a_closed_case_is_never_halted(mini: Procedure, story: Story, people: dict[str, Any]) -> None:
    story.take("care.decline", reason="wish")
    story.do(story.life("closed", "completed"), people["supervisor"])
    assert halted(mini, story.case, []) is None
