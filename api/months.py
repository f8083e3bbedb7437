"""A span of months in UTC, as figures over a time are asked for."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import StringConstraints

from api.errors import Problem

Month = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
MOST_MONTHS = 60


def months(now: datetime, since: str | None, until: str | None, usual: int) -> tuple[str, str, datetime, datetime]:
    """The first and the last month, and the moments between which they lie; `usual` so many where nothing is said.

    Raise `malformed` where they lie the wrong way round or too far apart.
    """
    last = until or f"{now:%Y-%m}"
    first = since or _month(last, 1 - usual)
    if not 0 <= _number(last) - _number(first) < MOST_MONTHS:
        text = f"`since` comes before `until`, and at most {MOST_MONTHS} months are counted."
        raise Problem("malformed", text, where=[("query.since", "unfit")])
    return first, last, _begin(first), _begin(_month(last, 1))


def _number(month: str) -> int:
    year, number = month.split("-")
    return int(year) * 12 + int(number) - 1


def _month(month: str, later: int) -> str:
    year, number = divmod(_number(month) + later, 12)
    return f"{year:04}-{number + 1:02}"


def _begin(month: str) -> datetime:
    year, number = divmod(_number(month), 12)
    return datetime(year, number + 1, 1, tzinfo=UTC)
