"""For each right a procedure that breaks it: the proof finds it, and its story breaks the right on the real engine."""

import dataclasses

import pytest

from cli.folders import SHIPPED, files_of
from sop import case_steps, handing
from sop.case import Responsible
from sop.loader import load
from sop.model import Definition, Head, Sop
from sop.problems import Tree
from sop.procedure import Procedure, compile_procedure
from sop.reader import read
from workshop.bounds import is_shortest
from workshop.playing import Player, play
from workshop.proof import prove
from workshop.retelling import in_words, written
from workshop.scenarios import ScenarioStep
from workshop.stories import scenarios_in
from workshop.verdicts import Verdict

FILES = files_of(SHIPPED / "trm")
SOUND = load(FILES)
DEPART = "return.yaml"
IDENTIFICATION = "identification.yaml"
HEAD = "procedure.yaml"

MUTANTS: dict[str, tuple[str, str, str]] = {
    "no_departure_while_identification_is_open": (
        DEPART,
        "      - rule: R5\n        state: {identification: [identified, declined, not_confirmed]}\n",
        "",
    ),
    "no_departure_in_reflection": (DEPART, "      - rule: R5\n        not: {running: identification.reflection}\n", ""),
    "reflection_lasts": (IDENTIFICATION, "period: {at-least: 30 days, set-by", "period: {at-least: 20 days, set-by"),
    "reflection_is_counted": (
        IDENTIFICATION,
        "    anchor: recovery_and_reflection.start_date\n",
        "    anchor: recovery_and_reflection.start_date\n    only-when: {case.own_national: false}\n",
    ),
    "end_of_reflection_ends_no_help": (
        "long_term_assistance.yaml",
        "    from: agreed\n    to: active\n",
        "    from: agreed\n    to: active\n    needs: [{running: identification.reflection}]\n",
    ),
    "closing_cuts_no_protection": (
        HEAD,
        "          - not: {running: identification.reflection}\n",
        "          - {fact: case.deceased, known: false}\n",
    ),
    "no_clock_decides": (
        IDENTIFICATION,
        "at-end: {asks: reflection_decision}",
        "at-end: {takes: decline_identification}",
    ),
    "assistance_never_depends_on_testimony": (
        "first_assistance.yaml",
        "      - settled: information_on_assistance\n        because: Nobody can agree to help that was not explained\n      - rule: R4\n        consent: assistance\n  begin_assistance",
        "      - settled: information_on_assistance\n        because: Nobody can agree to help that was not explained\n      - rule: R4\n        consent: assistance\n      - {done: statement}\n  begin_assistance",
    ),
    "help_waits_for_no_other_sop": (
        "first_assistance.yaml",
        "  by: [case_manager, first_responder, first_point_of_notification, social_worker, shelter]\n",
        "  by: [case_manager, first_responder, first_point_of_notification, social_worker, shelter]\n  needs: [{state: {identification: [presumed, identified]}}]\n",
    ),
    "hand_over_ends_with_a_yes": (
        "long_term_assistance.yaml",
        "    needs:\n      - {fact: hand_over.accepted, is: true}\n",
        "    needs:\n      - {done: hand_over}\n",
    ),
    "doubt_about_age_protects": (
        HEAD,
        "                - {fact: case.age_group, is: in_doubt}\n",
        "                - {fact: case.age_group, is: child}\n",
    ),
    "no_child_interviewed_alone": (
        "proceedings.yaml",
        "              - {fact: case.unaccompanied, is: false}\n              - {done: guardian_appointment}\n",
        "              - {fact: case.unaccompanied, known: true}\n              - {done: guardian_appointment}\n",
    ),
    "no_return_against_best_interests": (
        DEPART,
        "      - rule: R8\n        when: {case.child: true, safe_transport.destination: origin}\n        then: [{fact: best_interests_determination.conclusion, is: return, rule: R8}]\n",
        "",
    ),
    "own_decision_to_leave": (DEPART, "      - {consent: return, rule: R4}\n", ""),
    "risk_is_known_before_leaving": (DEPART, "      - {done: return_risk_assessment}\n      - {fact", "      - {fact"),
    "receiver_has_accepted": (
        DEPART,
        "      - {fact: receiver_acceptance.accepted, is: true}\n",
        "      - {done: receiver_acceptance}\n",
    ),
    "proceedings_are_considered": (
        DEPART,
        "        in: [no_proceedings, not_needed, arranged]\n",
        "        in: [no_proceedings, not_needed, arranged, wait]\n",
    ),
    "nothing_leaves_without_a_basis": (
        IDENTIFICATION,
        "          - {consent: share_abroad}\n          - {done: legal_basis_to_share}\n",
        "          - {consent: share_abroad}\n          - {settled: legal_basis_to_share}\n",
    ),
    "two_persons_find_a_legal_basis": (
        IDENTIFICATION,
        "    second-person: [supervisor]\n    repeatable",
        "    repeatable",
    ),
    "conditions_of_use_come_first": (
        DEPART,
        "      - rule: R16\n        because: The receiver must be bound before anything is sent\n        fact: conditions_of_use.accepted\n        is: true\n",
        "      - {done: conditions_of_use, rule: R16}\n",
    ),
    "family_is_checked_and_wanted": (
        DEPART,
        "          - {fact: case.wishes_family_contact, is: true}\n          - {consent: family_contact}\n      - rule: R7\n        when: {case.child: true}\n        then:\n          - rule: R7\n            fact: best_interests_assessment.contact",
        "          - {consent: family_contact}\n      - rule: R7\n        when: {case.child: true}\n        then:\n          - rule: R7\n            fact: best_interests_assessment.contact",
    ),
    "child_is_traced_in_best_interests": (
        DEPART,
        "            fact: best_interests_assessment.tracing_in_best_interests\n            is: true\n",
        "            done: best_interests_assessment\n",
    ),
    "child_meets_family_in_best_interests": (
        DEPART,
        "            fact: best_interests_assessment.contact_in_best_interests\n            is: true\n",
        "            fact: best_interests_assessment.tracing_in_best_interests\n            is: true\n",
    ),
    "non_punishment_is_explained_first": (
        "proceedings.yaml",
        "        fact: rights_explained.non_punishment_explained\n        is: true\n",
        "        done: rights_explained\n",
    ),
    "two_persons_refuse_victim_status": (
        IDENTIFICATION,
        "    second-person: [supervisor]\n    reasons:",
        "    reasons:",
    ),
}


def mutant(name: str) -> Definition:
    """The shipped procedure with one place of one file changed; the rights stay as they are."""
    file, old, new = MUTANTS[name]
    text = FILES[file].decode()
    assert text.count(old) >= 1, f"nothing in {file} is changed"
    tree = read(file, text.replace(old, new, 1).encode())
    assert isinstance(tree, Tree)
    if file == HEAD:
        return SOUND.model_copy(update={"head": Head.model_validate(tree.value)})
    sop = Sop.model_validate(tree.value)
    return SOUND.model_copy(update={"sops": SOUND.sops | {sop.sop: sop}})


def proved(definition: Definition, name: str) -> Verdict:
    return prove(compile_procedure(definition), only=name)[0]


def played(procedure: Procedure, verdict: Verdict) -> Player:
    assert verdict.story is not None
    return play(procedure, verdict.story)


def test_every_right_of_the_shipped_procedure_has_its_mutant() -> None:
    assert {*MUTANTS, "somebody_is_responsible"} == set(SOUND.rights)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_procedure_that_breaks_a_right_is_found_and_refused(name: str) -> None:
    definition = mutant(name)
    verdict = proved(definition, name)
    assert verdict.outcome == "broken", verdict
    assert verdict.story is not None
    free = compile_procedure(definition, guarded=False)
    assert played(free, verdict).failures == [], "every step of the story is possible where nothing guards the right"
    refused = played(compile_procedure(definition), verdict)
    assert refused.failures, "the guard lets the story pass"
    if name != "no_clock_decides":  # nobody is refused there: the clock does not act, and a supervisor is told
        assert "[right" in refused.failures[0]
        assert SOUND.rights[name].title in refused.failures[0]
    without = {other: right for other, right in definition.rights.items() if other != name}
    unguarded = compile_procedure(definition.model_copy(update={"rights": without}))
    others = [f for f in played(unguarded, verdict).failures if SOUND.rights[name].title in f]
    assert others == [], "only the guard of this right names it"


@pytest.mark.parametrize("name", ["reflection_is_counted", "assistance_never_depends_on_testimony", "no_clock_decides"])
def test_the_story_can_be_kept_as_a_file_and_told_in_words(name: str) -> None:
    definition = mutant(name)
    verdict = proved(definition, name)
    assert verdict.story is not None
    free = compile_procedure(definition, guarded=False)
    found, problems = scenarios_in({"scenarios/one.yaml": written(verdict.story).encode()}, free)
    assert problems == []
    kept = dataclasses.replace(verdict, story=found["scenarios/one.yaml"])
    assert kept.story == verdict.story
    told = in_words(free, verdict.story)
    assert len(told) == 1 + len(verdict.story.steps)
    assert all(told), told


@pytest.mark.parametrize(
    "name",
    [
        "no_departure_while_identification_is_open",
        "hand_over_ends_with_a_yes",
        "no_child_interviewed_alone",
        "child_is_traced_in_best_interests",
    ],
)
def test_no_story_at_all_breaks_the_right_in_fewer_steps(name: str) -> None:
    definition = mutant(name)
    verdict = proved(definition, name)
    assert verdict.story is not None
    procedure = compile_procedure(definition)
    assert is_shortest(procedure, verdict)
    steps = verdict.story.steps
    longer = verdict.story.model_copy(update={"steps": (ScenarioStep(consent="medical"), *steps)})
    assert not is_shortest(procedure, dataclasses.replace(verdict, story=longer))


def test_an_engine_that_hands_a_case_over_unasked_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def take_case(draft: case_steps.Draft) -> None:
        draft.changes["responsible"] = Responsible(id=draft.actor.id, since=draft.now)

    monkeypatch.setattr(case_steps, "take_case", take_case)
    verdict = proved(SOUND, "somebody_is_responsible")
    assert verdict.outcome == "broken"
    assert verdict.story is not None
    assert len(verdict.story.steps) == 1
    assert played(compile_procedure(SOUND, guarded=False), verdict).failures == []
    assert "[right" in played(compile_procedure(SOUND), verdict).failures[0]


def test_an_engine_that_lets_nobody_be_responsible_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def offer_case(draft: case_steps.Draft, command: case_steps.OfferCase) -> None:
        draft.changes["responsible"] = Responsible(id="", since=draft.now)

    monkeypatch.setattr(case_steps, "offer_case", offer_case)
    verdict = proved(SOUND, "somebody_is_responsible")
    assert verdict.outcome == "broken"
    assert "[right" in played(compile_procedure(SOUND), verdict).failures[0]


def test_an_engine_that_lets_anybody_give_a_case_over_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handing, "roles_for", lambda command, at_work: at_work)
    verdict = proved(SOUND, "somebody_is_responsible")
    assert verdict.outcome == "broken"
    assert verdict.story is not None
    assert [step.verb for step in verdict.story.steps] == ["reassign"]
    assert "[right" in played(compile_procedure(SOUND), verdict).failures[0]
