"""A real PostgreSQL for the tests of the store: one embedded server a session, one database a test."""

import tempfile
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio

from runtime.embedded import postgres_answers, prepare_postgres
from runtime.processes import Child
from runtime.settings import Settings
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
