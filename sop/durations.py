"""Lengths of time as the law writes them: calendar months stay calendar months."""

import re
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

_ISO = re.compile(
    r"P(?=.)(?:(?P<years>\d{1,10})Y)?(?:(?P<months>\d{1,10})M)?(?:(?P<weeks>\d{1,10})W)?(?:(?P<days>\d{1,10})D)?"
    r"(?:T(?=.)(?:(?P<hours>\d{1,10})H)?(?:(?P<minutes>\d{1,10})M)?(?:(?P<seconds>\d{1,10})S)?)?",
    re.ASCII,
)
_WORDS = re.compile(r"(?P<count>\d{1,10}) (?P<unit>second|minute|hour|day|working day|week|month|year)s?", re.ASCII)
_LARGEST_YEARS = 100
_COMMON_YEAR = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_LEAP_YEAR = (31, 29, *_COMMON_YEAR[2:])

SPELLING = (
    r"^ *(P(?=.)(\d{1,10}Y)?(\d{1,10}M)?(\d{1,10}W)?(\d{1,10}D)?(T(?=.)(\d{1,10}H)?(\d{1,10}M)?(\d{1,10}S)?)?"
    r"|\d{1,10} (second|minute|hour|day|working day|week|month|year)s?( and |$))+ *$"
)
"""How a duration is spelt, for editors; what `parse` refuses beyond that (nothing, centuries) they let through."""


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time: months, days, working days and seconds are kept apart and never turned into each other.

    Written in words with one unit (`30 days`, `5 working days`, `3 months`, `48 hours`) or as ISO 8601 (`P1M15D`).
    """

    months: int = 0
    days: int = 0
    working_days: int = 0
    seconds: int = 0

    @classmethod
    def parse(cls, text: str) -> "Duration":
        """Read words, ISO 8601, or what `str` writes: several units joined by ` and `.

        Raise `ValueError` with a sentence for the coordinator when the text is no duration.
        """
        total = cls()
        for part in text.split(" and ", 5):
            one = cls._one(part)
            if not one:
                raise ValueError("a duration of nothing would fire at once; write at least '1 hour'")
            total = total + one
        if total.approximate_days() > _LARGEST_YEARS * 366:
            raise ValueError(f"a duration may not be longer than {_LARGEST_YEARS} years")
        return total

    @classmethod
    def _one(cls, text: str) -> "Duration":
        if found := _WORDS.fullmatch(text.strip()):
            return _from_words(int(found["count"]), found["unit"])
        iso = _ISO.fullmatch(text.strip())
        if not iso:
            raise ValueError(f"{text[:40]!r} is not a duration; write for example '30 days' or 'P30D'")
        part = {name: int(value or 0) for name, value in iso.groupdict().items()}
        return cls(
            months=part["years"] * 12 + part["months"],
            days=part["weeks"] * 7 + part["days"],
            seconds=part["hours"] * 3600 + part["minutes"] * 60 + part["seconds"],
        )

    def __bool__(self) -> bool:
        return bool(self.months or self.days or self.working_days or self.seconds)

    def __mul__(self, times: int) -> "Duration":
        return Duration(self.months * times, self.days * times, self.working_days * times, self.seconds * times)

    def __add__(self, other: "Duration") -> "Duration":
        return Duration(
            self.months + other.months,
            self.days + other.days,
            self.working_days + other.working_days,
            self.seconds + other.seconds,
        )

    @property
    def in_hours(self) -> bool:
        """Hours count as hours; everything else counts in whole days of the authority's calendar."""
        return bool(self.seconds) and not (self.months or self.days or self.working_days)

    def approximate_days(self) -> float:
        """Only for comparing definitions with each other, never for a date: a month counts 30 days."""
        return self.months * 30 + self.days + self.working_days * 7 / 5 + self.seconds / 86400

    def fewest_days(self) -> float:
        """How long it is at the least, wherever it begins: a month in February has 28 days."""
        months = min(sum(_COMMON_YEAR[(first + n) % 12] for n in range(self.months)) for first in range(12))
        return months + self.days + self.working_days + self.seconds / 86400

    def most_days(self) -> float:
        """How long it is at the most: seven days for five working days, and no holidays."""
        months = max(sum(_LEAP_YEAR[(first + n) % 12] for n in range(self.months)) for first in range(12))
        return months + self.days + self.working_days * 7 / 5 + self.seconds / 86400

    def __str__(self) -> str:
        parts = [
            _counted(self.months // 12 if self.months % 12 == 0 else 0, "year"),
            _counted(self.months if self.months % 12 else 0, "month"),
            _counted(self.days, "day"),
            _counted(self.working_days, "working day"),
            _spoken_seconds(self.seconds),
        ]
        return " and ".join(part for part in parts if part) or "nothing"

    def iso(self) -> str:
        """ISO 8601; working days, which the standard does not know, stay in words."""
        if self.working_days:
            return str(self)
        date_part = (f"{self.months}M" if self.months else "") + (f"{self.days}D" if self.days else "")
        hours, rest = divmod(self.seconds, 3600)
        minutes, seconds = divmod(rest, 60)
        time_part = "".join(f"{n}{u}" for n, u in ((hours, "H"), (minutes, "M"), (seconds, "S")) if n)
        return "P" + date_part + (f"T{time_part}" if time_part else "")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _validate,
            serialization=core_schema.plain_serializer_function_ser_schema(str),
            json_schema_input_schema=core_schema.str_schema(pattern=SPELLING),
        )


def _validate(value: Any) -> Duration:
    if isinstance(value, Duration):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("bad-duration", "a duration is text such as '30 days'")
    try:
        return Duration.parse(value)
    except ValueError as problem:
        raise PydanticCustomError("bad-duration", "{problem}", {"problem": str(problem)}) from None


def _from_words(count: int, unit: str) -> Duration:
    match unit:
        case "second":
            return Duration(seconds=count)
        case "minute":
            return Duration(seconds=count * 60)
        case "hour":
            return Duration(seconds=count * 3600)
        case "day":
            return Duration(days=count)
        case "working day":
            return Duration(working_days=count)
        case "week":
            return Duration(days=count * 7)
        case "month":
            return Duration(months=count)
        case _:
            return Duration(months=count * 12)


def _counted(count: int, unit: str) -> str:
    return "" if not count else f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _spoken_seconds(seconds: int) -> str:
    for size, unit in ((3600, "hour"), (60, "minute")):
        if seconds % size == 0:
            return _counted(seconds // size, unit)
    return _counted(seconds, "second")
