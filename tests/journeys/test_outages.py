"""A part is away while clocks come due: afterwards each has acted once, in order, none early. And what the doctor says."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bench.fuses import Acted, Fuses
from bench.system import PROJECT, System, family, running
from store.diagnosis import newest

pytestmark = pytest.mark.system

CASES = 12
AWAY = 6.0
ONCE = ("clock_missed", "reminder_sent")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def system() -> AsyncIterator[System]:
    async with running() as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def fuses(system: System) -> AsyncIterator[Fuses]:
    made = Fuses(system)
    yield made
    await made.close()


def signalled(system: System, part: str, sign: signal.Signals) -> None:
    for pid in family(system.pid(part)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sign)


@contextlib.asynccontextmanager
async def away(system: System, part: str) -> AsyncIterator[None]:
    """The part does not answer as long as the block lasts; then it dies, and is started again."""
    signalled(system, part, signal.SIGSTOP)
    try:
        yield
    finally:
        signalled(system, part, signal.SIGKILL)


async def due_while_away(system: System, fuses: Fuses, part: str) -> list[Acted]:
    """Clocks come due all through the outage of a part, one after the other."""
    cases = await fuses.open(CASES)
    begins = datetime.now(UTC) + timedelta(seconds=4)
    await fuses.light({case: begins + timedelta(seconds=n * AWAY / CASES) for n, case in enumerate(cases)})
    await asyncio.sleep(max(0.0, (begins - datetime.now(UTC)).total_seconds() - 0.5))
    async with away(system, part):
        await asyncio.sleep(AWAY + 0.5)
    return await fuses.acted(cases, within=60)


def logged(system: System, event: str) -> list[dict]:
    lines = (system.folder / "logs" / "worker.log").read_text().splitlines()
    return [json.loads(line) for line in lines if f'"{event}"' in line and line.startswith("{")]


@pytest.mark.parametrize("part", ["worker", "temporal", "postgres"])
async def test_every_clock_acts_once_and_in_order_and_none_early(system: System, fuses: Fuses, part: str) -> None:
    before = len(logged(system, "clocks_late"))
    found = await due_while_away(system, fuses, part)
    assert [(one.kinds, one.told) for one in found] == [(ONCE, 1)] * CASES
    late = [seconds for one in found for seconds in one.late]
    assert min(late) >= 0
    said = logged(system, "clocks_late")[before:]
    if part == "postgres":
        assert max(late) < 3, "the engine needs no database to act in time; only its lines come later"
    else:
        assert max(late) > 2, "the part was away"
        assert max(line["ms"] for line in said) >= 1_000
    assert not any("case_id" in line or line.get("dropped") for line in said)


async def test_without_an_outage_they_act_at_their_moment(system: System, fuses: Fuses) -> None:
    """The control: the lateness above comes from the outage."""
    cases = await fuses.open(2)
    await fuses.light(dict.fromkeys(cases, datetime.now(UTC) + timedelta(seconds=3)))
    found = await fuses.acted(cases, within=30)
    assert [one.kinds for one in found] == [ONCE] * 2
    assert all(0 <= seconds < 2 for one in found for seconds in one.late)


async def doctor(folder: Path, *arguments: str) -> tuple[int, str]:
    return await command(folder, "doctor", *arguments)


async def command(folder: Path, *arguments: str) -> tuple[int, str]:
    environment = os.environ | {"CASEWAY_DATA_DIR": str(folder)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli.main", *arguments, env=environment, cwd=PROJECT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode is not None
    assert b"Traceback" not in err + out, (err + out).decode()
    return process.returncode, out.decode()


async def parts(folder: Path) -> tuple[int, dict[str, dict]]:
    code, said = await doctor(folder, "--format", "json")
    found = json.loads(said)
    assert found["fine"] is (code == 0)
    return code, {part["part"]: part for part in found["parts"]}


async def statement(system: System, query: str) -> None:
    async with await system.database() as connection:
        await connection.execute(query.encode())


async def test_the_doctor_finds_every_part_fine(system: System) -> None:
    code, found = await parts(system.folder)
    assert (code, [name for name, part in found.items() if not part["fine"]]) == (0, []), found
    assert set(found) == {
        *("keys", "disk", "database", "temporal", "migrations", "clock", "vault", "procedures", "ledger"),
        *("housekeeping", "post", "retention", "worker", "cases"),
    }
    code, said = await doctor(system.folder)
    assert (code, "All is fine." in said) == (0, True)


@pytest.mark.parametrize(
    ("part", "breaks", "mends"),
    [
        (
            "procedures",
            """UPDATE procedures SET files = jsonb_set(files, '{procedure.yaml}',
               to_jsonb(replace(files->>'procedure.yaml', 'version: "1.0"', 'version: "1.9"'))) WHERE country IS NULL""",
            """UPDATE procedures SET files = jsonb_set(files, '{procedure.yaml}',
               to_jsonb(replace(files->>'procedure.yaml', 'version: "1.9"', 'version: "1.0"'))) WHERE country IS NULL""",
        ),
        (
            "migrations",
            "UPDATE alembic_version SET version_num = 'r0001'",
            f"UPDATE alembic_version SET version_num = '{newest()}'",
        ),
        (
            "ledger",
            "INSERT INTO awaited VALUES ('x', 'x', 'x', now() - interval '1 hour', now() + interval '1 hour')",
            "DELETE FROM awaited WHERE id = 'x'",
        ),
        (
            "housekeeping",
            "INSERT INTO discrepancies VALUES ('x', 'workflow_gone', 1, NULL, now())",
            "DELETE FROM discrepancies WHERE case_id = 'x'",
        ),
        (
            "post",
            """INSERT INTO deliveries (id, person, case_id, urgent, status, next_at, created_at)
               VALUES ('x', 'x', 'x', false, 'dead', now(), now())""",
            "DELETE FROM deliveries WHERE id = 'x'",
        ),
        (
            "vault",
            "INSERT INTO vault.case_keys VALUES ('x', decode(repeat('00', 60), 'hex'), 1)",
            "DELETE FROM vault.case_keys WHERE case_id = 'x'",
        ),
    ],
)
async def test_the_doctor_names_what_is_wrong_and_the_mend(system: System, part: str, breaks: str, mends: str) -> None:
    await statement(system, breaks)
    try:
        code, found = await parts(system.folder)
        assert (code, [name for name, one in found.items() if not one["fine"]]) == (1, [part]), found
        assert found[part]["mend"]
    finally:
        await statement(
            system, f"UPDATE alembic_version SET version_num = '{newest()}'" if part == "migrations" else mends
        )


async def test_the_doctor_notices_keys_that_others_read(system: System) -> None:
    key = system.folder / "keys" / "root"
    key.chmod(0o644)
    try:
        code, found = await parts(system.folder)
    finally:
        key.chmod(0o600)
    assert (code, found["keys"]["fine"], "chmod 600" in found["keys"]["mend"]) == (1, False, True)


@pytest.mark.parametrize(
    ("part", "wrong"), [("worker", {"cases"}), ("temporal", {"temporal"}), ("postgres", {"database"})]
)
async def test_the_doctor_names_the_part_that_is_away(system: System, part: str, wrong: set[str]) -> None:
    async with away(system, part):
        code, found = await parts(system.folder)
    assert (code, {name for name, one in found.items() if not one["fine"]}) == (1, wrong), found
    for _ in range(100):
        if (await parts(system.folder))[0] == 0:
            return
        await asyncio.sleep(0.5)
    raise AssertionError("it does not come back")


async def test_what_is_lost_from_the_tables_comes_back_from_the_workflows(system: System, fuses: Fuses) -> None:
    cases = await fuses.open(2)
    (before,) = await listed(system, cases[0])
    await statement(system, f"DELETE FROM cases WHERE case_id = '{cases[0]}'")
    assert await listed(system, cases[0]) == []
    code, said = await command(system.folder, "rebuild", "--from-workflows")
    assert (code, "cases were made anew." in said) == (0, True), said
    assert await listed(system, cases[0]) == [before]


async def test_a_workflow_that_is_gone_is_begun_again_by_command(system: System, fuses: Fuses) -> None:
    (case,) = await fuses.open(1)
    client = await system.temporal()
    await client.get_workflow_handle(f"case-{case}").terminate()
    await statement(system, f"INSERT INTO discrepancies VALUES ('{case}', 'workflow_gone', 3, NULL, now())")
    code, said = await command(system.folder, "rebuild", "--begin-again")
    assert (code, "1 workflows were started again." in said) == (0, True), said
    await fuses.light({case: datetime.now(UTC) + timedelta(seconds=3)})
    (found,) = await fuses.acted([case], within=30)
    assert (found.kinds, found.told) == (ONCE, 1)


async def test_the_schedule_of_housekeeping_is_there(system: System) -> None:
    client = await system.temporal()
    described = await client.get_schedule_handle("keep-house-caseway").describe()
    assert [spec.every for spec in described.schedule.spec.intervals] == [timedelta(minutes=15)]


async def listed(system: System, case: str) -> list[object]:
    async with await system.database() as connection:
        query = f"SELECT to_jsonb(c) FROM cases c WHERE case_id = '{case}'"
        return [row[0] for row in await (await connection.execute(query.encode())).fetchall()]


async def test_where_nothing_runs_the_doctor_says_so(tmp_path: Path) -> None:
    code, said = await doctor(tmp_path / "none")
    assert code == 1
    assert "start it with `caseway up`" in said
