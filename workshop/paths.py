"""Every path of a procedure at once, seen through some of its variables: each step that may be taken is taken.

What lies outside these variables may be anything, and time may pass at any moment: nothing that the engine can do is
left out. The page docs/rights.md says why.
"""

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sop.arrows import NOT_OPEN, arrows_of
from sop.clocks import Clock, Trigger
from sop.conditions import Needs
from sop.influence import StepReach, keys_of, read_by, steps_of
from sop.maybe import HOLDS, Situation
from sop.model import Definition
from sop.shapes import FactValue
from workshop.values import Values

Where = dict[str, FactValue | None]
"""A situation: the value of each variable."""


class TooMany(Exception):
    """There are more situations than can be looked at."""


@dataclass(frozen=True)
class Explored:
    """In how many situations it was looked at, and the first way found on which the right is broken."""

    situations: int
    way: tuple[str, ...] | None


class Paths:
    """The procedure seen through `variables`.

    `exact` follows what is recorded step by step. Otherwise facts, measures and consents may be anything at any
    moment, and only the states of the SOPs and the clocks are followed: fewer situations, and never one too few.
    """

    def __init__(self, values: Values, variables: set[str], *, exact: bool) -> None:
        self.values = values
        self.definition: Definition = values.definition
        self.followed = sorted(v for v in variables if exact or v.startswith(("state:", "clock:")))
        self.free = sorted(variables - set(self.followed))
        self.variables = variables
        self.steps: dict[str, StepReach] = steps_of(self.definition)
        self.needs = {step: self._needs_seen(step) for step in self.steps}
        self.clocks: dict[str, tuple[str, Clock]] = {
            v.removeprefix("clock:"): (sop.sop, clock)
            for sop in self.definition.sops.values()
            for name, clock in sop.clocks.items()
            if (v := f"clock:{sop.sop}.{name}") in variables
        }
        self._moving = [name for name, reach in self.steps.items() if reach.writes & set(self.followed)]
        self.each = math.prod(len(values.of(v)) for v in self.free)
        self._arrows = {sop.sop: arrows_of(sop) for sop in self.definition.sops.values()}
        started = {f"fact:{ref}" for _, clock in self.clocks.values() for ref in clock.only_when}
        self._read_at = {
            step: [v for v in self.free if any(v in read_by(n, self.definition) for n in needs) or v in started]
            for step, needs in self.needs.items()
        }

    def explore(self, step: str | None, breaks: Callable[[Where], bool], most: int) -> Explored:
        """Look for a situation in which the step may be taken and `breaks` is so; without a step, for any such situation.

        Raises `TooMany` where there are more than `most` situations.
        """
        waiting: list[tuple[Where, tuple[str, ...]]] = [(start, ()) for start in self._starts()]
        seen = {self._key(start) for start, _ in waiting}
        for where, way in waiting:  # grows while it is walked: breadth first, so the shortest ways come first
            if len(seen) * self.each > most:
                raise TooMany
            if step is None or self._stands(step, where):
                for known in self._filled(where, self.free):
                    if (step is None or self.may(step, known)) and breaks(known):
                        return Explored(len(seen) * self.each, way if step is None else (*way, step))
            for label, after in self.onward(where):
                key = self._key(after)
                if key not in seen:
                    seen.add(key)
                    waiting.append((after, (*way, label)))
        return Explored(len(seen) * self.each, None)

    def onward(self, where: Where) -> Iterator[tuple[str, Where]]:
        """Every situation that may come next, with the step that leads there, or `time` where none does."""
        yield from (("time", after) for after in self.meanwhile(where))
        for step in self._moving:
            if self._stands(step, where):
                for known in self._filled(where, self._read_at[step]):
                    if self.may(step, known):
                        yield from ((step, after) for after in self.after(step, known))

    def _stands(self, step: str, where: Where) -> bool:
        """Whether the SOP of the step may stand where the step can be taken."""
        kind, name = step.split(":", 1)
        sop = self.steps[step].sop
        state = where.get(f"state:{sop}")
        if state is None or kind == "tell":
            return True
        if kind == "take":
            return state in self._arrows[sop].sources(name.split(".")[1])
        within = self.definition.sops[sop].measures[name].in_
        return state != NOT_OPEN and (not within or state in within)

    def may(self, step: str, known: Where) -> bool:
        """Whether the conditions of the step may hold in a case of this situation."""
        return True in Situation(known, self.definition).all_of(self.needs[step])

    def after(self, step: str, known: Where) -> Iterator[Where]:
        """Every situation that the step may lead to."""
        kind, name = step.split(":", 1)
        match kind:
            case "take":
                yield from self._taken(step, known)
            case "do":
                yield from self._done(name, known)
            case "tell":
                told = {f"fact:case.{n}": v for n, v in self.definition.head.life_events[name].sets.items()}
                changed = known | {v: self.values.kind(v, value) for v, value in told.items() if v in self.variables}
                yield from self._clocks_at(changed, f"event:{name}")

    def meanwhile(self, known: Where) -> Iterator[Where]:
        """What may happen between two steps: time passes, facts become known, consents come and go, results arrive."""
        for ref, (_, clock) in self.clocks.items():
            at = f"clock:{ref}"
            turned = {"on": "over", "over": "on", "idle": "on" if _starts_by_itself(clock) else "idle"}[str(known[at])]
            if turned != known[at]:
                yield known | {at: turned}
        for variable in self.followed:
            kind, name = variable.split(":", 1)
            if kind == "consent" or (kind == "fact" and self._comes_by_itself(name)):
                others = self.values.of(variable) if kind == "consent" else self.values.of(variable)[1:]
                yield from (known | {variable: value} for value in others if value != known[variable])
            elif kind == "done" and known[variable] == "done" and "lapsed" in self.values.of(variable):
                yield known | {variable: "lapsed"}

    def _comes_by_itself(self, ref: str) -> bool:
        """A fact that anybody may tell, or that an activity finds out after its measure."""
        where, name = ref.split(".")
        if where == "case":
            return self.definition.head.facts[name].asked
        found = self.definition.measure(where)
        return bool(found and name in found[1].results)

    def _taken(self, step: str, known: Where) -> Iterator[Where]:
        entering = self.steps[step].entering or ""
        sop, state = entering.split(".")
        changed = known | ({f"state:{sop}": state} if f"state:{sop}" in self.variables else {})
        move = self.definition.sops[sop].transitions.get(step.split(".")[1])
        for after in self._clocks_at(changed, f"entering:{entering}"):
            started: Where = {f"clock:{sop}.{name}": "on" for name in (move.starts if move else ())}
            sure = {v: on for v, on in started.items() if v in self.variables and not self._may_not_start(v, after)}
            unsure = {v: on for v, on in started.items() if v in self.variables and v not in sure}
            yield after | sure | unsure
            if unsure:
                yield after | sure

    def _done(self, name: str, known: Where) -> Iterator[Where]:
        """Recorded as done, or as declined or not applicable."""
        settled = {f"settled:{name}": True} if f"settled:{name}" in self.variables else {}
        yield from self._clocks_at(known | settled, f"settled:{name}")
        found = self.definition.measure(name)
        fields = {
            f"fact:{name}.{n}": f for n, f in ((*found[1].fields.items(), *found[1].results.items()) if found else ())
        }
        sets = {f"fact:{f.sets}" for f in fields.values() if f.sets}
        written = [v for v in self.followed if v in fields or v in sets]
        done = {f"done:{name}": "done"} if f"done:{name}" in self.variables else {}
        choices = [self.values.of(v) if v in fields else (*self.values.of(v)[1:], known[v]) for v in written]
        for chosen in itertools.product(*choices):
            changed = known | settled | done | dict(zip(written, chosen, strict=True))
            for after in self._clocks_at(changed, f"done:{name}"):
                yield from self._clocks_at(after, f"settled:{name}")

    def _clocks_at(self, known: Where, key: str) -> Iterator[Where]:
        """What this does to the clocks: what is met or cancelled may be over, what is started runs."""
        choices: list[tuple[str, tuple[str, ...]]] = []
        for ref, (sop, clock) in self.clocks.items():
            at = f"clock:{ref}"
            now = str(known[at])
            can = [now]
            if now == "on" and _waits_for(clock.met_by + clock.cancelled_by, key, sop):
                can.append("over")
            if _waits_for(clock.starts, key, sop):
                unsure = key.startswith(("result:", "holds:")) or self._may_not_start(at, known)
                can = ["on", *can] if unsure else ["on"]
            choices.append((at, tuple(dict.fromkeys(can))))
        for chosen in itertools.product(*(can for _, can in choices)):
            yield known | {at: value for (at, _), value in zip(choices, chosen, strict=True)}

    def _may_not_start(self, variable: str, known: Where) -> bool:
        clock = self.clocks[variable.removeprefix("clock:")][1]
        return Situation(known, self.definition).matching(clock.only_when) != HOLDS

    def _starts(self) -> Iterator[Where]:
        """The situations in which a case can be when it has just been opened."""
        head = self.definition.head
        first = self.definition.sops[head.starts_with]
        blank: Where = {v: self.values.of(v)[0] for v in self.followed}
        if f"state:{first.sop}" in blank:
            blank[f"state:{first.sop}"] = first.initial
        told = [
            v for v in self.followed if v.startswith("fact:case.") and self._comes_by_itself(v.removeprefix("fact:"))
        ]
        for chosen in itertools.product(*(self.values.of(v) for v in told)):
            given = blank | dict(zip(told, chosen, strict=True))
            for opened in self._clocks_at(given, "case:opened"):
                yield from self._clocks_at(opened, f"entering:{first.sop}.{first.initial}")

    def _filled(self, where: Where, free: list[str]) -> Iterator[Where]:
        """The situation with every value of these variables."""
        for chosen in itertools.product(*(self.values.of(v) for v in free)):
            yield where | dict(zip(free, chosen, strict=True))

    def _key(self, where: Where) -> tuple[FactValue | None, ...]:
        return tuple(where[v] for v in self.followed)

    def _needs_seen(self, step: str) -> Needs:
        needs = needs_of(self.definition, step)
        return tuple(need for need in needs if read_by(need, self.definition) & self.variables)


def needs_of(definition: Definition, step: str) -> Needs:
    """The conditions of a step, as its SOP states them."""
    kind, name = step.split(":", 1)
    if kind == "do":
        found = definition.measure(name)
        return found[1].needs if found else ()
    if kind == "tell":
        return definition.head.life_events[name].needs
    sop, move = definition.sops[name.split(".")[0]], name.split(".")[1]
    opening = {"open": sop.opens, "reopen": sop.reopens}.get(move)
    return opening.needs if opening else sop.transitions[move].needs


def _waits_for(triggers: tuple[Trigger, ...], key: str, sop: str) -> bool:
    return any(key in keys_of(trigger, sop) for trigger in triggers)


def _starts_by_itself(clock: Clock) -> bool:
    """Whether something that is no step starts it: a fact that has become true, or the answer of an activity."""
    return any(trigger.holds or trigger.result for trigger in clock.starts)
