"""The ledger keeps every entry once, and no case ever goes back."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from casefile.code import new_case_id
from sop.case import Case, ClockRun, Responsible, SopStanding
from sop.durations import Duration
from sop.effects import Tell
from sop.events import CaseOpened, Entry, FactsRecorded, StateEntered
from store.cases import CaseLedger, ClockMeta, LedgerWrite, OpenStep
from store.database import Database
from store.outbox import Outbox

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
META = {"reflection": ClockMeta(kind="period", statutory=True, sop="identification")}


def case_id(number: int) -> str:
    return new_case_id(b"s" * 32, f"case {number}")


def a_case(number: int = 1, seq: int = 1, **changes: object) -> Case:
    run = ClockRun(
        run=1,
        status="running",
        anchor=NOON,
        budget=Duration(days=30),
        due=NOON + timedelta(days=30),
        armed_at=NOON,
    )
    fields: dict[str, object] = {
        "id": case_id(number),
        "procedure": "f" * 64,
        "country": "AT",
        "opened_at": NOON + timedelta(minutes=number),
        "seq": seq,
        "responsible": Responsible(id="anna", since=NOON),
        "moved_at": NOON + timedelta(hours=seq),
        "sops": {"identification": SopStanding(state=f"state_{seq}", since=NOON, open=True)},
        "facts": {"adult": True, "age": 17, "risk": 0.5, "languages": ("ro", "de")},
        "clocks": {"reflection": run},
    }
    return Case.model_validate(fields | changes)


def an_entry(number: int = 1, seq: int = 1, key: str | None = None) -> Entry:
    opened = CaseOpened(procedure="f" * 64, country="AT", responsible="anna")
    entered = StateEntered(sop="identification", transition="go", source=None, target=f"state_{seq}")
    return Entry(
        case_id=case_id(number),
        seq=seq,
        at=NOON + timedelta(hours=seq),
        actor="anna",
        role="case_manager",
        command="open_case" if seq == 1 else "advance",
        key=key or f"key-{seq}",
        events=(opened,) if seq == 1 else (entered, FactsRecorded(facts={"age": 17})),
    )


def a_write(number: int = 1, seq: int = 1, first: int | None = None, **changes: object) -> LedgerWrite:
    """The entries from `first` to `seq`, and the case after them."""
    steps = (OpenStep(kind="measure", sop="identification", name=f"step_{seq}"),)
    fields: dict[str, object] = {
        "entries": tuple(an_entry(number, each) for each in range(first or seq, seq + 1)),
        "case": a_case(number, seq),
        "procedure_name": "trm",
        "procedure_version": "1.0",
        "clocks": META,
        "steps": steps,
    }
    return LedgerWrite.model_validate(fields | changes)


async def rows(database: Database, table: str, columns: str = "*") -> list[tuple[object, ...]]:
    async def work(connection):  # type: ignore[no-untyped-def]
        return [tuple(row) for row in await connection.execute(text(f"SELECT {columns} FROM {table} ORDER BY 1, 2"))]

    return await database.read(work)


async def everything(database: Database) -> list[object]:
    tables = ("cases", "sop_states", "entries", "clocks", "steps", "outbox")
    return [await rows(database, table) for table in tables]


async def test_a_case_comes_back_as_it_was_kept(database: Database) -> None:
    ledger = CaseLedger(database)
    await ledger.append([a_write()])
    assert await ledger.get(case_id(1)) == a_case()
    assert await ledger.entries(case_id(1)) == [an_entry()]
    assert await ledger.get(case_id(2)) is None


async def test_appending_twice_changes_nothing(database: Database) -> None:
    ledger = CaseLedger(database)
    await ledger.append([a_write(seq=3, first=1)])
    before = await everything(database)
    await ledger.append([a_write(seq=3, first=1)])
    assert await everything(database) == before


async def test_an_older_write_that_is_tried_again_undoes_nothing(database: Database) -> None:
    ledger = CaseLedger(database)
    await ledger.append([a_write(seq=1)])
    await ledger.append([a_write(seq=3, first=3)])
    await ledger.append([a_write(seq=2)])
    assert await ledger.get(case_id(1)) == a_case(seq=3)
    assert [entry.seq for entry in await ledger.entries(case_id(1))] == [1, 2, 3]
    assert await rows(database, "sop_states", "sop, state") == [("identification", "state_3")]
    assert await rows(database, "steps", "sop, name") == [("identification", "step_3")]


async def test_what_left_the_case_leaves_the_lists(database: Database) -> None:
    ledger = CaseLedger(database)
    both = {
        "identification": SopStanding(state="open", since=NOON, open=True),
        "returning": SopStanding(state="planned", since=NOON, open=True),
    }
    await ledger.append([a_write(case=a_case(sops=both))])
    assert len(await rows(database, "sop_states")) == 2
    await ledger.append([a_write(seq=2, case=a_case(seq=2, clocks={}), steps=())])
    assert await rows(database, "sop_states", "sop, state") == [("identification", "state_2")]
    assert await rows(database, "clocks") == []
    assert await rows(database, "steps") == []


async def test_one_batch_holds_several_cases_and_several_writes_of_one(database: Database) -> None:
    ledger = CaseLedger(database)
    await ledger.append([a_write(2), a_write(1, seq=2, first=2), a_write(1), a_write(3)])
    assert [(await ledger.get(case_id(n))).seq for n in (1, 2, 3)] == [2, 1, 1]  # type: ignore[union-attr]
    assert [entry.seq for entry in await ledger.entries(case_id(1))] == [1, 2]


async def test_a_batch_is_kept_whole_or_not_at_all(database: Database) -> None:
    ledger = CaseLedger(database)
    broken = a_write(2, entries=(an_entry(2, key="nul \0"),))
    with pytest.raises(ValueError, match="cannot be kept"):
        await ledger.append([a_write(1), broken])
    assert await everything(database) == [[], [], [], [], [], []]
    await ledger.append([a_write(1)])  # the connection is fit for use again


async def test_half_a_surrogate_is_a_value_error_without_the_text(database: Database) -> None:
    with pytest.raises(ValueError, match="surrogate") as caught:
        await CaseLedger(database).append([a_write(entries=(an_entry(key="canary\ud800"),))])
    assert "canary" not in str(caught.value)
    for text_ in ("a\0b", "a\ud800"):
        with pytest.raises(ValueError, match="cannot be kept"):
            await CaseLedger(database).get(text_)


async def test_a_key_used_again_neither_stops_the_ledger_nor_hides_the_first_use(database: Database) -> None:
    ledger = CaseLedger(database)
    await ledger.append([a_write(entries=(an_entry(key="same"),))])
    again = a_write(seq=2, entries=(an_entry(seq=2, key="same"),))
    await ledger.append([again])
    await ledger.append([again])
    assert [entry.key for entry in await ledger.entries(case_id(1))] == ["same", "same#2"]
    assert await ledger.seq_of_key(case_id(1), "same") == 1
    assert await ledger.seq_of_key(case_id(1), "other") is None


async def test_writes_in_any_order_at_once_end_at_the_newest(database: Database) -> None:
    ledger = CaseLedger(database)
    writes = [a_write(number, seq) for number in range(1, 6) for seq in range(1, 11)] * 2
    random.Random(1).shuffle(writes)
    batches = [writes[start : start + 7] for start in range(0, len(writes), 7)]
    await asyncio.gather(*(ledger.append(batch) for batch in batches))
    for number in range(1, 6):
        assert await ledger.get(case_id(number)) == a_case(number, 10)
        assert [entry.seq for entry in await ledger.entries(case_id(number))] == list(range(1, 11))
    assert {row[1] for row in await rows(database, "steps", "case_id, name")} == {"step_10"}
    assert len(await rows(database, "steps")) == 5


async def test_entries_come_in_pages(database: Database) -> None:
    ledger = CaseLedger(database)
    await ledger.append([a_write(seq=5, first=1)])
    assert [entry.seq for entry in await ledger.entries(case_id(1), after_seq=1, limit=2)] == [2, 3]


async def test_a_clock_without_its_meaning_is_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="reflection"):
        await CaseLedger(database).append([a_write(clocks={})])


async def test_a_message_comes_with_its_line_once_and_waits(database: Database) -> None:
    ledger, outbox = CaseLedger(database), Outbox(database)

    def telling(seq: int) -> LedgerWrite:
        tell = Tell(id=f"e{seq}", case_id=case_id(1), to="supervisor", what="missed", about="reflection", due=NOON)
        return a_write(seq=seq, entries=(an_entry(seq=seq).model_copy(update={"tells": (tell,)}),))

    for seq in (1, 2, 1):
        await ledger.append([telling(seq)])
    told = await outbox.of_case(case_id(1))
    assert [(one.id, one.seq, one.status) for one in told] == [("e1", 1, "waiting"), ("e2", 2, "waiting")]


async def test_what_cannot_be_kept_does_not_hold_up_what_waits_with_it(database: Database) -> None:
    ledger = CaseLedger(database)
    bad = a_write(2, entries=(an_entry(2, key="canary\ud800"),))
    outcomes = await asyncio.gather(*(ledger.record(w) for w in (a_write(1), bad, a_write(3))), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [type(None), ValueError, type(None)]
    assert await ledger.get(case_id(1)) is not None
    assert await ledger.get(case_id(3)) is not None
