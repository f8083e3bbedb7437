"""Workflows and read model are compared: of each kind of discrepancy one is planted, found, and mended where it can be."""

import asyncio

import pytest

from activities import housekeeping
from activities.housekeeping import Compared
from sop import shelf
from sop.case import Responsible
from sop.commands import GiveConsent, RecordFacts
from store.housekeeping import Housekeeping
from worker import loaded_procedure
from workflows.bookkeeping import Bookkeeping
from workflows.client import workflow_id
from workflows.housekeeping import HouseEngine, KeepHouseWorkflow, keep_house
from workflows.rebuilding import Rebuild

CONSENT = GiveConsent(consent_id="c1", purpose="assistance")


class DyingDoor(Bookkeeping):
    """A door that promises to write and is killed before it does, with its note: nobody looks for its line."""

    async def after(self, receipt):
        return None

    async def note(self, case_id, key):
        note = await super().note(case_id, key)
        if note:
            await self.forget(note)
        return note


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(housekeeping, "GRACE", 0.3)


@pytest.fixture
def house(database):
    return Housekeeping(database)


def dying(desk, database):
    """Let the door of the desk die at every command from now on; gives its healthy book back."""
    desk.client._book, book = DyingDoor(database, loaded_procedure), desk.client._book
    return book


async def round_of(desk) -> Compared:
    queue = desk.client._queue
    return await desk.env.client.execute_workflow(KeepHouseWorkflow.run, id=f"round-{queue}", task_queue=queue)


async def kinds(house) -> dict[str, str]:
    return {one.case_id: one.kind for one in await house.discrepancies()}


async def forget_row(database, case_id: str, *tables: str) -> None:
    for table in tables or ("cases", "sop_states", "clocks", "steps"):
        await database.at_once(f"DELETE FROM {table} WHERE case_id = %s", (case_id,))


async def seen_by_visibility(desk, count: int) -> None:
    engine = HouseEngine(desk.env.client, desk.client._queue, desk.client)
    for _ in range(100):
        if await engine.count() >= count:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the server does not list the cases")


async def test_where_all_is_well_nothing_is_found(desk, house):
    cases = [await desk.open() for _ in range(3)]
    await desk.send(cases[0], CONSENT)
    found = await round_of(desk)
    assert (found.looked, found.mended, found.reported) == (3, 0, 0)
    assert await kinds(house) == {}


async def test_a_row_that_lacks_lines_gets_them(desk, database, house):
    case_id = await desk.open()
    book = dying(desk, database)
    await desk.send(case_id, CONSENT)
    await desk.send(case_id, RecordFacts(facts={"age_group": "child"}))
    desk.client._book = book
    assert [entry.seq for entry in await desk.ledger.entries(case_id)] == [1]
    assert (await round_of(desk)).mended == 1
    assert [entry.seq for entry in await desk.ledger.entries(case_id)] == [1, 2, 3]
    assert await kinds(house) == {}


async def test_a_case_without_a_row_gets_it(desk, database, house):
    book = dying(desk, database)
    case_id = await desk.open()
    desk.client._book = book
    assert await desk.ledger.get(case_id) is None
    await seen_by_visibility(desk, 1)
    assert (await round_of(desk)).mended == 1
    assert (await desk.ledger.get(case_id)).seq == 1


async def test_a_row_that_is_lost_with_its_lines_is_reported_and_made_from_the_workflow(desk, database, house):
    case_id = await desk.open()
    await desk.send(case_id, CONSENT)
    await desk.send(case_id, RecordFacts(facts={"age_group": "child"}))
    await forget_row(database, case_id, "cases", "entries")
    await seen_by_visibility(desk, 1)
    assert (await round_of(desk)).reported == 1
    assert await kinds(house) == {case_id: "row_missing"}
    engine = HouseEngine(desk.env.client, desk.client._queue, desk.client)
    book = Bookkeeping(database, loaded_procedure)
    outcomes = [outcome async for _, outcome in Rebuild(database, shelf.get).from_workflows(engine, book)]
    assert outcomes == ["rebuilt"]
    assert await desk.ledger.get(case_id) == await desk.look(case_id)


async def test_a_workflow_that_is_gone_is_reported_and_begun_again(desk, database, house):
    case_id = await desk.open({"age_group": "adult"})
    await desk.env.client.get_workflow_handle(workflow_id(case_id)).terminate()
    assert (await round_of(desk)).reported == 1
    assert await kinds(house) == {case_id: "workflow_gone"}
    engine = HouseEngine(desk.env.client, desk.client._queue, desk.client)
    assert [one async for one in Rebuild(database, shelf.get).begin_again(engine)] == [(case_id, "begun")]
    before = await desk.ledger.get(case_id)
    assert await desk.look(case_id) == before
    await desk.send(case_id, CONSENT)
    assert [entry.seq for entry in await desk.ledger.entries(case_id)] == [1, 2]


async def test_a_row_of_no_workflow_is_reported(desk, database, house):
    case_id = await desk.open()
    columns = "procedure_hash, procedure_name, procedure_version, country, opened_at, moved_at, seq, responsible"
    await database.at_once(
        f"INSERT INTO cases (case_id, {columns}, snapshot) SELECT 'N0SUCHCASE0', {columns}, snapshot FROM cases", ()
    )
    assert (await round_of(desk)).reported == 1
    assert await kinds(house) == {"N0SUCHCASE0": "no_workflow"}
    await forget_row(database, "N0SUCHCASE0")
    assert (await round_of(desk)).reported == 0
    assert case_id not in await kinds(house)


async def test_a_row_ahead_of_its_workflow_and_one_that_differs_are_reported(desk, database, house):
    ahead, other = await desk.open(), await desk.open()
    await database.at_once("UPDATE cases SET snapshot = jsonb_set(snapshot, '{seq}', '9') WHERE case_id = %s", (ahead,))
    await database.at_once(
        "UPDATE cases SET snapshot = jsonb_set(snapshot, '{responsible,id}', '\"x\"') WHERE case_id = %s", (other,)
    )
    assert (await round_of(desk)).reported == 2
    assert await kinds(house) == {ahead: "row_ahead", other: "row_differs"}
    assert await Rebuild(database, shelf.get).one(other) == "rebuilt"
    assert (await desk.ledger.get(other)).responsible == (await desk.look(other)).responsible
    assert isinstance((await desk.look(other)).responsible, Responsible)
    assert (await round_of(desk)).reported == 1
    assert await kinds(house) == {ahead: "row_ahead"}


async def test_a_round_is_bounded_and_the_next_goes_on(desk, house, monkeypatch):
    monkeypatch.setattr(housekeeping, "AT_MOST", 2)
    monkeypatch.setattr(housekeeping, "PAGE", 2)
    for _ in range(5):
        await desk.open()
    assert [(await round_of(desk)).looked for _ in range(4)] == [2, 2, 1, 2]


async def test_the_schedule_is_made_once_and_begins_rounds(desk, house):
    client, queue = desk.env.client, desk.client._queue
    for _ in range(2):
        await keep_house(client, queue)
    handle = client.get_schedule_handle(f"keep-house-{queue}")
    await handle.trigger()
    for _ in range(100):
        if (await handle.describe()).info.num_actions:
            break
        await asyncio.sleep(0.1)
    assert (await handle.describe()).info.num_actions == 1
    await handle.delete()
