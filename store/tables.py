"""The tables: what is kept, under which names; the migrations make them and a test holds both together."""

from datetime import datetime, time
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Identity,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

import store.case_tables  # noqa: F401 - all tables are known once this module is
from store.columns import document, hour, moment, number, sealed, several, words


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
    hash: str = words(key=True)
    name: str = words()
    version: str = words()
    country: str | None = words(required=False)
    """Whose adaptation it is; None for the base."""
    title: str = words()
    files: dict[str, str] = document()
    published_at: datetime = moment()
    published_by: str = words()
    why: str = words()
    in_force_from: datetime = moment()
    waits_for_second: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default="false"))
    confirmed_by: str | None = words(required=False)
    confirmed_at: datetime | None = moment(required=False)


class PictureRow(SQLModel, table=True):
    """A release that draws or styles otherwise empties this table by a migration; what is missing is drawn anew."""

    __tablename__ = "pictures"
    hash: str = words(key=True)
    sop: str = words(key=True)
    """Empty for all SOPs in one drawing."""
    svg: str = words()


class PlanRow(SQLModel, table=True):
    __tablename__ = "plans"
    id: str = words(key=True)
    procedure_hash: str = words()
    made_at: datetime = moment()
    made_by: str = words()
    chosen: dict[str, Any] = document()
    paused_by: str | None = words(required=False)


class PlanLineRow(SQLModel, table=True):
    __tablename__ = "plan_lines"
    plan_id: str = words(key=True)
    case_id: str = words(key=True)
    line: dict[str, Any] = document()


class ReassignmentRow(SQLModel, table=True):
    __tablename__ = "reassignments"
    id: str = words(key=True)
    from_user: str = words()
    to_user: str = words()
    reason: str = words()
    made_at: datetime = moment()
    made_by: str = words()


class ReassignmentLineRow(SQLModel, table=True):
    __tablename__ = "reassignment_lines"
    reassignment_id: str = words(key=True)
    case_id: str = words(key=True)
    line: dict[str, Any] = document()
    key: str = words()
    undo_key: str = words()


class DiscrepancyRow(SQLModel, table=True):
    __tablename__ = "discrepancies"
    case_id: str = words(key=True)
    kind: str = words(key=True)
    ledger_seq: int | None
    workflow_seq: int | None
    found_at: datetime = moment()


class HousekeepingRow(SQLModel, table=True):
    __tablename__ = "housekeeping"
    name: str = words(key=True)
    place: str = words()
    at: datetime = moment()


class TellRow(SQLModel, table=True):
    __tablename__ = "outbox"
    __table_args__ = (
        Index("outbox_of_case", "case_id", "created_at"),
        Index("outbox_waiting", "created_at", "id", postgresql_where=text("status = 'waiting'")),
    )
    id: str = words(key=True)
    case_id: str = words()
    to_role: str = words()
    what: str = words()
    about: str = words()
    due: datetime | None = moment(required=False)
    created_at: datetime = moment()
    status: str = Field(default="waiting", sa_column=Column(Text, nullable=False, server_default="waiting"))
    seq: int = number(default="0")
    """The line of the ledger with which it came."""


class PersonRow(SQLModel, table=True):
    __tablename__ = "people"
    __table_args__ = (Index("people_by_role", "roles", postgresql_using="gin"),)
    id: str = words(key=True)
    roles: list[str] = several()
    countries: list[str] = several()
    language: str = words()
    address: bytes | None = sealed(required=False)
    zone: str = words()
    quiet_from: time | None = hour()
    quiet_until: time | None = hour()
    digest_at: time | None = hour()


class EndpointRow(SQLModel, table=True):
    __tablename__ = "endpoints"
    __table_args__ = (Index("endpoints_of_person", "person"),)
    id: str = words(key=True)
    person: str = words()
    url: str = words()
    kinds: list[str] = several()
    secret: bytes = sealed()
    former_secret: bytes | None = sealed(required=False)
    former_until: datetime | None = moment(required=False)
    failures: int = number(default="0")
    off_at: datetime | None = moment(required=False)


class FilterRow(SQLModel, table=True):
    __tablename__ = "filters"
    __table_args__ = (Index("filters_shared", "shared_with", postgresql_where=text("shared_with IS NOT NULL")),)
    owner: str = words(key=True)
    name: str = words(key=True)
    shared_with: str | None = words(required=False)
    """The role whose holders may use it too."""
    choices: dict[str, Any] = document()


class FeedRow(SQLModel, table=True):
    __tablename__ = "feeds"
    person: str = words(key=True)
    token_hash: bytes = sealed(unique=True)


class NoticeRow(SQLModel, table=True):
    __tablename__ = "notices"
    __table_args__ = (UniqueConstraint("person", "cause", name="notices_once"), Index("notices_of_tell", "tell"))
    id: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    person: str = words()
    cause: str = words()
    tell: str = words()
    case_id: str = words()
    seq: int
    what: str = words()
    about: str = words()
    due: datetime | None = moment(required=False)
    at: datetime = moment()


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
    id: str = words(key=True)
    person: str = words()
    endpoint: str | None = words(required=False)
    case_id: str = words()
    urgent: bool
    status: str = words()
    attempts: int = number(default="0")
    next_at: datetime = moment()
    error: str | None = words(required=False)
    created_at: datetime = moment()
    done_at: datetime | None = moment(required=False)


class CarriedRow(SQLModel, table=True):
    __tablename__ = "carried"
    delivery: str = words(key=True)
    notice: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))


class AnswerRow(SQLModel, table=True):
    __tablename__ = "answers"
    __table_args__ = (Index("answers_by_age", "at"),)
    caller: str = words(key=True)
    key: str = words(key=True)
    route: str = words()
    body_hash: str = words()
    status: int
    headers: dict[str, str] = document()
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    at: datetime = moment()


class CaseKeyRow(SQLModel, table=True):
    __tablename__ = "case_keys"
    __table_args__ = {"schema": "vault"}
    case_id: str = words(key=True)
    wrapped: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
    """None once the key was destroyed: the row stays as the tombstone."""
    version: int


class ParticularsRow(SQLModel, table=True):
    __tablename__ = "particulars"
    __table_args__ = {"schema": "vault"}
    case_id: str = words(key=True)
    record_id: str = words(key=True)
    ciphertext: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = moment()
