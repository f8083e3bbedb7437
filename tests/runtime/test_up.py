"""`caseway up` with stand-ins for worker and API: it heals what is killed, ends cleanly and leaves nothing behind."""

import asyncio
import os
import signal
import sys
import textwrap
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from runtime.embedded import port_is_free

pytestmark = pytest.mark.system

PARTS = ("postgres", "temporal", "worker", "api")
PROJECT = Path(__file__).resolve().parents[2]

PROGRAM = """
    import asyncio, pathlib, sys
    import cli.up
    from runtime.settings import Settings
    from runtime.ending import end

    API = '''
    import http.server, os
    class Door(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200); self.end_headers()
        def log_message(self, *_): pass
    http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["CASEWAY_PORT"])), Door).serve_forever()
    '''
    cli.up._OURS["worker"] = (sys.executable, "-c", "import time; time.sleep(1000)")
    cli.up._OURS["api"] = (sys.executable, "-c", API)

    async def prepare(settings):
        print("prepared", flush=True)

    end(asyncio.run(cli.up.up(Settings(data_dir=sys.argv[1], port=int(sys.argv[2])), prepare)))
"""

Start = Callable[[str, int], Awaitable[asyncio.subprocess.Process]]


def free_port() -> int:
    return next(port for port in range(18_000 + os.getpid() % 500, 19_999) if port_is_free("127.0.0.1", port))


@pytest_asyncio.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    running: list[asyncio.subprocess.Process] = []
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent(PROGRAM))

    async def begin(folder: str, port: int) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(program),
            str(tmp_path / folder),
            str(port),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
        )
        running.append(process)
        return process

    yield begin
    for process in running:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def said(process: asyncio.subprocess.Process, wanted: str) -> None:
    assert process.stdout is not None
    async with asyncio.timeout(60):
        while wanted not in (line := (await process.stdout.readline()).decode()):
            assert line, (await process.stderr.read()).decode() if process.stderr else ""


def pid_of(folder: Path, part: str) -> int:
    return int((folder / "run" / f"{part}.pid").read_text())


async def until(true: Callable[[], bool]) -> None:
    while not true():
        await asyncio.sleep(0.02)


def _runs(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


async def gone(pid: int, within: float = 10.0) -> None:
    async with asyncio.timeout(within):
        await until(lambda: not _runs(pid))


async def test_it_heals_each_part_and_ends_cleanly(start: Start, tmp_path: Path) -> None:
    port, folder = free_port(), tmp_path / "a"
    process = await start("a", port)
    await said(process, "prepared")
    await said(process, f"ready http://127.0.0.1:{port}")
    for part in PARTS:
        before = pid_of(folder, part)
        os.kill(before, signal.SIGKILL)
        async with asyncio.timeout(2):
            await until(lambda part=part, before=before: pid_of(folder, part) != before)  # type: ignore[misc]
    async with asyncio.timeout(5), httpx.AsyncClient(trust_env=False) as client:
        while True:
            try:
                if (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                    break
            except httpx.HTTPError:
                await asyncio.sleep(0.05)
    pids = [pid_of(folder, part) for part in PARTS]
    process.terminate()
    assert await asyncio.wait_for(process.wait(), 20) == 0
    for pid in pids:
        await gone(pid, 1)
    assert list((folder / "run").glob("*.pid")) == []


async def test_two_run_side_by_side_but_not_on_one_folder_or_port(start: Start) -> None:
    first = free_port()
    one = await start("a", first)
    await said(one, "ready")
    second = free_port()
    two = await start("b", second)
    await said(two, "ready")
    for folder, port, reason in (("a", free_port(), "in use by another caseway"), ("c", first, "port")):
        refused = await start(folder, port)
        assert refused.stderr is not None
        assert await asyncio.wait_for(refused.wait(), 20) == 2
        complaint = (await refused.stderr.read()).decode()
        assert reason in complaint
        assert complaint.count("\n") == 1


async def test_killed_itself_it_takes_its_children_along_and_starts_again(start: Start, tmp_path: Path) -> None:
    port, folder = free_port(), tmp_path / "a"
    process = await start("a", port)
    await said(process, "ready")
    pids = [pid_of(folder, part) for part in PARTS]
    process.kill()
    await process.wait()
    again = await start("a", port)
    await said(again, "ready")
    for pid in pids:
        await gone(pid)
    again.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(again.wait(), 20) == 0


async def test_ended_while_it_starts_it_leaves_nothing_running(start: Start, tmp_path: Path) -> None:
    process = await start("a", free_port())
    async with asyncio.timeout(20):
        await until((tmp_path / "a" / "run" / "temporal.pid").exists)
    pid = pid_of(tmp_path / "a", "temporal")
    process.terminate()
    assert await asyncio.wait_for(process.wait(), 20) == 0
    await gone(pid, 1)
