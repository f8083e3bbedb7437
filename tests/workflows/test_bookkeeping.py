"""Who sends a command writes its line; where the sender dies in between, the line is found and written all the same."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from sop.commands import Advance, GiveConsent, RecordFacts
from sop.decision import Receipt
from store import awaited
from store.awaited import Awaited, Note
from store.errors import DatabaseUnavailable
from worker import loaded_procedure
from workflows import latecomers
from workflows.bookkeeping import Bookkeeping
from workflows.case import CaseWorkflow
from workflows.client import CaseClient, workflow_id
from workflows.errors import CommandRefused
from workflows.latecomers import look

CONSENT = GiveConsent(consent_id="c1", purpose="assistance")


@pytest.fixture
def soon(monkeypatch):
    monkeypatch.setattr(awaited, "FIRST_LOOK", timedelta())


@pytest.fixture
def nobody_looks(monkeypatch):
    monkeypatch.setattr(latecomers, "EVERY", 3600.0)


class DyingDoor(Bookkeeping):
    """A door that is killed after the command was accepted and before its line is written."""

    async def after(self, receipt: Receipt):
        return None


class ForgetfulDoor(DyingDoor):
    """The same, and it promised to write without having noted that it would: the negative control."""

    async def note(self, case_id: str, key: str) -> Note | None:
        return Note(id="none", kept=0)


def door(desk, database, kind: type[Bookkeeping]):
    return replace(desk, client=CaseClient(desk.env.client, desk.client._queue, kind(database, loaded_procedure)))


async def noted(database) -> int:
    return int((await database.at_once("SELECT count(*) FROM awaited", ()))[0])


async def test_a_step_costs_five_events_and_its_line_is_there_when_it_is_answered(desk, database):
    case_id = await desk.open({"age_group": "adult"})
    handle = desk.env.client.get_workflow_handle_for(CaseWorkflow.run, workflow_id(case_id))
    before = len([event async for event in handle.fetch_history_events()])
    for number in range(10):
        accepted = await desk.send(case_id, RecordFacts(facts={"age_group": "adult" if number % 2 else "unknown"}))
        assert [entry.seq for entry in await desk.ledger.entries(case_id)][-1] == accepted.seq
    after = len([event async for event in handle.fetch_history_events()])
    assert after - before == 10 * 5
    assert await noted(database) == 0


async def test_a_line_whose_door_died_is_found_and_written(desk, database, soon):
    case_id = await desk.open()
    dying = door(desk, database, DyingDoor)
    for command in (CONSENT, RecordFacts(facts={"age_group": "child"})):
        await dying.send(case_id, command)
    assert await desk.ledger.reached(case_id, 3, within=10)
    assert [entry.seq for entry in await desk.ledger.entries(case_id)] == [1, 2, 3]
    for _ in range(50):
        if await noted(database) == 0:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("a note stays although its line is there")


async def test_a_case_whose_opening_nobody_wrote_down_is_found_too(desk, database, soon):
    case_id = await door(desk, database, DyingDoor).open()
    assert await desk.ledger.reached(case_id, 1, within=10)


async def test_without_the_note_the_line_of_a_dead_door_would_be_missing(desk, database, soon):
    """The negative control: the note is what makes it come."""
    case_id = await door(desk, database, ForgetfulDoor).open()
    assert await desk.ledger.reached(case_id, 1, within=3) is None
    await desk.send(case_id, CONSENT)
    assert [entry.seq for entry in await desk.ledger.entries(case_id)] == [1, 2]


async def test_the_next_door_writes_what_a_dead_one_left(desk, database, nobody_looks):
    case_id = await desk.open()
    await door(desk, database, DyingDoor).send(case_id, CONSENT)
    await desk.send(case_id, RecordFacts(facts={"age_group": "child"}))
    assert [entry.seq for entry in await desk.ledger.entries(case_id)] == [1, 2, 3]


async def test_a_repetition_writes_what_its_first_try_left(desk, database, nobody_looks):
    case_id = await desk.open()
    await door(desk, database, DyingDoor).send(case_id, CONSENT, key="again")
    assert (await desk.send(case_id, CONSENT, key="again")).seq == 2
    assert [entry.seq for entry in await desk.ledger.entries(case_id)] == [1, 2]


async def test_a_refused_command_leaves_no_note(desk, database):
    case_id = await desk.open()
    with pytest.raises(CommandRefused):
        await desk.send(case_id, Advance(sop="first_assistance", transition="reopen"))
    assert await noted(database) == 0


async def test_where_the_note_cannot_be_made_the_case_writes_its_line_itself(desk, database, nobody_looks, monkeypatch):
    case_id = await desk.open()
    with monkeypatch.context() as patch:

        async def away(self, case_id, key):
            raise DatabaseUnavailable("away")

        patch.setattr(Awaited, "note", away)
        await desk.send(case_id, CONSENT)
    assert await desk.ledger.reached(case_id, 2, within=5)
    await desk.send(case_id, RecordFacts(facts={"age_group": "child"}))
    assert [entry.seq for entry in await desk.ledger.entries(case_id)] == [1, 2, 3]


async def test_a_command_that_never_reaches_its_case_is_let_go(desk, database, soon, nobody_looks, monkeypatch):
    case_id = await desk.open()
    notes = Awaited(database)
    await notes.note(case_id, "lost")
    await notes.note("NOSUCHCASE0", "lost")
    book = Bookkeeping(database, loaded_procedure)
    await look(desk.client, book, notes)
    assert await noted(database) == 2
    monkeypatch.setattr(latecomers, "FORGOTTEN", 0.0)
    await asyncio.sleep(0.3)
    await look(desk.client, book, notes)
    assert await noted(database) == 0


async def test_lines_of_a_case_under_several_doors_are_complete_and_in_order(desk, database):
    case_id = await desk.open()
    doors = [door(desk, database, Bookkeeping) for _ in range(3)]

    async def calls(number: int) -> None:
        for turn in range(15):
            await doors[number].send(
                case_id, RecordFacts(facts={"age_group": "adult" if turn % 2 else "unknown"}), key=f"{number}-{turn}"
            )

    await asyncio.gather(*(calls(number) for number in range(3)))
    assert [entry.seq for entry in await desk.ledger.entries(case_id, limit=100)] == list(range(1, 47))

    assert await noted(database) == 0
