"""The tables: what is kept, under which names; the migrations make them and a test holds both together."""

from datetime import datetime, time
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Index,
    LargeBinary,
    Text,
    Time,
    UniqueConstraint,
    desc,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel


def _moment(*, required: bool = True) -> Any:
    return Field(default=None, sa_type=DateTime(timezone=True), nullable=not required)


def _words(*, key: bool = False, required: bool = True) -> Any:
    return Field(default=None, sa_type=Text, primary_key=key, nullable=not (required or key))


def _several() -> Any:
    return Field(sa_column=Column(ARRAY(Text), nullable=False))


def _hour() -> Any:
    return Field(default=None, sa_type=Time, nullable=True)


def _sealed(*, required: bool = True, unique: bool = False) -> Any:
    return Field(sa_column=Column(LargeBinary, nullable=not required, unique=unique))


def _number(*, default: str | None = None) -> Any:
    return Field(sa_column_kwargs={"server_default": default} if default else {})


def _document() -> Any:
    return Field(sa_column=Column(JSONB, nullable=False))


class ProcedureRow(SQLModel, table=True):
    __tablename__ = "procedures"
    __table_args__ = (
        UniqueConstraint(
            "name",
            "version",
            "country",
            name="procedures_name_version_country",
            postgresql_nulls_not_distinct=True,
        ),
    )
    hash: str = _words(key=True)
    name: str = _words()
    version: str = _words()
    country: str | None = _words(required=False)
    """Whose adaptation it is; None for the base."""
    title: str = _words()
    files: dict[str, str] = _document()
    published_at: datetime = _moment()
    published_by: str = _words()
    why: str = _words()
    in_force_from: datetime = _moment()
    waits_for_second: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default="false"))
    confirmed_by: str | None = _words(required=False)
    confirmed_at: datetime | None = _moment(required=False)


class PictureRow(SQLModel, table=True):
    """A release that draws or styles otherwise empties this table by a migration; what is missing is drawn anew."""

    __tablename__ = "pictures"
    hash: str = _words(key=True)
    sop: str = _words(key=True)
    """Empty for all SOPs in one drawing."""
    svg: str = _words()


class PlanRow(SQLModel, table=True):
    __tablename__ = "plans"
    id: str = _words(key=True)
    procedure_hash: str = _words()
    made_at: datetime = _moment()
    made_by: str = _words()
    chosen: dict[str, Any] = _document()
    paused_by: str | None = _words(required=False)


class PlanLineRow(SQLModel, table=True):
    __tablename__ = "plan_lines"
    plan_id: str = _words(key=True)
    case_id: str = _words(key=True)
    line: dict[str, Any] = _document()


class ReassignmentRow(SQLModel, table=True):
    __tablename__ = "reassignments"
    id: str = _words(key=True)
    from_user: str = _words()
    to_user: str = _words()
    reason: str = _words()
    made_at: datetime = _moment()
    made_by: str = _words()


class ReassignmentLineRow(SQLModel, table=True):
    __tablename__ = "reassignment_lines"
    reassignment_id: str = _words(key=True)
    case_id: str = _words(key=True)
    line: dict[str, Any] = _document()
    key: str = _words()
    undo_key: str = _words()


class DiscrepancyRow(SQLModel, table=True):
    __tablename__ = "discrepancies"
    case_id: str = _words(key=True)
    kind: str = _words(key=True)
    ledger_seq: int | None
    workflow_seq: int | None
    found_at: datetime = _moment()


class HousekeepingRow(SQLModel, table=True):
    __tablename__ = "housekeeping"
    name: str = _words(key=True)
    place: str = _words()
    at: datetime = _moment()


class CaseRow(SQLModel, table=True):
    __tablename__ = "cases"
    __table_args__ = (
        Index("cases_by_opening", desc("opened_at"), desc("case_id")),
        Index(
            "cases_of_responsible",
            "responsible",
            desc("opened_at"),
            desc("case_id"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("cases_offered", "offered_to", postgresql_where=text("offered_to IS NOT NULL AND closed_at IS NULL")),
        Index(
            "cases_open",
            desc("opened_at"),
            desc("case_id"),
            postgresql_include=["country", "responsible"],
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index(
            "cases_open_by_country",
            "country",
            desc("opened_at"),
            desc("case_id"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("cases_halted", "moved_at", "case_id", postgresql_where=text("halted IS NOT NULL")),
        Index("cases_awaiting", "awaits_since", postgresql_where=text("awaits_since IS NOT NULL")),
        Index(
            "cases_covered",
            text("(snapshot #>> '{responsible,cover,by}')"),
            postgresql_where=text("snapshot #>> '{responsible,cover,by}' IS NOT NULL"),
        ),
    )
    case_id: str = _words(key=True)
    procedure_hash: str = _words()
    procedure_name: str = _words()
    procedure_version: str = _words()
    country: str = _words()
    opened_at: datetime = _moment()
    closed_at: datetime | None = _moment(required=False)
    moved_at: datetime = _moment()
    seq: int
    responsible: str = _words()
    offered_to: str | None = _words(required=False)
    snapshot: dict[str, Any] = _document()
    halted: str | None = _words(required=False)
    """Why the case cannot go on, by code (`sop.outlook.Halt`); None where it can."""
    awaits_since: datetime | None = _moment(required=False)
    """Since when an activity owes its result."""


class StateRow(SQLModel, table=True):
    __tablename__ = "sop_states"
    __table_args__ = (
        Index("sop_states_by_state", "sop", "state"),
        Index(
            "sop_states_stalling",
            "stalls_at",
            "case_id",
            "sop",
            postgresql_include=["country", "responsible"],
            postgresql_where=text("stalls_at IS NOT NULL"),
        ),
        Index(
            "sop_states_stalling_by_country",
            *("country", "stalls_at", "case_id", "sop"),
            postgresql_where=text("stalls_at IS NOT NULL"),
        ),
        Index(
            "sop_states_stalling_of_responsible",
            *("responsible", "stalls_at", "case_id", "sop"),
            postgresql_where=text("stalls_at IS NOT NULL"),
        ),
        Index("sop_states_by_roles", "roles", "since", postgresql_where=text("roles IS NOT NULL")),
        Index(
            "sop_states_working",
            *("sop", "state", "since"),
            postgresql_include=["country", "responsible"],
            postgresql_where=text("roles IS NOT NULL"),
        ),
    )
    case_id: str = _words(key=True)
    sop: str = _words(key=True)
    state: str = _words()
    since: datetime = _moment()
    open: bool
    country: str = _words()
    responsible: str = _words()
    stalls_at: datetime | None = _moment(required=False)
    """Until when it may rest in this state; None where the definition says nothing, and in what has ended."""
    roles: str | None = _words(required=False)
    """The roles of the steps that are possible, with commas; none in what has ended."""


class EntryRow(SQLModel, table=True):
    __tablename__ = "entries"
    __table_args__ = (UniqueConstraint("case_id", "key", name="entries_case_key"),)
    case_id: str = _words(key=True)
    seq: int = Field(primary_key=True)
    at: datetime = _moment()
    actor: str = _words()
    role: str = _words()
    command: str = _words()
    key: str = _words()
    events: list[dict[str, Any]] = _document()
    changes: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB, nullable=True))
    """What the line has changed of the case; None where it was written before this was kept."""


class AwaitedRow(SQLModel, table=True):
    __tablename__ = "awaited"
    __table_args__ = (Index("awaited_by_look", "look_at"), Index("awaited_by_key", "case_id", "key"))
    id: str = _words(key=True)
    case_id: str = _words()
    key: str = _words()
    since: datetime = _moment()
    look_at: datetime = _moment()


_RUNNING = text("status = 'running' AND open")


class ClockRow(SQLModel, table=True):
    __tablename__ = "clocks"
    __table_args__ = (
        Index(
            "clocks_running",
            *("statutory", "due", "case_id", "clock"),
            postgresql_include=["sop", "country", "responsible", "owes"],
            postgresql_where=_RUNNING,
        ),
        Index(
            "clocks_running_by_country",
            *("country", "statutory", "due", "case_id", "clock"),
            postgresql_where=_RUNNING,
        ),
        Index(
            "clocks_running_of_responsible",
            *("responsible", "statutory", "due", "case_id", "clock"),
            postgresql_where=_RUNNING,
        ),
        Index(
            "clocks_of_partners",
            *("due", "case_id", "clock"),
            postgresql_where=text("status = 'running' AND open AND partner"),
        ),
        Index("clocks_unheard", "due", postgresql_where=text("status = 'running' AND missed_at IS NULL")),
    )
    case_id: str = _words(key=True)
    clock: str = _words(key=True)
    sop: str = _words()
    run: int
    kind: str = _words()
    statutory: bool
    status: str = _words()
    anchor: datetime = _moment()
    due: datetime | None = _moment(required=False)
    missed_at: datetime | None = _moment(required=False)
    country: str = _words()
    responsible: str = _words()
    open: bool
    """Whether the case is open: what the law counts goes on in a closed one."""
    owes: str = _words()
    """The roles that owe what it waits for, with commas."""
    partner: bool
    """Whether the definition says that others than those who record it owe it."""
    counterpart: str | None = _words(required=False)
    """The country in which it is owed, where that is another one; empty where it is not recorded."""


class StepRow(SQLModel, table=True):
    __tablename__ = "steps"
    case_id: str = _words(key=True)
    kind: str = _words(key=True)
    sop: str = _words(key=True)
    name: str = _words(key=True)
    asked: bool


class TellRow(SQLModel, table=True):
    __tablename__ = "outbox"
    __table_args__ = (
        Index("outbox_of_case", "case_id", "created_at"),
        Index("outbox_waiting", "created_at", "id", postgresql_where=text("status = 'waiting'")),
    )
    id: str = _words(key=True)
    case_id: str = _words()
    to_role: str = _words()
    what: str = _words()
    about: str = _words()
    due: datetime | None = _moment(required=False)
    created_at: datetime = _moment()
    status: str = Field(default="waiting", sa_column=Column(Text, nullable=False, server_default="waiting"))
    seq: int = _number(default="0")
    """The line of the ledger with which it came."""


class PersonRow(SQLModel, table=True):
    __tablename__ = "people"
    __table_args__ = (Index("people_by_role", "roles", postgresql_using="gin"),)
    id: str = _words(key=True)
    roles: list[str] = _several()
    countries: list[str] = _several()
    language: str = _words()
    address: bytes | None = _sealed(required=False)
    zone: str = _words()
    quiet_from: time | None = _hour()
    quiet_until: time | None = _hour()
    digest_at: time | None = _hour()


class EndpointRow(SQLModel, table=True):
    __tablename__ = "endpoints"
    __table_args__ = (Index("endpoints_of_person", "person"),)
    id: str = _words(key=True)
    person: str = _words()
    url: str = _words()
    kinds: list[str] = _several()
    secret: bytes = _sealed()
    former_secret: bytes | None = _sealed(required=False)
    former_until: datetime | None = _moment(required=False)
    failures: int = _number(default="0")
    off_at: datetime | None = _moment(required=False)


class FeedRow(SQLModel, table=True):
    __tablename__ = "feeds"
    person: str = _words(key=True)
    token_hash: bytes = _sealed(unique=True)


class NoticeRow(SQLModel, table=True):
    __tablename__ = "notices"
    __table_args__ = (UniqueConstraint("person", "cause", name="notices_once"), Index("notices_of_tell", "tell"))
    id: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    person: str = _words()
    cause: str = _words()
    tell: str = _words()
    case_id: str = _words()
    seq: int
    what: str = _words()
    about: str = _words()
    due: datetime | None = _moment(required=False)
    at: datetime = _moment()


class DeliveryRow(SQLModel, table=True):
    __tablename__ = "deliveries"
    __table_args__ = (
        Index(
            "deliveries_gathering",
            "person",
            "case_id",
            "urgent",
            unique=True,
            postgresql_where=text("status = 'open' AND endpoint IS NULL"),
        ),
        Index("deliveries_to_do", "next_at", postgresql_where=text("status IN ('open', 'due')")),
        Index("deliveries_dead", "done_at", postgresql_where=text("status = 'dead'")),
    )
    id: str = _words(key=True)
    person: str = _words()
    endpoint: str | None = _words(required=False)
    case_id: str = _words()
    urgent: bool
    status: str = _words()
    attempts: int = _number(default="0")
    next_at: datetime = _moment()
    error: str | None = _words(required=False)
    created_at: datetime = _moment()
    done_at: datetime | None = _moment(required=False)


class CarriedRow(SQLModel, table=True):
    __tablename__ = "carried"
    delivery: str = _words(key=True)
    notice: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))


class AnswerRow(SQLModel, table=True):
    __tablename__ = "answers"
    __table_args__ = (Index("answers_by_age", "at"),)
    caller: str = _words(key=True)
    key: str = _words(key=True)
    route: str = _words()
    body_hash: str = _words()
    status: int
    headers: dict[str, str] = _document()
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    at: datetime = _moment()


class CaseKeyRow(SQLModel, table=True):
    __tablename__ = "case_keys"
    __table_args__ = {"schema": "vault"}
    case_id: str = _words(key=True)
    wrapped: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
    """None once the key was destroyed: the row stays as the tombstone."""
    version: int


class ParticularsRow(SQLModel, table=True):
    __tablename__ = "particulars"
    __table_args__ = {"schema": "vault"}
    case_id: str = _words(key=True)
    record_id: str = _words(key=True)
    ciphertext: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = _moment()
