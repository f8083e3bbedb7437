"""Plans over HTTP: what is foreseen is what happens; what nobody foresaw does not happen."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

Client = Callable[[str], httpx.AsyncClient]


@pytest.fixture
async def cases(door: httpx.AsyncClient) -> list[str]:
    ids = []
    for country in ("RS", "RS", "AT"):
        opened = await door.post("/v1/cases", json={"procedure": "small", "country": country})
        ids.append(opened.json()["id"])
    await door.post(f"/v1/cases/{ids[0]}/identification/transitions/start", json={})
    return ids


@pytest.fixture
def files(first_files: dict[str, str]) -> dict[str, str]:
    files = dict(first_files)
    files["procedure.yaml"] = files["procedure.yaml"].replace('version: "1.0"', 'version: "1.1"')
    files["identification.yaml"] = files["identification.yaml"].replace("deadline: 30 days", "deadline: 20 days")
    return files


@pytest.fixture
async def coordinator(client_as: Client, files: dict[str, str]) -> httpx.AsyncClient:
    client = client_as("coordinator")
    assert (await client.post("/v1/procedures", json={"files": files, "why": "a test"})).status_code == 201
    return client


async def planned(client: httpx.AsyncClient, **more: object) -> dict:
    answer = await client.post("/v1/plans", json={"to": "small@1.1", **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_plan_says_for_each_case_what_changes(cases, coordinator) -> None:
    plan = await planned(coordinator)
    assert plan["summary"] == "3 cases: 3 move, 0 of them with another state, 1 with clocks that change; 0 cannot."
    line = next(line for line in plan["lines"] if line["case_id"] == cases[0])
    (clock,) = line["clocks"]
    assert (clock["title"], clock["what"], clock["was_length"], clock["length"]) == (
        "Decision",
        "due",
        "30 days",
        "20 days",
    )
    assert clock["due"] < clock["was_due"]


async def test_apply_moves_each_case_once_and_the_case_tells_of_it(cases, coordinator, door) -> None:
    plan = await planned(coordinator)
    for _ in range(2):
        for case_id in cases:
            key = {"Idempotency-Key": f"{plan['id']}:{case_id}"}
            answer = await coordinator.post(f"/v1/cases/{case_id}/adopt", json={"plan": plan["id"]}, headers=key)
            assert answer.status_code == 200, answer.text
            assert answer.json()["procedure"]["version"] == "1.1"
    timeline = (await door.get(f"/v1/cases/{cases[0]}/timeline")).json()
    texts = [one["text"] for entry in timeline["entries"] for one in entry["happened"]]
    assert texts.count("The case follows A small procedure 1.1 from here on, before it was 1.0.") == 1
    assert any("‘Decision’ counts by the new version: 20 days instead of 30 days" in text for text in texts)
    page = (await door.get(f"/v1/cases/{cases[0]}/timeline?after=2")).json()
    assert page["entries"][0]["command"] == "adopt"
    said = (await coordinator.get(f"/v1/plans/{plan['id']}")).json()
    assert {line["status"] for line in said["lines"]} == {"moved"}


async def test_what_has_moved_on_since_is_not_guessed(cases, coordinator, door) -> None:
    plan = await planned(coordinator)
    await door.post(f"/v1/cases/{cases[1]}/facts", json={"facts": {"child": False}})
    answer = await coordinator.post(f"/v1/cases/{cases[1]}/adopt", json={"plan": plan["id"]})
    assert (answer.status_code, answer.json()["code"]) == (412, "stale")
    said = (await coordinator.get(f"/v1/plans/{plan['id']}")).json()
    assert {line["case_id"]: line["status"] for line in said["lines"]}[cases[1]] == "moved_on"


async def test_a_case_that_cannot_move_says_why_and_stays(cases, coordinator, door, client_as) -> None:
    refuse = {"reason": "no_sign"}
    await door.post(f"/v1/cases/{cases[0]}/identification/transitions/refuse", json=refuse)
    plan = await planned(coordinator)
    line = next(line for line in plan["lines"] if line["case_id"] == cases[0])
    assert [reason["code"] for reason in line["reasons"]] == ["proposal_waits"]
    answer = await coordinator.post(f"/v1/cases/{cases[0]}/adopt", json={"plan": plan["id"]})
    assert answer.status_code == 409
    assert [reason["code"] for reason in answer.json()["reasons"]] == ["proposal_waits"]


async def test_a_paused_plan_moves_nothing_until_it_goes_on(cases, coordinator) -> None:
    plan = await planned(coordinator)
    paused = await coordinator.post(f"/v1/plans/{plan['id']}/pause", json={})
    assert paused.json()["paused_by"] == "demo-coordinator"
    address = f"/v1/cases/{cases[0]}/adopt"
    answer = await coordinator.post(address, json={"plan": plan["id"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "plan_paused")
    await coordinator.post(f"/v1/plans/{plan['id']}/resume", json={})
    assert (await coordinator.post(address, json={"plan": plan["id"]})).status_code == 200


async def test_a_plan_looks_only_at_what_was_chosen(cases, coordinator) -> None:
    plan = await planned(coordinator, where={"country": "AT"})
    assert [line["case_id"] for line in plan["lines"]] == [cases[2]]
    answer = await coordinator.post(f"/v1/cases/{cases[0]}/adopt", json={"plan": plan["id"]})
    assert (answer.status_code, answer.json()["code"]) == (404, "plan_not_found")


async def test_a_version_is_tried_before_it_is_published(cases, client_as, files) -> None:
    client = client_as("coordinator")
    answer = await client.post("/v1/plans", json={"files": files})
    assert (answer.status_code, answer.json()["id"], len(answer.json()["lines"])) == (201, None, 3)
    assert len((await client.get("/v1/procedures")).json()["procedures"]) == 1


SERBIA = """
overlay: rs
version: "1"
title: Serbia
country: RS
calendar: {zone: Europe/Belgrade, source: {document: A list, evidence: K}}
clocks:
  identification.decision:
    - {deadline: 15 days, source: {law: A law, article: "1", evidence: K}}
"""
PROFILE = """
overlay: quick
version: "1"
title: Quick
clocks:
  identification.decision:
    - {deadline: 15 days, source: {law: A law, article: "1", evidence: K}}
"""


async def test_what_a_country_would_make_of_the_base_is_tried_too(cases, client_as, files) -> None:
    national = {"files": files | {"overlays/rs.yaml": SERBIA}, "overlay": "rs"}
    answer = await client_as("coordinator").post("/v1/plans", json=national)
    assert (answer.status_code, answer.json()["procedure"]["version"]) == (201, "1.1+rs.1"), answer.text
    moves = {line["case_id"]: line["moves"] for line in answer.json()["lines"]}
    assert moves == {cases[0]: True, cases[1]: True, cases[2]: False}
    (reason,) = [reason for line in answer.json()["lines"] for reason in line["reasons"]]
    assert reason["code"] == "other_country"


async def test_a_version_of_another_country_is_refused_at_the_move_too(cases, client_as, files, paper) -> None:
    client = client_as("coordinator")
    national = {"files": files | {"overlays/rs.yaml": SERBIA}, "overlay": "rs", "why": "a test"}
    assert (await client.post("/v1/procedures", json=national)).status_code == 201
    plan = (await client.post("/v1/plans", json={"to": "small@1.1+rs.1"})).json()
    for case_id, status in ((cases[0], 200), (cases[2], 409)):
        assert (await client.post(f"/v1/cases/{case_id}/adopt", json={"plan": plan["id"]})).status_code == status
    assert paper.cases[cases[2]].procedure != plan["procedure"]["hash"]


async def test_a_profile_alone_is_no_version(client_as, files) -> None:
    alone = {"files": files | {"profiles/quick.yaml": PROFILE}, "overlay": "quick", "why": "a test"}
    answer = await client_as("coordinator").post("/v1/procedures", json=alone)
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed"), answer.text
    assert answer.json()["where"] == [{"at": "body.overlay", "rule": "country"}]


async def test_no_case_moves_to_a_version_before_its_day(cases, client_as, files, paper) -> None:
    client = client_as("coordinator")
    later = (paper.now + timedelta(days=3)).isoformat()
    await client.post("/v1/procedures", json={"files": files, "why": "w", "in_force_from": later})
    plan = await planned(client)
    answer = await client.post(f"/v1/cases/{cases[1]}/adopt", json={"plan": plan["id"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_in_force")
    paper.now += timedelta(days=4)
    assert (await client.post(f"/v1/cases/{cases[1]}/adopt", json={"plan": plan["id"]})).status_code == 200


async def test_only_a_coordinator_plans_and_moves(cases, coordinator, client_as) -> None:
    plan = await planned(coordinator)
    other = client_as("supervisor")
    assert (await other.post("/v1/plans", json={"to": "small@1.1"})).status_code == 403
    assert (await other.post(f"/v1/plans/{plan['id']}/pause", json={})).status_code == 403
    assert (await other.post(f"/v1/cases/{cases[0]}/adopt", json={"plan": plan["id"]})).status_code == 403


async def test_nonsense_is_answered_in_kind(coordinator, cases) -> None:
    assert (await coordinator.post("/v1/plans", json={})).status_code == 422
    assert (await coordinator.post("/v1/plans", json={"to": "small@1.1", "overlay": "rs"})).status_code == 422
    assert (await coordinator.post("/v1/plans", json={"to": "small@9"})).json()["code"] == "procedure_not_found"
    assert (await coordinator.get("/v1/plans/nowhere")).json()["code"] == "plan_not_found"
    answer = await coordinator.post(f"/v1/cases/{cases[0]}/adopt", json={"plan": "nowhere"})
    assert answer.json()["code"] == "plan_not_found"


async def test_a_repair_waits_for_a_second_person_and_is_told(case_id, client_as, paper) -> None:
    supervisor, coordinator = client_as("supervisor"), client_as("coordinator")
    sent = {"sop": "identification", "state": "screening", "why": "The step was recorded on another case."}
    answer = await supervisor.post(f"/v1/cases/{case_id}/repair", json=sent)
    assert answer.status_code == 202, answer.text
    proposal = answer.json()["proposal"]
    own = await supervisor.post(f"/v1/cases/{case_id}/proposals/{proposal}/confirm", json={})
    assert own.status_code == 403
    done = await coordinator.post(f"/v1/cases/{case_id}/proposals/{proposal}/confirm", json={})
    assert done.json()["sops"]["identification"]["state"] == "screening"
    timeline = (await supervisor.get(f"/v1/cases/{case_id}/timeline")).json()["entries"][-1]["happened"]
    (told,) = [one for one in timeline if one["kind"] == "state_set"]
    assert told["text"] == "Identification was set to ‘Being screened’ by hand, by two persons."
    assert paper.records[case_id, told["record"]] == {"why": sent["why"]}


@pytest.mark.parametrize(
    "sent",
    [
        {"why": "x"}, {"why": "x", "sop": "identification"}, {"why": "x", "sop": "identification", "state": "screening", "clock": "identification.decision"},
        {"why": "x", "length": "3 days"}, {"why": "x", "clock": "identification.decision", "length": "soon"}, {"sop": "identification", "state": "screening"},
    ],
)  # fmt: skip
async def test_a_repair_that_does_not_say_what_is_malformed(case_id, client_as, sent) -> None:
    assert (await client_as("supervisor").post(f"/v1/cases/{case_id}/repair", json=sent)).status_code == 422
