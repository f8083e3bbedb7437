"""Random lives that change their version on the way: no protection ends sooner, nothing is lost, nothing breaks later."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sop import adopting_clocks
from sop.case import CLOCK, ENGINE, Actor, Case
from sop.clocks import Clock, Length
from sop.commands import (
    Adopt,
    Advance,
    Confirm,
    GiveConsent,
    OpenCase,
    RecordFacts,
    RecordMeasure,
    ReportResult,
    TellEvent,
    Tick,
)
from sop.decision import Decision, Refused
from sop.effects import AssessRisk
from sop.instruments import scored
from sop.loader import load
from sop.machine import decide, options
from sop.procedure import Procedure, compile_procedure

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
COORDINATOR = Actor(id="cora", roles=("coordinator",))
V2 = ('version: "1"\ntitle: A small', 'version: "2"\ntitle: A small')
FRESH_STATE = (
    ("  new: {title: New}", "  fresh: {title: Fresh}"), ("initial: new", "initial: fresh"),
    ("from: [new, asleep]", "from: [fresh, asleep]"),
)  # fmt: skip
CHANGES: list[tuple[tuple[tuple[str, str], ...], str]] = [
    ((), ""),
    (FRESH_STATE, "states: {care.new: care.fresh}"),
    (FRESH_STATE, ""),
    ((("  check:\n", "  look:\n"), ("done: check", "done: look")), "measures: {check: look}"),
    ((("help: {title: To be helped}", "help: {title: To be helped at home}"),), ""),
    ((("      nap: {type: duration, title: Nap}\n", ""), ("to: 6 days}, set-by: plan.nap}", "to: 6 days}}")), ""),
    (
        (("one-of: [grave, slight]", "one-of: [grave, small]"), ("{level: slight}", "{level: small}")),
        "values: {check.level: {slight: small}}",
    ),
    ((("  debt: {ask: Is there a debt?, weight: minor}", "  owes: {ask: Does the person owe?, weight: minor}"),), ""),
    ((("RS: {zone: Europe/Belgrade, holidays: [2026-05-01]}", "RS: {zone: Europe/Belgrade}"),), ""),
    ((("default: {zone: Europe/Vienna}", "default: {zone: Europe/Vienna, holidays: [2026-03-31, 2026-04-01]}"),), ""),
]


class Life:
    """One random life; everybody holds every role."""

    def __init__(self, procedure: Procedure, seed: int) -> None:
        self.procedure, self.chance, self.now = procedure, random.Random(seed), MONDAY
        roles = ("case_manager", "authority", "supervisor", "guardian")
        self.people = [Actor(id=name, roles=roles) for name in ("anna", "berta")]
        country = self.chance.choice(["AT", "RS"])
        opening = OpenCase(case_id="L", procedure=procedure.hash, country=country, responsible="anna")
        opened = decide(procedure, None, opening, self.people[0], self.now)
        assert isinstance(opened, Decision)
        self.case: Case = opened.case

    def submit(self, command: Any, actor: Actor, to: Procedure | None = None) -> Decision | Refused:
        outcome = decide(self.procedure, self.case, command, actor, self.now, to)
        if isinstance(outcome, Decision):
            self.case = outcome.case
            assert Case.model_validate_json(self.case.model_dump_json()) == self.case
            for effect in outcome.effects:
                if isinstance(effect, AssessRisk):
                    found = scored(self.procedure.definition.instruments[effect.instrument], effect.answers)
                    facts = {"level": found["level"]}
                    self.submit(
                        ReportResult(effect=effect.id, measure=effect.measure, number=effect.number, facts=facts),
                        ENGINE,
                    )
        return outcome

    def live(self, steps: int) -> None:
        for _ in range(steps):
            end = self.now + timedelta(hours=self.chance.choice([0, 1, 1, 20, 100]))
            while (wake := self.case.nearest_wake()) is not None and wake <= end:
                self.now = max(wake, self.now)
                assert isinstance(self.submit(Tick(), CLOCK), Decision)
            self.now = end
            self.submit(self.step(), self.chance.choice(self.people))

    def rest(self) -> None:
        """To where the protecting period runs."""
        answers = {"near": "no", "debt": "no"}
        self.submit(
            RecordMeasure(sop="care", measure="check", status="done", fields={"answers": answers}), self.people[0]
        )
        self.submit(GiveConsent(consent_id="k0", purpose="help"), self.people[0])
        assert isinstance(self.submit(Advance(sop="care", transition="rest"), self.people[0]), Decision)

    def step(self) -> Any:
        pick = self.chance.random()
        if pick < 0.1:
            return TellEvent(event=self.chance.choice(["went_missing", "found"]))
        if pick < 0.2:
            return GiveConsent(consent_id=f"k{self.case.seq}", purpose="help")
        if pick < 0.3:
            return RecordFacts(facts={"wish": self.chance.choice(["stay", "go"]), "age": self.chance.choice([12, 30])})
        if pick < 0.4 and self.case.proposals:
            return Confirm(proposal=self.chance.choice(list(self.case.proposals)))
        shown = self.chance.choice(options(self.procedure, self.case, self.now).open)
        if shown.kind == "transition":
            reasons = list(self.procedure.moves[f"{shown.sop}.{shown.name}"].reasons)
            return Advance(
                sop=shown.sop, transition=shown.name, reason=self.chance.choice(reasons) if reasons else None
            )
        fields = self.procedure.measures[shown.name][1].fields
        values = {
            name: self.value(field)
            for name, field in fields.items()
            if not field.particular and (field.required or self.chance.random() < 0.6)
        }
        status = self.chance.choice(["done", "done", "done", "in_progress", "planned", "declined"])
        return RecordMeasure(sop=shown.sop, measure=shown.name, status=status, fields=values)

    def value(self, field: Any) -> Any:
        pick = self.chance.choice
        match field.kind:
            case "yes-no":
                return True
            case "date":
                return (self.now - timedelta(days=pick([0, 3]))).date().isoformat()
            case "duration":
                return pick(["3 days", "5 days", "35 days", "15 days"])
            case "one-of":
                return pick(list(field.one_of))
            case _:
                return {
                    code: pick(["no", "yes", "unknown"])
                    for code in self.procedure.definition.instruments["danger"].items
                }


def shaken(procedure: Procedure, chance: random.Random) -> Procedure:
    """The version with other lengths, reminders and marks of law, as no text could show them all."""
    sops = {}
    for name, sop in procedure.definition.sops.items():
        clocks = {clock: turned(value, chance) for clock, value in sop.clocks.items()}
        sops[name] = sop.model_copy(update={"clocks": clocks})
    return compile_procedure(procedure.definition.model_copy(update={"sops": sops}))


def turned(clock: Clock, chance: random.Random) -> Clock:
    if chance.random() < 0.3 or clock.review:
        return clock
    length = Length.model_validate(
        {"at-least": chance.choice(["2 days", "12 days", "30 days", "80 days"]), "set-by": clock.length.set_by}
    )
    update: dict[str, Any] = {clock.kind: length, "remind": clock.remind if chance.random() < 0.5 else ()}
    update["statutory"] = clock.statutory if chance.random() < 0.7 else not clock.statutory
    return clock.model_copy(update=update)


@pytest.fixture(scope="module")
def versions(mini_files) -> list[Procedure]:
    made = []
    for changes, migration in CHANGES:
        files = mini_files(V2, *changes)
        if migration:
            files["migrations/m.yaml"] = f'migration: m\nfrom: ["1"]\n{migration}'.encode()
        made.append(compile_procedure(load(files)))
    return made


def moved(mini: Procedure, versions: list[Procedure], seed: int) -> tuple[Life, Case, Decision | Refused, Procedure]:
    """A life until its move, the case before it, and what came of it."""
    life = Life(mini, seed)
    if life.chance.random() < 0.7:
        life.rest()
    life.live(life.chance.randrange(12))
    to = shaken(life.chance.choice(versions), life.chance)
    before = life.case
    return life, before, life.submit(Adopt(procedure=to.hash), COORDINATOR, to), to


@settings(max_examples=150, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**9))
def test_a_move_is_whole_and_takes_no_protection_away(mini, versions, seed):
    life, before, outcome, to = moved(mini, versions, seed)
    if isinstance(outcome, Refused):
        assert life.case is before
        assert outcome.reasons
        return
    assert outcome.case.procedure == to.hash
    assert outcome.case.seq == before.seq + 1
    assert set(outcome.case.clocks) <= set(to.clocks)
    assert {f"{name}.{one.state}" for name, one in outcome.case.sops.items()} <= to.words.states.keys()
    assert sum(map(len, outcome.case.measures.values())) >= sum(map(len, before.measures.values()))
    assert outcome.case.consents == before.consents
    shorter = shortened(mini, before, outcome.case)
    assert not shorter
    life.procedure = to
    life.live(15)
    assert life.case.procedure == to.hash


def shortened(old: Procedure, before: Case, after: Case) -> list[str]:
    """The periods that ran before, and are over or due sooner after the move."""
    found = []
    for ref, run in before.clocks.items():
        if old.clocks[ref].kind == "period" and run.running and run.due and (run.wakes_at or run.due) > after.opened_at:
            now = after.clocks[ref]
            if now.status == "running" and now.due < run.due:
                found.append(ref)
            if not now.running and now.over_at != run.due and now.over_at < run.due:
                found.append(ref)
    return found


def test_a_move_that_shortened_would_be_seen(mini, versions, monkeypatch):
    """The control: without the engine's care the same lives do lose protection."""
    monkeypatch.setattr(adopting_clocks, "PROTECTIVE", ())
    found = 0
    for seed in range(150):
        _, before, outcome, _ = moved(mini, versions, seed)
        found += isinstance(outcome, Decision) and bool(shortened(mini, before, outcome.case))
    assert found > 3


def test_moves_are_both_made_and_refused(mini, versions):
    """Lives that all end the same way prove nothing."""
    codes: dict[str, int] = {}
    for seed in range(150):
        _, _, outcome, _ = moved(mini, versions, seed)
        for code in [reason.code for reason in outcome.reasons] if isinstance(outcome, Refused) else ["moved"]:
            codes[code] = codes.get(code, 0) + 1
    assert codes["moved"] > 60
    assert {"state_gone", "proposal_waits", "consent_reworded"} <= codes.keys()
