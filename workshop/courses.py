"""The assumptions of a simulation joined to a procedure: for every step who does it and how long it takes, compiled once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sop.arrows import OPEN, REOPEN
from sop.clocks import Clock, Length
from sop.conditions import Fact, When
from sop.durations import Duration
from sop.fields import Field
from sop.instruments import scored
from sop.model import Measure
from sop.procedure import Move, Procedure
from sop.shapes import FactValue
from sop.walk import walk
from workshop.caseload import Simulation, Spread, StepPlan, seconds
from workshop.chance import Draws, Sampler
from workshop.dependence import concerned

NOT_KNOWN = "not_known"
Kind = Literal["transition", "measure", "consent", "event"]


@dataclass(frozen=True, slots=True)
class Task:
    """One step as the simulation does it."""

    name: str
    kind: Kind
    sop: str
    role: str
    takes: Sampler
    move: Move | None
    measure: Measure | None
    plan: StepPlan
    after: Sampler | None
    again: Sampler | None

    @property
    def share(self) -> float:
        return 1.0 if self.plan.share is None else self.plan.share / 100


@dataclass(frozen=True, slots=True)
class Choice:
    """A fact whose value chance decides: the values, `None` for one that stays unknown, and their weights.

    Of a date or a moment the values are the seconds that it lies ahead of the day on which it is recorded.
    """

    field: str
    ref: str
    values: tuple[FactValue | None, ...]
    weights: tuple[float, ...]
    ahead: Literal["date", "moment"] | None = None

    def drawn(self, draws: Draws, now: datetime) -> FactValue | None:
        value = self.values[0] if len(self.values) == 1 else self.values[draws.chosen(self.ref, self.weights)]
        if self.ahead is None or not isinstance(value, int | float):
            return value
        moment = now + timedelta(seconds=value)
        return moment.date().isoformat() if self.ahead == "date" else moment.isoformat()


@dataclass(frozen=True, slots=True)
class Course:
    """A simulation made ready."""

    procedure: Procedure
    simulation: Simulation
    tasks: dict[str, Task]
    openings: tuple[Task, ...]
    outgoing: dict[str, tuple[tuple[str, float], ...]]
    """By `sop.state`: the transitions that people take from there, with their weights."""
    menu: dict[str, tuple[Task, ...]]
    """By SOP: the measures that are wanted without anything that asks for them."""
    answers: dict[str, tuple[str, bool]]
    """By clock: the measure that meets it, and whether it is done only when the clock reminds."""
    wakes: tuple[tuple[str, bool], ...]
    """The clocks whose moments change what can or should be done: the end alone, or (true) any moment."""
    concerned: dict[str, frozenset[str]]
    """By step: the SOPs that may want something else after it."""
    profile: tuple[Choice, ...]
    fields: dict[str, tuple[Choice, ...]]
    particulars: dict[str, tuple[str, ...]]
    """By measure: the particulars without which it cannot be done; the vault of a simulation is empty."""
    questions: dict[str, tuple[str, ...]]
    """By measure: the fields that hold answers to a questionnaire; a simulation answers none."""
    results: dict[str, tuple[Choice, ...]]
    unanswered: dict[str, dict[str, FactValue]]
    """By measure with a questionnaire: what its activity makes of no answers, where nothing is assumed about it."""
    closing: Task | None


def course_of(procedure: Procedure, simulation: Simulation) -> Course:
    """Join the two; names that the procedure does not have are found before, by `workshop.simulations`."""
    tasks = {task.name: task for task in _tasks(procedure, simulation)}
    read = _read_facts(procedure)
    facts = procedure.definition.head.facts
    measures = {name: measure for name, (_, measure) in procedure.measures.items()}
    closing = simulation.closing
    answers = {ref: found for ref, clock in procedure.clocks.items() if (found := _answer(clock))}
    return Course(
        procedure=procedure,
        simulation=simulation,
        tasks=tasks,
        openings=tuple(
            task for task in tasks.values() if task.move and task.move.name == OPEN and task.plan.share is not None
        ),
        outgoing=_outgoing(procedure, simulation),
        menu=_menu(procedure, simulation, tasks),
        answers=answers,
        wakes=tuple(
            (ref, again)
            for ref, clock in procedure.clocks.items()
            if (again := ref in answers and answers[ref][1]) or clock.kind == "period"
        ),
        concerned=concerned(procedure, {ref for plan in simulation.steps.values() for ref in plan.when}),
        profile=tuple(
            _choice(name, f"case.{name}", facts[name], weights) for name, weights in simulation.profile.items()
        ),
        fields={name: tuple(_drawn(name, measure.fields, simulation, read)) for name, measure in measures.items()},
        particulars={
            name: tuple(key for key, field in measure.fields.items() if field.particular and field.required)
            for name, measure in measures.items()
        },
        questions={
            name: tuple(key for key, field in measure.fields.items() if field.instrument)
            for name, measure in measures.items()
        },
        results={name: tuple(_drawn(name, measure.results, simulation, read)) for name, measure in measures.items()},
        unanswered={name: _unanswered(procedure, measure) for name, measure in measures.items() if measure.activity},
        closing=_event_task(procedure, simulation, closing.event, closing.after) if closing else None,
    )


def _tasks(procedure: Procedure, simulation: Simulation) -> Iterator[Task]:
    for name, move in procedure.moves.items():
        if move.roles and move.name != REOPEN:
            yield _task(simulation, name, "transition", move.sop, move.roles, move=move)
    for name, (sop, measure) in procedure.measures.items():
        yield _task(simulation, name, "measure", sop, measure.who, measure=measure)
    for purpose in procedure.definition.head.consents:
        yield _task(simulation, f"consent.{purpose}", "consent", "", ("case_manager",))


def _task(
    simulation: Simulation,
    name: str,
    kind: Kind,
    sop: str,
    roles: tuple[str, ...],
    move: Move | None = None,
    measure: Measure | None = None,
) -> Task:
    plan = simulation.steps.get(name) or StepPlan()
    role = plan.by or role_of(simulation, roles)
    return Task(
        name=name,
        kind=kind,
        sop=sop,
        role=role,
        takes=(plan.takes or how_long(simulation, role)).sampler(),
        move=move,
        measure=measure,
        plan=plan,
        after=plan.after.sampler() if plan.after else None,
        again=plan.again.sampler() if plan.again else None,
    )


def role_of(simulation: Simulation, roles: tuple[str, ...]) -> str:
    """Who acts: the first role that has staff, else the first of whom it is said how long it takes, else the first."""
    here = [role for role in roles if role in simulation.staff]
    there = [role for role in roles if role in simulation.elsewhere]
    return (here or there or list(roles))[0]


def how_long(simulation: Simulation, role: str) -> Spread:
    """How long a step of this role takes where the step itself says nothing."""
    if role in simulation.staff:
        return simulation.staff[role].takes or simulation.otherwise
    return simulation.elsewhere.get(role, simulation.otherwise)


def _event_task(procedure: Procedure, simulation: Simulation, event: str, after: Spread) -> Task:
    life = procedure.definition.head.life_events[event]
    role = role_of(simulation, life.by)
    takes = how_long(simulation, role).sampler()
    return Task(event, "event", "", role, takes, None, None, StepPlan(), after.sampler(), None)


def _outgoing(procedure: Procedure, simulation: Simulation) -> dict[str, tuple[tuple[str, float], ...]]:
    """Where the assumptions weigh any of the ways out of a state, the others are not taken; otherwise all are alike."""
    ways: dict[str, list[str]] = {}
    for name, move in procedure.moves.items():
        if move.roles and move.name not in (OPEN, REOPEN):
            for state in procedure.arrows[move.sop].sources(move.name):
                ways.setdefault(f"{move.sop}.{state}", []).append(name)
    found: dict[str, tuple[tuple[str, float], ...]] = {}
    for place, names in ways.items():
        said = {name: weight for name in names if (weight := _weight(simulation, name, place)) is not None}
        weighed = said or dict.fromkeys(names, 1.0)
        found[place] = tuple((name, weight) for name, weight in weighed.items() if weight > 0)
    return found


def _weight(simulation: Simulation, name: str, place: str) -> float | None:
    plan = simulation.steps.get(name)
    if plan is None or plan.weight is None:
        return None
    return plan.weight.get(place.split(".")[1]) if isinstance(plan.weight, dict) else plan.weight


def _menu(procedure: Procedure, simulation: Simulation, tasks: dict[str, Task]) -> dict[str, tuple[Task, ...]]:
    menu: dict[str, list[Task]] = {}
    for name, (sop, measure) in procedure.measures.items():
        plan = simulation.steps.get(name)
        if measure.kind == "required" or (plan and plan.share is not None):
            menu.setdefault(sop, []).append(tasks[name])
    return {sop: tuple(wanted) for sop, wanted in menu.items()}


def _answer(clock: Clock) -> tuple[str, bool] | None:
    """What people do about a clock. What comes again and again is done when the clock reminds, not at its start."""
    meets = [name for trigger in clock.met_by if (name := trigger.done or trigger.settled or trigger.result)]
    if not meets:
        return None
    starts = {trigger.done or trigger.settled or trigger.result for trigger in clock.starts}
    return meets[0], clock.kind == "review" or meets[0] in starts


def _read_facts(procedure: Procedure) -> frozenset[str]:
    """The facts on which anything depends: conditions, the lengths of clocks, whether they start."""
    found: set[str] = set()
    for part in (procedure.definition.head, *procedure.definition.sops.values()):
        for _, shape in walk(part):
            if isinstance(shape, Fact):
                found.add(shape.fact)
            elif isinstance(shape, When):
                found |= set(shape.when)
            elif isinstance(shape, Clock):
                found |= {*shape.only_when, *(ref for variant in shape.variants for ref in variant.when)}
            elif isinstance(shape, Length) and shape.set_by:
                found.add(shape.set_by)
    return frozenset(found)


def _drawn(measure: str, fields: dict[str, Field], simulation: Simulation, read: frozenset[str]) -> Iterator[Choice]:
    """The fields that chance fills in: what is assumed about, what anything depends on, and what must be there."""
    for name, field in fields.items():
        ref = f"{measure}.{name}"
        if field.particular or field.kind == "instrument":
            continue
        if ref in simulation.outcomes:
            yield _choice(name, ref, field, simulation.outcomes[ref])
        elif (ref in read and field.kind in ("yes-no", "one-of")) or field.required:
            yield _evenly(name, ref, field)


def _choice(name: str, ref: str, field: Field, weights: dict[str, float]) -> Choice:
    values = tuple(None if text == NOT_KNOWN else value_of(field, text) for text in weights)
    return Choice(name, ref, values, tuple(weights.values()), _ahead(field))


def _ahead(field: Field) -> Literal["date", "moment"] | None:
    return field.type if field.type == "date" or field.type == "moment" else None


def value_of(field: Field, text: str) -> FactValue:
    """The value that a key of the assumptions means; `ValueError` where the field cannot have it."""
    match field.kind:
        case "yes-no":
            if text not in ("yes", "no"):
                raise ValueError("yes or no is wanted")
            return text == "yes"
        case "number":
            try:
                return field.accept(float(text))
            except ValueError:
                raise ValueError("a number is wanted") from None
        case "date" | "moment":
            return seconds(Duration.parse(text))
        case "many-of" | "countries" | "languages":
            return field.accept([text])
        case _:
            return field.accept(text)


_ANY: dict[str, FactValue] = {
    "date": 0.0, "moment": 0.0, "duration": "30 days", "country": "XK", "countries": (), "languages": (),
}  # fmt: skip


def _unanswered(procedure: Procedure, measure: Measure) -> dict[str, FactValue]:
    instrument = next(field.instrument for field in measure.fields.values() if field.instrument)
    found = scored(procedure.definition.instruments[instrument], {})
    return {name: value for name, value in found.items() if name in measure.results}


def _evenly(name: str, ref: str, field: Field) -> Choice:
    """Nothing is assumed: every code is as likely; a date is that of the day; other kinds get one value that fits."""
    values: tuple[FactValue, ...]
    if field.kind == "yes-no":
        values = (True, False)
    elif field.one_of or field.many_of:
        values = tuple(field.one_of or [(code,) for code in field.many_of or {}])
    elif field.kind == "number":
        values = (field.lowest or 0.0,)
    else:
        values = (_ANY[field.kind],)
    return Choice(name, ref, values, tuple(1.0 for _ in values), _ahead(field))
