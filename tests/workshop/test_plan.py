"""A plan of one case is what the engine would do: the same states and clocks, or the same reasons."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.folders import files_of
from sop.case import Actor, Case
from sop.commands import Adopt, OpenCase, RecordFacts, SetState, TellEvent
from sop.decision import Decision
from sop.loader import load
from sop.machine import decide
from sop.procedure import Procedure, compile_procedure
from workshop.plan import PLANNER, plan_case, totals

ONCE = files_of(Path(__file__).parent / "everything_once")
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
WORKER = Actor(id="anna", roles=("worker", "supervisor", "judge"))
V2 = (('version: "1.0"', 'version: "2.0"'), ('from: ["0.9", "0.8"]', 'from: ["1.0"]'))


def version(*changes: tuple[str, str]) -> Procedure:
    files = {name: content.decode() for name, content in ONCE.items()}
    for old, new in changes:
        assert any(old in text for text in files.values()), old
        files = {name: text.replace(old, new, 1) for name, text in files.items()}
    return compile_procedure(load({name: text.encode() for name, text in files.items()}))


@pytest.fixture(scope="module")
def old() -> Procedure:
    return version()


@pytest.fixture
def case(old: Procedure) -> Case:
    facts = {"age": 30, "wish": "stay"}
    opening = OpenCase(case_id="C1", procedure=old.hash, country="RS", facts=facts, responsible="anna")
    return done(decide(old, None, opening, WORKER, START))


def done(outcome: object) -> Case:
    assert isinstance(outcome, Decision), outcome
    return outcome.case


def test_a_plan_foresees_what_the_engine_does(old: Procedure, case: Case) -> None:
    new = version(*V2, ("{at-most: 9 days}", "{at-most: 12 days}"))
    line = plan_case(old, new, case, START)
    (change,) = line.clocks
    after = done(decide(old, case, Adopt(procedure=new.hash), PLANNER, START, new))
    assert (line.moves, line.seq, line.was_version) == (True, case.seq, "1.0")
    assert (change.what, change.was_due, change.due) == (
        "due",
        case.clocks["care.quick"].due,
        after.clocks["care.quick"].due,
    )
    assert (change.was_length, change.length) == ("9 days", "12 days")


def test_a_clock_that_ends_and_one_that_starts_are_foreseen(old: Procedure, case: Case) -> None:
    quick, fast = "  quick:\n    title: Quick answer", "  fast:\n    title: Fast answer"
    line = plan_case(old, version(*V2, (quick, fast)), case, START)
    assert [(change.title, change.what) for change in line.clocks] == [
        ("Quick answer", "ends"),
        ("Fast answer", "starts"),
    ]


def test_a_state_that_leads_elsewhere_is_foreseen(old: Procedure, case: Case) -> None:
    new = version(*V2, ("states: {care.waiting: care.new}", "states: {care.new: care.resting}"))
    line = plan_case(old, new, case, START)
    assert (line.moves, {reason.code for reason in line.reasons}) == (False, {"right"}), "nobody rests by a plan"
    (state,) = plan_case(old, compile_procedure(new.definition, guarded=False), case, START).states
    assert (state.was_state, state.state) == ("new", "resting")


def test_why_a_case_cannot_move_is_foreseen(old: Procedure, case: Case) -> None:
    waits = done(decide(old, case, SetState(sop="work", state="hired", note="r1"), WORKER, START))
    line = plan_case(old, version(*V2), waits, START)
    assert (line.moves, [reason.code for reason in line.reasons]) == (False, ["proposal_waits"])


def test_nothing_that_changes_is_no_change(old: Procedure, case: Case) -> None:
    line = plan_case(old, version(*V2), case, START + timedelta(hours=1))
    assert (line.moves, line.states, line.clocks) == (True, (), ())


def test_a_paused_clock_has_no_due_moment_in_the_plan(old: Procedure, case: Case) -> None:
    lost = done(decide(old, case, TellEvent(event="lost"), WORKER, START))
    assert lost.clocks["care.quick"].status == "paused"
    (change,) = plan_case(old, version(*V2, ("{at-most: 9 days}", "{at-most: 12 days}")), lost, START).clocks
    assert (change.was_due, change.due, change.length) == (None, None, "12 days")


def test_totals_are_told_in_one_line(old: Procedure, case: Case) -> None:
    new = version(*V2, ("{at-most: 9 days}", "{at-most: 12 days}"))
    waits = done(decide(old, case, SetState(sop="work", state="hired", note="r1"), WORKER, START))
    unchanged = done(decide(old, case, RecordFacts(facts={"age": 31}), WORKER, START))
    lines = [plan_case(old, new, one, START) for one in (case, waits, unchanged)]
    said = "3 cases: 2 move, 0 of them with another state, 2 with clocks that change; 1 cannot."
    assert totals(lines).sentence() == said
