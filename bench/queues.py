"""Every queue, filter and figure on a large caseload, each beside a hand-written query for the same lines, in one run.

A queue is timed as the door asks for it: page, parameters, checked values. The yardstick is the plainest statement that
gives the same columns of the same lines, prepared, its rows thrown away.
"""

import argparse
import asyncio
import gc
import os
import random
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console
from rich.progress import Progress

from api.serve import SELDOM
from bench.caseload import CLOSED, MANAGERS, OPEN, write
from bench.moulds import moulds
from runtime.embedded import postgres_answers, prepare_postgres
from runtime.ending import end
from runtime.processes import Child
from runtime.settings import Settings
from store.database import Database, migrate
from store.listings import Listings
from store.queues import Queues, Wanted
from store.summary import Summaries

KNOWN = [f"cm-{number:04}" for number in range(MANAGERS)]
MOST_TIMES, MOST_MS = 1.5, 150.0
CALL_MS = 5.0
"""So much more a call through the pool may cost than a statement on a connection of its own."""
_TOLD = """(SELECT json_agg(json_build_array(o.to_role, o.what, o.created_at, o.status)) FROM outbox o
    WHERE o.case_id = k.case_id AND o.about = k.clock AND o.due = k.due)"""
_CLOCKS = f"""
SELECT k.case_id, k.country, c.procedure_hash, k.responsible, k.clock, k.sop, k.kind, k.statutory, k.anchor, k.due,
       k.missed_at, k.owes, k.partner, k.counterpart, {_TOLD}
FROM clocks k JOIN cases c ON c.case_id = k.case_id
WHERE k.status = 'running' AND k.open AND {{when}} ORDER BY {{order}}k.due, k.case_id, k.clock LIMIT 50
"""
_LAW_FIRST = "k.statutory DESC, "
_CASES = """
SELECT c.case_id, c.country, c.procedure_name, c.procedure_version, c.procedure_hash, c.seq, c.opened_at, c.moved_at,
       c.closed_at, c.responsible, c.offered_to, c.snapshot->'sops',
       (SELECT min(k.due) FROM clocks k WHERE k.case_id = c.case_id AND k.status = 'running'),
       (SELECT count(*) FROM clocks k WHERE k.case_id = c.case_id AND k.status = 'running' AND k.due <= %(now)s)
FROM cases c WHERE c.closed_at IS NULL {more} ORDER BY c.opened_at DESC, c.case_id DESC LIMIT 51
"""
_COUNTS = (
    "SELECT country, responsible, count(*) FROM cases WHERE closed_at IS NULL GROUP BY 1, 2",
    "SELECT sop, count(*) FROM sop_states WHERE roles IS NOT NULL GROUP BY 1",
    """SELECT country, sop, responsible, statutory, count(*) FROM clocks
       WHERE status = 'running' AND open AND statutory IN (true, false) AND due <= %(now)s GROUP BY 1, 2, 3, 4""",
    """SELECT country, sop, responsible, count(*) FROM clocks WHERE status = 'running' AND open
       AND statutory IN (true, false) AND due > %(now)s AND due <= %(soon)s GROUP BY 1, 2, 3""",
    """SELECT country, sop, responsible, count(*) FROM clocks
       WHERE status = 'running' AND open AND partner AND due <= %(now)s GROUP BY 1, 2, 3""",
    "SELECT country, sop, responsible, count(*) FROM sop_states WHERE stalls_at <= %(now)s GROUP BY 1, 2, 3",
    "SELECT country, responsible, count(*) FROM cases WHERE halted IS NOT NULL GROUP BY 1, 2",
)
_STAYS = """SELECT sop, state, count(*), percentile_disc(0.5) WITHIN GROUP (ORDER BY since),
    percentile_disc(0.1) WITHIN GROUP (ORDER BY since) FROM sop_states WHERE roles IS NOT NULL GROUP BY 1, 2"""
_IDLE = """SELECT s.sop, s.stalls_at, c.snapshot::text FROM sop_states s JOIN cases c ON c.case_id = s.case_id
    WHERE s.stalls_at <= %(now)s {more} ORDER BY s.stalls_at, s.case_id, s.sop LIMIT 50"""
_HALTED = """SELECT c.snapshot::text, c.halted, c.moved_at FROM cases c WHERE c.halted IS NOT NULL
    ORDER BY c.moved_at, c.case_id LIMIT 50"""
_UNASSIGNED = """SELECT c.case_id, c.country, c.procedure_hash, c.responsible, c.offered_to, c.opened_at,
    (SELECT max(e.at) FROM entries e WHERE e.case_id = c.case_id AND e.command = 'offer_case')
    FROM cases c
    WHERE c.closed_at IS NULL AND (c.offered_to IS NOT NULL OR c.responsible <> ALL(%(known)s))
    ORDER BY c.opened_at, c.case_id LIMIT 50"""

Ours = Callable[[dict[str, Any]], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that a supervisor asks, and the statements that are its yardstick."""

    name: str
    ours: Ours
    yardstick: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Timed:
    """Milliseconds of one question: median and 95th of a hundred, ours and the yardstick's."""

    name: str
    lines: int
    ours: tuple[float, float]
    bare: tuple[float, float]

    @property
    def met(self) -> bool:
        return self.ours[1] <= MOST_MS and self.ours[1] <= MOST_TIMES * self.bare[1] + CALL_MS

    def __str__(self) -> str:
        ratio = self.ours[1] / self.bare[1]
        mark = "met" if self.met else "NOT met"
        return (
            f"{self.name:44} {self.lines:>6} {self.ours[0]:>8.1f} {self.ours[1]:>8.1f} {self.bare[0]:>8.1f} "
            f"{self.bare[1]:>8.1f} {ratio:>6.2f}   {mark}"
        )


HEAD = f"{'question':44} {'lines':>6} {'p50 ms':>8} {'p95 ms':>8} {'bare p50':>8} {'bare p95':>8} {'times':>6}"


def questions(database: Database, now: datetime) -> Iterator[Question]:
    """Every queue with each of its filters, the register, and the figures."""
    queues, figures, listings = Queues(database), Summaries(database), Listings(database)
    soon = now + timedelta(days=7)
    filters = {
        "": "true",
        "country": "k.country = %(country)s",
        "sop": "k.sop = %(sop)s",
        "responsible": "k.responsible = %(responsible)s",
        "statutory": "k.statutory",
        "role": "%(role)s = ANY(string_to_array(k.owes, ','))",
    }
    when = {
        "overdue": "k.due <= %(now)s",
        "due_soon": "k.due > %(now)s AND k.due <= %(soon)s",
        "abroad": "k.partner AND k.counterpart IS NOT NULL",
        "waiting": "k.partner AND k.due <= %(now)s",
    }
    for queue, condition in when.items():
        for name, chosen in filters.items():

            async def ours(given: dict[str, Any], queue: Any = queue, name: str = name) -> Any:
                wanted = _wanted(given, name)
                return await queues.clocks(queue, wanted, now, soon={"": soon} if queue == "due_soon" else None)

            order = "" if queue in ("abroad", "waiting") else _LAW_FIRST
            bare = _CLOCKS.format(when=f"{condition} AND {chosen}", order=order)
            yield Question(f"{queue} {f'by {name}' if name else ''}".strip(), ours, (bare,))
    for name in ("", "country", "sop", "responsible"):
        more = f"AND s.{name} = %({name})s" if name else ""
        yield Question(
            f"idle {f'by {name}' if name else ''}".strip(),
            lambda given, name=name: queues.idle(_wanted(given, name), now),
            (_IDLE.format(more=more),),
        )
    held = ["case_manager"]
    yield Question("halted", lambda given: queues.halted(Wanted(), held), (_HALTED,))
    yield Question("unassigned", lambda given: queues.unassigned(Wanted(), KNOWN), (_UNASSIGNED,))
    for name in ("", "country", "responsible"):
        more = f"AND c.{name} = %({name})s" if name else ""
        yield Question(
            f"cases {f'by {name}' if name else ''}".strip(),
            lambda given, name=name: listings.list_cases(now=now, **({name: given[name]} if name else {})),
            (_CASES.format(more=more),),
        )
    yield Question("figures", lambda given: figures.figures(now, {"": soon}, held=held), _COUNTS)
    yield Question("stays", lambda given: figures.stays(), (_STAYS,))


def _wanted(given: dict[str, Any], name: str) -> Wanted:
    return Wanted.model_validate({name: given[name]} if name else {})


async def measure(url: str, now: datetime, rounds: int, seed: int = 1) -> list[Timed]:
    """Ours and the yardstick in turns, with other values each time."""
    database = Database.connect(url)
    options = "-c jit=off -c random_page_cost=1.1"
    found = []
    async with await psycopg.AsyncConnection.connect(url, autocommit=True, options=options) as bare:
        with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as bar:
            for question in bar.track(list(questions(database, now)), description="measuring"):
                found.append(await _timed(question, bare, now, rounds, random.Random(seed)))
    await database.close()
    return found


async def _timed(
    question: Question, bare: psycopg.AsyncConnection[Any], now: datetime, rounds: int, chance: random.Random
) -> Timed:
    ours, theirs, lines = [], [], 0
    for turn in range(rounds + 3):
        given = {
            "now": now,
            "soon": now + timedelta(days=7),
            "country": chance.choice(("RS", "RO", "AT", "CH")),
            "sop": chance.choice(("identification", "return", "proceedings")),
            "responsible": f"cm-{chance.randrange(MANAGERS):04}",
            "role": chance.choice(("case_manager", "competent_authority", "partner_abroad")),
            "statutory": True,
            "known": KNOWN,
        }
        began = time.perf_counter()
        answer = await question.ours(given)
        halfway = time.perf_counter()
        for statement in question.yardstick:
            await (await bare.execute(statement.encode(), given, prepare=True)).fetchall()
        if turn >= 3:  # the first ones make the plans and fill the caches
            ours.append(1000 * (halfway - began))
            theirs.append(1000 * (time.perf_counter() - halfway))
        lines = max(lines, len(getattr(answer, "cases", answer)))
    return Timed(question.name, lines, _percentiles(ours), _percentiles(theirs))


def _percentiles(times: list[float]) -> tuple[float, float]:
    times.sort()
    return times[len(times) // 2], times[min(len(times) - 1, int(len(times) * 0.95))]


@asynccontextmanager
async def server(folder: Path):  # type: ignore[no-untyped-def]
    """The embedded database of a folder, with its tables; the folder stays."""
    settings = Settings(data_dir=folder, demo=False)
    settings.keys.make()
    child = await Child.start(prepare_postgres(settings), folder)
    try:
        await postgres_answers(settings)
        migrate(settings.database)
        yield settings.database
    finally:
        await child.stop()


async def main(options: argparse.Namespace) -> None:
    gc.set_threshold(*SELDOM)  # as the door does
    async with server(options.data) as url:
        written = await asyncio.to_thread(lambda: write(url, moulds, open_=options.open, closed=options.closed))
        size = sum(file.stat().st_size for file in options.data.rglob("*") if file.is_file())
        print(
            f"{written.cases:,} cases, {options.open:,} of them open; {size / 1e9:.1f} GB; load {os.getloadavg()[0]:.1f}"
        )
        print(HEAD)
        timed = await measure(url, written.at, options.rounds)
        print("\n".join(map(str, timed)))
        missed = [one.name for one in timed if not one.met]
        print(
            f"\n{len(timed) - len(missed)} of {len(timed)} within {MOST_TIMES} times the yardstick"
            f" plus {CALL_MS:g} ms, and {MOST_MS:.0f} ms"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="a folder for the database, which is kept")
    parser.add_argument("--open", type=int, default=OPEN)
    parser.add_argument("--closed", type=int, default=CLOSED)
    parser.add_argument("--rounds", type=int, default=40)
    asyncio.run(main(parser.parse_args()))
    end(0)
