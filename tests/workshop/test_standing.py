"""Where a case stands: told on the engine itself, by playing a story."""

from datetime import UTC, datetime

from sop.case import Actor
from sop.commands import Advance, OpenCase
from sop.decision import Decision
from sop.events import Entry
from sop.machine import decide
from sop.model import Definition
from sop.procedure import compile_procedure
from workshop.standing import standing

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ACTOR = Actor(id="demo-case_manager", roles=("case_manager",))


def test_a_case_is_where_it_stands_was_where_it_came_from_and_may_go_on(awkward: Definition) -> None:
    procedure = compile_procedure(awkward)
    opening = OpenCase(case_id="SCENARIO000", procedure=procedure.hash, country="AT", responsible=ACTOR.id)
    opened = decide(procedure, None, opening, ACTOR, NOW)
    assert isinstance(opened, Decision)
    moved = decide(procedure, opened.case, Advance(sop="stay", transition="begin"), ACTOR, NOW)
    assert isinstance(moved, Decision)
    past = [
        Entry(case_id="SCENARIO000", seq=n, at=NOW, actor="x", role="x", command="x", key=str(n), events=done.events)
        for n, done in enumerate((opened, moved))
    ]
    at = standing(procedure, moved.case, past, NOW)
    assert at.here == {"stay.sure"}
    assert at.been == {"stay.asked"}
    assert at.transitions == {"stay.leave", "journey.open"}
    assert standing(procedure, moved.case, [], NOW).been == frozenset()
