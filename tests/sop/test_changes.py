"""The changes of all lines, put together again, are the case, to the byte."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic_core import to_json

from sop.changes import changes, put_together
from sop.commands import Nudge, Reassign, TellEvent, WithdrawConsent
from sop.decision import Decision

Story = Any


def lived(untold: Callable[..., Story], people: dict[str, Any]) -> tuple[list[str], Any]:
    """A life with everything in it that comes and goes: proposals, consents, clocks, a closing and a reopening."""
    lines: list[str] = []
    story = untold()
    ask = story.ask

    def noting(command: Any, actor: Any = None) -> Any:
        outcome = ask(command, actor) if actor else ask(command)
        if isinstance(outcome, Decision):
            lines.append(changes(story.case, outcome.case))
        return outcome

    story.ask = noting
    story.begin(wish="stay", age=17)
    story.rests(nap="2 days")
    story.do(Nudge(clock="care.rest"))
    story.do(Reassign(to="berta", reason="leave"), people["supervisor"])
    story.do(story.pause(), people["authority"])
    story.goes_on(days=2)
    story.do(story.resume(), people["authority"])
    story.do(story.end(), people["authority"])
    story.do(story.confirm(), people["supervisor"])
    story.goes_on(days=60)
    story.do(WithdrawConsent(consent_id="k1"))
    story.do(TellEvent(event="closed", reason="completed"), people["supervisor"])
    story.do(TellEvent(event="reopened"), people["supervisor"])
    return lines, story.case


def test_a_life_is_put_together_from_its_lines(untold: Callable[..., Story], people: dict[str, Any]) -> None:
    lines, case = lived(untold, people)
    assert len(lines) > 15
    assert to_json(put_together(lines)) == to_json(case)


def test_only_what_changed_is_said(untold: Callable[..., Story], people: dict[str, Any]) -> None:
    lines, _ = lived(untold, people)
    assert len(lines[0]) > 3 * min(len(line) for line in lines[1:])
    assert '"proposals":{"p' in "".join(lines)
    assert any('"proposals":{"p' in line and ":null}" in line for line in lines), "what has gone is said too"


def test_a_line_that_is_left_out_is_noticed(untold: Callable[..., Story], people: dict[str, Any]) -> None:
    """The control: what the last line to speak of a thing says is nowhere else."""
    lines, case = lived(untold, people)
    last = max(number for number, line in enumerate(lines) if '"consents"' in line)
    for number in (last, len(lines) - 1):
        assert to_json(put_together(lines[:number] + lines[number + 1 :])) != to_json(case), number


def test_no_lines_are_no_case() -> None:
    with pytest.raises(ValueError, match="no lines"):
        put_together([])
