"""Rights that are not proved, as findings at their places."""

from collections.abc import Mapping, Sequence

from sop.model import Definition
from sop.problems import Problem, Tree
from sop.procedure import compile_procedure
from sop.right_checks import RIGHTS
from workshop.proof import Progress, prove
from workshop.retelling import place_of
from workshop.verdicts import Verdict

Compositions = Sequence[tuple[str, Definition, Mapping[str, Tree]]]


def proof_findings(
    definition: Definition, trees: Mapping[str, Tree], progress: Progress | None = None
) -> list[Problem]:
    """Every right that is broken or cannot be proved; `trees` say where the parts stand (`sop.loader.look`)."""
    verdicts = prove(compile_procedure(definition, guarded=False), progress)
    return [_finding(verdict, trees, definition.head.overlay) for verdict in verdicts if verdict.outcome != "proved"]


def findings_everywhere(
    definition: Definition, trees: Mapping[str, Tree], compositions: Compositions, progress: Progress | None = None
) -> tuple[list[Problem], dict[Problem, list[str]]]:
    """Every right that does not hold for the base, and every one that holds for the base and not for some composition,
    with the names of those; `compositions` are each a name, what it makes of the base, and where the parts stand."""

    def told(number: int) -> Progress:
        of = len(compositions) + 1
        return lambda done, rights, name: progress and progress(number * rights + done, of * rights, name)

    verdicts = prove(compile_procedure(definition, guarded=False), told(0))
    of_base = {verdict.name for verdict in verdicts if verdict.outcome != "proved"}
    former = {verdict.name: verdict for verdict in verdicts}
    first: dict[tuple[str, str], Problem] = {}
    named: dict[Problem, list[str]] = {}
    for number, (name, adapted, places) in enumerate(compositions, 1):
        for verdict in prove(compile_procedure(adapted, guarded=False), told(number), former=former):
            if verdict.outcome != "proved" and verdict.name not in of_base:
                problem = _finding(verdict, places, name)
                named.setdefault(first.setdefault((problem.code, problem.message), problem), []).append(name)
    return [_finding(verdict, trees, None) for verdict in verdicts if verdict.name in of_base], named


def step_place(verdict: Verdict, trees: Mapping[str, Tree]) -> Problem | None:
    """Where the step that breaks the right stands in the files."""
    if verdict.step is None:
        return None
    sop, path = place_of(verdict.step)
    for name, tree in trees.items():
        if tree.real(path) == path and (name == sop or verdict.step.startswith("do:")):
            return tree.problem(path, "right-broken", f"‘{verdict.step.split(':', 1)[1]}’ breaks it.")
    return None


def _finding(verdict: Verdict, trees: Mapping[str, Tree], overlay: str | None) -> Problem:
    said = "is broken" if verdict.outcome == "broken" else "could not be proved"
    place = step_place(verdict, trees)
    where = f" at {place.file}:{place.line}:{place.column}" if place else ""
    message = f"‘{verdict.right.title}’ {said}{where}. {verdict.why}".strip()
    tree = trees.get(RIGHTS) or Tree(RIGHTS, {}, {})
    of = f" --overlay {overlay}" if overlay else ""
    help_ = f"See the story: caseway sop prove --right {verdict.name}{of}."
    return tree.problem(("rights", verdict.name), "right-broken", message, help_)
