"""Ways to an aim: from where a case stands, the steps that may bring a condition, a state or a clock nearer, and how far it is.

The distance is a guess that adds up what is still to be done; the engine alone decides whether a step is possible.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil, inf

from sop.arrows import NOT_OPEN
from sop.case import ENGINE, Case
from sop.clocks import Trigger
from sop.conditions import (
    AllOf,
    AnyOf,
    Condition,
    Consent,
    Done,
    Ended,
    Fact,
    Needs,
    Not,
    Running,
    Settled,
    State,
    When,
)
from sop.draft import Draft
from sop.fields import Field
from sop.instruments import scored
from sop.model import Measure
from sop.procedure import Move, Procedure
from sop.shapes import FactValue
from workshop.scenarios import ScenarioStep
from workshop.trials import as_fact, holds_with, patterns, values_of
from workshop.way import HERE, NEVER, Way, both, either

FAR = 12
"""Deeper chains of needs are not followed."""


Facts = Mapping[str, FactValue | tuple[FactValue, ...]]


@dataclass
class Ways:
    """The ways from one case at one moment."""

    procedure: Procedure
    case: Case
    now: datetime
    draft: Draft = field(init=False)
    _on_the_way: set[object] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.draft = Draft(self.procedure, self.case, ENGINE, self.now)

    # Conditions.

    def holding(self, needs: Needs) -> Way:
        return both(self.hold(condition) for condition in needs)

    def possible(self, needs: Needs, step: str) -> Way:
        """Towards the step being possible: what its SOP asks for, and what the rights demand before it.

        Both mostly ask for the same, so the distances do not add up. What a right bars as it is written is never possible.
        """
        own, guard = self.holding(needs), self.procedure.guard
        watch = guard.steps.get(step) if guard else None
        if watch is None:
            return own
        if watch.barred:
            return NEVER
        demanded = both(self.holding(before) for _, before in watch.before)
        return Way(max(own.far, demanded.far), tuple({repr(s): s for s in (*own.steps, *demanded.steps)}.values()))

    def hold(self, condition: Condition) -> Way:
        """Towards the condition holding."""
        if condition.verdict(self.draft) is True:
            return HERE
        match condition:
            case Done():
                names = (condition.done,) if isinstance(condition.done, str) else condition.done
                return both(self.done(name) for name in names if not self.draft.done(name))
            case Settled():
                return self.settled(condition.settled)
            case Fact():
                return self.fact(condition, True)
            case State():
                return both(self.stand(sop, _listed(states)) for sop, states in condition.state.items())
            case Consent():
                return Way(1, (ScenarioStep(consent=condition.consent),))
            case Running():
                return self.started(condition.running)
            case Ended():
                return self.over(condition.ended)
            case Not():
                return self.fail(condition.not_, known=True)
            case AnyOf():
                return either(self.hold(inner) for inner in condition.any_)
            case AllOf():
                return self.holding(condition.all_)
            case When():
                return either((self.unlike(condition.when), self.holding(condition.then)))

    def fail(self, condition: Condition, *, known: bool = False) -> Way:
        """Towards the condition not holding; `known`: towards it being known, as within a `not`."""
        verdict = condition.verdict(self.draft)
        if verdict is False or (verdict is None and not known):
            return HERE
        match condition:
            case Done():
                names = (condition.done,) if isinstance(condition.done, str) else condition.done
                return either(self.lapsed(name) for name in names)
            case Fact():
                return self.fact(condition, False, known=known)
            case State():
                return either(self.leave(sop, _listed(states)) for sop, states in condition.state.items())
            case Consent():
                return Way(1, (ScenarioStep(withdraw=condition.consent),))
            case Running():
                return self.over(condition.running)
            case Not():
                return self.hold(condition.not_)
            case AnyOf():
                return both(self.fail(inner, known=known) for inner in condition.any_)
            case AllOf():
                return either(self.fail(inner, known=known) for inner in condition.all_)
            case When():
                then = either(self.fail(inner, known=known) for inner in condition.then)
                return both((self.alike(condition.when), then))
        return NEVER

    def alike(self, facts: Facts) -> Way:
        """Towards the facts for which a `when` applies, or with which a clock starts."""
        return both(self.fact(as_fact(ref, wanted), True) for ref, wanted in facts.items())

    def unlike(self, facts: Facts) -> Way:
        return either(self.fact(as_fact(ref, wanted), False) for ref, wanted in facts.items())

    # Facts.

    def fact(self, condition: Fact, wanted: bool, *, known: bool = False) -> Way:
        """Towards a value with which the condition holds, or does not; `known`: not by being unknown."""
        verdict = condition.verdict(self.draft)
        if (verdict is True) is wanted and not (known and verdict is None):
            return HERE
        ref = condition.fact
        derived = self.procedure.derived.get(ref)
        if derived is not None:
            true_wanted = (holds_with(condition, True)) is wanted
            return self._once(("fact", ref, true_wanted), lambda: (self.hold if true_wanted else self.fail)(derived))
        values = [
            value
            for value in values_of(self.procedure.words.facts[ref], condition)
            if (holds_with(condition, value)) is wanted
        ]
        return self._once(("fact", ref, wanted), lambda: either(self.write(ref, value) for value in values))

    def write(self, ref: str, value: FactValue) -> Way:
        """Towards the fact having this value: told, found by a measure, or brought about by a life event."""
        owner, name = ref.split(".")
        ways: list[Way] = []
        if owner == "case":
            head = self.procedure.definition.head
            if head.facts[name].asked:
                ways.append(Way(1, (ScenarioStep(facts={name: value}),)))
            for event, life in head.life_events.items():
                if life.sets.get(name) == value:
                    ways.append(self.tell(event))
            for measure, (_, definition) in self.procedure.measures.items():
                ways += [
                    self.done(measure, {f: value}) for f, field_ in definition.fields.items() if field_.sets == ref
                ]
            return either(ways)
        definition = self.procedure.measures[owner][1]
        if name in definition.fields:
            return self.done(owner, {name: value})
        return either(self.done(owner, given) for given in self._answers(definition, name, value))

    def _answers(self, measure: Measure, name: str, value: FactValue) -> list[dict[str, object]]:
        """Answers to the measure's questionnaire from which the result follows: as few as possible answered yes."""
        asked = next((f for f, field_ in measure.fields.items() if field_.instrument), None)
        if asked is None:
            return []
        instrument = self.procedure.definition.instruments[measure.fields[asked].instrument or ""]
        for answers in patterns(instrument):
            if scored(instrument, answers).get(name) == value:
                return [{asked: answers}]
        return []

    # States and steps.

    def stand(self, sop: str, states: tuple[str, ...]) -> Way:
        """Towards the SOP standing in one of these states."""
        if (self.draft.state(sop) or NOT_OPEN) in states:
            return HERE
        return self._once(("stand", sop, states), lambda: self._walk(sop, states))

    def leave(self, sop: str, states: tuple[str, ...]) -> Way:
        others = tuple(state for state in self.procedure.definition.sops[sop].states if state not in states)
        return self.stand(sop, others)

    def _walk(self, sop: str, states: tuple[str, ...]) -> Way:
        """Dijkstra over the arrows; an arrow costs one step and what its conditions still need from here."""
        arrows = self.procedure.arrows[sop]
        moves = [move for move in self.procedure.moves.values() if move.sop == sop]
        start = self.draft.state(sop) or NOT_OPEN
        best: dict[str, tuple[float, Way]] = {start: (0.0, HERE)}
        left = {start}
        costs: dict[str, Way] = {}
        while left:
            here = min(left, key=lambda state: best[state][0])
            left.remove(here)
            far, first = best[here]
            if here in states:
                return Way(far, first.steps)
            for move in moves:
                if here not in arrows.sources(move.name):
                    continue
                needed = costs.get(move.name) or costs.setdefault(move.name, self._arrow(move))
                target = arrows.follow(here, move.name) or here
                total = far + needed.far
                if total < best.get(target, (inf, HERE))[0]:
                    best[target] = total, (needed if here == start else first)
                    left.add(target)
        return NEVER

    def _arrow(self, move: Move) -> Way:
        needed = self.possible(move.needs, f"take:{move.sop}.{move.name}")
        if not move.roles:
            return both((needed, self._by_clock(move)))
        step = ScenarioStep(take=f"{move.sop}.{move.name}", reason=next(iter(move.reasons), None))
        return Way(needed.far + 1, needed.steps if needed.far else (step,))

    def _by_clock(self, move: Move) -> Way:
        guard = self.procedure.guard
        watch = guard.steps.get(f"take:{move.sop}.{move.name}") if guard else None
        if watch and watch.not_by_clock:
            return NEVER
        clocks = [
            ref
            for ref, clock in self.procedure.clocks.items()
            if move.name in clock.takes and ref.split(".")[0] == move.sop
        ]
        return either(self.over(ref) for ref in clocks)

    def take(self, move: Move) -> Way:
        """Towards taking the transition."""

        def found() -> Way:
            place = self.stand(move.sop, self.procedure.arrows[move.sop].sources(move.name))
            arrow = self._arrow(move)
            return Way(place.far + arrow.far, place.steps if place.far else arrow.steps)

        return self._once(("take", move.sop, move.name), found)

    def place(self, name: str) -> Way:
        """Towards the state in which a measure can be recorded."""
        sop, measure = self.procedure.measures[name]
        return self.stand(sop, measure.in_ or tuple(self.procedure.definition.sops[sop].states))

    def done(self, name: str, given: dict[str, object] | None = None) -> Way:
        """Towards the measure being done, with these fields."""
        measure = self.procedure.measures[name][1]
        if not measure.repeatable and self.draft.done(name):
            return NEVER
        key = ("done", name, tuple(sorted((given or {}).items(), key=str)) if given else None)
        return self._once(str(key), lambda: self._record(name, measure, given or {}))

    def _record(self, name: str, measure: Measure, given: dict[str, object]) -> Way:
        needed = both((self.place(name), self.possible(measure.needs, f"do:{name}")))
        if needed.far:
            return Way(needed.far + 1, needed.steps)
        fields = {key: value for key, f in measure.fields.items() if (value := self._filled(key, f, given)) is not None}
        steps = [ScenarioStep(record=name, fields=fields)]
        for key, field_ in measure.fields.items():
            if field_.required and field_.one_of and key not in given:
                others = list(field_.one_of)[1:]
                steps += [ScenarioStep(record=name, fields={**fields, key: code}) for code in others]
        return Way(1, tuple(steps))

    def _filled(self, name: str, field_: Field, given: dict[str, object]) -> object:
        if name in given:
            return given[name]
        if not field_.required:
            return None
        if field_.instrument:
            return {}
        if field_.particular:
            return "Invented"
        return next(iter(values_of(field_)), None)

    def settled(self, name: str) -> Way:
        """Towards the measure having been offered."""
        place = self.place(name)
        status = "declined" if self.procedure.measures[name][1].declinable else "not_applicable"
        offered = Way(place.far + 1, place.steps or (ScenarioStep(record=name, status=status),))
        return either((self.done(name), offered))

    def lapsed(self, name: str) -> Way:
        """Towards the measure being done too long ago."""
        record = self.draft.latest_done(name)
        return self._wait(record.valid_until) if record and record.valid_until else NEVER

    def tell(self, event: str) -> Way:
        events = self.procedure.definition.head.life_events
        life = events[event]
        if life.reopens and self.case.closed_at is None:
            closed = either(self.tell(name) for name, other in events.items() if other.closes)
            return Way(closed.far + 1, closed.steps)
        needed = self.possible(life.needs, f"tell:{event}")
        step = ScenarioStep(event=event, reason=next(iter(life.reasons), None))
        return Way(needed.far + 1, needed.steps if needed.far else (step,))

    # Clocks.

    def started(self, ref: str) -> Way:
        """Towards the clock running."""
        if self.draft.clock_running(ref):
            return HERE
        clock = self.procedure.clocks[ref]
        fits = self.alike(clock.only_when)
        sop = ref.split(".")[0]
        ways = [self.trigger(trigger, sop) for trigger in clock.starts]
        ways += [self.take(move) for move in self.procedure.moves.values() if ref in move.starts]
        length = clock.length if clock.kind != "review" else None
        if length and length.set_by and length.usual is None:
            owner, name = length.set_by.split(".")
            return both((fits, self.done(owner, {name: "30 days"})))
        start = either(ways)
        return Way(fits.far + start.far, fits.steps if fits.far else start.steps)

    def trigger(self, trigger: Trigger, sop: str) -> Way:
        """Towards what a clock waits for happening."""
        if trigger.states:
            ways = []
            for state in trigger.states:
                of, name = state.split(".") if "." in state else (sop, state)
                entering = [m for m in self.procedure.moves.values() if m.sop == of and self._leads(m, name)]
                ways += [self.take(move) for move in entering]
            return either(ways)
        if trigger.done or trigger.result:
            return self.done(trigger.done or trigger.result or "")
        if trigger.settled:
            return self.settled(trigger.settled)
        if trigger.event:
            return self.tell(trigger.event)
        if trigger.holds:
            return self.fact(Fact(fact=trigger.holds, is_=True), True)
        return NEVER

    def _leads(self, move: Move, state: str) -> bool:
        arrows = self.procedure.arrows[move.sop]
        return any(arrows.follow(source, move.name) == state for source in arrows.sources(move.name))

    def over(self, ref: str) -> Way:
        """Towards the clock having run out."""
        run = self.case.clocks.get(ref)
        if run is not None and not run.running:
            return HERE
        if run is None:
            begin = self.started(ref)
            return Way(begin.far + 1, begin.steps)
        return self._wait(run.due)

    def at_rung(self, ref: str, kind: str) -> Way:
        """Towards the next reminder of a running clock, or its end."""
        begin = self.started(ref)
        if begin.far:
            return Way(begin.far + 1, begin.steps)
        rung = next((rung for rung in self.case.clocks[ref].rungs if rung.kind == kind), None)
        return self._wait(rung.at) if rung else NEVER

    def _wait(self, until: datetime | None) -> Way:
        if until is None:
            return NEVER
        return Way(1, (ScenarioStep.model_validate({"after": spoken(until - self.now)}),))

    def _once(self, key: object, find: Callable[[], Way]) -> Way:
        """An aim that needs itself is never reached on this way."""
        if key in self._on_the_way or len(self._on_the_way) > FAR * 3:
            return NEVER
        self._on_the_way.add(key)
        try:
            return find()
        finally:
            self._on_the_way.discard(key)


def spoken(length: timedelta) -> str:
    """A length that is not shorter, in whole hours or days."""
    hours = max(1, ceil(length / timedelta(hours=1)))
    return f"{hours} hours" if hours <= 72 else f"{ceil(hours / 24)} days"


def _listed(states: str | tuple[str, ...]) -> tuple[str, ...]:
    return (states,) if isinstance(states, str) else states
