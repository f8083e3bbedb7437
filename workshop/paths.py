"""Every path of a procedure at once, seen through some of its variables: each step that may be taken is taken.

What lies outside these variables may be anything, and time may pass at any moment: nothing that the engine can do is
left out. The page docs/rights.md says why.
"""

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sop.maybe import HOLDS, Situation, Verdicts
from sop.model import Derived
from sop.shapes import FactValue
from workshop.slices import SeenNeed, SeenVariable, Slice

Where = dict[str, FactValue | None]
"""A situation: the value of each variable."""
Seen = tuple[FactValue | None, ...]
"""The values of some variables, in the order of their names."""


class TooMany(Exception):
    """There are more situations than can be looked at."""


@dataclass(frozen=True)
class Explored:
    """In how many situations it was looked at, and the first way found on which the right is broken."""

    situations: int
    way: tuple[str, ...] | None


class Paths:
    """Every path through a slice. It is given the slice and nothing else."""

    def __init__(self, slice_: Slice) -> None:
        self.slice = slice_
        self.followed = tuple(v for v, seen in slice_.variables.items() if seen.followed)
        self.free = tuple(v for v, seen in slice_.variables.items() if not seen.followed)
        self.each = math.prod(len(slice_.variables[v].values) for v in self.free)
        self._asked = {name: [_Asked(need, slice_.derived) for need in s.needs] for name, s in slice_.steps.items()}
        self._stated = [_Asked(need, slice_.derived) for need in slice_.stated]
        self._ready = {name: _Ready(slice_, name, self._asked[name]) for name in slice_.moving}
        self._sure: dict[tuple[str, Seen], bool] = {}

    def explore(self, most: int) -> Explored:
        """Look for a situation in which the step may be taken and what is stated does not hold, or for any such situation.

        Raises `TooMany` where there are more than `most` situations.
        """
        step = self.slice.step
        asked = self._asked[step] if step else []
        read = sorted({v for one in (*asked, *self._stated) for v in one.reads})
        followed, free = [v for v in read if v in self.followed], [v for v in read if v in self.free]
        looked_at: set[Seen] = set()
        number = 0
        for where, way, number in self._walked(most):
            if step and not self._stands(step, where):
                continue
            at = tuple([where[v] for v in followed])
            if at in looked_at:
                continue
            looked_at.add(at)
            for known in self._filled(where, free):
                if _may(asked, known) and any(one.verdicts(known) != HOLDS for one in self._stated):
                    return Explored(number * self.each, (*way, step) if step else way)
        return Explored(number * self.each, None)

    def situations(self, most: int) -> Iterator[Where]:
        """Every situation that a case may come into, each once. Raises `TooMany` where there are more than `most`."""
        for where, _, _ in self._walked(most):
            yield from self._filled(where, self.free)

    def _walked(self, most: int) -> Iterator[tuple[Where, tuple[str, ...], int]]:
        """What is followed, breadth first, so that the shortest ways come first; and how many are known by then."""
        waiting: list[tuple[Where, tuple[str, ...]]] = [(start, ()) for start in self._starts()]
        seen = {self._key(start) for start, _ in waiting}
        for where, way in waiting:  # grows while it is walked
            if len(seen) * self.each > most:
                raise TooMany
            yield where, way, len(seen)
            for label, after in self.onward(where):
                key = self._key(after)
                if key not in seen:
                    seen.add(key)
                    waiting.append((after, (*way, label)))

    def onward(self, where: Where) -> Iterator[tuple[str, Where]]:
        """Every situation that may come next, with the step that leads there, or `time` where none does."""
        yield from (("time", after) for after in self.meanwhile(where))
        for step in self.slice.moving:
            if self._stands(step, where):
                for told in self._ready[step].values(where):
                    yield from ((step, after) for after in self.after(step, where | told))

    def _stands(self, step: str, where: Where) -> bool:
        """Whether the SOP of the step may stand where the step can be taken."""
        seen = self.slice.steps[step]
        return seen.state is None or where[seen.state] in seen.at

    def may(self, step: str, known: Where) -> bool:
        """Whether the conditions of the step may hold in a case of this situation."""
        return _may(self._asked[step], known)

    def after(self, step: str, known: Where) -> Iterator[Where]:
        """Every situation that the step may lead to."""
        for outcome in self.slice.steps[step].outcomes:
            choices = [(*v, known[name]) if name in outcome.keeps else v for name, v in outcome.writes.items()]
            for chosen in itertools.product(*choices):
                changed = known | outcome.sets | dict(zip(outcome.writes, chosen, strict=True))
                yield from self._clocks_started(self.slice.steps[step].starts, changed, outcome.happens)

    def _clocks_started(self, starts: tuple[str, ...], known: Where, keys: tuple[str, ...]) -> Iterator[Where]:
        """After everything that clocks wait for has happened, one after the other, the clocks that the step starts."""
        if keys:
            for after in self._clocks_at(known, keys[0]):
                yield from self._clocks_started(starts, after, keys[1:])
            return
        sure: Where = {v: "on" for v in starts if not self._may_not_start(v, known)}
        unsure: Where = {v: "on" for v in starts if v not in sure}
        yield known | sure | unsure
        if unsure:
            yield known | sure

    def meanwhile(self, known: Where) -> Iterator[Where]:
        """What may happen between two steps: time passes, facts become known, consents come and go, results arrive."""
        for at, clock in self.slice.clocks.items():
            turned = {"on": "over", "over": "on", "idle": "on" if clock.by_itself else "idle"}[str(known[at])]
            if turned != known[at]:
                yield known | {at: turned}
        for variable in self.followed:
            seen = self.slice.variables[variable]
            if variable.startswith("done:"):
                if seen.by_itself and known[variable] == "done":
                    yield known | {variable: "lapsed"}
            elif seen.by_itself:
                others = seen.values if variable.startswith("consent:") else seen.values[1:]
                yield from (known | {variable: value} for value in others if value != known[variable])

    def _clocks_at(self, known: Where, key: str) -> Iterator[Where]:
        """What this does to the clocks: what is met or cancelled may be over, what is started runs."""
        choices: list[tuple[str, tuple[str, ...]]] = []
        for at, clock in self.slice.clocks.items():
            now = str(known[at])
            can = [now]
            if now == "on" and key in clock.ends:
                can.append("over")
            if key in clock.starts:
                can = ["on", *can] if self._may_not_start(at, known) else ["on"]
            choices.append((at, tuple(dict.fromkeys(can))))
        for chosen in itertools.product(*(can for _, can in choices)):
            yield known | {at: value for (at, _), value in zip(choices, chosen, strict=True)}

    def _may_not_start(self, variable: str, known: Where) -> bool:
        clock = self.slice.clocks[variable]
        at = variable, tuple([known[v] for v in clock.reads])
        if at not in self._sure:
            told = dict(zip(clock.reads, at[1], strict=True))
            self._sure[at] = Situation(told, self.slice.derived).matching(clock.only_when) == HOLDS
        return not self._sure[at]

    def _starts(self) -> Iterator[Where]:
        """The situations in which a case can be when it has just been opened."""
        variables = self.slice.variables
        blank: Where = {v: variables[v].values[0] for v in self.followed} | self.slice.opened
        told = [v for v in self.followed if v.startswith("fact:case.") and variables[v].by_itself]
        told += _free_of_clocks(self.slice, self.slice.opening)
        for chosen in itertools.product(*(variables[v].values for v in told)):
            opened = [blank | dict(zip(told, chosen, strict=True))]
            for key in self.slice.opening:
                opened = [after for before in opened for after in self._clocks_at(before, key)]
            yield from opened

    def _filled(self, where: Where, free: Sequence[str]) -> Iterator[Where]:
        """The situation with every value of these variables."""
        yield from (where | told for told in _products(self.slice.variables, free))

    def _key(self, where: Where) -> Seen:
        return tuple([where[v] for v in self.followed])


class _Asked:
    """What a condition can come to, worked out once for all situations that look alike to it."""

    def __init__(self, need: SeenNeed, derived: Mapping[str, Derived]) -> None:
        self.reads = need.reads
        self._condition = need.condition
        self._derived = derived
        self._known: dict[Seen, Verdicts] = {}

    def verdicts(self, where: Where) -> Verdicts:
        at = tuple([where[v] for v in self.reads])
        found = self._known.get(at)
        if found is None:
            told = dict(zip(self.reads, at, strict=True))
            found = self._known[at] = Situation(told, self._derived).verdicts(self._condition)
        return found


class _Ready:
    """The ways in which what is not followed may be when a step is taken, as far as the clocks depend on it."""

    def __init__(self, slice_: Slice, name: str, asked: list[_Asked]) -> None:
        self._asked = asked
        self._variables = slice_.variables
        step = slice_.steps[name]
        reads = sorted({v for one in asked for v in one.reads})
        self._followed = [v for v in reads if slice_.variables[v].followed]
        self._matter = _free_of_clocks(
            slice_, {key for outcome in step.outcomes for key in outcome.happens}, step.starts
        )
        self._others = [v for v in reads if not slice_.variables[v].followed and v not in self._matter]
        self._known: dict[Seen, list[Where]] = {}

    def values(self, where: Where) -> list[Where]:
        at = tuple([where[v] for v in self._followed])
        found = self._known.get(at)
        if found is None:
            known = dict(zip(self._followed, at, strict=True))
            matter = list(_products(self._variables, self._matter))
            others = list(_products(self._variables, self._others))
            found = [told for told in matter if any(_may(self._asked, known | told | rest) for rest in others)]
            self._known[at] = found
        return found


def _may(asked: Iterable[_Asked], known: Where) -> bool:
    return all(True in one.verdicts(known) for one in asked)


def _products(variables: Mapping[str, SeenVariable], names: Sequence[str]) -> Iterator[Where]:
    for chosen in itertools.product(*(variables[v].values for v in names)):
        yield dict(zip(names, chosen, strict=True))


def _free_of_clocks(slice_: Slice, keys: Iterable[str], starts: Iterable[str] = ()) -> list[str]:
    """What is not followed and decides whether a clock starts that waits for one of these things, or is started."""
    started = {at for at, clock in slice_.clocks.items() if not set(clock.starts).isdisjoint(keys)} | set(starts)
    reads = {v for at in started for v in slice_.clocks[at].reads}
    return sorted(v for v in reads if not slice_.variables[v].followed)
