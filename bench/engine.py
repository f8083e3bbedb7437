"""The pure engine: decisions a second on the whole shipped procedure, beside a bare `transitions` trigger in the same run."""

import argparse
import random
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from transitions import Machine

from cli.folders import SHIPPED, files_of
from sop.case import Actor, Case
from sop.commands import Command
from sop.decision import Decision, Refused
from sop.loader import load
from sop.machine import decide, options, possible
from sop.procedure import Procedure, compile_procedure
from workshop import playing
from workshop.stories import tell_all

TARGET = 20_000


@dataclass(frozen=True)
class Taken:
    """A command that was accepted while a story was played, and where."""

    case: Case | None
    command: Command
    actor: Actor
    now: datetime
    after: Case


@dataclass(frozen=True)
class Speed:
    """Calls a second, and what is behind them."""

    rate: float
    calls: int


class _Token:
    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


def recorded(procedure: Procedure, files: dict[str, bytes]) -> list[Taken]:
    """Every command that the shipped stories get accepted, as the engine was asked."""
    taken: list[Taken] = []
    real = playing.decide

    def listening(
        of: Procedure, case: Case | None, command: Command, actor: Actor, now: datetime
    ) -> Decision | Refused:
        outcome = real(of, case, command, actor, now)
        if isinstance(outcome, Decision):
            taken.append(Taken(case, command, actor, now, outcome.case))
        return outcome

    playing.decide = listening
    try:
        tell_all(procedure, files)
    finally:
        playing.decide = real
    return taken


def speed(calls: Sequence[Callable[[], object]], seconds: float) -> Speed:
    """The best of the rounds that fit: what the code can do, not what others left of the machine."""
    best, done, until = 0.0, 0, time.perf_counter() + seconds
    while not done or time.perf_counter() < until:
        began = time.process_time()
        for call in calls:
            call()
        best = max(best, len(calls) / max(time.process_time() - began, 1e-9))
        done += len(calls)
    return Speed(best, done)


def bare(seconds: float) -> Speed:
    """What is left when everything but the arrow is taken away."""
    machine = Machine(model=None, states=["a", "b"], initial="a", auto_transitions=False, send_event=False)
    machine.add_transition("on", "a", "b")
    trigger = machine.events["on"].trigger
    return speed([lambda: trigger(_Token("a"))] * 2_000, seconds)


def measure(seconds: float) -> tuple[dict[str, Speed], dict[str, Speed], dict[str, float]]:
    """Rates of everything; rates of `decide` by kind of command; milliseconds of loading."""
    files = files_of(SHIPPED / "trm")
    began = time.process_time()
    definition = load(files)
    loaded = time.process_time()
    procedure = compile_procedure(definition)
    compiled = time.process_time()
    taken = recorded(procedure, files)
    by_kind: dict[str, list[Callable[[], object]]] = defaultdict(list)
    for one in taken:
        by_kind[one.command.kind].append(
            lambda t=one: decide(procedure, t.case, t.command, t.actor, t.now)  # type: ignore[misc]
        )
    mix = [call for calls in by_kind.values() for call in calls]
    chosen = random.Random(1).sample(taken, min(200, len(taken)))
    rates = {
        "decide": speed(mix, seconds),
        "bare trigger": bare(seconds),
        "options": speed([lambda t=t: options(procedure, t.after, t.now) for t in chosen], seconds),  # type: ignore[misc]
        "possible": speed([lambda t=t: possible(procedure, t.after, t.now) for t in chosen], seconds),  # type: ignore[misc]
    }
    kinds = {kind: speed(calls, seconds / 10) for kind, calls in sorted(by_kind.items())}
    return rates, kinds, {"load": 1000 * (loaded - began), "compile": 1000 * (compiled - loaded)}


def lines(rates: dict[str, Speed], kinds: dict[str, Speed], loading: dict[str, float]) -> list[str]:
    """As a table."""
    decided, yardstick = rates["decide"].rate, rates["bare trigger"].rate
    said = [f"  {name:14} {one.rate:>9,.0f}/s  {1e6 / one.rate:>8.1f} µs" for name, one in rates.items()]
    said.append(
        f"  decide : bare trigger   {decided / yardstick:.2f} (a decision costs {yardstick / decided:.1f} triggers)"
    )
    said += [f"    decide {kind:17} {one.rate:>9,.0f}/s  {1e6 / one.rate:>8.1f} µs" for kind, one in kinds.items()]
    said += [f"  {name} the shipped procedure: {took:.0f} ms" for name, took in loading.items()]
    return said


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="for each figure")
    print("\n".join(lines(*measure(parser.parse_args().seconds))))
