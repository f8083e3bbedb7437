"""The simulator: simulated case-days a second on one core, with the shipped settings, beside the engine's decisions alone."""

import argparse
import time
from dataclasses import dataclass

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
class Pace:
    """One whole run: what came of it, and the seconds of one core that it took, whole and inside `decide` alone."""

    result: Result
    seconds: float
    deciding: float

    @property
    def days_a_second(self) -> float:
        return self.result.case_days / self.seconds

    @property
    def decisions_a_second(self) -> float:
        return self.result.decisions / self.seconds


def shipped() -> tuple[Procedure, Simulation]:
    """The shipped procedure and its default settings."""
    files = files_of(SHIPPED / "trm")
    procedure = compile_procedure(load(files))
    name = "simulations/default.yaml"
    simulation = simulation_in(name, files[name], procedure)
    assert isinstance(simulation, Simulation)
    return procedure, simulation


def once(procedure: Procedure, simulation: Simulation) -> tuple[Result, float]:
    run = simulating.Run(procedure, simulation)
    began = time.process_time()
    with undisturbed():
        run.advance(run.end)
    return result_of(run), time.process_time() - began


def measure(rounds: int) -> Pace:
    """The best of the rounds: what the code can do, not what others left of the machine."""
    procedure, simulation = shipped()
    result, seconds = min((once(procedure, simulation) for _ in range(rounds)), key=lambda pair: pair[1])
    return Pace(result, seconds, _deciding(procedure, simulation))


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
    result = pace.result
    return [
        f"  {result.case_days:,.0f} case-days of {result.arrived} cases, {result.decisions:,} decisions, {pace.seconds:.1f} s",
        f"  case-days a second   {pace.days_a_second:>9,.0f}",
        f"  decisions a second   {pace.decisions_a_second:>9,.0f}",
        f"  decisions a case-day {result.decisions / result.case_days:>9.3f}",
        f"  of the time inside `decide` {100 * pace.deciding / pace.seconds:.0f} %",
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    print("\n".join(lines(measure(parser.parse_args().rounds))))
