"""What the door needs of the other rooms, by shape, so that tests can hand it paper ones."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from api.callers import Caller, Callers
from api.shelf import Shelf
from casefile.particulars import Particulars
from sop.case import Case
from sop.commands import Submission
from sop.events import Entry, Event
from store.answers import Answer
from store.compliance import Answers as CounterpartAnswers
from store.compliance import LawOutcome
from store.endpoints import Endpoint
from store.filters import Filter
from store.listings import CasePage, WorkLine
from store.people import Person
from store.plans import Chosen, LineNow, PlanHead, Target
from store.procedures import PublishedProcedure
from store.queues import CaseHead, Clocks, Halted, Idle, OwedClock, Place, Suspect, Unassigned, Wanted
from store.reassignments import CaseNow, Foreseen, Reassignment
from store.summary import Figure, FinishedStay, Stay
from workflows.client import Accepted
from workflows.trouble import EngineLook


class Cases(Protocol):
    """The engine, through which everything that changes a case goes."""

    async def submit(self, case_id: str, submission: Submission) -> Accepted: ...
    async def open(self, submission: Submission) -> Accepted: ...
    async def look(self, case_id: str) -> Case | None: ...

    async def ready(self) -> tuple[str, ...]:
        """The parts that do not answer, by name; none where all is well."""
        ...


class Ledger(Protocol):
    """What is recorded of cases."""

    async def get(self, case_id: str) -> Case | None: ...
    async def entries(self, case_id: str, after_seq: int = 0, limit: int = 200) -> list[Entry]: ...
    async def versions(self, case_id: str, until_seq: int) -> list[Event]: ...


class Vault(Protocol):
    """Where particulars are kept, each case under a key of its own."""

    async def put(self, case_id: str, record_id: str, particulars: Mapping[str, object]) -> None: ...
    async def get(self, case_id: str, record_id: str) -> Particulars | None: ...


class Answers(Protocol):
    """Answers already given, by caller and key."""

    async def find(self, caller: str, key: str) -> Answer | None: ...
    async def keep(self, answer: Answer) -> Answer: ...


class Listings(Protocol):
    """Lists of cases, from the database alone."""

    async def list_cases(
        self,
        *,
        now: datetime,
        state: str | None = None,
        country: str | None = None,
        sop: str | None = None,
        responsible: str | None = None,
        overdue: bool = False,
        stuck: bool = False,
        closed: bool | None = False,
        cursor: str | None = None,
        limit: int = 50,
    ) -> CasePage: ...

    async def worklist(self, user_id: str, now: datetime) -> list[WorkLine]: ...


class QueuesOfClocks(Protocol):
    """The queues of supervisors, from the database alone."""

    async def clocks(
        self,
        queue: Clocks,
        wanted: Wanted,
        now: datetime,
        *,
        soon: Mapping[str, datetime] | None = None,
        after: Place | None = None,
        limit: int = 50,
    ) -> list[OwedClock]: ...
    async def unassigned(
        self, wanted: Wanted, known: Sequence[str], *, after: Place | None = None, limit: int = 50
    ) -> list[Unassigned]: ...
    async def halted(
        self, wanted: Wanted, held: Sequence[str], *, after: Place | None = None, limit: int = 50
    ) -> list[Halted]: ...
    async def idle(
        self, wanted: Wanted, now: datetime, *, after: Place | None = None, limit: int = 50
    ) -> list[Idle]: ...
    async def suspects(self, unheard: datetime, unanswered: datetime, unwritten: datetime) -> list[Suspect]: ...
    async def heads(self, case_ids: Sequence[str]) -> dict[str, CaseHead]: ...


class Figures(Protocol):
    """The figures of supervisors, from the database alone."""

    async def figures(
        self,
        now: datetime,
        soon: Mapping[str, datetime],
        *,
        held: Sequence[str],
        troubled: Sequence[str] = (),
        country: str | None = None,
        sop: str | None = None,
        responsible: str | None = None,
    ) -> list[Figure]: ...
    async def stays(
        self, *, country: str | None = None, sop: str | None = None, responsible: str | None = None
    ) -> list[Stay]: ...
    async def finished_stays(
        self, since: datetime, until: datetime, *, country: str | None = None, sop: str | None = None
    ) -> list[FinishedStay]: ...


class Outcomes(Protocol):
    """What became of clocks, from the database alone."""

    async def of_law(
        self, now: datetime, since: datetime, until: datetime, *, country: str | None = None, sop: str | None = None
    ) -> list[LawOutcome]: ...
    async def answers(
        self, now: datetime, since: datetime, until: datetime, *, country: str | None = None, sop: str | None = None
    ) -> list[CounterpartAnswers]: ...


class Asked(Protocol):
    """The engine, asked about its own health."""

    async def look(self, suspects: Sequence[str] = ()) -> EngineLook: ...


class Pinged(Protocol):
    """Something that says whether it is there."""

    async def ping(self) -> None: ...


class Procedures(Protocol):
    """Where versions are published."""

    async def publish(self, version: PublishedProcedure, pictures: Mapping[str, str] | None = None) -> bool: ...
    async def get(self, hash: str) -> PublishedProcedure | None: ...
    async def confirm(self, hash: str, by: str, at: datetime) -> bool: ...
    async def picture(self, hash: str, sop: str) -> str | None: ...
    async def keep_picture(self, hash: str, sop: str, svg: str) -> None: ...


class Plans(Protocol):
    """Where plans are kept, and the running cases that they are made of."""

    def running(self, target: Target, chosen: Chosen, now: datetime) -> AsyncIterator[list[Case]]: ...
    async def keep(self, head: PlanHead, lines: Mapping[str, str]) -> None: ...
    async def get(self, plan_id: str) -> PlanHead | None: ...
    async def lines(self, plan_id: str) -> list[LineNow]: ...
    async def line(self, plan_id: str, case_id: str) -> str | None: ...
    async def pause(self, plan_id: str, by: str | None) -> None: ...


class People(Protocol):
    """How people are reached."""

    async def get(self, id: str) -> Person | None: ...
    async def keep(self, person: Person, now: datetime) -> None: ...


class Endpoints(Protocol):
    """Webhooks of people."""

    async def of_person(self, person: str) -> list[Endpoint]: ...
    async def add(self, person: str, url: str, kinds: tuple[str, ...]) -> tuple[Endpoint, str]: ...
    async def rotate(self, person: str, id: str, now: datetime) -> str | None: ...
    async def remove(self, person: str, id: str, now: datetime) -> bool: ...


class Feeds(Protocol):
    """Tokens of private calendars."""

    async def make(self, person: str) -> str: ...
    async def revoke(self, person: str) -> None: ...
    async def person_of(self, token: str) -> str | None: ...
    async def has(self, person: str) -> bool: ...


class Filters(Protocol):
    """Saved filters of people."""

    async def keep(self, kept: Filter) -> bool: ...
    async def seen_by(
        self, user: str, roles: Sequence[str], *, owner: str | None = None, name: str | None = None
    ) -> list[Filter]: ...
    async def remove(self, owner: str, name: str) -> bool: ...


class Reassignments(Protocol):
    """Where reassignments are kept, and the cases that they are made of."""

    async def held(self, user: str, country: str | None, cases: tuple[str, ...] | None) -> list[Case]: ...
    async def keep(self, head: Reassignment, lines: Mapping[str, Foreseen]) -> None: ...
    async def get(self, id: str) -> Reassignment | None: ...
    async def lines(self, id: str) -> list[CaseNow]: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that the door is given; `secret` makes ids and keys that nobody can guess or read back."""

    cases: Cases
    ledger: Ledger
    listings: Listings
    vault: Vault
    answers: Answers
    shelf: Shelf
    database: Pinged
    callers: Callers
    secret: bytes
    now: Callable[[], datetime]
    procedures: Procedures
    plans: Plans
    queues: QueuesOfClocks
    summaries: Figures
    compliance: Outcomes
    engine: Asked
    reassignments: Reassignments
    filters: Filters
    people: People
    endpoints: Endpoints
    feeds: Feeds
    url: str
    """Where people find this system."""
    mails: bool = False
    """Whether a mail server is set."""
    private_webhooks: bool = False
    by_two: bool = False
    """Whether a second person has to confirm what is published before it counts."""
    numbers_only: frozenset[str] = frozenset()
    """Who holds no other roles than these sees figures, and none that is small enough to point at somebody."""
    smallest: int = 5
    """Figures below this are not shown to them."""

    def sees_numbers_only(self, caller: Caller) -> bool:
        return bool(caller.roles) and self.numbers_only.issuperset(caller.roles)
