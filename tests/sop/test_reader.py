"""A file is read strictly, and everything keeps its place. The catalogue of traps is in tests/definitions/bad."""

import pytest

from sop.problems import MOST_PROBLEMS, Tree, certain, did_you_mean
from sop.reader import LARGEST_FILE, read

TEXT = b"sop: care\nstates:\n  new:\n    title: New\n  old: {title: Old, tags: [a, b]}\n"


def tree() -> Tree:
    found = read("care.yaml", TEXT)
    assert isinstance(found, Tree)
    return found


def test_values_are_plain() -> None:
    assert tree().value == {
        "sop": "care",
        "states": {"new": {"title": "New"}, "old": {"title": "Old", "tags": ["a", "b"]}},
    }


def test_every_part_knows_its_line_and_column() -> None:
    places = {
        (): (1, 1),
        ("sop",): (1, 1),
        ("states", "new"): (3, 3),
        ("states", "new", "title"): (4, 5),
        ("states", "old", "tags"): (5, 21),
        ("states", "old", "tags", 1): (5, 31),
    }
    for path, place in places.items():
        problem = tree().problem(path, "x", "X.")
        assert (problem.line, problem.column) == place, path


def test_what_is_not_in_the_file_is_shown_at_the_nearest_part_that_is() -> None:
    problem = tree().problem(("states", "new", "final", 3), "x", "X.")
    assert (problem.line, problem.column) == (3, 3)
    assert tree().problem(("nowhere",), "x", "X.").line == 1


def test_all_problems_come_at_once_but_not_without_end() -> None:
    found = read("x.yaml", b"a: 012\nb: .inf\n1: c\nd: e\nd: f\n")
    assert isinstance(found, list)
    assert [p.code for p in found] == ["odd-number", "odd-number", "bad-key", "duplicate-key"]
    many = read("x.yaml", b"a: b\n" * 5_000)
    assert isinstance(many, list)
    assert len(many) <= MOST_PROBLEMS


def test_the_limit_of_the_file_is_exact() -> None:
    fits = b"a: b #" + b"x" * (LARGEST_FILE - 6)
    assert isinstance(read("x.yaml", fits), Tree)
    found = read("x.yaml", fits + b"x")
    assert isinstance(found, list)
    assert found[0].code == "too-large"


def test_a_near_name_is_suggested_and_otherwise_the_known_ones() -> None:
    assert did_you_mean("gardian", {"guardian", "doctor"}) == "Did you mean ‘guardian’?"
    assert did_you_mean("zzz", {"b", "a"}) == "Known here: a, b"
    assert did_you_mean("zzz", {f"n{i}" for i in range(20)}).endswith(", …")
    assert did_you_mean("zzz", set()) == ""


@pytest.mark.parametrize(
    ("written", "known", "meant"),
    [
        ("autority", {"authority", "guardian"}, "authority"),
        ("authoirty", {"authority"}, "authority"),
        ("presmued", {"presumed", "referred"}, "presumed"),
        ("competent_autority", {"competent_authority", "child_protection_authority"}, "competent_authority"),
        ("reflectoin_decison", {"reflection_decision"}, "reflection_decision"),
        ("decided", {"declined", "deciding"}, None),
        ("no", {"on"}, None),
        ("case_manager_a", {"case_manager", "case_manager_b"}, None),
        ("doctor", {"authority"}, None),
        ("anything", set(), None),
    ],
)
def test_only_a_slip_of_the_finger_is_certain(written: str, known: set[str], meant: str | None) -> None:
    assert certain(written, known) == (None if meant is None else (written, meant))
