"""The database: migrations that may be started twice, tables that match their description, a server that comes back."""

import asyncio

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlmodel import SQLModel

from store import tables
from store.database import Database
from store.errors import DatabaseUnavailable


async def test_two_processes_may_migrate_at_once(server_url: str, empty_database_name: str) -> None:
    async with await psycopg.AsyncConnection.connect(server_url, autocommit=True) as connection:
        await connection.execute(f"CREATE DATABASE {empty_database_name}".encode())
    url = f"{server_url.rsplit('/', 1)[0]}/{empty_database_name}"
    first, second = Database.connect(url), Database.connect(url)
    await asyncio.gather(first.migrate(), second.migrate())
    await first.migrate()
    await first.ping()
    await first.close()
    await second.close()


def test_the_migrations_make_the_tables_that_are_described(database_url: str) -> None:
    assert tables
    engine = create_engine(database_url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        options = {"include_schemas": True, "compare_type": True, "compare_server_default": True}
        found = compare_metadata(MigrationContext.configure(connection, opts=options), SQLModel.metadata)
    engine.dispose()
    assert [each for each in found if "alembic_version" not in str(each)] == []


@pytest.mark.parametrize("way", ["transact", "driver"])
async def test_cut_connections_are_not_noticed(database: Database, database_url: str, way: str) -> None:
    async def use() -> None:
        if way == "driver":
            await database.on_driver(_one)
        else:
            await database.ping()

    await asyncio.gather(*(use() for _ in range(5)))
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as other:
        await other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    await asyncio.gather(*(use() for _ in range(5)))


async def _one(driver: psycopg.AsyncConnection[object]) -> None:
    await driver.execute("SELECT 1")
    await driver.rollback()


async def test_a_server_that_is_away_is_named_so_without_its_password() -> None:
    away = Database.connect("postgresql://caseway:canary@127.0.0.1:1/postgres")
    with pytest.raises(DatabaseUnavailable) as caught:
        await away.ping()
    with pytest.raises(DatabaseUnavailable):
        await away.migrate()
    assert caught.value.code == "database_unavailable"
    assert "canary" not in repr(caught.value)
    await away.close()
