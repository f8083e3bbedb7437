"""The simulator: simulated case-days a second on one core, with the shipped settings, beside the engine's decisions alone."""

import argparse
import os
import time
from dataclasses import dataclass

from bench.engine import bare
from cli.folders import SHIPPED, files_of
from cli.sop_simulate import undisturbed
from sop.loader import load
from sop.procedure import Procedure, compile_procedure
from workshop import simulating
from workshop.caseload import Simulation
from workshop.results import Result, result_of
from workshop.simulations import simulation_in

TARGET = 100_000


@dataclass(frozen=True)
class Spent:
    """Seconds: of the core for the process, of those in its own code (without the kernel's), and by the clock on the wall."""

    cpu: float
    user: float
    wall: float


@dataclass(frozen=True)
class Pace:
    """One whole run: what came of it, what it took, and how much of that was inside `decide` alone."""

    result: Result
    spent: Spent
    deciding: float
    triggers: float
    """Bare triggers of `transitions` a second, measured between the rounds: what this machine gives just now."""

    @property
    def days_a_second(self) -> float:
        return self.result.case_days / self.spent.cpu

    @property
    def decisions_a_second(self) -> float:
        return self.result.decisions / self.spent.cpu


def shipped() -> tuple[Procedure, Simulation]:
    """The shipped procedure and its default settings."""
    files = files_of(SHIPPED / "trm")
    procedure = compile_procedure(load(files))
    name = "simulations/default.yaml"
    simulation = simulation_in(name, files[name], procedure)
    assert isinstance(simulation, Simulation)
    return procedure, simulation


def once(procedure: Procedure, simulation: Simulation) -> tuple[Result, Spent]:
    run = simulating.Run(procedure, simulation)
    with undisturbed():
        before = time.process_time(), os.times().user, time.perf_counter()
        run.advance(run.end)
        after = time.process_time(), os.times().user, time.perf_counter()
    return result_of(run), Spent(*(now - then for then, now in zip(before, after, strict=True)))


def measure(rounds: int) -> Pace:
    """The best of the rounds: what the code can do, not what others left of the machine."""
    procedure, simulation = shipped()
    runs, triggers = [], 0.0
    for _ in range(rounds):
        triggers = max(triggers, bare(0.5).rate)
        runs.append(once(procedure, simulation))
    result, spent = min(runs, key=lambda pair: pair[1].cpu)
    return Pace(result, spent, _deciding(procedure, simulation), triggers)


def _deciding(procedure: Procedure, simulation: Simulation) -> float:
    """The seconds that the engine's decisions take within one run."""
    real, spent = simulating.decide, 0.0

    def timed(*arguments: object) -> object:
        nonlocal spent
        began = time.process_time()
        outcome = real(*arguments)  # type: ignore[arg-type]
        spent += time.process_time() - began
        return outcome

    simulating.decide = timed  # type: ignore[assignment]
    try:
        once(procedure, simulation)
    finally:
        simulating.decide = real
    return spent


def lines(pace: Pace) -> list[str]:
    """As a table."""
    result, spent = pace.result, pace.spent
    return [
        f"  {result.case_days:,.0f} case-days of {result.arrived} cases, {result.decisions:,} decisions; "
        f"{spent.cpu:.2f} s of the core ({spent.user:.2f} s in our own code), {spent.wall:.2f} s on the wall",
        f"  case-days a second of the core {pace.days_a_second:>9,.0f}",
        f"  … of it in our own code        {result.case_days / spent.user:>9,.0f}",
        f"  … on the wall                  {result.case_days / spent.wall:>9,.0f}",
        f"  … while bare triggers make     {pace.triggers:>9,.0f}/s   "
        f"({pace.days_a_second / pace.triggers:.2f} case-days in the time of one)",
        f"  decisions a second of the core {pace.decisions_a_second:>9,.0f}",
        f"  decisions a case-day           {result.decisions / result.case_days:>9.3f}",
        f"  of the time inside `decide`    {100 * pace.deciding / spent.cpu:>7.0f} %",
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    print("\n".join(lines(measure(parser.parse_args().rounds))))
