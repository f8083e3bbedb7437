"""The proof of rights: for each right, that no path breaks it, or the story that does."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from sop.model import Definition
from sop.procedure import Procedure, compile_procedure
from sop.rights import Right
from workshop.finding import Finder
from workshop.influence_proof import influence_verdict
from workshop.path_proof import path_verdict
from workshop.period_proof import period_verdict
from workshop.responsibility_proof import responsibility_verdict
from workshop.verdicts import Replay, Verdict

Progress = Callable[[int, int, str], None]
"""Told before each right: how many are done, how many there are, the name of the next."""


def prove(
    procedure: Procedure,
    progress: Progress | None = None,
    only: str | None = None,
    former: Mapping[str, Verdict] = MappingProxyType({}),
) -> list[Verdict]:
    """A verdict on every right of the procedure, or on `only` one. The guard of `procedure` does not matter.

    `former` are verdicts on the same rights in another procedure, as the base is for an adaptation: a story that breaks
    a right here as it does there is not sought again, nor is one that was sought there for the same doubt in vain.
    """
    definition = procedure.definition
    names = [name for name in definition.rights if only in (None, name)]
    finder = Finder(procedure if procedure.guard is None else compile_procedure(definition, guarded=False))
    verdicts = []
    for number, name in enumerate(names):
        if progress:
            progress(number, len(names), name)
        before = former.get(name)
        verdicts.append(_again(definition, before) or _verdict(finder, name, definition.rights[name], before))
    return verdicts


def _again(definition: Definition, former: Verdict | None) -> Verdict | None:
    """The former verdict where its story breaks the same right here; how short it is here nobody has looked at."""
    if former is None or former.story is None or definition.rights.get(former.name) != former.right:
        return None
    return replace(former, doubted=()) if Replay(definition, former.name).breaks(former.story) else None


def _verdict(finder: Finder, name: str, right: Right, former: Verdict | None) -> Verdict:
    match right.statement:
        case "whenever" | "always":
            return path_verdict(finder, name, right, former)
        case "lasts":
            return period_verdict(finder, name, right)
        case "responsible":
            return responsibility_verdict(finder, name, right)
    return influence_verdict(finder, name, right)
