"""Names in a story that lead nowhere: found before it is played, each with its place and the nearest name."""

from collections.abc import Iterator
from typing import get_args

from sop.case import ClockStatus, MeasureStatus
from sop.problems import Path, Problem, Tree
from sop.procedure import Procedure
from workshop.scenarios import Expect, Scenario, ScenarioStep

_CLOCK_STATES = {*get_args(ClockStatus), "not_started"}
_MEASURE_STATES = {*get_args(MeasureStatus), "not_planned"}


def lost(procedure: Procedure, scenario: Scenario, tree: Tree) -> list[Problem]:
    """Every name in the story that the procedure does not know, and every moment without its offset."""
    found = [*_given(procedure, scenario)]
    for number, step in enumerate(scenario.steps):
        path: Path = ("steps", number)
        found += [((*path, *inner), kind, name, known) for inner, kind, name, known in _step(procedure, step)]
    problems = [
        tree.problem(path, f"no-such-{kind}", f"There is no {kind} ‘{name}’.", name=(name, known))
        for path, kind, name, known in found
        if name not in known
    ]
    if scenario.given.at.tzinfo is None:
        problems.append(
            tree.problem(("given", "at"), "bad-value", "A moment needs its offset from UTC, for example Z.")
        )
    for number, step in enumerate(scenario.steps):
        if step.correct and step.anchor is None:
            problems.append(
                tree.problem(("steps", number), "missing-key", "‘anchor’ is missing here.", "Add `anchor:`.")
            )
    return problems


_Name = tuple[Path, str, str, set[str]]


def _given(procedure: Procedure, scenario: Scenario) -> Iterator[_Name]:
    head = procedure.definition.head
    for name in scenario.given.facts:
        yield ("given", "facts", name), "fact", name, set(head.facts)
    if scenario.given.as_:
        yield ("given", "as"), "role", scenario.given.as_, set(head.roles)


def _step(procedure: Procedure, step: ScenarioStep) -> Iterator[_Name]:
    head = procedure.definition.head
    clocks = set(procedure.clocks)
    takable = {name for name, move in procedure.moves.items() if move.roles}
    named = {
        "take": ("transition", takable),
        "record": ("measure", set(procedure.measures)),
        "consent": ("consent", set(head.consents)),
        "withdraw": ("consent", set(head.consents)),
        "event": ("life-event", set(head.life_events)),
        "offer": ("role", set(head.roles)),
        "reassign": ("role", set(head.roles)),
        "as_": ("role", set(head.roles)),
        **dict.fromkeys(("extend", "pause", "resume", "end", "correct"), ("clock", clocks)),
    }
    for key, (kind, known) in named.items():
        if name := getattr(step, key):
            yield (key.rstrip("_"),), kind, name, known
    if step.status:
        yield ("status",), "status", step.status, _MEASURE_STATES - {"not_planned"}
    for rule in step.rules:
        yield ("rules",), "rule", rule, set(head.rules)
    for name in step.facts or {}:
        yield ("facts", name), "fact", name, set(head.facts)
    if step.expect:
        for path, kind, name, known in _expect(procedure, step.expect):
            yield ("expect", *path), kind, name, known


def _expect(procedure: Procedure, expect: Expect) -> Iterator[_Name]:
    sops, head = procedure.definition.sops, procedure.definition.head
    clocks = set(procedure.clocks)
    for sop, state in expect.states.items():
        yield ("states", sop), "sop", sop, set(sops)
        if sop in sops:
            yield ("states", sop), "state", state, {*sops[sop].states, "not_open"}
    for clock, status in expect.clocks.items():
        yield ("clocks", clock), "clock", clock, clocks
        yield ("clocks", clock), "status", status, _CLOCK_STATES
    for key, refs in (("overdue", expect.overdue), ("due", tuple(expect.due))):
        for ref in refs:
            yield (key,), "clock", ref, clocks
    for ref in expect.facts:
        yield ("facts", ref), "fact", ref, set(procedure.words.facts)
    for measure, status in expect.measures.items():
        yield ("measures", measure), "measure", measure, set(procedure.measures)
        yield ("measures", measure), "status", status, _MEASURE_STATES
    steps = set(procedure.moves) | set(procedure.measures)
    for key, names in (("open", expect.open), ("blocked", expect.blocked)):
        for name in names:
            yield (key,), "step", name, steps
    for role in expect.told:
        yield ("told",), "role", role, set(head.roles)
