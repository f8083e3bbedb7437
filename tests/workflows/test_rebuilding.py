"""The read model made anew from the ledger is the one that was there, to the byte, after every shipped story."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest_asyncio

from activities.ledger import rows_at
from cli.folders import SHIPPED, files_of
from cli.publish import publish
from sop import shelf
from sop.changes import changes
from sop.commands import OpenCase
from sop.decision import Decision
from sop.events import Entry
from store.cases import CaseLedger, LedgerWrite
from store.database import Database
from store.housekeeping import Housekeeping
from store.procedures import Procedures
from store.rebuilding import Rebuilding
from workflows.rebuilding import Rebuild
from workshop import playing
from workshop.stories import scenarios_in

PROJECT = Path(__file__).resolve().parents[2]
TABLES = ("cases", "sop_states", "clocks", "steps")


@pytest_asyncio.fixture
async def lived(database: Database, shipped, monkeypatch) -> AsyncIterator[Database]:
    """Every shipped story has been lived, and its lines written as they came."""
    writes: list[LedgerWrite] = []
    numbers = count(1)
    real = playing.decide

    def decide(procedure, case, command, actor, now):
        if isinstance(command, OpenCase):
            command = command.model_copy(update={"case_id": f"ST0RY{next(numbers):06d}"})
        outcome = real(procedure, case, command, actor, now)
        if isinstance(outcome, Decision):
            entry = Entry(
                case_id=outcome.case.id,
                seq=outcome.case.seq,
                at=now,
                actor=actor.id,
                role=actor.roles[0],
                command=command.kind,
                key=f"k{outcome.case.seq}",
                events=outcome.events,
                changes=changes(case, outcome.case),
            )
            writes.append(rows_at(procedure, outcome.case, now, (entry,)))
        return outcome

    monkeypatch.setattr(playing, "decide", decide)
    stories, _ = scenarios_in(files_of(SHIPPED / "trm"))
    for story in stories.values():
        playing.play(shipped, story)
    ledger = CaseLedger(database)
    for start in range(0, len(writes), 100):
        await ledger.append(writes[start : start + 100])
    yield database


async def read_model(database: Database) -> dict[str, list[str]]:
    """Every row of every table, as text."""
    found = {}
    for table in TABLES:
        rows = await database.all_at_once(f"SELECT t::text FROM {table} AS t ORDER BY 1", ())
        found[table] = [row[0] for row in rows]
    return found


async def cleared(database: Database) -> None:
    for table in TABLES:
        await database.at_once(f"TRUNCATE {table}", ())


async def outcomes(made: Rebuild, *, from_start: bool = False) -> list[str]:
    return [outcome async for _, outcome in made.from_ledger(from_start=from_start)]


async def test_what_is_rebuilt_is_what_was_there_to_the_byte(lived: Database) -> None:
    before = await read_model(lived)
    assert len(before["cases"]) > 40
    assert all(len(rows) > 40 for rows in before.values())
    await cleared(lived)
    assert set(await outcomes(Rebuild(lived, shelf.get))) == {"rebuilt"}
    assert await read_model(lived) == before


async def test_wrong_rows_are_put_right_and_rows_that_do_not_belong_go(lived: Database) -> None:
    before = await read_model(lived)
    await lived.at_once("UPDATE clocks SET due = now(), status = 'running'", ())
    await lived.at_once("UPDATE cases SET responsible = 'x', snapshot = snapshot || '{\"country\": \"XX\"}'", ())
    await lived.at_once("INSERT INTO steps SELECT case_id, 'measure', 'none', 'none', true FROM cases", ())
    assert await read_model(lived) != before
    await outcomes(Rebuild(lived, shelf.get))
    assert await read_model(lived) == before


async def test_a_lost_line_is_told_of_and_its_case_left_as_it_is(lived: Database) -> None:
    """The control: the rows come from the lines, from each of them."""
    before = await read_model(lived)
    await lived.at_once("DELETE FROM entries WHERE case_id = 'ST0RY000001' AND seq = 3", ())
    await lived.at_once("UPDATE entries SET changes = NULL WHERE case_id = 'ST0RY000002' AND seq = 1", ())
    found = {case_id: outcome async for case_id, outcome in Rebuild(lived, shelf.get).from_ledger(from_start=True)}
    assert (found.pop("ST0RY000001"), found.pop("ST0RY000002")) == ("gap", "old_lines")
    assert set(found.values()) == {"rebuilt"}
    assert await read_model(lived) == before


async def test_a_rebuild_that_was_stopped_goes_on_where_it_was(lived: Database, monkeypatch) -> None:
    before = await read_model(lived)
    await cleared(lived)
    real = Rebuilding.cases

    async def by_tens(self, after="", limit=10):
        return await real(self, after, 10)

    monkeypatch.setattr(Rebuilding, "cases", by_tens)
    made = Rebuild(lived, shelf.get)
    total, done = await made.left(from_start=True), 0
    async for _ in made.from_ledger(from_start=False):
        done += 1
        if done == 25:
            break
    assert await made.left(from_start=False) == total - 20
    assert len(await outcomes(made)) == total - 20
    assert await read_model(lived) == before
    assert await Housekeeping(lived).place("rebuild") is None


async def test_a_line_that_comes_meanwhile_is_not_undone(lived: Database) -> None:
    """The writers of the ledger wait for the rebuild of their case, and it for them."""
    ledger, made = CaseLedger(lived), Rebuild(lived, shelf.get)
    case = await ledger.get("ST0RY000001")
    assert case is not None
    at = (await ledger.entries(case.id, case.seq - 1))[0].at

    async def lines() -> None:
        now = case
        for _ in range(30):
            after = now.model_copy(update={"seq": now.seq + 1, "facts": now.facts | {"case.count": now.seq}})
            entry = Entry(
                case_id=case.id, seq=after.seq, at=at, actor="a", role="r", command="c", key=f"n{after.seq}",
                events=(), changes=changes(now, after),
            )  # fmt: skip
            await ledger.append([rows_at(shelf.get(case.procedure), after, at, (entry,))])
            now = after

    async def rebuilding() -> None:
        for _ in range(30):
            assert await made.one(case.id) == "rebuilt"

    await asyncio.gather(lines(), rebuilding())
    found = await ledger.get(case.id)
    assert found is not None
    assert (found.seq, found.facts["case.count"]) == (case.seq + 30, case.seq + 29)


async def command(url: str, folder: Path, *arguments: str) -> tuple[int, str]:
    environment = os.environ | {"CASEWAY_DATABASE_URL": url, "CASEWAY_DATA_DIR": str(folder)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli.main", "rebuild", *arguments, env=environment, cwd=PROJECT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode is not None
    assert b"Traceback" not in err, err.decode()
    return process.returncode, out.decode() + err.decode()


async def test_the_command_rebuilds_and_says_what_it_could_not(
    lived: Database, database_url: str, shipped, tmp_path: Path
) -> None:
    await publish(Procedures(lived), shipped.definition, files_of(SHIPPED / "trm"), by="test", why="a test")
    before = await read_model(lived)
    await cleared(lived)
    code, said = await command(database_url, tmp_path)
    assert (code, f"{len(before['cases'])} cases were made anew." in said) == (0, True), said
    assert await read_model(lived) == before
    await lived.at_once("DELETE FROM entries WHERE case_id = 'ST0RY000001'", ())
    code, said = await command(database_url, tmp_path, "--from-start")
    assert (code, "1 have a row and no line" in said) == (1, True), said
    code, said = await command(database_url, tmp_path, "--case", "ST0RY000002")
    assert (code, "1 cases were made anew." in said) == (0, True), said
    code, said = await command(database_url, tmp_path, "--case", "X", "--from-workflows")
    assert (code, "Choose one" in said) == (2, True), said
    code, said = await command("postgresql://nobody:x@127.0.0.1:1/none", tmp_path)
    assert (code, "does not answer" in said, "nobody:x" in said) == (2, True, False), said
