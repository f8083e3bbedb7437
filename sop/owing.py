"""Who owes what a clock waits for: whom the definition names, or those who may do what meets it."""

from collections.abc import Iterator

from sop.clocks import Clock, Trigger
from sop.model import Definition, Sop


def owes_of(definition: Definition) -> dict[str, tuple[str, ...]]:
    """By clock, as `sop.clock`: the roles that owe, the nearest first; those who are reminded where nobody else does."""
    return {
        f"{sop.sop}.{name}": tuple(dict.fromkeys(_roles(definition, sop, clock))) or clock.reminds
        for sop in definition.sops.values()
        for name, clock in sop.clocks.items()
    }


def _roles(definition: Definition, sop: Sop, clock: Clock) -> Iterator[str]:
    if clock.owed_by:
        yield clock.owed_by.role
        return
    if clock.at_end and clock.at_end.asks and (asked := definition.measure(clock.at_end.asks)):
        yield from asked[1].who
    for trigger in clock.met_by:
        yield from _able(definition, sop, trigger)


def _able(definition: Definition, sop: Sop, trigger: Trigger) -> Iterator[str]:
    for name in (trigger.done, trigger.settled, trigger.result):
        if name and (found := definition.measure(name)):
            yield from found[1].who
    if trigger.event and trigger.event in definition.head.life_events:
        yield from definition.head.life_events[trigger.event].by
    for state in trigger.states:
        owner, _, target = state.rpartition(".")
        other = definition.sops.get(owner, sop)
        for move in other.transitions.values():
            if move.to == target:
                yield from move.by
