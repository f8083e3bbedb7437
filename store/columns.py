"""The kinds of columns that tables are described with."""

from typing import Any

from sqlalchemy import (
    Column,
    DateTime,
    LargeBinary,
    Text,
    Time,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field


def moment(*, required: bool = True) -> Any:
    return Field(default=None, sa_type=DateTime(timezone=True), nullable=not required)


def words(*, key: bool = False, required: bool = True) -> Any:
    return Field(default=None, sa_type=Text, primary_key=key, nullable=not (required or key))


def several() -> Any:
    return Field(sa_column=Column(ARRAY(Text), nullable=False))


def hour() -> Any:
    return Field(default=None, sa_type=Time, nullable=True)


def sealed(*, required: bool = True, unique: bool = False) -> Any:
    return Field(sa_column=Column(LargeBinary, nullable=not required, unique=unique))


def number(*, default: str | None = None) -> Any:
    return Field(sa_column_kwargs={"server_default": default} if default else {})


def document() -> Any:
    return Field(sa_column=Column(JSONB, nullable=False))
