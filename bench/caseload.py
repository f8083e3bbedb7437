"""A large caseload, written straight into the tables: seeded, with progress, and going on where it was broken off.

Real cases cannot be opened by the million; these are copies of what the simulator makes of the shipped procedure, each
with a code, a country, a responsible person and moments of its own. No workflow stands behind them.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bench.moulds import TABLES, Mould, Moulds, moulds
from casefile.code import new_case_id

CHUNK = 5_000
OPEN, CLOSED = 100_000, 1_000_000
MANAGERS = 2_000
OFFERED_TO = "cm-0000"
COUNTRIES = (
    ("RS", 18), ("RO", 16), ("BG", 12), ("DE", 9), ("IT", 8), ("GR", 7), ("AL", 6), ("MK", 5), ("BA", 4), ("HR", 3),
    ("SI", 2), ("ME", 2), ("XK", 2), ("AT", 2), ("ES", 1), ("FR", 1), ("NL", 1), ("MD", 1), ("CH", 0.1),
)  # fmt: skip
_KEPT = """
CREATE TABLE IF NOT EXISTS bench_caseload (chunk integer PRIMARY KEY, at timestamptz NOT NULL, cases integer NOT NULL);
CREATE TABLE IF NOT EXISTS bench_indexes (name text PRIMARY KEY, definition text NOT NULL);
"""
_SECONDARY = """
SELECT i.indexname, i.indexdef FROM pg_indexes i
WHERE i.schemaname = 'public' AND i.tablename = ANY(%s) AND NOT EXISTS (
    SELECT 1 FROM pg_constraint c WHERE c.conname = i.indexname
)
"""


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in the tables now; `at` is the moment as of which every case stands."""

    at: datetime
    cases: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Copies:
    """Copies of moulds, as of a moment."""

    made: Moulds
    at: datetime
    seed: int

    def rows(self, chunk: int, is_open: bool, count: int) -> dict[str, list[str]]:
        """The rows of a chunk by table; the same chunk is always the same."""
        chance = random.Random(f"{self.seed}-{chunk}")
        names, weights = zip(*COUNTRIES, strict=True)
        countries = chance.choices(names, weights, k=count)
        chosen = chance.choices(self.made.open if is_open else self.made.closed, k=count)
        found: dict[str, list[str]] = {table: [] for table in TABLES}
        for number, (mould, country) in enumerate(zip(chosen, countries, strict=True)):
            case_id = new_case_id(b"bench", f"{self.seed}-{chunk}-{number}")
            person = f"cm-{int(MANAGERS * chance.random() ** 1.5):04}"
            for table, text in mould.fill([case_id, country, person, OFFERED_TO, *self._moments(mould, chance)]):
                found[table].append(text)
        return found

    def _moments(self, mould: Mould, chance: random.Random) -> list[str]:
        back = chance.random() * mould.slack
        shift = self.at - self.made.at - timedelta(seconds=back)
        return [(moment + shift).isoformat() for moment in mould.moments]


def write(
    url: str, make: Callable[[], Moulds], *, open_: int, closed: int, seed: int = 1, quiet: bool = False
) -> Written:
    """Write what is not there yet, by moulds that are made only for that.

    Indexes are taken away first and made again at the end, or the next time.
    """
    began = time.monotonic()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_KEPT)
        done = dict(connection.execute("SELECT chunk, at FROM bench_caseload").fetchall())
        at = next(iter(done.values()), None) or datetime.now(UTC).replace(microsecond=0)
        chunks = _chunks(open_, closed)
        left = [chunk for chunk in chunks if chunk[0] not in done]
        with _progress(quiet) as bar:
            total = sum(count for _, _, count in chunks)
            task = bar.add_task("cases", total=total, completed=total - sum(count for _, _, count in left))
            if left:
                copies = _Copies(make(), at, seed)
                _drop_indexes(connection)
            for number, is_open, count in left:
                _copy(connection, copies.rows(number, is_open, count), number, at, count)
                bar.advance(task, count)
            _make_indexes(connection, bar)
        cases = connection.execute("SELECT count(*) FROM cases").fetchone()
    return Written(at, cases[0] if cases else 0, time.monotonic() - began)


def _chunks(open_: int, closed: int) -> list[tuple[int, bool, int]]:
    """Number, whether its cases are open, and how many there are."""
    opened = [(True, min(CHUNK, open_ - begun)) for begun in range(0, open_, CHUNK)]
    ended = [(False, min(CHUNK, closed - begun)) for begun in range(0, closed, CHUNK)]
    return [(number, is_open, count) for number, (is_open, count) in enumerate([*opened, *ended])]


def _copy(
    connection: psycopg.Connection[tuple[object, ...]], rows: dict[str, list[str]], chunk: int, at: datetime, cases: int
) -> None:
    """One chunk, whole or not at all."""
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
        for table, columns in TABLES.items():
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN".encode()) as copy:
                copy.write("".join(rows[table]))
        cursor.execute("INSERT INTO bench_caseload (chunk, at, cases) VALUES (%s, %s, %s)", (chunk, at, cases))


def _drop_indexes(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    with connection.transaction():
        for name, definition in connection.execute(_SECONDARY, (list(TABLES),)).fetchall():
            connection.execute("INSERT INTO bench_indexes VALUES (%s, %s)", (name, definition))
            connection.execute(f"DROP INDEX {name}".encode())


def _make_indexes(connection: psycopg.Connection[tuple[object, ...]], bar: Progress) -> None:
    """Each is remembered until it is there again; then the tables are looked through, as the server does at night."""
    lost = connection.execute("SELECT name, definition FROM bench_indexes ORDER BY name").fetchall()
    task = bar.add_task("indexes", total=len(lost) + len(TABLES))
    for name, definition in lost:
        with connection.transaction():
            connection.execute(str(definition).encode())
            connection.execute("DELETE FROM bench_indexes WHERE name = %s", (name,))
        bar.advance(task)
    for table in TABLES:
        connection.execute(f"VACUUM ANALYZE {table}".encode())
        bar.advance(task)


def _progress(quiet: bool) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    hidden = quiet or not sys.stderr.isatty()
    return Progress(*columns, console=Console(stderr=True), disable=hidden)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="the database; its tables must be there")
    parser.add_argument("--open", type=int, default=OPEN)
    parser.add_argument("--closed", type=int, default=CLOSED)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    written = write(options.url, moulds, open_=options.open, closed=options.closed, seed=options.seed)
    print(f"{written.cases:,} cases as of {written.at:%Y-%m-%d %H:%M} UTC, {written.seconds:.0f} s")
