"""Moves many running cases to another version, kills the mover in the middle, and proves that none is lost or moved twice."""

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.system import PROJECT, System, running
from cli.folders import SHIPPED, files_of
from runtime.ending import end

BASE, COUNTRY = "1.0-bench", "AT"
"""The version of the base in which the edit is made; the cases follow what the country makes of it."""
EDIT = (b"    rule: R12\n    deadline: 24 hours", b"    rule: R12\n    deadline: 48 hours")
CLOCK = "identification.case_manager_due"
PLANNED_WITHIN, APPLIED_WITHIN = 20.0, 300.0
_WRONG = """
SELECT count(*) FILTER (WHERE c.procedure_version <> %(version)s),
       count(*) FILTER (WHERE moves.count <> 1),
       count(*) FILTER (WHERE k.due <> k.anchor_hour + interval '48 hours'),
       count(*) FILTER (WHERE gaps.count <> c.seq)
FROM cases c
CROSS JOIN LATERAL (SELECT count(*) FROM entries e, jsonb_array_elements(e.events) v
                    WHERE e.case_id = c.case_id AND v->>'kind' = 'procedure_adopted') moves
CROSS JOIN LATERAL (SELECT count(*) FROM entries e WHERE e.case_id = c.case_id) gaps
JOIN LATERAL (SELECT due, date_trunc('hour', anchor) + interval '1 hour' AS anchor_hour FROM clocks
              WHERE case_id = c.case_id AND clock = %(clock)s) k ON true
"""


@dataclass(frozen=True)
class Found:
    """Seconds, and how many cases are wrong: on the old version, moved not once, with a wrong clock, with a gap."""

    cases: int
    planned: float
    applied: float
    before_the_kill: int
    wrong: tuple[int, int, int, int]
    load: tuple[float, float]
    """How busy the machine was in the last minute, before and after: others may be at work on it."""

    def __str__(self) -> str:
        return (
            f"{self.cases} cases planned in {self.planned:.1f} s (≤ {PLANNED_WITHIN:.0f}), applied in {self.applied:.1f} s"
            f" (≤ {APPLIED_WITHIN:.0f}), killed after {self.before_the_kill}\n"
            f"on the old version {self.wrong[0]}, not moved once {self.wrong[1]}, wrong clock {self.wrong[2]},"
            f" gap in the ledger {self.wrong[3]}\n"
            f"load {self.load[0]:.1f} before, {self.load[1]:.1f} after, on {os.cpu_count()} processors"
        )


async def measure(system: System, cases: int) -> Found:
    """Open, publish, plan, apply with one kill, apply again, count what is wrong."""
    address = f"http://127.0.0.1:{system.port}"
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "CASEWAY_URL": address}
    environment["CASEWAY_TOKEN"] = system.tokens["coordinator"]
    async with httpx.AsyncClient(base_url=address, timeout=60) as client:
        await _open(client, system.tokens["first_responder"], cases)
        with tempfile.TemporaryDirectory() as folder:
            _edited(Path(folder))
            options = ("--overlay", COUNTRY.lower(), "--why", "a benchmark")
            target = (await _run(environment, "publish", folder, *options)).splitlines()[-2].split()[0]
        version, load = target.partition("@")[2], os.getloadavg()[0]
        began = time.monotonic()
        plan = json.loads(await _run(environment, "plan", "--to", target, "--format", "json"))
        planned = time.monotonic() - began
        began = time.monotonic()
        process = await _start(environment, "apply", plan["id"])
        await _moved(system, version, cases // 2)
        process.send_signal(signal.SIGKILL)
        await process.communicate()
        killed = await _moved(system, version, 0)
        await _run(environment, "apply", plan["id"])
        applied = time.monotonic() - began
    async with await system.database() as database:
        row = await (await database.execute(_WRONG, {"version": version, "clock": CLOCK})).fetchone()
    assert row is not None
    return Found(len(plan["lines"]), planned, applied, killed, tuple(row), (load, os.getloadavg()[0]))  # type: ignore[arg-type]


async def _open(client: httpx.AsyncClient, token: str, cases: int) -> None:
    left = iter(range(cases))

    async def caller() -> None:
        for _ in left:
            body = {"procedure": "trm", "country": COUNTRY}
            answer = await client.post("/v1/cases", json=body, headers={"Authorization": f"Bearer {token}"})
            answer.raise_for_status()

    await asyncio.gather(*(caller() for _ in range(16)))


def _edited(folder: Path) -> None:
    files = files_of(SHIPPED / "trm")
    files["procedure.yaml"] = files["procedure.yaml"].replace(b'version: "1.0"', f'version: "{BASE}"'.encode())
    files["identification.yaml"] = files["identification.yaml"].replace(*EDIT)
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)


async def _start(environment: dict[str, str], *arguments: str) -> asyncio.subprocess.Process:
    command = [sys.executable, "-m", "cli.main", "sop", *arguments]
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*command, env=environment, stdout=pipe, stderr=pipe)


async def _run(environment: dict[str, str], *arguments: str) -> str:
    process = await _start(environment, *arguments)
    out, err = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{arguments[0]}: exit {process.returncode}\n{out.decode()}{err.decode()}")
    return out.decode()


async def _moved(system: System, version: str, at_least: int) -> int:
    async with await system.database() as database:
        while True:
            query = "SELECT count(*) FROM cases WHERE procedure_version = %s"
            row = await (await database.execute(query, (version,))).fetchone()
            count = int(str(row[0])) if row else 0
            if count >= at_least:
                return count
            await asyncio.sleep(0.05)


async def main(cases: int) -> int:
    async with running() as system:
        found = await measure(system, cases)
    print(found)
    return 0 if not any(found.wrong) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000)
    end(asyncio.run(main(parser.parse_args().cases)))
