"""The vault gives back what was put in, to its owner's key, for its own record, and to nothing else."""

import asyncio

import pytest
from sqlalchemy import text

from store.database import Database
from store.errors import CaseErased, RecordTaken, Unreadable
from store.vault import Vault

ROOT = b"r" * 32
NAME = {"name": "Zoë Canary", "languages": ["ro", "de"], "address": {"city": "Wien"}}


async def run(database: Database, statement: str) -> list[tuple[object, ...]]:
    async def work(connection):  # type: ignore[no-untyped-def]
        done = await connection.execute(text(statement))
        return [tuple(row) for row in done] if done.returns_rows else []

    return await database.transact(work)


async def test_a_record_comes_back(database: Database) -> None:
    vault = Vault(database, ROOT)
    await vault.put("C1", "intake", NAME)
    assert await vault.get("C1", "intake") == NAME
    assert await vault.get("C1", "other") is None
    assert await vault.get("C2", "intake") is None
    await vault.put("C1", "note", {"text": "later"})
    assert list(await vault.records("C1")) == ["intake", "note"]
    assert await vault.records("C2") == {}


async def test_nothing_readable_is_stored(database: Database) -> None:
    await Vault(database, ROOT).put("C1", "intake", NAME)
    ((sealed,),) = await run(database, "SELECT ciphertext FROM vault.particulars")
    assert isinstance(sealed, bytes)
    assert b"Canary" not in sealed
    assert sealed[0] == 1


async def test_a_record_is_written_once(database: Database) -> None:
    vault = Vault(database, ROOT)
    await asyncio.gather(*(vault.put("C1", "intake", NAME) for _ in range(8)))
    with pytest.raises(RecordTaken):
        await vault.put("C1", "intake", {"name": "Another"})
    assert await vault.get("C1", "intake") == NAME


async def test_another_root_key_opens_nothing(database: Database) -> None:
    await Vault(database, ROOT).put("C1", "intake", NAME)
    with pytest.raises(Unreadable):
        await Vault(database, b"x" * 32).get("C1", "intake")


async def test_a_ciphertext_opens_in_no_other_place(database: Database) -> None:
    vault = Vault(database, ROOT)
    for case in ("C1", "C2"):
        for record in ("a", "b"):
            await vault.put(case, record, {"text": case + record})
    await run(
        database,
        "UPDATE vault.particulars p SET ciphertext = o.ciphertext FROM vault.particulars o"
        " WHERE p.case_id = 'C1' AND p.record_id = 'a' AND o.case_id = 'C1' AND o.record_id = 'b'",
    )
    with pytest.raises(Unreadable):
        await vault.get("C1", "a")
    await run(
        database,
        "UPDATE vault.case_keys k SET wrapped = o.wrapped FROM vault.case_keys o"
        " WHERE k.case_id = 'C1' AND o.case_id = 'C2'",
    )
    with pytest.raises(Unreadable):
        await vault.get("C1", "b")
    assert await vault.get("C2", "a") == {"text": "C2a"}


async def test_an_erased_case_stays_erased(database: Database) -> None:
    vault = Vault(database, ROOT)
    await vault.put("C1", "intake", NAME)
    await vault.erase("C1")
    await vault.erase("never seen")
    assert await vault.get("C1", "intake") is None
    for case in ("C1", "never seen"):
        with pytest.raises(CaseErased):
            await vault.put(case, "intake", NAME)
    assert await run(database, "SELECT wrapped FROM vault.case_keys WHERE wrapped IS NOT NULL") == []


@pytest.mark.parametrize("bad", ["nul \0", "half \ud800"])
async def test_text_that_cannot_be_kept_is_a_value_error(database: Database, bad: str) -> None:
    vault = Vault(database, ROOT)
    with pytest.raises(ValueError):
        await vault.put("C1", "intake", {"name": bad})
    with pytest.raises(ValueError):
        await vault.put("C1", bad, NAME)
