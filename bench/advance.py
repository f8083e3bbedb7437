"""Advancing a case over HTTP against a bare update of an empty workflow: the same server, the same run, in turns."""

import argparse
import asyncio
import contextlib
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from temporalio.client import Client

from bench.bare import BareWorkflow
from bench.bare_worker import QUEUE
from bench.system import PROJECT, System, running
from bench.wire import Wire
from runtime.ending import end

CALLERS = (1, 16, 64)
LOOP = ("find_reasonable_grounds", "decline_identification", "reopen")
"""Transitions that lead round in a circle, each accepted from where the one before it leads to."""

MIXED: tuple[tuple[str, dict[str, object]], ...] = (
    ("identification/transitions/find_reasonable_grounds", {}),
    ("identification/measures/access_to_basic_needs", {"status": "planned"}),
    ("identification/measures/access_to_basic_needs", {"status": "done", "fields": {"needs_met": ["food", "rest"]}}),
    ("consents", {"purpose": "assistance"}),
    ("identification/measures/legal_basis_to_share", {"status": "in_progress", "note": "Spoken about it."}),
    ("identification/transitions/decline_identification", {}),
    ("facts", {"facts": {"interpreter_needed": True}}),
    ("identification/transitions/reopen", {}),
)
"""What a day at a case looks like: transitions, measures, a consent, a note; a case grows by it."""

Step = Callable[[int, int], Awaitable[None]]
"""One call by a caller (its number) on a case (its number)."""


@dataclass
class Round:
    """What one kind of call came to at one number of callers."""

    took: list[float] = field(default_factory=list)
    seconds: float = 0.0
    cpu: dict[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        return len(self.took) / self.seconds if self.seconds else 0.0

    def percentile(self, part: float) -> float:
        """Milliseconds."""
        ordered = sorted(self.took)
        return 1000 * ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0


class Advancing:
    """Many cases over HTTP; each caller has its own cases and its own connection."""

    def __init__(self, system: System, steps: Sequence[tuple[str, dict[str, object]]]) -> None:
        self._system, self._steps = system, steps
        self._token = system.tokens["case_manager"]
        self._wires = [Wire(system.port) for _ in range(max(CALLERS))]
        self.ids: list[str] = []
        self._at: list[int] = []

    async def open(self, cases: int) -> None:
        async def one(number: int) -> None:
            sent = {"procedure": "trm", "country": "AT", "facts": {"age_group": "adult"}, "particulars": {}}
            answer = await self._wires[number % 8].call("POST", "/v1/cases", self._token, sent)
            assert answer.status == 201, answer.body
            self.ids.append(answer.json["id"])
            self._at.append(0)

        for first in range(0, cases, 8):
            await asyncio.gather(*(one(number) for number in range(first, min(first + 8, cases))))

    async def step(self, caller: int, case: int) -> None:
        path, sent = self._steps[self._at[case] % len(self._steps)]
        self._at[case] += 1
        answer = await self._wires[caller].call("POST", f"/v1/cases/{self.ids[case]}/{path}", self._token, sent)
        if answer.status not in (200, 201):
            raise AssertionError(f"{path} was answered with {answer.status}: {answer.body.decode()[:400]}")


class Bare:
    """Many empty workflows, updated through the client directly."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._ids: list[str] = []

    async def open(self, cases: int) -> None:
        self._ids = [f"bare-{time.time_ns()}-{number}" for number in range(cases)]
        for first in range(0, cases, 8):
            await asyncio.gather(*(self._open(id) for id in self._ids[first : first + 8]))
        await asyncio.gather(*(self.step(0, number) for number in range(cases)))

    async def _open(self, id: str) -> None:
        await self._client.start_workflow(BareWorkflow.run, id=id, task_queue=QUEUE)

    async def step(self, caller: int, case: int) -> None:
        handle = self._client.get_workflow_handle_for(BareWorkflow.run, self._ids[case])
        await handle.execute_update(BareWorkflow.submit, "on")


async def load(step: Step, callers: int, cases: int, seconds: float, into: Round) -> None:
    """Let the callers call for some seconds, each on its own share of the cases, one after the other."""
    began = time.perf_counter()
    until = began + seconds

    async def calls(caller: int) -> None:
        mine = range(caller, cases, callers)
        while True:
            for case in mine:
                start = time.perf_counter()
                if start >= until:
                    return
                await step(caller, case)
                into.took.append(time.perf_counter() - start)

    await asyncio.gather(*(calls(caller) for caller in range(callers)))
    into.seconds += time.perf_counter() - began


@contextlib.asynccontextmanager
async def bare_worker(system: System) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "bench.bare_worker", str(system.folder), cwd=PROJECT, stdout=asyncio.subprocess.PIPE,
        env={"PYTHONPATH": str(PROJECT)},
    )  # fmt: skip
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


Rounds = dict[tuple[str, int], Round]
KINDS = ("bare", "advance", "mixed")


async def measure(
    system: System, *, seconds: float, rounds: int, cases: int, callers: Sequence[int] = CALLERS
) -> Rounds:
    """Every kind in turn, several rounds, for each number of callers."""
    found: Rounds = {(kind, number): Round() for kind in KINDS for number in callers}
    async with bare_worker(system):
        bare = Bare(await system.temporal())
        advance = Advancing(system, [(f"identification/transitions/{name}", {}) for name in LOOP])
        mixed = Advancing(system, MIXED)
        for each in (bare, advance, mixed):
            await each.open(cases)
            await load(each.step, 8, cases, 1.0, Round())
        steps: dict[str, Step] = {"bare": bare.step, "advance": advance.step, "mixed": mixed.step}
        for number in callers:
            for _ in range(rounds):
                for kind, step in steps.items():
                    into = found[kind, number]
                    before = {part: system.cpu(part) for part in ("api", "worker", "temporal", "postgres")}
                    await load(step, number, cases, seconds, into)
                    for part, used in before.items():
                        into.cpu[part] = into.cpu.get(part, 0.0) + system.cpu(part) - used
    return found


def lines(found: Rounds) -> list[str]:
    """As a table."""
    said = [f"{'callers':>7}  {'what':8} {'per second':>10} {'p50 ms':>8} {'p95 ms':>8}   CPU ms per call by part"]
    for (kind, number), one in sorted(found.items(), key=lambda item: (item[0][1], KINDS.index(item[0][0]))):
        used = " ".join(f"{part} {1000 * spent / max(1, len(one.took)):.1f}" for part, spent in one.cpu.items())
        said.append(
            f"{number:>7}  {kind:8} {one.rate:>10.0f} {one.percentile(0.5):>8.1f} {one.percentile(0.95):>8.1f}   {used}"
        )
    for number in sorted({number for _, number in found}):
        bare = found["bare", number]
        for kind in ("advance", "mixed"):
            one = found[kind, number]
            p50 = one.percentile(0.5) / bare.percentile(0.5)
            said.append(f"{number:>7}  {kind} : bare   p50 {p50:.2f} times, rate {100 * one.rate / bare.rate:.0f} %")
    return said


def ratios(found: Rounds) -> tuple[float, float]:
    """p50 at one caller as a multiple of bare; the middle of the rates at many callers as a part of bare."""
    p50 = found["advance", 1].percentile(0.5) / found["bare", 1].percentile(0.5)
    many = [number for _, number in found if number > 1]
    return p50, statistics.median(found["advance", number].rate / found["bare", number].rate for number in set(many))


async def main(options: argparse.Namespace) -> None:
    async with running() as system:
        found = await measure(system, seconds=options.seconds, rounds=options.rounds, cases=options.cases)
    print("\n".join(lines(found)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cases", type=int, default=192)
    asyncio.run(main(parser.parse_args()))
    end(0)
