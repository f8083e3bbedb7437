"""What identifies a person is in no file: canaries in every text of a journey, then a search of every byte that is kept."""

import base64
import itertools
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio
from temporalio.client import Client

from bench.canaries import Hit, Search, canaries, tables
from bench.system import System, running
from bench.wire import Answer, Wire
from cli.folders import SHIPPED, files_of
from sop.loader import load
from sop.model import Measure
from sop.procedure import Procedure, compile_procedure

pytestmark = pytest.mark.system

CANARIES = canaries()


@dataclass
class Journey:
    """One person's path, with a canary wherever words may stand."""

    system: System
    procedure: Procedure
    wire: Wire
    case: str = ""
    answers: list[Answer] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    _birds: Iterator[str] = field(default_factory=lambda: itertools.cycle(CANARIES))

    def bird(self) -> str:
        canary = next(self._birds)
        self.used.add(canary)
        return canary

    async def call(self, role: str, path: str, body: dict[str, Any], method: str = "POST", **more: str) -> Answer:
        headers = {"Idempotency-Key": f"key-{len(self.answers)}"} | {k.replace("_", "-"): v for k, v in more.items()}
        answer = await self.wire.call(method, path, self.system.tokens.get(role, role), body, headers)
        self.answers.append(answer)
        return answer

    async def on(self, role: str, path: str, body: dict[str, Any], method: str = "POST") -> Answer:
        return await self.call(role, f"/v1/cases/{self.case}/{path}", body, method)

    async def whole(self) -> None:
        await self.open()
        await self.steps()
        await self.measures()
        await self.clocks_and_events()
        await self.by_hand()
        await self.mistakes()
        for path in ("", "?fresh=1", "/steps", "/timeline?limit=200"):
            # the timeline shows the words of remarks to those who may read particulars; a coordinator may not
            token = self.system.tokens["coordinator" if path.startswith("/timeline") else "case_manager"]
            self.answers.append(await self.wire.call("GET", f"/v1/cases/{self.case}{path}", token))

    async def open(self) -> None:
        particulars = {
            "name": self.bird(),
            "address": {"street": self.bird(), "near": [self.bird(), {"telephone": self.bird()}]},
            "documents": [self.bird(), self.bird()],
            "own_words": f"{self.bird()}, {self.bird()}\n{self.bird()}",
        }
        body = {"procedure": "trm", "country": "AT", "facts": {"age_group": "adult"}, "particulars": particulars}
        answer = await self.call("case_manager", "/v1/cases", body)
        assert answer.status == 201, answer.body
        self.case = answer.json["id"]

    async def steps(self) -> None:
        for purpose in self.procedure.definition.head.consents:
            body = {"purpose": purpose, "particulars": {"said": self.bird(), "witnessed_by": self.bird()}}
            given = await self.on("case_manager", "consents", body)
            assert given.status == 201, given.body
        taken = await self.on("case_manager", f"consents/{given.json['consent']}", {"note": self.bird()}, "DELETE")
        assert taken.status == 200, taken.body
        await self.on("case_manager", "consents", {"purpose": purpose, "particulars": {"said": self.bird()}})
        moves = [f"{sop}/transitions/open" for sop in self.procedure.definition.head.sops[1:]]
        for path in ("identification/transitions/find_reasonable_grounds", *moves):
            answer = await self.on("case_manager", path, {"note": f"{self.bird()}; {self.bird()}"})
            assert answer.status == 200, answer.body
        facts = {"facts": {"nationality": "RS", "transnational": True, "unaccompanied": False}, "note": self.bird()}
        assert (await self.on("case_manager", "facts", facts)).status == 200

    async def measures(self) -> None:
        """Every measure with every field; what is refused has put its words into the vault before."""
        taken = 0
        for name, (sop, measure) in self.procedure.measures.items():
            body = {"status": "done", "fields": self.filled(measure), "note": self.bird()}
            answer = await self.on(measure.who[0], f"{sop}/measures/{name}", body)
            assert answer.status in (200, 202, 409, 422), answer.body
            taken += answer.status < 300
        assert taken >= len(self.procedure.measures) // 2, f"only {taken} measures were accepted"

    def filled(self, measure: Measure) -> dict[str, Any]:
        """A value for every field."""
        return {name: self.value(one) for name, one in measure.fields.items()}

    def value(self, one: Any) -> Any:
        match one.kind:
            case "text":
                return self.bird()
            case "yes-no":
                return True
            case "number":
                return one.lowest or 18
            case "one-of":
                return next(iter(one.one_of))
            case "many-of":
                return [next(iter(one.many_of))]
            case "instrument":
                return dict.fromkeys(self.procedure.definition.instruments[one.instrument].items, "no")
            case "date":
                return datetime.now(UTC).date().isoformat()
            case "moment":
                return datetime.now(UTC).isoformat(timespec="seconds")
            case "duration":
                return "45 days"
            case "country":
                return "RS"
            case "countries":
                return ["RS"]
            case _:
                return ["sr"]

    async def clocks_and_events(self) -> None:
        clock = "proceedings.compensation_limitation"
        body = {"reason": self.bird(), "authority": self.bird(), "note": self.bird(), "anchor": "2026-01-02T09:00:00Z"}
        assert (await self.on("supervisor", f"clocks/{clock}/correct", body)).status in (200, 409)
        for verb in ("extend", "pause", "resume", "end"):
            await self.on(
                "supervisor", f"clocks/identification.reflection/{verb}", {"reason": self.bird(), "note": self.bird()}
            )
        for event in ("went_missing", "found", "moved_country"):
            assert (await self.on("case_manager", f"events/{event}", {"note": self.bird()})).status == 200

    async def by_hand(self) -> None:
        """What people do beside the procedure: a remark, a note to a case that is given over and comes back."""
        assert (await self.on("case_manager", "comments", {"text": self.bird()})).status == 200
        for to in ("demo-case_manager#2", "demo-case_manager"):
            given = {"to": to.replace("#", "-"), "reason": "leave", "note": self.bird()}
            assert (await self.on("supervisor", "reassign", given)).status in (200, 409)

    async def mistakes(self) -> None:
        """Canaries where they do not belong: every answer must be a refusal, and none may repeat them."""
        before, bird = len(self.answers), self.bird
        wrong: tuple[tuple[str, dict[str, Any]], ...] = (
            ("facts", {"facts": {"nationality": bird()}}),
            ("facts", {"facts": {"age_group": bird()}}),
            ("facts", {"facts": {"exploitation": [bird()]}}),
            ("facts", {"facts": {bird(): True}}),
            ("consents", {"purpose": bird()}),
            ("consents", {"purpose": "assistance", "until": bird()}),
            ("identification/measures/access_to_basic_needs", {"status": bird()}),
            ("identification/measures/access_to_basic_needs", {"fields": {"needs_met": [bird()]}}),
            ("identification/measures/access_to_basic_needs", {"fields": {bird(): bird()}}),
            ("identification/measures/early_risk_assessment", {"fields": {"answers": {"e1": bird()}}}),
            ("identification/measures/personal_information", {"fields": {"sex": bird(), "name": bird()}}),
            ("identification/transitions/find_no_grounds", {"reason": bird()}),
            ("identification/transitions/confirm_identification", {"note": bird()}),
            ("responsible", {"to": bird()}),
            ("reassign", {"to": bird(), "reason": bird(), "note": bird()}),
            ("cover", {"to": bird(), "until": bird()}),
            ("nudge", {"clock": bird()}),
            ("escalate", {"clock": bird()}),
            ("comments", {"text": bird(), bird(): True}),
            ("events/closed", {"reason": bird(), "note": bird()}),
            ("clocks/identification.reflection/correct", {"reason": bird(), "anchor": bird()}),
        )
        for path, body in wrong:
            await self.on("case_manager", path, body)
        for path in (quote(bird(), safe=""), f"x?state={quote(bird())}", f"{self.case}/records/{quote(bird())}"):
            await self.call("case_manager", f"/v1/cases/{path}", {})
        await self.call("case_manager", "/v1/cases", {"procedure": bird(), "country": bird()})
        await self.call("case_manager", "/v1/cases", {"procedure": "trm", "country": "AT", "particulars": {bird(): 1}})
        await self.call(base64.urlsafe_b64encode(bird().encode()).decode(), "/v1/cases", {})
        await self.call("case_manager", "/v1/cases", {}, Idempotency_Key=quote(bird()) + " twice")
        await self.call("case_manager", "/v1/cases", {"procedure": "none"}, Idempotency_Key=quote(bird()))
        await self.call("case_manager", "/v1/cases", {}, If_Match=quote(bird()))
        await self.on("shelter", "identification/transitions/begin_formal_identification", {"note": bird()})
        listing = await self.wire.call(
            "GET", f"/v1/cases?country={quote(bird())}&cursor={quote(bird())}", self.system.tokens["case_manager"]
        )
        broken = await self.wire.call(
            "POST", f"/v1/cases/{self.case}/facts", self.system.tokens["case_manager"], b'{"facts": ' + bird().encode()
        )
        self.answers += [listing, broken]
        statuses = [answer.status for answer in self.answers[before:]]
        assert all(400 <= status < 500 for status in statuses), statuses


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def journey() -> AsyncIterator[Journey]:
    """The whole journey, made; the system is still up."""
    async with running() as system:
        wire = Wire(system.port)
        made = Journey(system, compile_procedure(load(files_of(SHIPPED / "trm"))), wire)
        await made.whole()
        yield made
        await wire.close()


@pytest.fixture(scope="module")
def search() -> Search:
    return Search(CANARIES)


async def histories(client: Client) -> list[tuple[str, bytes]]:
    """Every history as anybody with access to the server can export it: without our codec."""
    found = []
    async for execution in client.list_workflows(""):
        history = await client.get_workflow_handle(execution.id, run_id=execution.run_id).fetch_history()
        found.append(
            (execution.id, history.to_json().encode() + b"".join(e.SerializeToString() for e in history.events))
        )
    return found


async def plain(system: System) -> Client:
    return await Client.connect(system.settings.temporal, namespace=system.settings.namespace)


async def test_the_journey_carried_every_canary(journey: Journey) -> None:
    assert len(CANARIES) >= 60
    assert journey.used == set(CANARIES)


async def test_no_answer_repeats_what_was_sent(journey: Journey, search: Search) -> None:
    """But for the Idempotency-Key, which goes back to its sender by contract."""
    headers = [answer.headers | {"idempotency-key": ""} for answer in journey.answers]
    said = b"\n".join(answer.body for answer in journey.answers) + json.dumps(headers).encode()
    assert search.through(said, "answers") == []


async def test_the_vault_still_knows_them(journey: Journey) -> None:
    """Otherwise finding none would prove nothing."""
    record = journey.answers[0].json["id"]
    timeline = await journey.wire.call(
        "GET", f"/v1/cases/{record}/timeline?limit=1", journey.system.tokens["case_manager"]
    )
    opened = next(one["record"] for one in timeline.json["entries"][0]["happened"] if one["record"])
    path = f"/v1/cases/{record}/particulars/{opened}"
    kept = await journey.wire.call("GET", path, journey.system.tokens["case_manager"])
    assert kept.json["particulars"]["name"] == CANARIES[0]
    for role, seen in (("case_manager", True), ("coordinator", False)):
        path = f"/v1/cases/{record}/timeline?limit=200"
        told = await journey.wire.call("GET", path, journey.system.tokens[role])
        words = [one["words"] for entry in told.json["entries"] for one in entry["happened"] if one["words"]]
        assert any(canary in word for word in words for canary in CANARIES) is seen


async def test_no_history_and_no_file_holds_a_canary(journey: Journey, search: Search) -> None:
    """Running, with the write-ahead logs as they are; and at rest. Then the control: what is planted is found."""
    system = journey.system
    exported = await histories(await plain(system))
    assert exported
    for name, history in exported:
        assert search.through(history, name) == []
    assert await in_tables(system, search) == []
    assert search.below(system.folder)[0] == []
    await journey.wire.close()
    assert await system.stop() == 0
    hits, size = search.below(system.folder)
    assert hits == []
    assert size > 30_000_000

    await system.start()
    await plant(system)
    planted = {Path(hit.where).parts[0] for hit in search.below(system.folder)[0]}
    assert planted >= {"logs", "temporal", "postgres"}
    assert {hit.where for hit in await in_tables(system, search)} >= {"public.cases", "public.sop_states"}
    assert any(search.through(history, name) for name, history in await histories(await plain(system)))


async def in_tables(system: System, search: Search) -> list[Hit]:
    """What a dump of the database would show."""
    database = await system.database()
    found = [hit for name, rows in await tables(database) for hit in search.through(rows, name)]
    await database.close()
    return found


async def plant(system: System) -> None:
    """One canary in a line of a log, one among the facts of a case, one in a workflow that somebody starts in clear."""
    line = {"event": "measure recorded", "name": CANARIES[13]}
    with (system.folder / "logs" / "worker.log").open("a") as log:
        log.write(json.dumps(line) + "\n")
    database = await system.database()
    await database.execute(
        "UPDATE cases SET snapshot = jsonb_set(snapshot, '{facts,nationality}', to_jsonb(%s::text))", (CANARIES[20],)
    )
    await database.execute("UPDATE sop_states SET state = %s", (CANARIES[30],))
    await database.execute("CHECKPOINT")
    await database.close()
    await (await plain(system)).start_workflow("Nobody", CANARIES[2], id="planted", task_queue="nobody")


@pytest.mark.parametrize("number", range(0, len(CANARIES), 7))
def test_the_search_knows_every_disguise(number: int, search: Search) -> None:
    canary = CANARIES[number]
    raw = canary.encode()
    disguised = [b"..." + raw + b"...", canary.encode("utf-16-le"), canary.encode("utf-16-be"), quote(canary).encode()]
    disguised += [base64.b64encode(b"x" * shift + raw + b"rest") for shift in range(3)]
    disguised += [base64.urlsafe_b64encode(b"x" * shift + raw + b"rest") for shift in range(3)]
    disguised += [json.dumps({"a": canary}).encode(), raw.hex().encode()]
    for content in disguised:
        assert number in {hit.number for hit in search.through(content, "here")}, content
    assert search.through(b"Nothing of the kind, only \xd0\x9d\xd0\xb0 and 4177.", "here") == []
