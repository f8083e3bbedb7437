"""The slice of a procedure that can be seen through some of its variables: all that the proof of a right looks at.

A search over a slice is given nothing else. So two procedures with the same slice have the same proof, whatever else
they say; `key` tells whether they have. The page docs/rights.md says what a slice contains.
"""

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from pydantic import BaseModel

from sop.arrows import NOT_OPEN
from sop.clocks import Clock
from sop.conditions import Condition, Fact, Needs
from sop.influence import StepReach, keys_of, read_by, steps_of
from sop.model import Definition, Derived
from sop.procedure import Procedure
from sop.shapes import FactValue
from sop.walk import walk
from workshop.values import Values

WORDS = frozenset({"because", "remedy", "rule", "title", "source"})
"""What a condition says to people: it decides nothing."""


@dataclass(frozen=True)
class SeenVariable:
    """A variable: what it can be, and whether it is followed from step to step or may be anything at any moment."""

    values: tuple[FactValue | None, ...]
    followed: bool
    by_itself: bool
    """Whether it changes without a step: a fact that anybody may tell or an activity finds out, a record that lapses."""


@dataclass(frozen=True)
class SeenNeed:
    """A condition, and the variables of the slice that it reads; what else it reads may be anything."""

    condition: Condition
    reads: tuple[str, ...]


@dataclass(frozen=True)
class SeenClock:
    """A clock: what starts it and what ends it, as texts (`sop.influence.keys_of`)."""

    starts: tuple[str, ...]
    ends: tuple[str, ...]
    only_when: dict[str, FactValue | tuple[FactValue, ...]]
    reads: tuple[str, ...]
    """The variables of the slice on which it depends whether these facts are so."""

    @property
    def by_itself(self) -> bool:
        """Whether something that is no step starts it: a fact that has become true, or the answer of an activity."""
        return any(key.startswith(("holds:", "result:")) for key in self.starts)


@dataclass(frozen=True)
class Outcome:
    """What a step may do to the variables."""

    sets: dict[str, FactValue | None]
    writes: dict[str, tuple[FactValue | None, ...]]
    """What it may make of the variables."""
    keeps: tuple[str, ...]
    """The variables among `writes` that may also stay as they are."""
    happens: tuple[str, ...]
    """For what it is that clocks of the slice wait, in the order in which it happens."""


@dataclass(frozen=True)
class SeenStep:
    """A step: where and under which conditions it may be taken, and what it does to the variables."""

    state: str | None
    """The variable that says where its SOP stands, where that is seen."""
    at: tuple[str, ...]
    """Where the SOP must stand."""
    needs: tuple[SeenNeed, ...]
    """Those of its conditions that read a variable of the slice."""
    outcomes: tuple["Outcome", ...]
    """A measure is recorded as done, or as declined or not applicable; other steps have one outcome."""
    starts: tuple[str, ...]
    """The clocks that it starts itself."""


@dataclass(frozen=True, eq=False)
class Slice:
    """A procedure seen through some variables, and what is asked about it; equal where everything but words is.

    A step that changes none of the followed variables is left out.
    """

    variables: dict[str, SeenVariable]
    clocks: dict[str, SeenClock]
    steps: dict[str, SeenStep]
    moving: tuple[str, ...]
    """The steps that change something that is followed."""
    derived: dict[str, Derived]
    """The derived facts that the conditions read."""
    opened: dict[str, FactValue | None]
    """What is not as before anything has happened, when a case has just been opened."""
    opening: tuple[str, ...]
    """For what clocks of the slice wait that happens then."""
    stated: tuple[SeenNeed, ...]
    """What the right asks for."""
    step: str | None
    """The step before which it must hold; None where it must hold everywhere."""

    @cached_property
    def key(self) -> str:
        """SHA-256 of everything in it, without what conditions say to people."""
        said = json.dumps(_plain(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(said.encode()).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Slice) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


class Slices:
    """The slices of one procedure; what all of them need is found out once."""

    def __init__(self, procedure: Procedure, values: Values) -> None:
        self.definition: Definition = procedure.definition
        self.values = values
        self.steps: dict[str, StepReach] = steps_of(self.definition)
        self._arrows = procedure.arrows
        self._clocks = procedure.clocks
        self._measures = procedure.measures
        self._derived = self.definition.head.derived

    def of(self, variables: Iterable[str], *, exact: bool, step: str | None = None, stated: Needs = ()) -> Slice:
        """The procedure seen through `variables`, for the question whether `stated` holds before `step`.

        `exact` follows what is recorded step by step. Otherwise facts, measures and consents may be anything at any
        moment, and only the states of the SOPs and the clocks are followed: fewer situations, and never one too few.
        """
        names = frozenset(variables)
        followed = frozenset(v for v in names if exact or v.startswith(("state:", "clock:")))
        clocks = {v: self._clock(v.removeprefix("clock:"), names) for v in sorted(names) if v.startswith("clock:")}
        awaited = frozenset(key for clock in clocks.values() for key in (*clock.starts, *clock.ends))
        moving = tuple(name for name, reach in self.steps.items() if reach.writes & followed)
        wanted = moving if step is None or step in moving else (*moving, step)
        steps = {name: self._step(name, names, followed, awaited) for name in wanted}
        asked = self._seen(stated, names)
        read = [need.condition for seen in steps.values() for need in seen.needs] + [need.condition for need in asked]
        started = [Fact(fact=ref, known=True) for clock in clocks.values() for ref in clock.only_when]
        first = self.definition.sops[self.definition.head.starts_with]
        start = f"state:{first.sop}"
        return Slice(
            variables={v: self._variable(v, v in followed) for v in sorted(names)},
            clocks=clocks,
            steps=steps,
            moving=moving,
            derived=self._derived_in([*read, *started]),
            opened={start: first.initial} if start in followed else {},
            opening=tuple(key for key in ("case:opened", f"entering:{first.sop}.{first.initial}") if key in awaited),
            stated=asked,
            step=step,
        )

    def _seen(self, needs: Needs, names: frozenset[str]) -> tuple[SeenNeed, ...]:
        return tuple(SeenNeed(need, tuple(sorted(self.values.read_by(need) & names))) for need in needs)

    def _derived_in(self, needs: Iterable[Condition]) -> dict[str, Derived]:
        """The derived facts that these conditions read, those through which they do so too."""
        found: dict[str, Derived] = {}
        waiting: list[object] = list(needs)
        while waiting:
            for _, part in walk(waiting.pop()):
                for ref in (getattr(part, "fact", None), *getattr(part, "when", ())):
                    name = str(ref).removeprefix("case.")
                    if name not in found and str(ref).startswith("case.") and name in self._derived:
                        found[name] = self._derived[name]
                        waiting.append(found[name].when)
        return found

    def _variable(self, variable: str, followed: bool) -> SeenVariable:
        kind, name = variable.split(":", 1)
        values = self.values.of(variable)
        by_itself = kind == "consent" or (kind == "done" and "lapsed" in values)
        return SeenVariable(values, followed, by_itself or (kind == "fact" and self._comes_by_itself(name)))

    def _comes_by_itself(self, ref: str) -> bool:
        """A fact that anybody may tell, or that an activity finds out after its measure."""
        where, name = ref.split(".")
        if where == "case":
            return self.definition.head.facts[name].asked
        return where in self._measures and name in self._measures[where][1].results

    def _clock(self, ref: str, names: frozenset[str]) -> SeenClock:
        clock: Clock = self._clocks[ref]
        sop = ref.split(".")[0]
        starts = {key for trigger in clock.starts for key in keys_of(trigger, sop)}
        ends = {key for trigger in (*clock.met_by, *clock.cancelled_by) for key in keys_of(trigger, sop)}
        reads = {v for fact in clock.only_when for v in read_by(Fact(fact=fact, known=True), self.definition)}
        return SeenClock(tuple(sorted(starts)), tuple(sorted(ends)), clock.only_when, tuple(sorted(reads & names)))

    def _step(self, step: str, names: frozenset[str], followed: frozenset[str], awaited: frozenset[str]) -> SeenStep:
        kind, name = step.split(":", 1)
        reach = self.steps[step]
        needs = self._seen(needs_of(self.definition, step), names)
        state = f"state:{reach.sop}" if kind != "tell" and f"state:{reach.sop}" in names else None
        return SeenStep(
            state=state,
            at=self._standing(step, reach) if state else (),
            needs=tuple(need for need in needs if need.reads),
            outcomes=tuple(self._outcomes(step, names, followed, awaited)),
            starts=self._started(name, names) if kind == "take" else (),
        )

    def _outcomes(
        self, step: str, names: frozenset[str], followed: frozenset[str], awaited: frozenset[str]
    ) -> Iterator[Outcome]:
        kind, name = step.split(":", 1)

        def outcome(
            sets: dict[str, FactValue | None],
            *happens: str,
            writes: Mapping[str, tuple[FactValue | None, ...]] = MappingProxyType({}),
            keeps: tuple[str, ...] = (),
        ) -> Outcome:
            seen = {v: value for v, value in sets.items() if v in names}
            return Outcome(seen, dict(writes), keeps, tuple(key for key in happens if key in awaited))

        if kind == "take":
            entering = self.steps[step].entering or ""
            sop, state = entering.split(".")
            yield outcome({f"state:{sop}": state}, f"entering:{entering}")
        elif kind == "do":
            settled: dict[str, FactValue | None] = {f"settled:{name}": True}
            writes, keeps = self._written(name, followed)
            yield outcome(settled, f"settled:{name}")
            done = settled | {f"done:{name}": "done"}
            yield outcome(done, f"done:{name}", f"settled:{name}", writes=writes, keeps=keeps)
        else:
            told = {f"fact:case.{n}": v for n, v in self.definition.head.life_events[name].sets.items()}
            yield outcome({v: self.values.kind(v, value) for v, value in told.items() if v in names}, f"event:{name}")

    def _started(self, name: str, names: frozenset[str]) -> tuple[str, ...]:
        sop, move = name.split(".")
        found = self.definition.sops[sop].transitions.get(move)
        return tuple(v for clock in (found.starts if found else ()) if (v := f"clock:{sop}.{clock}") in names)

    def _written(
        self, name: str, followed: frozenset[str]
    ) -> tuple[dict[str, tuple[FactValue | None, ...]], tuple[str, ...]]:
        """What a record may say; a fact of the case that a field sets may also stay as it was."""
        measure = self._measures[name][1]
        fields = {**measure.fields, **measure.results}
        own = [v for n in fields if (v := f"fact:{name}.{n}") in followed]
        others = [v for field in fields.values() if field.sets and (v := f"fact:{field.sets}") in followed]
        said = {v: self.values.of(v) for v in own} | {v: self.values.of(v)[1:] for v in others}
        return said, tuple(dict.fromkeys(others))

    def _standing(self, step: str, reach: StepReach) -> tuple[str, ...]:
        kind, name = step.split(":", 1)
        if kind == "take":
            return self._arrows[reach.sop].sources(name.split(".")[1])
        sop = self.definition.sops[reach.sop]
        return sop.measures[name].in_ or tuple(state for state in sop.states if state != NOT_OPEN)


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


def _plain(part: object) -> object:
    match part:
        case BaseModel():
            return {name: _plain(value) for name, value in part if value is not None and name not in WORDS}
        case dict():
            return {str(key): _plain(value) for key, value in part.items()}
        case tuple() | list():
            return [_plain(inner) for inner in part]
    if dataclasses.is_dataclass(part):
        return {name: _plain(value) for name, value in _fields(part)}
    return part


def _fields(part: object) -> Iterator[tuple[str, object]]:
    for field in dataclasses.fields(part):  # type: ignore[arg-type]
        yield field.name, getattr(part, field.name)
