"""What a simulation comes to: clocks kept and missed, time in each state, waiting, load per role, milestones."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from math import ceil

from sop.conditions import unmet
from sop.procedure import Procedure
from sop.shapes import Value
from workshop.desks import Desk
from workshop.simulating import Run
from workshop.tally import ClockTally, StepTally
from workshop.wishes import Glance, Life

DAY = 86400.0


class ClockLine(Value):
    """One clock over all cases. `overdue_share` is percent of those that were met or came to their due moment."""

    clock: str
    title: str
    kind: str
    statutory: bool
    started: int
    in_time: int
    late: int
    overdue_now: int
    cancelled: int
    overdue_share: float | None
    median_days_late: float | None


class StateLine(Value):
    """One state: how often it was entered, where it was left after how many days, who is still there."""

    place: str
    title: str
    entered: int
    still_there: int
    median_days: float | None
    p90_days: float | None


class WaitLine(Value):
    """Steps that were asked for in a state, by the role that does them: days in the queue, days until done after it."""

    place: str
    title: str
    role: str
    role_title: str
    steps: int
    staffed: bool
    queue_days: float
    queue_p90: float
    work_days: float


class RoleLine(Value):
    """The people of one role. `used` is percent of their working time; the queue is that of waiting steps."""

    role: str
    title: str
    people: int
    worked_hours: float
    used: float
    mean_queue: float
    longest_queue: int
    waiting_now: int


class Milestone(Value):
    """The first time that a case came to a state, in days after its arrival."""

    place: str
    title: str
    cases: int
    median_days: float
    p90_days: float


class BlockLine(Value):
    """A step that open cases intend and cannot take yet, and why."""

    step: str
    reason: str
    cases: int


class Result(Value):
    """A whole simulation, or as far as it came."""

    simulation: str
    assumptions: str
    procedure: str
    version: str
    hash: str
    country: str
    seed: int
    begins: datetime
    ends: datetime
    finished: bool
    arrived: int
    ended: int
    still_open: int
    case_days: float
    decisions: int
    overdue_statutory: int
    overdue_targets: int
    clocks: tuple[ClockLine, ...]
    states: tuple[StateLine, ...]
    waits: tuple[WaitLine, ...]
    roles: tuple[RoleLine, ...]
    milestones: tuple[Milestone, ...]
    blocked: tuple[BlockLine, ...]
    life_events: dict[str, int]
    refused: dict[str, int]
    """Steps that the engine refused when they were done, `step: reason`, and how often."""


def result_of(run: Run) -> Result:
    """Draw up what a run has counted so far."""
    procedure, simulation, tally = run.course.procedure, run.course.simulation, run.tally
    for desk in run.desks.values():
        desk.settle(run.now)
    clocks = tuple(_clock_lines(run))
    zone = procedure.calendar(simulation.country).tz
    return Result(
        simulation=simulation.simulation,
        assumptions=simulation.assumptions,
        procedure=procedure.name,
        version=procedure.version,
        hash=procedure.hash,
        country=simulation.country,
        seed=run.seed,
        begins=datetime.fromtimestamp(run.start, zone),
        ends=datetime.fromtimestamp(run.now, zone),
        finished=run.now >= run.end,
        arrived=tally.arrived,
        ended=tally.ended,
        still_open=len(run.lives),
        case_days=round((tally.case_seconds + sum(run.now - life.arrived for life in run.lives.values())) / DAY, 1),
        decisions=tally.decisions,
        overdue_statutory=sum(line.late + line.overdue_now for line in clocks if line.statutory),
        overdue_targets=sum(line.late + line.overdue_now for line in clocks if not line.statutory),
        clocks=clocks,
        states=tuple(_state_lines(run)),
        waits=tuple(_wait_lines(run)),
        roles=tuple(_role_line(procedure, desk, run) for desk in run.desks.values()),
        milestones=tuple(
            Milestone(
                place=place,
                title=_title(procedure, place),
                cases=len(times),
                median_days=_days(times, 0.5),
                p90_days=_days(times, 0.9),
            )
            for place in _places(procedure)
            if (times := tally.milestones.get(place))
        ),
        blocked=tuple(_blocked(run)),
        life_events=dict(sorted(tally.events.items())),
        refused={f"{step}: {code}": count for (step, code), count in sorted(tally.refusals.items())},
    )


def quantile(values: Sequence[float], share: float) -> float:
    """The value below or at which `share` of them lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def _days(seconds: Sequence[float], share: float) -> float:
    return round(quantile(seconds, share) / DAY, 1)


def _mean_days(total: float, count: int) -> float:
    return round(total / count / DAY, 2) if count else 0.0


def _title(procedure: Procedure, place: str) -> str:
    sop, state = place.split(".")
    known = procedure.words
    return f"{known.title(sop)}: {known.states.get(place, 'not opened yet' if state == 'not_open' else state)}"


def _places(procedure: Procedure) -> Iterable[str]:
    return (f"{sop.sop}.{state}" for sop in procedure.definition.sops.values() for state in sop.states)


def _clock_lines(run: Run) -> Iterable[ClockLine]:
    moment = datetime.fromtimestamp(run.now, UTC)
    overdue: Counter[str] = Counter()
    for life in run.lives.values():
        for ref, clock_run in life.case.clocks.items():
            overdue[ref] += clock_run.overdue(moment)
    for ref, clock in run.course.procedure.clocks.items():
        tally = run.tally.clocks.get(ref)
        if tally is None:
            continue
        late, now = len(tally.late), overdue[ref] if clock.kind != "period" else 0
        yield ClockLine(
            clock=ref,
            title=clock.title,
            kind=clock.kind,
            statutory=clock.statutory,
            started=tally.started,
            in_time=tally.met,
            late=late,
            overdue_now=now,
            cancelled=tally.cancelled,
            overdue_share=_overdue_share(tally, late, now) if clock.kind != "period" else None,
            median_days_late=_days(tally.late, 0.5) if tally.late else None,
        )


def _overdue_share(tally: ClockTally, late: int, now: int) -> float | None:
    judged = tally.met + late + now
    return round(100 * (late + now) / judged, 1) if judged else None


def _state_lines(run: Run) -> Iterable[StateLine]:
    there = Counter(
        f"{sop}.{standing.state}" for life in run.lives.values() for sop, standing in life.case.sops.items()
    )
    procedure = run.course.procedure
    for place in _places(procedure):
        stays = run.tally.stays.get(place, [])
        entered = run.tally.entries[place]
        if entered:
            yield StateLine(
                place=place,
                title=_title(procedure, place),
                entered=entered,
                still_there=there[place] if place not in procedure.final else 0,
                median_days=_days(stays, 0.5) if stays else None,
                p90_days=_days(stays, 0.9) if stays else None,
            )


def _wait_lines(run: Run) -> Iterable[WaitLine]:
    lines = [_wait_line(run, place, role, tally) for (place, role), tally in run.tally.jobs.items() if place]
    return sorted(lines, key=lambda line: (-line.queue_days * line.steps, -line.work_days * line.steps, line.place))


def _wait_line(run: Run, place: str, role: str, tally: StepTally) -> WaitLine:
    return WaitLine(
        place=place,
        title=_title(run.course.procedure, place),
        role=role,
        role_title=run.course.procedure.role_title(role),
        steps=tally.done,
        staffed=role in run.desks,
        queue_days=_mean_days(sum(tally.waited), tally.done),
        queue_p90=round(quantile(tally.waited, 0.9) / DAY, 2) if tally.waited else 0.0,
        work_days=_mean_days(tally.took, tally.done),
    )


def _role_line(procedure: Procedure, desk: Desk, run: Run) -> RoleLine:
    available = desk.people * (desk.time.done_by(run.now) - desk.time.done_by(run.start))
    return RoleLine(
        role=desk.role,
        title=procedure.role_title(desk.role),
        people=desk.people,
        worked_hours=round(desk.worked / 3600, 1),
        used=round(100 * desk.worked / available, 1) if available else 0.0,
        mean_queue=round(desk.queued / (run.now - run.start), 2) if run.now > run.start else 0.0,
        longest_queue=desk.longest,
        waiting_now=len(desk.waiting),
    )


def _blocked(run: Run) -> Iterable[BlockLine]:
    """What the open cases intend and cannot do, though nobody is at work on it."""
    found: Counter[tuple[str, str]] = Counter()
    for life in run.lives.values():
        for step in life.intended.values():
            found.update((step, code) for code in _reasons(run, life, step))
    return [BlockLine(step=step, reason=code, cases=cases) for (step, code), cases in found.most_common(20)]


def _reasons(run: Run, life: Life, step: str) -> set[str]:
    task = run.course.tasks[step]
    if life.pending or life.case.targets_held or task.move is None:
        return set()
    glance = Glance(run.course.procedure, life.case, datetime.fromtimestamp(run.now, UTC))
    return {reason.code for reason in unmet(task.move.needs, glance)}
