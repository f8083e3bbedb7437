"""Plans are kept once, line by line, and say how each case stands now; running cases are read page by page."""

from datetime import UTC, datetime, timedelta

import pytest

from sop.case import Case, Responsible, SopStanding
from sop.events import CaseOpened, Entry, ProcedureAdopted
from store import plans
from store.cases import CaseLedger, LedgerWrite
from store.database import Database
from store.plans import Chosen, PlanHead, Plans, Target
from store.procedures import Procedures, PublishedProcedure

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def write(
    number: int, *, hash: str = "h1", country: str = "AT", state: str = "new", closed: bool = False, seq: int = 1
) -> LedgerWrite:
    case = Case(
        id=f"C{number:03d}", procedure=hash, country=country, opened_at=NOON, moved_at=NOON, seq=seq, facts={},
        responsible=Responsible(id="anna", since=NOON), closed_at=NOON if closed else None,
        sops={"care": SopStanding(state=state, since=NOON, open=True)},
    )  # fmt: skip
    event = CaseOpened(procedure="h1", country=country, responsible="anna")
    if seq > 1:
        event = ProcedureAdopted(was="h1", procedure=hash, was_version="1", version="2")  # type: ignore[assignment]
    entry = Entry(
        case_id=case.id, seq=seq, at=NOON, actor="anna", role="r", command="adopt" if seq > 1 else "open_case",
        key=f"k{seq}", events=(event,),
    )  # fmt: skip
    return LedgerWrite(entries=(entry,), case=case, procedure_name="trm", procedure_version=hash[1:], clocks={})


@pytest.fixture
async def ledger(database: Database) -> CaseLedger:
    ledger = CaseLedger(database)
    await ledger.append(
        [write(1), write(2, country="RS"), write(3, state="old"), write(4, closed=True), write(5, hash="h2")]
    )
    return ledger


async def found(
    store: Plans, to: str = "h2", of: str | None = None, now: datetime = NOON, **chosen: object
) -> list[str]:
    target = Target(hash=to, name="trm", country=of)
    pages = [page async for page in store.running(target, Chosen.model_validate(chosen), now)]
    return [case.id for page in pages for case in page]


async def publish(database: Database, hash: str, country: str | None = None, day: int = 0, **more: object) -> None:
    """The version `hash`, in force from this day on."""
    at = NOON + timedelta(days=day)
    row = {"hash": hash, "name": "trm", "version": hash[1:], "country": country, "title": "TRM", "why": "a test"}
    row |= {"published_at": at, "published_by": "cora", "in_force_from": at} | more
    await Procedures(database).publish(PublishedProcedure.model_validate(row))


async def test_running_cases_are_chosen(
    database: Database, ledger: CaseLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Plans(database)
    assert await found(store) == ["C001", "C002", "C003"]
    assert await found(store, to="h9") == ["C001", "C002", "C003", "C005"]
    assert await found(store, country="RS") == ["C002"]
    assert await found(store, state="old") == ["C003"]
    assert await found(store, sop="care", state="new") == ["C001", "C002"]
    assert await found(store, sop="work") == []
    assert await found(store, version="9") == []
    assert await found(store, cases=("C003", "C004")) == ["C003"]
    assert await found(store, cases=()) == []
    monkeypatch.setattr(plans, "PAGE", 2)
    assert len([page async for page in store.running(Target(hash="h2", name="trm"), Chosen(), NOON)]) == 2
    assert await found(store) == ["C001", "C002", "C003"]


LATER = NOON + timedelta(days=30)


@pytest.fixture
async def three_countries(database: Database) -> Plans:
    """Cases of Serbia, Austria and Croatia, one after another as the versions came; only Serbia and Austria have own ones.

    The base 1 and 2, Serbia's 1 to 3, Austria's 1. A case is named for its country and its version.
    """
    await publish(database, "hbase1")
    await publish(database, "hrs1", "RS", day=2)
    await publish(database, "hat1", "AT", day=3)
    await publish(database, "hrs2", "RS", day=4)
    await publish(database, "hbase2", day=5)
    await publish(database, "hrs3", "RS", day=6)
    begun = [
        *(("RS", "hbase1"), ("RS", "hrs1"), ("RS", "hrs2"), ("RS", "hrs3")),
        *(("AT", "hbase1"), ("AT", "hat1"), ("HR", "hbase1"), ("HR", "hbase2")),
    ]
    writes = [write(number, hash=hash, country=country) for number, (country, hash) in enumerate(begun)]
    named = {number: f"{country}-{hash[1:]}" for number, (country, hash) in enumerate(begun)}
    for number, one in enumerate(writes):
        case = one.case.model_copy(update={"id": named[number]})
        entry = one.entries[0].model_copy(update={"case_id": case.id})
        writes[number] = one.model_copy(update={"case": case, "entries": (entry,)})
    await CaseLedger(database).append(writes)
    return Plans(database)


async def test_a_version_of_a_country_takes_its_cases_of_older_versions_and_of_the_base(three_countries: Plans) -> None:
    store = three_countries
    assert await found(store, "hrs3", "RS", LATER) == ["RS-base1", "RS-rs1", "RS-rs2"]
    assert await found(store, "hat1", "AT", LATER) == ["AT-base1"]
    assert await found(store, "hrs3", "RS", LATER, country="AT") == []
    assert await found(store, "hrs3", "RS", LATER, version="rs2") == ["RS-rs2"]
    assert await found(store, "hrs3", "RS", LATER, cases=("RS-rs1", "AT-base1", "HR-base1")) == ["RS-rs1"]


async def test_a_newer_version_is_left_only_where_it_is_named(three_countries: Plans) -> None:
    store = three_countries
    assert await found(store, "hrs2", "RS", LATER) == ["RS-base1", "RS-rs1"]
    assert await found(store, "hrs2", "RS", LATER, version="rs3") == ["RS-rs3"]
    assert await found(store, "hbase1", None, LATER) == []
    assert await found(store, "hbase1", None, LATER, version="base2") == ["HR-base2"]


async def test_the_base_takes_the_cases_of_countries_without_a_version_of_their_own(
    database: Database, three_countries: Plans
) -> None:
    store = three_countries
    assert await found(store, "hbase2", None, LATER) == ["HR-base1"]
    assert await found(store, "hbase2", None, NOON) == ["AT-base1", "HR-base1", "RS-base1"], (
        "no own one is in force yet"
    )
    await publish(database, "hhr1", "HR", day=7, waits_for_second=True)
    assert await found(store, "hbase2", None, LATER) == ["HR-base1"], "the own one does not count yet"
    await Procedures(database).confirm("hhr1", "anna", LATER)
    assert await found(store, "hbase2", None, LATER) == []
    assert await found(store, "hhr1", "HR", LATER) == ["HR-base1", "HR-base2"]


async def test_a_version_that_is_only_tried_takes_every_version_of_its_country(three_countries: Plans) -> None:
    store = three_countries
    assert await found(store, "hnew", "RS", LATER) == ["RS-base1", "RS-rs1", "RS-rs2", "RS-rs3"]
    assert await found(store, "hnew", None, LATER) == ["HR-base1", "HR-base2"]


async def test_a_plan_is_kept_once_with_its_lines(database: Database, ledger: CaseLedger) -> None:
    store = Plans(database)
    head = PlanHead(id="p1", procedure_hash="h2", made_at=NOON, made_by="cora", chosen=Chosen(country="AT"))
    for _ in range(2):
        await store.keep(head, {"C001": '{"seq": 1}', "C003": '{"seq": 1}'})
    assert await store.get("p1") == head
    assert await store.get("p2") is None
    assert await store.line("p1", "C001") == '{"seq": 1}'
    assert await store.line("p1", "C002") is None
    await ledger.append([write(1, hash="h2", seq=2)])
    now = await store.lines("p1")
    assert [(line.case_id, line.procedure_hash, line.seq) for line in now] == [("C001", "h2", 2), ("C003", "h1", 1)]


async def test_a_plan_is_paused_and_goes_on(database: Database) -> None:
    store = Plans(database)
    await store.keep(PlanHead(id="p1", procedure_hash="h2", made_at=NOON, made_by="cora", chosen=Chosen()), {})
    await store.pause("p1", "anna")
    paused = await store.get("p1")
    assert paused is not None
    assert paused.paused_by == "anna"
    await store.pause("p1", None)
    assert (await store.get("p1")).paused_by is None  # type: ignore[union-attr]


async def test_the_versions_of_a_case_are_found_up_to_a_line(ledger: CaseLedger) -> None:
    await ledger.append([write(1, hash="h2", seq=2)])
    assert [event.procedure for event in await ledger.versions("C001", 1)] == ["h1"]  # type: ignore[union-attr]
    assert [event.procedure for event in await ledger.versions("C001", 5)] == ["h1", "h2"]  # type: ignore[union-attr]
