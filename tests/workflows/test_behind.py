"""The database is away: commands are accepted and durable, the answer says so, and the ledger catches up in order."""

import pytest

from sop.commands import GiveConsent, RecordFacts, WithdrawConsent
from store.awaited import Awaited
from store.cases import CaseLedger
from store.errors import DatabaseUnavailable
from workflows import bookkeeping
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

    noted = Awaited.note

    async def note(self, case_id, key):
        if state["away"]:
            raise DatabaseUnavailable("away")
        return await noted(self, case_id, key)

    monkeypatch.setattr(CaseLedger, "append", append)
    monkeypatch.setattr(Awaited, "note", note)
    monkeypatch.setattr(bookkeeping, "PATIENCE", 0.02)
    return state


async def test_a_command_is_accepted_while_the_database_is_away_and_recorded_later(desk, away):
    case_id = await desk.open()
    assert await desk.ledger.reached(case_id, 1)
    away["away"] = True
    await desk.send(case_id, GiveConsent(consent_id="c1", purpose="assistance"))
    for number in range(5):
        await desk.send(case_id, RecordFacts(facts={"age_group": "adult" if number % 2 else "unknown"}))
    assert (await desk.look(case_id)).seq == 7
    assert await desk.ledger.reached(case_id, 2, within=0.5) is None
    away["away"] = False
    assert await desk.ledger.reached(case_id, 7, within=15)
    assert [entry.seq for entry in await desk.ledger.entries(case_id)] == list(range(1, 8))
    after = await desk.send(case_id, WithdrawConsent(consent_id="c1"))
    assert await desk.ledger.reached(case_id, after.seq)


async def test_what_waits_for_the_database_is_bounded(desk, away):
    case_id = await desk.open()
    away["away"] = True
    with pytest.raises(EngineUnavailable):  # noqa: PT012 - which of them is refused is not the point
        for number in range(MOST_PENDING + 10):
            await desk.send(case_id, RecordFacts(facts={"age_group": "adult" if number % 2 else "unknown"}))
    away["away"] = False
    assert await desk.ledger.reached(case_id, (await desk.look(case_id)).seq, within=30)


async def test_a_database_that_goes_away_between_note_and_line_gets_the_line_later(desk, away, monkeypatch):
    case_id = await desk.open()
    with monkeypatch.context() as patch:

        async def gone(self, writes):
            raise ConnectionError("the database is away")

        patch.setattr(CaseLedger, "append", gone)
        await desk.send(case_id, GiveConsent(consent_id="c1", purpose="assistance"))
        assert await desk.ledger.reached(case_id, 2, within=0.2) is None
    assert await desk.ledger.reached(case_id, 2, within=15)
