"""Reading the settings of a simulation, with everything that is wrong in them and its place."""

from collections.abc import Iterator

from pydantic import ValidationError

from sop.misfits import explain
from sop.problems import Path, Problem, Tree
from sop.procedure import Procedure
from sop.reader import read
from workshop.caseload import Closing, Happening, Simulation, seconds
from workshop.courses import NOT_KNOWN, value_of

FOLDER = "simulations/"
LONGEST_DAYS = 366 * 30
SHORTEST_GAP = 60.0


def simulation_in(name: str, content: bytes, procedure: Procedure) -> Simulation | list[Problem]:
    """The settings in one file, or every problem of it."""
    found = _shaped(name, content)
    if isinstance(found, list):
        return found
    tree, simulation = found
    problems = [
        *_lost(procedure, simulation, tree),
        *_senseless(procedure, simulation, tree),
        *_without_effect(procedure, simulation, tree),
        *_reasons(procedure, simulation, tree),
    ]
    return sorted(problems, key=lambda p: (p.line, p.column, p.code)) or simulation


def misshapen(name: str, content: bytes) -> list[Problem]:
    """What is wrong with a file of settings whatever the procedure is: for where there is none that can be loaded."""
    found = _shaped(name, content)
    return found if isinstance(found, list) else []


def _shaped(name: str, content: bytes) -> tuple[Tree, Simulation] | list[Problem]:
    tree = read(name, content)
    if not isinstance(tree, Tree):
        return tree
    try:
        return tree, Simulation.model_validate(tree.value)
    except ValidationError as error:
        return explain(tree, error, Simulation)


_Name = tuple[Path, str, str, set[str]]


def _lost(procedure: Procedure, simulation: Simulation, tree: Tree) -> Iterator[Problem]:
    """Names that the procedure does not know."""
    for path, kind, name, known in (*_head_names(procedure, simulation), *_step_names(procedure, simulation)):
        if name not in known:
            yield tree.problem(path, f"no-such-{kind}", f"There is no {kind} ‘{name}’.", name=(name, known))


def _head_names(procedure: Procedure, simulation: Simulation) -> Iterator[_Name]:
    head = procedure.definition.head
    roles = set(head.roles)
    if simulation.opened_by:
        yield ("opened-by",), "role", simulation.opened_by, set(head.opened_by)
    for key, names in (("staff", simulation.staff), ("elsewhere", simulation.elsewhere)):
        for name in names:
            yield (key, name), "role", name, roles
    for name in simulation.profile:
        yield ("profile", name), "fact", name, set(head.facts)
    for name in simulation.consents:
        yield ("consents", name), "consent", name, set(head.consents)
    for ref in simulation.outcomes:
        yield ("outcomes", ref), "fact", ref, {ref for ref in procedure.words.facts if not ref.startswith("case.")}
    events = set(head.life_events)
    for index, happening in enumerate(simulation.life_events):
        yield ("life-events", index, "event"), "life-event", happening.event, events
        if happening.follows:
            before = {other.event for other in simulation.life_events}
            yield ("life-events", index, "follows"), "life-event", happening.follows, before
        for ref in happening.when:
            yield ("life-events", index, "when", ref), "fact", ref, set(procedure.words.facts)
    if simulation.closing:
        closing = {name for name, event in head.life_events.items() if event.closes}
        yield ("closing", "event"), "life-event", simulation.closing.event, closing


def _step_names(procedure: Procedure, simulation: Simulation) -> Iterator[_Name]:
    consents = {f"consent.{purpose}" for purpose in procedure.definition.head.consents}
    steps = {name for name, move in procedure.moves.items() if move.roles} | set(procedure.measures) | consents
    for name, plan in simulation.steps.items():
        yield ("steps", name), "step", name, steps
        if plan.by:
            yield ("steps", name, "by"), "role", plan.by, _who(procedure, name)
        if isinstance(plan.weight, dict) and name in procedure.moves:
            move = procedure.moves[name]
            sources = set(procedure.arrows[move.sop].sources(move.name))
            for state in plan.weight:
                yield ("steps", name, "weight", state), "state", state, sources
        for ref in plan.when:
            yield ("steps", name, "when", ref), "fact", ref, set(procedure.words.facts)


def _who(procedure: Procedure, step: str) -> set[str]:
    """The roles that may do the step; any role where the step itself is unknown."""
    if step in procedure.moves:
        return set(procedure.moves[step].roles)
    if step in procedure.measures:
        return set(procedure.measures[step][1].who)
    return set(procedure.definition.head.roles)


def _senseless(procedure: Procedure, simulation: Simulation, tree: Tree) -> Iterator[Problem]:
    """Numbers and values with which nothing can be simulated."""
    if simulation.from_.tzinfo is None:
        yield tree.problem(("from",), "bad-value", "A moment needs its offset from UTC, for example Z.")
    if not 0 < seconds(simulation.lasts) <= LONGEST_DAYS * 86400:
        yield tree.problem(("lasts",), "bad-value", "A simulation lasts from one hour to thirty years.")
    gap = simulation.arrivals_every
    if gap.triangular is None and seconds(gap.fixed or gap.exponential or gap.lognormal.median) < SHORTEST_GAP:  # type: ignore[union-attr]
        yield tree.problem(("arrivals-every",), "bad-value", "Cases cannot arrive more often than once a minute.")
    for role in set(simulation.staff) & set(simulation.elsewhere):
        yield tree.problem(("elsewhere", role), "bad-value", f"‘{role}’ has staff here, so it is not elsewhere too.")
    fields = {f"case.{name}": field for name, field in procedure.definition.head.facts.items()} | procedure.words.facts
    weighted = {("profile", name): (f"case.{name}", values) for name, values in simulation.profile.items()}
    weighted |= {("outcomes", ref): (ref, values) for ref, values in simulation.outcomes.items()}
    for path, (ref, values) in weighted.items():
        if ref not in fields:
            continue
        if not sum(values.values()):
            yield tree.problem(path, "bad-value", "One of the weights is more than nothing.")
        for text in values:
            try:
                if text != NOT_KNOWN:
                    value_of(fields[ref], text)
            except ValueError as problem:
                codes = {*(fields[ref].one_of or fields[ref].many_of or {}), NOT_KNOWN}
                yield tree.problem((*path, text), "bad-value", f"‘{text}’ does not fit: {problem}.", name=(text, codes))


_OF_MEASURES, _OF_TRANSITIONS = ("again", "declined"), ("early", "weight")


def _without_effect(procedure: Procedure, simulation: Simulation, tree: Tree) -> Iterator[Problem]:
    """What is assumed about a step and changes nothing there: whoever wrote it believes that it does."""
    for name, plan in simulation.steps.items():
        written = plan.model_fields_set
        for keys, kind, known in (
            (_OF_MEASURES, "measures", procedure.measures.keys()),
            (_OF_TRANSITIONS, "transitions", procedure.moves.keys()),
        ):
            for key in keys:
                if key in written and name not in known:
                    message = f"‘{key}’ says something about {kind} only."
                    yield tree.problem(("steps", name, key), "bad-value", message, "Take it out.")
        measure = procedure.measures.get(name)
        if plan.declined and measure and not measure[1].declinable:
            message = f"‘{measure[1].title}’ cannot be declined."
            yield tree.problem(("steps", name, "declined"), "bad-value", message, "Take it out.")


def _reasons(procedure: Procedure, simulation: Simulation, tree: Tree) -> Iterator[Problem]:
    """The engine refuses a life event without one of its reasons."""
    told: list[tuple[Path, Happening | Closing]] = [
        (("life-events", index), happening) for index, happening in enumerate(simulation.life_events)
    ]
    told += [(("closing",), simulation.closing)] if simulation.closing else []
    for path, thing in told:
        event = procedure.definition.head.life_events.get(thing.event)
        if event is None:
            continue
        reasons = set(event.reasons)
        if thing.reason is None and reasons:
            help_ = f"Add `reason:`, one of {', '.join(sorted(reasons))}."
            yield tree.problem(path, "missing-key", "‘reason’ is missing here.", help_)
        elif thing.reason is not None and thing.reason not in reasons:
            message = f"‘{thing.reason}’ is no reason of ‘{event.title}’."
            yield tree.problem((*path, "reason"), "bad-value", message, name=(thing.reason, reasons))
