"""Figures for supervisors: how much is open, overdue, due soon and stuck, and how long cases have stood where they are."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from sop.shapes import Value
from store.database import Database
from store.queues_sql import ROLE_SETS, as_json
from store.summary_sql import FIGURES, FINISHED_STAYS, STAYS

Dimension = Literal["country", "sop", "responsible", "all"]
Measure = Literal[
    "open", "overdue_statutory", "overdue_target", "due_soon", "technical", "procedural", "waiting", "idle"
]
MEASURES: tuple[Measure, ...] = Measure.__args__  # type: ignore[attr-defined]


class Figure(Value):
    """How many of one measure there are under one name; cases, standings of SOPs or clocks, as the measure is."""

    by: Dimension
    name: str
    measure: Measure
    count: int


class Stay(Value):
    """How many SOPs stand in a state, and since when half and nine tenths of them at the least have stood there."""

    sop: str
    state: str
    count: int
    median_since: datetime
    p90_since: datetime


class FinishedStay(Value):
    """How many stays in a state have ended, and how long half and nine tenths of them lasted at the most."""

    sop: str
    state: str
    count: int
    median: timedelta
    p90: timedelta


class Summaries:
    def __init__(self, database: Database) -> None:
        self._database = database

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
    ) -> list[Figure]:
        """Every figure, by country, SOP, responsible person and as a whole.

        `soon` says by country what is the last moment that counts as soon, `""` for those not named; `held` are the
        roles that somebody holds; `troubled` are the cases in which the machinery has stopped. What concerns a whole
        case is not counted where `sop` chooses.
        """
        sets = [row["roles"] for row in await self._database.rows(ROLE_SETS, {})]
        given: dict[str, Any] = {"now": now, "latest": max(soon.values()), "soon": as_json(soon)}
        given |= {"country": country, "sop": sop, "responsible": responsible, "troubled": list(troubled)}
        given["orphaned"] = [each for each in sets if each and not set(each.split(",")) & set(held)]
        counted: dict[tuple[Dimension, str, Measure], int] = {}
        for row in await self._database.rows(FIGURES, given):
            key = (row["by"], row["name"], row["measure"])
            counted[key] = counted.get(key, 0) + row["count"]
        return [
            Figure.model_construct(by=by, name=name, measure=measure, count=count)
            for (by, name, measure), count in sorted(counted.items())
        ]

    async def stays(
        self, *, country: str | None = None, sop: str | None = None, responsible: str | None = None
    ) -> list[Stay]:
        """How long what is open has stood in its state, so far."""
        rows = await self._database.rows(STAYS, {"country": country, "sop": sop, "responsible": responsible})
        return [Stay.model_validate(row) for row in rows]

    async def finished_stays(
        self, since: datetime, until: datetime, *, country: str | None = None, sop: str | None = None
    ) -> list[FinishedStay]:
        """How long what was left between these moments had stood in its state, also in cases that are closed."""
        given = {"since": since, "until": until, "country": country, "sop": sop}
        return [FinishedStay.model_validate(row) for row in await self._database.rows(FINISHED_STAYS, given)]
