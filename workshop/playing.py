"""Playing a scenario on the engine alone, in virtual time: what failed, and what of the procedure it covers."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from sop.case import CLOCK, ENGINE, Actor, Case
from sop.commands import (
    Advance,
    Command,
    Confirm,
    CorrectClock,
    EndClock,
    ExtendClock,
    GiveConsent,
    OfferCase,
    OpenCase,
    PauseClock,
    Reassign,
    RecordFacts,
    RecordMeasure,
    ReportResult,
    ResumeClock,
    TakeCase,
    TellEvent,
    Tick,
    WithdrawConsent,
)
from sop.counting import after
from sop.decision import Decision, Refused
from sop.durations import Duration
from sop.effects import AssessRisk, Tell
from sop.events import Event
from sop.instruments import scored
from sop.machine import Procedure, decide, facts, options
from workshop.coverage import asked, asked_by, happened
from workshop.scenarios import Expect, Scenario, ScenarioStep


def actor_for(role: str) -> Actor:
    """The invented holder of one role."""
    return Actor(id=f"demo-{role}", roles=(role,))


@dataclass
class Player:
    """One scenario being played. `failures` are sentences that name the step."""

    procedure: Procedure
    scenario: Scenario
    now: datetime
    case: Case | None = None
    visited: set[str] = field(default_factory=set)
    """The parts that it covers, see `workshop.coverage`."""
    told: set[str] = field(default_factory=set)
    events: list[Event] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    _consents: dict[str, str] = field(default_factory=dict)

    def submit(self, command: Command, actor: Actor) -> Refused | None:
        """One command through the engine, and what it asks of the world done at once."""
        self.visited |= asked(self.procedure, asked_by(command), self.case, self.now)
        outcome = decide(self.procedure, self.case, command, actor, self.now)
        if isinstance(outcome, Refused):
            return outcome
        self._keep(outcome)
        return None

    def _keep(self, decision: Decision) -> None:
        self.case = decision.case
        self.events += decision.events
        for event in decision.events:
            self.visited |= happened(event)
        for effect in decision.effects:
            if isinstance(effect, Tell):
                self.told.add(effect.to)
            elif isinstance(effect, AssessRisk):
                self.submit(result_of(self.procedure, effect), ENGINE)

    def pass_time(self, length: Duration) -> None:
        """Let time pass; every clock acts at its own moment, in order."""
        assert self.case is not None
        until = after(self.now, length, self.procedure.calendar(self.case.country))
        while (wake := self.case.nearest_wake()) is not None and wake <= until:
            self.now = max(self.now, wake)
            self.submit(Tick(), CLOCK)
        self.now = until

    def step(self, number: int, step: ScenarioStep) -> None:
        """One step of the story."""
        if step.after is not None:
            self.pass_time(step.after)
            return
        if step.expect is not None:
            self.failures += [f"step {number}: {text}" for text in self._differences(step.expect)]
            return
        assert self.case is not None
        command = command_of(self.procedure, self.case, step, f"r{number}", self._consents)
        actor = actor_for(step.as_ or first_role(self.procedure, self.case, step))
        refused = self.submit(command, actor)
        self.failures += [f"step {number} ({step.verb}): {text}" for text in against(step, refused)]

    def _differences(self, expect: Expect) -> list[str]:
        assert self.case is not None
        case = self.case
        found: list[str] = []

        def same(what: str, wanted: object, have: object) -> None:
            if wanted != have:
                found.append(f"{what} is {_written(have)}, expected {_written(wanted)}")

        for sop, state in expect.states.items():
            same(sop, state, case.sops[sop].state if sop in case.sops else "not_open")
        for ref, status in expect.clocks.items():
            same(ref, status, case.clocks[ref].status if ref in case.clocks else "not_started")
        for ref in expect.overdue:
            same(f"{ref} overdue", True, ref in case.clocks and case.clocks[ref].overdue(self.now))
        for ref, due in expect.due.items():
            same(f"{ref} due", due.astimezone(UTC), case.clocks[ref].due if ref in case.clocks else None)
        known = facts(self.procedure, case, self.now)
        for ref, value in expect.facts.items():
            same(ref, value, known.get(ref))
        for name, status in expect.measures.items():
            records = case.measures.get(name, ())
            same(name, status, records[-1].status if records else "not_planned")
        if expect.closed is not None:
            same("closed", expect.closed, case.closed_at is not None)
        if expect.open or expect.blocked:
            found += self._step_differences(expect)
        missing = set(expect.told) - self.told
        if missing:
            found.append(f"nobody told {', '.join(sorted(missing))}")
        if expect.told:
            self.told = set()
        return found

    def _step_differences(self, expect: Expect) -> list[str]:
        assert self.case is not None
        possible = options(self.procedure, self.case, self.now)
        for name in (*expect.open, *expect.blocked):
            self.visited |= asked(self.procedure, name, self.case, self.now)
        open_ = {step_name(step.kind, step.sop, step.name) for step in possible.open}
        found = [f"‘{name}’ is not possible" for name in expect.open if name not in open_]
        return found + [f"‘{name}’ is possible" for name in expect.blocked if name in open_]


def play(procedure: Procedure, scenario: Scenario) -> Player:
    """Play the whole story; the player that comes back knows what failed and where the case stands."""
    given = scenario.given
    player = Player(procedure, scenario, given.at.astimezone(UTC))
    role = given.as_ or procedure.definition.head.opened_by[0]
    opening = OpenCase(
        case_id="SCENARIO000",
        procedure=procedure.hash,
        country=given.country,
        facts=given.facts,
        responsible=actor_for("case_manager").id,
    )
    refused = player.submit(opening, actor_for(role))
    if refused:
        player.failures.append(f"given: {_spoken(refused)}")
        return player
    for number, step in enumerate(scenario.steps, 1):
        player.step(number, step)
        if len(player.failures) > 5:
            break
    return player


def against(step: ScenarioStep, refused: Refused | None) -> list[str]:
    """What is wrong with the answer to a step: refused or not, with which codes and rules."""
    if step.refused is None:
        return [_spoken(refused)] if refused else []
    if refused is None:
        return [f"it was accepted; expected a refusal with {', '.join(step.refused)}"]
    found = []
    codes = {reason.code for reason in refused.reasons}
    if codes != set(step.refused):
        found.append(f"refused with {sorted(codes)}, expected {sorted(step.refused)}: {_spoken(refused)}")
    missing = set(step.rules) - {reason.rule for reason in refused.reasons}
    if missing:
        found.append(f"the refusal does not name {', '.join(sorted(missing))}: {_spoken(refused)}")
    return found


def command_of(procedure: Procedure, case: Case, step: ScenarioStep, record: str, consents: dict[str, str]) -> Command:
    """The command that a step of a story means."""
    reason = step.reason
    match step.verb:
        case "take":
            sop, name = str(step.take).split(".")
            return Advance(sop=sop, transition=name, reason=reason)
        case "record":
            return _record(procedure, step, record)
        case "consent":
            consents[str(step.consent)] = record
            return GiveConsent(consent_id=record, purpose=str(step.consent))
        case "withdraw":
            return WithdrawConsent(consent_id=consents.get(str(step.withdraw), "none"))
        case "event":
            return TellEvent(event=str(step.event), reason=reason)
        case "facts":
            return RecordFacts(facts=step.facts or {})
        case "extend":
            return ExtendClock(clock=str(step.extend), reason=reason or "other")
        case "pause":
            return PauseClock(clock=str(step.pause), reason=reason or "other")
        case "resume":
            return ResumeClock(clock=str(step.resume), reason=reason or "other")
        case "end":
            return EndClock(clock=str(step.end), reason=reason or "other")
        case "correct":
            assert step.anchor is not None
            return CorrectClock(clock=str(step.correct), anchor=step.anchor, reason=reason or "other")
        case "confirm":
            return Confirm(proposal=next(reversed(case.proposals), "none"))
        case "offer":
            return OfferCase(to=actor_for(str(step.offer)).id)
        case "reassign":
            return Reassign(to=actor_for(str(step.reassign)).id, reason=reason or "other")
        case _:
            return TakeCase()


def _record(procedure: Procedure, step: ScenarioStep, record: str) -> RecordMeasure:
    """Facts go into the command, particulars into a vault that a scenario does not have."""
    name = str(step.record)
    sop, measure = procedure.measures[name]
    secret = {n for n in step.fields if n in measure.fields and measure.fields[n].particular}
    return RecordMeasure.model_validate(
        {
            "sop": sop,
            "measure": name,
            "status": step.status or "done",
            "fields": {n: value for n, value in step.fields.items() if n not in secret},
            "particulars": sorted(secret),
            "record": record if secret else None,
        }
    )


def first_role(procedure: Procedure, case: Case, step: ScenarioStep) -> str:
    """Who acts where the story names nobody: the first role that may."""
    clock = procedure.clocks.get(str(step.extend or step.pause or step.resume or step.end or ""))
    match step.verb:
        case "take":
            return procedure.moves[str(step.take)].roles[0]
        case "record":
            return procedure.measures[str(step.record)][1].who[0]
        case "event":
            return procedure.definition.head.life_events[str(step.event)].by[0]
        case "extend" if clock and clock.extend:
            return clock.extend.by[0]
        case "pause" | "resume" if clock and clock.pause:
            return clock.pause.by[0]
        case "end" if clock and clock.ends_early:
            return clock.ends_early.by[0]
        case "correct" | "reassign":
            return "supervisor"
        case "confirm" if case.proposals:
            return next(reversed(case.proposals.values())).confirmed_by[0]
    return "case_manager"


def result_of(procedure: Procedure, effect: AssessRisk) -> ReportResult:
    """The answer of the activity, worked out at once."""
    instrument = procedure.definition.instruments[effect.instrument]
    declared = procedure.measures[effect.measure][1].results
    facts = {name: value for name, value in scored(instrument, effect.answers).items() if name in declared}
    return ReportResult(effect=effect.id, measure=effect.measure, number=effect.number, facts=facts)


def step_name(kind: str, sop: str, name: str) -> str:
    """How stories name a step: `sop.transition`, or the measure alone."""
    return f"{sop}.{name}" if kind == "transition" else name


def _spoken(refused: Refused) -> str:
    return f"{refused.code}: " + " ".join(
        f"[{r.code}{' ' + r.rule if r.rule else ''}] {r.text}" for r in refused.reasons
    )


def _written(value: object) -> str:
    """A value as a story writes it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, datetime) else f"‘{value}’"
