"""Checks beyond the shape: references that lead nowhere, states nobody reaches or leaves, clocks that never start or end."""

from collections.abc import Iterator
from itertools import islice

from sop.clocks import Clock
from sop.fields import Field
from sop.model import ANY, Definition, Sop
from sop.part_checks import Part, part_problems
from sop.problems import MOST_PROBLEMS, Path, Problem, Tree
from sop.references import fits, names, references
from sop.salvage import Understood
from sop.shapes import Shape
from sop.vocabulary import Vocabulary
from sop.walk import walk, walk_changed


def check(found: Understood) -> list[Problem]:
    """Every problem of meaning in what was understood; the shapes are known to be right.

    A SOP that was understood only in part has its parts checked, not its paths and clocks: what is missing there may
    stand in the part that nobody could understand.
    """
    definition, trees = found.definition, found.trees
    words = Vocabulary(definition, found.known, found.unread)
    problems = [*_whole(definition, trees[""], words)] if found.has_head else []
    parts = list(_parts(definition, found.beside))
    for sop in definition.sops.values():
        before = found.beside.sops.get(sop.sop) if found.beside else None
        if sop is before:
            continue
        tree = trees[sop.sop]
        if sop.sop in found.whole:
            problems += _graph(sop, tree)
            problems += _clocks(words, sop, tree, before)
        mine = ((path, part) for owner, path, part in parts if owner == sop.sop)
        wrong = (p for path, part in mine for p in references(tree, path, part, words, sop.sop))
        problems += islice(wrong, MOST_PROBLEMS)
    if found.has_head:
        mine = ((path, part) for owner, path, part in parts if owner is None)
        wrong = (p for path, part in mine for p in references(trees[""], path, part, words, None))
        problems += islice(wrong, MOST_PROBLEMS)
        problems += _facts_of_the_case(definition, trees[""], words)
    problems += part_problems(definition, trees, words, parts)
    if found.beside is None or found.beside.head.derived is not definition.head.derived:
        problems += _derived_cycles(definition, trees[""])
    problems += _never_reads(definition, trees, parts)
    if found.all_whole and not problems and found.beside is None:
        problems += _rules_held(definition, trees[""])
    return _without_consequences(problems)


_FOLLOWS = {
    "no-such-state": {"unreachable-state", "dead-end", "no-way-out"},
    "no-such-clock": {"clock-never-starts"},
    "no-such-transition": {"nobody-may"},
    "no-such-sop": {"sop-not-listed"},
}
"""By a name that leads nowhere, what is probably wrong only because of it, as long as both stand in one file."""


def _without_consequences(problems: list[Problem]) -> list[Problem]:
    """A misspelt name is told alone: what seems to be out of reach is perhaps what was meant."""
    follows = {(problem.file, code) for problem in problems for code in _FOLLOWS.get(problem.code, ())}
    return [problem for problem in problems if (problem.file, problem.code) not in follows]


def _parts(definition: Definition, beside: Definition | None) -> Iterator[Part]:
    """Every part that is to be looked at."""
    for name, sop in definition.sops.items():
        old = beside.sops.get(name) if beside else None
        yield from ((name, path, part) for path, part in (walk_changed(sop, old) if old else walk(sop)))
    head = walk_changed(definition.head, beside.head) if beside else walk(definition.head)
    yield from ((None, path, part) for path, part in head)


def _whole(definition: Definition, head: Tree, words: Vocabulary) -> Iterator[Problem]:
    listed, found = definition.head.sops, definition.sops
    for i, name in enumerate(listed):
        if words.lost("sop", name):
            yield head.problem(
                ("sops", i), "no-such-sop", f"There is no SOP ‘{name}’.", name=(name, words.known("sop"))
            )
    for name in found:
        if name not in listed:
            yield head.problem(
                ("sops",), "sop-not-listed", f"The SOP ‘{name}’ is not listed.", f"Add `{name}` to sops."
            )
    if words.lost("sop", definition.head.starts_with):
        message = "The case cannot start with a SOP that is not there."
        yield head.problem(
            ("starts-with",), "no-such-sop", message, name=(definition.head.starts_with, words.known("sop"))
        )
    owners: dict[str, str] = {}
    for sop in found.values():
        for name in sop.measures:
            if name in owners:
                message = (
                    f"The measure ‘{name}’ is in {owners[name]} and in {sop.sop}; names are unique in a procedure."
                )
                yield head.problem(("sops",), "measure-twice", message, "Rename one of them.")
            owners[name] = sop.sop
            if name in ("case", "consents", *found):
                yield head.problem(("sops",), "bad-name", f"A measure cannot be called ‘{name}’.")


def _graph(sop: Sop, tree: Tree) -> Iterator[Problem]:
    states = set(sop.states)
    if sop.initial not in states:
        yield tree.problem(
            ("initial",), "no-such-state", f"There is no state ‘{sop.initial}’.", name=(sop.initial, states)
        )
        return
    for name, move in sop.transitions.items():
        if name in ("open", "reopen"):
            yield tree.problem(
                ("transitions", name), "bad-name", f"‘{name}’ is made by `{name}s:`; choose another name."
            )
        if name == "state":
            yield tree.problem(
                ("transitions", name), "bad-name", "A transition cannot be called ‘state’.", "Name the step."
            )
        for i, state in enumerate(move.from_):
            if state != ANY and state not in states:
                at: Path = ("transitions", name, "from", i)
                yield tree.problem(at, "no-such-state", f"There is no state ‘{state}’.", name=(state, states))
            elif state != ANY and sop.states[state].final:
                at = ("transitions", name, "from")
                yield tree.problem(
                    at, "final-with-exit", f"‘{state}’ is final, and ‘{name}’ leaves it.", "Use `reopens:`."
                )
        if move.to not in states:
            yield tree.problem(
                ("transitions", name, "to"),
                "no-such-state",
                f"There is no state ‘{move.to}’.",
                name=(move.to, states),
            )
        if move.from_ == (move.to,):
            yield tree.problem(("transitions", name), "self-loop", f"‘{name}’ leads from ‘{move.to}’ to itself.")
        if not move.by and name not in {k.at_end.takes for k in sop.clocks.values() if k.at_end}:
            message = f"Nobody may take ‘{name}’."
            yield tree.problem(
                ("transitions", name), "nobody-may", message, "Name roles in `by`, or let a clock take it."
            )
    yield from _reach(sop, tree)


def _reach(sop: Sop, tree: Tree) -> Iterator[Problem]:
    reached, rising = {sop.initial}, True
    while rising:
        rising = False
        for move in sop.transitions.values():
            leaves = any(
                s in reached or (s == ANY and any(not sop.states[r].final for r in reached)) for s in move.from_
            )
            if leaves and move.to in sop.states and move.to not in reached:
                reached.add(move.to)
                rising = True
    if not any(state.final for state in sop.states.values()):
        yield tree.problem(("states",), "no-end", f"The SOP ‘{sop.sop}’ never ends.", "Mark a state `final: true`.")
        return
    for name, state in sop.states.items():
        if name not in reached:
            yield tree.problem(
                ("states", name), "unreachable-state", f"No path leads to ‘{name}’.", "Add a transition to it."
            )
        exits = any(name in move.from_ or ANY in move.from_ for move in sop.transitions.values())
        if not state.final and not exits:
            yield tree.problem(
                ("states", name), "dead-end", f"No path leaves ‘{name}’.", "Mark it `final: true` or add one."
            )
    for name in sorted(reached - _leading_out(sop)):
        if any(name in move.from_ or ANY in move.from_ for move in sop.transitions.values()):
            help_ = "Add a transition that leads out, or mark a state `final: true`."
            yield tree.problem(("states", name), "no-way-out", f"From ‘{name}’ no path leads to an end.", help_)


def _leading_out(sop: Sop) -> set[str]:
    """The states from which some path leads to a final one."""
    out = {name for name, state in sop.states.items() if state.final}
    rising = True
    while rising:
        rising = False
        for move in sop.transitions.values():
            before = {name for name in sop.states if name not in out and (name in move.from_ or ANY in move.from_)}
            if move.to in out and before:
                out |= before
                rising = True
    return out


def _clocks(words: Vocabulary, sop: Sop, tree: Tree, beside: Sop | None) -> Iterator[Problem]:
    facts = words.facts
    started = {name for move in sop.transitions.values() for name in move.starts}
    for name, clock in sop.clocks.items():
        if beside and clock is beside.clocks.get(name):
            continue
        at: Path = ("clocks", name)
        if not clock.starts and name not in started:
            yield tree.problem(at, "clock-never-starts", f"Nothing starts ‘{name}’.", "Add `starts:` to it.")
        if clock.kind != "period" and not clock.met_by:
            yield tree.problem(at, "clock-never-met", f"Nothing meets ‘{name}’.", "Add `met-by:`.")
        if clock.kind != "period" and not clock.when_missed:
            yield tree.problem(
                at, "clock-unanswered", f"Nobody is told when ‘{name}’ is missed.", "Add `when-missed:`."
            )
        if clock.statutory and (clock.source is None or clock.source.evidence == "D"):
            message = f"‘{name}’ is called statutory and names no law."
            yield tree.problem(
                at, "law-without-source", message, "Add `source:` with law, article and evidence V, S or K."
            )
        if clock.at_end and (clock.at_end.asks is None) == (clock.at_end.takes is None):
            yield tree.problem((*at, "at-end"), "at-end", "`at-end` has exactly one of asks, takes.")
        if clock.at_end and clock.at_end.takes and clock.at_end.takes not in sop.transitions:
            takes = clock.at_end.takes
            message = f"There is no transition ‘{takes}’."
            yield tree.problem((*at, "at-end"), "no-such-transition", message, name=(takes, set(sop.transitions)))
        if (clock.ends_early or clock.extend) and clock.kind == "review":
            yield tree.problem(at, "clock-kind", "A review cannot be extended or ended early.")
        others = [((*at, "at-other-times", n), other) for n, other in enumerate(clock.at_other_times)]
        for where, one in [(at, clock), *others]:
            yield from _reminders(one, tree, where)
            yield from _lengths(one, tree, where, facts)


def _reminders(clock: Clock, tree: Tree, at: Path) -> Iterator[Problem]:
    lengths = [v.length.usual for v in clock.variants]
    if clock.kind != "review":
        lengths.append(clock.length.usual)
    elif clock.review:
        lengths.append(clock.review.offset(0))
    shortest = min((length.approximate_days() for length in lengths if length), default=None)
    for i, reminder in enumerate(clock.remind):
        if reminder.before and shortest is not None and reminder.before.approximate_days() >= shortest:
            message = f"The reminder {reminder.before} before comes before the clock even starts."
            yield tree.problem(
                (*at, "remind", i), "reminder-too-early", message, "Shorten it, or write a share such as 80%."
            )
        if reminder.share is not None and not 1 <= reminder.share <= 99:
            yield tree.problem((*at, "remind", i), "bad-reminder", "A share is between 1% and 99%.")


def _lengths(clock: Clock, tree: Tree, at: Path, facts: dict[str, Field]) -> Iterator[Problem]:
    lengths = [] if clock.kind == "review" else [clock.length]
    for length in [*lengths, *(variant.length for variant in clock.variants)]:
        if length.range and length.range.from_.approximate_days() >= length.range.to.approximate_days():
            yield tree.problem(at, "clock-length", "The range ends before it starts.")
        field = facts.get(length.set_by or "")
        if length.set_by and field is not None and field.kind != "duration":
            yield tree.problem(
                at, "clock-length", f"‘{length.set_by}’ is not a duration.", "Give its field `type: duration`."
            )
    field = facts.get(clock.anchor or "")
    if field is not None and field.kind not in ("date", "moment"):
        yield tree.problem((*at, "anchor"), "clock-anchor", f"‘{clock.anchor}’ is neither a date nor a moment.")


def _facts_of_the_case(definition: Definition, tree: Tree, words: Vocabulary) -> Iterator[Problem]:
    facts = definition.head.facts
    for name, field in facts.items():
        if field.particular or field.kind == "instrument":
            message = f"‘{name}’ is a particular; facts at intake identify nobody."
            yield tree.problem(
                ("facts", name), "fact-identifies", message, "Keep it among the particulars of a measure."
            )
    for event, life in definition.head.life_events.items():
        for name, value in life.sets.items():
            if name not in facts and words.lost("fact", f"case.{name}"):
                message = f"There is no fact ‘{name}’."
                yield tree.problem(
                    ("life-events", event, "sets", name), "no-such-fact", message, name=(name, set(facts))
                )
            elif name in facts and not fits(facts[name], value):
                yield tree.problem(
                    ("life-events", event, "sets", name), "bad-fact-value", f"‘{name}’ is never {value!r}."
                )


def _derived_cycles(definition: Definition, tree: Tree) -> Iterator[Problem]:
    reads = {name: _facts_read(derived.when) for name, derived in definition.head.derived.items()}
    for name in reads:
        seen: set[str] = set()
        waiting = [name]
        while waiting:
            for ref in reads.get(waiting.pop(), set()):
                inner = ref.removeprefix("case.")
                if inner == name:
                    yield tree.problem(("derived", name), "derived-cycle", f"‘{name}’ is derived from itself.")
                    return
                if inner in reads and inner not in seen:
                    seen.add(inner)
                    waiting.append(inner)


def _facts_read(part: Shape) -> set[str]:
    return {name for _, inner in walk(part) for _, kind, name in names(inner, None) if kind == "fact"}


def _never_reads(definition: Definition, trees: dict[str, Tree], parts: list[Part]) -> Iterator[Problem]:
    """A ban reaches through derived facts too."""
    derived = {f"case.{name}": _facts_read(d.when) for name, d in definition.head.derived.items()}
    for ban in definition.head.never_reads:
        for name, path, part in parts:
            if name not in ban.sops:
                continue
            read = {ref for _, kind, ref in names(part, name) if kind == "fact"}
            for ref in list(read):
                read |= derived.get(ref, set())
            for ref in sorted(read & set(ban.facts)):
                message = f"This depends on ‘{ref}’. {ban.because.rstrip('.')}."
                yield trees[str(name)].problem(path, "never-reads", message, "Take the condition out.")


def _rules_held(definition: Definition, tree: Tree) -> Iterator[Problem]:
    parts = [definition.head, *definition.sops.values()]
    held = {str(rule) for part in parts for _, inner in walk(part) if (rule := getattr(inner, "rule", None))}
    for rule in definition.head.rules:
        if rule not in held:
            message = f"Nothing in the procedure holds up the rule {rule}."
            yield tree.problem(("rules", rule), "rule-not-held", message, f"Mark what holds it with `rule: {rule}`.")
