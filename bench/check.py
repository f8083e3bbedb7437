"""How long a check of a procedure takes, beside the bare reading of its files by the YAML library; run it by itself.

`python -m bench.check` prints the shipped procedure and every further definition folder that is named.
"""

import argparse
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

from cli.folders import SHIPPED, files_of
from sop.loader import look
from workshop.check import findings, meaning_findings

TARGET = 1.0
"""Seconds for the shipped procedure."""


@dataclass(frozen=True)
class Checked:
    """Seconds of processor time, the best of several rounds."""

    bare: float
    reading: float
    meaning: float
    everything: float
    findings: int
    kilobytes: float


def best(rounds: int, act: Callable[[], object]) -> float:
    spent = []
    for _ in range(rounds):
        began = time.process_time()
        act()
        spent.append(time.process_time() - began)
    return min(spent)


def measure(folder: Path, rounds: int = 5) -> Checked:
    """The parts of a check and the whole. An adapted procedure costs its reading and `meaning` again."""
    files = files_of(folder)
    texts = [content.decode() for content in files.values()]
    found = look(files)
    assert found.definition is not None
    definition = found.definition

    def bare() -> None:
        for text in texts:
            for _ in YAML(typ="safe", pure=True).parse(text):
                pass

    return Checked(
        bare=best(rounds, bare),
        reading=best(rounds, lambda: look(files)),
        meaning=best(rounds, lambda: meaning_findings(definition, found.trees)),
        everything=best(rounds, lambda: findings(files)),
        findings=len(findings(files)[1]),
        kilobytes=sum(map(len, texts)) / 1000,
    )


def lines(name: str, checked: Checked) -> list[str]:
    """The figures as they are printed."""
    mark = "met" if checked.everything < TARGET else "NOT met"
    return [
        f"{name}: {checked.kilobytes:.0f} KB with its stories, {checked.findings} findings",
        f"  bare YAML events of the same files     {1000 * checked.bare:6.0f} ms",
        f"  reading, shapes, names, references     {1000 * checked.reading:6.0f} ms",
        f"  dead ends, clocks, what nothing uses   {1000 * checked.meaning:6.0f} ms",
        f"  the whole check, stories too           {1000 * checked.everything:6.0f} ms   < {TARGET:.0f} s   {mark}",
        f"  … in bare readings                     {checked.everything / checked.bare:6.1f}",
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
