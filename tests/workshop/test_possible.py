"""What counts as impossible never happens: cases that wander at random over the example and all its wrong variants."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sop.arrows import OPEN, REOPEN
from sop.case import CLOCK, Actor, Case
from sop.commands import (
    Advance,
    Command,
    GiveConsent,
    OpenCase,
    RecordFacts,
    RecordMeasure,
    TellEvent,
    Tick,
    WithdrawConsent,
)
from sop.decision import Decision
from sop.events import Event
from sop.loader import look
from sop.machine import decide
from sop.model import Definition
from sop.procedure import Procedure, compile_procedure
from workshop.example import example
from workshop.pages_clocks import CLOCKS
from workshop.pages_paths import PATHS
from workshop.playing import result_of
from workshop.possible import Possible

STEPS = 60
CASES = 6
VARIANTS = [page for page in (*PATHS, *CLOCKS) if look(example(page, page.wrong)).definition]


class Wanderer:
    """Somebody who holds every role and tries one thing after the other."""

    def __init__(self, procedure: Procedure, seed: int) -> None:
        self.procedure, self.chance = procedure, random.Random(seed)
        self.now = datetime(2026, 3, 2, 9, tzinfo=UTC)
        self.actor = Actor(id="anybody", roles=tuple(procedure.definition.head.roles))
        self.case: Case | None = None
        self.events: list[Event] = []
        self.consents = 0

    def do(self, command: Command, actor: Actor | None = None) -> None:
        outcome = decide(self.procedure, self.case, command, actor or self.actor, self.now)
        if not isinstance(outcome, Decision):
            return
        self.case = outcome.case
        self.events += outcome.events
        for effect in outcome.effects:
            if effect.kind == "assess_risk":
                self.do(result_of(self.procedure, effect), Actor(id="engine", roles=("engine",)))

    def anything(self) -> Command:
        definition = self.procedure.definition
        sop = self.chance.choice(list(definition.sops.values()))
        match self.chance.randrange(6):
            case 0:
                return Advance(sop=sop.sop, transition=self.chance.choice([*sop.transitions, OPEN, REOPEN]))
            case 1 if sop.measures:
                name = self.chance.choice(list(sop.measures))
                status: Any = self.chance.choice(["done", "done", "done", "declined", "not_applicable"])
                fields: dict[str, Any] = {
                    n: self.chance.choice([True, False])
                    for n, f in sop.measures[name].fields.items()
                    if f.type == "yes-no"
                }
                return RecordMeasure(sop=sop.sop, measure=name, status=status, fields=fields)
            case 2:
                facts: dict[str, Any] = {
                    "age": self.chance.choice([3, 17, 18, 70]),
                    "wish": self.chance.choice(["stay", "go"]),
                }
                return RecordFacts(facts=facts)
            case 3:
                self.consents += 1
                return GiveConsent(consent_id=f"c{self.consents}", purpose="help")
            case 4 if self.consents:
                return WithdrawConsent(consent_id=f"c{self.consents}")
            case _:
                return TellEvent(event=self.chance.choice(list(definition.head.life_events)))

    def wander(self) -> None:
        self.do(OpenCase(case_id="C1", procedure=self.procedure.hash, country="AT", facts={}, responsible="anybody"))
        for _ in range(STEPS):
            self.do(self.anything())
            if self.chance.random() < 0.2:
                self.now += timedelta(days=self.chance.choice([1, 20, 40]))
                self.do(Tick(), CLOCK)


def beyond(possible: Possible, wanderer: Wanderer) -> list[str]:
    """Everything that happened and that was thought to be impossible."""
    found = []
    for event in wanderer.events:
        match event.kind:
            case "state_entered":
                if event.target not in possible.states(event.sop):
                    found.append(f"state {event.sop}.{event.target}")
                if (
                    event.transition not in (OPEN, REOPEN)
                    and (event.sop, event.transition, event.source) not in possible.moves
                ):
                    found.append(f"move {event.sop}.{event.transition} from {event.source}")
            case "measure_recorded" if event.status == "done":
                if not possible.can_do(event.measure):
                    found.append(f"measure {event.measure}")
            case "clock_started":
                if not possible.runs(event.clock):
                    found.append(f"clock {event.clock}")
    assert wanderer.case is not None
    known = {f"fact:{ref}": value for ref, value in wanderer.case.facts.items() if isinstance(value, bool)}
    return found + [f"{name} is {value}" for name, value in known.items() if value not in possible.domains[name]]


def wander(definition: Definition, seed: int) -> Wanderer:
    wanderer = Wanderer(compile_procedure(definition), seed)
    wanderer.wander()
    return wanderer


@pytest.mark.parametrize("page", VARIANTS, ids=lambda page: page.code)
def test_nothing_impossible_ever_happens(page: Any) -> None:
    definition = look(example(page, page.wrong)).definition
    assert definition is not None
    possible = Possible(definition)
    for seed in range(CASES):
        assert beyond(possible, wander(definition, seed)) == []


def test_the_wanderers_come_everywhere_in_the_example_so_they_would_notice() -> None:
    definition = look(example(VARIANTS[0], VARIANTS[0].right or VARIANTS[0].at)).definition
    assert definition is not None
    events = [event for seed in range(40) for event in wander(definition, seed).events]
    entered = {f"{event.sop}.{event.target}" for event in events if event.kind == "state_entered"}
    assert entered >= {"care.new", "care.resting", "care.declined", "work.looking", "work.hired"}
    assert {event.clock for event in events if event.kind == "clock_started"} == {
        "care.rest",
        "care.talk_due",
        "work.visits",
    }


def test_a_move_that_is_taken_out_of_the_possible_is_noticed() -> None:
    """The control: were the analysis wrong, the wanderers would find out."""
    definition = look(example(VARIANTS[0], VARIANTS[0].right or VARIANTS[0].at)).definition
    assert definition is not None
    possible = Possible(definition)
    possible.moves = {move for move in possible.moves if move[1] != "decline"}
    assert any("care.decline" in text for seed in range(CASES) for text in beyond(possible, wander(definition, seed)))
