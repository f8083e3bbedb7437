"""Negative controls: take away what holds up one rule, and a story beside the procedure no longer comes true."""

import copy
import io
from collections.abc import Iterator
from typing import Any

import pytest
from ruamel.yaml import YAML

from cli.folders import SHIPPED, files_of
from sop.instruments import Instrument
from sop.loader import examine
from sop.model import Definition, Head, Sop
from sop.problems import Tree
from sop.procedure import Procedure, compile_procedure
from sop.reader import read
from workshop.playing import play
from workshop.references import lost
from workshop.scenarios import Scenario

RULES = [f"R{number}" for number in range(1, 19)]
NO_STORY = {"R3"}
"""R3 forbids what a definition may say; it is held by the check itself, see below."""


class Shipped:
    """The shipped files as plain values, read once."""

    def __init__(self) -> None:
        self.files = files_of(SHIPPED / "trm")
        trees = {name: read(name, content) for name, content in self.files.items()}
        assert all(isinstance(tree, Tree) for tree in trees.values())
        self.values: dict[str, Any] = {
            n: t.value for n, t in trees.items() if isinstance(t, Tree) and "scenarios/" not in n
        }
        stories = {n: t for n, t in trees.items() if isinstance(t, Tree) and n.startswith("scenarios/")}
        self.stories = {n: (Scenario.model_validate(t.value), t) for n, t in stories.items()}

    def bites(self, values: dict[str, Any]) -> list[str]:
        """The stories that do not come true on this variant, with what failed first."""
        procedure = built(values)
        found = []
        for name, (story, tree) in self.stories.items():
            unknown = lost(procedure, story, tree)
            failures = [p.message for p in unknown] or play(procedure, story).failures
            if failures:
                found.append(f"{name}: {failures[0]}")
        return found


@pytest.fixture(scope="module")
def shipped_files() -> Shipped:
    return Shipped()


def built(values: dict[str, Any]) -> Procedure:
    """The variant, without the checks of meaning and without rights: they would hold up what the rule no longer does."""
    head = Head.model_validate(values["procedure.yaml"])
    sops = [Sop.model_validate(values[f"{name}.yaml"]) for name in head.sops]
    instruments = [Instrument.model_validate(v) for n, v in values.items() if n.startswith("instruments/")]
    by_name = {sop.sop: sop for sop in sops}
    return compile_procedure(
        Definition(
            head=head, sops={n: by_name[n] for n in head.sops}, instruments={i.instrument: i for i in instruments}
        )
    )


def without(values: dict[str, Any], rule: str) -> dict[str, Any]:
    """The files with every part that is marked with the rule taken out, and whatever referred to it."""
    pruned = {
        name: _pruned(copy.deepcopy(value), lambda part: part.get("rule") == rule) for name, value in values.items()
    }
    gone = _names(values) - _names(pruned)
    while True:
        again = {name: _pruned(value, lambda part: bool(_refers(part) & gone)) for name, value in pruned.items()}
        again = {name: _without_starts(value, gone) for name, value in again.items()}
        if again == pruned:
            return again
        pruned = again


def _pruned(value: Any, out: Any) -> Any:
    if isinstance(value, dict):
        kept = {}
        for key, inner in value.items():
            if key != "rules" and isinstance(inner, dict) and out(inner):
                continue
            now = _pruned(inner, out) if key != "rules" else inner
            if isinstance(inner, list) and inner and not now and key in ("any", "all", "then"):
                return None
            if now is not None:
                kept[key] = now
        return kept
    if isinstance(value, list):
        left = [_pruned(inner, out) for inner in value if not (isinstance(inner, dict) and out(inner))]
        return [inner for inner in left if inner is not None]
    return value


def _names(values: dict[str, Any]) -> set[str]:
    found = set()
    for value in values.values():
        for kind in ("measures", "clocks", "transitions"):
            found |= {(kind, name) for name in value.get(kind, {})}
    return {name if kind == "measures" else f"{kind}:{name}" for kind, name in found}


def _refers(part: dict[str, Any]) -> set[str]:
    """The names of measures and clocks without which this part means nothing."""
    found = {part[key] for key in ("done", "settled", "result", "asks") if isinstance(part.get(key), str)}
    found |= {f"clocks:{part[key].split('.')[-1]}" for key in ("running", "ended") if isinstance(part.get(key), str)}
    return found


def _without_starts(value: Any, gone: set[str]) -> Any:
    for move in value.get("transitions", {}).values():
        if "starts" in move:
            move["starts"] = [name for name in move["starts"] if f"clocks:{name}" not in gone]
    return value


def marks(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Every part that is marked with a rule."""
    if isinstance(value, dict):
        if isinstance(value.get("rule"), str):
            yield path, value["rule"]
        for key, inner in value.items():
            yield from marks(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from marks(inner, (*path, index))


def test_the_unchanged_procedure_bites_nobody(shipped_files: Shipped) -> None:
    assert shipped_files.bites(copy.deepcopy(shipped_files.values)) == []


def test_every_rule_of_the_report_is_there_and_is_held_by_something(shipped_files: Shipped) -> None:
    assert list(shipped_files.values["procedure.yaml"]["rules"]) == RULES
    held = {rule for value in shipped_files.values.values() for _, rule in marks(value)}
    assert held == set(RULES)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule not in NO_STORY])
def test_without_what_holds_a_rule_its_own_story_fails(shipped_files: Shipped, rule: str) -> None:
    variant = without(shipped_files.values, rule)
    assert variant != shipped_files.values
    bites = shipped_files.bites(variant)
    print(f"{rule}: {len(bites)} bite; {bites[:1]}")
    assert bites, f"no story notices that {rule} is gone"
    own = f"scenarios/rule_{int(rule[1:]):02}.yaml"
    assert own in shipped_files.stories
    assert any(bite.startswith(own) for bite in bites), bites


WITNESS = {"fact": "testimony_decision.willing_to_testify", "is": True}


def _loads(values: dict[str, Any]) -> list[str]:
    files = {}
    for name, value in values.items():
        stream = io.BytesIO()
        YAML(typ="safe", pure=True).dump(value, stream)
        files[name] = stream.getvalue()
    return [problem.code for problem in examine(files)[1] if problem.severity == "error"]


@pytest.mark.parametrize("sop", ["identification", "first_assistance", "long_term_assistance", "return"])
def test_help_that_depends_on_being_a_witness_is_refused_and_only_by_its_rule(shipped_files: Shipped, sop: str) -> None:
    bad = copy.deepcopy(shipped_files.values)
    move = next(iter(bad[f"{sop}.yaml"]["transitions"].values()))
    move["needs"] = [*move.get("needs", []), WITNESS]
    assert _loads(bad) == ["never-reads"]
    freed = without(bad, "R3")
    freed["procedure.yaml"]["rules"].pop("R3")
    assert _loads(freed) == []
