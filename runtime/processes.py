"""Child processes: each in a group of its own, with a pid file and a log, and never longer alive than its parent."""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_LOG_CAP = 5_000_000
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_MARK = "CASEWAY_CHILD_OF"


@dataclass(frozen=True)
class Program:
    """How one child is started and asked to stop; `user` is the uid to run as, none for our own."""

    name: str
    argv: tuple[str, ...]
    cwd: Path | None = None
    user: int | None = None
    group: int | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    stops_on: signal.Signals = signal.SIGTERM


class Child:
    """A running program."""

    def __init__(self, program: Program, process: asyncio.subprocess.Process, pid_file: Path) -> None:
        self.program = program
        self.pid = process.pid
        self._process = process
        self._pid_file = pid_file

    @classmethod
    async def start(cls, program: Program, data_dir: Path) -> "Child":
        """Start it with its log in `DIR/logs/NAME.log` and its pid in `DIR/run/NAME.pid`."""
        log, pid_file = data_dir / "logs" / f"{program.name}.log", data_dir / "run" / f"{program.name}.pid"
        for folder in (log.parent, pid_file.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _opened(log) as output:
            process = await asyncio.create_subprocess_exec(
                *program.argv,
                cwd=program.cwd,
                env={**os.environ, **program.env, _MARK: str(data_dir)},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                process_group=0,
                user=program.user,
                group=program.group,
                extra_groups=None if program.user is None else [],
                preexec_fn=_dies_with(os.getpid(), program.stops_on),
            )
        pid_file.write_text(f"{process.pid}\n")
        return cls(program, process, pid_file)

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def ended(self) -> int:
        """Wait for its end; negative for the signal that ended it."""
        return await self._process.wait()

    async def stop(self, patience: float = 10.0) -> None:
        """Ask it to stop; after `patience` seconds kill its whole group."""
        if self.alive:
            self._signal(self.program.stops_on)
            try:
                await asyncio.wait_for(self._process.wait(), patience)
            except TimeoutError:
                self._signal(signal.SIGKILL)
                await self._process.wait()
        self._pid_file.unlink(missing_ok=True)

    def _signal(self, sent: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            if sent is signal.SIGKILL:
                os.killpg(self.pid, sent)
            else:
                self._process.send_signal(sent)


async def end_leftovers(data_dir: Path, patience: float = 8.0) -> None:
    """End the children that a killed parent left behind; they are on their way out already where the system can.

    A pid alone proves nothing, it may have been given to another: the process must carry our mark in its environment.
    """
    for pid_file in sorted((data_dir / "run").glob("*.pid")):
        with contextlib.suppress(ValueError, OSError):
            pid = int(pid_file.read_text())
            if _is_ours(pid, data_dir):
                await _end(pid, data_dir, patience)
            pid_file.unlink()


async def _end(pid: int, data_dir: Path, patience: float) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        until = asyncio.get_running_loop().time() + patience
        while _is_ours(pid, data_dir):
            await asyncio.sleep(0.05)
            if asyncio.get_running_loop().time() > until:
                os.kill(pid, signal.SIGKILL)
                until = float("inf")


def _is_ours(pid: int, data_dir: Path) -> bool:
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False
    return f"{_MARK}={data_dir}".encode() in environment.split(b"\0")


@contextlib.contextmanager
def _opened(log: Path) -> Iterator[int]:
    if log.exists() and log.stat().st_size > _LOG_CAP:
        log.replace(log.with_suffix(".log.1"))
    number = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        yield number
    finally:
        os.close(number)


def _dies_with(parent: int, last: signal.Signals) -> Callable[[], None] | None:
    """Runs in the child between fork and exec: the kernel sends `last` to it when its parent is gone."""
    if _LIBC is None:
        return None
    libc = _LIBC

    def prepare() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(last))
        if os.getppid() != parent:  # it died in between
            os._exit(1)

    return prepare
