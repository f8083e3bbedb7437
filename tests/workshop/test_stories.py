"""A story beside a procedure: what is wrong with its file, and what does not come true, step by step."""

from typing import Any

import pytest

from cli.folders import SHIPPED, files_of
from sop.procedure import Procedure
from workshop.coverage import everything
from workshop.playing import play
from workshop.stories import scenarios_in, tell_all

GIVEN = "{country: AT, at: 2026-03-02T09:00:00+01:00, as: first_responder, facts: {}}"
HEAD = "scenario: A story\nstory: Something happens\n"


def told(procedure: Procedure, steps: str, given: str = GIVEN) -> Any:
    text = f"{HEAD}given: {given}\nsteps:\n{steps}\n"
    return tell_all(procedure, {"scenarios/one.yaml": text.encode()})


def failures(procedure: Procedure, steps: str) -> list[str]:
    found = told(procedure, steps)
    assert found.problems == []
    return found.players["scenarios/one.yaml"].failures


FILES: list[tuple[str, str, int, str]] = [
    ("  - {take: identification.fly}", "no-such-transition", 5, "no transition ‘identification.fly’"),
    (
        "  - {take: identification.find_reasonable_ground}",
        "no-such-transition",
        5,
        "Did you mean ‘identification.find_reasonable_grounds’?",
    ),
    ("  - consent: referral\n  - {record: initial_referal}", "no-such-measure", 6, "Did you mean ‘initial_referral’?"),
    ("  - {consent: referal}", "no-such-consent", 5, "‘referral’"),
    ("  - {withdraw: referal}", "no-such-consent", 5, "‘referral’"),
    ("  - {event: went_mising}", "no-such-life-event", 5, "‘went_missing’"),
    ("  - {take: return.open, as: case_manger}", "no-such-role", 5, "‘case_manager’"),
    ("  - {offer: case_manger}", "no-such-role", 5, "‘case_manager’"),
    ("  - {extend: identification.reflektion, reason: x}", "no-such-clock", 5, "‘identification.reflection’"),
    ("  - {record: initial_referral, status: finished}", "no-such-status", 5, "There is no status"),
    ("  - {facts: {age_grup: adult}}", "no-such-fact", 5, "‘age_group’"),
    ("  - {take: return.open, refused: [already_open], rules: [R99]}", "no-such-rule", 5, "R99"),
    ("  - expect: {states: {identifikation: referred}}", "no-such-sop", 5, "‘identification’"),
    ("  - expect: {states: {identification: refered}}", "no-such-state", 5, "‘referred’"),
    ("  - expect: {clocks: {identification.reflection: runing}}", "no-such-status", 5, "‘running’"),
    ("  - expect: {clocks: {identification.reflektion: running}}", "no-such-clock", 5, "‘identification.reflection’"),
    ("  - expect: {facts: {case.chld: true}}", "no-such-fact", 5, "‘case.child’"),
    ("  - expect: {measures: {initial_referal: done}}", "no-such-measure", 5, "‘initial_referral’"),
    ("  - expect: {open: [return.opn]}", "no-such-step", 5, "‘return.open’"),
    ("  - expect: {told: [supervizor]}", "no-such-role", 5, "‘supervisor’"),
    ("  - {correct: identification.reflection, reason: x}", "missing-key", 5, "anchor"),
    ("  - {take: return.open, consent: referral}", "scenario-step", 5, "exactly one verb"),
    ("  - {refused: [x]}", "scenario-step", 5, "exactly one verb"),
    ("  - {tkae: return.open}", "unknown-key", 5, "Did you mean ‘take’?"),
    ("  - {take: open}", "bad-name", 5, "lower-case"),
    ("  - {after: soon}", "bad-duration", 5, "not a duration"),
    ("  - {after: 0 days}", "bad-duration", 5, "nothing"),
    ("  - {take: &a return.open}", "anchor", 5, "Anchors"),
    ("  []", "wrong-type", 4, ""),
]


@pytest.mark.parametrize(("steps", "code", "line", "said"), FILES)
def test_what_is_wrong_with_the_file_is_said_at_its_place(
    shipped: Procedure, steps: str, code: str, line: int, said: str
) -> None:
    found = told(shipped, steps)
    assert found.failed
    assert found.players == {}
    places = [(p.code, p.line) for p in found.problems]
    assert (code, line) in places, found.problems
    assert any(said in p.message + p.help for p in found.problems)


@pytest.mark.parametrize(
    ("given", "code"),
    [("{country: Austria, at: 2026-03-02T09:00:00+01:00}", "bad-name"), ("{country: AT, at: 2026-03-02T09:00:00}", "bad-value"),
     ("{country: AT, at: yesterday}", "wrong-type"), ("{country: AT, at: 2026-03-02T09:00:00Z, facts: {wisch: x}}", "no-such-fact"),
     ("{country: AT}", "missing-key"), ("{country: AT, at: 2026-03-02T09:00:00Z, as: stranger}", "no-such-role")],
)  # fmt: skip
def test_what_is_wrong_with_the_beginning_is_said_too(shipped: Procedure, given: str, code: str) -> None:
    assert code in {p.code for p in told(shipped, "  - {take: return.open}", given).problems}


FAIL: list[tuple[str, list[str]]] = [
    ("  - {record: initial_referral}", ["step 1 (record): refused: [none_of R4]"]),
    (
        "  - {take: return.open}\n  - {take: return.depart, refused: [none_of]}",
        ["step 2 (take): refused with", "wrong_state"],
    ),
    (
        "  - {take: return.open, refused: [already_open]}",
        ["step 1 (take): it was accepted; expected a refusal with already_open"],
    ),
    ("  - {record: initial_referral, refused: [none_of], rules: [R5]}", ["the refusal does not name R5"]),
    ("  - expect: {states: {identification: presumed}}", ["step 1: identification is ‘referred’, expected ‘presumed’"]),
    (
        "  - expect: {clocks: {identification.reflection: running}}",
        ["identification.reflection is ‘not_started’, expected ‘running’"],
    ),
    (
        "  - expect: {overdue: [identification.case_manager_due]}",
        ["identification.case_manager_due overdue is no, expected yes"],
    ),
    (
        "  - expect: {due: {identification.case_manager_due: 2026-01-01T00:00:00Z}}",
        ["identification.case_manager_due due is"],
    ),
    ("  - expect: {facts: {case.child: true}}", ["case.child is no, expected yes"]),
    ("  - expect: {measures: {initial_referral: done}}", ["initial_referral is ‘not_planned’, expected ‘done’"]),
    ("  - expect: {open: [return.depart]}", ["‘return.depart’ is not possible"]),
    ("  - expect: {blocked: [return.open]}", ["‘return.open’ is possible"]),
    ("  - expect: {told: [supervisor]}", ["nobody told supervisor"]),
    ("  - expect: {closed: true}", ["closed is no, expected yes"]),
    ("  - {take: return.open, as: interpreter}", ["step 1 (take): forbidden: [role]"]),
    ("  - confirm: true", ["step 1 (confirm): unknown: [no_such_proposal]"]),
    ("  - {withdraw: referral}", ["step 1 (withdraw): unknown"]),
    ("  - take_over: true", ["step 1 (take_over)"]),
    ("  - {record: initial_referral, fields: {date: yesterday}}", ["step 1 (record)"]),
    ("  - {record: initial_referral, fields: {nonsense: 3}}", ["step 1 (record)"]),
    ("  - {resume: identification.reflection, reason: x}", ["step 1 (resume)", "clock_not_running"]),
    ("  - {facts: {nationality: Serbia}}", ["step 1 (facts): malformed"]),
]


@pytest.mark.parametrize(("steps", "said"), FAIL)
def test_a_story_that_does_not_come_true_says_the_step_and_why(shipped: Procedure, steps: str, said: list[str]) -> None:
    found = failures(shipped, steps)
    assert found
    for words in said:
        assert any(words in text for text in found), found


def test_a_story_goes_on_after_a_failure_but_not_without_end(shipped: Procedure) -> None:
    found = failures(shipped, "\n".join("  - {take: return.depart}" for _ in range(30)))
    assert len(found) == 6
    assert found[-1].startswith("step 6 ")


def test_a_story_that_cannot_begin_says_so(shipped: Procedure) -> None:
    scenarios, problems = scenarios_in(
        {
            "scenarios/a.yaml": f"{HEAD}given: {GIVEN.replace('first_responder', 'interpreter')}\nsteps:\n  - confirm: true\n".encode()
        }
    )
    assert problems == []
    player = play(shipped, scenarios["scenarios/a.yaml"])
    assert player.failures[0].startswith("given: forbidden")


def test_a_story_that_comes_true_has_no_failures_and_counts_what_it_visits(shipped: Procedure) -> None:
    found = told(
        shipped, "  - take: return.open\n  - after: 25 hours\n  - expect: {overdue: [identification.case_manager_due]}"
    )
    assert not found.failed
    player = found.players["scenarios/one.yaml"]
    assert {
        "transition:return.open",
        "state:return.considering",
        "clock:identification.case_manager_due",
    } <= player.visited
    assert found.coverage.total == len(everything(shipped))
    assert "transition:return.depart" in found.coverage.all_missed


def test_time_that_passes_lets_every_clock_act_at_its_own_moment(shipped: Procedure) -> None:
    # opened on the stroke of an hour: that hour does not count
    steps = "  - after: 25 hours\n  - expect: {told: [supervisor, coordinator]}\n  - after: 1 second\n  - expect: {told: [supervisor]}"
    assert failures(shipped, steps) == ["step 4: nobody told supervisor"]


def test_the_same_story_is_played_the_same_twice(shipped: Procedure) -> None:
    scenarios, _ = scenarios_in(files_of(SHIPPED / "trm"), shipped)
    name, scenario = next(iter(scenarios.items()))
    first, second = play(shipped, scenario), play(shipped, scenario)
    assert first.case == second.case, name
    assert first.events == second.events
