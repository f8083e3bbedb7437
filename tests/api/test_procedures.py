"""Publishing over HTTP: immutable, idempotent, in force from a day, by two where that is asked; errors told all at once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from api.app import create_app
from api.parts import Parts
from sop.loader import content_hash, load
from sop.model import Definition

Client = Callable[[str], httpx.AsyncClient]


@pytest.fixture
def files(first_files: dict[str, str]) -> dict[str, str]:
    """The second version of the small procedure."""
    files = dict(first_files)
    files["procedure.yaml"] = files["procedure.yaml"].replace('version: "1.0"', 'version: "1.1"')
    files["identification.yaml"] = files["identification.yaml"].replace("deadline: 30 days", "deadline: 20 days")
    return files


async def publish(client: httpx.AsyncClient, files: dict[str, str], **more: str) -> httpx.Response:
    return await client.post("/v1/procedures", json={"files": files, "why": "a shorter time to decide", **more})


async def test_a_version_is_published_and_new_cases_begin_with_it(client_as: Client, files) -> None:
    answer = await publish(client_as("coordinator"), files)
    assert answer.status_code == 201, answer.text
    said = answer.json()
    assert (said["name"], said["version"], said["published_by"]) == ("small", "1.1", "demo-coordinator")
    assert said["why"] == "a shorter time to decide"
    opened = await client_as("case_manager").post("/v1/cases", json={"procedure": "small", "country": "RS"})
    assert opened.json()["procedure"]["hash"] == said["hash"]
    listed = (await client_as("police").get("/v1/procedures")).json()["procedures"]
    assert [one["version"] for one in listed] == ["1.0", "1.1"]


async def test_a_version_in_the_future_waits_for_its_day(client_as: Client, files, paper) -> None:
    later = (paper.now + timedelta(days=3)).isoformat()
    await publish(client_as("coordinator"), files, in_force_from=later)
    door = client_as("case_manager")
    assert (await door.post("/v1/cases", json={"procedure": "small", "country": "RS"})).json()["procedure"][
        "version"
    ] == "1.0"
    paper.now += timedelta(days=4)
    assert (await door.post("/v1/cases", json={"procedure": "small", "country": "RS"})).json()["procedure"][
        "version"
    ] == "1.1"
    assert (await door.get("/v1/procedures/small/newest")).json()["version"] == "1.1"


async def test_the_same_content_again_is_the_same_version(client_as: Client, files) -> None:
    first = await publish(client_as("coordinator"), files)
    again = await publish(client_as("coordinator"), files, why="another word")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()


async def test_other_content_under_a_used_version_is_refused(client_as: Client, first_files) -> None:
    changed = first_files | {"identification.yaml": first_files["identification.yaml"].replace("30 days", "20 days", 1)}
    answer = await publish(client_as("coordinator"), changed)
    assert (answer.status_code, answer.json()["code"]) == (409, "version_taken")


async def test_every_error_of_every_file_is_told_at_once(client_as: Client, files) -> None:
    files["procedure.yaml"] = files["procedure.yaml"].replace(
        "sops: [identification]", "sops: [identification, nowhere]"
    )
    files["identification.yaml"] += "\nnonsense: 1\n"
    answer = await publish(client_as("coordinator"), files)
    assert (answer.status_code, answer.json()["code"]) == (422, "definition_invalid")
    assert {problem["code"] for problem in answer.json()["problems"]} >= {"unknown-key"}
    assert all(problem["line"] for problem in answer.json()["problems"])


async def test_what_does_not_prove_is_not_published(client_as: Client, files) -> None:
    move = load({name: text.encode() for name, text in files.items()}).sops["identification"].transitions
    target = next(iter(move.values())).to
    right = f"""\
rights:
  never:
    title: Nobody comes here without having agreed
    source: {{law: An invented law, article: "1", evidence: K}}
    whenever: {{entering: [identification.{target}]}}
    needs: [{{fact: case.agreed, is: true}}]
"""
    asking = files["procedure.yaml"].replace("facts:\n", "facts:\n  agreed: {type: yes-no, title: Agreed}\n", 1)
    answer = await publish(client_as("coordinator"), files | {"procedure.yaml": asking, "rights.yaml": right})
    assert (answer.status_code, answer.json()["code"]) == (422, "definition_invalid"), answer.text
    assert "right-broken" in {problem["code"] for problem in answer.json()["problems"]}


async def test_only_a_coordinator_publishes(client_as: Client, files) -> None:
    assert (await publish(client_as("supervisor"), files)).status_code == 403


@pytest.mark.parametrize("name", ["../x.yaml", "/etc/x.yaml", "a/b/c/d.yaml", "x.txt", "X.yaml", ".yaml"])
async def test_a_file_that_belongs_to_no_folder_is_refused(client_as: Client, files, name: str) -> None:
    answer = await publish(client_as("coordinator"), files | {name: "x: 1"})
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


async def test_by_two_a_version_counts_when_another_person_has_confirmed_it(parts: Parts, files) -> None:
    transport = httpx.ASGITransport(create_app(replace(parts, by_two=True)))

    def client(role: str) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer token-of-{role}-0123456789"}
        return httpx.AsyncClient(transport=transport, base_url="http://door", headers=headers)

    said = (await publish(client("coordinator"), files)).json()
    assert said["waits_for_second"]
    address = f"/v1/procedures/{said['hash']}/confirm"
    newest = "/v1/procedures/small/newest"
    assert (await client("coordinator").get(newest)).json()["version"] == "1.0"
    assert (await client("coordinator").post(address, json={})).status_code == 403
    assert (await client("police").post(address, json={})).status_code == 403
    confirmed = await client("supervisor").post(address, json={})
    assert (confirmed.status_code, confirmed.json()["confirmed_by"]) == (200, "demo-supervisor")
    assert (await client("coordinator").get(newest)).json()["version"] == "1.1"
    assert (await client("supervisor").post(address, json={})).json() == confirmed.json()


async def test_nothing_of_an_unknown_hash_can_be_confirmed(client_as: Client) -> None:
    for hash in ("0" * 64, "nonsense"):
        answer = await client_as("supervisor").post(f"/v1/procedures/{hash}/confirm", json={})
        assert (answer.status_code, answer.json()["code"]) == (404, "procedure_not_found")


async def test_what_is_read_is_what_was_published(client_as: Client, files) -> None:
    said = (await publish(client_as("coordinator"), files)).json()
    for version in ("1.1", said["hash"]):
        read = (await client_as("police").get(f"/v1/procedures/small/{version}")).json()
        assert content_hash(Definition.model_validate(read["definition"])) == said["hash"]
    assert (await client_as("police").get("/v1/procedures/small/9.9")).status_code == 404


async def test_differences_are_told_over_http(client_as: Client, files) -> None:
    await publish(client_as("coordinator"), files)
    told = (await client_as("police").get("/v1/procedures/small/1.1/differences/1.0")).json()["differences"]
    assert [(one["kind"], one["was"], one["now"]) for one in told] == [
        ("version_changed", "1.0", "1.1"), ("length_changed", "30 days", "20 days")
    ]  # fmt: skip
    same = await client_as("police").get("/v1/procedures/small/1.0/differences/1.0")
    assert same.json()["differences"] == []
    assert (await client_as("police").get("/v1/procedures/small/1.0/differences/9")).status_code == 404
