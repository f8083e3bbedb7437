"""What became of clocks that began to count in a time: of the law by month, of what others owe by their country."""

from datetime import datetime

from sop.shapes import Value
from store.database import Database

# `missed_at` stays with a clock that was met after its end. A clock that runs again has the row of its last run.
_OUTCOMES = """
    count(*) FILTER (WHERE status = 'met' AND missed_at IS NULL) AS in_time,
    count(*) FILTER (WHERE status = 'met' AND missed_at IS NOT NULL) AS late,
    count(*) FILTER (WHERE status = 'running' AND due <= %(now)s) AS overdue,
    count(*) FILTER (WHERE status = 'paused' OR (status = 'running' AND due > %(now)s)) AS running
"""
_CHOSEN = """
    anchor >= %(since)s AND anchor < %(until)s
    AND (CAST(%(country)s AS text) IS NULL OR country = %(country)s)
    AND (CAST(%(sop)s AS text) IS NULL OR sop = %(sop)s)
"""
_LAW = f"""
SELECT to_char(anchor AT TIME ZONE 'UTC', 'YYYY-MM') AS cohort, clock, {_OUTCOMES} FROM clocks
WHERE statutory AND kind <> 'period' AND status IN ('met', 'running', 'paused') AND {_CHOSEN}
GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608
_ANSWERS = f"""
SELECT coalesce(counterpart, '') AS counterpart, {_OUTCOMES} FROM clocks
WHERE partner AND status IN ('met', 'running', 'paused') AND {_CHOSEN}
GROUP BY 1 ORDER BY 1
"""  # noqa: S608


class Outcome(Value):
    """How many clocks were met in time, met late, are overdue now, and run on."""

    in_time: int
    late: int
    overdue: int
    running: int


class LawOutcome(Outcome):
    """Of one clock of the law, by the month (UTC, `2026-03`) from which it counts."""

    cohort: str
    clock: str


class Answers(Outcome):
    """Of what another country owes; `counterpart` is empty where nobody has recorded which."""

    counterpart: str


class Compliance:
    """`since` and `until` bound the moment from which a clock counts; `now` is the caller's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_law(
        self, now: datetime, since: datetime, until: datetime, *, country: str | None = None, sop: str | None = None
    ) -> list[LawOutcome]:
        """Deadlines and reviews of the law; those that lapsed without being owed any more are not counted."""
        given = {"now": now, "since": since, "until": until, "country": country, "sop": sop}
        return [LawOutcome.model_validate(row) for row in await self._database.rows(_LAW, given)]

    async def answers(
        self, now: datetime, since: datetime, until: datetime, *, country: str | None = None, sop: str | None = None
    ) -> list[Answers]:
        """What was asked of others: answered in time, late, not yet, or not in time."""
        given = {"now": now, "since": since, "until": until, "country": country, "sop": sop}
        return [Answers.model_validate(row) for row in await self._database.rows(_ANSWERS, given)]
