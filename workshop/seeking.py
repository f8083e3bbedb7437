"""Seeking a story that covers a part: a search on the real engine, nearest first, then every step dropped that is not needed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from heapq import heappop, heappush
from math import inf

from sop.case import Case
from sop.clocks import Clock
from sop.conditions import AllOf, AnyOf, Condition, Needs, Not, When
from sop.procedure import Procedure
from sop.shapes import FactValue
from workshop.coverage import Asking, asking, kind_of
from workshop.playing import Player, actor_for, against, command_of, first_role, play
from workshop.scenarios import Given, Scenario, ScenarioStep
from workshop.way import Way, both, either
from workshop.ways import Ways

BEGINS = datetime.fromisoformat("2026-03-02T09:00:00+01:00")
MOST_TRIED = 250
"""Cases looked at for one part before it is given up."""
WEIGHT = 1.5
"""How much the guessed distance counts beside the steps already taken: more finds sooner, less finds shorter."""


@dataclass(frozen=True)
class Found:
    """A story that covers what was sought: how the case begins, and its steps with the refusals that they meet."""

    facts: dict[str, FactValue]
    steps: tuple[ScenarioStep, ...]
    covers: frozenset[str]


def seek(procedure: Procedure, part: str, country: str, carry_on: Callable[[], bool] = lambda: True) -> Found | None:
    """The shortest story that the search finds for this part, or None where it finds none.

    `carry_on` is asked before every case that is looked at: it bounds the time and may show that work goes on.
    """
    given = _given_for(procedure, part, country)
    root = _begun(procedure, given, country)
    if root is None:
        return None
    if part in root.visited:
        return Found(given, (), frozenset(root.visited))
    aim = _Aim(procedure, part)
    order = 0
    queue: list[tuple[float, int, Player, tuple[ScenarioStep, ...]]] = [(0.0, 0, root, ())]
    seen: set[object] = {_key(root)}
    for _ in range(MOST_TRIED):
        if not queue or not carry_on():
            return None
        _, _, player, steps = heappop(queue)
        for step in aim.way(player).steps:
            told = _tried(player, step, len(steps) + 1)
            if told is None:
                continue
            following, said = told
            if part in following.visited:
                return _shortened(procedure, part, country, Found(given, (*steps, said), frozenset()))
            key = _key(following)
            if said.refused is None and key not in seen:
                seen.add(key)
                far = aim.way(following).far
                if far < inf:
                    order += 1
                    heappush(queue, (len(steps) + 1 + WEIGHT * far, order, following, (*steps, said)))
    return None


class _Aim:
    """What is sought, as distances from a case."""

    def __init__(self, procedure: Procedure, part: str) -> None:
        self._procedure = procedure
        self._kind = kind_of(part)
        self._name = part.split(":", 1)[1]
        step = self._name.partition("#")[0]
        self._asking = next((one for one in asking(procedure) if one.name == step), None)

    def way(self, player: Player) -> Way:
        """The steps that may be tried from here; a step that waits for a second person may always be confirmed."""
        assert player.case is not None  # noqa: S101 - a story has begun
        life = self._procedure.definition.head.life_events.get(self._name)
        if player.case.closed_at is not None and not (life and life.reopens):
            return Way(inf)
        way = self._way(Ways(self._procedure, player.case, player.now))
        proposal = next(reversed(player.case.proposals.values()), None)
        if proposal is None:
            return way
        second = [role for role in proposal.confirmed_by if actor_for(role).id != proposal.by]
        return Way(way.far, (*(ScenarioStep(confirm=True, as_=role) for role in second[:1]), *way.steps))

    def _way(self, ways: Ways) -> Way:
        name = self._name
        match self._kind:
            case "state":
                sop, state = name.split(".")
                return ways.stand(sop, (state,))
            case "transition":
                return ways.take(self._procedure.moves[name])
            case "measure":
                return ways.done(name)
            case "event":
                return ways.tell(name)
            case "holds" | "fails":
                return self._condition(ways)
        return self._clock(ways, name)

    def _condition(self, ways: Ways) -> Way:
        """Stand where the step is, with the condition as it is sought, and try the step."""
        asked = self._asking
        assert asked is not None  # noqa: S101 - only steps that ask have such parts
        place = ways.stand(asked.sop, asked.states) if asked.sop and asked.states else _open(ways, asked)
        wanted = _demand(ways, asked.needs, self._name.partition("#")[2].split("."), self._kind == "holds")
        needed = both((place, wanted))
        return needed if needed.far else Way(1, (_attempt(self._procedure, asked),))

    def _clock(self, ways: Ways, ref: str) -> Way:
        clock = self._procedure.clocks[ref]
        if self._kind == "clock":
            return ways.started(ref)
        if self._kind in ("clock-missed", "clock-expired"):
            return ways.at_rung(ref, "end")
        if self._kind == "clock-reminded":
            return ways.at_rung(ref, "remind")
        begun = ways.started(ref)
        if begun.far:
            return Way(begun.far + 1, begun.steps)
        sop = ref.split(".")[0]
        match self._kind:
            case "clock-met":
                return either(ways.trigger(trigger, sop) for trigger in clock.met_by)
            case "clock-cancelled":
                return either(ways.trigger(trigger, sop) for trigger in clock.cancelled_by)
            case "clock-paused" if clock.pause:
                return Way(1, (ScenarioStep(pause=ref, reason=next(iter(clock.pause.reasons))),))
            case "clock-extended":
                return Way(1, (ScenarioStep(extend=ref, reason="more_time"),))
            case "clock-ended" if clock.ends_early:
                return either(
                    Way(1, (ScenarioStep(end=ref, reason=reason),))
                    for reason in _allowed_to_end(self._procedure, ref, clock)
                )
        return Way(inf)


def _allowed_to_end(procedure: Procedure, ref: str, clock: Clock) -> list[str]:
    """The reasons to end the clock early that no right is against."""
    lasting = procedure.guard.lasting.get(ref, ()) if procedure.guard else ()
    reasons = clock.ends_early.reasons if clock.ends_early else {}
    return [reason for reason in reasons if all(reason in lasts.ends_early_for for _, lasts in lasting)]


def _open(ways: Ways, asked: Asking) -> Way:
    return ways.place(asked.name) if asked.sop else Way(0.0)


def _demand(ways: Ways, needs: Needs, place: list[str], holds: bool) -> Way:
    """Towards the condition at this place being asked, and holding or not."""
    condition: Condition = needs[int(place[0]) - 1]
    rest = place[1:]
    if not rest:
        return ways.hold(condition) if holds else ways.fail(condition)
    match condition:
        case When():
            if rest[0] == "when":
                return ways.alike(condition.when) if holds else ways.unlike(condition.when)
            return both((ways.alike(condition.when), _demand(ways, condition.then, rest[1:], holds)))
        case AnyOf():
            return _demand(ways, condition.any_, rest[1:], holds)
        case AllOf():
            return _demand(ways, condition.all_, rest[1:], holds)
        case Not():
            return _demand(ways, (condition.not_,), rest[1:], holds)
    return Way(inf)


def _attempt(procedure: Procedure, asked: Asking) -> ScenarioStep:
    """Trying the step, whatever comes of it."""
    if asked.name in procedure.moves:
        return ScenarioStep(take=asked.name, reason=next(iter(procedure.moves[asked.name].reasons), None))
    if asked.sop is None:
        event = asked.name.removeprefix("event.")
        reasons = procedure.definition.head.life_events[event].reasons
        return ScenarioStep(event=event, reason=next(iter(reasons), None))
    return ScenarioStep(record=asked.name)


def _given_for(procedure: Procedure, part: str, country: str) -> dict[str, FactValue]:
    """The facts with which the case must begin, for a clock that starts with the case."""
    clock = procedure.clocks.get(part.split(":", 1)[1])
    facts: dict[str, FactValue] = {}
    if clock is None or not any(trigger.case for trigger in clock.starts):
        return facts
    for _ in clock.only_when:
        player = _begun(procedure, facts, country)
        if player is None or player.case is None:
            return facts
        ways = Ways(procedure, player.case, player.now)
        wished = ways.alike(clock.only_when)
        facts |= next((step.facts for step in wished.steps if step.facts), {})
    return facts


def _begun(procedure: Procedure, facts: dict[str, FactValue], country: str) -> Player | None:
    player = play(procedure, _story(facts, country, ()))
    return None if player.failures else player


def _story(facts: dict[str, FactValue], country: str, steps: tuple[ScenarioStep, ...]) -> Scenario:
    given = Given(country=country, at=BEGINS, facts=facts)
    return Scenario.model_construct(scenario="Sought", story="Sought", given=given, steps=steps)


def _tried(player: Player, step: ScenarioStep, number: int) -> tuple[Player, ScenarioStep] | None:
    """The story one step further, and the step with the refusal that it met; None where it is no step at all."""
    following = replace(player, visited=set(), told=set(), events=[], failures=[], _consents=dict(player._consents))
    case = following.case
    assert case is not None  # noqa: S101 - a story has begun
    if step.after is not None:
        following.step(number, step)
        return following, step
    command = command_of(player.procedure, case, step, f"r{number}", following._consents)
    refused = following.submit(command, actor_for(step.as_ or first_role(player.procedure, case, step)))
    if refused is None:
        return following, step
    if refused.code != "refused":
        return None
    codes = tuple(dict.fromkeys(reason.code for reason in refused.reasons))
    said = step.model_copy(update={"refused": codes})
    return None if against(said, refused) else (following, said)


def _key(player: Player) -> object:
    """What makes two cases the same for a search."""
    case: Case | None = player.case
    assert case is not None  # noqa: S101 - a story has begun
    return (
        tuple(sorted((sop, standing.state) for sop, standing in case.sops.items())),
        tuple(sorted(case.facts.items(), key=str)),
        tuple(sorted((name, records[-1].status) for name, records in case.measures.items())),
        tuple(sorted((consent.purpose, consent.withdrawn_at is None) for consent in case.consents.values())),
        tuple(sorted((ref, run.status, len(run.rungs), min(run.run, 2)) for ref, run in case.clocks.items())),
        len(case.proposals),
    )


def _shortened(procedure: Procedure, part: str, country: str, found: Found) -> Found:
    """Without every step that is not needed; facts that are told on the way are known from the beginning."""
    best = _played(procedure, part, country, found.facts, found.steps)
    assert best is not None  # noqa: S101 - the search has played it
    for number in range(len(best.steps) - 1, -1, -1):
        if number >= len(best.steps):
            continue
        step = best.steps[number]
        rest = (*best.steps[:number], *best.steps[number + 1 :])
        facts = best.facts | (step.facts or {})
        best = (
            _played(procedure, part, country, best.facts, rest)
            or (_played(procedure, part, country, facts, rest) if step.facts else None)
            or best
        )
    return best


def _played(
    procedure: Procedure, part: str, country: str, facts: dict[str, FactValue], steps: tuple[ScenarioStep, ...]
) -> Found | None:
    """The story played anew: every step is accepted as before, and the part is covered."""
    player = _begun(procedure, facts, country)
    if player is None:
        return None
    visited = set(player.visited)
    said: list[ScenarioStep] = []
    for number, step in enumerate(steps, 1):
        told = _tried(player, step.model_copy(update={"refused": None}), number)
        if told is None or (told[1].refused is None) is not (step.refused is None):
            return None
        player = told[0]
        visited |= player.visited
        said.append(told[1])
    return Found(facts, tuple(said), frozenset(visited)) if part in visited else None
