"""The queues hold what is overdue, due, waiting, idle, halted or unassigned at the moment of asking, page by page."""

import importlib.util
import sys
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sop.case import ClockRun, Responsible, SopStanding
from sop.durations import Duration
from sop.effects import Tell
from store.cases import CaseLedger, ClockMeta, SopMeta
from store.database import Database
from store.queues import Queues, Wanted
from store.summary import Summaries


def _beside(name: str) -> ModuleType:
    """Tests are no package: the makers of sample cases are loaded from their file."""
    spec = importlib.util.spec_from_file_location(f"queue_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


samples = _beside("test_cases")
NOON, a_case, a_write, an_entry, case_id = (
    samples.NOON,
    samples.a_case,
    samples.a_write,
    samples.an_entry,
    samples.case_id,
)
ALL = Wanted()
LAW = ClockMeta(kind="deadline", statutory=True, sop="identification", owes="authority,case_manager")
TARGET = ClockMeta(kind="deadline", statutory=False, sop="care", owes="case_manager")
ABROAD = ClockMeta(kind="deadline", statutory=False, sop="care", owes="partner", partner=True, counterpart="RS")


def a_clock(days: float, **more: Any) -> ClockRun:
    fields = {"run": 1, "status": "running", "anchor": NOON, "budget": Duration(days=1), "armed_at": NOON}
    return ClockRun.model_validate(fields | {"due": NOON + timedelta(days=days)} | more)


async def keep(database: Database, number: int, clocks: dict[str, tuple[ClockRun, ClockMeta]], **changes: Any) -> None:
    case = a_case(number, clocks={name: run for name, (run, _) in clocks.items()}, **changes.pop("case", {}))
    metas = {name: meta for name, (_, meta) in clocks.items()}
    await CaseLedger(database).append([a_write(number, case=case, entries=(), clocks=metas, **changes)])


@pytest.fixture
async def filled(database: Database) -> Database:
    """Three open cases with clocks of every kind, and a closed one."""
    paused = a_clock(0, status="paused", due=None)
    await keep(database, 1, {"law": (a_clock(2), LAW), "target": (a_clock(1), TARGET), "paused": (paused, LAW)})
    await keep(database, 2, {"law": (a_clock(3), LAW), "abroad": (a_clock(4), ABROAD)}, case={"country": "RO"})
    anna = {"responsible": Responsible(id="berta", since=NOON)}
    await keep(database, 3, {"target": (a_clock(0.5), TARGET), "met": (a_clock(0, status="met"), LAW)}, case=anna)
    await keep(database, 4, {"law": (a_clock(1), LAW)}, case={"closed_at": NOON})
    return database


def names(lines: list[Any]) -> list[tuple[int, str]]:
    numbers = {case_id(number): number for number in range(1, 9)}
    return [(numbers[line.case_id], line.clock) for line in lines]


def at(days: float) -> datetime:
    return NOON + timedelta(days=days)


async def test_law_comes_first_and_then_what_is_longest_overdue(filled: Database) -> None:
    queues = Queues(filled)
    assert names(await queues.clocks("overdue", ALL, at(9))) == [
        *((1, "law"), (2, "law")),
        *((3, "target"), (1, "target"), (2, "abroad")),
    ]


async def test_it_is_overdue_from_the_very_moment_and_not_before(filled: Database) -> None:
    queues = Queues(filled)
    assert names(await queues.clocks("overdue", ALL, at(0.5))) == [(3, "target")]
    assert names(await queues.clocks("overdue", ALL, at(0.5) - timedelta(microseconds=1))) == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"country": "RO"}, [(2, "law"), (2, "abroad")]),
        ({"responsible": "berta"}, [(3, "target")]),
        ({"statutory": True}, [(1, "law"), (2, "law")]),
        ({"statutory": False}, [(3, "target"), (1, "target"), (2, "abroad")]),
        ({"sop": "identification"}, [(1, "law"), (2, "law")]),
        ({"role": "authority"}, [(1, "law"), (2, "law")]),
        ({"role": "case_manager", "country": "AT", "statutory": True}, [(1, "law")]),
        ({"country": "'; DROP TABLE clocks; --"}, []),
    ],
)
async def test_each_filter_chooses_its_lines(filled: Database, wanted: dict[str, Any], found: list[Any]) -> None:
    assert names(await Queues(filled).clocks("overdue", Wanted(**wanted), at(9))) == found


@pytest.mark.parametrize("size", [1, 2, 3])
async def test_pages_hold_every_line_once_in_order(filled: Database, size: int) -> None:
    queues = Queues(filled)
    seen: list[Any] = []
    after = None
    while page := await queues.clocks("overdue", ALL, at(9), after=after, limit=size):
        seen += page
        after = page[-1].place
    assert names(seen) == names(await queues.clocks("overdue", ALL, at(9)))


async def test_due_soon_ends_at_each_countrys_own_moment(filled: Database) -> None:
    queues = Queues(filled)
    soon = {"": at(2), "RO": at(3)}
    assert names(await queues.clocks("due_soon", ALL, at(0.5), soon=soon)) == [(1, "law"), (2, "law"), (1, "target")]
    assert names(await queues.clocks("due_soon", ALL, at(0.5), soon={"": at(1)})) == [(1, "target")]


async def test_what_is_owed_abroad_is_known_before_it_is_overdue_and_waits_after(filled: Database) -> None:
    queues = Queues(filled)
    (line,) = await queues.clocks("abroad", ALL, at(0))
    assert (line.counterpart, line.owes, line.partner) == ("RS", ("partner",), True)
    assert await queues.clocks("waiting", ALL, at(3.9)) == []
    assert names(await queues.clocks("waiting", ALL, at(4))) == [(2, "abroad")]


async def test_a_line_says_who_was_told_of_this_end_and_not_of_a_former_one(database: Database) -> None:
    tells = tuple(
        Tell.model_validate(
            {"id": str(n), "case_id": case_id(1), "to": to, "what": what, "about": "law", "due": at(due)}
        )
        for n, (to, what, due) in enumerate([("case_manager", "reminder", 1), ("supervisor", "missed", 2)])
    )
    entry = an_entry().model_copy(update={"tells": tells})
    case = a_case(clocks={"law": a_clock(2)})
    await CaseLedger(database).append([a_write(case=case, entries=(entry,), clocks={"law": LAW})])
    (line,) = await Queues(database).clocks("overdue", ALL, at(9))
    assert [(one.role, one.what, one.status) for one in line.told] == [("supervisor", "missed", "waiting")]


async def test_a_case_changes_its_lines_with_country_person_and_end(database: Database) -> None:
    clocks = {"law": (a_clock(1), LAW)}
    await keep(database, 1, clocks)
    await keep(database, 1, clocks, case={"seq": 2, "responsible": Responsible(id="berta", since=NOON)})
    queues = Queues(database)
    assert len(await queues.clocks("overdue", Wanted(responsible="berta"), at(9))) == 1
    assert await queues.clocks("overdue", Wanted(responsible="anna"), at(9)) == []
    await keep(database, 1, clocks, case={"seq": 3, "closed_at": NOON})
    assert await queues.clocks("overdue", ALL, at(9)) == []


async def test_unassigned_are_offered_cases_and_those_of_people_nobody_knows(database: Database) -> None:
    offered = Responsible(id="anna", since=NOON, offered_to="berta")
    await keep(database, 1, {}, case={"responsible": offered})
    await keep(database, 2, {}, case={"responsible": Responsible(id="gone", since=NOON)})
    await keep(database, 3, {})
    await keep(database, 4, {}, case={"responsible": offered, "closed_at": NOON})
    queues = Queues(database)

    async def found(**more: Any) -> list[str]:
        return [line.case_id for line in await queues.unassigned(ALL, ["anna", "berta"], **more)]

    assert await found() == [case_id(1), case_id(2)]
    first = (await queues.unassigned(ALL, ["anna", "berta"], limit=1))[0]
    assert await found(after=first.place) == [case_id(2)]
    assert len(await queues.unassigned(ALL, ["anna", "berta", "gone"])) == 1
    assert await queues.unassigned(Wanted(country="RO"), ["anna"]) == []


async def test_idle_and_halted_lines_come_from_what_was_said_with_the_case(database: Database) -> None:
    two = {
        "identification": SopStanding(state="open", since=NOON, open=True),
        "care": SopStanding(state="new", since=at(1), open=True),
    }
    stalls = {"identification": SopMeta(stalls_at=at(2), roles="anna"), "care": SopMeta(roles="judge,nurse")}
    await keep(database, 1, {}, case={"sops": two}, sops=stalls)
    await keep(database, 2, {}, halted="nothing_open")
    await keep(database, 3, {}, sops={"identification": SopMeta(roles="")})
    queues = Queues(database)
    assert await queues.idle(ALL, at(1.9)) == []
    (idle,) = await queues.idle(ALL, at(2))
    assert (idle.case.id, idle.sop) == (case_id(1), "identification")
    assert await queues.idle(Wanted(sop="care"), at(9)) == []
    halted = await queues.halted(ALL, ["anna"])
    assert [(line.case.id, line.code, line.sop, line.roles) for line in halted] == [
        (case_id(2), "nothing_open", "", ()),
        (case_id(1), "nobody_holds", "care", ("judge", "nurse")),
    ]
    assert [line.code for line in await queues.halted(ALL, ["anna", "nurse"])] == ["nothing_open"]
    assert await queues.halted(ALL, ["anna"], after=halted[-1].place) == []
    assert [line.code for line in await queues.halted(ALL, ["anna"], after=halted[0].place)] == ["nobody_holds"]


async def test_suspects_are_clocks_unheard_results_owed_and_lines_not_there(database: Database) -> None:
    heard = a_clock(1, missed_at=at(1))
    await keep(database, 1, {"law": (a_clock(1), LAW)}, awaits_since=at(1))
    await keep(database, 2, {"law": (heard, LAW)})
    await database.rows("INSERT INTO awaited VALUES ('a', 'X', 'k', %(at)s, %(at)s) RETURNING id", {"at": at(3)})
    queues = Queues(database)
    assert await queues.suspects(at(0.9), at(0.9), at(2)) == []
    found = await queues.suspects(at(1), at(1), at(3))
    assert [(one.case_id, one.code) for one in found] == [
        (case_id(1), "clock_unheard"),
        (case_id(1), "result_missing"),
        ("X", "line_missing"),
    ]
    differs = "INSERT INTO discrepancies VALUES (%(case)s, 'row_behind', 1, 2, %(at)s) RETURNING kind"
    await database.rows(differs, {"case": case_id(2), "at": at(1)})
    assert [one.code for one in await queues.suspects(at(0), at(0), at(0)) if one.case_id == case_id(2)] == [
        "rows_differ"
    ]
    heads = await queues.heads([case_id(1), "X"])
    assert heads[case_id(1)].sops == ("identification",)
    assert set(heads) == {case_id(1)}


async def test_figures_count_what_the_lists_hold(filled: Database) -> None:
    now, soon = at(2), {"": at(3)}
    counted = {
        (one.by, one.name, one.measure): one.count
        for one in await Summaries(filled).figures(now, soon, held=["case_manager"], troubled=[case_id(1)])
    }
    queues = Queues(filled)
    whole = await queues.clocks("overdue", ALL, now)
    assert counted["all", "", "open"] == 3
    assert counted["country", "AT", "open"] == 2
    assert counted["all", "", "overdue_statutory"] == sum(line.statutory for line in whole) == 1
    assert counted["all", "", "overdue_target"] == sum(not line.statutory for line in whole) == 2
    assert counted["responsible", "berta", "overdue_target"] == 1
    assert counted["sop", "care", "overdue_target"] == 2
    assert counted["all", "", "due_soon"] == len(await queues.clocks("due_soon", ALL, now, soon=soon)) == 1
    assert counted["country", "AT", "technical"] == 1
    only = await Summaries(filled).figures(now, soon, held=[], country="RO")
    assert {(one.by, one.name) for one in only} == {
        ("all", ""),
        ("country", "RO"),
        ("responsible", "anna"),
        ("sop", "identification"),
    }


async def test_stays_say_since_when_half_and_nine_tenths_have_stood_there(database: Database) -> None:
    for number in range(1, 11):
        standing = SopStanding(state="open", since=NOON - timedelta(days=number), open=True)
        more = {"sops": {"identification": standing}}
        await keep(database, number, {}, case=more, sops={"identification": SopMeta()})
    (stay,) = await Summaries(database).stays()
    assert (stay.sop, stay.state, stay.count) == ("identification", "open", 10)
    assert stay.median_since == NOON - timedelta(days=6)
    assert stay.p90_since == NOON - timedelta(days=10)
    assert await Summaries(database).stays(country="RO") == []
