"""The database is away: commands are accepted and durable, the answer says so, and the ledger catches up in order."""

import asyncio

import pytest

from sop.commands import GiveConsent, RecordFacts, WithdrawConsent
from store.cases import CaseLedger
from workflows.case import MOST_PENDING
from workflows.errors import EngineUnavailable


@pytest.fixture
def away(monkeypatch):
    """Switch the database off and on."""
    real = CaseLedger.append
    state = {"away": False}

    async def append(self, writes):
        if state["away"]:
            raise ConnectionError("the database is away")
        await real(self, writes)

    monkeypatch.setattr(CaseLedger, "append", append)
    return state


async def test_a_command_is_accepted_while_the_database_is_away_and_recorded_later(desk, away):
    case_id = await desk.open()
    away["away"] = True
    first = await desk.send(case_id, GiveConsent(consent_id="c1", purpose="assistance"))
    assert not first.recorded
    for number in range(5):
        receipt = await desk.send(case_id, RecordFacts(facts={"age_group": "adult" if number % 2 else "unknown"}))
        assert not receipt.recorded
    assert (await desk.look(case_id)).seq == 7
    recorded = await desk.ledger.get(case_id)
    assert recorded is not None
    assert recorded.seq == 1
    away["away"] = False
    assert await recorded_up_to(desk, case_id, 7)
    assert [entry.seq for entry in await desk.ledger.entries(case_id)] == list(range(1, 8))
    after = await desk.send(case_id, WithdrawConsent(consent_id="c1"))
    assert after.recorded


async def test_what_waits_for_the_database_is_bounded(desk, away):
    case_id = await desk.open()
    away["away"] = True
    with pytest.raises(EngineUnavailable):
        for number in range(MOST_PENDING + 10):
            await desk.send(case_id, RecordFacts(facts={"age_group": "adult" if number % 2 else "unknown"}))
    away["away"] = False
    assert await recorded_up_to(desk, case_id, (await desk.look(case_id)).seq)


async def recorded_up_to(desk, case_id: str, seq: int) -> bool:
    for _ in range(150):
        recorded = await desk.ledger.get(case_id)
        if recorded is not None and recorded.seq == seq:
            return True
        await asyncio.sleep(0.1)
    return False
