"""Killed in the middle of delivering: nobody is missed, and what comes twice carries the same Message-ID."""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

CASES = 60
KILLS = 3
PROJECT = Path(__file__).resolve().parents[2]


@pytest.mark.system
async def test_kill_after_kill_everybody_is_told_and_nobody_under_two_ids(office, database_url):
    office.clock.at = datetime.now(UTC)
    office.sink.pause = 0.05
    for name in ("anna", "bert"):
        await office.person(name)
    for number in range(CASES):
        await office.tell(case_id=f"C{number}", responsible="nobody", due=office.clock())
    arguments = [database_url, bytes(range(32)).hex(), str(office.sink.port)]
    for kill in range(KILLS + 1):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(PROJECT / "tests" / "post" / "delivering_process.py"),
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
        )
        assert process.stdout is not None
        assert await process.stdout.readline() == b"delivering\n"
        before = len(office.sink.taken)
        if kill == KILLS:
            await until(lambda: done(office))
        else:
            await until(lambda before=before: arrived(office, before))
            # by now mails were taken by the server whose rows do not know it yet; each time a little later
            await asyncio.sleep(kill * 0.03)
            assert not await done(office), "it was killed in the middle"
        process.send_signal(signal.SIGKILL)
        await process.wait()
    assert len(office.sink.taken) > 2 * CASES, "some came twice, or it was never killed between the mail and its mark"
    assert await office.rows("SELECT count(*) FROM notices") == [(2 * CASES,)]
    rows = {
        str(id): (person, case) for id, person, case in await office.rows("SELECT id, person, case_id FROM deliveries")
    }
    by_id = {
        id.strip("<>").partition("@")[0]: address
        for id, address in zip(office.sink.ids(), office.sink.to(), strict=True)
    }
    assert by_id.keys() == rows.keys(), "none is lost, and none came under an id that has no row"
    assert len({(person, case) for person, case in rows.values()}) == 2 * CASES == len(rows)
    assert all(by_id[id].startswith(str(person)) for id, (person, _) in rows.items())


async def until(holds) -> None:
    async with asyncio.timeout(60):
        while not await holds():
            await asyncio.sleep(0.01)


async def arrived(office, before: int) -> bool:
    return len(office.sink.taken) > before


async def done(office) -> bool:
    return await office.rows("SELECT count(*) FROM deliveries WHERE status = 'sent'") == [(2 * CASES,)]
