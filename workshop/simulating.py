"""A synthetic caseload on the real engine: cases arrive, people work, clocks run out; only moments with events cost."""

from datetime import UTC, datetime
from heapq import heappop, heappush
from typing import Literal

from sop.case import CLOCK, ENGINE, Actor, Case
from sop.commands import (
    Advance,
    Command,
    Confirm,
    GiveConsent,
    OpenCase,
    RecordMeasure,
    ReportResult,
    TellEvent,
    Tick,
)
from sop.conditions import matches
from sop.counting import after as moment_after
from sop.decision import Decision, Refused
from sop.effects import AssessRisk
from sop.events import Event
from sop.machine import decide
from sop.procedure import Procedure
from sop.shapes import FactValue, made
from sop.steps import measure_is_free, move_is_free
from workshop.caseload import Happening, Simulation
from workshop.chance import Draws
from workshop.courses import Course, Task, course_of, how_long, role_of
from workshop.desks import Desk, Job, Second, WorkingTime
from workshop.playing import actor_for
from workshop.tally import Tally
from workshop.wishes import Glance, Life, Wish

Wake = Literal["arrive", "done", "clock", "look", "event"]
CONFIRM = "confirm"
TICK = Tick()
ARRIVALS = 0
"""The stream of chance that belongs to the arrivals; the cases count from 1."""


class Run:
    """A simulation under way: `advance` moves it on, `tally` knows what has happened so far."""

    def __init__(self, procedure: Procedure, simulation: Simulation, seed: int | None = None) -> None:
        self.course: Course = course_of(procedure, simulation)
        self.seed = simulation.seed if seed is None else seed
        calendar = procedure.calendar(simulation.country)
        start = simulation.from_.astimezone(UTC)
        end = moment_after(start, simulation.lasts, calendar)
        self.start, self.end = start.timestamp(), end.timestamp()
        self.now = self.start
        self._moment_of, self._at = self.start, start
        self.lives: dict[int, Life] = {}
        self.desks = {
            role: Desk(role, staff.people, WorkingTime(calendar, staff.hours, start, end))
            for role, staff in simulation.staff.items()
        }
        self.tally = Tally(self.start)
        self._takes = {role: how_long(simulation, role).sampler() for role in procedure.definition.head.roles}
        self._gap = simulation.arrivals_every.sampler()
        self._arrivals = Draws(self.seed, ARRIVALS)
        self._count = 0
        self._actors: dict[str, Actor] = {}
        self._heap: list[tuple[float, int, Wake, int, object]] = []
        self._order = 0
        self._wake(self.start + self._gap(self._arrivals, "gap"), "arrive", 0)

    @property
    def share(self) -> float:
        """How much of its time has passed, from 0 to 1."""
        return (self.now - self.start) / (self.end - self.start)

    def advance(self, until: float) -> None:
        """Everything that happens until then, in order; `until` is seconds of Unix time."""
        until = min(until, self.end)
        heap = self._heap
        while heap and heap[0][0] <= until:
            self.now, _, what, number, thing = heappop(heap)
            if what == "arrive":
                self._arrive()
                continue
            life = self.lives.get(number)
            if life is None:
                if isinstance(thing, Job):
                    self._leave_desk(thing)
            elif what == "done":
                assert isinstance(thing, Job)  # noqa: S101 - whatever is done is a job
                self._finish(life, thing)
            elif what == "clock":
                self._tick(life)
            elif what == "look":
                if life.look_at == self.now:
                    life.look_at = None
                    self._look(life, frozenset(sop for sop, at in life.later.items() if at <= self.now))
            else:
                assert isinstance(thing, Happening)  # noqa: S101 - whatever befalls is a happening
                self._befall(life, thing)
        self.now = until

    def _wake(self, at: float, what: Wake, number: int, thing: object = None) -> None:
        if at <= self.end:
            self._order += 1
            heappush(self._heap, (at, self._order, what, number, thing))

    def _moment(self) -> datetime:
        if self._moment_of != self.now:
            self._moment_of, self._at = self.now, datetime.fromtimestamp(self.now, UTC)
        return self._at

    def _actor(self, role: str) -> Actor:
        actor = self._actors.get(role)
        if actor is None:
            actor = self._actors[role] = actor_for(role)
        return actor

    # A case comes, and things befall it.

    def _arrive(self) -> None:
        course = self.course
        self._count += 1
        self._wake(self.now + self._gap(self._arrivals, "gap"), "arrive", 0)
        draws = Draws(self.seed, self._count)
        facts = {
            choice.field: value
            for choice in course.profile
            if (value := choice.drawn(draws, self._moment())) is not None
        }
        head = course.procedure.definition.head
        role = course.simulation.opened_by or head.opened_by[0]
        command = OpenCase(
            case_id=f"SIM{self._count:08}",
            procedure=course.procedure.hash,
            country=course.simulation.country,
            facts=facts,
            responsible=self._actor("case_manager").id,
        )
        opened = decide(course.procedure, None, command, self._actor(role), self._moment())
        self.tally.decisions += 1
        if isinstance(opened, Refused):
            self.tally.refuse("open", opened)
            return
        life = self.lives[self._count] = Life(self._count, opened.case, draws, self.now, course)
        self.tally.arrived += 1
        self._keep(life, None, opened)
        for happening in course.simulation.life_events:
            if happening.follows is None:
                self._foresee(life, happening)
        self._look(life)

    def _foresee(self, life: Life, happening: Happening) -> None:
        purpose = f"event:{happening.follows or 'arrival'}:{happening.event}"
        if life.draws.happens(purpose, happening.share / 100):
            self._wake(self.now + happening.after.sampler()(life.draws, purpose), "event", life.number, happening)

    def _befall(self, life: Life, happening: Happening) -> None:
        procedure = self.course.procedure
        if happening.when and not matches(happening.when, Glance(procedure, life.case, self._moment())):
            return
        by = procedure.definition.head.life_events[happening.event].by
        if self._decide(life, happening.event, TellEvent(event=happening.event, reason=happening.reason), by[0]):
            for other in self.course.simulation.life_events:
                if other.follows == happening.event:
                    self._foresee(life, other)
            self._look(life)

    # What people do.

    def _look(self, life: Life, sops: frozenset[str] | None = None) -> None:
        """What the case wants now; while a life event holds the internal targets, nobody works on it."""
        if life.case.closed_at is not None or life.case.targets_held:
            return
        draft = Glance(self.course.procedure, life.case, self._moment())
        wish = Wish(self.course, life, draft, self.now, lambda task: self._begin(life, task))
        wish.look(sops)
        if life.later and (at := min(life.later.values())) != life.look_at:
            life.look_at = at
            self._wake(at, "look", life.number)

    def _begin(self, life: Life, task: Task) -> None:
        state = life.case.sops[task.sop].state if task.sop in life.case.sops else "not_open"
        place = f"{task.sop}.{state}" if task.sop else ""
        self._ask(Job(task.name, life.number, task.role, task.takes, place, self.now))

    def _ask(self, job: Job) -> None:
        """Put it on the desk of the role; where it has no staff here, wait for the answer."""
        desk = self.desks.get(job.role)
        if desk is None:
            job.begun_at = self.now
            self._wake(self.now + self._how_long(job), "done", job.case, job)
            return
        desk.put(job, self.now)
        self._work(desk)

    def _work(self, desk: Desk) -> None:
        while (job := desk.take(self.now)) is not None:
            finished = desk.time.finish(self.now, self._how_long(job))
            if finished is not None:
                self._wake(max(finished, self.now), "done", job.case, job)

    def _how_long(self, job: Job) -> float:
        life = self.lives.get(job.case)
        return job.takes(life.draws, f"takes:{job.step}") if life else 0.0

    def _leave_desk(self, job: Job) -> None:
        desk = self.desks.get(job.role)
        self.tally.worked(job, self.now, here=desk is not None)
        if desk is not None:
            desk.leave(self.now)
            self._work(desk)

    def _finish(self, life: Life, job: Job) -> None:
        """The work is done: the engine decides what comes of it."""
        self._leave_desk(job)
        step = job.second.step if job.second else job.step
        life.pending.discard(step)
        if life.case.closed_at is None and not life.case.targets_held:
            done = self._decide(life, job.step, self._command(life, job), job.role)
            self._look(life, self.course.concerned.get(step) if done else None)

    def _command(self, life: Life, job: Job) -> Command:
        """The command that the step means."""
        if job.second is not None:
            return Confirm(proposal=job.second.proposal)
        closing = self.course.closing
        if closing is not None and job.step == closing.name and job.step not in self.course.tasks:
            settings = self.course.simulation.closing
            return TellEvent(event=job.step, reason=settings.reason if settings else None)
        task = self.course.tasks[job.step]
        if task.kind == "consent":
            return made(GiveConsent, consent_id=f"c{life.case.seq}", purpose=task.name.split(".")[1])
        if task.move is not None:
            reasons = list(task.move.reasons)
            picked = life.draws.chosen(f"reason:{task.name}", [1.0] * len(reasons)) if reasons else 0
            return made(Advance, sop=task.sop, transition=task.move.name, reason=reasons[picked] if reasons else None)
        return self._record(life, task)

    def _record(self, life: Life, task: Task) -> RecordMeasure:
        assert task.measure is not None  # noqa: S101 - what is no transition, event or consent is a measure
        declined = task.plan.declined if task.measure.declinable else 0
        if declined and life.draws.happens(f"declined:{task.name}", declined / 100):
            return made(RecordMeasure, sop=task.sop, measure=task.name, status="declined")
        fields: dict[str, FactValue | dict[str, str]] = {name: {} for name in self.course.questions[task.name]}
        now = self._moment()
        for choice in self.course.fields[task.name]:
            value = choice.drawn(life.draws, now)
            if value is not None:
                fields[choice.field] = value
        particulars = self.course.particulars[task.name]
        return made(
            RecordMeasure,
            sop=task.sop,
            measure=task.name,
            status="done",
            fields=fields,
            particulars=particulars,
            record="invented" if particulars else None,
        )

    # What the engine makes of it.

    def _decide(self, life: Life, step: str, command: Command, role: str) -> bool:
        outcome = decide(self.course.procedure, life.case, command, self._actor(role), self._moment())
        self.tally.decisions += 1
        if isinstance(outcome, Refused):
            self.tally.refuse(step, outcome)
            if outcome.code == "malformed" or self._is_free(life, step):
                life.refused.add(step)
            return False
        self._keep(life, life.case, outcome, step)
        return True

    def _is_free(self, life: Life, step: str) -> bool:
        """Whether nothing stands against the step, and the engine refused it for what it would have brought about."""
        task = self.course.tasks.get(step)
        if task is None:
            return False
        glance = Glance(self.course.procedure, life.case, self._moment())
        if task.move is not None:
            return move_is_free(glance, task.move)
        return task.measure is None or measure_is_free(glance, task.sop, task.name, task.measure)

    def _tick(self, life: Life) -> None:
        if life.clock_at != self.now:
            return
        life.clock_at = None
        before = life.case
        outcome = decide(self.course.procedure, life.case, TICK, CLOCK, self._moment())
        self.tally.decisions += 1
        if isinstance(outcome, Decision):
            self._keep(life, before, outcome)
            reminded = all(event.kind in ("reminder_sent", "clock_missed") for event in outcome.events)
            self._look(life, frozenset() if reminded else None)

    def _keep(self, life: Life, before: Case | None, decision: Decision, step: str = "") -> None:
        life.case = decision.case
        self._note(life, before, decision.events)
        for effect in decision.effects:
            if isinstance(effect, AssessRisk):
                self._report(life, effect)
        if decision.proposal is not None:
            self._propose(life, decision.proposal, step)
        if life.case.closed_at is not None:
            self.tally.end(life, self.now)
            del self.lives[life.number]
            return
        wake = self._next_moment(life.case)
        if wake is not None:
            at = max(wake.timestamp(), self.now)
            if at != life.clock_at:
                life.clock_at = at
                self._wake(at, "clock", life.number)

    def _next_moment(self, case: Case) -> datetime | None:
        """The next moment at which a clock changes what can or should be done: a period ends, or work is called for.

        Reminders and missed deadlines on the way are passed over until then, and then happen in their order: whether
        a deadline is kept follows from its due moment, not from the moment at which somebody is told.
        """
        nearest: datetime | None = None
        clocks = case.clocks
        for ref, at_any_moment in self.course.wakes:
            run = clocks.get(ref)
            if run is not None and run.rungs and run.status == "running":
                at = run.rungs[0].at if at_any_moment else run.due
                if at is not None and (nearest is None or at < nearest):
                    nearest = at
        return nearest

    def _note(self, life: Life, before: Case | None, events: tuple[Event, ...]) -> None:
        """What the events mean for what the case wants next; the tally counts them."""
        self.tally.note(life, before, events, self.now)
        answers = self.course.answers
        for event in events:
            match event.kind:
                case "state_entered":
                    life.intended.pop(event.sop, None)
                    for name, _ in self.course.outgoing.get(f"{event.sop}.{event.source}", ()):
                        life.ready.pop(name, None)
                case "measure_recorded":
                    life.ready.pop(event.measure, None)
                    life.ready.pop(f"again:{event.measure}", None)
                    life.owed.pop(event.measure, None)
                case "measure_asked":
                    life.owed[event.measure] = None
                case "clock_started":
                    if (answer := answers.get(event.clock)) and not answer[1]:
                        life.owed[answer[0]] = None
                case "reminder_sent" | "clock_missed":
                    answer = answers.get(event.clock)
                    if answer and answer[1] and life.case.clocks[event.clock].running:
                        life.owed[answer[0]] = None
                case "clock_cancelled":
                    if answer := answers.get(event.clock):
                        life.owed.pop(answer[0], None)

    def _report(self, life: Life, effect: AssessRisk) -> None:
        """The answer of the activity: the level that chance has drawn, or what the questionnaire makes of no answers."""
        drawn = {
            c.field: c.drawn(life.draws, self._moment())
            for c in self.course.results[effect.measure]
            if c.ref in self._assumed
        }
        facts = self.course.unanswered[effect.measure] | {
            name: value for name, value in drawn.items() if value is not None
        }
        command = made(ReportResult, effect=effect.id, measure=effect.measure, number=effect.number, facts=facts)
        outcome = decide(self.course.procedure, life.case, command, ENGINE, self._moment())
        self.tally.decisions += 1
        if isinstance(outcome, Decision):
            before, life.case = life.case, outcome.case
            self._note(life, before, outcome.events)

    @property
    def _assumed(self) -> dict[str, dict[str, float]]:
        return self.course.simulation.outcomes

    def _propose(self, life: Life, proposal: str, step: str) -> None:
        """A second person is asked; until then the step is under way."""
        role = role_of(self.course.simulation, life.case.proposals[proposal].confirmed_by)
        life.pending.add(step)
        second = Second(proposal, step)
        self._ask(Job(CONFIRM, life.number, role, self._takes[role], "", self.now, second=second))
