"""From files to a definition; what the hash sees and what it does not."""

from collections.abc import Callable

import pytest

from sop.loader import content_hash, examine, load
from sop.model import Definition
from sop.problems import DefinitionInvalid
from sop.procedure import compile_procedure

Files = Callable[..., dict[str, bytes]]


def test_good_files_are_a_definition_without_findings(mini_files: Files) -> None:
    definition, problems = examine(mini_files())
    assert problems == []
    assert definition is not None
    assert list(definition.sops) == ["care", "work"]


def test_bad_files_raise_with_every_problem(mini_files: Files) -> None:
    with pytest.raises(DefinitionInvalid) as found:
        load(mini_files(("initial: new", "initial: neww"), ("who: [authority]", "who: [autority]")))
    assert {p.code for p in found.value.problems} == {"no-such-state", "no-such-role"}
    assert found.value.code == "definition_invalid"


def test_other_files_beside_a_procedure_are_no_part_of_it(mini_files: Files) -> None:
    beside = {"scenarios/one.yaml": b"\xff", "templates/x.yaml": b"\x00", "overlays/at.yaml": b"["}
    assert content_hash(load(mini_files() | beside)) == content_hash(load(mini_files()))


@pytest.mark.parametrize(
    "change",
    [("title: A small procedure\n", "title: A small procedure   # a comment\n"), ("roles:\n", "\n\nroles:\n"),
     ("title: Gone missing\n    by: [case_manager]\n", "by: [case_manager]\n    title: Gone missing\n"),
     ("deadline: 24 hours", "deadline: PT24H"), ("deadline: 24 hours", "deadline: {fixed: 24 hours}"),
     ("{type: text, title: Goal}", '{"type": "text", "title": "Goal"}')],
)  # fmt: skip
def test_comments_spacing_order_and_spelling_do_not_change_the_hash(mini_files: Files, change: tuple[str, str]) -> None:
    assert content_hash(load(mini_files(change))) == content_hash(load(mini_files()))


@pytest.mark.parametrize(
    "change",
    [("deadline: 24 hours", "deadline: 25 hours"), ("title: First talk\n    what", "title: Second talk\n    what"),
     ("by: [authority, case_manager]", "by: [authority]"), ('version: "1"\ntitle: A small', 'version: "2"\ntitle: A small'),
     ("{at: [1 month, 2 months]", "{at: [30 days, 2 months]")],
)  # fmt: skip
def test_whatever_the_procedure_says_changes_the_hash(mini_files: Files, change: tuple[str, str]) -> None:
    assert content_hash(load(mini_files(change))) != content_hash(load(mini_files()))


def test_a_definition_survives_json(mini_files: Files) -> None:
    definition = load(mini_files())
    again = Definition.model_validate_json(definition.model_dump_json(by_alias=True))
    assert again == definition
    assert content_hash(again) == content_hash(definition)


def test_the_published_hash_counts(mini_files: Files) -> None:
    definition = load(mini_files())
    assert compile_procedure(definition).hash == content_hash(definition)
    assert compile_procedure(definition, "f" * 64).hash == "f" * 64
