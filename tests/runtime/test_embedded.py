"""The embedded servers keep their data through a kill, wherever it lies, and touch nobody's permissions."""

import asyncio
import os
import secrets
import shutil
import stat
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
from temporalio.client import Client

from runtime.binaries import postgres_binaries, unprivileged
from runtime.embedded import port_is_free, postgres_answers, prepare_postgres, prepare_temporal
from runtime.processes import Child
from runtime.settings import Settings
from runtime.temporal import TemporalUnreachable, connect, keep_closed_cases_for_a_week

pytestmark = pytest.mark.system


@pytest.fixture
def closed_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder below one that nobody else may enter, as root's home is."""
    closed = Path.home() / f".caseway-test-{secrets.token_hex(4)}"
    closed.mkdir(mode=0o700)
    yield closed
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    shutil.rmtree(closed)


@pytest_asyncio.fixture
async def settings(closed_folder: Path) -> AsyncIterator[Settings]:
    made = Settings(data_dir=closed_folder / "data")
    made.keys.make()
    yield made


async def start(settings: Settings) -> Child:
    child = await Child.start(prepare_postgres(settings), settings.data_dir)
    await postgres_answers(settings)
    return child


async def notes(settings: Settings, statement: str) -> list[tuple[object, ...]]:
    async with await psycopg.AsyncConnection.connect(settings.database) as connection:
        done = await connection.execute(statement.encode())
        return await done.fetchall() if done.description else []


async def test_postgres_keeps_what_was_committed_through_a_kill(settings: Settings) -> None:
    child = await start(settings)
    address = settings.database
    await notes(settings, "CREATE TABLE notes AS SELECT 1 AS number")
    for _ in range(2):
        os.kill(child.pid, 9)
        assert await child.ended() == -9
        child = await start(settings)
        assert settings.database == address
        assert await notes(settings, "SELECT number FROM notes") == [(1,)]
    await child.stop()
    assert not (settings.run_dir / "postgres.pid").exists()


async def test_a_lock_whose_pid_went_to_another_process_does_not_stop_the_start(settings: Settings) -> None:
    child = await start(settings)
    lock = settings.data_dir / "postgres" / "data" / "postmaster.pid"
    left = lock.read_text().splitlines()
    os.kill(child.pid, 9)
    await child.ended()
    lock.write_text("\n".join([str(os.getpid()), *left[1:]]) + "\n")
    child = await start(settings)
    await child.stop()


async def test_postgres_takes_no_connection_without_its_password(settings: Settings) -> None:
    child = await start(settings)
    with pytest.raises(psycopg.OperationalError, match="password"):
        await psycopg.AsyncConnection.connect(settings.database.replace(settings.keys.postgres, "x"))
    assert settings.keys.postgres not in " ".join(child.program.argv)
    await child.stop()


async def test_a_half_made_cluster_is_made_again(settings: Settings) -> None:
    half = settings.data_dir / "postgres" / "new"
    half.mkdir(parents=True)
    (half / "rest").write_text("of a start that was killed")
    child = await start(settings)
    await child.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as somebody else")
def test_programs_that_nobody_can_reach_are_copied_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import runtime.binaries

    account = unprivileged()
    assert account is not None
    reachable = runtime.binaries._reachable
    monkeypatch.setattr(
        "runtime.binaries._reachable", lambda path, who: "site-packages" not in str(path) and reachable(path, who)
    )
    copied = postgres_binaries(account)
    assert "site-packages" not in str(copied)
    assert reachable(copied / "bin" / "initdb", account)
    assert (copied / "bin" / "postgres").stat().st_uid == 0
    before = copied.stat().st_ino
    assert postgres_binaries(account).stat().st_ino == before


async def test_temporal_keeps_what_was_started_through_a_kill(settings: Settings) -> None:
    child = await Child.start(prepare_temporal(settings), settings.data_dir)
    client: Client = await connect(settings, role="tests")
    await keep_closed_cases_for_a_week(client)
    await client.start_workflow("any", "canary", id="case-1", task_queue="nobody")
    os.kill(child.pid, 9)
    await child.ended()
    child = await Child.start(prepare_temporal(settings), settings.data_dir)
    again = await connect(settings, role="tests")
    assert (await again.get_workflow_handle("case-1").describe()).id == "case-1"
    await child.stop()
    kept = b"".join(path.read_bytes() for path in (settings.data_dir / "temporal").iterdir())
    assert b"case-1" in kept
    assert b"canary" not in kept


async def test_an_absent_temporal_is_named_in_a_sentence(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, temporal_address="127.0.0.1:1")
    settings.keys.make()
    with pytest.raises(TemporalUnreachable, match=r"127\.0\.0\.1:1"):
        await connect(settings, patience=0.2)


async def test_a_busy_port_is_given_up_for_another(settings: Settings) -> None:
    first = prepare_temporal(settings)
    port = int((settings.run_dir / "temporal.port").read_text())
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", port)
    assert not port_is_free("127.0.0.1", port)
    assert prepare_temporal(settings).argv != first.argv
    server.close()
    await server.wait_closed()
