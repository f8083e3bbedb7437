"""Rights that are not proved, as findings at their places."""

from collections.abc import Mapping

from sop.model import Definition
from sop.problems import Problem, Tree
from sop.procedure import compile_procedure
from sop.right_checks import RIGHTS
from workshop.proof import Progress, prove
from workshop.retelling import place_of
from workshop.verdicts import Verdict


def proof_findings(
    definition: Definition, trees: Mapping[str, Tree], progress: Progress | None = None
) -> list[Problem]:
    """Every right that is broken or cannot be proved; `trees` say where the parts stand (`sop.loader.look`)."""
    verdicts = prove(compile_procedure(definition, guarded=False), progress)
    of = f" --overlay {definition.head.overlay}" if definition.head.overlay else ""
    return [_finding(verdict, trees, of) for verdict in verdicts if verdict.outcome != "proved"]


def step_place(verdict: Verdict, trees: Mapping[str, Tree]) -> Problem | None:
    """Where the step that breaks the right stands in the files."""
    if verdict.step is None:
        return None
    sop, path = place_of(verdict.step)
    for name, tree in trees.items():
        if tree.real(path) == path and (name == sop or verdict.step.startswith("do:")):
            return tree.problem(path, "right-broken", f"‘{verdict.step.split(':', 1)[1]}’ breaks it.")
    return None


def _finding(verdict: Verdict, trees: Mapping[str, Tree], of: str) -> Problem:
    said = "is broken" if verdict.outcome == "broken" else "could not be proved"
    place = step_place(verdict, trees)
    where = f" at {place.file}:{place.line}:{place.column}" if place else ""
    message = f"‘{verdict.right.title}’ {said}{where}. {verdict.why}".strip()
    tree = trees.get(RIGHTS) or Tree(RIGHTS, {}, {})
    help_ = f"See the story: caseway sop prove --right {verdict.name}{of}."
    return tree.problem(("rights", verdict.name), "right-broken", message, help_)
