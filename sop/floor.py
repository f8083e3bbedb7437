"""The floor of the base: an overlay may lengthen and add, and takes away nothing that law or a rule gives the person."""

from collections.abc import Iterator

from sop import conditions as c
from sop.clocks import Clock, Length, Trigger, Variant
from sop.model import Definition
from sop.overlays import ClockChange, Overlay
from sop.problems import Path, Problem, Tree
from sop.walk import walk

CHILD = "case.child"
BELOW = "below-floor"


def floor_problems(base: Definition, composed: Definition, overlay: Overlay, tree: Tree) -> Iterator[Problem]:
    """Where the overlay goes below the base; the composed definition has all its parts."""
    for ref, changes in overlay.clocks.items():
        sop, name = ref.split(".")
        before, after = base.sops[sop].clocks[name], composed.sops[sop].clocks.get(name)
        if after is None:
            continue  # it is left out too, and that is judged below
        by_law = (after, *after.at_other_times)
        for number, change in enumerate(changes):
            yield from _clock(before, by_law[number], change, tree, ("clocks", ref, number))
    yield from _removed(base, overlay, tree)
    yield from _package(base, overlay, tree)


def _clock(base: Clock, clock: Clock, change: ClockChange, tree: Tree, at: Path) -> Iterator[Problem]:
    key = next((key for key in ("period", "deadline") if getattr(change, key) and key != base.kind), None)
    if key:
        yield tree.problem(
            (*at, key), "clock-kind", f"‘{base.title}’ is a {base.kind}; an overlay cannot make it another."
        )
        return
    if base.kind == "period":
        yield from _protection(base, clock, change, tree, at)
    elif base.kind == "deadline" and base.statutory:
        yield from _duty(base, clock, change, tree, at)
    yield from _early(base, change, tree, at)
    if change.not_for and not change.not_for.fact.startswith("case."):
        yield tree.problem((*at, "not-for", "fact"), "no-such-fact", "Whom a clock is not for is a fact of the case.")


def _protection(base: Clock, clock: Clock, change: ClockChange, tree: Tree, at: Path) -> Iterator[Problem]:
    """A period protects: for nobody it is shorter than in the base, and for no child shorter than for an adult."""
    least = _least(base.length)
    mine = _least(clock.length)
    if change.period and mine < least:
        yield _short(tree, (*at, "period"), clock.length, base.length)
    for number, variant in enumerate(change.variants or ()):
        path = (*at, "variants", number, "length")
        floor = max((_least(v.length) for v in base.variants if v.when == variant.when), default=least)
        if _least(variant.length) < floor:
            yield _short(tree, path, variant.length, base.length)
        elif variant.when.get(CHILD) is True and _least(variant.length) < mine:
            message = f"A child would have {variant.length.in_words()}, and an adult {clock.length.in_words()}."
            yield tree.problem(
                path, BELOW, message, "Give a child as much at the least, or use `not-for` with `instead`."
            )
    for variant in base.variants:
        kept = next((v.length for v in clock.variants if v.when == variant.when), clock.length)
        if change.variants is not None and _least(kept) < _least(variant.length):
            yield _short(tree, (*at, "variants"), kept, variant.length)


def _duty(base: Clock, clock: Clock, change: ClockChange, tree: Tree, at: Path) -> Iterator[Problem]:
    """A deadline that is law is owed to somebody: it is no longer than in the base."""
    most = _most(base.length)
    lengths = [(("deadline",), clock.length)] if change.deadline else []
    lengths += [(("variants", n, "length"), v.length) for n, v in enumerate(change.variants or ())]  # type: ignore[misc]
    for path, length in lengths:
        if _most(length) > most:
            message = f"The law of the base gives {base.length.in_words()} for this; {length.in_words()} may be longer."
            yield tree.problem((*at, *path), BELOW, message, f"Write {base.length.in_words()}, or less.")


def _early(base: Clock, change: ClockChange, tree: Tree, at: Path) -> Iterator[Problem]:
    if change.ends_early is None:
        return
    known = set(base.ends_early.reasons) if base.ends_early else set()
    for reason in change.ends_early.reasons:
        if reason not in known:
            message = f"The base does not let the period end early because of ‘{reason}’."
            help_ = f"The base knows: {', '.join(sorted(known)) or 'no reason'}."
            yield tree.problem((*at, "ends-early", "reasons", reason), BELOW, message, help_)


def _removed(base: Definition, overlay: Overlay, tree: Tree) -> Iterator[Problem]:
    """Only what no rule and no other part of the base needs may be left out."""
    gone = set(overlay.drops.measures)
    for number, ref in enumerate(overlay.drops.clocks):
        sop, name = ref.split(".")
        clock = base.sops[sop].clocks.get(name)
        if clock is not None and (clock.statutory or clock.rule or clock.kind == "period"):
            why = f"rule {clock.rule} stands on it" if clock.rule else "it protects the person"
            yield tree.problem(("drops", "clocks", number), BELOW, f"‘{clock.title}’ may not be left out: {why}.")
    dropping = gone or any(change.drops for change in overlay.measures.values())
    users = list(_users(base, overlay)) if dropping else []
    for number, name in enumerate(overlay.drops.measures):
        measure = next((m for s in base.sops.values() for n, m in s.measures.items() if n == name), None)
        if measure is None:
            continue
        using = [(where, rule) for where, used, rule in users if used == name and where.split(".")[-1] not in gone]
        rule = measure.rule or next((rule for _, rule in using if rule), None)
        if rule or using:
            why = f"rule {rule} stands on it" if rule else f"{using[0][0]} needs it"
            message = f"‘{measure.title}’ may not be left out: {why}."
            yield tree.problem(("drops", "measures", number), BELOW, message, "Take it out of `drops`.")
    for name, change in overlay.measures.items():
        fields = next(m.fields for s in base.sops.values() for n, m in s.measures.items() if n == name)
        for number, dropped in enumerate(change.drops):
            read = [where for where, used, _ in users if used == f"{name}.{dropped}"]
            needed = fields[dropped].required or fields[dropped].sets or fields[dropped].instrument
            if read or needed:
                why = f"{read[0]} reads it" if read else "the measure is not done without it"
                message = f"The field ‘{dropped}’ may not be left out: {why}."
                yield tree.problem(("measures", name, "drops", number), BELOW, message)


def _package(base: Definition, overlay: Overlay, tree: Tree) -> Iterator[Problem]:
    """The minimum package of a contingency holds every measure that the base requires."""
    for sop in base.sops.values() if overlay.keeps else ():
        for name, measure in sop.measures.items():
            if measure.kind == "required" and name not in overlay.keeps:
                message = f"The minimum package leaves out ‘{measure.title}’, which the base requires."
                yield tree.problem(("keeps",), BELOW, message, f"Add `{name}`.")


def _users(base: Definition, overlay: Overlay) -> Iterator[tuple[str, str, str | None]]:
    """Where a measure, or a fact of one, is asked for: the place, the name, and the rule that the place holds up."""
    dropped = set(overlay.drops.clocks)
    rules: dict[Path, str] = {}
    for path, part in walk(base):
        if isinstance(rule := vars(part).get("rule"), str):
            rules[path] = rule
        if path[:1] == ("sops",) and path[2:3] == ("clocks",) and ".".join(map(str, (path[1], *path[3:4]))) in dropped:
            continue
        rule = next((rules[path[:end]] for end in range(len(path), 0, -1) if path[:end] in rules), None)
        place = ".".join(str(step) for step in (path[1:2] + path[3:4] if path[:1] == ("sops",) else path[1:3]))
        if path[:1] in (("head",), ("sops",)):
            yield from ((place, name, rule) for name in _asked(part))
        elif path[:1] not in ((), ("instruments",)):
            # whatever else a definition holds, rights above all, stands on each name that it says
            yield from ((place, name, f"{path[0]}.{place}") for name in _said(part))


def _said(part: object) -> Iterator[str]:
    yield from _asked(part)
    for value in vars(part).values():
        yield from (name for name in (value if isinstance(value, tuple) else (value,)) if isinstance(name, str))


def _asked(part: object) -> Iterator[str]:
    match part:
        case c.Done():
            yield from (part.done,) if isinstance(part.done, str) else part.done
        case c.Settled():
            yield part.settled
        case c.Fact():
            yield from _fact(part.fact)
        case c.When() | Variant():
            for ref in part.when:
                yield from _fact(ref)
        case Trigger():
            yield from (name for name in (part.done, part.settled, part.result) if name)
        case Length() if part.set_by:
            yield from _fact(part.set_by)
        case Clock():
            for ref in (*part.only_when, *((part.anchor,) if part.anchor else ())):
                yield from _fact(ref)
            if part.at_end and part.at_end.asks:
                yield part.at_end.asks


def _fact(ref: str) -> Iterator[str]:
    yield from (ref.split(".")[0], ref)


def _least(length: Length) -> float:
    """The fewest days that the length promises; nothing where it only says at most, or is set for each case."""
    chosen = length.fixed or length.floor
    return chosen.fewest_days() if chosen else 0


def _most(length: Length) -> float:
    chosen = length.fixed or length.ceiling
    return chosen.most_days() if chosen else float("inf")


def _short(tree: Tree, path: Path, length: Length, base: Length) -> Problem:
    said = length.in_words()
    message = f"{said[:1].upper()}{said[1:]} may be shorter than the {base.in_words()} of the base."
    if length.at_most and not length.floor:
        return tree.problem(path, BELOW, message, "Write a range, from the least of the base to the most of this law.")
    return tree.problem(path, BELOW, message, f"Write {base.in_words()}, or more.")
