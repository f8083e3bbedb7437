"""The tables of cases: the ledger, and the rows from which lists are read."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Index,
    UniqueConstraint,
    desc,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from store.columns import document, moment, words


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
    case_id: str = words(key=True)
    procedure_hash: str = words()
    procedure_name: str = words()
    procedure_version: str = words()
    country: str = words()
    opened_at: datetime = moment()
    closed_at: datetime | None = moment(required=False)
    moved_at: datetime = moment()
    seq: int
    responsible: str = words()
    offered_to: str | None = words(required=False)
    snapshot: dict[str, Any] = document()
    halted: str | None = words(required=False)
    """Why the case cannot go on, by code (`sop.outlook.Halt`); None where it can."""
    awaits_since: datetime | None = moment(required=False)
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
    case_id: str = words(key=True)
    sop: str = words(key=True)
    state: str = words()
    since: datetime = moment()
    open: bool
    country: str = words()
    responsible: str = words()
    stalls_at: datetime | None = moment(required=False)
    """Until when it may rest in this state; None where the definition says nothing, and in what has ended."""
    roles: str | None = words(required=False)
    """The roles of the steps that are possible, with commas; none in what has ended."""


class EntryRow(SQLModel, table=True):
    __tablename__ = "entries"
    __table_args__ = (
        UniqueConstraint("case_id", "key", name="entries_case_key"),
        # lines are written in the order of time, so a few words for each range of pages are enough
        Index("entries_by_time", "at", postgresql_using="brin", postgresql_with={"pages_per_range": 16}),
    )
    case_id: str = words(key=True)
    seq: int = Field(primary_key=True)
    at: datetime = moment()
    actor: str = words()
    role: str = words()
    command: str = words()
    key: str = words()
    events: list[dict[str, Any]] = document()
    changes: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB, nullable=True))
    """What the line has changed of the case; None where it was written before this was kept."""


class AwaitedRow(SQLModel, table=True):
    __tablename__ = "awaited"
    __table_args__ = (Index("awaited_by_look", "look_at"), Index("awaited_by_key", "case_id", "key"))
    id: str = words(key=True)
    case_id: str = words()
    key: str = words()
    since: datetime = moment()
    look_at: datetime = moment()


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
        Index(
            "clocks_of_law",
            "anchor",
            postgresql_include=["clock", "sop", "kind", "status", "due", "missed_at", "country"],
            postgresql_where=text("statutory"),
        ),
        Index(
            "clocks_of_counterparts",
            "anchor",
            postgresql_include=["counterpart", "sop", "status", "due", "missed_at", "country"],
            postgresql_where=text("partner"),
        ),
        Index("clocks_unheard", "due", postgresql_where=text("status = 'running' AND missed_at IS NULL")),
    )
    case_id: str = words(key=True)
    clock: str = words(key=True)
    sop: str = words()
    run: int
    kind: str = words()
    statutory: bool
    status: str = words()
    anchor: datetime = moment()
    due: datetime | None = moment(required=False)
    missed_at: datetime | None = moment(required=False)
    country: str = words()
    responsible: str = words()
    open: bool
    """Whether the case is open: what the law counts goes on in a closed one."""
    owes: str = words()
    """The roles that owe what it waits for, with commas."""
    partner: bool
    """Whether the definition says that others than those who record it owe it."""
    counterpart: str | None = words(required=False)
    """The country in which it is owed, where that is another one; empty where it is not recorded."""


class StepRow(SQLModel, table=True):
    __tablename__ = "steps"
    case_id: str = words(key=True)
    kind: str = words(key=True)
    sop: str = words(key=True)
    name: str = words(key=True)
    asked: bool
