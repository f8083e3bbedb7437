"""What a measure records: typed fields that become facts, and particulars that never do."""

import re
from datetime import date, datetime
from typing import Any, Literal, TypeVar

from pydantic import Field as Key
from pydantic import model_validator
from pydantic_core import PydanticCustomError

from sop.durations import Duration
from sop.instruments import Instrument
from sop.shapes import FactValue, Name, Reference, Shape, Text

FieldType = Literal["yes-no", "number", "date", "moment", "duration", "country", "countries", "languages", "text"]
FieldKind = Literal[
    "yes-no", "number", "date", "moment", "duration", "country", "countries", "languages", "text",
    "one-of", "many-of", "instrument",
]  # fmt: skip


class Field(Shape):
    """One field. Exactly one of `type`, `one-of`, `many-of`, `instrument` says what it holds.

    A field of type `text`, and any field marked `sensitive`, is a particular: it goes to the vault, never to a fact.
    """

    type: FieldType | None = Key(None, description="a plain type")
    one_of: dict[Name, Text] | None = Key(None, description="one code out of these, each with its title")
    many_of: dict[Name, Text] | None = Key(None, description="any number of codes out of these")
    instrument: Name | None = Key(None, description="answers to a questionnaire in instruments/")
    title: Text | None = Key(None, description="the question as the case manager reads it")
    required: bool = Key(False, description="the measure cannot be done without it")
    asked: bool = Key(True, description="of a fact of the case: false where only life events and measures write it")
    sensitive: bool = Key(False, description="identifies or endangers somebody: kept in the vault only")
    sets: Reference | None = Key(None, description="the fact of the case that this field brings up to date")
    annex: Text | None = Key(None, description="its place in the transnational referral template (Annex I)")
    lowest: float | None = Key(None, description="the smallest number allowed")
    highest: float | None = Key(None, description="the largest number allowed")

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"type": value}
        if isinstance(value, dict):
            return {
                key: {code: _titled(code) for code in inner}
                if key in ("one-of", "many-of")
                and isinstance(inner, list | tuple)
                and all(isinstance(c, str) for c in inner)
                else inner
                for key, inner in value.items()
            }
        return value

    @model_validator(mode="after")
    def _one_kind(self) -> "Field":
        kinds = [kind for kind in (self.type, self.one_of, self.many_of, self.instrument) if kind is not None]
        if len(kinds) != 1:
            raise PydanticCustomError("field-kind", "a field has exactly one of type, one-of, many-of, instrument")
        if self.instrument and self.sensitive:
            raise PydanticCustomError(
                "field-kind", "answers to an instrument are scored, so they cannot be kept in the vault"
            )
        return self

    @property
    def kind(self) -> FieldKind:
        if self.type:
            return self.type
        if self.one_of is not None:
            return "one-of"
        return "many-of" if self.many_of is not None else "instrument"

    @property
    def particular(self) -> bool:
        return self.sensitive or self.type == "text"

    def value_title(self, value: FactValue) -> str:
        """The value as a person reads it."""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, tuple):
            return ", ".join(self.value_title(part) for part in value) or "nothing"
        options = self.one_of or self.many_of or {}
        return f"‘{options[value]}’" if isinstance(value, str) and value in options else str(value)

    def schema_of(self, name: str, instruments: dict[str, Instrument]) -> dict[str, Any]:
        """The JSON Schema (2020-12) of the value as a program sends it."""
        schema: dict[str, Any] = {"title": self.title or _titled(name), **self._shape(instruments)}
        if self.particular:
            schema["x-particular"] = True
        return schema

    def _shape(self, instruments: dict[str, Instrument]) -> dict[str, Any]:
        match self.kind:
            case "yes-no":
                return {"type": "boolean"}
            case "number":
                bounds = {"minimum": self.lowest, "maximum": self.highest}
                return {"type": "number", **{key: bound for key, bound in bounds.items() if bound is not None}}
            case "date":
                return {"type": "string", "format": "date"}
            case "moment":
                return {"type": "string", "format": "date-time"}
            case "duration":
                return {"type": "string", "examples": ["30 days"]}
            case "country":
                return {"type": "string", "pattern": "^[A-Z]{2}$"}
            case "countries":
                return {"type": "array", "items": {"type": "string", "pattern": "^[A-Z]{2}$"}, "maxItems": 20}
            case "languages":
                return {"type": "array", "items": {"type": "string", "pattern": _LANGUAGE}, "maxItems": 20}
            case "text":
                return {"type": "string", "maxLength": 10_000}
            case "one-of":
                return {"type": "string", "enum": list(self.one_of or {})}
            case "many-of":
                codes = list(self.many_of or {})
                return {"type": "array", "items": {"type": "string", "enum": codes}, "uniqueItems": True}
            case "instrument":
                return instruments[self.instrument or ""].answers_schema()

    def accept(self, value: Any) -> FactValue:
        """The value as a fact; `ValueError` with a sentence where it does not fit. Particulars are not checked here."""
        match self.kind:
            case "yes-no":
                return _typed(value, bool, "true or false")
            case "number":
                return self._number(value)
            case "date":
                return _date(value)
            case "moment":
                return _moment(value)
            case "duration":
                return _duration(value)
            case "country":
                return _country(value)
            case "countries":
                return tuple(_country(item) for item in _list(value))
            case "languages":
                return tuple(_language(item) for item in _list(value))
            case "one-of":
                return _code(value, self.one_of or {})
            case "many-of":
                return tuple(dict.fromkeys(_code(item, self.many_of or {}) for item in _list(value)))
            case _:
                raise ValueError("this field does not become a fact")

    def _number(self, value: Any) -> FactValue:
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e9 or value != value:
            raise ValueError("a number is wanted")
        if (self.lowest is not None and value < self.lowest) or (self.highest is not None and value > self.highest):
            raise ValueError("the number is out of bounds")
        return value


_LANGUAGE = "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
_FIRST_YEAR, _LAST_YEAR = 1900, 2200


def _titled(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _typed(value: Any, kind: type[bool], wanted: str) -> bool:
    if not isinstance(value, kind):
        raise ValueError(f"{wanted} is wanted")
    return value


def _text(value: Any, longest: int, wanted: str) -> str:
    if not isinstance(value, str) or len(value) > longest:
        raise ValueError(f"{wanted} is wanted")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list | tuple) or len(value) > 50:
        raise ValueError("a list is wanted")
    return list(value)


def _date(value: Any) -> str:
    wanted = "a date such as 2026-03-02"
    try:
        day = date.fromisoformat(_text(value, 10, wanted))
    except ValueError:
        raise ValueError(f"{wanted} is wanted") from None
    return _near(day).isoformat()


def _moment(value: Any) -> str:
    wanted = "a moment such as 2026-03-02T09:00:00Z"
    try:
        moment = datetime.fromisoformat(_text(value, 40, wanted))
    except ValueError:
        raise ValueError(f"{wanted} is wanted") from None
    if moment.tzinfo is None:
        raise ValueError("a moment needs its offset from UTC, for example Z or +01:00")
    return _near(moment).isoformat()


_Day = TypeVar("_Day", bound=date)


def _near(day: _Day) -> _Day:
    """A clock counts from it, so it lies where every length can still be counted."""
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueError(f"a year from {_FIRST_YEAR} to {_LAST_YEAR} is wanted")
    return day


def _duration(value: Any) -> str:
    wanted = "a duration such as 30 days"
    try:
        return str(Duration.parse(_text(value, 60, wanted)))
    except ValueError:
        raise ValueError(f"{wanted} is wanted") from None


def _language(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 12 or not re.fullmatch(_LANGUAGE, value, re.ASCII):
        raise ValueError("a language is its code, for example sr; that is wanted")
    return value


def _country(value: Any) -> str:
    if not isinstance(value, str) or len(value) != 2 or not (value.isascii() and value.isalpha() and value.isupper()):
        raise ValueError("a country is two capital letters, for example RS")
    return value


def _code(value: Any, options: dict[str, str]) -> str:
    if not isinstance(value, str) or value not in options:
        raise ValueError("one of these is wanted: " + ", ".join(options))
    return value
