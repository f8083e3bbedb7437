"""What a case costs to keep: events and bytes of history per step, memory per open case, and many open cases at once."""

import argparse
import asyncio
import random
import statistics
import time
from dataclasses import dataclass

from temporalio.client import Client

from bench.advance import LOOP, MIXED, Advancing
from bench.system import System, running
from bench.wire import Wire
from runtime.ending import end
from workflows.client import workflow_id

AT_ONCE = 32


@dataclass(frozen=True)
class Kept:
    """Of one case and one kind of steps."""

    steps: int
    events: float
    """per step, the opening not counted"""
    bytes: float
    updates: float
    runs: int
    first: int
    """events of the opening"""


async def histories(client: Client, case_id: str) -> tuple[int, int, int, int]:
    """Runs, events, bytes and accepted updates of a case over all its runs."""
    runs = events = size = updates = 0
    async for execution in client.list_workflows(f"WorkflowId = '{workflow_id(case_id)}'"):
        history = await client.get_workflow_handle(execution.id, run_id=execution.run_id).fetch_history()
        runs += 1
        events += len(history.events)
        size += sum(event.ByteSize() for event in history.events)
        updates += sum(1 for e in history.events if e.HasField("workflow_execution_update_accepted_event_attributes"))
    return runs, events, size, updates


async def per_step(system: System, mixed: bool, steps: int) -> Kept:
    """Take one case through some steps, one after the other, and look at what the server kept."""
    client = await system.temporal()
    taken = Advancing(system, MIXED if mixed else [(f"identification/transitions/{name}", {}) for name in LOOP])
    await taken.open(1)
    case = taken.ids[0]
    for _ in range(100):
        runs, first, opening, _ = await histories(client, case)
        if runs:
            break
        await asyncio.sleep(0.05)
    for _ in range(steps):
        await taken.step(0, 0)
    await asyncio.sleep(1.5)
    runs, events, size, updates = await histories(client, case)
    return Kept(steps, (events - first) / steps, (size - opening) / steps, updates / runs, runs, first)


async def open_many(system: System, cases: int, say: bool = False) -> tuple[list[str], float]:
    """Open cases over HTTP, many at once; each has its clocks running from then on. The ids, and how many a second."""
    token = system.tokens["case_manager"]
    wires = [Wire(system.port, patience=120) for _ in range(min(AT_ONCE, cases))]
    sent = {"procedure": "trm", "country": "AT", "facts": {"age_group": "adult"}, "particulars": {}}
    ids: list[str] = []
    began, told = time.perf_counter(), time.perf_counter()
    left = iter(range(cases))

    async def opens(wire: Wire) -> None:
        nonlocal told
        for number in left:
            key = {"Idempotency-Key": f"many-{number}"}
            for _ in range(20):
                answer = await wire.call("POST", "/v1/cases", token, sent, key)
                if answer.status in (201, 202):
                    break
                await asyncio.sleep(0.5)
            assert answer.status in (201, 202), answer.body
            ids.append(answer.json["id"])
            if say and time.perf_counter() - told > 10:
                told = time.perf_counter()
                print(f"  {len(ids)} open, {len(ids) / (told - began):.0f} a second, {memory(system)}", flush=True)

    await asyncio.gather(*(opens(wire) for wire in wires))
    took = time.perf_counter() - began
    await asyncio.gather(*(wire.close() for wire in wires))
    return ids, cases / took


def memory(system: System) -> str:
    return ", ".join(f"{part} {system.memory(part) / 1e6:.0f} MB" for part in ("worker", "api", "temporal", "postgres"))


async def latency(system: System, ids: list[str], calls: int) -> tuple[float, float]:
    """p50 and p95 in milliseconds of one step on a case chosen at random, one at a time."""
    wire, token = Wire(system.port), system.tokens["case_manager"]
    took = []
    for case in random.Random(1).sample(ids, min(calls, len(ids))):
        began = time.perf_counter()
        path = f"/v1/cases/{case}/identification/transitions/find_reasonable_grounds"
        answer = await wire.call("POST", path, token, {})
        took.append(1000 * (time.perf_counter() - began))
        assert answer.status == 200, answer.body
    await wire.close()
    return statistics.median(took), sorted(took)[int(0.95 * len(took))]


async def many(system: System, cases: int, say: bool = True) -> list[str]:
    """Open so many cases and tell what they cost."""
    await open_many(system, 20)
    await asyncio.sleep(1)
    before = {part: system.memory(part) for part in ("worker", "temporal")}
    ids, rate = await open_many(system, cases, say)
    await asyncio.sleep(2)
    grown = {part: (system.memory(part) - was) / cases / 1000 for part, was in before.items()}
    spent = {part: system.cpu(part) for part in ("worker", "temporal")}
    await asyncio.sleep(5)
    idle = {part: 20 * (system.cpu(part) - was) for part, was in spent.items()}
    p50, p95 = await latency(system, ids, 200)
    return [
        f"{cases} open cases, each with its clocks running; opened {rate:.0f} a second",
        f"resident: {memory(system)}",
        f"grown per case: worker {grown['worker']:.0f} KB, temporal {grown['temporal']:.0f} KB",
        f"on disk per case: temporal {system.size('temporal') / (cases + 20) / 1000:.1f} KB, "
        f"postgres {system.size('postgres') / 1e6:.0f} MB in all",
        f"processor while nobody does anything: worker {idle['worker']:.1f} %, temporal {idle['temporal']:.1f} %",
        f"a step on a case chosen at random: p50 {p50:.1f} ms, p95 {p95:.1f} ms",
    ]


def told(what: str, kept: Kept) -> str:
    return (
        f"{what}: {kept.events:.1f} events and {kept.bytes:.0f} bytes per step, opening {kept.first} events, "
        f"{kept.steps} steps in {kept.runs} run(s), {kept.updates:.0f} updates per run"
    )


async def main(options: argparse.Namespace) -> None:
    async with running() as system:
        if options.cases <= 2_000:
            print(told("transitions", await per_step(system, False, 60)))
            print(told("mixed      ", await per_step(system, True, 60)))
            print(told("a long case", await per_step(system, False, 400)))
        print("\n".join(await many(system, options.cases)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=300)
    asyncio.run(main(parser.parse_args()))
    end(0)
