"""Plans are kept once, line by line, and say how each case stands now; running cases are read page by page."""

from datetime import UTC, datetime

import pytest

from sop.case import Case, Responsible, SopStanding
from sop.events import CaseOpened, Entry, ProcedureAdopted
from store import plans
from store.cases import CaseLedger, LedgerWrite
from store.database import Database
from store.plans import Chosen, PlanHead, Plans

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


async def found(store: Plans, but: str = "h2", **chosen: object) -> list[str]:
    pages = [page async for page in store.running("trm", but, Chosen.model_validate(chosen))]
    return [case.id for page in pages for case in page]


async def test_running_cases_are_chosen(
    database: Database, ledger: CaseLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Plans(database)
    assert await found(store) == ["C001", "C002", "C003"]
    assert await found(store, but="h9") == ["C001", "C002", "C003", "C005"]
    assert await found(store, country="RS") == ["C002"]
    assert await found(store, state="old") == ["C003"]
    assert await found(store, sop="care", state="new") == ["C001", "C002"]
    assert await found(store, sop="work") == []
    assert await found(store, version="9") == []
    assert await found(store, cases=("C003", "C004")) == ["C003"]
    assert await found(store, cases=()) == []
    monkeypatch.setattr(plans, "PAGE", 2)
    assert len([page async for page in store.running("trm", "h2", Chosen())]) == 2
    assert await found(store) == ["C001", "C002", "C003"]


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
