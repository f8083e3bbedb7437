"""A move where a clock has several laws by their dates: it counts by the law of the day from which it counts."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sop.case import Actor
from sop.commands import Adopt, SetClock
from sop.decision import Decision
from sop.loader import load
from sop.machine import decide
from sop.procedure import Procedure, compile_procedure

HEAD = """\
overlay: rs
version: "{version}"
title: Serbia
country: RS
calendar: {{zone: Europe/Belgrade, source: {{document: A list, evidence: K}}}}
clocks:
"""
FIRST = """\
  care.rest:
    - period: {at-least: 60 days, set-by: plan.length}
      source: {law: Old law, evidence: V, in-force-from: 2020-01-01}
  care.talk_due:
    - deadline: 20 hours
      source: {law: Old law, evidence: V, in-force-from: 2020-01-01}
"""
SECOND = """\
  care.rest:
    - period: {at-least: 90 days, set-by: plan.length}
      source: {law: New law, evidence: V, in-force-from: 2026-03-10}
    - period: {at-least: 60 days, set-by: plan.length}
      source: {law: Old law, evidence: V, in-force-from: 2020-01-01, until: 2026-03-09}
  care.talk_due:
    - deadline: 10 hours
      source: {law: New law, evidence: V, in-force-from: 2026-03-10}
    - deadline: 20 hours
      source: {law: Old law, evidence: V, in-force-from: 2020-01-01, until: 2026-03-09}
"""


@pytest.fixture
def serbia(mini_files: Callable[..., dict[str, bytes]]) -> Callable[[str, str], Procedure]:
    def made(version: str, body: str) -> Procedure:
        overlay = (HEAD.format(version=version) + body).encode()
        return compile_procedure(load(mini_files() | {"overlays/rs.yaml": overlay}, "rs"))

    return made


def moved(story: Any, to: Procedure) -> Any:
    coordinator = Actor(id="cora", roles=("coordinator",))
    outcome = decide(story.procedure, story.case, Adopt(procedure=to.hash), coordinator, story.now, to)
    assert isinstance(outcome, Decision), outcome
    return outcome.case


@pytest.mark.parametrize(("day", "rest", "talk"), [(9, "60 days", "20 hours"), (10, "90 days", "10 hours")])
def test_a_clock_counts_on_by_the_law_of_its_day(serbia, untold, day: int, rest: str, talk: str) -> None:
    story = untold(serbia("1", FIRST), now=datetime(2026, 3, day, 9, tzinfo=UTC)).begin("RS").rests()
    story.now += timedelta(hours=2)
    case = moved(story, serbia("2", SECOND))
    assert (str(case.clocks["care.rest"].budget), str(case.clocks["care.talk_due"].budget)) == (rest, talk)
    if day == 9:
        assert case.clocks["care.rest"].due == story.clock("rest").due
        assert case.clocks["care.talk_due"].due == story.clock("talk_due").due


@pytest.mark.parametrize(("day", "length"), [(9, "60 days"), (10, "90 days")])
def test_a_repair_counts_by_the_law_of_its_anchor(serbia, untold, people, day: int, length: str) -> None:
    story = untold(serbia("2", SECOND), now=datetime(2026, 3, 12, 9, tzinfo=UTC)).begin("RS")
    anchor = datetime(2026, 3, day, 9, tzinfo=UTC)
    story.do(SetClock(clock="care.rest", anchor=anchor, note="why"), people["supervisor"])
    story.do(story.confirm(), Actor(id="sam", roles=("supervisor",)))
    assert str(story.clock("rest").budget) == length
