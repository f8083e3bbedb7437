"""The proof of `independent`, `second-person` and `never-by-clock`: what the text of the procedure alone decides."""

from collections.abc import Iterator

from sop.conditions import Running
from sop.decision import Refused
from sop.guard import banned, dependent, meant, waits_for_second
from sop.rights import Right
from workshop.assignments import Goal
from workshop.course import Course
from workshop.finding import Finder
from workshop.scenarios import Scenario, ScenarioStep
from workshop.verdicts import Replay, Verdict, shortened


def influence_verdict(finder: Finder, name: str, right: Right) -> Verdict:
    """Proved where no step is as the right forbids; otherwise the shortest story found that takes such a step."""
    definition = finder.definition
    steps = finder.slices.steps
    ways = dependent(right, definition, steps)
    unconfirmed = {
        step
        for step, reach in steps.items()
        if meant(right.second_person, step, reach) and not waits_for_second(definition, step)
    }
    clocks = {step: clock for step, clock in _taken_by_clocks(finder) if meant(right.never_by_clock, step, steps[step])}
    wrong = [*ways, *sorted(unconfirmed), *clocks]
    if not wrong:
        return Verdict(name, right, "proved", _about(right, finder))
    replay = Replay(definition, name)
    found: list[tuple[int, str, Scenario]] = []
    for step in wrong:
        for course in _courses(finder, step, clocks.get(step)):
            story = course.scenario(f"Breaks a right: {right.title}", _why(step, ways, clocks))
            if replay.breaks(story):
                found.append((len(story.steps), step, shortened(story, replay.breaks)))
    if not found:
        return Verdict(name, right, "broken", _about(right, finder), step=wrong[0], why=_why(wrong[0], ways, clocks))
    _, step, story = min(found, key=lambda one: one[:2])
    told = _both_ways(finder, right, story) if right.independent else None
    story = told if told and replay.breaks(told) else story
    return Verdict(name, right, "broken", _about(right, finder), step=step, why=_why(step, ways, clocks), story=story)


def _about(right: Right, finder: Finder) -> tuple[str, ...]:
    named = {f"take:{step}" for step in right.independent.steps} if right.independent else set()
    sops = right.independent.sops if right.independent else ()
    return tuple(
        step
        for step, reach in finder.slices.steps.items()
        if step in named or reach.sop in sops or meant(right.second_person or right.never_by_clock, step, reach)
    )


def _why(step: str, ways: dict[str, tuple[str, ...]], clocks: dict[str, str]) -> str:
    if step in ways:
        return f"‘{step}’ depends on {' and on '.join(f'‘{part}’' for part in reversed(ways[step]))}."
    if step in clocks:
        return f"The clock ‘{clocks[step]}’ takes ‘{step}’ by itself."
    return f"‘{step}’ asks for no second person."


def _taken_by_clocks(finder: Finder) -> Iterator[tuple[str, str]]:
    for ref, clock in finder.procedure.clocks.items():
        for move in sorted(clock.takes):
            yield f"take:{ref.split('.')[0]}.{move}", ref


def _courses(finder: Finder, step: str, clock: str | None) -> Iterator[Course]:
    begun = finder.opened()
    if begun is None:
        return
    if clock is None:
        if found := finder.reach(begun, step):
            yield found
        return
    sop, state = (finder.slices.steps[step].entering or "").split(".")
    goal = Goal((*finder.asks(step), Running(running=clock)))
    for choice in finder.choices(begun, goal, {}):
        ready = finder.achieve(begun, choice)
        waited = ready.until_over(clock) if ready else None
        if isinstance(waited, Course) and waited.case.sops[sop].state == state:
            taken = waited.then(expect={"states": {sop: state}})
            if not isinstance(taken, Refused):
                yield taken


def _both_ways(finder: Finder, right: Right, story: Scenario) -> Scenario | None:
    """The story that shows the influence: the step is refused before what must not matter is so, and taken after it."""
    assert right.independent is not None  # noqa: S101 - the caller has asked
    forbidden = banned(right.independent.of, finder.definition)
    moving = [step for step in story.steps if _writes(finder, step) & forbidden]
    course: Course | None = Course.begun(finder.procedure, story.given.facts, story.given.at)
    told: list[ScenarioStep] = []
    left = [step for step in story.steps if step not in moving]
    while left and course:
        following = course.then(**left[0].model_dump(exclude_defaults=True))
        if isinstance(following, Refused):
            codes = tuple(dict.fromkeys(reason.code for reason in following.reasons))
            told.append(left[0].model_copy(update={"refused": codes}))
            return story.model_copy(update={"steps": (*told, *moving, *left)})
        course = following
        told.append(left.pop(0))
    return None


def _writes(finder: Finder, step: ScenarioStep) -> frozenset[str]:
    if step.consent or step.withdraw:
        return frozenset({f"consent:{step.consent or step.withdraw}"})
    key = f"take:{step.take}" if step.take else f"do:{step.record}" if step.record else f"tell:{step.event}"
    reach = finder.slices.steps.get(key)
    return reach.writes if reach else frozenset()
