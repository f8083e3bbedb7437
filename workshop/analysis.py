"""What is wrong with the meaning of one definition; of an adapted one, only what the adaptation changed is looked at."""

import copy

from sop.guard import Watch
from sop.model import Definition
from sop.problems import Problem, Tree
from workshop.clock_findings import clock_findings
from workshop.dead_ends import dead_ends
from workshop.kept import Kept, what_matters
from workshop.possible import Possible
from workshop.twins import twins
from workshop.unused import unused


class Analysis:
    """Every finding of a definition that can be loaded; `trees` say where its parts stand (`sop.loader.found_of`).

    `beside` is the analysis of what an overlay was put onto: the findings are the same without it, and later.
    """

    def __init__(self, definition: Definition, trees: dict[str, Tree], beside: "Analysis | None" = None) -> None:
        self.definition = definition
        self.trees = trees
        self.kept: Kept = Kept(beside.kept if beside else None)
        self._matters = what_matters(definition, self.kept)
        self.possible = self._possible(beside)
        self.problems: list[Problem] = [
            *dead_ends(self.possible, trees, self.kept),
            *clock_findings(self.possible, trees, self.kept),
            *unused(definition, trees, self.kept),
            *twins(definition, trees, self.kept),
        ]

    def _possible(self, beside: "Analysis | None") -> Possible:
        if beside and beside._matters == self._matters:
            self.kept.same = True
            possible = copy.copy(beside.possible)
            possible.definition = self.definition
            return possible
        possible = Possible(self.definition, self.kept, beside.possible if beside else None)
        self.kept.same = beside is not None and _adds_only(possible, beside.possible)
        return possible


def _adds_only(after: Possible, before: Possible) -> bool:
    """Whether in both the same can happen as far as `before` knows: `after` has no more than further names."""
    old = before.domains
    if after.moves != before.moves or after.meaning.constant != before.meaning.constant:
        return False
    if any(after.domains.get(v) != old[v] or after.meaning.domains[v] != before.meaning.domains[v] for v in old):
        return False
    if any(_demanded(after, step) != _demanded(before, step) for step in before.watches):
        return False
    measures = {v.removeprefix("measure:") for v in old if v.startswith("measure:")}
    return not any(_old(key, measures) for key in after.happened ^ before.happened)


def _old(key: str, measures: set[str]) -> bool:
    """Whether this tells of something that was there before: only measures are ever added."""
    kind, name = key.split(":", 1)
    return kind not in ("done", "settled", "result") or name in measures


def _demanded(possible: Possible, step: str) -> tuple[object, ...]:
    """What the rights ask before the step, as far as it decides whether it can happen."""
    watch = possible.watches.get(step, Watch())
    return (watch.before, watch.not_by_clock)
