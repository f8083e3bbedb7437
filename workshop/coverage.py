"""What of a procedure stories can cover, and what one of them did: states, steps, conditions, clocks, life events.

A part is named by its kind and its place: `state:sop.name`, `transition:sop.name`, `measure:name`, `event:name`,
`clock:sop.name` (it started) and what became of it (`clock-met`, `clock-missed`, `clock-expired`, `clock-paused`,
`clock-extended`, `clock-reminded`, `clock-ended`, `clock-cancelled`), and `holds:step#place` and `fails:step#place` for
each condition of each step. A condition counts only where it was asked: the step was tried, or looked at by `open` or
`blocked`, while its SOP stood where the step belongs. What is not known does not hold.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sop.case import ENGINE, Case
from sop.clocks import Clock
from sop.commands import Advance, Command, RecordMeasure, TellEvent
from sop.conditions import AllOf, AnyOf, Condition, Needs, Not, When
from sop.draft import Draft
from sop.events import Event
from sop.procedure import Procedure
from sop.shapes import Value
from sop.steps import WORKING
from sop.views import View

KINDS = {
    "state": "states",
    "transition": "transitions",
    "measure": "measures",
    "event": "life events",
    "clock": "clocks started",
    "clock-met": "clocks met",
    "clock-missed": "clocks missed",
    "clock-expired": "periods expired",
    "clock-paused": "clocks paused",
    "clock-extended": "clocks extended",
    "clock-reminded": "clocks that reminded",
    "clock-ended": "periods ended early",
    "clock-cancelled": "clocks cancelled",
    "holds": "conditions seen holding",
    "fails": "conditions seen not holding",
}
"""Every kind of part, as the report calls it."""

_CLOCK_EVENTS = {
    "clock_started": "clock",
    "clock_met": "clock-met",
    "clock_missed": "clock-missed",
    "clock_expired": "clock-expired",
    "clock_paused": "clock-paused",
    "clock_extended": "clock-extended",
    "clock_ended": "clock-ended",
    "clock_cancelled": "clock-cancelled",
}


class Coverage(Value):
    """All parts by kind, and for each part that was covered the stories that cover it."""

    parts: dict[str, tuple[str, ...]]
    covered_by: dict[str, tuple[str, ...]]

    def missed(self, kind: str) -> tuple[str, ...]:
        return tuple(part for part in self.parts[kind] if part not in self.covered_by)

    @property
    def all_missed(self) -> tuple[str, ...]:
        return tuple(part for kind in self.parts for part in self.missed(kind))

    @property
    def total(self) -> int:
        return sum(len(parts) for parts in self.parts.values())


def coverage(procedure: Procedure, visited: dict[str, set[str]]) -> Coverage:
    """What the stories cover; `visited` are the parts by story."""
    parts: dict[str, tuple[str, ...]] = dict.fromkeys(KINDS, ())
    for part in sorted(everything(procedure)):
        kind = kind_of(part)
        parts[kind] = (*parts[kind], part)
    covered: dict[str, tuple[str, ...]] = {}
    for story, names in visited.items():
        for part in names:
            covered[part] = (*covered.get(part, ()), story)
    return Coverage(parts=parts, covered_by={part: covered[part] for part in sorted(covered)})


def kind_of(part: str) -> str:
    return part.split(":", 1)[0]


def everything(procedure: Procedure) -> set[str]:
    """All that stories can cover."""
    definition = procedure.definition
    names = {f"transition:{name}" for name in procedure.moves} | {f"measure:{name}" for name in procedure.measures}
    names |= {f"state:{sop.sop}.{state}" for sop in definition.sops.values() for state in sop.states}
    names |= {f"event:{name}" for name in definition.head.life_events}
    names.add(f"transition:{definition.head.starts_with}.open")
    for ref, clock in procedure.clocks.items():
        names |= {f"{kind}:{ref}" for kind in _fates(clock)}
    for step in asking(procedure):
        names |= {f"{kind}:{step.name}#{place}" for place, _ in conditions(step.needs) for kind in ("holds", "fails")}
    return names


def _fates(clock: Clock) -> Iterator[str]:
    """What can become of the clock, as it is defined."""
    yield "clock"
    yield "clock-expired" if clock.kind == "period" else "clock-missed"
    kinds = {
        "clock-met": clock.met_by,
        "clock-paused": clock.pause,
        "clock-extended": clock.extend,
        "clock-reminded": clock.remind,
        "clock-ended": clock.ends_early,
        "clock-cancelled": clock.cancelled_by,
    }
    yield from (kind for kind, defined in kinds.items() if defined)


@dataclass(frozen=True)
class Asking:
    """A step that asks conditions: a transition `sop.name`, a measure, or a life event `event.name`."""

    name: str
    needs: Needs
    sop: str | None
    states: tuple[str, ...] | None
    """Where its SOP must stand for the step to be there at all; None: anywhere."""

    def in_place(self, draft: Draft) -> bool:
        if self.sop is None:
            return True
        state = draft.state(self.sop) or "not_open"
        return state in self.states if self.states is not None else state != "not_open"


def asking(procedure: Procedure) -> Iterator[Asking]:
    """Every step with conditions."""
    for name, move in procedure.moves.items():
        if move.needs:
            yield Asking(name, move.needs, move.sop, procedure.arrows[move.sop].sources(move.name))
    for name, (sop, measure) in procedure.measures.items():
        if measure.needs:
            yield Asking(name, measure.needs, sop, measure.in_ or None)
    for name, life in procedure.definition.head.life_events.items():
        if life.needs:
            yield Asking(f"event.{name}", life.needs, None, None)


def conditions(needs: Needs, place: str = "") -> Iterator[tuple[str, Condition]]:
    """Every condition that can hold or not on its own, with its place: `3`, `3.when`, `3.then.1`, `5.any.2`."""
    for number, condition in enumerate(needs, 1):
        here = f"{place}{number}"
        match condition:
            case AllOf():
                yield from conditions(condition.all_, f"{here}.all.")
            case AnyOf():
                yield here, condition
                yield from conditions(condition.any_, f"{here}.any.")
            case When():
                yield f"{here}.when", condition
                yield from conditions(condition.then, f"{here}.then.")
            case Not(not_=AllOf() | AnyOf()):
                yield here, condition
                yield from conditions((condition.not_,), f"{here}.not.")
            case _:
                yield here, condition


def condition_at(needs: Needs, place: str) -> Condition:
    """The condition that stands at this place."""
    return next(condition for here, condition in conditions(needs) if here == place)


def verdicts(needs: Needs, view: View, place: str = "") -> Iterator[tuple[str, bool]]:
    """Whether each of them holds now; what stands under a `when` that does not apply is not asked."""
    for number, condition in enumerate(needs, 1):
        here = f"{place}{number}"
        match condition:
            case AllOf():
                yield from verdicts(condition.all_, view, f"{here}.all.")
            case AnyOf():
                yield here, condition.verdict(view) is True
                yield from verdicts(condition.any_, view, f"{here}.any.")
            case When():
                applies = condition.applies(view)
                yield f"{here}.when", applies
                if applies:
                    yield from verdicts(condition.then, view, f"{here}.then.")
            case Not(not_=AllOf() | AnyOf()):
                yield here, condition.verdict(view) is True
                yield from verdicts((condition.not_,), view, f"{here}.not.")
            case _:
                yield here, condition.verdict(view) is True


def asked_by(command: Command) -> str | None:
    """The step whose conditions the command asks."""
    match command:
        case Advance():
            return f"{command.sop}.{command.transition}"
        case RecordMeasure() if command.status in WORKING:
            return command.measure
        case TellEvent():
            return f"event.{command.event}"
    return None


def asked(procedure: Procedure, step: str | None, case: Case | None, now: datetime) -> set[str]:
    """The conditions that are seen, holding or not, where somebody tries the step or looks at it."""
    if step is None or case is None:
        return set()
    found = next((one for one in asking(procedure) if one.name == step), None)
    if found is None:
        return set()
    draft = Draft(procedure, case, ENGINE, now)
    if not found.in_place(draft):
        return set()
    return {f"{'holds' if holds else 'fails'}:{step}#{place}" for place, holds in verdicts(found.needs, draft)}


def happened(event: Event) -> set[str]:
    """The parts that an event covers."""
    match event.kind:
        case "state_entered":
            return {f"state:{event.sop}.{event.target}", f"transition:{event.sop}.{event.transition}"}
        case "measure_recorded" | "measure_asked":
            return {f"measure:{event.measure}"}
        case "life_event_happened":
            return {f"event:{event.event}"}
        case "reminder_sent":
            return set() if event.missed else {f"clock-reminded:{event.clock}"}
        case (
            "clock_started" | "clock_met" | "clock_missed" | "clock_expired" | "clock_paused" | "clock_extended"
            | "clock_ended" | "clock_cancelled"
        ):  # fmt: skip
            return {f"{_CLOCK_EVENTS[event.kind]}:{event.clock}"}
    return set()
