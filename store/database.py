"""The connection to PostgreSQL: one pool, one way to run a transaction, migrations that may start twice at once."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, LiteralString, TypeVar

import psycopg
from alembic import command
from alembic.config import Config
from psycopg.rows import dict_row
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoFreeConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from store.errors import DatabaseUnavailable

Result = TypeVar("Result")
Work = Callable[[AsyncConnection], Awaitable[Result]]

_MIGRATING = 0x_CA5E_0001
"""The advisory lock that one migrating process holds."""

_GONE = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)
_UNFIT = (DataError, psycopg.DataError, UnicodeEncodeError)


class Database:
    """Every query of the store goes through `transact` or `read`.

    Both run their work a second time where the server hung up in between: whatever the store does may be done twice.
    Text that PostgreSQL cannot keep (NUL, lone surrogates) is a `ValueError` here, without the text.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reading = engine.execution_options(isolation_level="AUTOCOMMIT")

    @classmethod
    def connect(cls, url: str, connections: int = 20) -> "Database":
        """Open lazily: a server that is not there yet shows at the first query, not here.

        Nothing beyond `connections` is opened: overflow is closed again after each use, and opening costs milliseconds.
        """
        engine = create_async_engine(
            _with_driver(url),
            hide_parameters=True,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=10,
            connect_args=_CONNECT,
        )
        return cls(engine)

    async def close(self) -> None:
        await self._engine.dispose()

    async def transact(self, work: Work[Result]) -> Result:
        """Run `work` in one transaction; it is committed when `work` returns."""

        async def whole(connection: AsyncConnection) -> Result:
            async with connection.begin():
                return await work(connection)

        return await self._run(self._engine, whole)

    async def read(self, work: Work[Result]) -> Result:
        """Run `work` without a transaction around it: each statement for itself, one round trip each."""
        return await self._run(self._reading, work)

    async def at_once(self, statement: LiteralString, values: Sequence[object]) -> tuple[Any, ...] | None:
        """The first row of one prepared statement, in one round trip: for what is asked many times a second."""
        rows = await self.all_at_once(statement, values)
        return rows[0] if rows else None

    async def all_at_once(self, statement: LiteralString, values: Sequence[object]) -> list[tuple[Any, ...]]:
        """All rows of one prepared statement, in one round trip."""

        async def work(driver: psycopg.AsyncConnection[Any]) -> list[tuple[Any, ...]]:
            cursor = await driver.execute(statement, values, prepare=True)
            return await cursor.fetchall() if cursor.description else []

        return await self.on_driver(work, engine=self._reading)

    async def rows(self, query: str, given: Mapping[str, Any]) -> list[dict[str, Any]]:
        """All rows of a statement with named parameters; what is given and not named in it is left out.

        Planned anew each time: what is rare for one country is common for another.
        """
        bound = {name: value for name, value in given.items() if f"%({name})s" in query}

        async def work(driver: psycopg.AsyncConnection[Any]) -> list[dict[str, Any]]:
            async with driver.cursor(row_factory=dict_row) as cursor:
                await cursor.execute(query.encode(), bound, prepare=False)
                return await cursor.fetchall()

        return await self.on_driver(work, engine=self._reading)

    async def on_driver(
        self,
        work: Callable[[psycopg.AsyncConnection[Any]], Awaitable[Result]],
        engine: AsyncEngine | None = None,
    ) -> Result:
        """Run `work` on the bare psycopg connection, which it must leave without an open transaction."""

        async def bare(connection: AsyncConnection) -> Result:
            driver = (await connection.get_raw_connection()).driver_connection
            if not isinstance(driver, psycopg.AsyncConnection):
                raise TypeError("the store speaks to PostgreSQL through psycopg only")
            try:
                return await work(driver)
            except _GONE:
                await _let_pool_notice(connection, driver)
                raise

        return await self._run(engine or self._engine, bare)

    async def ping(self) -> None:
        """Raise `DatabaseUnavailable` where the server does not answer."""

        async def nothing(connection: AsyncConnection) -> None:
            await connection.execute(text("SELECT 1"))

        await self.read(nothing)

    async def prepared(self) -> bool:
        """Whether the newest tables are there that a command of the post needs."""
        return (await self.at_once("SELECT to_regclass('public.people') IS NOT NULL", ()) or (False,))[0] is True

    async def migrate(self) -> None:
        """Bring the tables to the newest version; waits where another process is doing it."""
        await asyncio.to_thread(migrate, self._engine.url.render_as_string(hide_password=False))

    async def _run(self, engine: AsyncEngine, work: Work[Result]) -> Result:
        for attempt in (1, 2):
            try:
                async with engine.connect() as connection:
                    return await work(connection)
            except _UNFIT:
                raise ValueError("a value cannot be kept in the database: NUL, a lone surrogate or too large") from None
            except NoFreeConnection:
                raise DatabaseUnavailable("all database connections are busy") from None
            except _GONE:
                # the pool now knows that all its connections of before are dead too, and opens new ones
                if attempt == 2:
                    raise DatabaseUnavailable("the database does not answer") from None
        raise AssertionError("unreachable")


async def _let_pool_notice(connection: AsyncConnection, driver: psycopg.AsyncConnection[object]) -> None:
    """SQLAlchemy sees a hang-up only in statements of its own; it then gives up all connections of that age."""
    with contextlib.suppress(psycopg.Error):
        await driver.rollback()
    with contextlib.suppress(DBAPIError):
        await connection.execute(text("SELECT 1"))


def migrate(url: str) -> None:
    """Bring the tables to the newest version; two processes may call it at once."""
    engine = create_engine(_with_driver(url), hide_parameters=True, poolclass=NullPool, connect_args=_CONNECT)
    try:
        _upgrade(engine)
    except _GONE:
        raise DatabaseUnavailable("the database does not answer") from None
    finally:
        engine.dispose()


def _upgrade(engine: Engine) -> None:
    with engine.connect() as guard, engine.connect() as connection:
        guard.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _MIGRATING})
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


def violates(error: DBAPIError | psycopg.Error, constraint: str) -> bool:
    """Whether this error is about that constraint."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(origin, psycopg.Error) and origin.diag.constraint_name == constraint


# JIT compiles for longer than these small statements run; what an index leads to lies in memory or on a disk without a
# head to move; the parameters of a failed statement never reach the server's log
_CONNECT = {
    "connect_timeout": 5,
    "application_name": "caseway",
    "options": "-c jit=off -c random_page_cost=1.1 -c timezone=UTC -c statement_timeout=30000",
}


def _with_driver(url: str) -> str:
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
