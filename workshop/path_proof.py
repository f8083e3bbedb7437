"""The proof of `whenever` and `always`: every situation is looked at in which a step may be taken."""

from collections.abc import Iterable
from dataclasses import dataclass

from sop.guard import guard_of
from sop.influence import read_by, steps_of
from sop.maybe import HOLDS, Situation
from sop.model import Definition
from sop.rights import Right
from workshop.finding import Finder
from workshop.paths import Paths, TooMany, Where, needs_of
from workshop.scenarios import Scenario
from workshop.verdicts import Outcome, Replay, Verdict, shortened

MOST_SITUATIONS = 400_000
MOST_FOLLOWED = 30_000
"""Where every record is followed, a situation costs more."""
STORY = "Found by the proof. Where the right is enforced, a step of this story is refused."


def path_verdict(finder: Finder, name: str, right: Right) -> Verdict:
    """Prove the right with the fewest situations first; where that leaves a doubt, look for a story, then look closer."""
    steps = _watched(finder.definition, name, right)
    looked_at = 0
    for step in steps if right.whenever else (None,):
        proof = _shown(finder, right, step)
        looked_at += proof.situations
        if proof.outcome != "proved":
            story = _story(finder, name, right, [step] if step else steps)
            if story:
                breaking, scenario = story
                return Verdict(name, right, "broken", steps, looked_at, step=breaking, story=scenario)
            proof = _shown_closely(finder, right, step)
            looked_at += proof.situations
        if proof.outcome != "proved":
            return Verdict(name, right, "unproved", steps, looked_at, step=step, why=proof.why)
    return Verdict(name, right, "proved", steps, looked_at)


@dataclass(frozen=True)
class _Proof:
    outcome: Outcome
    situations: int
    why: str = ""


def _shown(
    finder: Finder, right: Right, step: str | None, more: frozenset[str] = frozenset(), *, exact: bool = False
) -> _Proof:
    """Whether the right is broken nowhere, seen through the variables that it reads and `more`."""
    definition = finder.definition
    variables = {v for need in (*right.needs, *right.always) for v in read_by(need, definition)} | more
    if step and (sop := steps_of(definition)[step].sop):
        variables.add(f"state:{sop}")
    stated = right.needs or right.always

    def breaks(where: Where) -> bool:
        return Situation(where, definition).all_of(stated) != HOLDS

    try:
        explored = Paths(finder.values, variables, exact=exact).explore(
            step, breaks, MOST_FOLLOWED if exact else MOST_SITUATIONS
        )
    except TooMany:
        return _Proof("unproved", 0, "There are more situations than could be looked at.")
    if explored.way is None:
        return _Proof("proved", explored.situations)
    return _Proof("unproved", explored.situations, f"A doubt is left: {' → '.join(explored.way) or 'at the opening'}.")


def _shown_closely(finder: Finder, right: Right, step: str | None) -> _Proof:
    """The same, following what is recorded step by step; then also through all that the step itself asks for."""
    proof = _shown(finder, right, step, exact=True)
    if proof.outcome == "proved" or step is None:
        return proof
    needs = needs_of(finder.definition, step)
    more = frozenset(v for need in needs for v in read_by(need, finder.definition))
    return _shown(finder, right, step, more, exact=True)


def _watched(definition: Definition, name: str, right: Right) -> tuple[str, ...]:
    """The steps of which the guard asks something for this right."""
    alone = definition.model_copy(update={"rights": {name: right}})
    return tuple(guard_of(alone).steps)


def _story(finder: Finder, name: str, right: Right, steps: Iterable[str]) -> tuple[str, Scenario] | None:
    """The shortest story found that takes one of the steps although the right is against it, and that step."""
    begun = finder.opened()
    replay = Replay(finder.definition, name)
    found: list[tuple[int, str, Scenario]] = []
    for step in steps if begun else ():
        for broken in (right.needs,) if right.whenever else (right.always, ()):
            course = finder.reach(begun, step, broken=broken) if begun else None
            story = course.scenario(f"Breaks a right: {right.title}", STORY) if course else None
            if story and replay.breaks(story):
                story = shortened(story, replay.breaks)
                found.append((len(story.steps), step, story))
    return min(found, key=lambda one: one[:2])[1:] if found else None
