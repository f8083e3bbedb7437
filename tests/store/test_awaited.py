"""A command is noted before it is sent; its line takes the note away, and one that does not come is looked for."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from sop.case import Case, Responsible
from sop.events import Entry
from store import awaited
from store.awaited import Awaited
from store.cases import CaseLedger, LedgerWrite
from store.database import Database

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(awaited, "FIRST_LOOK", timedelta())


def a_write(case_id: str, seq: int, key: str) -> LedgerWrite:
    entry = Entry(
        case_id=case_id, seq=seq, at=NOON, actor="anna", role="case_manager", command="advance", key=key, events=()
    )
    case = Case(
        id=case_id,
        procedure="f" * 64,
        country="AT",
        opened_at=NOON,
        seq=seq,
        responsible=Responsible(id="anna", since=NOON),
        sops={},
        facts={},
        moved_at=NOON,
    )
    return LedgerWrite(entries=(entry,), case=case, procedure_name="trm", procedure_version="1.0", clocks={})


async def notes(database: Database) -> list[tuple[str, str]]:
    return [
        (row[0], row[1]) for row in await database.all_at_once("SELECT case_id, key FROM awaited ORDER BY 1, 2", ())
    ]


async def test_a_note_tells_how_far_the_ledger_has_come(database: Database) -> None:
    note, ledger = Awaited(database), CaseLedger(database)
    assert (await note.note("C1", "k1")).kept == 0
    await ledger.append([a_write("C1", 1, "k1")])
    notes = await asyncio.gather(note.note("C1", "k2"), note.note("C2", "k1"), note.note("C1", "k2"))
    assert [one.kept for one in notes] == [1, 0, 1]
    assert len({one.id for one in notes}) == 3


async def test_the_line_takes_its_own_note_away_and_no_other(database: Database) -> None:
    note, ledger = Awaited(database), CaseLedger(database)
    made = [await note.note(*sent) for sent in (("C1", "k1"), ("C1", "k1"), ("C1", "k2"), ("C1", "k2"), ("C2", "k1"))]
    await ledger.append([a_write("C1", 1, "k1")])
    assert await notes(database) == [("C1", "k2"), ("C1", "k2"), ("C2", "k1")]
    await note.forget(made[2].id)  # one sending was refused; the other may still be under way
    assert await notes(database) == [("C1", "k2"), ("C2", "k1")]


async def test_nothing_is_late_before_its_time(database: Database) -> None:
    note = Awaited(database)
    await note.note("C1", "k1")
    assert await note.late() == []


@pytest.mark.usefixtures("at_once")
async def test_what_is_late_is_looked_for_and_later_again(database: Database) -> None:
    note, ledger = Awaited(database), CaseLedger(database)
    await ledger.append([a_write("C1", 7, "other")])
    await note.note("C1", "k1")
    await asyncio.sleep(0.05)
    (late,) = await note.late()
    assert (late.case_id, late.kept) == ("C1", 7)
    assert await note.late() == []
    await asyncio.sleep(0.1)
    assert [again.id for again in await note.late()] == [late.id]


@pytest.mark.usefixtures("at_once")
async def test_a_note_whose_line_is_there_is_taken_away_unseen(database: Database) -> None:
    note, ledger = Awaited(database), CaseLedger(database)
    await ledger.append([a_write("C1", 1, "k1")])
    await note.note("C1", "k1")  # a repetition
    assert await note.late() == []
    assert await notes(database) == []
