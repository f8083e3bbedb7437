"""Every right in every adaptation: proved; and what an overlay breaks is found, although most slices are those of the base."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest

from cli.folders import SHIPPED, files_of
from sop.loader import examine, found_of, load, overlays_in
from sop.model import Definition, Transition
from sop.procedure import compile_procedure
from workshop import path_proof, slices
from workshop.bounds import is_shortest, steps_of_people
from workshop.finding import Finder
from workshop.path_proof import looked_at
from workshop.playing import play
from workshop.proof import prove
from workshop.proof_findings import proof_findings
from workshop.slices import Slice
from workshop.verdicts import Verdict

FILES = files_of(SHIPPED / "trm")
COMPOSITIONS = overlays_in(FILES)
BASE = load(FILES)
SAMPLE = ("bg", "gb", "gr", "rs+labour", "child", "contingency")


@pytest.fixture(scope="module")
def verdicts() -> dict[str, list[Verdict]]:
    """Of the base, under an empty name, and of every composition after it, so that their slices are known already."""
    looked_at.cache_clear()
    found = {"": prove(compile_procedure(BASE, guarded=False))}
    former = {verdict.name: verdict for verdict in found[""]}
    for name in (*COMPOSITIONS, "rs+labour"):
        found[name] = prove(compile_procedure(load(FILES, name), guarded=False), former=former)
    return found


def test_there_are_two_and_twenty_countries_and_five_profiles() -> None:
    assert len(COMPOSITIONS) == 27


@pytest.mark.parametrize("name", ["", *COMPOSITIONS, "rs+labour"])
def test_every_right_of_every_composition_is_proved(verdicts: dict[str, list[Verdict]], name: str) -> None:
    assert [(v.name, v.why) for v in verdicts[name] if v.outcome != "proved"] == []
    assert len(verdicts[name]) == len(BASE.rights)


def test_most_slices_are_those_of_the_base(verdicts: dict[str, list[Verdict]]) -> None:
    """Otherwise this test would show nothing about slices that are not looked at again."""
    assert verdicts
    told = looked_at.cache_info()
    assert told.hits > 5 * told.misses


@pytest.mark.parametrize("name", SAMPLE)
def test_what_is_known_of_a_slice_is_what_looking_again_would_say(
    verdicts: dict[str, list[Verdict]], name: str
) -> None:
    former = verdicts.get(name) or prove(compile_procedure(load(FILES, name), guarded=False))
    looked_at.cache_clear()
    assert prove(compile_procedure(load(FILES, name), guarded=False)) == former


BROKEN: dict[str, tuple[str, str, str]] = {
    "assistance_never_depends_on_testimony": (
        "al",
        "transitions:\n  first_assistance.complete_assistance:\n    needs: [{consent: testimony}]\n",
        "depends on ‘consent:testimony’",
    ),
    "end_of_reflection_ends_no_help": (
        "hr",
        "transitions:\n  first_assistance.complete_assistance:\n    needs: [{ended: identification.reflection}]\n",
        "depends on ‘clock:identification.reflection’",
    ),
    "no_clock_decides": (
        "si",
        "adds:\n  clocks:\n    identification.given_up:\n      title: Given up\n      period: 90 days\n"
        "      starts: {entering: deciding}\n      at-end: {takes: do_not_confirm}\n",
        "takes ‘take:identification.do_not_confirm’ by itself",
    ),
    "reflection_is_counted": (
        "al",
        "adds:\n  measures:\n    identification.shelter: {title: Shelter, what: A home, when: At once, who: [case_manager], how: [Find one]}\n",
        "",
    ),
}
NOT_FOR = "      not-for: {fact: case.child, instead: shelter, because: Children are sheltered}\n      source:\n"
"""Three statements are in reach of an overlay. It adds conditions, measures and clocks, and never takes a condition or a
second person away; what it says about lengths and reasons stops at the floor of the base."""


def overlaid(name: str) -> tuple[dict[str, bytes], str]:
    """The shipped files with one overlay that breaks the right."""
    overlay, more, _ = BROKEN[name]
    file = f"overlays/{overlay}.yaml"
    text = FILES[file].decode()
    if name == "reflection_is_counted":
        assert "      source:\n" in text
        text = text.replace("      source:\n", NOT_FOR, 1)
    return FILES | {file: f"{text}\n{more}".encode()}, overlay


@pytest.mark.parametrize("name", BROKEN)
def test_an_overlay_that_breaks_a_right_is_found_and_refused(verdicts: dict[str, list[Verdict]], name: str) -> None:
    assert verdicts, "everything that is sound is known already"
    files, overlay = overlaid(name)
    definition, problems = examine(files, overlay)
    assert definition is not None, problems
    verdict = {v.name: v for v in prove(compile_procedure(definition, guarded=False))}[name]
    assert verdict.outcome == "broken"
    assert BROKEN[name][2] in verdict.why
    assert verdict.story is not None
    assert play(compile_procedure(definition, guarded=False), verdict.story).failures == []
    assert play(compile_procedure(definition), verdict.story).failures != []
    shorter = [verdict.story.model_copy(update={"steps": rest}) for rest in without_one(verdict.story.steps)]
    alone = definition.model_copy(update={"rights": {name: definition.rights[name]}})
    for story in shorter:
        free = play(compile_procedure(definition, guarded=False), story).failures
        assert free or not play(compile_procedure(alone), story).failures, "a step could be left out"
    base = [v for v in prove(compile_procedure(load(files), guarded=False)) if v.outcome != "proved"]
    assert base == [], "it is the overlay that breaks it"


def without_one(steps: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """Without a step, but for one that is refused: it shows how it was before."""
    for number, step in enumerate(steps):
        if step.refused is None:
            yield (*steps[:number], *steps[number + 1 :])


def test_the_finding_names_the_file_of_the_overlay_and_the_command_for_its_story() -> None:
    files, overlay = overlaid("end_of_reflection_ends_no_help")
    found = found_of(files, overlay)
    assert found.definition is not None
    (problem,) = proof_findings(found.definition, found.trees)
    assert f"at overlays/{overlay}.yaml:" in problem.message or "at first_assistance.yaml:" in problem.message
    assert problem.help.endswith(f"--right end_of_reflection_ends_no_help --overlay permit+{overlay}.")


def weakened(definition: Definition, sop: str, move: str, place: int) -> Definition:
    """Without one condition of a transition: no overlay can say this, but a mistake in composing could do it."""
    changed = definition.sops[sop]
    transition: Transition = changed.transitions[move]
    needs = tuple(need for number, need in enumerate(transition.needs) if number != place)
    moves = changed.transitions | {move: transition.model_copy(update={"needs": needs})}
    sops = definition.sops | {sop: changed.model_copy(update={"transitions": moves})}
    return definition.model_copy(update={"sops": sops})


PLACES = range(len(BASE.sops["return"].transitions["depart"].needs))
LEAVING = [
    name for name, right in BASE.rights.items() if right.whenever and "return.travelling" in right.whenever.entering
]


@pytest.fixture
def glancing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is looked at closely, and no story is sought: what is doubted at the first look stays unproved."""
    monkeypatch.setattr(path_proof, "_story", lambda *asked: None)
    monkeypatch.setattr(path_proof, "MOST_FOLLOWED", 0)


def doubted(definition: Definition) -> set[str]:
    finder = Finder(compile_procedure(definition, guarded=False))
    found = (path_proof.path_verdict(finder, name, definition.rights[name]) for name in LEAVING)
    return {verdict.name for verdict in found if verdict.outcome != "proved"}


@pytest.mark.usefixtures("glancing")
def test_a_condition_that_an_adaptation_lost_is_noticed_although_the_base_is_known() -> None:
    """For each condition of departing; and what is doubted then is what a search anew doubts."""
    lost = [weakened(load(FILES, "gr"), "return", "depart", place) for place in PLACES]
    assert doubted(BASE) == set()
    known = [doubted(definition) for definition in lost]
    for place in PLACES[::5]:
        looked_at.cache_clear()
        assert doubted(lost[place]) == known[place]
    assert set().union(*known) == set(LEAVING), "each right of departing stands on a condition"


@pytest.mark.usefixtures("glancing")
def test_a_key_that_is_blind_to_conditions_would_miss_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control."""

    def blind(self: Slice) -> str:
        return f"{sorted(self.variables)} {sorted(self.steps)} {self.step}"

    monkeypatch.setattr(Slice, "key", property(blind))
    looked_at.cache_clear()
    assert doubted(BASE) == set()
    lost = [weakened(load(FILES, "gr"), "return", "depart", place) for place in PLACES]
    assert [doubted(definition) for definition in lost] == [set()] * len(lost)
    looked_at.cache_clear()


def test_everything_in_a_slice_counts_for_its_key() -> None:
    finder = Finder(compile_procedure(BASE, guarded=False))
    right = BASE.rights["no_return_against_best_interests"]
    variables = {"state:identification", "state:return", "clock:identification.case_manager_due", "fact:case.age_group"}
    seen = finder.slices.of(variables, exact=True, step="take:return.depart", stated=right.needs)
    for field in dataclasses.fields(Slice):
        other = "another" if field.name == "step" else type(getattr(seen, field.name))()
        assert getattr(seen, field.name) != other, f"{field.name} is empty here, and shows nothing"
        assert dataclasses.replace(seen, **{field.name: other}) != seen, field.name
    for name, step in seen.steps.items():
        for field in dataclasses.fields(step):
            value = getattr(step, field.name)
            if value:
                changed = dataclasses.replace(step, **{field.name: None if field.name == "state" else ()})
                assert dataclasses.replace(seen, steps=seen.steps | {name: changed}) != seen, (name, field.name)


def test_words_do_not_count_for_the_key() -> None:
    finder = Finder(compile_procedure(BASE, guarded=False))
    right = BASE.rights["receiver_has_accepted"]
    seen = finder.slices.of({"state:return"}, exact=False, step="take:return.depart", stated=right.needs)
    said = tuple(need.model_copy(update={"because": "For another reason"}) for need in right.needs)
    assert finder.slices.of({"state:return"}, exact=False, step="take:return.depart", stated=said) == seen
    assert slices.WORDS


def test_a_story_that_breaks_the_base_is_told_of_the_adaptations_too() -> None:
    definition = weakened(BASE, "return", "depart", 1)
    (broken,) = (v for v in prove(compile_procedure(definition, guarded=False)) if v.outcome == "broken")
    adapted = weakened(load(FILES, "rs"), "return", "depart", 1)
    (again,) = prove(compile_procedure(adapted, guarded=False), only=broken.name, former={broken.name: broken})
    assert again.story == broken.story
    assert is_shortest(compile_procedure(definition), broken)
    assert broken.story is not None
    assert steps_of_people(broken.story) > 1
    assert not is_shortest(compile_procedure(adapted), again), "nobody has looked whether it is the shortest there"
    (whole,) = prove(
        compile_procedure(load(FILES, "rs"), guarded=False), only=broken.name, former={broken.name: broken}
    )
    assert whole.outcome == "proved", "the story of another procedure breaks nothing here"
