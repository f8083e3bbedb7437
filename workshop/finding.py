"""Finding a story: what people have to do, from the opening of a case on, until a certain step is taken."""

import itertools
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from sop import conditions as c
from sop.arrows import NOT_OPEN
from sop.case import ENGINE
from sop.clocks import Clock, Trigger
from sop.conditions import Needs, holds
from sop.decision import Refused
from sop.draft import Draft
from sop.influence import keys_of
from sop.instruments import Answer, score
from sop.procedure import Procedure
from sop.shapes import FactValue
from workshop.assignments import Goal, TooManyChoices, Wants, assignments
from workshop.course import BEGINS, Course
from workshop.slices import Slices, needs_of
from workshop.values import Values

DEEPEST = 7
MOST_CHOICES = 8
MOST_ROUNDS = 4


Token = str
"""What must happen: a step (`take:`, `do:`, `tell:`), `consent:purpose`, `enter:sop.state` or `start:sop.clock`."""


class Finder:
    """Finds courses on the real engine, the guard off. What it finds was accepted, step by step."""

    def __init__(self, procedure: Procedure) -> None:
        self.procedure = procedure
        self.definition = procedure.definition
        self.values = Values(procedure.definition)
        self.slices = Slices(procedure, self.values)
        self._arrows = procedure.arrows

    def opened(self, at: datetime = BEGINS) -> Course | None:
        """A case of which nothing is known yet."""
        return Course.begun(self.procedure, {}, at)

    def reach(
        self, course: Course, step: str, *, wants: Wants | None = None, broken: Needs = (), keep: Wants | None = None,
        depth: int = 0,
    ) -> Course | None:  # fmt: skip
        """A course that ends with the step, in a situation in which `wants` are so and not all of `broken` hold.

        None where no such course was found; there may be one all the same.
        """
        if depth > DEEPEST:
            return None
        if not broken and not wants and not isinstance(direct := self._take(course, step, {}), Refused):
            return direct
        goal = Goal((*self.asks(step), *_as_needs(wants or {})), broken)
        best: Course | None = None
        for apart, fixed in itertools.product((True, False), (keep, {}) if keep else ({},)):
            for choice in self.choices(course, goal, fixed, apart=apart):
                if best and len(best.steps) <= len(course.steps) + self._at_least(course, choice) + 1:
                    continue
                found = self._by(course, step, choice, broken, depth)
                best = found if found and (best is None or len(found.steps) < len(best.steps)) else best
            if best:
                return best
        return None

    def _at_least(self, course: Course, choice: Wants) -> int:
        """How many steps it takes at least until everything is as chosen."""
        tokens = self.toll(course, choice)
        moves = 0
        for token in tokens:
            if token.startswith("enter:"):
                sop, state = token.removeprefix("enter:").split(".")
                moves += self.moves_to(sop, state, str(self.seen(course, f"state:{sop}")))
        return moves + sum(not token.startswith("enter:") for token in tokens)

    def asks(self, step: str) -> Needs:
        """What the step asks for: where its SOP must stand, and its conditions."""
        return (*self._standing(step), *needs_of(self.definition, step))

    def choices(self, course: Course, goal: Goal, keep: Wants, *, apart: bool = False) -> Iterator[Wants]:
        """The cheapest choices of values that reach the goal from here; `apart`, each by other people's work."""
        seen, toll = partial(self.seen, course), partial(self.toll, course) if apart else None
        with suppress(TooManyChoices):
            yield from islice(assignments(self.values, goal, seen, keep, self.asked, toll), MOST_CHOICES)

    def toll(self, course: Course, known: Wants) -> frozenset[Token]:
        """What must happen for these values; what may come about without a step counts for nothing."""
        found: set[Token] = set()
        for variable, value in known.items():
            kind, name = variable.split(":", 1)
            if value == self.seen(course, variable):
                continue
            if kind in ("done", "settled") or (kind == "fact" and not name.startswith("case.")):
                found.add(f"do:{name.split('.')[0]}")
            elif kind == "consent":
                found.add(variable)
            elif kind == "state":
                found.add(f"enter:{name}.{value}")
            elif kind == "clock" and value != "idle" and not _by_itself(self.procedure.clocks[name]):
                found.add(f"start:{name}")
        return frozenset(found)

    def _by(self, course: Course, step: str, choice: Wants, broken: Needs, depth: int) -> Course | None:
        """The step after everything has become as chosen; where a period still runs, after it is over."""
        now: Course | None = course
        for _ in range(MOST_ROUNDS):
            now = self.achieve(now, choice, depth) if now else None
            if now is None or (broken and holds(broken, Draft(self.procedure, now.case, ENGINE, now.now))):
                return None
            taken = self._take(now, step, choice)
            if not isinstance(taken, Refused):
                return taken
            now = self._waited(now, taken, choice)
        return None

    def achieve(self, course: Course, wants: Wants, depth: int = 0) -> Course | None:
        """A course after which every variable is as wanted."""
        now = course
        for _ in range(MOST_ROUNDS):
            open_ = [v for v in sorted(wants, key=_order) if not self._is_so(now, v, wants[v])]
            if not open_:
                return now
            for variable in open_:
                if self._is_so(now, variable, wants[variable]):
                    continue
                kept = {v: value for v, value in wants.items() if self._is_so(now, v, value)}
                changed = self._change(now, variable, wants, kept, depth + 1)
                if changed is None:
                    return None
                now = changed
        return None

    def first_to(self, sop: str, state: str) -> Iterator[str]:
        """The moves by which the state can be entered for the first time."""
        start = self._first(sop)
        moves = [move.name for move in self.procedure.moves.values() if move.sop == sop]
        reached, waiting = {start}, [start]
        for here in waiting:  # grows while it is walked
            for move in moves:
                there = self._arrows[sop].follow(here, move)
                if there and there != state and there not in reached:
                    reached.add(there)
                    waiting.append(there)
        yield from (m for m in moves if any(self._arrows[sop].follow(here, m) == state for here in reached))

    def _first(self, sop: str) -> str:
        """Where the SOP stands when a case has just been opened."""
        return self.definition.sops[sop].initial if sop == self.definition.head.starts_with else NOT_OPEN

    def moves_to(self, sop: str, state: str, start: str | None = None) -> int:
        """How many moves it takes at least from `start`, or from the opening of a case, until the SOP stands there."""
        start = start or self._first(sop)
        far, waiting = {start: 0}, [start]
        for here in waiting:  # grows while it is walked
            for move in (move.name for move in self.procedure.moves.values() if move.sop == sop):
                there = self._arrows[sop].follow(here, move)
                if there and there not in far:
                    far[there] = far[here] + 1
                    waiting.append(there)
        return far.get(state, 0)

    def starters(self, clock: str) -> Iterator[str]:
        """The steps that may start the clock."""
        sop, name = clock.split(".")
        for move, transition in self.definition.sops[sop].transitions.items():
            if name in transition.starts:
                yield f"take:{sop}.{move}"
        yield from self.triggered(self.procedure.clocks[clock].starts, sop)

    def triggered(self, triggers: tuple[Trigger, ...], sop: str) -> Iterator[str]:
        """The steps for which these triggers of a clock of the SOP wait."""
        keys = {key for trigger in triggers for key in keys_of(trigger, sop)}
        for step, reach in self.slices.steps.items():
            what = step.split(":", 1)[1]
            if keys & {
                f"entering:{reach.entering}",
                *(f"{kind}:{what}" for kind in ("done", "settled", "result", "event")),
            }:
                yield step

    def _change(self, course: Course, variable: str, wants: Wants, kept: Wants, depth: int) -> Course | None:
        kind, name = variable.split(":", 1)
        value = wants[variable]
        match kind:
            case "fact" if name.startswith("case."):
                return self._tell(course, name.removeprefix("case."), value, kept, depth)
            case "fact" | "done" | "settled":
                return self._recorded(course, name.split(".")[0], variable, wants, kept, depth)
            case "consent":
                return _ok(course.then(**{"consent" if value else "withdraw": name}))
            case "state":
                return self._gone(course, name, str(value), kept, depth)
        if value != "on" and self.seen(course, variable) == "on":
            return _ok(course.until_over(name))
        for step in self.starters(name):
            found = self.reach(course, step, keep=kept, depth=depth)
            if found and self.seen(found, variable) == "on":
                return found if value == "on" else _ok(found.until_over(name))
        return None

    def _tell(self, course: Course, fact: str, value: FactValue | None, kept: Wants, depth: int) -> Course | None:
        """A fact of the case: known from the beginning, told later, or brought by a life event."""
        if value is None:
            return None
        if self.definition.head.facts[fact].asked:
            known = course.given.facts if fact in course.given.facts else course.case.facts.get(f"case.{fact}")
            if known is None and (earlier := course.given_also({fact: value})):
                return earlier
            return _ok(course.then(facts={fact: value}))
        for event, life in self.definition.head.life_events.items():
            if life.sets.get(fact) == value:
                found = self.reach(course, f"tell:{event}", keep=kept, depth=depth)
                if found:
                    return found
        return None

    def _recorded(
        self, course: Course, measure: str, variable: str, wants: Wants, kept: Wants, depth: int
    ) -> Course | None:
        if variable.startswith("settled:") and wants.get(f"done:{measure}", "never") == "never":
            declinable = self.procedure.measures[measure][1].declinable
            step = {"record": measure, "status": "declined" if declinable else "not_applicable"}
            found = _ok(course.then(**step))
            if found:
                return found
        inner = {v: value for v, value in kept.items() if not v.startswith((f"fact:{measure}.", f"done:{measure}"))}
        taken = self._take(course, f"do:{measure}", wants)
        found = taken if isinstance(taken, Course) else self._prepared(course, measure, wants, inner, depth)
        if found and wants.get(f"done:{measure}") == "lapsed":
            length = self.procedure.measures[measure][1].valid_for
            return _ok(found.then(after=str(length)))
        return found

    def _prepared(self, course: Course, measure: str, wants: Wants, kept: Wants, depth: int) -> Course | None:
        """The measure after what it asks for."""
        if depth > DEEPEST:
            return None
        for fixed in (kept, {}):
            for choice in self.choices(course, Goal(self.asks(f"do:{measure}")), fixed):
                ready = self.achieve(course, choice, depth)
                taken = self._take(ready, f"do:{measure}", wants) if ready else None
                if isinstance(taken, Course):
                    return taken
        return None

    def _gone(self, course: Course, sop: str, state: str, kept: Wants, depth: int) -> Course | None:
        """The SOP led to the state, on the shortest way that can be gone."""
        inner = {v: value for v, value in kept.items() if v != f"state:{sop}"}
        for way in islice(self._ways(sop, str(self.seen(course, f"state:{sop}")), state), MOST_CHOICES):
            now: Course | None = course
            for move in way:
                now = self.reach(now, f"take:{sop}.{move}", keep=inner, depth=depth) if now else None
            if now:
                return now
        return None

    def _ways(self, sop: str, start: str, end: str) -> Iterator[tuple[str, ...]]:
        """Ways of moves that people can take and that pass through no state twice, the shortest first."""
        waiting: deque[tuple[str, tuple[str, ...], frozenset[str]]] = deque([(start, (), frozenset({start}))])
        moves = [move for move in self.procedure.moves.values() if move.sop == sop and move.roles]
        while waiting:
            state, way, passed = waiting.popleft()
            if state == end:
                yield way
                continue
            for move in moves:
                target = self._arrows[sop].follow(state, move.name)
                if target and target not in passed:
                    waiting.append((target, (*way, move.name), passed | {target}))

    def _take(self, course: Course, step: str, wants: Wants) -> Course | Refused:
        kind, name = step.split(":", 1)
        if kind == "do":
            return course.then(record=name, fields=self._fields(name, wants))
        if kind == "tell":
            reasons = self.definition.head.life_events[name].reasons
            return course.then(event=name, **({"reason": next(iter(reasons))} if reasons else {}))
        reasons = self.procedure.moves[name].reasons
        return course.then(take=name, **({"reason": next(iter(reasons))} if reasons else {}))

    def _fields(self, measure: str, wants: Wants) -> dict[str, Any]:
        """What is recorded: what is wanted, and something for everything that is required."""
        definition = self.procedure.measures[measure][1]
        said: dict[str, Any] = {}
        for name, field in definition.fields.items():
            wanted = wants.get(f"fact:{measure}.{name}")
            if wanted is not None:
                said[name] = list(wanted) if isinstance(wanted, tuple) else wanted
            elif field.instrument:
                said[name] = self._answers(field.instrument, wants.get(f"fact:{measure}.level"))
            elif field.required:
                said[name] = "Invented" if field.particular else self.values.of(f"fact:{measure}.{name}")[1]
        return said

    def _answers(self, instrument: str, level: FactValue | None) -> dict[str, Answer]:
        """The fewest answers that come to the level; none at all where any level will do."""
        asked = self.definition.instruments[instrument]
        all_no: dict[str, Answer] = dict.fromkeys(asked.items, "no")
        for yes in range(-1, len(asked.items) + 1):
            answers: dict[str, Answer] = {} if yes < 0 else all_no | dict.fromkeys(list(asked.items)[:yes], "yes")
            if level is None or score(asked, answers).level == level:
                return answers
        return {}

    def _standing(self, step: str) -> tuple[c.Condition, ...]:
        """Where its SOP must stand, as a condition."""
        kind, name = step.split(":", 1)
        if kind == "tell":
            return ()
        if kind == "take":
            sop, move = name.split(".")
            return (c.State(state={sop: self._arrows[sop].sources(move)}),)
        sop, measure = self.procedure.measures[name]
        if measure.in_:
            return (c.State(state={sop: measure.in_}),)
        return (c.Not(**{"not": c.State(state={sop: NOT_OPEN})}),)

    def _waited(self, course: Course, refused: Refused, choice: Wants) -> Course | None:
        """Where a period that was started on the way stands against the step: after it is over."""
        if not any(reason.code == "clock_running" for reason in refused.reasons):
            return None
        on = [
            ref
            for ref, run in course.case.clocks.items()
            if run.running and choice.get(f"clock:{ref}") in ("idle", "over")
        ]
        return _ok(course.until_over(on[0])) if on else None

    def _is_so(self, course: Course, variable: str, value: FactValue | None) -> bool:
        now = self.seen(course, variable)
        return now == value or (variable.startswith("clock:") and (now, value) == ("over", "idle"))

    def seen(self, course: Course, variable: str) -> FactValue | None:
        """What the variable is at this point of the course."""
        return self.values.seen(self.procedure, course.case, course.now, variable)

    def asked(self, variable: str) -> bool:
        """Whether it is a fact that anybody at work may tell."""
        kind, name = variable.split(":", 1)
        return kind == "fact" and name.startswith("case.") and self.definition.head.facts[name[5:]].asked


def _order(variable: str) -> tuple[int, str]:
    """Facts of the case are known first; measures and consents follow; states are entered, then clocks looked at."""
    kinds = ("fact:case.", "fact:", "done:", "settled:", "consent:", "state:", "clock:")
    return next(i for i, kind in enumerate(kinds) if variable.startswith(kind)), variable


def _as_needs(wants: Wants) -> Iterator[c.Condition]:
    """Wanted facts as conditions."""
    for variable, value in wants.items():
        ref = variable.removeprefix("fact:")
        yield c.Fact(fact=ref, **({"known": False} if value is None else {"is": value}))


def _by_itself(clock: Clock) -> bool:
    """Whether something that is no step may start it."""
    return any(trigger.case or trigger.holds or trigger.result for trigger in clock.starts)


def _ok(outcome: Course | Refused | None) -> Course | None:
    return outcome if isinstance(outcome, Course) else None
