"""Random walks over the shipped procedure against a reference in plain Python, made from the YAML alone."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cli.folders import SHIPPED, files_of
from sop.case import CLOCK, ENGINE, Actor, Case
from sop.commands import (
    Advance,
    Comment,
    Confirm,
    CorrectClock,
    CoverCase,
    Drop,
    EndClock,
    Escalate,
    ExtendClock,
    GiveConsent,
    Nudge,
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
from sop.decision import Decision, Refused
from sop.effects import AssessRisk
from sop.instruments import scored
from sop.loader import load
from sop.machine import decide, options, possible
from sop.problems import Tree
from sop.procedure import Procedure, compile_procedure
from sop.reader import read

FILES = {name: content for name, content in files_of(SHIPPED / "trm").items() if "scenarios/" not in name}
START = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
LIFE = {
    None: {"planned", "in_progress", "done", "declined", "not_applicable", "cancelled"},
    "planned": {"planned", "in_progress", "done", "declined", "not_applicable", "cancelled"},
    "in_progress": {"in_progress", "done", "declined", "not_applicable", "cancelled"},
    "declined": {"declined", "planned", "in_progress", "done"},
    "not_applicable": {"not_applicable", "planned", "in_progress", "done"},
}


def raw(name: str) -> dict[str, Any]:
    tree = read(name, FILES[name])
    assert isinstance(tree, Tree)
    return tree.value


def graph() -> tuple[set[tuple[str, str, str | None, str]], set[tuple[str, str]]]:
    """Every arrow (SOP, step, from, to) that the YAML draws, and every final state."""
    arrows: set[tuple[str, str, str | None, str]] = set()
    ends: set[tuple[str, str]] = set()
    for listed in raw("procedure.yaml")["sops"]:
        sop = raw(f"{listed}.yaml")
        final = {state for state, about in sop["states"].items() if about.get("final")}
        ends |= {(sop["sop"], state) for state in final}
        arrows.add((sop["sop"], "open", None, sop["initial"]))
        if "reopens" in sop:
            arrows |= {(sop["sop"], "reopen", state, sop["initial"]) for state in final}
        for step, move in sop["transitions"].items():
            sources = [move["from"]] if isinstance(move["from"], str) else move["from"]
            for source in set(sop["states"]) - final if "any" in sources else sources:
                arrows.add((sop["sop"], step, source, move["to"]))
    return arrows, ends


ARROWS, ENDS = graph()
STATUTORY = {
    f"{sop}.{clock}" for sop in raw("procedure.yaml")["sops"]
    for clock, about in raw(f"{sop}.yaml")["clocks"].items() if about.get("statutory")
}  # fmt: skip


class Reference:
    """What must be true of any history, kept beside the engine and knowing nothing of it."""

    def __init__(self) -> None:
        self.states: dict[str, str] = {}
        self.seq = 0
        self.measures: dict[tuple[str, int], str] = {}
        self.running: dict[str, datetime] = {}
        self.paused: set[str] = set()
        self.over: set[tuple[str, str, datetime]] = set()
        self.consents: dict[str, tuple[str, bool]] = {}
        self.closed = False

    def check(self, case: Case, now: datetime, events: tuple[Any, ...]) -> None:
        assert case.seq == self.seq + 1
        self.seq = case.seq
        for event in events:
            getattr(self, event.kind, lambda *_: None)(event, now)
        assert {name: standing.state for name, standing in case.sops.items()} == self.states
        for name, standing in case.sops.items():
            assert standing.open == ((name, standing.state) not in ENDS)
        assert {ref for ref, run in case.clocks.items() if run.status == "running"} == set(self.running) - self.paused
        assert {ref for ref, run in case.clocks.items() if run.status == "paused"} == self.paused
        assert (case.closed_at is not None) == self.closed

    def case_opened(self, event: Any, now: datetime) -> None:
        assert self.seq == 1

    def state_entered(self, event: Any, now: datetime) -> None:
        assert (event.sop, event.transition, event.source, event.target) in ARROWS
        assert self.states.get(event.sop) == event.source
        self.states[event.sop] = event.target
        if (event.sop, event.target) == ("return", "travelling"):
            # Nobody leaves during identification or reflection, nor without consent: read from the law, not the engine.
            assert self.states["identification"] in ("identified", "declined", "not_confirmed")
            assert "identification.reflection" not in self.running
            assert {"return", "share_abroad"} <= {purpose for purpose, valid in self.consents.values() if valid}

    def measure_recorded(self, event: Any, now: datetime) -> None:
        before = self.measures.get((event.measure, event.number))
        assert event.status in LIFE[before], (event.measure, before, event.status)
        self.measures[event.measure, event.number] = event.status

    def measure_asked(self, event: Any, now: datetime) -> None:
        assert (event.measure, event.number) not in self.measures
        self.measures[event.measure, event.number] = "planned"

    def consent_recorded(self, event: Any, now: datetime) -> None:
        self.consents[event.consent_id] = (event.purpose, True)

    def consent_withdrawn(self, event: Any, now: datetime) -> None:
        self.consents[event.consent_id] = (event.purpose, False)

    def clock_started(self, event: Any, now: datetime) -> None:
        self.running[event.clock] = event.due

    def clock_paused(self, event: Any, now: datetime) -> None:
        assert event.clock in self.running
        assert event.clock not in self.paused
        assert event.clock not in STATUTORY or event.reason not in ("went_missing", "died")
        self.paused.add(event.clock)

    def clock_resumed(self, event: Any, now: datetime) -> None:
        self.paused.remove(event.clock)
        assert event.due >= self.running[event.clock]
        self.running[event.clock] = event.due

    def clock_extended(self, event: Any, now: datetime) -> None:
        assert event.was_due == self.running[event.clock] > now
        assert event.due > event.was_due
        self.running[event.clock] = event.due

    def clock_corrected(self, event: Any, now: datetime) -> None:
        if event.due is not None:
            self.running[event.clock] = event.due
        self.over = {one for one in self.over if one[1] != event.clock}

    def clock_missed(self, event: Any, now: datetime) -> None:
        self._fires("missed", event, now)

    def clock_expired(self, event: Any, now: datetime) -> None:
        self._fires("expired", event, now)
        del self.running[event.clock]

    def _fires(self, kind: str, event: Any, now: datetime) -> None:
        assert event.clock in self.running
        assert event.clock not in self.paused
        assert event.due == self.running[event.clock] <= now, f"{event.clock} fired early"
        assert (kind, event.clock, event.due) not in self.over, f"{event.clock} fired twice"
        self.over.add((kind, event.clock, event.due))

    def reminder_sent(self, event: Any, now: datetime) -> None:
        assert event.clock in self.running
        assert event.clock not in self.paused
        if event.missed:
            assert event.due <= now

    def _ends(self, event: Any, now: datetime) -> None:
        del self.running[event.clock]
        self.paused.discard(event.clock)
        self.over = {one for one in self.over if one[1] != event.clock}

    clock_met = clock_ended = clock_cancelled = _ends

    def case_closed(self, event: Any, now: datetime) -> None:
        assert not self.closed
        self.closed = True

    def case_reopened(self, event: Any, now: datetime) -> None:
        assert self.closed
        self.closed = False


class Walk:
    """One random life of a case. Everybody holds every role, so that conditions decide and not roles."""

    def __init__(self, procedure: Procedure, seed: int) -> None:
        self.procedure = procedure
        self.chance = random.Random(seed)
        self.now = START + timedelta(minutes=self.chance.randrange(60 * 24 * 7))
        self.reference = Reference()
        roles = tuple(procedure.definition.head.roles)
        self.people = [Actor(id=name, roles=roles) for name in ("anna", "berta")]
        self.case: Case | None = None
        self.accepted = self.refused = self.number = 0

    def submit(self, command: Any, actor: Actor) -> None:
        before = self.case
        outcome = decide(self.procedure, self.case, command, actor, self.now)
        assert outcome == decide(self.procedure, self.case, command, actor, self.now)
        if isinstance(outcome, Refused):
            assert outcome.reasons
            assert self.case is before
            self.refused += 1
            return
        assert isinstance(outcome, Decision)
        self.accepted += 1
        self.case = outcome.case
        self.reference.check(outcome.case, self.now, outcome.events)
        text = outcome.case.model_dump_json()
        assert Case.model_validate_json(text) == outcome.case
        if before is not None and outcome.events:
            assert Case.model_validate_json(before.model_dump_json()) == before
        for effect in outcome.effects:
            if isinstance(effect, AssessRisk):
                self.answer(effect)

    def answer(self, effect: AssessRisk) -> None:
        found = scored(self.procedure.definition.instruments[effect.instrument], effect.answers)
        known = self.procedure.measures[effect.measure][1].results
        facts = {name: value for name, value in found.items() if name in known}
        self.submit(ReportResult(effect=effect.id, measure=effect.measure, number=effect.number, facts=facts), ENGINE)

    def live(self, steps: int) -> None:
        facts: dict[str, Any] = {}
        if self.chance.random() < 0.8:
            facts["age_group"] = self.chance.choice(["adult", "adult", "child", "in_doubt"])
        country = self.chance.choice(["AT", "RS", "GB", "MD"])
        opened = OpenCase(case_id="W", procedure=self.procedure.hash, country=country, facts=facts, responsible="anna")
        self.submit(opened, self.people[0])
        for purpose in self.procedure.definition.head.consents:
            if self.chance.random() < 0.7:
                self.consent(purpose)
        for _ in range(steps):
            self.pass_time()
            self.submit(self.next(), self.chance.choice(self.people))

    def pass_time(self) -> None:
        assert self.case is not None
        hours = self.chance.choice([0, 0, 1, 5, 30, 100, 700])
        end = self.now + timedelta(hours=hours, minutes=self.chance.randrange(60))
        outage = self.chance.random() < 0.3
        while not outage and (wake := self.case.nearest_wake()) is not None and wake <= end:
            self.now = max(self.now, wake)
            self.tick()
        self.now = end
        self.tick()

    def tick(self) -> None:
        assert self.case is not None
        due = (wake := self.case.nearest_wake()) is not None and wake <= self.now
        before = self.accepted
        self.submit(Tick(), CLOCK)
        assert (self.accepted > before) == due
        after = self.case.nearest_wake()
        assert after is None or after > self.now

    def consent(self, purpose: str) -> None:
        self.number += 1
        self.submit(GiveConsent(consent_id=f"k{self.number}", purpose=purpose), self.people[0])

    def next(self) -> Any:
        assert self.case is not None
        kind = self.chance.choices(
            ["possible", "any_step", "clock", "life", "confirm", "other"], [60, 10, 10, 3, 12, 5]
        )[0]
        return getattr(self, f"_{kind}")()

    def _possible(self) -> Any:
        assert self.case is not None
        steps = possible(self.procedure, self.case, self.now)
        if not steps:
            return TellEvent(event="reopened")
        kinds = [step for step in steps if step[0] == self.chance.choice(["transition", "measure"])] or steps
        kind, sop, name, _ = self.chance.choice(kinds)
        return self._step(kind, sop, name)

    def _any_step(self) -> Any:
        if self.chance.random() < 0.5:
            move = self.chance.choice(list(self.procedure.moves.values()))
            return self._step("transition", move.sop, move.name)
        name = self.chance.choice(list(self.procedure.measures))
        return self._step("measure", self.procedure.measures[name][0], name)

    def _step(self, kind: str, sop: str, name: str) -> Any:
        if kind == "transition":
            reasons = list(self.procedure.moves[f"{sop}.{name}"].reasons)
            return Advance(sop=sop, transition=name, reason=self.chance.choice(reasons) if reasons else None)
        measure = self.procedure.measures[name][1]
        status = self.chance.choice(
            ["done"] * 8 + ["planned", "in_progress", "declined", "not_applicable", "cancelled"]
        )
        plain = {n: f for n, f in measure.fields.items() if not f.particular}
        fields = {n: self._value(f) for n, f in plain.items() if f.required or self.chance.random() < 0.6}
        secret = tuple(n for n, f in measure.fields.items() if f.particular and f.required)
        return RecordMeasure(sop=sop, measure=name, status=status, fields=fields, particulars=secret, record="v")  # type: ignore[arg-type]

    def whole(self, kind: str, sop: str, name: str) -> Any:
        """The step with everything that it needs, done."""
        if kind == "transition":
            return self._step(kind, sop, name)
        fields = self.procedure.measures[name][1].fields
        plain = {n: self._value(f) for n, f in fields.items() if f.required and not f.particular}
        secret = tuple(n for n, f in fields.items() if f.required and f.particular)
        return RecordMeasure(sop=sop, measure=name, status="done", fields=plain, particulars=secret, record="v")

    def _value(self, field: Any) -> Any:
        pick = self.chance.choice
        day = self.now + timedelta(days=self.chance.randrange(-60, 30))
        match field.kind:
            case "yes-no":
                return self.chance.random() < 0.8
            case "number":
                return pick([field.lowest or 0, 17, 20, field.highest or 90])
            case "date":
                return day.date().isoformat()
            case "moment":
                return day.isoformat()
            case "duration":
                return pick(["30 days", "45 days", "P1M15D", "20 days", "3 months"])
            case "country":
                return pick(["RS", "AT"])
            case "countries":
                return ["RS"]
            case "languages":
                return ["sr"]
            case "one-of":
                return pick(list(field.one_of))
            case "many-of":
                return [pick(list(field.many_of))]
            case _:
                items = self.procedure.definition.instruments[field.instrument].items
                return {code: pick(["no", "no", "no", "no", "yes", "unknown"]) for code in items}

    def _clock(self) -> Any:
        assert self.case is not None
        if not self.case.clocks:
            return Tick()
        statutory = [ref for ref in self.case.clocks if ref in STATUTORY]
        ref = self.chance.choice(statutory or list(self.case.clocks))
        clock = self.procedure.clocks[ref]
        reasons = list(clock.pause.reasons) if clock.pause else ["other"]
        early = list(clock.ends_early.reasons) if clock.ends_early else ["other"]
        anchor = self.now - timedelta(days=self.chance.randrange(-1, 40))
        return self.chance.choice(
            [
                ExtendClock(clock=ref, reason="other"),
                PauseClock(clock=ref, reason=reasons[0]),
                ResumeClock(clock=ref, reason="other"),
                EndClock(clock=ref, reason=early[0]),
                CorrectClock(clock=ref, anchor=anchor, reason="other"),
            ]
        )

    def _life(self) -> Any:
        events = self.procedure.definition.head.life_events
        name = self.chance.choice([*events, "went_missing", "found"])
        reasons = list(events[name].reasons)
        return TellEvent(event=name, reason=self.chance.choice(reasons) if reasons else None)

    def _confirm(self) -> Any:
        assert self.case is not None
        waiting = list(self.case.proposals) or ["p0"]
        proposal = self.chance.choice(waiting)
        return Drop(proposal=proposal) if self.chance.random() < 0.1 else Confirm(proposal=proposal)

    def _other(self) -> Any:
        assert self.case is not None
        consents = list(self.case.consents) or ["none"]
        self.number += 1
        purpose = self.chance.choice(list(self.procedure.definition.head.consents))
        return self.chance.choice(
            [
                WithdrawConsent(consent_id=self.chance.choice(consents)),
                GiveConsent(consent_id=f"k{self.number}", purpose=purpose),
                RecordFacts(facts={"interpreter_needed": True}),
                RecordFacts(facts={"age_group": "adult"}),
                OfferCase(to="berta"),
                TakeCase(),
                Reassign(to="berta", reason="workload"),
                CoverCase(to="berta", until=self.now + timedelta(days=5)),
                Nudge(clock=self.chance.choice(list(self.procedure.clocks))),
                Escalate(clock=self.chance.choice(list(self.procedure.clocks))),
                Comment(note="r1"),
            ]
        )


@pytest.fixture(scope="module")
def procedure() -> Procedure:
    return compile_procedure(load(FILES))


@pytest.mark.parametrize("block", range(10))
def test_a_random_life_never_leaves_what_the_files_allow(procedure: Procedure, block: int) -> None:
    """200 lives of 25 steps; a failure names its seed, and the seed tells the same life again."""
    accepted = refused = 0
    for seed in range(block * 20, block * 20 + 20):
        walk = Walk(procedure, seed)
        try:
            walk.live(25)
        except AssertionError as failure:
            failure.add_note(f"seed {seed}, after {walk.accepted} accepted commands, at {walk.now}")
            raise
        accepted += walk.accepted
        refused += walk.refused
    assert accepted > 300
    assert refused > 100


def test_walks_get_somewhere(procedure: Procedure) -> None:
    """A walk that never leaves the first room proves nothing."""
    entered: set[tuple[str, str]] = set()
    for seed in range(40):
        walk = Walk(procedure, 10_000 + seed)
        walk.live(40)
        assert walk.case is not None
        entered |= {(name, standing.state) for name, standing in walk.case.sops.items()}
    assert len({sop for sop, _ in entered}) == 5
    assert len(entered) >= 15


def test_options_and_the_decision_agree_at_the_end_of_many_lives(procedure: Procedure) -> None:
    """What is open is accepted; what is blocked is refused, with exactly the reasons that were shown."""
    asked = 0
    for seed in range(25):
        walk = Walk(procedure, 20_000 + seed)
        walk.live(25)
        assert walk.case is not None
        shown = options(procedure, walk.case, walk.now)
        names = {(step.kind, step.sop, step.name) for step in shown.open}
        assert names == {(kind, sop, name) for kind, sop, name, _ in possible(procedure, walk.case, walk.now)}
        for step in (*shown.open, *shown.blocked):
            command = walk.whole(step.kind, step.sop, step.name)
            outcome = decide(procedure, walk.case, command, walk.people[0], walk.now)
            asked += 1
            if step.reasons:
                assert isinstance(outcome, Refused), (seed, step.name)
                assert outcome.reasons == step.reasons, (seed, step.name)
            elif isinstance(outcome, Refused):
                # A length that the law does not allow is found only when the clock would start.
                codes = {reason.code for reason in outcome.reasons}
                assert codes <= {"too_short", "too_long", "fact_unknown"}, (seed, step.name, outcome)
    assert asked > 1_000
