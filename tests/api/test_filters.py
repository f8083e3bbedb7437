"""Saved filters: one's own, shared with a role, and never showing more than was meant."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from api.parts import Parts
from store.queues import OwedClock, Wanted

Clients = Callable[[str], httpx.AsyncClient]


@pytest.fixture
def wanted(parts: Parts) -> list[Wanted]:
    """What the lists of clocks were asked for."""
    asked: list[Wanted] = []

    async def clocks(queue: str, wanted: Wanted, *_: object, **__: object) -> list[OwedClock]:
        asked.append(wanted)
        return []

    parts.queues.clocks = clocks  # type: ignore[method-assign,assignment]
    return asked


async def keep(client: httpx.AsyncClient, name: str, choices: dict[str, Any], **more: Any) -> httpx.Response:
    return await client.put(f"/v1/filters/{name}", json={"choices": choices, **more})


async def test_a_list_is_asked_with_a_saved_filter_and_what_is_asked_beside_it_goes_first(wanted, door) -> None:
    kept = await keep(door, "mine_rs", {"country": "RS", "responsible": "me", "statutory": False})
    assert kept.status_code == 200, kept.text
    assert kept.json()["filter"] == "mine_rs"
    assert (await door.get("/v1/supervision/overdue?filter=mine_rs")).status_code == 200
    assert (await door.get("/v1/supervision/due-soon?filter=mine_rs&country=RO")).status_code == 200
    first = Wanted(country="RS", responsible="demo-case_manager", statutory=False)
    assert wanted == [first, first.model_copy(update={"country": "RO"})]


async def test_a_shared_filter_serves_the_role_and_nobody_else(wanted, client_as: Clients) -> None:
    supervisor, manager, police = client_as("supervisor"), client_as("case_manager"), client_as("police")
    await keep(supervisor, "law", {"statutory": True, "responsible": "me"}, shared_with="case_manager")
    shared = "demo-supervisor:law"
    assert [one["filter"] for one in (await manager.get("/v1/filters")).json()["filters"]] == [shared]
    assert (await police.get("/v1/filters")).json()["filters"] == []
    assert (await manager.get(f"/v1/supervision/overdue?filter={shared}")).status_code == 200
    assert wanted == [Wanted(statutory=True, responsible="demo-case_manager")], "`me` is whoever uses it"
    assert (await police.get(f"/v1/supervision/overdue?filter={shared}")).json()["code"] == "filter_not_found"
    assert (await manager.delete("/v1/filters/law")).json()["code"] == "filter_not_found"
    assert (await supervisor.delete("/v1/filters/law")).json() == {"filters": []}
    assert (await manager.get(f"/v1/supervision/overdue?filter={shared}")).json()["code"] == "filter_not_found"


async def test_a_filter_never_shows_more_than_was_meant(wanted, door) -> None:
    await keep(door, "waits", {"kind": "waiting", "country": "RS"})
    refused = await door.get("/v1/supervision/overdue?filter=waits")
    assert (refused.status_code, refused.json()["code"]) == (422, "malformed")
    assert "kind" in refused.json()["detail"]
    assert wanted == []
    assert (await door.get("/v1/supervision/stuck?filter=waits")).status_code == 200
    assert wanted == [Wanted(country="RS")]


@pytest.mark.parametrize("path", ["cases", "supervision/summary", "supervision/unassigned", "supervision/abroad"])
async def test_every_list_takes_one(door, path: str) -> None:
    await keep(door, "rs", {"country": "RS"})
    assert (await door.get(f"/v1/{path}?filter=rs")).status_code == 200
    assert (await door.get(f"/v1/{path}?filter=gone")).json()["code"] == "filter_not_found"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("rs", {"choices": {"country": "Serbia"}}),
        ("rs", {"choices": {"person": "x"}}),
        ("rs", {"choices": {}, "shared_with": "nobody_holds_this"}),
        ("rs", {}),
    ],
)
async def test_what_does_not_fit_is_refused(door, name: str, body: dict[str, Any]) -> None:
    answer = await door.put(f"/v1/filters/{name}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
