"""What the harness does to cases: calls over HTTP like those of a working day, each with the command that it must become."""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from api.door import keyed
from sop.case import Actor
from sop.commands import (
    Advance,
    Command,
    CorrectClock,
    GiveConsent,
    OpenCase,
    RecordFacts,
    RecordMeasure,
    TellEvent,
    WithdrawConsent,
)
from sop.procedure import Procedure

OPENED_WITH = {"age_group": "adult"}
FUSED = "proceedings.compensation_limitation"
"""A time limit whose length is found out for each case; set right so that it runs out in some seconds, again and again."""

BUDGET = timedelta(hours=24)
MOST_CONSENTS = 12
_NEXT = {"referred": "find_reasonable_grounds", "presumed": "decline_identification", "declined": "reopen"}
_RISK = {f"e{n}": "no" for n in range(1, 17)} | {"e9_no_carer": "no"}

MEASURES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("access_to_basic_needs", "case_manager", {"needs_met": ["food", "rest"], "notes": "A quiet room."}),
    ("language_support", "interpreter", {"languages": ["sr"], "interpreter_exploitation": "Testperson Drei"}),
    (
        "personal_information",
        "case_manager",
        {"name": "Testperson Eins", "sex": "female", "place_of_birth": "Sampletown"},
    ),
    ("case_information", "case_manager", {"exploitation": ["labour"], "trafficked_before": False}),
    ("legal_basis_to_share", "case_manager", {"basis": "consent", "law": "Invented act"}),
    ("identification_contacts", "case_manager", {"exploitation_body": "Invented body"}),
    ("early_risk_assessment", "first_responder", {"answers": _RISK, "safety_plan": "Calls the shelter."}),
)
"""Measures that may be recorded at any time, over and over."""


@dataclass(frozen=True)
class Call:
    """One call; `command` makes what the engine must have decided about, from the key and the digest of the body."""

    role: str
    method: str
    path: str
    body: dict[str, Any]
    key: str
    command: Callable[["Secrets", str, str], Command]


@dataclass(frozen=True)
class Secrets:
    """How the door makes its own ids; known to the harness so that it can work them out for itself."""

    ids: bytes

    def key(self, role: str, method: str, path: str, name: str) -> str:
        return keyed(self.ids, "key", f"demo-{role}", f"{method} {path}", name)

    def digest(self, body: Mapping[str, Any]) -> str:
        return keyed(self.ids, "body", json.dumps(body, sort_keys=True, separators=(",", ":")))

    def made(self, what: str, key: str, digest: str) -> str:
        return keyed(self.ids, what, key, digest)[:24]

    def record(self, key: str, digest: str) -> str:
        return "r" + self.made("record", key, digest)


@dataclass
class Day:
    """Chooses the next call on a case by what was last seen of it. The same seed and answers make the same calls."""

    procedure: Procedure
    chance: random.Random
    prefix: str
    _number: int = 0
    _consents: dict[str, list[str]] = field(default_factory=dict)
    _given: dict[str, int] = field(default_factory=dict)

    def name(self) -> str:
        self._number += 1
        return f"{self.prefix}-{self._number}"

    def opening(self) -> Call:
        body = {"procedure": "trm", "country": "AT", "facts": OPENED_WITH, "particulars": {"called": "Testperson Eins"}}
        from casefile.code import new_case_id

        def command(secrets: Secrets, key: str, digest: str) -> Command:
            return OpenCase(
                case_id=new_case_id(secrets.ids, key),
                procedure=self.procedure.hash,
                country="AT",
                facts=dict(OPENED_WITH),
                responsible="demo-case_manager",
                record=secrets.record(key, digest),
            )

        return Call("case_manager", "POST", "/v1/cases", body, self.name(), command)

    def preparing(self, case: str) -> tuple[Call, Call]:
        """Starts the clock that is let run out."""
        opening = self._call(
            "case_manager",
            f"/v1/cases/{case}/proceedings/transitions/open",
            {},
            lambda *_: Advance(sop="proceedings", transition="open"),
        )
        fields = {"time_left": "24 hours"}
        advice = self._call(
            "legal_representative",
            f"/v1/cases/{case}/proceedings/measures/compensation_advice",
            {"status": "done", "fields": fields},
            lambda *_: RecordMeasure(
                sop="proceedings", measure="compensation_advice", status="done", fields=dict(fields)
            ),
        )
        return opening, advice

    def next(self, case: str, seen: Mapping[str, Any]) -> Call:
        """Mostly what is possible; now and then what must be refused."""
        kinds: tuple[tuple[int, Callable[[str, Mapping[str, Any]], Call]], ...] = (
            (30, self._transition),
            (30, self._measure),
            (8, self._consent),
            (5, self._withdrawal),
            (7, self._facts),
            (8, self._fuse),
            (5, self._life),
            (4, self._too_early),
            (3, self._wrong_role),
        )
        (make,) = self.chance.choices([make for _, make in kinds], [weight for weight, _ in kinds])
        return make(case, seen)

    def _call(
        self, role: str, path: str, body: dict[str, Any], command: Callable[[Secrets, str, str], Command]
    ) -> Call:
        return Call(role, "POST", path, body, self.name(), command)

    def _advance(self, role: str, case: str, transition: str, note: str | None = None) -> Call:
        def command(secrets: Secrets, key: str, digest: str) -> Command:
            record = secrets.record(key, digest) if note else None
            return Advance(sop="identification", transition=transition, note=record)

        path = f"/v1/cases/{case}/identification/transitions/{transition}"
        return self._call(role, path, {"note": note} if note else {}, command)

    def _transition(self, case: str, seen: Mapping[str, Any]) -> Call:
        state = seen["sops"]["identification"]["state"]
        note = f"Free words {self._number}" if self.chance.random() < 0.3 else None
        return self._advance("case_manager", case, _NEXT.get(state, "reopen"), note)

    def _too_early(self, case: str, seen: Mapping[str, Any]) -> Call:
        return self._advance("competent_authority", case, "confirm_identification")

    def _wrong_role(self, case: str, seen: Mapping[str, Any]) -> Call:
        return self._advance("shelter", case, "find_reasonable_grounds")

    def _measure(self, case: str, seen: Mapping[str, Any]) -> Call:
        measure, role, fields = self.chance.choice(MEASURES)
        status = self.chance.choices(("planned", "in_progress", "done"), (1, 1, 3))[0]
        sent = fields if status == "done" else {}
        known = self.procedure.measures[measure][1].fields
        hidden = {name: value for name, value in sent.items() if known[name].particular}

        def command(secrets: Secrets, key: str, digest: str) -> Command:
            return RecordMeasure(
                sop="identification",
                measure=measure,
                status=status,
                fields={name: value for name, value in sent.items() if name not in hidden},
                particulars=tuple(hidden),
                record=secrets.record(key, digest) if hidden else None,
            )

        path = f"/v1/cases/{case}/identification/measures/{measure}"
        return self._call(role, path, {"status": status, "fields": sent}, command)

    def _consent(self, case: str, seen: Mapping[str, Any]) -> Call:
        if self._given.get(case, 0) >= MOST_CONSENTS:
            return self._facts(case, seen)
        self._given[case] = self._given.get(case, 0) + 1
        purpose = self.chance.choice(("assistance", "share_abroad", "medical"))
        body = {"purpose": purpose, "particulars": {"said": "yes"}}

        def command(secrets: Secrets, key: str, digest: str) -> Command:
            consent = "c" + secrets.made("consent", key, digest)
            return GiveConsent(consent_id=consent, purpose=purpose, record=secrets.record(key, digest))

        return self._call("case_manager", f"/v1/cases/{case}/consents", body, command)

    def _withdrawal(self, case: str, seen: Mapping[str, Any]) -> Call:
        standing = [one["id"] for one in seen["consents"] if one["withdrawn_at"] is None]
        if not standing:
            return self._facts(case, seen)
        consent = self.chance.choice(standing)
        path = f"/v1/cases/{case}/consents/{consent}"
        return Call("case_manager", "DELETE", path, {}, self.name(), lambda *_: WithdrawConsent(consent_id=consent))

    def _facts(self, case: str, seen: Mapping[str, Any]) -> Call:
        facts = {
            "interpreter_needed": self.chance.random() < 0.5,
            "nationality": self.chance.choice(("RS", "RO", "MD")),
        }
        path = f"/v1/cases/{case}/facts"
        return self._call("case_manager", path, {"facts": facts}, lambda *_: RecordFacts(facts=dict(facts)))

    def _fuse(self, case: str, seen: Mapping[str, Any]) -> Call:
        anchor = datetime.now(UTC) - BUDGET + timedelta(seconds=self.chance.uniform(1.0, 6.0))

        def command(*_: object) -> Command:
            return CorrectClock(clock=FUSED, anchor=anchor, reason="other")

        body = {"reason": "other", "anchor": anchor.isoformat().replace("+00:00", "Z")}
        return self._call("supervisor", f"/v1/cases/{case}/clocks/{FUSED}/correct", body, command)

    def _life(self, case: str, seen: Mapping[str, Any]) -> Call:
        event = "found" if seen["facts"].get("missing") is True else "went_missing"
        return self._call("case_manager", f"/v1/cases/{case}/events/{event}", {}, lambda *_: TellEvent(event=event))


def actor(role: str) -> Actor:
    """The demo user of a role, as the door knows them."""
    return Actor(id=f"demo-{role}", roles=(role,))
