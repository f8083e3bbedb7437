"""Names that lead from nowhere: roles, facts, consents and questionnaires that nothing uses, and facts that nothing writes."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from sop.fields import Field
from sop.model import Definition, Measure, NeverReads
from sop.problems import Problem, Tree
from sop.references import names
from sop.walk import walk
from workshop.kept import Kept
from workshop.possible import FOUND

BUILT_IN = {"case_manager", "guardian", "supervisor", "coordinator"}
"""Roles that the engine or the door knows by name (`sop.machine.ANYONE_AT_WORK`, `sop.clock_steps.SUPERVISOR`)."""


def unused(definition: Definition, trees: dict[str, Tree], kept: Kept) -> Iterator[Problem]:
    """Everything that is named and never used, or used and never known."""
    head = trees[""]
    uses = [
        kept.of_part(("uses", owner, path), part, partial(_uses, part, owner))
        for owner, path, part in kept.entries(definition)
    ]
    used = {("role", role) for role in definition.head.opened_by}.union(*(use.names for use in uses))
    for role in definition.head.roles:
        if ("role", role) not in used and role not in BUILT_IN:
            message = f"Nobody in the role ‘{role}’ has anything to do."
            help_ = "Name it where it acts or is told, or take it out."
            yield head.problem(("roles", role), "role-unused", message, help_, warning=True)
    for purpose in definition.head.consents:
        if ("consent", purpose) not in used:
            message = f"Nothing asks for the consent ‘{purpose}’."
            help_ = "Ask for it where it is needed, or take it out."
            yield head.problem(("consents", purpose), "consent-unused", message, help_, warning=True)
    for name in definition.instruments:
        if ("instrument", name) not in used:
            tree = trees[f"instruments.{name}"]
            message = f"No measure asks the questions of ‘{name}’."
            yield tree.problem(
                ("instrument",), "instrument-unused", message, "Use it, or delete the file.", warning=True
            )
    yield from _facts(definition, head, uses)
    for sop in definition.sops.values():
        for name, measure in sop.measures.items():
            yield from _results(trees[sop.sop], name, measure)


@dataclass(frozen=True)
class _Uses:
    """What one part refers to: names by kind, the facts on which something in it depends, and those that it writes."""

    names: frozenset[tuple[str, str]]
    reads: frozenset[str]
    writes: frozenset[str]


def _uses(part: object, sop: str | None) -> _Uses:
    """Facts that are only written, or only forbidden, are not read."""
    named, reads, writes = set(), set(), set()
    for _, inner in walk(part):
        found = [(kind, name) for _, kind, name in names(inner, sop)]
        named |= {*found}
        if not isinstance(inner, Field | NeverReads):
            reads |= {name for kind, name in found if kind == "fact"}
        if isinstance(inner, Field) and inner.sets:
            writes.add(inner.sets)
    return _Uses(frozenset(named), frozenset(reads), frozenset(writes))


def _facts(definition: Definition, head: Tree, uses: list[_Uses]) -> Iterator[Problem]:
    written = {f"case.{name}" for event in definition.head.life_events.values() for name in event.sets}
    written = written.union(*(use.writes for use in uses))
    read: set[str] = set().union(*(use.reads for use in uses))
    for name, field in definition.head.facts.items():
        if not field.asked and f"case.{name}" not in written:
            message = f"Nothing ever writes ‘{name}’, and it is not asked for."
            help_ = "Let a life event or a field set it, or take `asked: false` away."
            yield head.problem(("facts", name), "fact-never-known", message, help_)
        elif not field.asked and f"case.{name}" not in read:
            message = f"Nothing depends on ‘{name}’, and nobody is asked for it."
            yield head.problem(("facts", name), "fact-unused", message, "Use it, or take it out.", warning=True)
    for name in definition.head.derived:
        if f"case.{name}" not in read:
            message = f"Nothing depends on ‘{name}’."
            yield head.problem(("derived", name), "fact-unused", message, "Use it, or take it out.", warning=True)


def _results(tree: Tree, name: str, measure: Measure) -> Iterator[Problem]:
    for result in measure.results:
        if measure.activity is None or result not in FOUND:
            why = "no activity finds it out" if measure.activity is None else "the activity does not find it out"
            message = f"‘{name}.{result}’ is never known: {why}."
            help_ = "`assess_risk` finds out " + ", ".join(sorted(FOUND)) + ". Other facts are fields."
            yield tree.problem(("measures", name, "results", result), "result-never-found", message, help_)
