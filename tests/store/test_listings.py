"""Lists find what was asked for, page by page, and accept no cursor but their own."""

import base64
import importlib.util
import json
import sys
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import pytest

from sop.case import Responsible, SopStanding
from store.cases import CaseLedger, OpenStep, SopMeta
from store.database import Database
from store.listings import Listings


def _beside(name: str) -> ModuleType:
    """Tests are no package: the makers of sample cases are loaded from their file."""
    spec = importlib.util.spec_from_file_location(f"sample_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


samples = _beside("test_cases")
NOON, a_case, a_write, case_id = samples.NOON, samples.a_case, samples.a_write, samples.case_id
SOON, LATE = NOON + timedelta(days=1), NOON + timedelta(days=31)


async def keep(database: Database, *cases: object, **more: object) -> Listings:
    await CaseLedger(database).append([a_write(case=case, entries=(), **more) for case in cases])
    return Listings(database)


async def test_pages_hold_every_case_once_the_newest_first(database: Database) -> None:
    same = {"opened_at": NOON}
    listings = await keep(database, *(a_case(n, **(same if n > 3 else {})) for n in range(1, 8)))
    seen: list[str] = []
    cursor = None
    while True:
        page = await listings.list_cases(now=SOON, cursor=cursor, limit=2)
        seen += [line.case_id for line in page.cases]
        cursor = page.cursor
        if cursor is None:
            break
    whole = await listings.list_cases(now=SOON)
    assert seen == [line.case_id for line in whole.cases]
    assert len(set(seen)) == 7
    assert seen[:3] == [case_id(3), case_id(2), case_id(1)]


def _encoded(place: list[object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


MIDNIGHT = "2026-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    "cursor",
    [
        *("", "x", "€", "A" * 500),
        *(_encoded([]), _encoded([1, 2]), _encoded(["cases"]), _encoded(["overdue", MIDNIGHT, "A" * 11])),
        *(_encoded(["cases", MIDNIGHT, "' OR 1"]), _encoded(["cases", "2026-01-01", "A" * 11])),
    ],
)
async def test_a_strange_cursor_is_a_value_error(database: Database, cursor: str) -> None:
    with pytest.raises(ValueError, match="cursor"):
        await Listings(database).list_cases(now=NOON, cursor=cursor)


async def test_each_filter_finds_its_case(database: Database) -> None:
    other = {"returning": SopStanding(state="planned", since=NOON, open=True)}
    listings = await keep(
        database,
        a_case(1),
        a_case(2, country="RO", clocks={}),
        a_case(3, sops=other, clocks={}),
        a_case(4, responsible=Responsible(id="berta", since=NOON), clocks={}),
        a_case(5, closed_at=SOON, clocks={}),
        sops={"returning": SopMeta(stalls_at=SOON)},
    )

    async def found(**asked: object) -> list[int]:
        page = await listings.list_cases(**({"now": SOON} | asked))  # type: ignore[arg-type]
        return sorted(n for n in range(1, 6) if case_id(n) in {line.case_id for line in page.cases})

    assert await found() == [1, 2, 3, 4]
    assert await found(closed=None) == [1, 2, 3, 4, 5]
    assert await found(closed=True) == [5]
    assert await found(country="RO") == [2]
    assert await found(sop="returning") == [3]
    assert await found(state="planned") == [3]
    assert await found(state="planned", sop="identification") == []
    assert await found(responsible="berta") == [4]
    assert await found(overdue=True) == []
    assert await found(overdue=True, now=LATE) == [1]
    assert await found(stuck=True) == [3]
    assert await found(stuck=True, now=SOON - timedelta(seconds=1)) == []
    assert await found(country="'; DROP TABLE cases; --") == []
    with pytest.raises(ValueError, match="page"):
        await listings.list_cases(now=SOON, limit=0)


async def test_a_line_says_what_is_due_and_what_is_overdue(database: Database) -> None:
    listings = await keep(database, a_case(1))
    (line,) = (await listings.list_cases(now=LATE)).cases
    assert (line.nearest_due, line.overdue, line.sops["identification"].state) == (
        NOON + timedelta(days=30),
        1,
        "state_1",
    )


async def test_the_worklist_has_the_callers_open_cases_with_clocks_and_asked_steps(database: Database) -> None:
    asked = OpenStep(kind="measure", sop="identification", name="interview", asked=True)
    quiet = OpenStep(kind="measure", sop="identification", name="shelter")
    offered = Responsible(id="berta", since=NOON, offered_to="anna")
    listings = await keep(
        database,
        a_case(1, clocks={}),
        a_case(2),
        a_case(3, closed_at=SOON),
        a_case(4, responsible=offered, clocks={}),
        a_case(5, responsible=Responsible(id="berta", since=NOON)),
        steps=(asked, quiet),
    )
    mine = await listings.worklist("anna", NOON)
    assert {line.case.case_id for line in mine} == {case_id(1), case_id(2), case_id(4)}
    assert mine[0].case.case_id == case_id(2)
    (clock,) = mine[0].clocks
    assert (clock.clock, clock.kind, clock.statutory, clock.due) == (
        "reflection",
        "period",
        True,
        NOON + timedelta(days=30),
    )
    assert mine[0].asked == (asked,)
    assert len(await listings.worklist("berta", NOON)) == 2
