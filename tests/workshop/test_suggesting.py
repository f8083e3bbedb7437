"""Suggested stories: each one plays, each covers what it says, and none has a step too many."""

import re
from dataclasses import replace

import pytest

from cli.folders import SHIPPED, files_of
from sop.loader import load
from sop.procedure import Procedure, compile_procedure
from workshop.coverage import everything
from workshop.seeking import seek
from workshop.stories import tell_all
from workshop.suggesting import Suggestion, Suggestions, in_words, suggest


def always() -> bool:
    return True


def silent(part: str) -> None:
    assert part


@pytest.fixture(scope="module")
def suggestions(shipped: Procedure) -> Suggestions:
    """For a procedure without any story: a sample of the parts of every kind, the easy and the hard ones."""
    parts = sorted(everything(shipped))[::21]
    return suggest(shipped, parts, always, silent)


def covers(suggestion: Suggestion) -> list[str]:
    return re.findall(r"^# covers: (.+)$", suggestion.text, re.MULTILINE)


def test_every_suggestion_plays_and_covers_what_it_says(shipped: Procedure, suggestions: Suggestions) -> None:
    assert len(suggestions.files) > 12
    for one in suggestions.files:
        told = tell_all(shipped, {f"scenarios/{one.file}": one.text.encode()})
        assert told.problems == [], one.text
        (player,) = told.players.values()
        assert player.failures == [], one.text
        assert covers(one) == list(one.covers)
        assert one.part in one.covers
        assert set(one.covers) <= player.visited, one.text


def test_nearly_everything_is_found_and_the_rest_is_named(shipped: Procedure, suggestions: Suggestions) -> None:
    sought = set(sorted(everything(shipped))[::21])
    found = {part for one in suggestions.files for part in one.covers}
    assert found | set(suggestions.left) >= sought
    assert len(suggestions.left) <= 5, "what lies deep behind the rights of a return is not found yet"


def test_no_step_can_be_left_out_of_a_suggestion(shipped: Procedure, suggestions: Suggestions) -> None:
    for one in suggestions.files[:20]:
        lines = one.text.splitlines()
        first = lines.index("steps:") + 1
        for left_out in range(first, len(lines) - 1):
            text = "\n".join(line for number, line in enumerate(lines[:-1]) if number != left_out)
            if not text.endswith("steps:"):
                told = tell_all(shipped, {"scenarios/x.yaml": text.encode()})
                (player,) = told.players.values()
                assert player.failures or one.part not in player.visited, f"{lines[left_out]} in {one.text}"


def test_the_shortest_come_first_and_no_two_say_the_same(suggestions: Suggestions) -> None:
    lengths = [one.steps for one in suggestions.files]
    assert lengths == sorted(lengths)
    named = [part for one in suggestions.files for part in one.covers]
    assert len(named) == len(set(named))


def test_a_story_that_stands_for_several_parts_is_sought_once(shipped: Procedure) -> None:
    parts = ["transition:return.open", "state:return.considering"]
    found = suggest(shipped, parts, always, silent)
    assert [one.covers for one in found.files] == [tuple(sorted(parts))]


def test_a_condition_that_contradicts_itself_is_given_up(shipped: Procedure) -> None:
    assert seek(shipped, "holds:return.depart#3.then.1", "AT") is None


def test_when_time_is_up_what_is_left_is_named(shipped: Procedure) -> None:
    answers = iter([True, True])
    found = suggest(shipped, ["state:return.travelling", "state:return.arrived"], lambda: next(answers, False), silent)
    assert found.files == ()
    assert found.left == ("state:return.travelling", "state:return.arrived")


def test_nothing_is_found_where_the_procedure_has_no_way() -> None:
    files = files_of(SHIPPED / "trm")
    closed = files["return.yaml"].replace(
        b"    from: travelling\n    to: arrived", b"    from: arrived\n    to: completed"
    )
    procedure = compile_procedure(load(files | {"return.yaml": closed}))
    assert seek(procedure, "state:return.considering", "AT") is not None
    shut = replace(procedure, moves={name: move for name, move in procedure.moves.items() if name != "return.depart"})
    assert seek(shut, "state:return.travelling", "AT") is None


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("state:return.travelling", "‘On the way’ is reached"),
        ("clock-missed:return.arrival_due", "‘Arrival confirmed’ passes with nothing done"),
        ("event:died", "‘The person has died’ is told"),
        ("fails:return.depart#1", "‘Depart’ is tried while its condition {not: {running: identification.reflection}} does not hold"),
        ("holds:return.depart#3.when", "‘Depart’ is tried while its condition {when: {case.missing: true}} holds"),
    ],
)  # fmt: skip
def test_a_part_is_said_in_words(shipped: Procedure, part: str, said: str) -> None:
    assert in_words(shipped, part) == said
