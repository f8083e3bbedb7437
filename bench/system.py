"""Starts and ends a whole `caseway up` in a folder of its own, and knows its parts: tokens, pids, settings, memory."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import psycopg
from temporalio.client import Client

from runtime.settings import Settings
from runtime.temporal import connect

PARTS = ("worker", "api", "temporal", "postgres")
PROJECT = Path(__file__).resolve().parent.parent


class DidNotStart(Exception):
    """`caseway up` ended or stayed silent; the text is what it said."""


class System:
    """One running instance."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.settings = Settings(data_dir=folder, port=port)
        self._process: asyncio.subprocess.Process | None = None
        self._said: list[str] = []
        self._listening: asyncio.Task[None] | None = None

    async def start(self, extra: Mapping[str, str] | None = None) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            "cli.main",
            "up",
            "--data",
            str(self.folder),
            "--port",
            str(self.port),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": str(PROJECT), **(extra or {})},
        )
        ready = asyncio.Event()
        self._listening = asyncio.create_task(self._listen(ready))
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait({waiting, self._listening}, timeout=90, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if not ready.is_set():
            await self.stop()
            raise DidNotStart("".join(self._said))

    async def _listen(self, ready: asyncio.Event) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            self._said.append(line.decode())
            if line.startswith(b"ready "):
                ready.set()

    async def stop(self) -> int:
        """Ask it to end, and wait; it ends its children."""
        if self._process is None:
            return 0
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self._process.wait(), 40)
            except TimeoutError:
                self._process.kill()
        code = await self._process.wait()
        if self._listening is not None:
            await self._listening
        self._process = None
        return code

    @property
    def said(self) -> str:
        """What it has said so far, both streams."""
        return "".join(self._said)

    @property
    def tokens(self) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.folder / "demo-users.json").read_text())
        return found

    def pid(self, part: str) -> int:
        """The process of a part now; it changes with every restart."""
        return int((self.folder / "run" / f"{part}.pid").read_text())

    def memory(self, part: str) -> int:
        """Resident bytes of a part; PostgreSQL's children count in full, shared pages too."""
        return sum(_resident(pid) for pid in family(self.pid(part)))

    def cpu(self, part: str) -> float:
        """Seconds of processor time that a part has used so far."""
        return sum(_cpu(pid) for pid in family(self.pid(part)))

    async def temporal(self, role: str = "bench") -> Client:
        return await connect(self.settings, role)

    async def database(self) -> psycopg.AsyncConnection[tuple[object, ...]]:
        return await psycopg.AsyncConnection.connect(self.settings.database, autocommit=True)

    def size(self, *names: str) -> int:
        """Bytes of all files below some folders of the data."""
        return sum(f.stat().st_size for name in names for f in (self.folder / name).rglob("*") if f.is_file())


@contextlib.asynccontextmanager
async def running(extra: Mapping[str, str] | None = None, *, keep: bool = False) -> AsyncIterator[System]:
    """A fresh instance for as long as the block lasts; its folder goes with it."""
    folder = Path(tempfile.mkdtemp(prefix="caseway-bench-"))
    system = System(folder, free_port())
    try:
        await system.start(extra)
        yield system
    finally:
        await system.stop()
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """A port that nobody listens on; below those that the system gives to outgoing connections."""
    start = 15_000 + os.getpid() % 2_000
    for port in range(start, start + 2_000):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise DidNotStart("no port is free")


def family(pid: int) -> list[int]:
    """A process and its children."""
    found = [pid]
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            if int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(folder.name))
    return found


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(f) for f in fields[11:15]) / os.sysconf("SC_CLK_TCK")
