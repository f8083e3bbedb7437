"""Suggested stories: each one plays, each covers what it says, and none has a step too many."""

import re
from dataclasses import replace

import pytest

from cli.folders import SHIPPED, files_of
from sop.conditions import Fact, Not
from sop.loader import load
from sop.procedure import Procedure, compile_procedure
from workshop.coverage import everything
from workshop.playing import play
from workshop.scenarios import Given, Scenario
from workshop.seeking import BEGINS, seek
from workshop.stories import tell_all
from workshop.suggesting import Suggestion, Suggestions, in_words, suggest
from workshop.ways import Ways


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
    assert len(suggestions.left) <= 2


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
    assert seek(procedure, "clock-met:return.arrival_due", "AT") is not None
    shut = replace(procedure, moves={name: move for name, move in procedure.moves.items() if name != "return.depart"})
    assert seek(shut, "state:return.travelling", "AT") is None


def unasked(file: str, old: str, new: str) -> Procedure:
    """The shipped procedure where a SOP does not ask for what a right demands all the same."""
    files = files_of(SHIPPED / "trm")
    assert old in files[file].decode()
    return compile_procedure(load(files | {file: files[file].decode().replace(old, new, 1).encode()}))


STATED = "        fact: rights_explained.non_punishment_explained\n        is: true\n"


def test_what_a_right_demands_is_done_first_although_no_sop_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    procedure = unasked("proceedings.yaml", STATED, "        consent: testimony\n")
    found = seek(procedure, "measure:statement", "AT")
    assert found is not None
    explained = [step.fields for step in found.steps if step.record == "rights_explained"]
    assert explained == [{"non_punishment_explained": True}]
    monkeypatch.setattr(Ways, "possible", lambda ways, needs, step: ways.holding(needs))
    assert seek(procedure, "measure:statement", "AT") is None, "who does not know the right does not come there"


def test_what_a_right_bars_as_it_is_written_is_given_up() -> None:
    alone = unasked("identification.yaml", "    second-person: [supervisor]\n    reasons:", "    reasons:")
    assert seek(alone, "transition:identification.find_no_grounds", "AT") is None
    assert seek(alone, "transition:identification.do_not_confirm", "AT") is not None


def test_a_period_is_ended_early_for_a_reason_that_its_right_knows() -> None:
    procedure = unasked(
        "identification.yaml",
        "      reasons:\n        contact_",
        "      reasons:\n        unwilling: Unwilling\n        contact_",
    )
    found = seek(procedure, "clock-ended:identification.reflection", "AT")
    assert found is not None
    assert found.steps[-1].reason != "unwilling" or found.steps[-1].confirm


def test_a_fact_that_is_not_known_is_found_out_where_a_not_asks_about_it(shipped: Procedure) -> None:
    """Whether the person is a child follows from what is not so: what is unknown does not make it so."""
    case = play(shipped, Scenario.model_construct(given=Given(country="AT", at=BEGINS), steps=())).case
    assert case is not None
    ways = Ways(shipped, case, BEGINS)
    assert ways.hold(Not(not_=Fact(fact="age_assessment.lowest_age", at_least=18))).far > 0
    assert ways.fail(Fact(fact="age_assessment.lowest_age", at_least=18)).far == 0


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
