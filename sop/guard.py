"""The guard of a procedure: which right watches which step, found once, so that a decision looks at those alone."""

from dataclasses import dataclass

from sop.conditions import Needs
from sop.influence import StepReach, chains, read_by, steps_of
from sop.maybe import HOLDS, Situation
from sop.model import Definition
from sop.rights import Influence, Lasts, Right, Steps


@dataclass(frozen=True, slots=True)
class Bar:
    """A step that a right bars as it is written, whatever the case: why, and what to do."""

    right: Right
    why: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Watch:
    """What the rights ask of one step."""

    before: tuple[tuple[Right, Needs], ...] = ()
    """Must hold just before it."""
    after: tuple[Right, ...] = ()
    """Must still hold after it, if it held before."""
    barred: tuple[Bar, ...] = ()
    not_by_clock: tuple[Right, ...] = ()


@dataclass(frozen=True, slots=True)
class Guard:
    """By step: `take:sop.transition`, `do:measure`, `tell:event`. By clock: how long it must last."""

    steps: dict[str, Watch]
    names: frozenset[str]
    """Of the watched steps: `sop.transition`, or the measure."""
    lasting: dict[str, tuple[tuple[Right, Lasts], ...]]
    responsible: Right | None


def guard_of(definition: Definition, steps: dict[str, StepReach] | None = None) -> Guard:
    """The guard that holds up the rights of a definition; `steps` where they are known already."""
    steps = steps or steps_of(definition)
    rights = tuple(definition.rights.values())
    watches = watches_of(definition, steps)
    barred = _barred(definition, steps)
    lasting: dict[str, tuple[tuple[Right, Lasts], ...]] = {}
    for right in rights:
        if right.lasts:
            lasting[right.lasts.clock] = (*lasting.get(right.lasts.clock, ()), (right, right.lasts))
    found = {
        step: Watch(watch.before, watch.after, tuple(barred.get(step, ())), watch.not_by_clock)
        for step, watch in watches.items()
    }
    watched = {step: watch for step, watch in found.items() if watch != Watch()}
    return Guard(
        steps=watched,
        names=frozenset(step.split(":", 1)[1] for step in watched),
        lasting=lasting,
        responsible=next((right for right in rights if right.responsible), None),
    )


def watches_of(definition: Definition, steps: dict[str, StepReach]) -> dict[str, Watch]:
    """What the rights ask of each step; which steps they bar as they are written is left out."""
    rights = [(right, always_read(right, definition)) for right in definition.rights.values()]
    return {step: _watch(definition, step, reach, rights) for step, reach in steps.items()}


def meant(steps: Steps | None, step: str, reach: StepReach) -> bool:
    """Whether the step is one of those that the right names."""
    if steps is None:
        return False
    kind, name = step.split(":", 1)
    return reach.entering in steps.entering or name in {"do": steps.doing, "tell": steps.telling}.get(kind, ())


def always_read(right: Right, definition: Definition) -> set[str]:
    """The variables on which it depends whether `always` holds."""
    return {variable for condition in right.always for variable in read_by(condition, definition)}


def banned(influence: Influence, definition: Definition) -> frozenset[str]:
    """The variables that must have no influence; of a SOP whatever can only be recorded where it stands open."""
    sops = [definition.sops[name] for name in influence.standing_of]
    measures = {*influence.measures, *(name for sop in sops for name in sop.measures)}
    fields = {f"fact:{n}.{field}" for sop in sops for n, m in sop.measures.items() for field in (*m.fields, *m.results)}
    return frozenset(
        {f"fact:{ref}" for ref in influence.facts}
        | {f"{kind}:{name}" for name in measures for kind in ("done", "settled")}
        | {f"consent:{purpose}" for purpose in influence.consents}
        | {f"clock:{ref}" for ref in influence.clocks}
        | {f"state:{sop.sop}" for sop in sops}
        | fields
    )


def waits_for_second(definition: Definition, step: str) -> bool:
    """Whether the step, as it is written, waits for a second person."""
    kind, name = step.split(":", 1)
    if kind == "do":
        found = definition.measure(name)
        return bool(found and found[1].second_person)
    if kind == "tell":
        return bool(definition.head.life_events[name].second_person)
    sop, transition = name.split(".")
    move = definition.sops[sop].transitions.get(transition)
    return bool(move and move.second_person)


def _watch(definition: Definition, step: str, reach: StepReach, rights: list[tuple[Right, set[str]]]) -> Watch:
    """`rights` are all of them, each with what its `always` reads."""
    before = [(right, right.needs) for right, _ in rights if meant(right.whenever, step, reach)]
    after = []
    for right, read in rights if not step.startswith("tell:") else ():
        if read & reach.reads:
            before.append((right, right.always))
        if read & reach.writes and not _leaves_true(definition, right, reach):
            after.append(right)
    clock = tuple(right for right, _ in rights if meant(right.never_by_clock, step, reach))
    return Watch(before=tuple(before), after=tuple(after), not_by_clock=clock)


def _leaves_true(definition: Definition, right: Right, reach: StepReach) -> bool:
    """Whether the right holds wherever the step leads, by the state alone that is entered."""
    if reach.entering is None:
        return False
    sop, state = reach.entering.split(".")
    return Situation({f"state:{sop}": state}, definition.head.derived).all_of(right.always) == HOLDS


def _barred(definition: Definition, steps: dict[str, StepReach]) -> dict[str, list[Bar]]:
    found: dict[str, list[Bar]] = {}
    for right in definition.rights.values():
        for step, chain in dependent(right, definition, steps).items():
            why = f"This step depends on {' and on '.join(f'‘{part}’' for part in reversed(chain))}."
            bar = Bar(right, why, "A coordinator must take the condition out of the procedure.")
            found.setdefault(step, []).append(bar)
        for step, reach in steps.items():
            if meant(right.second_person, step, reach) and not waits_for_second(definition, step):
                bar = Bar(right, "This step asks for no second person.", "A coordinator must add `second-person`.")
                found.setdefault(step, []).append(bar)
    return found


def dependent(right: Right, definition: Definition, steps: dict[str, StepReach]) -> dict[str, tuple[str, ...]]:
    """The steps of an `independent` right that depend on what they may not, with the way of the influence."""
    if right.independent is None:
        return {}
    found = chains(definition, steps, banned(right.independent.of, definition))
    named = {f"take:{step}" for step in right.independent.steps}
    return {step: way for step, way in found.items() if step in named or steps[step].sop in right.independent.sops}
