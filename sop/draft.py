"""A case while a decision is being made: what has happened so far, and what conditions see of it."""

from collections.abc import Callable
from datetime import datetime

from sop.arrows import NOT_OPEN
from sop.calendars import Calendar
from sop.case import Actor, Case, MeasureRecord
from sop.clocks import Clock
from sop.conditions import Reason
from sop.counting import Way
from sop.decision import Decision, RefusalCode, Refused
from sop.effects import Effect
from sop.events import Event
from sop.procedure import Procedure
from sop.shapes import FactValue, made

SETTLED = ("done", "declined", "not_applicable")


class Refusal(Exception):
    """Ends a decision: the command is refused, and the draft is thrown away."""

    def __init__(self, code: RefusalCode, *reasons: Reason) -> None:
        super().__init__(code)
        self.refused = Refused(code=code, reasons=reasons)


def refuse(code: str, text: str, remedy: str, kind: RefusalCode = "refused") -> Refusal:
    """A refusal with one reason."""
    return Refusal(kind, Reason(code=code, text=text, remedy=remedy))


def tried(draft: "Draft", act: Callable[["Draft"], None]) -> bool:
    """Do it where nothing refuses it, and say whether it was done: for what clocks and activities bring about.

    They cannot be refused as a person can: whatever else is due must happen all the same.
    """
    trial = draft.copy()
    try:
        act(trial)
    except Refusal:
        return False
    draft.become(trial)
    return True


class Draft:
    """The parts of a case that a decision may change, copied once; the case itself never changes."""

    __slots__ = (
        "actor", "case", "changes", "clocks", "consents", "effects", "events", "facts", "measures", "now", "procedure",
        "proposal", "proposals", "seq", "sops",
    )  # fmt: skip

    def __init__(self, procedure: Procedure, case: Case, actor: Actor, now: datetime) -> None:
        self.procedure = procedure
        self.case = case
        self.actor = actor
        self.now = now
        self.seq = case.seq + 1
        self.sops = dict(case.sops)
        self.facts = dict(case.facts)
        self.measures = dict(case.measures)
        self.clocks = dict(case.clocks)
        self.consents = dict(case.consents)
        self.proposals = dict(case.proposals)
        self.changes: dict[str, object] = {}
        self.events: list[Event] = []
        self.effects: list[Effect] = []
        self.proposal: str | None = None

    @property
    def closed(self) -> bool:
        """Whether the case is closed, as of this point of the draft."""
        return self.changes.get("closed_at", self.case.closed_at) is not None

    @property
    def held(self) -> bool:
        """Whether a life event holds the internal targets, as of this point of the draft."""
        return bool(self.changes.get("targets_held", self.case.targets_held))

    def copy(self) -> "Draft":
        """A draft to try something on."""
        other = Draft.__new__(Draft)
        other.procedure, other.case, other.actor, other.now = self.procedure, self.case, self.actor, self.now
        other.seq, other.proposal = self.seq, self.proposal
        other.sops, other.facts, other.measures = dict(self.sops), dict(self.facts), dict(self.measures)
        other.clocks, other.consents = dict(self.clocks), dict(self.consents)
        other.proposals, other.changes = dict(self.proposals), dict(self.changes)
        other.events, other.effects = list(self.events), list(self.effects)
        return other

    def clock(self, ref: str, anchor: datetime) -> Clock:
        """The clock by the law in force on the day it counts from."""
        return self.procedure.clock(ref, anchor, self.case.country)

    def calendar(self) -> Calendar:
        """The calendar of the authority that keeps the case."""
        return self.procedure.calendar_of(None, self.case.country, self.fact)

    def way(self, clock: Clock) -> Way:
        """By whose days and by which rule the clock counts in this case."""
        return self.procedure.way(clock, self.case.country, self.fact)

    def become(self, other: "Draft") -> None:
        """Take over what was tried."""
        for name in Draft.__slots__:
            setattr(self, name, getattr(other, name))

    def effect_id(self) -> str:
        """Unique and the same on every replay: the receiver takes it as idempotency key."""
        return f"{self.case.id}:{self.seq}:{len(self.effects)}"

    def decision(self) -> Decision:
        """The case after everything that happened in this draft."""
        case = self.case.model_copy(
            update={
                "seq": self.seq,
                "sops": self.sops,
                "facts": self.facts,
                "measures": self.measures,
                "clocks": self.clocks,
                "consents": self.consents,
                "proposals": self.proposals,
                **self.changes,
            }
        )
        return made(Decision, case=case, events=tuple(self.events), effects=tuple(self.effects), proposal=self.proposal)

    # What conditions see (sop.views.View).

    def fact(self, ref: str) -> FactValue | None:
        derived = self.procedure.derived.get(ref)
        return self.facts.get(ref) if derived is None else derived.verdict(self) is True

    def latest_done(self, measure: str) -> MeasureRecord | None:
        for record in reversed(self.measures.get(measure, ())):
            if record.status == "done":
                return record
        return None

    def done(self, measure: str) -> bool:
        record = self.latest_done(measure)
        return record is not None and (record.valid_until is None or self.now < record.valid_until)

    def lapsed(self, measure: str) -> bool:
        record = self.latest_done(measure)
        return record is not None and record.valid_until is not None and self.now >= record.valid_until

    def settled(self, measure: str) -> bool:
        for record in self.measures.get(measure, ()):  # noqa: SIM110 - a loop, for this is asked many times a second
            if record.status in SETTLED:
                return True
        return False

    def state(self, sop: str) -> str | None:
        standing = self.sops.get(sop)
        return standing.state if standing else None

    def consented(self, purpose: str) -> bool:
        return any(c.purpose == purpose and c.in_force(self.now) for c in self.consents.values())

    def withdrawn(self, purpose: str) -> bool:
        return any(c.purpose == purpose and c.withdrawn_at is not None for c in self.consents.values())

    def clock_running(self, clock: str) -> bool:
        run = self.clocks.get(clock)
        return run is not None and run.running

    def clock_ended(self, clock: str) -> bool:
        run = self.clocks.get(clock)
        return run is not None and not run.running

    def clock_due_text(self, clock: str) -> str:
        run = self.clocks.get(clock)
        return f" until {run.due:%Y-%m-%d %H:%M} UTC" if run and run.due else ""

    def title(self, ref: str) -> str:
        return self.procedure.words.title(ref)

    def state_title(self, sop: str, state: str | None) -> str:
        if state is None or state == NOT_OPEN:
            return "not opened"
        return self.procedure.words.states.get(f"{sop}.{state}", state)

    def who(self, measure: str) -> str:
        return self.procedure.roles_text(self.procedure.measures[measure][1].who)

    def value_title(self, ref: str, value: FactValue) -> str:
        return self.procedure.words.facts[ref].value_title(value)
