"""Checks of rights: names that lead nowhere, and statements about things that cannot be meant so."""

from collections.abc import Iterator

from sop.model import Definition
from sop.problems import Path, Problem, Tree
from sop.references import references
from sop.rights import Independent, Influence, Lasts, Right, Steps
from sop.salvage import Understood
from sop.vocabulary import Vocabulary
from sop.walk import walk

RIGHTS = "rights.yaml"


def right_problems(found: Understood) -> Iterator[Problem]:
    """Every problem of meaning in what was understood of `rights.yaml`; the shapes are known to be right."""
    definition, tree = found.definition, found.trees.get(RIGHTS)
    if tree is None or (found.beside and found.beside.rights is definition.rights):
        return
    words = Vocabulary(definition, found.known, found.unread)
    moves = {f"{sop.sop}.{name}" for sop in definition.sops.values() for name in (*sop.transitions, "open", "reopen")}
    for name, right in definition.rights.items():
        for inner, part in walk(right):
            path = ("rights", name, *inner)
            if not isinstance(part, Right):
                yield from references(tree, path, part, words, None)
            for key, kind, lost in _names(part):
                step = kind == "transition"
                known = moves if step else words.known(kind)
                if found.all_whole and lost not in known if step else words.lost(kind, lost):
                    message = f"There is no {kind} ‘{lost}’."
                    yield tree.problem((*path, key), f"no-such-{kind}", message, name=(lost, known))
            if isinstance(part, Lasts):
                yield from _period(definition, part, tree, path)


def _names(part: object) -> Iterator[tuple[str, str, str]]:
    """Key, kind and name of every reference that is made here and nowhere else in a definition."""
    match part:
        case Right() if part.rule:
            yield "rule", "rule", part.rule
        case Steps():
            yield from (("entering", "state", state) for state in part.entering)
            yield from (("doing", "measure", measure) for measure in part.doing)
            yield from (("telling", "life-event", event) for event in part.telling)
        case Lasts():
            yield "clock", "clock", part.clock
        case Independent():
            yield from (("sops", "sop", sop) for sop in part.sops)
            yield from (("steps", "transition", step) for step in part.steps)
        case Influence():
            yield from (("facts", "fact", ref) for ref in part.facts)
            yield from (("measures", "measure", measure) for measure in part.measures)
            yield from (("consents", "consent", purpose) for purpose in part.consents)
            yield from (("clocks", "clock", clock) for clock in part.clocks)
            yield from (("standing-of", "sop", sop) for sop in part.standing_of)


def _period(definition: Definition, lasts: Lasts, tree: Tree, path: Path) -> Iterator[Problem]:
    sop, name = lasts.clock.split(".")
    clock = definition.sops[sop].clocks.get(name) if sop in definition.sops else None
    if clock is not None and clock.kind != "period":
        message = f"‘{lasts.clock}’ is a {clock.kind}; only a period protects the person."
        yield tree.problem((*path, "clock"), "clock-kind", message, "Name a clock with `period:`.")
