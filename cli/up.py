"""`caseway up`: the whole system on one machine, four children, started, watched, healed and ended together."""

import asyncio
import contextlib
import fcntl
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import httpx
from pydantic import SecretStr

from runtime.binaries import ProgramsMissing
from runtime.embedded import ServerUnusable, port_is_free, postgres_answers, prepare_postgres, prepare_temporal
from runtime.processes import Child, Program, end_leftovers
from runtime.settings import Settings, SettingsInvalid
from runtime.temporal import TemporalUnreachable, connect, keep_closed_cases_for_a_week
from store.database import Database
from store.errors import DatabaseUnavailable

Prepare = Callable[[Settings], Awaitable[None]]
"""What is still to do once the servers are up and the tables are there: publishing the shipped procedures."""

_OURS = {
    "worker": (sys.executable, "-P", "-m", "worker"),
    "api": (sys.executable, "-P", "-m", "api.serve"),
}
_QUIET = 2.0
_READY_WITHIN = 60.0
_HEALTHY_AFTER = 5.0
_SLOWEST = 5.0


class CannotStart(Exception):
    """Why the system cannot run here, in one sentence."""


async def up(settings: Settings, prepare: Prepare | None = None, ready: Callable[[str], None] | None = None) -> int:
    """Run until SIGTERM or SIGINT and return the exit code: 0 ended as asked, 1 it broke, 2 it could not start here.

    `ready` is called once with the address, when every part answers; by default it prints `ready URL`.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stopped.set)
    system = _System(settings, prepare, ready or _say_ready)
    try:
        with _only_one(settings):
            await end_leftovers(settings.data_dir)
            if not port_is_free(settings.host, settings.port):
                raise CannotStart(f"port {settings.port} is in use: choose another one with --port")
            return await system.run(stopped)
    except (CannotStart, SettingsInvalid, ProgramsMissing) as reason:
        _complain(str(reason))
        return 2
    except (ServerUnusable, TemporalUnreachable, DatabaseUnavailable) as reason:
        _complain(str(reason))
        return 1
    finally:
        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(sign)


class _System:
    """The children of one data folder."""

    def __init__(self, settings: Settings, prepare: Prepare | None, ready: Callable[[str], None]) -> None:
        self._settings = settings
        self._prepare = prepare
        self._ready = ready
        self._keepers: list[_Keeper] = []

    async def run(self, stopped: asyncio.Event) -> int:
        starting = asyncio.create_task(self._start())
        waiting = asyncio.create_task(stopped.wait())
        try:
            await asyncio.wait({starting, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
            await waiting
            return 0
        finally:
            for task in (starting, waiting):
                task.cancel()
            await asyncio.gather(starting, waiting, return_exceptions=True)
            await self._stop()

    async def _start(self) -> None:
        settings = self._settings
        settings.keys.make()
        async with _progress("the database and Temporal"):
            await asyncio.gather(self._database(), self._temporal())
        async with _progress("the tables and the procedures"):
            database = Database.connect(settings.database, connections=1)
            try:
                await database.migrate()
            finally:
                await database.close()
            if self._prepare is not None:
                await self._prepare(settings)
        async with _progress("the worker and the API"):
            for name, argv in _OURS.items():
                await self._keep(lambda name=name, argv=argv: Program(name, argv, env=environment_of(settings)))  # type: ignore[misc]
            await self._answers()
        self._ready(settings.url)

    async def _database(self) -> None:
        if self._settings.database_url is None:
            await self._keep(lambda: prepare_postgres(self._settings))
            await postgres_answers(self._settings)

    async def _temporal(self) -> None:
        if self._settings.temporal_address is None:
            await self._keep(lambda: prepare_temporal(self._settings))
        client = await connect(self._settings, role="caseway-up")
        if self._settings.temporal_address is None:
            await keep_closed_cases_for_a_week(client)

    async def _keep(self, program: Callable[[], Program]) -> None:
        keeper = _Keeper(program, self._settings.data_dir)
        self._keepers.append(keeper)
        await keeper.start()

    async def _answers(self) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + _READY_WITHIN
        async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    if (await client.get(f"{self._settings.url}/readyz")).status_code == 200:
                        return
                if loop.time() > until:
                    raise ServerUnusable(f"the API is not ready after a minute; see {self._settings.log_dir}")
                await asyncio.sleep(0.05)

    async def _stop(self) -> None:
        """The API and the worker first, together; then Temporal; the database last."""
        keepers = {keeper.name: keeper for keeper in self._keepers}
        await asyncio.gather(*(keepers[name].stop() for name in _OURS if name in keepers))
        for name in ("temporal", "postgres"):
            if name in keepers:
                await keepers[name].stop()


class _Keeper:
    """Keeps one child running: again at once after a death, ever slower where it dies at birth."""

    def __init__(self, program: Callable[[], Program], data_dir: Path) -> None:
        self._program = program
        self._data_dir = data_dir
        self._child: Child | None = None
        self._watch: asyncio.Task[None] | None = None
        self.name = ""

    async def start(self) -> None:
        program = await asyncio.to_thread(self._program)
        self.name = program.name
        self._child = await Child.start(program, self._data_dir)
        self._watch = asyncio.create_task(self._restart_for_ever(self._child))

    async def _restart_for_ever(self, child: Child) -> None:
        loop = asyncio.get_running_loop()
        pause = 0.0
        while True:
            born = loop.time()
            code = await child.ended()
            pause = 0.0 if loop.time() - born > _HEALTHY_AFTER else min(max(2 * pause, 0.1), _SLOWEST)
            _complain(f"{self.name} ended with {code} and is started again; see {self._data_dir / 'logs'}")
            await asyncio.sleep(pause)
            # prepared anew: a killed server leaves a lock behind, and its port must still be free
            while True:
                try:
                    program = await asyncio.to_thread(self._program)
                    child = self._child = await Child.start(program, self._data_dir)
                    break
                except (ServerUnusable, ProgramsMissing, SettingsInvalid, OSError) as reason:
                    _complain(f"{self.name} cannot be started: {reason}")
                    await asyncio.sleep(_SLOWEST)

    async def stop(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        if self._child is not None:
            await self._child.stop()


@contextlib.contextmanager
def _only_one(settings: Settings) -> Iterator[None]:
    """Hold the data folder; the kernel gives it back when this process ends, however it ends."""
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings.run_dir.mkdir(mode=0o700, exist_ok=True)
        lock = os.open(settings.run_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CannotStart(f"{settings.data_dir} cannot be used: {error.strerror}") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise CannotStart(f"{settings.data_dir} is in use by another caseway: choose another with --data") from None
    try:
        yield
    finally:
        os.close(lock)


def environment_of(settings: Settings) -> dict[str, str]:
    """What our own children read as their settings; addresses and keys they find under the data folder."""
    given = settings.model_dump(exclude_none=True)
    environment = {f"CASEWAY_{name.upper()}": _written(value) for name, value in given.items()}
    root = str(Path(__file__).resolve().parent.parent)
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    environment["PYTHONUNBUFFERED"] = "1"
    return environment


def _written(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


@contextlib.asynccontextmanager
async def _progress(what: str) -> AsyncIterator[None]:
    """Say what is awaited, where it takes longer than a person likes to look at nothing."""

    async def say() -> None:
        while True:
            await asyncio.sleep(_QUIET)
            print(f"starting {what} …", file=sys.stderr, flush=True)

    saying = asyncio.create_task(say())
    try:
        yield
    finally:
        saying.cancel()


def _say_ready(url: str) -> None:
    print(f"ready {url}", flush=True)


def _complain(sentence: str) -> None:
    print(f"caseway: {sentence}", file=sys.stderr, flush=True)
