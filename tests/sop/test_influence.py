"""What each step reads and writes, and how an influence passes from step to step."""

from collections.abc import Callable

from sop.influence import chains, read_by, steps_of
from sop.loader import load

Files = Callable[..., dict[str, bytes]]


def test_a_step_reads_its_conditions_and_the_facts_of_its_clocks(mini_files: Files) -> None:
    steps = steps_of(load(mini_files()))
    rest = steps["take:care.rest"]
    assert rest.entering == "care.resting"
    assert {"done:check", "consent:help", "fact:plan.length", "fact:plan.begun", "fact:plan.nap"} == rest.reads
    assert {"state:care", "clock:care.rest", "clock:care.nap", "clock:care.visits"} == rest.writes
    assert steps["take:work.open"].reads == {"state:care"}
    assert steps["do:verdict"].writes == {
        "done:verdict",
        "settled:verdict",
        "fact:verdict.good",
        "fact:verdict.wish",
        "fact:case.wish",
    }
    assert steps["tell:went_missing"].writes == {"fact:case.missing"}


def test_a_step_that_a_clock_takes_depends_on_the_clock(mini_files: Files) -> None:
    assert "clock:care.nap" in steps_of(load(mini_files()))["take:care.doze"].reads


def test_a_derived_fact_is_followed_back_to_what_it_is_made_of(mini_files: Files) -> None:
    definition = load(mini_files(("      - {consent: help}\n", "      - {fact: case.child, is: true}\n")))
    needs = definition.sops["care"].transitions["rest"].needs
    assert {variable for need in needs for variable in read_by(need, definition)} == {"done:check", "fact:case.age"}


def test_an_influence_passes_on_by_what_a_step_makes_of_it(mini_files: Files) -> None:
    definition = load(mini_files())
    found = chains(definition, steps_of(definition), frozenset({"consent:help"}))
    assert found["take:care.rest"] == ("consent:help",)
    assert found["take:work.open"] == ("consent:help", "take:care.rest"), "work opens only where care has come to rest"
    assert found["take:care.doze"] == ("consent:help", "take:care.rest"), "the clock that takes it is started there"
    assert "do:talk" not in found


def test_an_influence_does_not_pass_on_by_what_anybody_may_tell(mini_files: Files) -> None:
    asks = ("  hire: {title: Hire, from: looking, to: hired, by: [case_manager], needs: [{settled: contract}]}",
            "  hire: {title: Hire, from: looking, to: hired, by: [case_manager], needs: [{fact: case.wish, is: stay}]}")  # fmt: skip
    definition = load(mini_files(asks))
    found = chains(definition, steps_of(definition), frozenset({"done:check"}))
    assert "do:verdict" in found, "the verdict, which sets the wish, needs the check"
    assert "take:work.hire" not in found
