"""Names that lead from nowhere: roles, facts, consents and questionnaires that nothing uses, and facts that nothing writes."""

from collections.abc import Iterator

from sop.fields import Field
from sop.model import Definition, Measure, NeverReads
from sop.problems import Problem, Tree
from sop.references import names
from sop.walk import walk
from workshop.possible import FOUND

BUILT_IN = {"case_manager", "guardian", "supervisor", "coordinator"}
"""Roles that the engine or the door knows by name (`sop.machine.ANYONE_AT_WORK`, `sop.clock_steps.SUPERVISOR`)."""


def unused(definition: Definition, trees: dict[str, Tree]) -> Iterator[Problem]:
    """Everything that is named and never used, or used and never known."""
    head = trees[""]
    used = _used(definition)
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
    yield from _facts(definition, trees)


def _used(definition: Definition) -> set[tuple[str, str]]:
    """Kind and name of everything that any part refers to."""
    parts = [(definition.head, None), *((sop, sop.sop) for sop in definition.sops.values())]
    found = {(kind, name) for part, sop in parts for _, inner in walk(part) for _, kind, name in names(inner, sop)}
    return found | {("role", role) for role in definition.head.opened_by}


def _facts(definition: Definition, trees: dict[str, Tree]) -> Iterator[Problem]:
    head = trees[""]
    written = {f"case.{name}" for event in definition.head.life_events.values() for name in event.sets}
    written |= {
        field.sets
        for sop in definition.sops.values()
        for _, field in walk(sop)
        if isinstance(field, Field) and field.sets
    }
    read = _read(definition)
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
    for sop in definition.sops.values():
        for name, measure in sop.measures.items():
            yield from _results(trees[sop.sop], name, measure)


def _read(definition: Definition) -> set[str]:
    """The facts on which something depends: not those that are only written, or only forbidden."""
    parts = [inner for part in (definition.head, *definition.sops.values()) for _, inner in walk(part)]
    reading = [part for part in parts if not isinstance(part, Field | NeverReads)]
    return {name for part in reading for _, kind, name in names(part, None) if kind == "fact"}


def _results(tree: Tree, name: str, measure: Measure) -> Iterator[Problem]:
    for result in measure.results:
        if measure.activity is None or result not in FOUND:
            why = "no activity finds it out" if measure.activity is None else "the activity does not find it out"
            message = f"‘{name}.{result}’ is never known: {why}."
            help_ = "`assess_risk` finds out " + ", ".join(sorted(FOUND)) + ". Other facts are fields."
            yield tree.problem(("measures", name, "results", result), "result-never-found", message, help_)
