"""Every way in which a case can stop, on the real server: it is listed with its cause, and what is well is not."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from ruamel.yaml import YAML
from temporalio import activity
from temporalio.client import Client
from temporalio.worker import Worker
from typer.testing import CliRunner

import sop.machine
from activities.ledger import LedgerActivities
from api.callers import Caller, Callers
from api.parts import Parts
from api.shelf import Shelf
from cli.main import app
from cli.publish import publish
from sop.commands import Advance, ReportResult
from sop.effects import AssessRisk
from sop.loader import load
from sop.shelf import ProcedureNotLoaded
from store.answers import Answers
from store.awaited import Awaited
from store.cases import CaseLedger
from store.compliance import Compliance
from store.database import Database
from store.endpoints import Endpoints
from store.feeds import Feeds
from store.filters import Filters
from store.listings import Listings
from store.people import People
from store.plans import Plans
from store.procedures import Procedures
from store.queues import Queues
from store.reassignments import Reassignments
from store.summary import Summaries
from store.vault import Vault
from worker import build_worker, loaded_procedure
from workflows.bookkeeping import Bookkeeping
from workflows.case import CaseWorkflow
from workflows.client import CaseClient
from workflows.containment import Containment
from workflows.latecomers import look
from workflows.sandbox import CaseRunner
from workflows.trouble import Engine

FILES: dict[str, str] = YAML(typ="safe").load(Path(__file__).with_name("stuck.yaml").read_text())
ROLES = ("case_manager", "supervisor", "judge", "partner")
_numbers = count(1)


@dataclass
class Ward:
    """One running system whose lists can be read as of a later moment."""

    client: Client
    database: Database
    queue: str
    cases: CaseClient
    http: httpx.AsyncClient = field(default_factory=httpx.AsyncClient)
    later: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.later

    async def call(self, method: str, path: str, role: str = "case_manager", body: object = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer token-of-{role}-0123456789"}
        return await self.http.request(method, path, json=body, headers=headers)

    async def open(self) -> str:
        answer = await self.call("POST", "/v1/cases", body={"procedure": "stuck", "country": "AT"})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def do(self, case_id: str, measure: str, **fields: object) -> None:
        body = {"status": "done", "fields": fields}
        answer = await self.call("POST", f"/v1/cases/{case_id}/care/measures/{measure}", body=body)
        assert answer.status_code == 200, answer.text

    async def take(self, case_id: str, name: str, role: str = "case_manager") -> httpx.Response:
        return await self.call("POST", f"/v1/cases/{case_id}/care/transitions/{name}", role, {})

    async def rest(self) -> str:
        """A case that is well: it rests, and nothing says how long it may."""
        case_id = await self.open()
        await self.do(case_id, "ask", agrees=True)
        assert (await self.take(case_id, "accept")).status_code == 200
        return case_id

    async def stuck(self, **asked: object) -> dict:
        answer = await self.http.get(
            "/v1/supervision/stuck",
            params={name: str(value) for name, value in asked.items()},
            headers={"Authorization": "Bearer token-of-supervisor-0123456789"},
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def listed(self) -> dict[str, dict]:
        return {line["case"]: line for line in (await self.stuck())["lines"]}


def codes(line: dict) -> list[str]:
    return [cause["code"] for cause in line["causes"]]


@pytest.fixture
def wards(temporal, database, served) -> Callable[..., AsyncIterator[Ward]]:
    @asynccontextmanager
    async def a_ward(worker: Callable | str | None = "usual", roles: tuple[str, ...] = ROLES, book=Bookkeeping):
        files = {name: text.encode() for name, text in FILES.items()}
        await publish(Procedures(database), load(files), files, by="test", why="the journeys")
        queue = f"wards-{next(_numbers)}"
        cases = CaseClient(temporal.client, queue, book(database, loaded_procedure))
        ward = Ward(temporal.client, database, queue, cases)
        parts = Parts(
            cases=cases,
            ledger=CaseLedger(database),
            listings=Listings(database),
            vault=Vault(database, bytes(32)),
            answers=Answers(database),
            shelf=Shelf(Procedures(database)),
            database=database,
            callers=Callers({f"token-of-{role}-0123456789": Caller(f"demo-{role}", (role,), "x") for role in roles}),
            secret=bytes(32),
            now=ward.now,
            procedures=Procedures(database),
            plans=Plans(database),
            people=People(database, bytes(32)),
            endpoints=Endpoints(database, bytes(32)),
            feeds=Feeds(database),
            url="https://caseway.invalid",
            reassignments=Reassignments(database),
            queues=Queues(database),
            summaries=Summaries(database),
            compliance=Compliance(database),
            filters=Filters(database),
            engine=Engine(temporal.client, queue),
        )
        await parts.shelf.all()
        async with served(parts) as url, httpx.AsyncClient(base_url=url, timeout=30) as http:
            ward.http = http
            if worker is None:
                yield ward
                return
            built = build_worker(temporal.client, database, queue) if worker == "usual" else worker(ward)
            async with built:
                yield ward

    return a_ward


@pytest_asyncio.fixture
async def ward(wards) -> AsyncIterator[Ward]:
    async with wards() as made:
        yield made


async def until(what: Callable, seconds: float = 30) -> object:
    """What it gives, as soon as it is something."""
    for _ in range(int(seconds / 0.2)):
        if found := await what():
            return found
        await asyncio.sleep(0.2)
    raise AssertionError("it did not come")


async def test_a_case_that_is_well_is_not_listed(ward: Ward) -> None:
    await ward.rest()
    found = await ward.stuck()
    assert found["lines"] == []
    assert found["engine"] == {"asked": True, "workers": True, "more": False}
    ward.later = timedelta(days=1)
    assert (await ward.stuck())["lines"] == []


async def test_a_case_that_rests_too_long_is_idle_with_what_could_be_done(ward: Ward) -> None:
    case_id, other = await ward.open(), await ward.rest()
    ward.later = timedelta(hours=1, minutes=59)
    assert await ward.listed() == {}
    ward.later = timedelta(hours=2, seconds=5)
    listed = await ward.listed()
    assert set(listed) == {case_id}, other
    line = listed[case_id]
    assert (line["kind"], line["what"], line["responsible"]) == ("idle", "care.new", "demo-case_manager")
    assert "‘New’" in line["causes"][0]["text"]
    assert "2 hours" in line["causes"][0]["text"]
    assert any("Accept" in cause["text"] and "Agrees" in cause["text"] for cause in line["causes"][1:])
    handing = ["offer_case", "reassign_case", "comment", "escalate"]
    assert [action["call"] for action in line["actions"]] == handing
    await ward.do(case_id, "ask", agrees=True)
    line = (await ward.listed())[case_id]
    assert codes(line) == ["idle", "possible"]
    assert [action["call"] for action in line["actions"]] == ["take_transition", *handing]


async def test_a_partner_who_is_silent_beyond_the_time_is_waited_for(ward: Ward) -> None:
    case_id, other = await ward.open(), await ward.open()
    sent = datetime.now(UTC) - timedelta(hours=3)
    await ward.do(case_id, "request", sent_at=sent.isoformat(), country="RS")
    await ward.do(other, "request", sent_at=(sent + timedelta(hours=2)).isoformat())
    abroad = (await ward.call("GET", "/v1/supervision/abroad")).json()["clocks"]
    assert [(line["case"], line["abroad"]) for line in abroad] == [(case_id, "RS"), (other, "")]

    async def told() -> dict | None:
        line = (await ward.listed()).get(case_id)
        return line if line and "told" in codes(line) else None

    line = await until(told)
    assert (line["kind"], line["what"], codes(line)) == ("waiting", "care.reply_due", ["silent", "told"])
    assert "Partner abroad in RS" in line["causes"][0]["text"]
    assert "Supervisor was told" in line["causes"][1]["text"]
    assert line["actions"][0]["name"] == "care.reply"
    assert other not in await ward.listed()
    await ward.do(case_id, "reply")
    assert case_id not in await ward.listed()


async def test_a_case_whose_only_way_out_can_never_open_is_listed_at_once(ward: Ward) -> None:
    case_id, other = await ward.open(), await ward.open()
    await ward.do(case_id, "ask", agrees=False)
    listed = await ward.listed()
    assert set(listed) == {case_id}, other
    line = listed[case_id]
    assert (line["kind"], line["what"], codes(line)) == ("procedural", "care.new", ["cannot_open", "fact_differs"])
    calls = ["repair_case", "make_plan", "tell_event", "escalate", "comment"]
    assert [action["call"] for action in line["actions"]] == calls
    assert [action["yours"] for action in line["actions"]] == [True, False, True, True, True]


async def test_a_case_that_has_ended_and_was_not_closed_is_listed_until_it_is(ward: Ward) -> None:
    case_id = await ward.rest()
    assert (await ward.take(case_id, "end", "judge")).status_code == 200
    line = (await ward.listed())[case_id]
    assert (line["kind"], codes(line), line["what"]) == ("procedural", ["not_closed"], None)
    assert "over" in [action["name"] for action in line["actions"]]
    assert (await ward.call("POST", f"/v1/cases/{case_id}/events/over", "supervisor", {})).status_code == 200
    assert await ward.listed() == {}


async def test_a_case_that_waits_for_a_role_that_nobody_holds_is_listed(wards) -> None:
    async with wards(roles=("case_manager", "supervisor", "partner")) as ward:
        case_id = await ward.rest()
        await ward.do(case_id, "reply")
        line = (await ward.listed())[case_id]
        assert (line["kind"], codes(line), line["what"]) == ("procedural", ["nobody_holds"], "care.resting")
        assert "Judge" in line["causes"][0]["text"]
    async with wards() as ward:
        assert case_id not in await ward.listed(), "with a judge it is well"


async def test_a_case_at_which_the_engine_fails_is_marked_by_the_server_and_found(wards, monkeypatch) -> None:
    """Its procedure has not come to the worker: the command is tried again and again, and waits."""
    real, broken = sop.machine.decide, set()

    def decide(procedure, case, command, *more):
        if isinstance(command, Advance) and case.id in broken:
            raise ProcedureNotLoaded(procedure.hash)
        return real(procedure, case, command, *more)

    monkeypatch.setattr(sop.machine, "decide", decide)
    async with wards() as ward:
        case_id, other = await ward.open(), await ward.rest()
        await ward.do(case_id, "ask", agrees=True)
        broken.add(case_id)
        stepping = asyncio.create_task(ward.take(case_id, "accept"))

        async def found() -> dict | None:
            line = (await ward.listed()).get(case_id)
            return line if line and "task_failing" in codes(line) else None

        line = await until(found)
        assert line["kind"] == "technical"
        assert other not in await ward.listed()
        broken.clear()
        await stepping

        async def well() -> bool:
            return case_id not in await ward.listed()

        await until(well)


async def test_an_activity_that_fails_again_and_again_is_found_by_the_result_that_it_owes(wards) -> None:
    well = asyncio.Event()

    @activity.defn(name="assess_risk")
    async def failing(effect: AssessRisk) -> ReportResult:
        if not well.is_set():
            raise RuntimeError("away")
        return ReportResult(effect=effect.id, measure=effect.measure, number=effect.number, facts={"level": "slight"})

    def worker(ward: Ward) -> Worker:
        return Worker(
            ward.client,
            task_queue=ward.queue,
            workflows=[CaseWorkflow],
            workflow_runner=CaseRunner(),
            activities=[LedgerActivities(CaseLedger(ward.database)).record, failing],
            interceptors=[Containment()],
        )

    async with wards(worker) as ward:
        case_id = await ward.open()
        await ward.do(case_id, "check", answers={"near": "no"})
        ward.later = timedelta(minutes=4)
        assert await ward.listed() == {}, "an activity may take a while"
        ward.later = timedelta(minutes=6)

        async def found() -> dict | None:
            line = (await ward.listed()).get(case_id)
            return line if line and "activity_failing" in codes(line) else None

        line = await until(found)
        assert (line["kind"], codes(line)) == ("technical", ["result_missing", "activity_failing"])
        assert "assess_risk" in line["causes"][1]["text"]
        well.set()

        async def gone() -> bool:
            return case_id not in await ward.listed()

        await until(gone)


async def test_without_a_worker_the_commands_that_wait_are_found(wards) -> None:
    async with wards(worker=None) as ward:
        answer = await ward.call("POST", "/v1/cases", body={"procedure": "stuck", "country": "AT"})
        assert answer.status_code == 504
        assert (await ward.stuck())["lines"] == [], "half a minute is patience"
        ward.later = timedelta(seconds=40)
        found = await ward.stuck()
        assert found["engine"] == {"asked": True, "workers": False, "more": False}
        (line,) = found["lines"]
        assert (line["kind"], line["country"]) == ("technical", None)
        assert {"line_missing", "no_worker"} <= set(codes(line))
        async with build_worker(ward.client, ward.database, ward.queue):

            async def written() -> bool:
                await look(ward.cases, Bookkeeping(ward.database, loaded_procedure), Awaited(ward.database))
                return not (await ward.stuck(kind="technical"))["lines"]

            await until(written)


async def test_overdue_is_right_at_the_instant_of_asking_though_no_job_has_run(wards) -> None:
    workers: list[Worker] = []

    def one_that_ends(ward: Ward) -> Worker:
        workers.append(build_worker(ward.client, ward.database, ward.queue))
        return workers[0]

    async with wards(one_that_ends) as ward:
        case_id = await ward.open()
        sent = datetime.now(UTC)
        await ward.do(case_id, "request", sent_at=sent.isoformat(), country="RS")
        await workers[0].shutdown()

        async def overdue(later: timedelta) -> list[dict]:
            ward.later = sent + timedelta(hours=2) + later - datetime.now(UTC)
            lines = (await ward.call("GET", "/v1/supervision/overdue", "supervisor")).json()["clocks"]
            counted = (await ward.call("GET", "/v1/supervision/summary", "supervisor")).json()["total"]
            register = (await ward.call("GET", "/v1/cases?overdue=true", "supervisor")).json()["cases"]
            assert counted["overdue_target"] == len(lines) == len(register)
            return lines

        assert await overdue(timedelta(seconds=-3)) == []
        (line,) = await overdue(timedelta())
        assert (line["case"], line["clock"], line["told"]) == (case_id, "care.reply_due", [])
        # the control: nothing but the asking can have found it
        assert await ward.database.rows("SELECT missed_at FROM clocks WHERE case_id = %(id)s", {"id": case_id}) == [
            {"missed_at": None}
        ]


async def test_a_line_that_nobody_wrote_is_found_until_it_is_written(wards) -> None:
    class DyingDoor(Bookkeeping):
        async def after(self, receipt):
            return None

    async with wards(book=DyingDoor) as ward:
        answer = await ward.call("POST", "/v1/cases", body={"procedure": "stuck", "country": "AT"})
        case_id = answer.json()["id"]
        ward.later = timedelta(seconds=40)
        assert codes((await ward.listed())[case_id]) == ["line_missing"]

        async def written() -> bool:
            await look(ward.cases, Bookkeeping(ward.database, loaded_procedure), Awaited(ward.database))
            return case_id not in await ward.listed()

        await until(written)


async def test_an_engine_that_does_not_answer_is_said_not_to_have_been_asked(wards) -> None:
    async with wards() as ward:
        await ward.rest()
        slow = Engine(ward.client, ward.queue, within=timedelta(0))
        assert not (await slow.look()).asked
        assert (await Engine(ward.client, ward.queue).look()).asked


async def test_the_kinds_come_in_one_list_page_by_page(ward: Ward) -> None:
    never, silent, idle = await ward.open(), await ward.open(), await ward.open()
    await ward.do(never, "ask", agrees=False)
    sent = datetime.now(UTC) - timedelta(hours=3)
    await ward.do(silent, "request", sent_at=sent.isoformat(), country="RS")

    async def minded() -> bool:
        case = (await ward.call("GET", f"/v1/cases/{silent}")).json()
        return bool(case["clocks"][0]["missed_at"])

    await until(minded)
    ward.later = timedelta(hours=2, seconds=5)
    seen, cursor = [], None
    while True:
        page = await ward.stuck(limit=1, **({"cursor": cursor} if cursor else {}))
        seen += [(line["kind"], line["case"]) for line in page["lines"]]
        if (cursor := page["cursor"]) is None:
            break
    whole = [(line["kind"], line["case"]) for line in (await ward.stuck())["lines"]]
    assert seen == whole
    assert whole[:2] == [("procedural", never), ("waiting", silent)]
    assert {case for kind, case in whole if kind == "idle"} == {never, silent, idle}
    only = await ward.stuck(kind="waiting", country="AT", responsible="demo-case_manager", sop="care")
    assert [line["case"] for line in only["lines"]] == [silent]
    assert (await ward.stuck(country="RS"))["lines"] == []


async def caseway(ward: Ward, *words: str, role: str = "supervisor") -> tuple[int, str]:
    """What the command ends with, and what it says."""
    given = {"CASEWAY_URL": str(ward.http.base_url), "CASEWAY_TOKEN": f"token-of-{role}-0123456789", "COLUMNS": "200"}
    ran = await asyncio.to_thread(CliRunner(env=given).invoke, app, words)
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
    return ran.exit_code, ran.output


async def test_the_commands_show_the_same_lists(ward: Ward) -> None:
    never, silent = await ward.open(), await ward.open()
    await ward.do(never, "ask", agrees=False)
    sent = datetime.now(UTC) - timedelta(hours=3)
    await ward.do(silent, "request", sent_at=sent.isoformat(), country="RS")
    asked = (
        "queue overdue",
        "queue overdue --format json --targets --role partner",
        "queue stuck",
        "queue due-soon --statutory",
        "queue abroad",
        "queue unassigned",
        "queue summary",
        "queue compliance",
        "cases list --overdue",
        f"cases show {silent}",
    )
    ran = [await caseway(ward, *words.split()) for words in asked]
    assert [code for code, _ in ran] == [0] * len(asked), ran
    overdue, as_json, stuck, soon, abroad, unassigned, summary, listed, shown = (said for _, said in ran)
    assert silent in overdue
    assert "our target" in overdue
    assert "Partner abroad in RS" in overdue
    assert [line["case"] for line in json.loads(as_json)["clocks"]] == [silent]
    assert "no way out of it can open any more" in stuck
    assert "A worker takes work." in stuck
    assert "Calls: repair_case" in stuck
    assert "0 lines." in soon
    assert silent in abroad
    assert "0 lines." in unassigned
    assert "Care: New" in summary
    assert silent in listed
    assert never not in listed
    assert "overdue" in shown


async def test_a_command_that_cannot_run_says_why(ward: Ward) -> None:
    asked = (
        "cases show 00000000000",
        "cases show ../v1/x",
        "queue overdue --country serbia",
        "queue overdue --filter gone",
        "queue compliance --since 2026-13",
        "queue stuck --cursor x",
        "queue overdue",
    )
    ran = [
        await caseway(ward, *words.split(), role="nobody" if at == 4 else "supervisor")
        for at, words in enumerate(asked)
    ]
    assert [code for code, _ in ran] == [2] * len(asked), ran
    assert "no case with this id" in ran[0][1]
    assert "no code of a case" in ran[1][1]
    assert "Not signed in" in ran[4][1]
