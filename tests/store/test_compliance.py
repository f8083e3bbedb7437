"""What became of clocks: counted by the month from which they count, and by the country that owes."""

import importlib.util
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

from sop.events import Entry, StateEntered
from store.cases import CaseLedger
from store.compliance import Answers, Compliance, LawOutcome
from store.database import Database
from store.summary import Summaries


def _beside(name: str) -> ModuleType:
    """Tests are no package: the makers of sample clocks are loaded from their file."""
    spec = importlib.util.spec_from_file_location(f"compliance_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


queues = _beside("test_queues")
NOON, a_clock, keep, LAW, TARGET, ABROAD = (
    queues.NOON,
    queues.a_clock,
    queues.keep,
    queues.LAW,
    queues.TARGET,
    queues.ABROAD,
)
SPAN = (NOON + timedelta(days=9), datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
PERIOD = LAW.model_copy(update={"kind": "period"})
NOBODY = ABROAD.model_copy(update={"counterpart": None})


async def test_what_the_law_demands_is_counted_by_month_and_by_what_became_of_it(database: Database) -> None:
    met, late = a_clock(2, status="met"), a_clock(2, status="met", missed_at=NOON + timedelta(days=2))
    earlier = a_clock(2, status="met", anchor=NOON - timedelta(days=40))
    await keep(database, 1, {"law": (met, LAW), "period": (met, PERIOD), "target": (met, TARGET)})
    await keep(database, 2, {"law": (late, LAW)}, case={"country": "RO"})
    await keep(database, 3, {"law": (a_clock(3), LAW)})
    await keep(database, 4, {"law": (a_clock(30), LAW)})
    await keep(database, 5, {"law": (a_clock(0, status="paused", due=None), LAW)})
    await keep(database, 6, {"law": (earlier, LAW)})
    await keep(database, 7, {"law": (a_clock(2, status="ended"), LAW)})
    assert await Compliance(database).of_law(*SPAN) == [
        LawOutcome(cohort="2026-01", clock="law", in_time=1, late=0, overdue=0, running=0),
        LawOutcome(cohort="2026-03", clock="law", in_time=1, late=1, overdue=1, running=2),
    ]
    only = [LawOutcome(cohort="2026-03", clock="law", in_time=0, late=1, overdue=0, running=0)]
    assert await Compliance(database).of_law(*SPAN, country="RO") == only
    assert await Compliance(database).of_law(*SPAN, sop="care") == []
    assert await Compliance(database).of_law(SPAN[0], SPAN[1], NOON - timedelta(days=41)) == []


async def test_answers_are_counted_by_the_country_that_owes(database: Database) -> None:
    met, late = a_clock(2, status="met"), a_clock(2, status="met", missed_at=NOON + timedelta(days=2))
    for number, (run, meta) in enumerate([(met, ABROAD), (late, ABROAD), (a_clock(1), ABROAD), (a_clock(20), NOBODY)]):
        await keep(database, number + 1, {"abroad": (run, meta), "law": (met, LAW)})
    assert await Compliance(database).answers(*SPAN) == [
        Answers(counterpart="", in_time=0, late=0, overdue=0, running=1),
        Answers(counterpart="RS", in_time=1, late=1, overdue=1, running=0),
    ]


def moved(number: int, seq: int, days: float, *moves: tuple[str | None, str]) -> Entry:
    events = tuple(
        StateEntered(sop="identification", transition="go", source=source, target=target) for source, target in moves
    )
    at = NOON + timedelta(days=days)
    fields = {"case_id": queues.case_id(number), "seq": seq, "at": at, "actor": "a", "role": "case_manager"}
    return Entry.model_validate(fields | {"command": "advance", "key": f"k{seq}", "events": events})


async def test_a_stay_that_ended_lasted_from_the_line_that_entered_the_state(database: Database) -> None:
    for number in range(1, 11):
        lines = [
            moved(number, 1, 0, (None, "open")),
            moved(number, 2, number, ("open", "away")),
            moved(number, 3, number + 1, ("away", "open")),
            moved(number, 4, number + 1.5, ("open", "passed"), ("passed", "over")),
        ]
        case = queues.a_case(number, seq=4, closed_at=NOON, country="RO" if number == 10 else "AT")
        await CaseLedger(database).append([queues.a_write(number, case=case, entries=lines)])
    figures = Summaries(database)
    stays = {one.state: one for one in await figures.finished_stays(NOON, NOON + timedelta(days=30))}
    assert {state: one.count for state, one in stays.items()} == {"open": 20, "away": 10, "passed": 10}
    assert (stays["away"].median, stays["away"].p90) == (timedelta(days=1), timedelta(days=1))
    assert (stays["open"].median, stays["open"].p90) == (timedelta(days=0.5), timedelta(days=8))
    assert stays["passed"].p90 == timedelta(), "entered and left in one line"
    (only,) = await figures.finished_stays(NOON + timedelta(days=9.9), NOON + timedelta(days=10.1), country="RO")
    assert (only.state, only.count, only.median) == ("open", 1, timedelta(days=10))
    assert await figures.finished_stays(NOON, NOON + timedelta(days=30), sop="care") == []
