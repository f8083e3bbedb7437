"""Clocks that count for nothing: never started, never answered, reminding nobody, or asking what can no longer be done."""

import itertools
from collections.abc import Iterator
from functools import partial

from sop.clocks import Clock
from sop.model import Definition, Sop
from sop.problems import Path, Problem, Tree
from workshop.kept import Kept, shape_of
from workshop.logic import Formula
from workshop.possible import Possible, keys

SHORTEST_DAYS = 1 / 24


def clock_findings(possible: Possible, trees: dict[str, Tree], kept: Kept) -> Iterator[Problem]:
    """What is wrong with the clocks of every SOP, and with the life events that hold them."""
    for sop in possible.definition.sops.values():
        ways = shape_of(sop, kept)
        for name, clock in sop.clocks.items():
            work = partial(_of_clock, possible, sop, name, trees[sop.sop])
            yield from kept.in_case(("clock", sop.sop, name), (clock, ways), work)
    yield from _held_for_ever(possible.definition, trees[""])


def _of_clock(possible: Possible, sop: Sop, name: str, tree: Tree) -> Iterator[Problem]:
    clock, at = sop.clocks[name], ("clocks", name)
    yield from _reached(possible, sop, name, tree)
    yield from _what_fits_the_kind(clock, tree, at)
    yield from _people_told(clock, tree, at)
    yield from _lengths(clock, tree, at)
    yield from _variants(possible, clock, tree, at)
    if clock.at_end and clock.period and possible.runs(f"{sop.sop}.{name}"):
        yield from _at_end(possible, sop, name, tree)


def _reached(possible: Possible, sop: Sop, name: str, tree: Tree) -> Iterator[Problem]:
    clock, at = sop.clocks[name], ("clocks", name)
    if not possible.runs(f"{sop.sop}.{name}"):
        message = f"‘{name}’ can never start: what starts it never happens, or its `only-when` is never so."
        yield tree.problem(at, "clock-cannot-start", message, "Correct `starts` or `only-when`.")
        return
    for key, triggers in (("starts", clock.starts), ("met-by", clock.met_by), ("cancelled-by", clock.cancelled_by)):
        dead = [number for number, trigger in enumerate(triggers) if not possible.can_trigger(trigger, sop.sop)]
        if key == "met-by" and dead and len(dead) == len(triggers):
            message = f"‘{name}’ can never be met: nothing of what meets it can ever happen."
            yield tree.problem((*at, key), "clock-cannot-be-met", message, "Name what really answers it.")
            continue
        for number in dead:
            message = "This trigger never happens."
            yield tree.problem(
                (*at, key, number), "trigger-never", message, "Take it out, or correct it.", warning=True
            )


def _at_end(possible: Possible, sop: Sop, name: str, tree: Tree) -> Iterator[Problem]:
    """What a period asks or takes at its end can be done in the states in which it may be over."""
    at_end = sop.clocks[name].at_end
    assert at_end is not None  # noqa: S101 - asked by the caller
    at: Path = ("clocks", name, "at-end")
    ahead = _states_when_over(possible, sop, name)
    if at_end.asks:
        owner, measure = next(
            (s, s.measures[at_end.asks]) for s in possible.definition.sops.values() if at_end.asks in s.measures
        )
        if owner.sop == sop.sop and not possible.where(sop, measure) & ahead:
            message = f"When ‘{name}’ is over, ‘{at_end.asks}’ can no longer be recorded."
            yield tree.problem(at, "asked-too-late", message, "Correct `in` of the measure, or ask for another one.")
    elif at_end.takes:
        sources = {source for owned, move, source in possible.moves if (owned, move) == (sop.sop, at_end.takes)}
        if not sources & ahead:
            message = f"When ‘{name}’ is over, ‘{at_end.takes}’ can no longer be taken."
            yield tree.problem(at, "asked-too-late", message, "Correct `from` of the transition, or take another one.")


def _states_when_over(possible: Possible, sop: Sop, name: str) -> set[str]:
    """The states in which the SOP may stand when the clock is over; all where something outside the SOP starts it."""
    clock = sop.clocks[name]
    starting = {move.to for move in sop.transitions.values() if name in move.starts}
    for trigger in clock.starts:
        for key in keys(trigger, sop.sop):
            own = key.startswith(f"entering:{sop.sop}.")
            starting |= {key.split(".")[1]} if own else set(sop.states)
        if trigger.holds:
            starting |= set(sop.states)
    return possible.ahead(sop, starting)


def _what_fits_the_kind(clock: Clock, tree: Tree, at: Path) -> Iterator[Problem]:
    """Keys that the engine reads only for another kind of clock."""
    if clock.at_end and not clock.period:
        message = f"`at-end` belongs to a period; at the end of a {clock.kind} it never happens."
        yield tree.problem((*at, "at-end"), "key-without-effect", message, "Use `when-missed`, or make it a period.")
    if clock.period and clock.when_missed:
        message = "A period cannot be missed, so nobody is ever told."
        yield tree.problem((*at, "when-missed"), "key-without-effect", message, "Use `remind` and `at-end`.")
    if clock.remind == () and "reminds" in clock.model_fields_set:
        message = "`reminds` names who is reminded, but there is no reminder."
        yield tree.problem(
            (*at, "reminds"), "key-without-effect", message, "Add `remind`, or take it out.", warning=True
        )
    if clock.period and clock.statutory and (clock.met_by or clock.cancelled_by):
        key = "met-by" if clock.met_by else "cancelled-by"
        message = "This would end a protection that the law sets, without an authority and a second person."
        yield tree.problem((*at, key), "protection-cut-short", message, "Use `ends-early`.")


def _people_told(clock: Clock, tree: Tree, at: Path) -> Iterator[Problem]:
    seen: set[object] = set()
    for number, reminder in enumerate(clock.remind):
        same = (reminder.before, reminder.share)
        if same in seen:
            message = "The same reminder is there twice."
            yield tree.problem((*at, "remind", number), "told-twice", message, "Take one out.", warning=True)
        seen.add(same)
    after = [e.after.approximate_days() if e.after else 0.0 for e in clock.when_missed]
    told = [(e.tell, e.after) for e in clock.when_missed]
    for number, same_again in enumerate(told):
        if same_again in told[:number]:
            message = f"‘{same_again[0]}’ is told twice at the same moment."
            yield tree.problem((*at, "when-missed", number), "told-twice", message, "Take one out.", warning=True)
    if any(later < earlier for earlier, later in itertools.pairwise(after)):
        message = "These are not in the order of time, so the last one listed is not the last one told."
        yield tree.problem((*at, "when-missed"), "escalation-order", message, "Put the earliest first.", warning=True)


def _lengths(clock: Clock, tree: Tree, at: Path) -> Iterator[Problem]:
    lengths = [clock.period, clock.deadline, *(variant.length for variant in clock.variants)]
    every = [d for length in lengths if length for d in (length.usual, length.ceiling) if d]
    every += [*clock.review.at, *([clock.review.then_every] if clock.review.then_every else [])] if clock.review else []
    for duration in every:
        if duration.approximate_days() < SHORTEST_DAYS:
            message = f"Nobody can act within {duration}."
            yield tree.problem(at, "too-short", message, "Give people at least an hour.", warning=True)
        if duration.seconds and not duration.in_hours:
            message = f"‘{duration}’ mixes days and hours; days end at midnight, and hours are added to that."
            help_ = "Write it in hours or in days alone."
            yield tree.problem(at, "mixed-length", message, help_, warning=True)


def _variants(possible: Possible, clock: Clock, tree: Tree, at: Path) -> Iterator[Problem]:
    meaning = possible.meaning
    if not possible.can(meaning.applies(clock.only_when)):
        return
    earlier: list[Formula] = [meaning.applies(clock.only_when)]
    for number, variant in enumerate(clock.variants):
        applies = meaning.applies(variant.when)
        if not possible.can(applies, *earlier):
            message = "This length never counts: an earlier one always fits first, or its facts are never so."
            help_ = "Put the special case before the general one."
            yield tree.problem((*at, "variants", number), "variant-never", message, help_)
        earlier.append(meaning.never(applies))


def _held_for_ever(definition: Definition, tree: Tree) -> Iterator[Problem]:
    events = definition.head.life_events
    if any(event.targets == "resume" for event in events.values()):
        return
    for name, event in events.items():
        if event.targets == "pause":
            message = f"‘{name}’ pauses the internal targets, and no life event lets them go on."
            help_ = "Add a life event with `targets: resume`."
            yield tree.problem(("life-events", name), "held-for-ever", message, help_)
