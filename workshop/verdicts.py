"""What came of a proof: the verdict on a right, and the story that breaks it, checked against the real engine."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from sop.model import Definition
from sop.procedure import Procedure, compile_procedure
from sop.rights import Right
from workshop.playing import play
from workshop.scenarios import Scenario

Outcome = Literal["proved", "broken", "unproved"]


@dataclass(frozen=True)
class Verdict:
    """`proved`: nothing the engine can do breaks it. `broken`: the story does. `unproved`: neither could be shown."""

    name: str
    right: Right
    outcome: Outcome
    steps: tuple[str, ...]
    """The steps that it is about: `take:sop.transition`, `do:measure`, `tell:event`."""
    situations: int = 0
    """In how many situations it was looked at; 0 where the text of the procedure alone decides."""
    step: str | None = None
    """The step that breaks it."""
    why: str = ""
    story: Scenario | None = None
    doubted: tuple[str, ...] = ()
    """The steps by one of which every story that breaks it must break it, where the situations were looked at."""


class Replay:
    """The procedure without its guard, and with the guard of one right alone."""

    def __init__(self, definition: Definition, name: str) -> None:
        alone = definition.model_copy(update={"rights": {name: definition.rights[name]}})
        self.free: Procedure = compile_procedure(definition, guarded=False)
        self.guarded: Procedure = compile_procedure(alone)

    def breaks(self, story: Scenario) -> bool:
        """Whether every step of the story is possible without the guard, and the guard refuses one for the right."""
        if first_failure(self.free, story):
            return False
        failure = first_failure(self.guarded, story)
        return "[right" in failure or (bool(failure) and story.steps[-1].expect is not None)


def first_failure(procedure: Procedure, story: Scenario) -> str:
    """What first does not come true when the story is played; empty where all of it does."""
    player = play(procedure, story.model_copy(update={"steps": ()}))
    for number, step in enumerate(story.steps, 1):
        if player.failures:
            break
        player.step(number, step)
    return player.failures[0] if player.failures else ""


def shortened(story: Scenario, breaks: Callable[[Scenario], bool]) -> Scenario:
    """The story without every known fact, every run of steps and every two steps that can be left out."""
    again = True
    while again:
        again = False
        for shorter in _shorter(story):
            if breaks(shorter):
                story, again = shorter, True
                break
    return story


def _shorter(story: Scenario) -> Iterator[Scenario]:
    """The most is left out first."""
    for name in story.given.facts:
        facts = {other: value for other, value in story.given.facts.items() if other != name}
        yield story.model_copy(update={"given": story.given.model_copy(update={"facts": facts})})
    count = len(story.steps)
    runs = [range(first, first + length) for length in range(count - 1, 0, -1) for first in range(count - length + 1)]
    for left_out in (*runs, *itertools.combinations(range(count), 2)):
        steps = tuple(step for number, step in enumerate(story.steps) if number not in left_out)
        yield story.model_copy(update={"steps": steps})
