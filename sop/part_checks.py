"""Checks of single parts: conditions that ask nothing, activities without questions, lengths out of order, odd countries."""

import itertools
import re
from collections.abc import Iterable, Iterator

from sop.calendars import CALENDAR_KEY
from sop.clocks import Clock
from sop.conditions import Fact
from sop.counting import BUILT_IN
from sop.fields import Field
from sop.model import Definition, Measure
from sop.problems import Path, Problem, Tree
from sop.vocabulary import Vocabulary

_TESTS = ("is_", "is_not", "in_", "has", "known")


Part = tuple[str | None, Path, object]
"""A part, the SOP in which it stands, None for the head, and its path there."""


def part_problems(
    definition: Definition, trees: dict[str, Tree], words: Vocabulary, parts: Iterable[Part]
) -> Iterator[Problem]:
    """What is wrong with one part of `parts`, whatever stands around it; and with what the whole head lists."""
    for name, path, part in parts:
        yield from _one(definition, trees[name or ""], path, part, words)
    for country in definition.head.calendars:
        if country != "default" and not re.fullmatch(CALENDAR_KEY, country):
            message = f"‘{country}’ is no country (two capital letters), no part of one (ba_srp), and not `default`."
            yield trees[""].problem(("calendars", country), "bad-country", message)
    for name in definition.head.counting_rules:
        if name in BUILT_IN:
            message = f"‘{name}’ is built in; a rule of your own has another name."
            yield trees[""].problem(("counting-rules", name), "defined-twice", message)
    yield from _named_calendars(definition, trees, words)
    yield from _bodies_and_texts(definition, trees[""], words)
    yield from _instruments(definition, trees)


def _named_calendars(definition: Definition, trees: dict[str, Tree], words: Vocabulary) -> Iterator[Problem]:
    """A fact that names a calendar can name only such as there are; a fact of type country names any."""
    head = definition.head
    places: list[tuple[Tree, Path, str | None]] = [(trees[""], ("calendar-of",), head.calendar_of)]
    places += [
        (trees[sop.sop], ("clocks", name, "calendar-of"), clock.calendar_of)
        for sop in definition.sops.values()
        for name, clock in sop.clocks.items()
    ]
    for tree, at, of in places:
        field = words.facts.get(of or "")
        if field is None or field.kind == "country":
            continue
        if field.kind != "one-of":
            message = f"‘{of}’ names no calendar: it is of type {field.kind}."
            yield tree.problem(
                at, "no-such-calendar", message, "Take a fact that is one of the calendars, or a country."
            )
        for option in field.one_of or {}:
            if option not in head.calendars:
                message = f"‘{of}’ may be ‘{option}’, and there is no such calendar."
                yield tree.problem(at, "no-such-calendar", message, name=(option, set(head.calendars)))


def _bodies_and_texts(definition: Definition, tree: Tree, words: Vocabulary) -> Iterator[Problem]:
    """National bodies hold roles that there are, and translated titles belong to something."""
    head = definition.head
    for role in head.bodies:
        if role not in head.roles:
            message = f"There is no role ‘{role}’."
            yield tree.problem(("bodies", role), "no-such-role", message, name=(role, set(head.roles)))
    known = {*words.titles, *words.states, *(f"roles.{role}" for role in head.roles)} if head.texts else set()
    for language, translation in head.texts.items():
        if not re.fullmatch("[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", language):
            message = f"‘{language}’ is no language: write its code, for example sr or sr-Latn."
            yield tree.problem(("texts", language), "bad-language", message)
        for name in translation.titles:
            if name not in known:
                message = f"Nothing is called ‘{name}’, so it has no title."
                at: Path = ("texts", language, "titles", name)
                yield tree.problem(at, "no-such-name", message, name=(name, known))


def _one(definition: Definition, tree: Tree, path: Path, part: object, words: Vocabulary) -> Iterator[Problem]:
    match part:
        case Fact():
            yield from _fact(tree, path, part)
        case Measure():
            yield from _activity(definition, tree, path, part)
        case Field():
            yield from _field(definition, tree, path, part, words)
        case Clock() if part.at_other_times:
            yield from _other_laws(part, tree, path)
        case Clock() if part.review:
            days = [length.approximate_days() for length in part.review.at]
            if any(later <= earlier for earlier, later in itertools.pairwise(days)):
                yield tree.problem((*path, "review"), "clock-length", "The reviews are not in the order of time.")
            if part.review.until and days and part.review.until.approximate_days() < days[-1]:
                yield tree.problem((*path, "review"), "clock-length", "The reviews end before the last one listed.")


def _other_laws(clock: Clock, tree: Tree, path: Path) -> Iterator[Problem]:
    """By another law it is the same clock: of the same kind, and where it is law with a law of its own."""
    for number, other in enumerate(clock.at_other_times):
        at = (*path, "at-other-times", number)
        if other.kind != clock.kind or other.at_other_times:
            yield tree.problem(at, "clock-kind", "By another law this is still the same clock, and of the same kind.")
        elif clock.statutory and (other.source is None or other.source.evidence == "D"):
            yield tree.problem(at, "law-without-source", "The clock is called statutory, and here it names no law.")


def _fact(tree: Tree, path: Path, part: Fact) -> Iterator[Problem]:
    tests = [name for name in _TESTS if getattr(part, name) is not None]
    bounds = part.at_least is not None or part.at_most is not None
    if len(tests) + bounds != 1:
        help_ = "Add one of is, is-not, in, has, at-least, at-most, known; at-least and at-most may stand together."
        yield tree.problem((*path, "fact"), "bad-condition", "This must ask one thing about the fact.", help_)


def _activity(definition: Definition, tree: Tree, path: Path, measure: Measure) -> Iterator[Problem]:
    asked = [field.instrument for field in measure.fields.values() if field.instrument]
    if measure.activity and len(asked) != 1:
        message = "The activity scores the answers to an instrument; the measure has one field with `instrument:`."
        yield tree.problem((*path, "activity"), "activity-without-instrument", message)
    instrument = definition.instruments.get(asked[0]) if asked else None
    level = measure.results.get("level")
    for rung in instrument.levels if instrument and level and level.one_of is not None else ():
        if level and rung.level not in (level.one_of or {}):
            message = f"The instrument may answer ‘{rung.level}’, and the result has no such level."
            yield tree.problem((*path, "results", "level"), "bad-fact-value", message)


def _field(definition: Definition, tree: Tree, path: Path, field: Field, words: Vocabulary) -> Iterator[Problem]:
    options = field.one_of if field.one_of is not None else field.many_of
    if options is not None and not options:
        yield tree.problem(path, "field-kind", "There is nothing to choose from.")
    if field.lowest is not None and field.highest is not None and field.lowest > field.highest:
        yield tree.problem(path, "field-kind", "The smallest number is larger than the largest.")
    if field.sets is None:
        return
    facts = definition.head.facts
    target = facts.get(field.sets.removeprefix("case.")) if field.sets.startswith("case.") else None
    if target is None and (field.sets in words.facts or words.lost("fact", field.sets)):
        message = f"‘{field.sets}’ is no fact of the case that can be set."
        can_be_set = {f"case.{name}" for name in facts}
        yield tree.problem((*path, "sets"), "no-such-fact", message, name=(field.sets, can_be_set))
    elif target is not None and (
        target.kind != field.kind or not set(options or {}) <= set(target.one_of or target.many_of or {})
    ):
        message = f"‘{field.sets}’ is of another type, or lacks one of these options."
        yield tree.problem((*path, "sets"), "bad-fact-value", message)


def _instruments(definition: Definition, trees: dict[str, Tree]) -> Iterator[Problem]:
    for name, instrument in definition.instruments.items():
        tree = trees[f"instruments.{name}"]
        levels = [level.level for level in instrument.levels]
        if len(set(levels)) < len(levels):
            yield tree.problem(("levels",), "defined-twice", "A level is there twice.")
        for item, floor in instrument.floor_while.items():
            if item not in instrument.items:
                known = (item, set(instrument.items))
                yield tree.problem(("floor-while", item), "no-such-item", f"There is no item ‘{item}’.", name=known)
            if floor not in levels:
                known = (floor, set(levels))
                yield tree.problem(("floor-while", item), "no-such-level", f"There is no level ‘{floor}’.", name=known)
