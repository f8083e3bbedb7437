"""What can be done about a clock or a SOP: calls of this door by name, with the roles that may make them."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from api.views import Shown
from sop.clocks import Clock, Trigger
from sop.machine import ANYONE_AT_WORK
from sop.model import LifeEvent
from sop.procedure import Move, Procedure

SUPERVISOR = ("supervisor",)
WHO_OFFERS = ("case_manager", "supervisor")


class ActionView(Shown):
    """A call of this door (`operationId` in openapi.json) and what it is about. `yours`: one of your roles may."""

    call: str
    name: str | None
    title: str
    roles: tuple[str, ...]
    yours: bool


class Actions:
    """The actions of one procedure, as the caller with these roles sees them."""

    def __init__(self, procedure: Procedure, roles: Iterable[str]) -> None:
        self._procedure = procedure
        self._mine = frozenset(roles)
        self._at_work = tuple(dict.fromkeys((*ANYONE_AT_WORK, *procedure.definition.head.opened_by)))

    def about_clock(self, ref: str, clock: Clock, due: datetime | None, now: datetime) -> tuple[ActionView, ...]:
        """What meets the clock; what the definition lets people do to it; a colleague, or the repair by two persons.

        What is over is not extended and not paused: only its anchor may be set right.
        """
        found = list(self._meeting(ref.split(".")[0], clock))
        ahead = due is not None and due > now
        if ahead and clock.extend:
            found.append(self.action("mind_clock", "extend", f"Extend: {clock.title}", clock.extend.by))
        if clock.pause and due is None:
            found.append(self.action("resume_clock", ref, f"Resume: {clock.title}", clock.pause.by))
        elif clock.pause and ahead:
            found.append(self.action("mind_clock", "pause", f"Pause: {clock.title}", clock.pause.by))
        correcting = tuple(dict.fromkeys((*SUPERVISOR, *(clock.extend.by if clock.extend else ()))))
        found.append(self.action("correct_clock", ref, "Correct the day it counts from", correcting))
        if due is not None:
            found.append(self.action("nudge", ref, "Remind those who owe it", self._at_work))
        found.append(self.action("escalate", ref, "Tell the next role of its ladder", self._at_work))
        return (*found, *self.handing())

    def about_moves(self, moves: Iterable[Move]) -> tuple[ActionView, ...]:
        return tuple(
            self.action("take_transition", f"{move.sop}.{move.name}", move.title, move.roles)
            for move in moves
            if move.roles
        )

    def mending(self) -> tuple[ActionView, ...]:
        """For a case that no step takes further: set it by hand, move it to a better version, or close it."""
        repair = self.action("repair_case", None, "Set by hand, confirmed by a second person", SUPERVISOR)
        move = self.action("make_plan", None, "Move the case to a corrected version", ("coordinator",))
        return (repair, move, *self.closing(), *self.speaking())

    def closing(self) -> tuple[ActionView, ...]:
        events = self._procedure.definition.head.life_events
        return tuple(self._event(name, event) for name, event in events.items() if event.closes)

    def speaking(self) -> tuple[ActionView, ...]:
        """Telling the supervisor of the case, and leaving a remark on it."""
        return (
            self.action("escalate", None, "Tell the supervisor", self._at_work),
            self.action("comment", None, "Leave a remark", self._at_work),
        )

    def handing(self) -> tuple[ActionView, ...]:
        """Giving the case to somebody else, and leaving a remark on it."""
        return (
            self.action("offer_case", None, "Offer the case to a colleague", WHO_OFFERS),
            self.action("reassign_case", None, "Give the case to another at once", SUPERVISOR),
            self.action("comment", None, "Leave a remark", self._at_work),
        )

    def action(self, call: str, name: str | None, title: str, roles: tuple[str, ...]) -> ActionView:
        return ActionView(call=call, name=name, title=title, roles=roles, yours=not self._mine.isdisjoint(roles))

    def _event(self, name: str, event: LifeEvent) -> ActionView:
        return self.action("tell_event", name, event.title, event.by)

    def _meeting(self, sop: str, clock: Clock) -> Iterator[ActionView]:
        seen = set()
        for trigger in clock.met_by:
            for action in self._by_trigger(sop, trigger):
                if (action.call, action.name) not in seen:
                    seen.add((action.call, action.name))
                    yield action

    def _by_trigger(self, sop: str, trigger: Trigger) -> Iterator[ActionView]:
        procedure = self._procedure
        for name in (trigger.done, trigger.settled, trigger.result):
            if name in procedure.measures:
                owner, measure = procedure.measures[name]
                yield self.action("record_measure", f"{owner}.{name}", measure.title, measure.who)
        if trigger.event in procedure.definition.head.life_events:
            yield self._event(trigger.event, procedure.definition.head.life_events[trigger.event])
        for state in trigger.states:
            owner, _, target = state.rpartition(".")
            transitions = procedure.definition.sops[owner or sop].transitions
            leading = (
                procedure.moves[f"{owner or sop}.{name}"] for name, one in transitions.items() if one.to == target
            )
            yield from self.about_moves(leading)
