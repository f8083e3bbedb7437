"""All benchmarks with modest settings, each beside its yardstick in the same run, as one table. Nothing fails by time."""

import argparse
import asyncio
import os
import platform
import time
from dataclasses import dataclass

from bench import advance, engine, history, simulate
from bench.system import running
from runtime.ending import end


@dataclass(frozen=True)
class Line:
    """One figure and what it is measured against."""

    what: str
    value: str
    target: str
    met: bool | None

    def __str__(self) -> str:
        mark = {True: "met", False: "NOT met", None: ""}[self.met]
        return f"{self.what:58} {self.value:>18}   {self.target:24} {mark}"


def of_engine(rates: dict[str, engine.Speed]) -> list[Line]:
    decided, yardstick = rates["decide"].rate, rates["bare trigger"].rate
    return [
        Line("decisions on the whole procedure", f"{decided:,.0f}/s", "≥ 20,000/s", decided >= engine.TARGET),
        Line("a decision, in bare triggers of `transitions`", f"{yardstick / decided:.1f}", "", None),
        Line("all steps of a case with their reasons (`options`)", f"{1000 / rates['options'].rate:.2f} ms", "", None),
    ]


def of_advance(found: advance.Rounds) -> list[Line]:
    p50, rate = advance.ratios(found)
    one, bare = found["advance", 1], found["bare", 1]
    said = f"{one.percentile(0.5):.1f} / {one.percentile(0.95):.1f} ms"
    return [
        Line("advance a case over HTTP, one caller, p50 / p95", said, "", None),
        Line(
            f"… its p50 in bare updates ({bare.percentile(0.5):.1f} ms)", f"{p50:.2f} times", "≤ 2.5 times", p50 <= 2.5
        ),
        *(
            Line(
                f"… {callers} callers: a second, beside bare ({found['bare', callers].rate:.0f}/s)",
                f"{found['advance', callers].rate:.0f}/s",
                "",
                None,
            )
            for callers in advance.CALLERS
            if callers > 1
        ),
        Line("… rate as a part of bare, many callers", f"{100 * rate:.0f} %", "≥ 40 % (aim 60 %)", rate >= 0.4),
    ]


def of_history(kept: history.Kept) -> list[Line]:
    events = f"{kept.events:.1f}"
    return [
        Line("history events per step", events, "≤ 6", round(kept.events, 1) <= 6),
        Line("history bytes per step", f"{kept.bytes:,.0f}", "", None),
    ]


def of_simulation(pace: simulate.Pace) -> Line:
    rate = pace.days_a_second
    return Line("simulated case-days on one core", f"{rate:,.0f}/s", "≥ 100,000/s", rate >= simulate.TARGET)


async def main(options: argparse.Namespace) -> None:
    began = time.monotonic()
    load = os.getloadavg()[0]
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, load before {load:.1f}\n")
    print("engine", flush=True)
    rates, kinds, loading = engine.measure(options.engine_seconds)
    print("\n".join(engine.lines(rates, kinds, loading)))
    print("\nsimulating the shipped caseload", flush=True)
    pace = simulate.measure(2)
    print("\n".join(simulate.lines(pace)))
    async with running() as system:
        print("\nadvance a case, against a bare update of an empty workflow on the same server", flush=True)
        found = await advance.measure(system, seconds=options.seconds, rounds=options.rounds, cases=options.load_cases)
        print("\n".join(advance.lines(found)))
        print("\nhistory and memory", flush=True)
        steps = await history.per_step(system, False, 60)
        mixed = await history.per_step(system, True, 60)
        print(f"  {history.told('transitions', steps)}\n  {history.told('mixed', mixed)}")
    async with running() as system:
        print("\n".join(f"  {line}" for line in await history.many(system, options.cases)))
    table = [*of_engine(rates), of_simulation(pace), *of_advance(found), *of_history(mixed)]
    idle = f"{options.cases:,} tried"
    met = True if options.cases >= 20_000 else None
    table.append(Line("idle open cases with running clocks (`--cases 20000`)", idle, "≥ 20,000", met))
    print(f"\n{'figure':58} {'here':>18}   {'target':24}")
    print("\n".join(map(str, table)))
    print(
        f"\n{time.monotonic() - began:.0f} s; load after {os.getloadavg()[0]:.1f}. On a busy machine only the ratios mean much."
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine-seconds", type=float, default=2.0)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each round of advancing")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--load-cases", type=int, default=128)
    parser.add_argument("--cases", type=int, default=500, help="how many to keep open at once")
    asyncio.run(main(parser.parse_args()))
    end(0)
