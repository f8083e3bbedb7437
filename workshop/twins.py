"""What is there twice, or says nothing: names listed again, steps that are the same, levels that no answer reaches."""

from collections import Counter
from collections.abc import Iterator
from functools import partial

from sop.clocks import Source
from sop.instruments import Instrument
from sop.model import ANY, Definition, Sop, Transition
from sop.problems import Path, Problem, Tree
from sop.walk import walk
from workshop.kept import Kept


def twins(definition: Definition, trees: dict[str, Tree], kept: Kept) -> Iterator[Problem]:
    """Every part that repeats another one or that nothing can come of."""
    for sop in definition.sops.values():
        yield from _transitions(sop, trees[sop.sop], kept)
        yield from _titles(sop, trees[sop.sop])
        yield from _listed_twice(trees[sop.sop], (), sop)
    yield from _listed_twice(trees[""], (), definition.head)
    for owner, path, part in kept.entries(definition):
        work = partial(_inside, trees[owner or ""], path, part)
        yield from kept.of_part(("twins", owner, path), part, work)
    for name, instrument in definition.instruments.items():
        yield from _levels(instrument, trees[f"instruments.{name}"])


def _inside(tree: Tree, path: Path, whole: object) -> tuple[Problem, ...]:
    found: list[Problem] = []
    for inner, part in walk(whole, path):
        found += _listed_twice(tree, inner, part)
        if isinstance(part, Source):
            found += _source(tree, inner, part)
    return tuple(found)


def _transitions(sop: Sop, tree: Tree, kept: Kept) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for name, move in sop.transitions.items():
        same = kept.of_part(("does", sop.sop, name), move, partial(_does, move))
        if same in seen:
            message = f"‘{name}’ does exactly what ‘{seen[same]}’ does."
            yield tree.problem(("transitions", name), "same-transition", message, "Keep one of the two.", warning=True)
        seen.setdefault(same, name)
        if ANY in move.from_ and len(move.from_) > 1:
            message = "`any` already stands for every state that is not final."
            help_ = "Write `from: any` alone."
            yield tree.problem(("transitions", name, "from"), "any-and-more", message, help_, warning=True)


def _does(move: Transition) -> str:
    return move.model_dump_json(include={"from_", "to", "by", "needs", "starts", "reasons", "second_person"})


def _titles(sop: Sop, tree: Tree) -> Iterator[Problem]:
    """People see titles only; two steps or states with one title cannot be told apart."""
    for key in ("states", "measures", "transitions", "clocks"):
        seen: dict[str, str] = {}
        for name, part in getattr(sop, key).items():
            if part.title in seen:
                message = f"‘{name}’ and ‘{seen[part.title]}’ have the same title."
                help_ = "Give each its own; people see nothing but the title."
                yield tree.problem((key, name, "title"), "same-title", message, help_, warning=True)
            seen.setdefault(part.title, name)


def _listed_twice(tree: Tree, path: Path, part: object) -> Iterator[Problem]:
    for field, info in getattr(type(part), "model_fields", {}).items():
        value = getattr(part, field)
        if not isinstance(value, tuple) or not all(isinstance(item, str) for item in value):
            continue
        for name, count in Counter(value).items():
            if count > 1:
                message = f"‘{name[:40]}’ is listed {count} times."
                at = (*path, info.alias or field)
                yield tree.problem(at, "listed-twice", message, "Keep one.", warning=True)


def _source(tree: Tree, path: Path, source: Source) -> Iterator[Problem]:
    if not source.law and not source.document:
        message = "The source names neither a law nor a document."
        yield tree.problem(path, "source-unnamed", message, "Add `law` with `article`, or `document`.")
    if source.in_force_from and source.until and source.until < source.in_force_from:
        message = f"The source ends on {source.until}, before it is in force."
        yield tree.problem((*path, "until"), "source-dates", message, "Put the two days in order.")


def _levels(instrument: Instrument, tree: Tree) -> Iterator[Problem]:
    weights = [item.weight for item in instrument.items.values()]
    points = sum(weight for weight in weights if isinstance(weight, int | float) and weight > 0)
    *above, last = instrument.levels
    for number, level in enumerate(above):
        bars = (level.critical, level.major, level.points)
        have = (weights.count("critical"), weights.count("major"), points)
        if all(bar is None for bar in bars):
            message = f"‘{level.level}’ has no bar, so every answer reaches it and no level below it."
            yield tree.problem(("levels", number), "level-never", message, "Add `critical`, `major` or `points`.")
        elif any(bar is not None and bar > most for bar, most in zip(bars, have, strict=True)):
            message = f"No answers can reach ‘{level.level}’: there are not enough items for its bar."
            yield tree.problem(("levels", number), "level-never", message, "Lower the bar, or add items.")
    if (last.critical, last.major, last.points) != (None, None, None):
        message = f"‘{last.level}’ is the result where no other level is reached; its bar is never looked at."
        at = ("levels", len(above))
        yield tree.problem(at, "bar-ignored", message, "Take the bar away.", warning=True)
