"""Kills the parts of a running Caseway while clients work, and proves that nothing acknowledged is lost or done twice."""

import argparse
import asyncio
import contextlib
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg

from bench.checker import Evidence, Sent, lateness, read, violations
from bench.system import PARTS, System, running
from bench.wire import Answer, Unknown, Wire
from bench.workload import FUSED, Call, Day, Secrets
from cli.folders import SHIPPED, files_of
from runtime.ending import end
from sop.loader import load
from sop.procedure import compile_procedure

GIVE_UP = 90.0
SETTLES = 60.0
AGAIN = 400


@dataclass
class Options:
    """One run of the harness."""

    commands: int = 1_000
    seed: int = 1
    kills: int = 12
    seconds: float | None = None
    """Where given, the load lasts so long and the kills are spread over it; otherwise both go by the commands."""
    clients: int = 8
    cases: int = 0
    """0 for one case in 120 commands, at least 8."""


@dataclass
class Run:
    """What happened."""

    options: Options
    system: System
    procedure: Any
    sent: list[Sent] = field(default_factory=list)
    kills: list[tuple[float, str, int]] = field(default_factory=list)
    troubles: Counter[str] = field(default_factory=Counter)
    backwards: list[str] = field(default_factory=list)
    seen: dict[str, dict[str, Any]] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)
    took: float = 0.0
    settled_after: float = 0.0

    @property
    def secrets(self) -> Secrets:
        return Secrets(self.system.settings.keys.ids)

    @property
    def progress(self) -> float:
        if self.options.seconds:
            return (time.monotonic() - self.began) / self.options.seconds
        return len(self.sent) / self.options.commands


async def drive(system: System, options: Options, say: Callable[[str], None] = lambda _: None) -> Run:
    """Open the cases, let the clients and the nemesis work, wait until all is quiet, ask again for old answers."""
    run = Run(options, system, compile_procedure(load(files_of(SHIPPED / "trm"), "at")))
    cases = options.cases or max(8, options.commands // 120)
    clients = [_Client(run, number) for number in range(options.clients)]
    aside: list[asyncio.Task[None]] = []
    try:
        await asyncio.gather(*(client.open(cases // options.clients + 1) for client in clients))
        for client in clients:
            client.shared = clients[0].mine[0]
        aside = [asyncio.create_task(_nemesis(run, say)), asyncio.create_task(_tell_progress(run, say))]
        await asyncio.gather(*(client.work() for client in clients))
        run.took = time.monotonic() - run.began
        await aside[0]
        began = time.monotonic()
        await _settle(run)
        run.settled_after = time.monotonic() - began
        await _ask_again(run, clients)
    finally:
        for task in aside:
            task.cancel()
        await asyncio.gather(*aside, return_exceptions=True)
        await asyncio.gather(*(client.wire.close() for client in clients))
    return run


class _Client:
    """A program that works on some cases and never takes silence for a no."""

    def __init__(self, run: Run, number: int) -> None:
        self._run = run
        self._chance = random.Random(f"{run.options.seed}/{number}")
        self._day = Day(run.procedure, self._chance, f"{run.options.seed}-{number}")
        self.wire = Wire(run.system.port, patience=15)
        self.mine: list[str] = []
        self.shared = ""
        self._known: dict[str, int] = {}

    async def open(self, cases: int) -> None:
        for _ in range(cases):
            sent = Sent(self._day.opening(), "")
            await self.send(sent)
            assert sent.acknowledged, sent.body
            self.mine.append(sent.case)
            for call in self._day.preparing(sent.case):
                await self.send(Sent(call, sent.case))

    async def work(self) -> None:
        while self._run.progress < 1:
            case = self.shared if self._chance.random() < 0.15 else self._chance.choice(self.mine)
            await self.send(Sent(self._day.next(case, self._run.seen[case]), case))
            if self._chance.random() < 0.05:
                await self._look(case)

    async def send(self, sent: Sent) -> None:
        """Until there is an answer: time-outs, broken connections and 5xx are unknown, and tried again under the key."""
        self._run.sent.append(sent)
        until = time.monotonic() + GIVE_UP
        pause = 0.05
        while time.monotonic() < until:
            answer = await self.once(sent.call)
            if answer is None:
                sent.unknown += 1
            elif answer.status >= 500 or answer.status == 429:
                self._run.troubles[f"{answer.status} {answer.json.get('code')}"] += 1
                sent.unknown += answer.status != 429
            else:
                self._keep(sent, answer)
                if self._chance.random() < 0.05 and (more := await self.once(sent.call)) and more.status < 429:
                    if sent.refused and more.status < 300:
                        self._keep(sent, more)  # nothing is kept of a refusal: the case may have moved on meanwhile
                    else:
                        sent.said.append((more.status, more.body))
                return
            await asyncio.sleep(pause * self._chance.uniform(0.5, 1.5))
            pause = min(2 * pause, 1.0)
        self._run.troubles["gave up"] += 1

    async def once(self, call: Call) -> Answer | None:
        token = self._run.system.tokens[call.role]
        try:
            return await self.wire.call(call.method, call.path, token, call.body, {"Idempotency-Key": call.key})
        except Unknown as unknown:
            self._run.troubles[str(unknown)] += 1
            return None

    def _keep(self, sent: Sent, answer: Answer) -> None:
        sent.status, sent.body = answer.status, answer.body
        if sent.acknowledged:
            said = answer.json
            sent.case, sent.seq = said["id"], said["seq"]
            if "sops" in said:
                self._run.seen[sent.case] = said
            if said["recorded"]:
                self._known[sent.case] = max(self._known.get(sent.case, 0), said["seq"])

    async def _look(self, case: str) -> None:
        """What was answered as recorded is there when it is read next."""
        with contextlib.suppress(Unknown):
            known = self._known.get(case, 0)
            answer = await self.wire.call("GET", f"/v1/cases/{case}", self._run.system.tokens["case_manager"])
            if answer.status == 200 and answer.json["seq"] < known:
                self._run.backwards.append(f"backwards: {case} was read at {answer.json['seq']} after {known}")


async def _nemesis(run: Run, say: Callable[[str], None]) -> None:
    """Every part in turn, in an order and at moments that the seed gives; now and then two at once."""
    chance = random.Random(f"{run.options.seed}/nemesis")
    order: list[str] = []
    while len(order) < run.options.kills:
        order += chance.sample(PARTS, len(PARTS))
    for number, part in enumerate(order[: run.options.kills]):
        together = number and chance.random() < 0.15
        moment = (number + chance.uniform(0.1, 0.9)) / (run.options.kills + 0.5)
        while not together and run.progress < min(moment, 0.97):
            await asyncio.sleep(0.02)
        pid = await _alive(run.system, part)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            run.kills.append((time.monotonic() - run.began, part, pid))
            say(f"  {time.monotonic() - run.began:6.1f} s  killed {part}")


async def _alive(system: System, part: str) -> int:
    """The pid of the part once it runs: not that of the one killed before."""
    while True:
        with contextlib.suppress(OSError, ValueError):
            pid = system.pid(part)
            os.kill(pid, 0)
            return pid
        await asyncio.sleep(0.02)


async def _tell_progress(run: Run, say: Callable[[str], None]) -> None:
    while True:
        await asyncio.sleep(10)
        say(f"  {time.monotonic() - run.began:6.1f} s  {len(run.sent)} commands, {len(run.kills)} kills")


async def _settle(run: Run) -> None:
    """Wait until every part answers, the ledger has caught up, and no clock is due that has not acted."""
    until = time.monotonic() + SETTLES
    wire = Wire(run.system.port)
    waiting = {sent.case for sent in run.sent if sent.acknowledged}
    while waiting and time.monotonic() < until:
        for case in sorted(waiting):
            try:
                recorded, fresh = await views(wire, run.system, case)
            except Unknown:
                break
            now = time.time()
            fused = [one for one in fresh["clocks"] if one["name"] == FUSED and one["status"] == "running"]
            due = any(not one["missed_at"] and _seconds(one["due"]) < now + 8 for one in fused)
            if recorded["seq"] == fresh["seq"] and not due and not _assessing(fresh):
                waiting.discard(case)
        await asyncio.sleep(0.1)
    await asyncio.sleep(0.5)  # messages go out after the entries
    await wire.close()


def _assessing(view: dict[str, Any]) -> bool:
    return any(measure["awaits_result"] for measure in view["measures"])


def _seconds(moment: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(moment).timestamp()


async def views(wire: Wire, system: System, case: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The case as recorded, and as the engine has it."""
    token = system.tokens["case_manager"]
    recorded = await wire.call("GET", f"/v1/cases/{case}", token)
    fresh = await wire.call("GET", f"/v1/cases/{case}?fresh=1", token)
    if recorded.status != 200 or fresh.status != 200:
        raise Unknown("not 200")
    return recorded.json, fresh.json


async def _ask_again(run: Run, clients: list[_Client]) -> None:
    """Old keys once more: the first answer, byte for byte, and no second effect."""
    chosen = [sent for sent in run.sent if sent.acknowledged]
    chosen = random.Random(run.options.seed).sample(chosen, min(AGAIN, len(chosen)))

    async def ask(number: int) -> None:
        for sent in chosen[number :: len(clients)]:
            answer = await clients[number].once(sent.call)
            if answer is not None and answer.status < 500:
                sent.said.append((answer.status, answer.body))

    await asyncio.gather(*(ask(number) for number in range(len(clients))))


async def evidence(run: Run, connection: psycopg.AsyncConnection[Any]) -> Evidence:
    """All that the checker wants; the database is read over this connection, so a planted fault can be taken back."""
    wire = Wire(run.system.port)
    kept = await read(connection)
    shown = {case: await views(wire, run.system, case) for case in sorted({s.case for s in run.sent if s.acknowledged})}
    await wire.close()
    return Evidence(run.procedure, run.secrets, run.sent, kept, shown)


PLANTS = {
    "lost": "DELETE FROM entries WHERE (case_id, seq) = ({victim})",
    "double": "INSERT INTO entries SELECT case_id, (SELECT max(seq) + 1 FROM entries m WHERE m.case_id = e.case_id), at,"
    " actor, role, command, key || '#' || seq, events FROM entries e WHERE (case_id, seq) = ({victim})",
    "order": "UPDATE entries SET at = at - interval '1 day' WHERE (case_id, seq) = ({victim})",
    "clock": "UPDATE clocks SET due = due + interval '1 hour' WHERE ctid = (SELECT min(ctid) FROM clocks)",
    "state": "UPDATE cases SET snapshot = jsonb_set(snapshot, '{{sops,identification,state}}', '\"identified\"')"
    " WHERE case_id = (SELECT min(case_id) FROM cases)",
    "message": "DELETE FROM outbox WHERE id = (SELECT min(id) FROM outbox)",
}
"""Faults for the checker to find, each as a statement."""

_VICTIM = "SELECT case_id, seq FROM entries WHERE actor LIKE 'demo-%' AND seq > 2 ORDER BY case_id, seq LIMIT 1"


async def plant(connection: psycopg.AsyncConnection[Any], fault: str) -> int:
    """Spoil the ledger; how many rows were changed."""
    done = await connection.execute(PLANTS[fault].format(victim=_VICTIM).replace("LIKE 'demo-%'", "LIKE 'demo-%%'"), ())
    return done.rowcount


async def judged(run: Run, fault: str | None = None) -> tuple[Evidence, list[str]]:
    """The verdict; with a planted fault that is taken back afterwards."""
    connection = await psycopg.AsyncConnection.connect(run.system.settings.database)
    try:
        if fault and not await plant(connection, fault):
            raise AssertionError(f"nothing to spoil for ‘{fault}’")
        found = await evidence(run, connection)
    finally:
        await connection.rollback()
        await connection.close()
    return found, [*violations(found), *run.backwards]


def summary(run: Run, found: Evidence, broken: list[str]) -> list[str]:
    """What a person wants to know."""
    lines = Counter(
        entry.actor if entry.actor in ("clock", "engine") else "people"
        for entries in found.kept.entries.values()
        for entry in entries
    )
    late = lateness(found)
    killed = Counter(part for _, part, _ in run.kills)
    return [
        f"seed {run.options.seed}: {len(run.sent)} commands on {len(found.views)} cases in {run.took:.1f} s, "
        f"settled {run.settled_after:.1f} s later",
        f"kills: {len(run.kills)} ({', '.join(f'{part} {killed[part]}' for part in PARTS)})",
        f"answers: {sum(s.acknowledged for s in run.sent)} acknowledged, {sum(s.refused for s in run.sent)} refused, "
        f"{sum(not s.acknowledged and not s.refused for s in run.sent)} unknown; "
        f"{sum(s.unknown > 0 for s in run.sent)} needed more than one try; "
        f"{sum(len(s.said) for s in run.sent)} asked again",
        f"ledger: {sum(lines.values())} entries ({', '.join(f'{who} {count}' for who, count in sorted(lines.items()))}); "
        f"clocks that ran out: {len(late)}, latest {late[-1] if late else 0:.2f} s after its moment",
        f"troubles on the way: {', '.join(f'{what} {count}' for what, count in run.troubles.most_common()) or 'none'}",
        *(f"VIOLATION {one}" for one in broken[:40]),
        f"verdict: {'every promise kept' if not broken else f'{len(broken)} VIOLATIONS'}",
    ]


async def main(options: Options, fault: str | None) -> int:
    def say(line: str) -> None:
        print(line, flush=True)

    say(f"seed {options.seed}")
    async with running() as system:
        run = await drive(system, options, say)
        found, broken = await judged(run, fault)
        say("\n".join(summary(run, found, broken)))
    return 1 if broken else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commands", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--cases", type=int, default=0)
    parser.add_argument(
        "--plant", choices=sorted(PLANTS), help="a fault that the checker must find; the exit code is then 1"
    )
    given = vars(parser.parse_args())
    fault = given.pop("plant")
    code = asyncio.run(main(Options(**given), fault))
    sys.stdout.flush()
    end(code)
