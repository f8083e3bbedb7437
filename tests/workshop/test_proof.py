"""The proof: what it says of the shipped procedure, how it comes to a verdict, and that its stories are the shortest."""

import itertools
from typing import Any

import pytest

from cli.folders import SHIPPED, files_of
from sop.decision import Refused
from sop.loader import load
from sop.model import Definition
from sop.procedure import compile_procedure
from workshop import path_proof
from workshop.bounds import is_shortest
from workshop.course import Course
from workshop.playing import play
from workshop.proof import prove
from workshop.verdicts import Replay, Verdict

FILES = files_of(SHIPPED / "trm")

SECTION_FIVE = {
    "no removal while identification is open, nor while reflection runs": {
        "no_departure_while_identification_is_open", "no_departure_in_reflection", "closing_cuts_no_protection",
    },
    "reflection is never shorter than 30 days, and its end never ends help": {
        "reflection_lasts", "reflection_is_counted", "end_of_reflection_ends_no_help", "no_clock_decides",
    },
    "assistance never depends on the willingness to be a witness": {"assistance_never_depends_on_testimony"},
    "age in doubt counts as a child; no interview alone; no return against best interests": {
        "doubt_about_age_protects", "no_child_interviewed_alone", "no_return_against_best_interests",
    },
    "no departure without the own decision, a valid risk assessment, the receiver's acceptance": {
        "own_decision_to_leave", "risk_is_known_before_leaving", "receiver_has_accepted",
    },
    "nothing that names the person leaves without consent or another basis of two persons": {
        "nothing_leaves_without_a_basis", "two_persons_find_a_legal_basis",
    },
    "no contact with the family before its risk check and the person's wish": {
        "family_is_checked_and_wanted", "child_is_traced_in_best_interests", "child_meets_family_in_best_interests",
    },
    "never without a responsible case manager; a transfer ends on the receiver's confirmation": {
        "somebody_is_responsible", "hand_over_ends_with_a_yes",
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def shipped_verdicts() -> list[Verdict]:
    return prove(compile_procedure(load(FILES)))


def test_every_right_of_the_shipped_procedure_is_proved(shipped_verdicts: list[Verdict]) -> None:
    assert [(v.name, v.why) for v in shipped_verdicts if v.outcome != "proved"] == []


def test_every_bullet_of_the_promise_is_a_right(shipped_verdicts: list[Verdict]) -> None:
    assert set().union(*SECTION_FIVE.values()) <= {verdict.name for verdict in shipped_verdicts}


def test_every_right_watches_something(shipped_verdicts: list[Verdict]) -> None:
    """A right about a state that nothing leads to would be proved, and say nothing."""
    watching = {verdict.name for verdict in shipped_verdicts if verdict.steps}
    assert {verdict.name for verdict in shipped_verdicts} - watching == {"somebody_is_responsible"}


def test_the_progress_is_told_and_one_right_can_be_proved_alone() -> None:
    told: list[tuple[int, int, str]] = []
    found = prove(compile_procedure(load(FILES)), lambda *now: told.append(now), only="receiver_has_accepted")
    assert [verdict.name for verdict in found] == ["receiver_has_accepted"]
    assert told == [(0, 1, "receiver_has_accepted")]


TINY = {
    "procedure.yaml": """\
procedure: tiny
version: "1"
title: Tiny
sops: [way]
starts-with: way
roles: {worker: Worker}
opened-by: [worker]
calendars: {default: {zone: Europe/Vienna}}
facts:
  age: {type: number, title: Age}
consents:
  go: {title: To go}
""",
    "way.yaml": """\
sop: way
title: Way
initial: here
states:
  here: {title: Here}
  ready: {title: Ready}
  away: {title: Away, final: true}
measures:
  paper: {title: Paper, what: W, when: W, who: [worker], how: [H], needs: [{consent: go}], fields: {good: {type: yes-no, required: true}}, repeatable: true}
  once: {title: Once, what: W, when: W, who: [worker], how: [H], in: [here], declinable: false}
transitions:
  prepare: {title: Prepare, from: here, to: ready, by: [worker], needs: [{done: once}]}
  back: {title: Back, from: ready, to: here, by: [worker]}
  leave: {title: Leave, from: ready, to: away, by: [worker], needs: [{fact: paper.good, known: true}]}
  slip: {title: Slip away, from: here, to: away, by: [worker], needs: [{fact: case.age, at-least: 65}, {done: paper}, {done: once}]}
clocks: {}
""",
}


def tiny(statement: str, *changes: tuple[str, str]) -> Definition:
    files = dict(TINY)
    for old, new in changes:
        assert old in files["way.yaml"]
        files["way.yaml"] = files["way.yaml"].replace(old, new)
    files["rights.yaml"] = (
        f"rights:\n  one:\n    title: One\n    source: {{document: D, evidence: D}}\n    {statement}\n"
    )
    return load({name: text.encode() for name, text in files.items()})


def _standing(course: Course) -> str:
    case = course.case
    return repr((case.sops["way"].state, sorted(case.facts.items()), sorted(case.measures), bool(case.consents)))


def shortest_by_trying_everything(definition: Definition, most: int = 8) -> int | None:
    """The length of the shortest story that breaks the right, by trying every step in every order on the engine."""
    replay = Replay(definition, "one")
    every: list[dict[str, Any]] = [{"consent": "go"}, {"record": "once"}, {"facts": {"age": 70.0}}]
    every += [{"record": "paper", "fields": {"good": good}} for good in (True, False)]
    every += [{"take": f"way.{name}"} for name in ("prepare", "back", "leave", "slip")]
    begun = [Course.begun(replay.free, facts) for facts in ({}, {"age": 70.0}, {"age": 12.0})]
    front = [course for course in begun if course]
    for length in range(1, most):
        following: list[Course] = []
        for course, step in itertools.product(front, every):
            after = course.then(**step)
            if isinstance(after, Refused):
                continue
            if replay.breaks(after.scenario("s", "s")):
                return length
            following.append(after)
        front = list({_standing(course): course for course in following}.values())
    return None


@pytest.mark.parametrize(
    "statement",
    [
        "whenever: {entering: [way.away]}\n    needs: [{fact: paper.good, is: true}]",
        "whenever: {entering: [way.away]}\n    needs: [{consent: go}, {state: {way: ready}}]",
        "whenever: {doing: [paper]}\n    needs: [{done: once}]",
        "whenever: {entering: [way.ready]}\n    needs: [{fact: paper.good, is: true}]",
        "whenever: {entering: [way.here]}\n    needs: [{consent: go}]",
    ],
)
def test_no_other_story_that_breaks_the_right_is_shorter(statement: str) -> None:
    definition = tiny(statement)
    verdict = prove(compile_procedure(definition))[0]
    assert verdict.outcome == "broken"
    assert verdict.story is not None
    assert len(verdict.story.steps) == shortest_by_trying_everything(definition)
    assert is_shortest(compile_procedure(definition), verdict), "and the bound says so without trying"


def test_a_right_that_only_the_history_holds_up_is_proved_by_following_every_record() -> None:
    """Nothing asks for it at the last step; but nobody comes there without it, and it is never undone."""
    definition = tiny("whenever: {entering: [way.away]}\n    needs: [{done: once}]")
    verdict = prove(compile_procedure(definition))[0]
    assert verdict.outcome == "proved"
    weaker = tiny(
        "whenever: {entering: [way.away]}\n    needs: [{done: once}]", (", {done: once}]}\nclocks", "]}\nclocks")
    )
    assert prove(compile_procedure(weaker))[0].outcome == "broken"


def test_where_there_is_too_much_to_look_at_nothing_is_called_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(path_proof, "MOST_SITUATIONS", 1)
    monkeypatch.setattr(path_proof, "MOST_FOLLOWED", 1)
    definition = tiny("whenever: {entering: [way.away]}\n    needs: [{done: once}]")
    verdict = prove(compile_procedure(definition))[0]
    assert verdict.outcome == "unproved"
    assert "more situations" in verdict.why


def test_what_does_not_always_hold_is_shown_although_no_step_could_be_refused() -> None:
    definition = tiny("always: [{any: [{fact: case.age, known: false}, {fact: case.age, at-least: 18}]}]")
    verdict = prove(compile_procedure(definition))[0]
    assert verdict.outcome == "broken"
    assert verdict.story is not None
    assert verdict.step is None
    assert play(compile_procedure(definition), verdict.story).failures == []


def test_a_wish_that_the_engine_cannot_break_is_proved() -> None:
    definition = tiny("always: [{any: [{consent: go}, {not: {consent: go}}]}]")
    assert prove(compile_procedure(definition))[0].outcome == "proved"
