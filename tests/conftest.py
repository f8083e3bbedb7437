"""Real parts for all tests: one PostgreSQL a session and one database a test; Temporal, real and time-skipping."""

import sys
import tempfile
import time
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from cli.folders import SHIPPED, files_of
from runtime.codec import data_converter
from runtime.embedded import postgres_answers, prepare_postgres, temporal_binary
from runtime.processes import Child
from runtime.settings import Settings
from sop import shelf
from sop.loader import load
from sop.procedure import Procedure, compile_procedure
from store.database import Database, migrate

_numbers = count(1)


@pytest_asyncio.fixture(scope="session")
async def server_url() -> AsyncIterator[str]:
    with tempfile.TemporaryDirectory(prefix="caseway-tests-") as folder:
        settings = Settings(data_dir=Path(folder), demo=False)
        settings.keys.make()
        child = await Child.start(prepare_postgres(settings), settings.data_dir)
        try:
            await postgres_answers(settings)
            await _statement(settings.database, "CREATE DATABASE template_of_tests")
            migrate(_named(settings.database, "template_of_tests"))
            yield settings.database
        finally:
            await child.stop()


@pytest_asyncio.fixture
async def database_url(server_url: str) -> AsyncIterator[str]:
    """The address of a database of this test alone, with the newest tables and nothing in them."""
    name = f"test_{next(_numbers)}"
    await _statement(server_url, f"CREATE DATABASE {name} TEMPLATE template_of_tests")
    yield _named(server_url, name)
    await _statement(server_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database.connect(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def empty_database_name() -> str:
    return f"empty_{next(_numbers)}"


def _named(url: str, name: str) -> str:
    return f"{url.rsplit('/', 1)[0]}/{name}"


async def _statement(url: str, statement: str) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(statement.encode())


def pytest_unconfigure() -> None:
    """The SDK may abort the interpreter where it ends right after a server stopped."""
    time.sleep(0.3)


@pytest.fixture(scope="session")
def shipped() -> Procedure:
    """The shipped procedure, known to this process as to a worker."""
    procedure = compile_procedure(load(files_of(SHIPPED / "trm")))
    shelf.keep(procedure)
    return procedure


@pytest_asyncio.fixture
async def skipping() -> AsyncIterator[WorkflowEnvironment]:
    """Temporal's time-skipping test server, moved on by `env.sleep`.

    A new one for each test: a case that another test left without its worker would hold the time for all.
    """
    binary = str(Path(sys.executable).parent / "temporal-test-server")
    async with await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=binary, data_converter=data_converter(bytes(32))
    ) as env:
        yield env


@pytest_asyncio.fixture(scope="session")
async def temporal() -> AsyncIterator[WorkflowEnvironment]:
    """The real Temporal server, in memory."""
    marks = "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute=2"
    args = ["--dynamic-config-value", "history.transferProcessorMaxPollRPS=2000", "--dynamic-config-value", marks]
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=temporal_binary(), data_converter=data_converter(bytes(32)), dev_server_extra_args=args
    ) as env:
        yield env
