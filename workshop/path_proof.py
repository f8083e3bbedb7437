"""The proof of `whenever` and `always`: every situation is looked at in which a step may be taken."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from sop.case import ENGINE
from sop.conditions import Needs, holds
from sop.draft import Draft
from sop.guard import guard_of
from sop.rights import Right
from workshop.assignments import Goal
from workshop.course import Course
from workshop.finding import Finder
from workshop.paths import Paths, TooMany
from workshop.scenarios import Scenario
from workshop.slices import Slice, needs_of
from workshop.trials import as_fact
from workshop.verdicts import Outcome, Replay, Verdict, shortened

MOST_SITUATIONS = 400_000
MOST_FOLLOWED = 30_000
"""Where every record is followed, a situation costs more."""
NO_STEP = "It does not hold in this situation, and no step asks for it that could be refused."
STORY = "Found by the proof. Where the right is enforced, a step of this story is refused."


def path_verdict(finder: Finder, name: str, right: Right, former: Verdict | None = None) -> Verdict:
    """Prove the right with the fewest situations first, then closely; where that leaves a doubt, look for a story.

    Where `former`, the verdict on the base, has left the same doubt and no story was found there, none is sought here.
    """
    steps = _watched(finder, name, right)
    proofs = {step: _shown(finder, right, step) for step in (steps if right.whenever else ("",))}
    looked_at = sum(proof.situations for proof in proofs.values())
    doubted = [step for step, proof in proofs.items() if proof.outcome != "proved"]
    doubts = {step: _shown_closely(finder, right, step) for step in doubted}
    looked_at += sum(doubt.situations for doubt in doubts.values())
    left = [step for step, doubt in doubts.items() if doubt.outcome != "proved"]
    if not left:
        return Verdict(name, right, "proved", steps, looked_at)
    tried = tuple(left) if right.whenever else steps
    why = doubts[left[0]].why
    open_ = Verdict(name, right, "unproved", steps, looked_at, step=left[0] or None, why=why)
    if former and former.outcome == "unproved" and (former.step, former.why) == (open_.step, open_.why):
        return open_
    if found := _story(finder, name, right, tried):
        step, why, story = found
        return Verdict(name, right, "broken", steps, looked_at, step, why, story, tried)
    return open_


@dataclass(frozen=True)
class _Proof:
    outcome: Outcome
    situations: int
    why: str = ""


def _shown(
    finder: Finder, right: Right, step: str, more: frozenset[str] = frozenset(), *, exact: bool = False
) -> _Proof:
    """Whether the right is broken nowhere, seen through the variables that it reads and `more`."""
    stated = right.needs or right.always
    variables = more.union(*(finder.values.read_by(need) for need in stated))
    if step and (sop := finder.slices.steps[step].sop):
        variables |= {f"state:{sop}"}
    slice_ = finder.slices.of(variables, exact=exact, step=step or None, stated=stated)
    return looked_at(slice_, MOST_FOLLOWED if exact else MOST_SITUATIONS)


@lru_cache(maxsize=4096)
def looked_at(slice_: Slice, most: int) -> _Proof:
    """What came of looking at a slice; kept, for most adaptations of a procedure have most slices in common."""
    try:
        explored = Paths(slice_).explore(most)
    except TooMany:
        return _Proof("unproved", 0, "There are more situations than could be looked at.")
    if explored.way is None:
        return _Proof("proved", explored.situations)
    return _Proof("unproved", explored.situations, f"A doubt is left: {' → '.join(explored.way) or 'at the opening'}.")


def _shown_closely(finder: Finder, right: Right, step: str) -> _Proof:
    """The same, following what is recorded step by step; then also through all on which the step or its clocks depend."""
    proof = _shown(finder, right, step, exact=True)
    if proof.outcome == "proved":
        return proof
    needs = needs_of(finder.definition, step) if step else _started_when(finder, right)
    more = frozenset[str]().union(*(finder.values.read_by(need) for need in needs))
    return _shown(finder, right, step, more, exact=True) if more else proof


def _started_when(finder: Finder, right: Right) -> Needs:
    """The facts without which the clocks that the right reads do not start."""
    read = frozenset[str]().union(*(finder.values.read_by(need) for need in right.always))
    clocks = [finder.procedure.clocks[v.removeprefix("clock:")] for v in sorted(read) if v.startswith("clock:")]
    return tuple(as_fact(ref, wanted) for clock in clocks for ref, wanted in clock.only_when.items())


def _watched(finder: Finder, name: str, right: Right) -> tuple[str, ...]:
    """The steps of which the guard asks something for this right."""
    alone = finder.definition.model_copy(update={"rights": {name: right}})
    return tuple(guard_of(alone, finder.slices.steps).steps)


def _story(finder: Finder, name: str, right: Right, steps: Iterable[str]) -> tuple[str | None, str, Scenario] | None:
    """The shortest story found that takes one of the steps although the right is against it; the step, and what to say."""
    begun = finder.opened()
    if begun is None:
        return None
    replay = Replay(finder.definition, name)
    found: list[tuple[int, str, Scenario]] = []
    held = _started_when(finder, right)
    broken_by = (right.needs,) if right.whenever else (right.always, *((held,) if held else ()), ())
    for step in steps:
        if any(length == 1 for length, _, _ in found):
            break
        for broken in broken_by:
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
