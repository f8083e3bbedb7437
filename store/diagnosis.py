"""What the database says about itself and about what waits in it, for whoever looks after the system."""

from datetime import datetime, timedelta
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

from sop.shapes import Value
from store.database import Database

_SERVER = "SELECT current_setting('server_version'), clock_timestamp()"
_APPLIED = "SELECT version_num FROM alembic_version"
_LATE = "SELECT count(*), max(now() - since) FROM awaited WHERE since < now() - interval '10 seconds'"
_OUTBOX = "SELECT status, count(*), min(created_at) FROM outbox GROUP BY status"
_A_CASE = "SELECT case_id FROM cases WHERE closed_at IS NULL ORDER BY moved_at DESC LIMIT 1"


class Server(Value):
    """The version of the server and what its clock says."""

    version: str
    now: datetime


class Waiting(Value):
    """Messages of one status, and since when the oldest is there."""

    status: str
    count: int
    since: datetime


class Diagnosis:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def server(self) -> Server:
        row = await self._database.at_once(_SERVER, ())
        assert row is not None  # noqa: S101 - it has one row
        return Server(version=row[0], now=row[1])

    async def applied(self) -> str | None:
        """The migration that the tables have come to; None where there are no tables of ours."""
        there = await self._database.at_once("SELECT to_regclass('alembic_version') IS NOT NULL", ())
        if not there or not there[0]:
            return None
        row = await self._database.at_once(_APPLIED, ())
        return str(row[0]) if row else None

    async def behind(self) -> tuple[int, timedelta]:
        """How many lines are awaited longer than they should, and for how long the oldest."""
        row = await self._database.at_once(_LATE, ())
        return (int(row[0]), row[1] or timedelta()) if row else (0, timedelta())

    async def outbox(self) -> list[Waiting]:
        rows = await self._database.all_at_once(_OUTBOX, ())
        return [Waiting(status=status, count=count, since=since) for status, count, since in rows]

    async def a_case(self) -> str | None:
        """Some open case; None where there is none."""
        row = await self._database.at_once(_A_CASE, ())
        return str(row[0]) if row else None


def newest() -> str:
    """The migration to which this release brings the tables."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    head = ScriptDirectory.from_config(config).get_current_head()
    assert head is not None  # noqa: S101 - there are migrations
    return head
