"""Very many clocks of as many cases are due in one and the same second: all act, and by how much each was late."""

import argparse
import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta

from bench.fuses import Acted, Fuses
from bench.system import PARTS, running
from runtime.ending import end

ONCE = ("clock_missed", "reminder_sent")


async def main(count: int) -> int:
    async with running() as system:
        fuses = Fuses(system)
        print(f"opening {count:,} cases", flush=True)
        cases = await fuses.open(count)
        # as many calls again set the clocks; the moment lies after the last of them
        ahead = max(20.0, count / 20)
        due = (datetime.now(UTC) + timedelta(seconds=ahead)).replace(microsecond=0)
        print(f"setting {count:,} clocks to one second, {ahead:.0f} s ahead", flush=True)
        await fuses.light(dict.fromkeys(cases, due))
        spare = (due - datetime.now(UTC)).total_seconds()
        print(f"all are set, {spare:.0f} s before their moment", flush=True)
        await asyncio.sleep(max(0.0, spare))
        before = {part: system.cpu(part) for part in PARTS}
        found = await fuses.acted(cases, within=60 + count / 10)
        done = (datetime.now(UTC) - due).total_seconds()
        used = ", ".join(f"{part} {system.cpu(part) - before[part]:.1f} s" for part in PARTS)
        await fuses.close()
    for line in summary(found, done):
        print(line)
    print(f"processor time since the moment: {used}; load of the machine {os.getloadavg()[0]:.1f}")
    return 0 if spare > 0 and all(one.kinds == ONCE and min(one.late) >= 0 for one in found) else 1


def summary(found: list[Acted], done: float) -> list[str]:
    """What is printed: how many acted exactly once, and how late."""
    once = sum(one.kinds == ONCE and one.told == 1 for one in found)
    late = sorted(seconds for one in found for seconds in one.late)
    early = sum(seconds < 0 for seconds in late)
    return [
        f"{once:,} of {len(found):,} clocks acted exactly once, in order; {early} early",
        f"lateness p50 {_part(late, 0.5):.2f} s, p99 {_part(late, 0.99):.2f} s, most {_part(late, 1):.2f} s",
        f"all lines were in the ledger {done:.1f} s after the moment",
    ]


def _part(ordered: list[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clocks", type=int, default=1_000)
    code = asyncio.run(main(parser.parse_args().clocks))
    sys.stdout.flush()
    end(code)
