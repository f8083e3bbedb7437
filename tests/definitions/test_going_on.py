"""In no shipped story does a case come to a stand that no step leads out of, for as long as it is open."""

import pytest

from cli.folders import SHIPPED, files_of
from sop.decision import Decision
from sop.machine import possible
from sop.outlook import halted, lost
from sop.procedure import Procedure
from workshop.playing import Player
from workshop.stories import tell_all


def test_no_case_of_a_shipped_story_is_ever_halted(shipped: Procedure, monkeypatch: pytest.MonkeyPatch) -> None:
    keep, seen = Player._keep, []

    def watched(player: Player, decision: Decision) -> None:
        keep(player, decision)
        case = player.case
        assert case is not None
        found = halted(player.procedure, case, possible(player.procedure, case, player.now))
        assert found is None, (player.scenario.scenario, found, [sop for sop in case.sops if lost(shipped, case, sop)])
        seen.append(case.seq)

    monkeypatch.setattr(Player, "_keep", watched)
    told = tell_all(shipped, files_of(SHIPPED / "trm"))
    assert all(not player.failures for player in told.players.values())
    assert len(seen) > 500
