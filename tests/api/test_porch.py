"""What every answer has around it, and the calls for those who keep the system running."""

import stat
from html.parser import HTMLParser

import pytest

from api.app import ROUTERS
from api.callers import read_demo_users, write_demo_users
from api.door import Door
from api.feed import ADDRESS


def test_every_address_under_v1_asks_who_is_calling():
    routes = [route for router in ROUTERS for route in router.routes]
    assert len(routes) > 20
    for route in routes:
        # the private calendar has its key in its address, and a test of its own
        asks = route.path.startswith("/v1/") and route.path != ADDRESS
        assert isinstance(route, Door) == asks, route.path
    operations = [route.operation_id for route in routes if getattr(route, "include_in_schema", False)]
    assert None not in operations
    assert len(set(operations)) == len(operations)


@pytest.mark.parametrize("path", ["/healthz", "/docs", "/nothing", "/v1/worklist", "/v1/cases/x", "/openapi.json"])
async def test_every_answer_has_the_headers(client_as, path):
    answer = await client_as("").get(path)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "server" not in answer.headers


async def test_readiness_names_the_part_that_is_away(client_as, paper):
    stranger = client_as("")
    assert (await stranger.get("/readyz")).status_code == 200
    paper.away, paper.missing = True, ("worker",)
    answer = await stranger.get("/readyz")
    assert answer.status_code == 503
    assert [where["at"] for where in answer.json()["where"]] == ["database", "worker"]
    assert (await stranger.get("/healthz")).status_code == 200


async def test_calls_are_counted_by_template(door, case_id):
    await door.get(f"/v1/cases/{case_id}")
    text = (await door.get("/metrics")).text
    assert 'caseway_http_requests_total{method="GET",route="/v1/cases/{case_id}",code="200"} 1' in text
    assert case_id not in text


async def test_the_docs_ask_no_other_server(client_as):
    page = (await client_as("").get("/docs")).text
    links = []

    class Links(HTMLParser):
        def handle_starttag(self, tag, attrs):
            links.extend(value for name, value in attrs if name in ("href", "src"))
            assert tag != "script"

    Links().feed(page)
    assert links
    assert all(link.startswith("/") for link in links)
    assert 'id="case_not_found"' in page


async def test_the_openapi_document_is_whole(client_as):
    schema = (await client_as("").get("/openapi.json")).json()
    assert schema["openapi"].startswith("3.1")
    for path, operations in schema["paths"].items():
        for verb, operation in operations.items():
            assert operation["responses"]["default"]["content"].keys() == {"application/problem+json"}
            assert ("security" in operation) == (path.startswith("/v1/") and path != ADDRESS)
            names = {parameter["name"] for parameter in operation.get("parameters", [])}
            assert ("Idempotency-Key" in names) == (verb != "get")
    sent = schema["components"]["schemas"]["OpenCase"]
    assert sent["examples"]


def test_demo_users_keep_their_tokens_and_are_nobodys_to_read(tmp_path):
    path = tmp_path / "demo-users.json"
    first = write_demo_users(path, ["guardian"])
    assert {"guardian", "case_manager", "coordinator", "supervisor"} == first.keys()
    assert len(set(first.values())) == len(first)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    second = write_demo_users(path, ["guardian", "police"])
    assert second == {**first, "police": second["police"]}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert write_demo_users(path, []) == second
    assert read_demo_users(path)
