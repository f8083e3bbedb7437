"""No queue and no figure reads a whole table: held on a caseload of twenty thousand, by the plans of the real statements."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest_asyncio

from bench.caseload import write
from bench.moulds import moulds
from store.compliance import Compliance
from store.database import Database
from store.listings import Listings
from store.queues import Queues, Wanted
from store.summary import Summaries

WHOLE = {"cases", "clocks", "sop_states"}
FILTERS = (
    {},
    {"country": "RS"},
    {"country": "CH"},
    {"sop": "return"},
    {"responsible": "cm-0017"},
    {"statutory": True},
    {"role": "competent_authority"},
    {"country": "RO", "sop": "identification", "statutory": False},
)


class Explaining(Database):
    """A database that explains every statement with named parameters before it runs it."""

    def __init__(self, engine: Any) -> None:
        super().__init__(engine)
        self.plans: list[Any] = []

    async def rows(self, query: str, given: Mapping[str, Any]) -> list[dict[str, Any]]:
        (row,) = await super().rows(f"EXPLAIN (FORMAT JSON) {query}", given)
        plan = row["QUERY PLAN"]
        self.plans += plan if isinstance(plan, list) else json.loads(plan)
        return await super().rows(query, given)

    def read_whole(self) -> set[str]:
        """The tables that some statement since the last time reads from end to end."""
        found = {
            node["Relation Name"]
            for plan in self.plans
            for node in nodes(plan["Plan"])
            if "Seq Scan" in node["Node Type"]
        }
        self.plans = []
        return found & WHOLE


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes(inner)


@pytest_asyncio.fixture(scope="module")
async def caseload(server_url: str) -> AsyncIterator[str]:
    """1,000 open cases and 18,000 closed ones."""
    async with await psycopg.AsyncConnection.connect(server_url, autocommit=True) as connection:
        await connection.execute("CREATE DATABASE caseload TEMPLATE template_of_tests")
    url = f"{server_url.rsplit('/', 1)[0]}/caseload"
    made = moulds([1], "2 years")
    half = write(url, lambda: made, open_=1_000, closed=0, quiet=True)
    whole = write(url, lambda: made, open_=1_000, closed=18_000, quiet=True)
    assert (half.cases, whole.cases, whole.at) == (1_000, 19_000, half.at), "it goes on where it was broken off"
    yield url


@pytest_asyncio.fixture
async def explaining(caseload: str) -> AsyncIterator[Explaining]:
    opened = Explaining.connect(caseload)
    assert isinstance(opened, Explaining)
    yield opened
    await opened.close()


def asked(database: Database) -> Iterator[tuple[str, Callable[[], Awaitable[Any]]]]:
    """Every statement of the queues and figures, with each filter."""
    queues, figures, listings = Queues(database), Summaries(database), Listings(database)
    now = datetime.now(UTC)
    soon = {"": now + timedelta(days=7), "RS": now + timedelta(days=8)}
    for filters in FILTERS:
        wanted = Wanted.model_validate(filters)
        for queue in ("overdue", "due_soon", "abroad", "waiting"):
            yield f"{queue} {filters}", lambda q=queue, w=wanted: queues.clocks(q, w, now, soon=soon)  # type: ignore[misc]
        yield f"halted {filters}", lambda w=wanted: queues.halted(w, ["case_manager"])  # type: ignore[misc]
        yield f"idle {filters}", lambda w=wanted: queues.idle(w, now)  # type: ignore[misc]
        yield f"unassigned {filters}", lambda w=wanted: queues.unassigned(w, ["cm-0001"])  # type: ignore[misc]
        chosen = {name: filters[name] for name in ("country", "sop", "responsible") if name in filters}
        yield f"stays {filters}", lambda c=chosen: figures.stays(**c)  # type: ignore[misc]
        yield f"figures {filters}", lambda c=chosen: figures.figures(now, soon, held=["case_manager"], **c)  # type: ignore[misc]
        for more in ({}, {"overdue": True}, {"stuck": True}):
            yield f"cases {filters} {more}", lambda c=chosen, m=more: listings.list_cases(now=now, **c, **m)  # type: ignore[misc]
    compliance = Compliance(database)
    for chosen in ({}, {"country": "RS"}, {"sop": "identification"}):
        for month in (now - timedelta(days=365), now - timedelta(days=30)):
            yield f"law {chosen}", lambda c=chosen, m=month: compliance.of_law(now, m, now, **c)  # type: ignore[misc]
            yield f"answers {chosen}", lambda c=chosen, m=month: compliance.answers(now, m, now, **c)  # type: ignore[misc]
    yield "suspects", lambda: queues.suspects(now, now, now)


async def test_no_queue_and_no_figure_reads_a_whole_table(explaining: Explaining) -> None:
    wrong, found = {}, 0
    for name, ask in asked(explaining):
        found += bool(await ask())
        if whole := explaining.read_whole():
            wrong[name] = whole
    assert wrong == {}
    assert found > 60, "the caseload has lines for nearly every question"


async def test_without_its_index_a_queue_would_read_a_whole_table(explaining: Explaining, caseload: str) -> None:
    """The negative control."""
    async with await psycopg.AsyncConnection.connect(caseload) as connection:
        for name in ("clocks_running", "clocks_running_by_country", "clocks_running_of_responsible", "clocks_unheard"):
            await connection.execute(f"DROP INDEX {name}".encode())
        await connection.commit()
    await Queues(explaining).clocks("overdue", Wanted(), datetime.now(UTC))
    assert explaining.read_whole() == {"clocks"}
