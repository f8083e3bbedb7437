"""A procedure made ready for deciding: compiled once for each version and shared by all its cases."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sop.arrows import OPEN, REOPEN, Arrows, arrows_of, measure_arrows
from sop.calendars import Calendar
from sop.clocks import Clock, Trigger
from sop.conditions import Condition, Consent, Done, Ended, Fact, Needs, Running, Settled, State, When
from sop.counting import Way, rule_of
from sop.guard import Guard, guard_of
from sop.influence import keys_of
from sop.loader import content_hash
from sop.model import Definition, Measure, Sop
from sop.owing import owes_of
from sop.shapes import FactValue
from sop.vocabulary import Vocabulary
from sop.walk import walk


@dataclass(frozen=True, slots=True)
class Move:
    """A transition as a step: also `open` and `reopen`, which the SOP's openings make."""

    sop: str
    name: str
    title: str
    roles: tuple[str, ...]
    needs: Needs
    starts: tuple[str, ...]
    reasons: dict[str, str]
    second_person: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Procedure:
    """A definition with everything that decisions look up by name."""

    definition: Definition
    hash: str
    words: Vocabulary
    arrows: dict[str, Arrows]
    life_of_a_measure: Arrows
    moves: dict[str, Move]
    measures: dict[str, tuple[str, Measure]]
    clocks: dict[str, Clock]
    derived: dict[str, Condition]
    final: frozenset[str]
    starts: dict[str, tuple[str, ...]]
    meets: dict[str, tuple[str, ...]]
    cancels: dict[str, tuple[str, ...]]
    watched: tuple[str, ...]
    """The facts whose becoming true is itself something that happens."""
    watched_parts: frozenset[str] | None
    """The facts and measures on which those depend; None where they depend on more than that."""
    counted_from: dict[str, frozenset[str]]
    """By clock: the facts that set its anchor, its length or whose days count."""
    counting: frozenset[str]
    """All of these facts."""
    owes: dict[str, tuple[str, ...]]
    """By clock: the roles that owe what it waits for."""
    writes: dict[str, tuple[str, ...]]
    """By measure: every fact that it can find, in its fields and in its results."""
    forms: dict[str, dict[str, Any]]
    """The JSON Schema of the fields of every measure."""
    guard: Guard | None
    """What the rights of the procedure watch at each step; None where it states none, or is replayed without it."""

    @property
    def name(self) -> str:
        return self.definition.head.procedure

    @property
    def version(self) -> str:
        return self.definition.head.version

    @property
    def country(self) -> str | None:
        """Whose national adaptation it is; None for the base."""
        return self.definition.head.country

    def calendar(self, name: str) -> Calendar:
        """The calendar of a country or of a part of one; of a part that has none, that of its country."""
        calendars = self.definition.head.calendars
        return calendars.get(name) or calendars.get(name[:2].upper()) or calendars["default"]

    def calendar_of(self, clock: Clock | None, country: str, fact: Callable[[str], FactValue | None]) -> Calendar:
        """The calendar of the authority that owes: the one that the clock names, otherwise that of the case.

        A fact that names it and is not known yet leaves it with the country in which the case is kept.
        """
        of = (clock.calendar_of if clock else None) or self.definition.head.calendar_of
        named = fact(of) if of and "." in of else of
        return self.calendar(named if isinstance(named, str) else country)

    def way(self, clock: Clock, country: str, fact: Callable[[str], FactValue | None]) -> Way:
        """By whose days and by which rule a clock counts."""
        calendar = self.calendar_of(clock, country, fact)
        return Way(calendar, rule_of(clock.counting, calendar, self.definition.head.counting_rules))

    def clock(self, ref: str, anchor: datetime, country: str) -> Clock:
        """The clock by the law in force on the day it counts from, in the zone of the authority."""
        clock = self.clocks[ref]
        return clock.by_law_of(anchor.astimezone(self.calendar(country).tz).date()) if clock.at_other_times else clock

    def way_of(
        self, ref: str, anchor: datetime, country: str, fact: Callable[[str], FactValue | None]
    ) -> tuple[Clock | None, Way]:
        """A clock by the law of its day and how it counts; of a clock that this version does not have, how others do."""
        clock = self.clock(ref, anchor, country) if ref in self.clocks else None
        if clock:
            return clock, self.way(clock, country, fact)
        calendar = self.calendar_of(None, country, fact)
        return None, Way(calendar, rule_of(None, calendar, self.definition.head.counting_rules))

    def role_title(self, role: str) -> str:
        """The role as people read it, with the national body that holds it where an overlay names one."""
        head = self.definition.head
        body = head.bodies.get(role)
        return f"{head.roles.get(role, role)} ({body})" if body else head.roles.get(role, role)

    def roles_text(self, roles: tuple[str, ...]) -> str:
        return " or ".join(self.role_title(role) for role in roles)


def compile_procedure(definition: Definition, published_hash: str | None = None, *, guarded: bool = True) -> Procedure:
    """Make a definition ready; costs some milliseconds, once for each version.

    `published_hash` is the hash under which it was published: that counts, whatever this engine would make of it.
    `guarded=False` leaves the rights unenforced; only the proof asks for that, to replay what breaks one.
    """
    sops = definition.sops.values()
    clocks = {f"{sop.sop}.{name}": clock for sop in sops for name, clock in sop.clocks.items()}
    starts = _by_trigger({ref: clock.starts for ref, clock in clocks.items()})
    meets = _by_trigger({ref: clock.met_by for ref, clock in clocks.items()})
    cancels = _by_trigger({ref: clock.cancelled_by for ref, clock in clocks.items()})
    derived = {f"case.{name}": derived.when for name, derived in definition.head.derived.items()}
    seat = definition.head.calendar_of
    counted_from = {
        ref: _counted_from(clock, derived) | ({seat} if seat and not clock.calendar_of else set())
        for ref, clock in clocks.items()
    }
    watched = _watched(*starts, *meets, *cancels)
    return Procedure(
        definition=definition,
        hash=published_hash or content_hash(definition),
        words=Vocabulary(definition),
        arrows={sop.sop: arrows_of(sop) for sop in sops},
        life_of_a_measure=measure_arrows(),
        moves={f"{move.sop}.{move.name}": move for sop in sops for move in _moves(sop)},
        measures={name: (sop.sop, measure) for sop in sops for name, measure in sop.measures.items()},
        clocks=clocks,
        derived=derived,
        final=frozenset(f"{sop.sop}.{name}" for sop in sops for name, state in sop.states.items() if state.final),
        starts=starts,
        meets=meets,
        cancels=cancels,
        watched=watched,
        watched_parts=_parts(watched, derived),
        counted_from=counted_from,
        counting=frozenset(fact for facts in counted_from.values() for fact in facts),
        owes=owes_of(definition),
        writes={
            name: tuple(f"{name}.{field}" for field in (*measure.fields, *measure.results))
            for sop in sops
            for name, measure in sop.measures.items()
        },
        forms={name: _form(measure, definition) for sop in sops for name, measure in sop.measures.items()},
        guard=guard_of(definition) if guarded and definition.rights else None,
    )


def _form(measure: Measure, definition: Definition) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: field.schema_of(name, definition.instruments) for name, field in measure.fields.items()},
        "required": [name for name, field in measure.fields.items() if field.required],
    }


def _moves(sop: Sop) -> list[Move]:
    moves = [
        Move(
            sop.sop,
            name,
            move.title,
            move.by,
            move.needs,
            tuple(f"{sop.sop}.{clock}" for clock in move.starts),
            move.reasons,
            move.second_person,
        )
        for name, move in sop.transitions.items()
    ]
    for name, opening, verb in ((OPEN, sop.opens, "Open"), (REOPEN, sop.reopens, "Open again")):
        if opening:
            moves.append(Move(sop.sop, name, f"{verb}: {sop.title}", opening.by, opening.needs, (), {}, ()))
    return moves


def _by_trigger(triggers: dict[str, tuple[Trigger, ...]]) -> dict[str, tuple[str, ...]]:
    """Clock references by what happens: `done:measure`, `entering:sop.state`, `event:name`, `case:opened`."""
    found: dict[str, tuple[str, ...]] = {}
    for ref, several in triggers.items():
        for trigger in several:
            for key in keys_of(trigger, ref.split(".")[0]):
                found[key] = (*found.get(key, ()), ref)
    return found


def _watched(*keys: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key.removeprefix("holds:") for key in keys if key.startswith("holds:")))


def _parts(facts: tuple[str, ...], derived: dict[str, Condition]) -> frozenset[str] | None:
    """Every fact and every measure from which these facts follow, through other derived facts too."""
    found: set[str] = set()
    left = list(facts)
    while left:
        ref = left.pop()
        if ref in found:
            continue
        found.add(ref)
        for _, part in walk(derived.get(ref)):
            match part:
                case Fact():
                    left.append(part.fact)
                case When():
                    left += part.when
                case Done():
                    found |= {part.done} if isinstance(part.done, str) else set(part.done)
                case Settled():
                    found.add(part.settled)
                case State() | Consent() | Running() | Ended():
                    return None
    return frozenset(found)


def _counted_from(clock: Clock, derived: dict[str, Condition]) -> frozenset[str]:
    """By whichever law of the clock. Of other lengths only those count that go by the person: a child, or none."""
    facts: set[str | None] = set()
    for law in clock.laws:
        lengths = (law.period, law.deadline, *(variant.length for variant in law.variants))
        facts |= {law.anchor, *(length.set_by for length in lengths if length)}
        of_the_person = tuple(ref for variant in law.variants for ref in variant.when if ref.startswith("case."))
        facts |= _parts(of_the_person, derived) or set(of_the_person)
        facts |= {law.calendar_of} if law.calendar_of and "." in law.calendar_of else set()
    return frozenset(fact for fact in facts if fact)
