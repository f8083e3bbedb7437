"""The names and values to which a part of a definition refers, and those that lead nowhere."""

from collections.abc import Iterator

from sop import conditions as c
from sop.calendars import Calendar
from sop.clocks import Clock, Trigger, Variant
from sop.fields import Field
from sop.model import Head, Measure, NeverReads, Transition
from sop.problems import Path, Problem, Tree
from sop.shapes import FactValue
from sop.vocabulary import Vocabulary


def references(tree: Tree, path: Path, part: object, words: Vocabulary, sop: str | None) -> Iterator[Problem]:
    """Names that lead nowhere, each with the nearest name that leads somewhere."""
    for key, kind, name in names(part, sop):
        if words.lost(kind, name):
            message = f"There is no {kind} ‘{name}’."
            yield tree.problem((*path, key), f"no-such-{kind}", message, name=(name, words.known(kind)))
    for key, ref, value in _values(part):
        field = words.facts.get(ref)
        if field is not None and not fits(field, value):
            message = f"‘{ref}’ is never {value!r}."
            options = set(field.one_of or field.many_of or {})
            if options:
                yield tree.problem((*path, key), "bad-fact-value", message, name=(str(value), options))
            else:
                yield tree.problem((*path, key), "bad-fact-value", message, f"It is of type {field.kind}.")


def names(part: object, sop: str | None) -> Iterator[tuple[str, str, str]]:
    """Key, kind and name of every reference that this part makes."""
    match part:
        case c.Done():
            yield from (("done", "measure", name) for name in part._names())
        case c.Settled():
            yield "settled", "measure", part.settled
        case c.Fact():
            yield "fact", "fact", part.fact
        case c.When():
            yield from (("when", "fact", ref) for ref in part.when)
        case c.State():
            for name, states in part.state.items():
                yield from (("state", "state", f"{name}.{state}") for state in c._listed(states))
        case c.Consent():
            yield "consent", "consent", part.consent
        case c.Running():
            yield "running", "clock", part.running
        case c.Ended():
            yield "ended", "clock", part.ended
        case Measure():
            yield from _measure_names(part, sop or "")
        case Transition():
            yield from (("by", "role", role) for role in (*part.by, *part.second_person))
            yield from (("starts", "clock", f"{sop}.{name}") for name in part.starts)
        case Clock():
            yield from _clock_names(part)
        case Trigger():
            yield from _trigger_names(part, sop or "")
        case Variant():
            yield from (("when", "fact", ref) for ref in part.when)
        case Field() if part.instrument:
            yield "instrument", "instrument", part.instrument
        case Field() if part.sets:
            yield "sets", "fact", part.sets
        case Calendar() if part.counting:
            yield "counting", "counting-rule", part.counting
        case Head() if part.calendar_of:
            yield "calendar-of", "fact", part.calendar_of
        case NeverReads():
            yield from (("sops", "sop", name) for name in part.sops)
            yield from (("facts", "fact", ref) for ref in part.facts)
    yield from _shared_names(part)


def _shared_names(part: object) -> Iterator[tuple[str, str, str]]:
    """References that many kinds of parts make: roles and rules."""
    values = vars(part)
    if not isinstance(part, Measure | Transition | Clock):
        for key in ("by", "opened_by", "second_person", "tells"):
            if roles := values.get(key):
                yield from ((key.replace("_", "-"), "role", role) for role in roles)
    if isinstance(rule := values.get("rule"), str):
        yield "rule", "rule", rule


def _measure_names(measure: Measure, sop: str) -> Iterator[tuple[str, str, str]]:
    yield from (("who", "role", role) for role in measure.who)
    yield from (("second-person", "role", role) for role in measure.second_person)
    yield from (("in", "state", f"{sop}.{state}") for state in measure.in_)


def _clock_names(clock: Clock) -> Iterator[tuple[str, str, str]]:
    yield from (("reminds", "role", role) for role in clock.reminds)
    yield from (("when-missed", "role", escalation.tell) for escalation in clock.when_missed)
    yield from (("only-when", "fact", ref) for ref in clock.only_when)
    if clock.owed_by:
        yield "owed-by", "role", clock.owed_by.role
        if clock.owed_by.country:
            yield "owed-by", "fact", clock.owed_by.country
    if clock.anchor:
        yield "anchor", "fact", clock.anchor
    if clock.counting:
        yield "counting", "counting-rule", clock.counting
    if clock.calendar_of:
        yield "calendar-of", "fact" if "." in clock.calendar_of else "calendar", clock.calendar_of
    lengths = [clock.period, clock.deadline, *(v.length for v in clock.variants)]
    yield from (("set-by", "fact", length.set_by) for length in lengths if length and length.set_by)
    if clock.at_end and clock.at_end.asks:
        yield "at-end", "measure", clock.at_end.asks


def _trigger_names(trigger: Trigger, sop: str) -> Iterator[tuple[str, str, str]]:
    yield from (("entering", "state", state if "." in state else f"{sop}.{state}") for state in trigger.states)
    for key in ("done", "settled", "result"):
        if name := getattr(trigger, key):
            yield key, "measure", name
    if trigger.event:
        yield "event", "life-event", trigger.event
    if trigger.holds:
        yield "holds", "fact", trigger.holds


def _values(part: object) -> Iterator[tuple[str, str, FactValue]]:
    """Key, fact and value of every comparison with a fact."""
    maps: dict[str, FactValue | tuple[FactValue, ...]] = {}
    if isinstance(part, c.When | Variant):
        maps, key = part.when, "when"
    elif isinstance(part, Clock):
        maps, key = part.only_when, "only-when"
    for ref, wanted in maps.items():
        yield from ((key, ref, value) for value in (wanted if isinstance(wanted, tuple) else (wanted,)))
    if isinstance(part, c.Fact):
        wanted_values = [value for value in (part.is_, part.is_not, part.has, *(part.in_ or ())) if value is not None]
        yield from (("fact", part.fact, value) for value in wanted_values)


def fits(field: Field, value: FactValue) -> bool:
    if field.kind in ("one-of", "many-of"):
        return value in (field.one_of or field.many_of or {})
    if field.kind == "yes-no":
        return isinstance(value, bool)
    if field.kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str)
