"""What the engine makes without a check would pass the check: every decision of every shipped story is checked here."""

from datetime import datetime

import pytest
from pydantic import ValidationError

from cli.folders import SHIPPED, files_of
from sop.case import Actor, Case, Rung
from sop.commands import Command
from sop.decision import Decision, Refused
from sop.loader import load
from sop.procedure import Procedure, compile_procedure
from sop.shapes import made
from workshop import playing
from workshop.stories import tell_all


def checked(decision: Decision) -> Decision:
    """The same decision, read from its own parts as strictly as can be."""
    return Decision.model_validate(decision.model_dump(), strict=True)


def test_what_the_engine_makes_unchecked_passes_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Decision] = []
    real = playing.decide

    def listening(
        of: Procedure, case: Case | None, command: Command, actor: Actor, now: datetime
    ) -> Decision | Refused:
        outcome = real(of, case, command, actor, now)
        if isinstance(outcome, Decision):
            seen.append(outcome)
        return outcome

    monkeypatch.setattr(playing, "decide", listening)
    files = files_of(SHIPPED / "trm")
    tell_all(compile_procedure(load(files)), files)
    for decision in seen:
        again = checked(decision)
        assert again == decision
        assert again.model_dump_json() == decision.model_dump_json()
    kinds = {event.kind for decision in seen for event in decision.events}
    assert kinds > {"measure_recorded", "clock_started", "clock_met", "clock_missed", "reminder_sent", "state_entered"}


def test_a_part_that_does_not_fit_would_be_seen() -> None:
    with pytest.raises(ValidationError):
        Rung.model_validate(made(Rung, at="soon", kind="end").model_dump(warnings=False), strict=True)
