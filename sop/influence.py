"""What each step of a procedure reads and what it writes: who depends on what, before any case is there.

A variable is a text: `state:sop`, `done:measure`, `settled:measure`, `consent:purpose`, `clock:sop.clock`, `fact:ref`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sop import conditions as c
from sop.arrows import OPEN, REOPEN
from sop.clocks import Trigger
from sop.model import Definition, Measure, Sop
from sop.shapes import Shape
from sop.walk import walk


@dataclass(frozen=True, slots=True)
class StepReach:
    """One step: what it asks for beyond the state of its own SOP, what it may change, and where it leads."""

    sop: str
    reads: frozenset[str]
    writes: frozenset[str]
    entering: str | None = None
    """`sop.state`, of a transition."""


def steps_of(definition: Definition) -> dict[str, StepReach]:
    """Every step, as `take:sop.transition`, `do:measure` or `tell:event`."""
    found: dict[str, StepReach] = {}
    clocks, lengths = _clocks_by_key(definition), _lengths(definition)
    for sop in definition.sops.values():
        for name, needs, target, starts in _moves(sop):
            reads = {v for need in needs for v in read_by(need, definition)}
            reads |= {f"clock:{sop.sop}.{ref}" for ref, clock in sop.clocks.items() if name in clock.takes}
            writes = {f"state:{sop.sop}"} | {f"clock:{sop.sop}.{clock}" for clock in starts}
            writes |= clocks.get(f"entering:{sop.sop}.{target}", set())
            reads |= {ref for clock in writes for ref in lengths.get(clock, ())}
            at = f"{sop.sop}.{target}"
            found[f"take:{sop.sop}.{name}"] = StepReach(sop.sop, frozenset(reads), frozenset(writes), at)
        for name, measure in sop.measures.items():
            reads = {v for need in measure.needs for v in read_by(need, definition)}
            writes = _written(name, measure, clocks)
            reads |= {ref for clock in writes for ref in lengths.get(clock, ())} - writes
            found[f"do:{name}"] = StepReach(sop.sop, frozenset(reads), frozenset(writes))
    for name, life in definition.head.life_events.items():
        reads = {v for need in life.needs for v in read_by(need, definition)}
        writes = {f"fact:case.{fact}" for fact in life.sets} | clocks.get(f"event:{name}", set())
        found[f"tell:{name}"] = StepReach("", frozenset(reads), frozenset(writes))
    return found


def read_by(part: Shape, definition: Definition) -> set[str]:
    """Every variable that a condition reads; what follows from others is followed back to them."""
    found: set[str] = set()
    for _, inner in walk(part):
        for variable in _leaf(inner):
            derived = definition.head.derived.get(variable.removeprefix("fact:case."))
            found |= read_by(derived.when, definition) if derived and variable.startswith("fact:case.") else {variable}
    return found


def _leaf(part: object) -> Iterator[str]:
    match part:
        case c.Done():
            yield from (f"done:{name}" for name in ([part.done] if isinstance(part.done, str) else part.done))
        case c.Settled():
            yield f"settled:{part.settled}"
        case c.Fact():
            yield f"fact:{part.fact}"
        case c.When():
            yield from (f"fact:{ref}" for ref in part.when)
        case c.State():
            yield from (f"state:{sop}" for sop in part.state)
        case c.Consent():
            yield f"consent:{part.consent}"
        case c.Running():
            yield f"clock:{part.running}"
        case c.Ended():
            yield f"clock:{part.ended}"


def _moves(sop: Sop) -> Iterator[tuple[str, c.Needs, str, tuple[str, ...]]]:
    for name, move in sop.transitions.items():
        yield name, move.needs, move.to, move.starts
    for name, opening in ((OPEN, sop.opens), (REOPEN, sop.reopens)):
        if opening:
            yield name, opening.needs, sop.initial, ()


def _written(name: str, measure: Measure, clocks: dict[str, set[str]]) -> set[str]:
    """What recording the measure, and the answer of its activity, may change."""
    found = {f"done:{name}", f"settled:{name}"}
    for field_name, field in (*measure.fields.items(), *measure.results.items()):
        found.add(f"fact:{name}.{field_name}")
        if field.sets:
            found.add(f"fact:{field.sets}")
    return found.union(*(clocks.get(f"{kind}:{name}", set()) for kind in ("done", "settled", "result")))


def _clocks_by_key(definition: Definition) -> dict[str, set[str]]:
    """The clocks that each thing starts, meets or cancels when it happens."""
    found: dict[str, set[str]] = {}
    for sop in definition.sops.values():
        for name, clock in sop.clocks.items():
            for trigger in (*clock.starts, *clock.met_by, *clock.cancelled_by):
                for key in keys_of(trigger, sop.sop):
                    found.setdefault(key, set()).add(f"clock:{sop.sop}.{name}")
    return found


def _lengths(definition: Definition) -> dict[str, set[str]]:
    """The facts that set the length or the anchor of each clock by any law: a length out of bounds refuses the step."""
    found: dict[str, set[str]] = {}
    for sop in definition.sops.values():
        for name, clock in sop.clocks.items():
            refs: set[str | None] = set()
            for law in clock.laws:
                lengths = (law.period, law.deadline, *(variant.length for variant in law.variants))
                refs |= {law.anchor, *(length.set_by for length in lengths if length)}
            found[f"clock:{sop.sop}.{name}"] = {f"fact:{ref}" for ref in refs if ref}
    return found


def keys_of(trigger: Trigger, sop: str) -> list[str]:
    """What happens, as texts: `done:measure`, `entering:sop.state`, `event:name`, `case:opened`."""
    keys = [f"entering:{state if '.' in state else f'{sop}.{state}'}" for state in trigger.states]
    for kind in ("done", "settled", "result", "event", "case", "holds"):
        if name := getattr(trigger, kind):
            keys.append(f"{kind}:{name}")
    return keys


def chains(definition: Definition, steps: dict[str, StepReach], banned: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """Every one of the steps that depends on something banned, with the way on which the influence comes: the nearest cause last.

    A step hands an influence on by what it writes, except by facts that anybody may tell of the case.
    """
    open_facts = {f"fact:case.{name}" for name, field in definition.head.facts.items() if field.asked}
    way: dict[str, tuple[str, ...]] = {variable: (variable,) for variable in banned}
    found: dict[str, tuple[str, ...]] = {}
    waiting = sorted(banned)
    while waiting:
        variable = waiting.pop(0)
        for step, reach in steps.items():
            if variable not in reach.reads or step in found:
                continue
            found[step] = way[variable]
            for written in sorted(reach.writes - open_facts - set(way)):
                way[written] = (*way[variable], step)
                waiting.append(written)
    return found
