"""A story while it is being found: what was given, the steps so far, and where the real engine has brought the case."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from sop.case import Case
from sop.decision import Refused
from sop.events import Event
from sop.procedure import Procedure
from sop.shapes import FactValue
from workshop.playing import Player, actor_for, command_of, first_role, play
from workshop.scenarios import Given, Scenario, ScenarioStep

BEGINS = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""A Monday morning; a story that is found begins then, unless the date matters."""
COUNTRY = "AT"
"""Where a story of the base happens; that of an adaptation happens in its country."""


@dataclass(frozen=True)
class Course:
    """It never changes: a further step makes a new one. Every step was accepted by the engine."""

    procedure: Procedure
    given: Given
    steps: tuple[ScenarioStep, ...]
    case: Case
    now: datetime
    consents: tuple[tuple[str, str], ...] = ()
    events: tuple[tuple[Event, ...], ...] = ()
    """What happened at the opening, and at each step."""

    @classmethod
    def begun(cls, procedure: Procedure, facts: dict[str, FactValue], at: datetime = BEGINS) -> Self | None:
        """A case that has just been opened, or None where the engine refuses to open it so."""
        given = Given(country=procedure.country or COUNTRY, at=at, facts=facts)
        player = play(procedure, Scenario.model_construct(scenario="", story="", given=given, steps=()))
        if player.case is None:
            return None
        return cls(procedure, given, (), player.case, player.now, (), (tuple(player.events),))

    def then(self, **step: Any) -> Self | Refused:
        """The course after one more step, a second person's confirmation with it; or why it is refused."""
        said = ScenarioStep.model_validate(step)
        player = Player(self.procedure, _BLANK, self.now, case=self.case, _consents=dict(self.consents))
        if said.after is not None:
            player.pass_time(said.after)
        elif said.expect is None:
            command = command_of(self.procedure, self.case, said, f"r{len(self.steps) + 1}", player._consents)
            role = said.as_ or first_role(self.procedure, self.case, said)
            refused = player.submit(command, actor_for(role))
            if refused is not None:
                return refused
        assert player.case is not None  # noqa: S101 - it had one, and no step takes it away
        course = replace(
            self,
            steps=(*self.steps, said),
            case=player.case,
            now=player.now,
            consents=tuple(player._consents.items()),
            events=(*self.events, tuple(player.events)),
        )
        waiting = set(player.case.proposals) - set(self.case.proposals)
        return course._confirmed(next(iter(waiting))) if waiting else course

    def _confirmed(self, proposal: str) -> Self | Refused:
        waits = self.case.proposals[proposal]
        other = next((role for role in waits.confirmed_by if actor_for(role).id != waits.by), waits.confirmed_by[0])
        return self.then(confirm=True, **{"as": other})

    def given_also(self, facts: dict[str, FactValue]) -> Self | None:
        """The same course where these facts were known from the beginning; None where it does not come about then."""
        course = type(self).begun(self.procedure, self.given.facts | facts, self.given.at)
        for step in self.steps:
            if course is None:
                return None
            if step.confirm:
                continue
            following = course.then(**step.model_dump(by_alias=False, exclude_defaults=True))
            course = None if isinstance(following, Refused) else following
        return course

    def until_over(self, clock: str) -> Self | Refused | None:
        """Time passes until the clock is over; None where no time ends it."""
        run = self.case.clocks.get(clock)
        if run is None or run.due is None or self.procedure.clocks[clock].kind != "period":
            return None
        days = max(1, -((self.now - run.due) // timedelta(days=1)))
        return self.then(after=f"{days} days")

    def scenario(self, title: str, story: str) -> Scenario:
        """As a file of `scenarios/` says it."""
        return Scenario(scenario=title, story=story, given=self.given, steps=self.steps)


_BLANK = Scenario.model_construct(
    scenario="", story="", given=Given(country=COUNTRY, at=BEGINS), steps=()
)  # a player wants one; the steps come from elsewhere
