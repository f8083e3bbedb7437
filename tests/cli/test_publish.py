"""Preparing a database publishes the base and every national adaptation, and again changes nothing."""

import time
from datetime import UTC, datetime

import pytest

from cli.folders import SHIPPED, files_of
from cli.publish import compositions, publish
from store.database import Database
from store.procedures import Procedures
from worker import load_published


@pytest.mark.system
async def test_every_composition_is_published_once_and_a_worker_loads_them_all(database: Database) -> None:
    files = files_of(SHIPPED / "trm")
    procedures = Procedures(database)
    for _ in range(2):
        for definition in compositions(files):
            await publish(procedures, definition, files, by="test", why="a test")
    rows = await procedures.all()
    assert len(rows) == 23
    assert [row.country for row in rows].count(None) == 1
    serbian = await procedures.get((await procedures.in_force("trm", datetime.now(UTC), "RS"))[0])
    assert serbian is not None
    assert serbian.version == "1.0+permit.1+rs.1"
    assert {name for name in serbian.files if "/" in name and not name.startswith(("scenarios/", "instruments/"))} == {
        "overlays/rs.yaml",
        "profiles/permit.yaml",
    }
    begun = time.monotonic()
    await load_published(database)
    assert time.monotonic() - begun < 20
