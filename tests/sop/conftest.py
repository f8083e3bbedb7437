"""A small procedure, hand-written, in which every rule of the engine can be seen; and a story to tell on it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from sop.case import CLOCK, ENGINE, Actor, Case
from sop.commands import (
    Advance,
    Command,
    Confirm,
    CorrectClock,
    EndClock,
    ExtendClock,
    GiveConsent,
    OpenCase,
    PauseClock,
    RecordMeasure,
    ReportResult,
    ResumeClock,
    TellEvent,
    Tick,
)
from sop.counting import after
from sop.decision import Decision, Refused
from sop.durations import Duration
from sop.effects import AssessRisk, Effect, Tell
from sop.events import Event
from sop.instruments import scored
from sop.loader import load
from sop.machine import decide
from sop.procedure import Procedure, compile_procedure

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)

HEAD = """\
procedure: mini
version: "1"
title: A small procedure
sops: [care, work]
starts-with: care
roles:
  case_manager: Case manager
  authority: Authority
  supervisor: Supervisor
  guardian: Guardian
opened-by: [case_manager]
calendars:
  default: {zone: Europe/Vienna}
  RS: {zone: Europe/Belgrade, holidays: [2026-05-01]}
facts:
  age: {type: number, lowest: 0, highest: 120, title: Age}
  missing: {type: yes-no, title: Missing}
  wish: {title: Wish, one-of: {stay: To stay, go: To go}}
  harms: {title: Harms, many-of: {debt: Debt, threat: Threat}}
  origin: {type: country, title: Country of origin}
derived:
  child:
    title: Treated as a child
    when: {fact: case.age, at-most: 17}
consents:
  help: {title: To be helped}
life-events:
  went_missing:
    title: Gone missing
    by: [case_manager]
    sets: {missing: true}
    targets: pause
    tells: [supervisor]
  found: {title: Found, by: [case_manager], sets: {missing: false}, targets: resume}
  closed:
    title: Close the case
    by: [supervisor]
    closes: true
    reasons: {completed: All is done, untraceable: Cannot be found}
    needs: [{not: {running: care.rest}, rule: R1}]
  reopened: {title: Open again, by: [supervisor], reopens: true}
rules:
  R1: {title: Rest is not cut short, source: {law: Law of rest, article: "1", evidence: V}}
"""

CARE = """\
sop: care
title: Care
initial: new
states:
  new: {title: New}
  resting: {title: Resting}
  asleep: {title: Asleep}
  decided: {title: Decided, final: true}
  declined: {title: Declined, final: true}
measures:
  talk:
    title: First talk
    what: A talk
    when: At once
    who: [case_manager]
    how: [Listen]
  check:
    title: Risk check
    what: Danger
    when: At once and again
    who: [case_manager, guardian]
    how: [Ask]
    repeatable: true
    valid-for: 30 days
    declinable: false
    activity: assess_risk
    fields:
      answers: {instrument: danger, required: true}
      remarks: text
    results:
      level: {one-of: [grave, slight]}
  plan:
    title: Plan
    what: A plan
    when: Before resting
    who: [case_manager]
    how: [Write it]
    fields:
      length: {type: duration, title: Length}
      nap: {type: duration, title: Nap}
      limit: {type: duration, title: Limit}
      begun: {type: date, title: Begun on}
      goal: {type: text, title: Goal}
    repeatable: true
  visit:
    title: Visit
    what: A visit
    when: Regularly
    who: [case_manager, guardian]
    how: [Go there]
    repeatable: true
  verdict:
    title: Verdict
    what: A decision
    when: At the end
    who: [authority]
    how: [Decide]
    in: [resting]
    second-person: [supervisor]
    needs: [{done: check, because: Nobody decides blindly}]
    fields:
      good: {type: yes-no, title: In favour, required: true}
      wish: {title: Wish, one-of: [stay, go], sets: case.wish}
transitions:
  rest:
    title: Begin to rest
    from: [new, asleep]
    to: resting
    by: [authority, case_manager]
    needs:
      - {done: check, because: Danger comes first}
      - {consent: help}
    starts: [rest]
  doze: {title: Fall asleep, from: resting, to: asleep, by: []}
  decide:
    title: Decide
    from: resting
    to: decided
    by: [authority]
    second-person: [supervisor]
    needs: [{fact: verdict.good, is: true}]
  decline:
    title: Decline
    from: any
    to: declined
    by: [case_manager]
    reasons: {wish: The person wishes it, other: Something else}
clocks:
  rest:
    title: Time to rest
    period: {at-least: 30 days, set-by: plan.length}
    anchor: plan.begun
    statutory: true
    source: {law: Law of rest, article: "1", evidence: V}
    extend: {by: [authority], length: 30 days, at-most: 2}
    pause: {by: [authority], reasons: {hospital: In hospital}}
    ends-early: {by: [authority], second-person: [supervisor], reasons: {rested: The person has rested}}
    remind: [10 days before, 3 days before]
    at-end: {asks: talk}
  nap:
    title: Nap
    period: {range: {from: 2 days, to: 6 days}, set-by: plan.nap}
    starts: {entering: resting}
    only-when: {case.wish: stay}
    at-end: {takes: doze}
  limit:
    title: Limit
    deadline: {at-most: 20 days, set-by: plan.limit}
    starts: {done: plan}
    met-by: {done: visit}
    when-missed: [{tell: supervisor}]
  talk_due:
    title: First talk
    deadline: 24 hours
    variants:
      - when: {case.child: true}
        length: 4 hours
    starts: {case: opened}
    met-by: {settled: talk}
    cancelled-by: {entering: declined}
    remind: ["50%"]
    when-missed: [{tell: supervisor}, {after: 2 days, tell: authority}]
  visits:
    title: Visits
    review: {at: [1 month, 2 months], then-every: 1 month, until: 12 months}
    starts: {entering: resting}
    met-by: {done: visit}
    when-missed: [{tell: supervisor}]
"""

WORK = """\
sop: work
title: Work
initial: looking
opens: {by: [case_manager], needs: [{state: {care: [resting, decided]}}]}
reopens: {by: [case_manager]}
states:
  looking: {title: Looking for work}
  hired: {title: Hired, final: true}
measures:
  contract:
    title: Contract
    what: A contract
    when: When hired
    who: [case_manager]
    how: [Read it]
transitions:
  hire: {title: Hire, from: looking, to: hired, by: [case_manager], needs: [{settled: contract}]}
clocks:
  claim:
    title: Claim for wages
    deadline: {per-case: true, set-by: plan.limit}
    statutory: true
    counting: plain
    source: {law: Law of wages, article: "2", evidence: K}
    starts: {done: contract}
    met-by: {entering: hired}
    when-missed: [{tell: supervisor}]
"""

DANGER = """\
instrument: danger
version: "1"
title: Danger
source: Our own
levels: [{level: grave, critical: 1}, {level: slight}]
items:
  near: {ask: Is the danger near?, weight: critical}
  debt: {ask: Is there a debt?, weight: minor}
"""

FILES = {"procedure.yaml": HEAD, "care.yaml": CARE, "work.yaml": WORK, "instruments/danger.yaml": DANGER}
SAFE = {"near": "no", "debt": "no"}

CM = Actor(id="anna", roles=("case_manager",))
AUTHORITY = Actor(id="otto", roles=("authority",))
SUPERVISOR = Actor(id="sofia", roles=("supervisor",))
GUARDIAN = Actor(id="greta", roles=("guardian",))


def spelled(*changes: tuple[str, str]) -> dict[str, bytes]:
    """The files with parts of their text replaced; each part must be there."""
    files = dict(FILES)
    for old, new in changes:
        found = [name for name, text in files.items() if old in text]
        assert found, f"nowhere: {old}"
        for name in found:
            files[name] = files[name].replace(old, new)
    return {name: text.encode() for name, text in files.items()}


@dataclass
class Story:
    """One case on the small procedure, told step by step in virtual time."""

    procedure: Procedure
    now: datetime = MONDAY
    case: Case = None  # type: ignore[assignment]
    events: list[Event] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    seen: list[tuple[datetime, Event]] = field(default_factory=list)
    scores: bool = True

    def begin(self, country: str = "AT", **facts: Any) -> "Story":
        command = OpenCase(
            case_id="C1", procedure=self.procedure.hash, country=country, facts=facts, responsible="anna"
        )
        self.do(command)
        return self

    def ask(self, command: Command, actor: Actor = CM) -> Decision | Refused:
        """What the command would come to; nothing is kept."""
        return decide(self.procedure, self.case, command, actor, self.now)

    def do(self, command: Command, actor: Actor = CM) -> list[Event]:
        """Carry the command out; it must be accepted. The events of this command alone."""
        outcome = self.ask(command, actor)
        assert isinstance(outcome, Decision), outcome
        self.case = outcome.case
        self.events += outcome.events
        self.effects += outcome.effects
        self.seen += [(self.now, event) for event in outcome.events]
        for effect in outcome.effects:
            if isinstance(effect, AssessRisk) and self.scores:
                facts = scored(self.procedure.definition.instruments[effect.instrument], effect.answers)
                known = {"level": facts["level"]}
                self.do(
                    ReportResult(effect=effect.id, measure=effect.measure, number=effect.number, facts=known), ENGINE
                )
        return list(outcome.events)

    def refused(self, command: Command, actor: Actor = CM) -> Refused:
        """The command must be refused, and the case must be as it was."""
        before, bytes_before = self.case, self.case.model_dump_json()
        outcome = self.ask(command, actor)
        assert isinstance(outcome, Refused), outcome
        assert self.case is before
        assert self.case.model_dump_json() == bytes_before
        return outcome

    def codes(self, command: Command, actor: Actor = CM) -> set[str]:
        return {reason.code for reason in self.refused(command, actor).reasons}

    def take(self, name: str, actor: Actor = CM, reason: str | None = None) -> list[Event]:
        sop, transition = name.split(".")
        return self.do(Advance(sop=sop, transition=transition, reason=reason), actor)

    def record(self, measure: str, status: Any = "done", actor: Actor = CM, **fields: Any) -> list[Event]:
        sop = self.procedure.measures[measure][0]
        return self.do(RecordMeasure(sop=sop, measure=measure, status=status, fields=fields), actor)

    def consent(self, purpose: str = "help", number: int = 1, until: datetime | None = None) -> list[Event]:
        return self.do(GiveConsent(consent_id=f"k{number}", purpose=purpose, until=until))

    def rests(self, **plan: Any) -> "Story":
        """Until the person rests and the protecting period runs."""
        if plan:
            self.record("plan", **plan)
        self.record("check", answers=SAFE)
        self.consent()
        self.take("care.rest", AUTHORITY)
        return self

    def goes_on(self, *, days: float = 0, hours: float = 0, until: datetime | None = None) -> list[Event]:
        """Time passes, and every clock acts at its own moment, as in the workflow."""
        from datetime import timedelta

        end = until or self.now + timedelta(days=days, hours=hours)
        happened: list[Event] = []
        while (wake := self.case.nearest_wake()) is not None and wake <= end:
            self.now = max(self.now, wake)
            happened += self.do(Tick(), CLOCK)
        self.now = end
        return happened

    def sleeps(self, *, days: float) -> list[Event]:
        """An outage: time passes, and one single tick comes at its end."""
        from datetime import timedelta

        self.now += timedelta(days=days)
        return self.do(Tick(), CLOCK)

    def after(self, length: str) -> datetime:
        return after(self.now, Duration.parse(length), self.procedure.calendar(self.case.country))

    def clock(self, name: str) -> Any:
        return self.case.clocks[f"care.{name}" if "." not in name else name]

    def kinds(self, events: Iterable[Event]) -> list[str]:
        return [event.kind for event in events]

    def told(self) -> list[str]:
        """The roles told so far; and forget them."""
        roles = [effect.to for effect in self.effects if isinstance(effect, Tell)]
        self.effects = []
        return roles

    # The commands about clocks, shortly.

    def extend(self, clock: str = "care.rest") -> ExtendClock:
        return ExtendClock(clock=clock, reason="needed")

    def pause(self, reason: str = "hospital", clock: str = "care.rest") -> PauseClock:
        return PauseClock(clock=clock, reason=reason)

    def resume(self, clock: str = "care.rest") -> ResumeClock:
        return ResumeClock(clock=clock, reason="well")

    def end(self, reason: str = "rested", clock: str = "care.rest") -> EndClock:
        return EndClock(clock=clock, reason=reason)

    def correct(self, anchor: datetime, clock: str = "care.rest") -> CorrectClock:
        return CorrectClock(clock=clock, anchor=anchor, reason="wrong_date")

    def confirm(self) -> Confirm:
        return Confirm(proposal=next(reversed(self.case.proposals)))

    def life(self, event: str, reason: str | None = None) -> TellEvent:
        return TellEvent(event=event, reason=reason)


@pytest.fixture(scope="session")
def mini_files() -> Callable[..., dict[str, bytes]]:
    """The files of the small procedure; arguments are pairs of old and new text."""
    return spelled


@pytest.fixture(scope="session")
def mini() -> Procedure:
    return compile_procedure(load(spelled()))


@pytest.fixture
def story(mini: Procedure) -> Story:
    """A case that has just been opened in Austria, on Monday 2 March 2026 at 10:00 in Vienna."""
    return Story(mini).begin()


@pytest.fixture
def untold(mini: Procedure) -> Callable[..., Story]:
    """A story before its case is opened; on the small procedure, or on another."""
    return lambda procedure=None, **given: Story(procedure or mini, **given)


@pytest.fixture(scope="session")
def people() -> dict[str, Actor]:
    return {"cm": CM, "authority": AUTHORITY, "supervisor": SUPERVISOR, "guardian": GUARDIAN}
