"""The proof of `whenever` and `always`: every situation is looked at in which a step may be taken."""

from collections.abc import Iterable
from dataclasses import dataclass

from sop.case import ENGINE
from sop.conditions import holds
from sop.draft import Draft
from sop.guard import guard_of
from sop.influence import read_by, steps_of
from sop.maybe import HOLDS, Situation
from sop.model import Definition
from sop.rights import Right
from workshop.assignments import Goal
from workshop.course import Course
from workshop.finding import Finder
from workshop.paths import Paths, TooMany, Where, needs_of
from workshop.scenarios import Scenario
from workshop.verdicts import Outcome, Replay, Verdict, shortened

MOST_SITUATIONS = 400_000
MOST_FOLLOWED = 30_000
"""Where every record is followed, a situation costs more."""
NO_STEP = "It does not hold in this situation, and no step asks for it that could be refused."
STORY = "Found by the proof. Where the right is enforced, a step of this story is refused."


def path_verdict(finder: Finder, name: str, right: Right) -> Verdict:
    """Prove the right with the fewest situations first; where that leaves a doubt, look for a story, then look closer."""
    steps = _watched(finder.definition, name, right)
    proofs = {step: _shown(finder, right, step) for step in (steps if right.whenever else ("",))}
    looked_at = sum(proof.situations for proof in proofs.values())
    doubted = [step for step, proof in proofs.items() if proof.outcome != "proved"]
    if not doubted:
        return Verdict(name, right, "proved", steps, looked_at)
    tried = tuple(doubted) if right.whenever else steps
    if found := _story(finder, name, right, tried):
        step, why, story = found
        return Verdict(name, right, "broken", steps, looked_at, step, why, story, tried)
    for step in doubted:
        closer = _shown_closely(finder, right, step)
        looked_at += closer.situations
        if closer.outcome != "proved":
            return Verdict(name, right, "unproved", steps, looked_at, step=step or None, why=closer.why)
    return Verdict(name, right, "proved", steps, looked_at)


@dataclass(frozen=True)
class _Proof:
    outcome: Outcome
    situations: int
    why: str = ""


def _shown(
    finder: Finder, right: Right, step: str, more: frozenset[str] = frozenset(), *, exact: bool = False
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
            step or None, breaks, MOST_FOLLOWED if exact else MOST_SITUATIONS
        )
    except TooMany:
        return _Proof("unproved", 0, "There are more situations than could be looked at.")
    if explored.way is None:
        return _Proof("proved", explored.situations)
    return _Proof("unproved", explored.situations, f"A doubt is left: {' → '.join(explored.way) or 'at the opening'}.")


def _shown_closely(finder: Finder, right: Right, step: str) -> _Proof:
    """The same, following what is recorded step by step; then also through all that the step itself asks for."""
    proof = _shown(finder, right, step, exact=True)
    if proof.outcome == "proved" or not step:
        return proof
    needs = needs_of(finder.definition, step)
    more = frozenset(v for need in needs for v in read_by(need, finder.definition))
    return _shown(finder, right, step, more, exact=True)


def _watched(definition: Definition, name: str, right: Right) -> tuple[str, ...]:
    """The steps of which the guard asks something for this right."""
    alone = definition.model_copy(update={"rights": {name: right}})
    return tuple(guard_of(alone).steps)


def _story(finder: Finder, name: str, right: Right, steps: Iterable[str]) -> tuple[str | None, str, Scenario] | None:
    """The shortest story found that takes one of the steps although the right is against it; the step, and what to say."""
    begun = finder.opened()
    if begun is None:
        return None
    replay = Replay(finder.definition, name)
    found: list[tuple[int, str, Scenario]] = []
    for step in steps:
        if any(length == 1 for length, _, _ in found):
            break
        for broken in (right.needs,) if right.whenever else (right.always, ()):
            course = finder.reach(begun, step, broken=broken)
            story = course.scenario(f"Breaks a right: {right.title}", STORY) if course else None
            if story and replay.breaks(story):
                story = shortened(story, replay.breaks)
                found.append((len(story.steps), step, story))
    if found:
        _, step, story = min(found, key=lambda one: one[:2])
        return step, "", story
    return _situation(finder, begun, right) if right.always else None


def _situation(finder: Finder, begun: Course, right: Right) -> tuple[None, str, Scenario] | None:
    """A situation on the engine in which the right does not hold, where no step asks for it and could be refused."""
    for choice in finder.choices(begun, Goal((), right.always), {}):
        course = finder.achieve(begun, choice)
        if course and not holds(right.always, Draft(finder.procedure, course.case, ENGINE, course.now)):
            facts = {v.removeprefix("fact:"): value for v, value in choice.items() if v.startswith("fact:")}
            states = {v.removeprefix("state:"): value for v, value in choice.items() if v.startswith("state:")}
            shown = course.then(expect={"facts": facts, "states": states})
            if isinstance(shown, Course):
                return None, NO_STEP, shown.scenario(f"Breaks a right: {right.title}", NO_STEP)
    return None
