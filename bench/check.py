"""How long a check of a procedure with all its overlays and profiles takes: the whole process, and its parts; run it by itself.

`python -m bench.check` prints the shipped procedure and every further definition folder that is named. The figures are
seconds of processor time, the best of several rounds, so they do not depend on what else the machine does, but for its
caches. The whole is that of a process of its own, `caseway sop check`, from its start to its end.
"""

import argparse
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cli.folders import SHIPPED, files_of
from sop.base import look
from sop.compositions import Compositions, overlays_in
from sop.loader import base_of
from sop.reader import understand
from workshop.adapted import Adapted
from workshop.analysis import Analysis
from workshop.check import all_findings

TARGET = 1.0
"""Seconds for the shipped procedure with everything beside it, on one core."""


@dataclass(frozen=True)
class Checked:
    """Seconds of processor time, the best of several rounds."""

    process: float
    wall: float
    start: float
    yaml: float
    base: float
    meaning: float
    adapted: float
    slowly: float
    findings: int
    compositions: int
    kilobytes: float


def best(rounds: int, act: Callable[[], object]) -> float:
    spent = []
    for _ in range(rounds):
        began = time.process_time()
        act()
        spent.append(time.process_time() - began)
    return min(spent)


def of_process(rounds: int, *arguments: str) -> tuple[float, float]:
    """Processor time and wall time of the command with these arguments, each the best of all rounds."""
    spent, walls = [], []
    for _ in range(rounds):
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        command = [Path(sys.executable).with_name("caseway"), *arguments]
        done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
        assert done.returncode < 2, "the check could not run"
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        walls.append(time.monotonic() - began)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(spent), min(walls)


def measure(folder: Path, rounds: int = 5) -> Checked:
    """The parts of a check and the whole."""
    files = files_of(folder)
    base = base_of(files)
    assert base.definition is not None, "a folder with errors is not measured"
    definition, trees = base.definition, base.trees
    names = overlays_in(files)

    def slowly() -> None:
        compositions = Compositions(files, base)
        for name in names:
            found = compositions.of(name)
            Analysis(found.definition or definition, found.trees)

    analysis = Analysis(definition, trees)
    process, wall = of_process(rounds, "sop", "check", str(folder))
    return Checked(
        process=process,
        wall=wall,
        start=of_process(rounds, "sop", "check", "--help")[0],
        yaml=best(rounds, lambda: [understand(name, content) for name, content in files.items()]),
        base=best(rounds, lambda: look({n: c for n, c in files.items() if not n.startswith(("overlays", "profiles"))})),
        meaning=best(rounds, lambda: Analysis(definition, trees)),
        adapted=best(rounds, lambda: Adapted(files, base, analysis).problems()),
        slowly=best(1, slowly),
        findings=len(all_findings(files)[1]),
        compositions=len(names),
        kilobytes=sum(map(len, files.values())) / 1000,
    )


def lines(name: str, checked: Checked) -> list[str]:
    """The figures as they are printed."""
    mark = "met" if checked.process < TARGET else "NOT met"
    what = f"{checked.kilobytes:.0f} KB, {checked.compositions} overlays and profiles, {checked.findings} findings"
    return [
        f"{name}: {what}",
        f"  the process of caseway sop check         {1000 * checked.process:6.0f} ms   < {TARGET:.0f} s   {mark}",
        f"  … by the clock on the wall               {1000 * checked.wall:6.0f} ms",
        f"  starting, and loading what it needs      {1000 * checked.start:6.0f} ms",
        f"  reading all files                        {1000 * checked.yaml:6.0f} ms",
        f"  the base: shapes, names, references      {1000 * checked.base:6.0f} ms   with its reading",
        f"  the base: dead ends, clocks, the unused  {1000 * checked.meaning:6.0f} ms",
        f"  all overlays and profiles                {1000 * checked.adapted:6.0f} ms   once they are read",
        f"  … each looked at in full                 {1000 * checked.slowly:6.0f} ms",
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, default=[SHIPPED / "trm"])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"
    )
    for each in options.folders:
        print("\n".join(lines(each.name, measure(each, options.rounds))))
