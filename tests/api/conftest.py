"""The real application with paper parts: the engine decides for real, everything else is kept in memory."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.callers import Caller, Callers
from api.parts import Parts
from api.shelf import Shelf
from casefile.particulars import Particulars, particulars_of
from sop import shelf
from sop.case import Case
from sop.commands import Adopt, OpenCase, Submission
from sop.decision import Receipt, Refused
from sop.events import CaseOpened, Entry, Event, ProcedureAdopted
from sop.loader import load
from sop.machine import decide
from sop.procedure import compile_procedure
from store.answers import Answer
from store.endpoints import Endpoint
from store.errors import DatabaseUnavailable, VersionTaken
from store.filters import Filter
from store.listings import CaseLine, CasePage, ClockLine, WorkLine
from store.people import Person
from store.plans import Chosen, LineNow, PlanHead, Target
from store.procedures import PublishedProcedure
from store.reassignments import CaseNow, Foreseen, Reassignment
from workflows.client import Accepted
from workflows.errors import CaseNotFound, CommandRefused
from workflows.trouble import EngineLook

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

HEAD = """
procedure: small
version: "1.0"
title: A small procedure
sops: [identification]
starts-with: identification
roles: {case_manager: Case manager, guardian: Guardian, supervisor: Supervisor, police: Police}
opened-by: [case_manager]
calendars: {default: {zone: Europe/Vienna}}
facts:
  child: {type: yes-no, title: A child}
  nationality: {type: country, title: Citizenship}
  born: {type: date, title: Born}
consents: {share: {title: Sharing with partners}}
life-events:
  went_missing: {title: Went missing, by: [case_manager], targets: pause}
  came_back: {title: Came back, by: [case_manager], targets: resume}
  died: {title: Died, by: [case_manager], closes: true}
"""

SOP = """
sop: identification
title: Identification
initial: referred
states:
  referred: {title: Referred, stalled-after: 48 hours}
  screening: {title: Being screened}
  identified: {title: Identified, final: true}
  not_confirmed: {title: Not confirmed, final: true}
measures:
  interview:
    title: Interview
    what: A first talk
    when: Soon
    who: [case_manager]
    how: [Listen]
    repeatable: true
    fields:
      level: {one-of: [low, high]}
      days: {type: number, lowest: 0, highest: 10}
      story: text
transitions:
  start: {title: Begin the screening, from: referred, to: screening, by: [case_manager]}
  identify:
    title: Identify
    from: screening
    to: identified
    by: [case_manager]
    needs: [{done: interview}]
  refuse:
    title: Do not confirm
    from: screening
    to: not_confirmed
    by: [case_manager]
    reasons: {no_sign: No sign was found}
    second-person: [supervisor]
clocks:
  decision:
    title: Decision
    deadline: 30 days
    statutory: true
    starts: {entering: screening}
    met-by: {entering: [identified, not_confirmed]}
    source: {law: A law, article: "1", evidence: K}
    extend: {by: [case_manager], length: 30 days}
    pause: {by: [case_manager], reasons: {hospital: In hospital}}
    when-missed: [{tell: supervisor}]
"""

TOKENS = {
    role: f"token-of-{role}-0123456789" for role in ("case_manager", "guardian", "supervisor", "police", "coordinator")
}
CALLERS = {token: Caller(f"demo-{role}", (role,), "demo") for role, token in TOKENS.items()}
CALLERS["token-of-a-second-0123456789"] = Caller("demo-case_manager-2", ("case_manager",), "demo")


@cache
def published() -> PublishedProcedure:
    files = {"procedure.yaml": HEAD, "identification.yaml": SOP}
    made = compile_procedure(load({name: text.encode() for name, text in files.items()}))
    title = made.definition.head.title
    return PublishedProcedure(
        hash=made.hash,
        name="small",
        version="1.0",
        title=title,
        files=files,
        published_at=NOW,
        published_by="x",
        why="",
        in_force_from=NOW,
    )


class PaperProcedures:
    """The versions, on paper; the small procedure is there from the beginning."""

    def __init__(self) -> None:
        self.rows = {published().hash: published()}
        self.pictures: dict[tuple[str, str], str] = {}

    async def all(self) -> list[PublishedProcedure]:
        return list(self.rows.values())

    async def heads(self) -> list[PublishedProcedure]:
        return [row.model_copy(update={"files": {}}) for row in self.rows.values()]

    async def get(self, hash: str) -> PublishedProcedure | None:
        return self.rows.get(hash)

    async def known_hashes(self) -> frozenset[str]:
        return frozenset(self.rows)

    async def in_force(self, name: str, now: datetime, country: str | None = None) -> list[str]:
        counts = [
            row
            for row in self.rows.values()
            if row.name == name and row.in_force_from <= now and not row.waits_for_second
            if row.country in (None, country)
        ]
        return [row.hash for row in sorted(counts, key=self._newest, reverse=True)]

    def _newest(self, row: PublishedProcedure) -> tuple[bool, datetime, int]:
        return row.country is not None, row.in_force_from, list(self.rows).index(row.hash)

    async def publish(self, version: PublishedProcedure, pictures: Mapping[str, str] | None = None) -> bool:
        named = (version.name, version.version, version.country)
        for row in self.rows.values():
            if (row.name, row.version, row.country) == named and row.hash != version.hash:
                raise VersionTaken("taken")
        new = version.hash not in self.rows
        self.rows.setdefault(version.hash, version)
        if new:
            self.pictures |= {(version.hash, sop): svg for sop, svg in (pictures or {}).items()}
        return new

    async def picture(self, hash: str, sop: str) -> str | None:
        return self.pictures.get((hash, sop))

    async def keep_picture(self, hash: str, sop: str, svg: str) -> None:
        self.pictures.setdefault((hash, sop), svg)

    async def confirm(self, hash: str, by: str, at: datetime) -> bool:
        row = self.rows[hash]
        self.rows[hash] = row.model_copy(update={"waits_for_second": False, "confirmed_by": by, "confirmed_at": at})
        return row.waits_for_second


class PaperPlans:
    def __init__(self, paper: "Paper") -> None:
        self.paper = paper
        self.heads: dict[str, PlanHead] = {}
        self.kept: dict[str, Mapping[str, str]] = {}

    async def running(self, target: Target, chosen: Chosen, now: datetime) -> AsyncIterator[list[Case]]:
        """Chosen by country alone; which versions a case may leave is a matter of the real store."""
        cases = [case for case in self.paper.cases.values() if case.closed_at is None and case.procedure != target.hash]
        yield [case for case in cases if chosen.country in (None, case.country)]

    async def keep(self, head: PlanHead, lines: Mapping[str, str]) -> None:
        self.heads[head.id], self.kept[head.id] = head, lines

    async def get(self, plan_id: str) -> PlanHead | None:
        return self.heads.get(plan_id)

    async def lines(self, plan_id: str) -> list[LineNow]:
        now = self.paper.cases
        return [
            LineNow(case_id=case_id, line=line, procedure_hash=now[case_id].procedure, seq=now[case_id].seq)
            for case_id, line in self.kept[plan_id].items()
        ]

    async def line(self, plan_id: str, case_id: str) -> str | None:
        return self.kept[plan_id].get(case_id)

    async def pause(self, plan_id: str, by: str | None) -> None:
        self.heads[plan_id] = self.heads[plan_id].model_copy(update={"paused_by": by})


class PaperFilters:
    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Filter] = {}

    async def keep(self, kept: Filter) -> bool:
        self.kept[kept.owner, kept.name] = kept
        return True

    async def seen_by(
        self, user: str, roles: Sequence[str], *, owner: str | None = None, name: str | None = None
    ) -> list[Filter]:
        seen = [one for one in self.kept.values() if one.owner == user or one.shared_with in roles]
        return [one for one in seen if owner in (None, one.owner) and name in (None, one.name)]

    async def remove(self, owner: str, name: str) -> bool:
        return self.kept.pop((owner, name), None) is not None


class PaperReassignments:
    def __init__(self, paper: "Paper") -> None:
        self.paper = paper
        self.heads: dict[str, Reassignment] = {}
        self.kept: dict[str, Mapping[str, Foreseen]] = {}

    async def held(self, user: str, country: str | None, cases: tuple[str, ...] | None) -> list[Case]:
        held = [case for case in self.paper.cases.values() if case.responsible.id == user and case.closed_at is None]
        return [case for case in held if country in (None, case.country) and (cases is None or case.id in cases)]

    async def keep(self, head: Reassignment, lines: Mapping[str, Foreseen]) -> None:
        self.heads[head.id], self.kept[head.id] = head, lines

    async def get(self, id: str) -> Reassignment | None:
        return self.heads.get(id)

    async def lines(self, id: str) -> list[CaseNow]:
        return [self._now(case_id, one) for case_id, one in self.kept[id].items()]

    def _now(self, case_id: str, one: Foreseen) -> CaseNow:
        case, lines = self.paper.cases[case_id], self.paper.lines[case_id]
        seqs = {line.key: line.seq for line in lines}
        given = seqs.get(one.key)
        return CaseNow(
            case_id=case_id,
            line=one.line,
            responsible=case.responsible.id,
            closed=case.closed_at is not None,
            seq=case.seq,
            given=given,
            back=seqs.get(one.undo_key),
            touched=given is not None and any(line.seq > given for line in lines),
        )


@dataclass
class Paper:
    """The other rooms, on paper. `away` makes the database silent; `trouble` is what the engine raises next."""

    now: datetime = NOW
    cases: dict[str, Case] = field(default_factory=dict)
    lines: dict[str, list[Entry]] = field(default_factory=dict)
    receipts: dict[tuple[str, str], tuple[str, Receipt]] = field(default_factory=dict)
    submissions: list[Submission] = field(default_factory=list)
    records: dict[tuple[str, str], Particulars] = field(default_factory=dict)
    kept: dict[tuple[str, str], Answer] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    away: bool = False
    trouble: Exception | None = None

    def _here(self) -> None:
        if self.away:
            raise DatabaseUnavailable("away")

    async def open(self, submission: Submission) -> Accepted:
        assert isinstance(submission.command, OpenCase)
        return self._accepted(self._decide(submission.command.case_id, submission))

    async def submit(self, case_id: str, submission: Submission) -> Accepted:
        await asyncio.sleep(0)
        if self.trouble is None and case_id not in self.cases:
            raise CaseNotFound
        return self._accepted(self._decide(case_id, submission))

    def _accepted(self, receipt: Receipt) -> Accepted:
        return Accepted(receipt=receipt, case=None if self.away else self.cases[receipt.case_id])

    def _decide(self, case_id: str, submission: Submission) -> Receipt:
        if self.trouble:
            raise self.trouble
        self.submissions.append(submission)
        if known := self.receipts.get((case_id, submission.key)):
            body, receipt = known
            if body != submission.body:
                raise CommandRefused(Refused(code="key_reused", reasons=()))
            return receipt.model_copy(update={"repeated": True})
        case = self.cases.get(case_id)
        if case and submission.expected_seq not in (None, case.seq):
            raise CommandRefused(Refused(code="stale", reasons=()))
        command = submission.command
        procedure = shelf.get(command.procedure if isinstance(command, OpenCase) else case.procedure if case else "")
        to = shelf.get(command.procedure) if isinstance(command, Adopt) else None
        decided = decide(procedure, case, command, submission.actor, self.now, to)
        if isinstance(decided, Refused):
            raise CommandRefused(decided)
        self.cases[case_id] = decided.case
        entry = Entry(
            case_id=case_id,
            seq=decided.case.seq,
            at=self.now,
            actor=submission.actor.id,
            role=submission.actor.roles[0],
            command=submission.command.kind,
            key=submission.key,
            events=decided.events,
        )
        self.lines.setdefault(case_id, []).append(entry)
        receipt = Receipt(case_id=case_id, seq=decided.case.seq, body=submission.body, proposal=decided.proposal)
        self.receipts[case_id, submission.key] = (submission.body, receipt)
        return receipt

    async def look(self, case_id: str) -> Case | None:
        if case_id not in self.cases:
            raise CaseNotFound
        return self.cases[case_id]

    async def ready(self) -> tuple[str, ...]:
        return self.missing

    async def ping(self) -> None:
        self._here()


class PaperLedger:
    def __init__(self, paper: Paper) -> None:
        self.paper = paper

    async def get(self, case_id: str) -> Case | None:
        self.paper._here()
        return self.paper.cases.get(case_id)

    async def entries(self, case_id: str, after_seq: int = 0, limit: int = 200) -> list[Entry]:
        self.paper._here()
        return [line for line in self.paper.lines.get(case_id, []) if line.seq > after_seq][:limit]

    async def versions(self, case_id: str, until_seq: int) -> list[Event]:
        lines = await self.entries(case_id)
        events = [event for line in lines if line.seq <= until_seq for event in line.events]
        return [event for event in events if isinstance(event, CaseOpened | ProcedureAdopted)]


class PaperVault:
    def __init__(self, paper: Paper) -> None:
        self.paper = paper

    async def put(self, case_id: str, record_id: str, particulars: Mapping[str, object]) -> None:
        self.paper._here()
        self.paper.records[case_id, record_id] = particulars_of(particulars)

    async def get(self, case_id: str, record_id: str) -> Particulars | None:
        self.paper._here()
        return self.paper.records.get((case_id, record_id))


class PaperAnswers:
    def __init__(self, paper: Paper) -> None:
        self.paper = paper

    async def find(self, caller: str, key: str) -> Answer | None:
        self.paper._here()
        return self.paper.kept.get((caller, key))

    async def keep(self, answer: Answer) -> Answer:
        self.paper._here()
        return self.paper.kept.setdefault((answer.caller, answer.key), answer)


class PaperListings:
    def __init__(self, paper: Paper) -> None:
        self.paper = paper

    def _line(self, case: Case) -> CaseLine:
        due = [run.due for run in case.clocks.values() if run.due and run.running]
        return CaseLine(
            case_id=case.id,
            country=case.country,
            procedure_name="small",
            procedure_version="1.0",
            procedure_hash=case.procedure,
            seq=case.seq,
            opened_at=case.opened_at,
            moved_at=case.moved_at,
            closed_at=case.closed_at,
            responsible=case.responsible.id,
            offered_to=case.responsible.offered_to,
            sops=case.sops,
            nearest_due=min(due, default=None),
            overdue=sum(run.overdue(self.paper.now) for run in case.clocks.values()),
        )

    async def list_cases(self, *, cursor: str | None = None, limit: int = 50, **wanted: object) -> CasePage:
        self.paper._here()
        if cursor is not None:
            raise ValueError("this cursor does not come from this list")
        return CasePage(cases=tuple(self._line(case) for case in self.paper.cases.values())[:limit], cursor=None)

    async def worklist(self, user_id: str, now: datetime) -> list[WorkLine]:
        self.paper._here()
        return [
            WorkLine(
                case=self._line(case),
                clocks=tuple(
                    ClockLine(
                        clock=name,
                        sop=name.split(".")[0],
                        kind="deadline",
                        statutory=True,
                        status=run.status,
                        due=run.due,
                        missed_at=run.missed_at,
                    )
                    for name, run in case.clocks.items()
                ),
                asked=(),
            )
            for case in self.paper.cases.values()
            if user_id in (case.responsible.id, case.responsible.offered_to)
        ]


class PaperQueues:
    """Queues in which nothing lies; what is in them is tried on the real tables."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper

    async def _nothing(self, *_: object, **__: object) -> list[Any]:
        self.paper._here()
        return []

    clocks = unassigned = halted = idle = suspects = figures = stays = finished_stays = of_law = answers = _nothing

    async def heads(self, case_ids: Sequence[str]) -> dict[str, Any]:
        return {}

    async def look(self, suspects: Sequence[str] = ()) -> EngineLook:
        return EngineLook(asked=True, workers=True)


class PaperPeople:
    """Everybody who can sign in is enrolled, but the police."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.known = {
            caller.id: Person(id=caller.id, roles=caller.roles, countries=("RS",))
            for caller in CALLERS.values()
            if caller.roles != ("police",)
        }

    async def get(self, id: str) -> Person | None:
        self.paper._here()
        return self.known.get(id)

    async def keep(self, person: Person, now: datetime) -> None:
        self.paper._here()
        self.known[person.id] = person


class PaperEndpoints:
    def __init__(self) -> None:
        self.known: dict[str, Endpoint] = {}

    async def of_person(self, person: str) -> list[Endpoint]:
        return [one for one in self.known.values() if one.person == person]

    async def add(self, person: str, url: str, kinds: tuple[str, ...]) -> tuple[Endpoint, str]:
        id = f"ep_{len(self.known)}"
        self.known[id] = Endpoint(id=id, person=person, url=url, kinds=kinds)
        return self.known[id], "whsec_first"

    async def rotate(self, person: str, id: str, now: datetime) -> str | None:
        return "whsec_second" if id in self.known and self.known[id].person == person else None

    async def remove(self, person: str, id: str, now: datetime) -> bool:
        return id in self.known and self.known[id].person == person and self.known.pop(id) is not None


class PaperFeeds:
    def __init__(self) -> None:
        self.tokens: dict[str, str] = {}

    async def make(self, person: str) -> str:
        self.tokens[person] = secrets.token_urlsafe(32)
        return self.tokens[person]

    async def revoke(self, person: str) -> None:
        self.tokens.pop(person, None)

    async def person_of(self, token: str) -> str | None:
        return next((person for person, known in self.tokens.items() if known == token), None)

    async def has(self, person: str) -> bool:
        return person in self.tokens


@pytest.fixture
def paper() -> Paper:
    return Paper()


@pytest.fixture
def parts(paper: Paper) -> Parts:
    procedures = PaperProcedures()
    return Parts(
        cases=paper,
        ledger=PaperLedger(paper),
        listings=PaperListings(paper),
        vault=PaperVault(paper),
        answers=PaperAnswers(paper),
        shelf=Shelf(procedures),
        database=paper,
        callers=Callers(CALLERS),
        secret=b"s" * 32,
        now=lambda: paper.now,
        procedures=procedures,
        plans=PaperPlans(paper),
        queues=PaperQueues(paper),
        summaries=PaperQueues(paper),
        compliance=PaperQueues(paper),
        engine=PaperQueues(paper),
        people=PaperPeople(paper),
        endpoints=PaperEndpoints(),
        feeds=PaperFeeds(),
        url="https://caseway.invalid",
        reassignments=PaperReassignments(paper),
        filters=PaperFilters(),
    )


@pytest.fixture
async def client_as(parts: Parts) -> AsyncIterator[Callable[[str], httpx.AsyncClient]]:
    """A client for each role, all at the same door."""
    app = create_app(parts)
    clients = []

    def client(role: str) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {TOKENS[role]}"} if role else {}
        transport = httpx.ASGITransport(app, raise_app_exceptions=True)
        clients.append(httpx.AsyncClient(transport=transport, base_url="http://door", headers=headers))
        return clients[-1]

    yield client
    for made in clients:
        await made.aclose()


@pytest.fixture
def door(client_as: Callable[[str], httpx.AsyncClient]) -> httpx.AsyncClient:
    """The door as a case manager meets it."""
    return client_as("case_manager")


@pytest.fixture
async def case_id(door: httpx.AsyncClient) -> str:
    answer = await door.post("/v1/cases", json={"procedure": "small", "country": "RS"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@pytest.fixture
def first_files() -> dict[str, str]:
    """The files of the small procedure as it is published."""
    return {"procedure.yaml": HEAD, "identification.yaml": SOP}
