"""A mistake hides nothing that stands elsewhere, and nothing is said of what only seems to be missing."""

from collections.abc import Callable

import pytest

from sop.loader import examine, look
from sop.problems import Problem

Files = Callable[..., dict[str, bytes]]

ELSEWHERE = ("by: [case_manager], needs: [{settled: contract}]", "by: [case_manger], needs: [{settled: contract}]")
"""A wrong role in work.yaml."""


def codes(problems: list[Problem]) -> set[tuple[str, str]]:
    return {(problem.file, problem.code) for problem in problems}


BROKEN: dict[str, tuple[list[tuple[str, str]], set[tuple[str, str]]]] = {
    "a shape in a measure": ([("title: First talk\n    what", "titel: First talk\n    what")], {("care.yaml", "unknown-key")}),
    "another key in place of one": ([("title: First talk\n    what", "remark: First talk\n    what")], {("care.yaml", "unknown-key"), ("care.yaml", "missing-key")}),
    "a state without its title": ([("resting: {title: Resting}", "resting: {}")], {("care.yaml", "missing-key")}),
    "a clock that is none": ([("deadline: {at-most: 20 days, set-by: plan.limit}", "deadline: soon")], {("care.yaml", "bad-duration")}),
    "a key of the SOP": ([("initial: new\n", "initial: new\ninitials: new\n")], {("care.yaml", "unknown-key")}),
    "a key that is missing in the SOP": ([("title: Care\n", "")], {("care.yaml", "missing-key")}),
    "an empty value in a measure": ([("    when: Before resting\n", "    when:\n")], {("care.yaml", "empty-value")}),
    "a measure with nothing in it": ([("  visit:\n    title: Visit\n", "  visit:\n  other:\n    title: Visit\n")], {("care.yaml", "empty-value")}),
    "an odd number": ([("at-most: 2}", "at-most: 02}")], {("care.yaml", "odd-number")}),
    "a measure twice": ([("measures:\n  talk:", "measures:\n  talk: {title: Talk}\n  talk:")], {("care.yaml", "duplicate-key")}),
    "a file that is no YAML": ([("sop: care\n", "sop: care\n\tx: y\n")], {("care.yaml", "not-yaml")}),
    "a file with a hidden character": ([("sop: care\n", "sop: ca\u200bre\n")], {("care.yaml", "hidden-character")}),
    "a head that is no YAML": ([("title: A small procedure\n", "title: [A small procedure\n")], {("procedure.yaml", "not-yaml")}),
    "a head without roles": ([("roles:\n", "rolls:\n")], {("procedure.yaml", "unknown-key"), ("procedure.yaml", "missing-key")}),
    "a head with a bad fact": ([("wish: {title: Wish,", "wish: {tittle: Odd, title: Wish,")], {("procedure.yaml", "unknown-key")}),
    "an instrument that is no YAML": ([("instrument: danger\nversion", "instrument: [danger\nversion")], {("instruments/danger.yaml", "not-yaml")}),
    "an instrument with a bad level": ([("{level: slight}]", "{levle: slight}]")], {("instruments/danger.yaml", "unknown-key")}),
}  # fmt: skip


def spelled(files: Files, changes: list[tuple[str, str]]) -> dict[str, bytes]:
    found = files()
    for old, new in changes:
        names = [name for name, content in found.items() if old.encode() in content]
        assert names, old
        found[names[0]] = found[names[0]].replace(old.encode(), new.encode(), 1)
    return found


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_told_and_nothing_that_only_follows_from_it(mini_files: Files, name: str) -> None:
    changes, wanted = BROKEN[name]
    definition, problems = examine(spelled(mini_files, changes))
    assert definition is None
    assert codes(problems) == wanted, problems


@pytest.mark.parametrize("name", [name for name in BROKEN if "head" not in name])
def test_a_mistake_elsewhere_is_told_as_well(mini_files: Files, name: str) -> None:
    changes, wanted = BROKEN[name]
    _, problems = examine(spelled(mini_files, [*changes, ELSEWHERE]))
    assert codes(problems) == wanted | {("work.yaml", "no-such-role")}


@pytest.mark.parametrize("name", ["a head with a bad fact"])
def test_a_head_that_is_understood_in_part_still_knows_its_roles(mini_files: Files, name: str) -> None:
    changes, wanted = BROKEN[name]
    _, problems = examine(spelled(mini_files, [*changes, ELSEWHERE]))
    assert codes(problems) == wanted | {("work.yaml", "no-such-role")}


def test_a_head_that_cannot_be_read_may_have_any_role_but_a_state_is_still_known(mini_files: Files) -> None:
    changes, wanted = BROKEN["a head that is no YAML"]
    nowhere = ("state: {care: [resting, decided]}", "state: {care: [restin, decided]}")
    _, problems = examine(spelled(mini_files, [*changes, ELSEWHERE, nowhere]))
    assert codes(problems) == wanted | {("work.yaml", "no-such-state")}


def test_every_mistake_of_every_file_comes_in_one_go(mini_files: Files) -> None:
    changes = [
        ("title: First talk\n    what", "titel: First talk\n    what"),
        ("to: decided\n", "to: decidd\n"),
        ('version: "1"\ntitle: A small', "version: 1\ntitle: A small"),
        ("{level: grave, critical: 1}", "{level: grave, critical: 1}, {level: grave}"),
        ELSEWHERE,
    ]
    _, problems = examine(spelled(mini_files, changes))
    assert codes(problems) >= {
        ("care.yaml", "unknown-key"),
        ("procedure.yaml", "wrong-type"),
        ("instruments/danger.yaml", "defined-twice"),
        ("work.yaml", "no-such-role"),
    }


def test_what_follows_from_absence_waits_until_everything_is_understood(mini_files: Files) -> None:
    """A rule that nothing seems to hold may be held by the part that nobody understands."""
    held = ("needs: [{not: {running: care.rest}, rule: R1}]", "needs: [{not: {running: care.rest}}]")
    _, alone = examine(spelled(mini_files, [held]))
    assert ("procedure.yaml", "rule-not-held") in codes(alone)
    _, together = examine(spelled(mini_files, [held, ("title: First talk\n    what", "titel: First talk\n    what")]))
    assert ("procedure.yaml", "rule-not-held") not in codes(together)


@pytest.mark.parametrize(
    ("slip", "wanted"),
    [
        (("to: resting", "to: restign"), "no-such-state"),
        (("resting: {title: Resting}", "restign: {title: Resting}"), "no-such-state"),
        (("starts: [rest]", "starts: [rset]"), "no-such-clock"),
    ],
)
def test_a_misspelt_name_is_told_without_what_only_follows_from_it(
    mini_files: Files, slip: tuple[str, str], wanted: str
) -> None:
    _, problems = examine(spelled(mini_files, [slip]))
    assert {code for file, code in codes(problems) if file == "care.yaml"} == {wanted}


def test_what_is_out_of_reach_is_told_beside_a_slip_that_has_nothing_to_do_with_it(mini_files: Files) -> None:
    lonely = ("states:\n  new: {title: New}\n", "states:\n  new: {title: New}\n  lonely: {title: Lonely}\n")
    _, problems = examine(spelled(mini_files, [lonely, ELSEWHERE]))
    assert {("care.yaml", "unreachable-state"), ("work.yaml", "no-such-role")} <= codes(problems)
    _, hidden = examine(spelled(mini_files, [lonely, ("to: resting", "to: restign")]))
    assert ("care.yaml", "unreachable-state") not in codes(hidden)


def test_places_are_kept_for_whoever_looks_further(mini_files: Files) -> None:
    found = look(mini_files())
    assert found.definition is not None
    assert set(found.trees) == {"", "care", "work", "instruments.danger"}
