"""How you are reached: your own settings, webhooks and calendar; nobody else's, and no secret twice."""

import icalendar
import pytest

MINE = {
    "language": "sr-Latn",
    "address": "somebody@staff.invalid",
    "zone": "Europe/Belgrade",
    "quiet": {"begins": "20:00", "ends": "07:00"},
    "digest_at": "08:30",
}


async def test_your_own_post_is_set_and_read(door, client_as):
    answer = await door.put("/v1/me/post", json=MINE)
    assert answer.status_code == 200, answer.text
    read = (await door.get("/v1/me/post")).json()
    assert read == answer.json()
    assert {name: read[name] for name in MINE} == MINE
    assert (read["id"], read["roles"], read["countries"]) == ("demo-case_manager", ["case_manager"], ["RS"])
    assert (await client_as("guardian").get("/v1/me/post")).json()["address"] is None
    assert (await door.put("/v1/me/post", json={})).json()["quiet"] is None


async def test_roles_and_countries_are_not_yours_to_set(door):
    answer = await door.put("/v1/me/post", json={"roles": ["supervisor"]})
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


@pytest.mark.parametrize(
    ("wrong", "at"),
    [
        ({"address": "canary"}, "body.address"),
        ({"address": "canary@x.invalid\r\nBcc: canary@y.invalid"}, "body.address"),
        ({"address": "canary@x.invalid, canary@y.invalid"}, "body.address"),
        ({"address": "canary..two@x.invalid"}, "body.address"),
        ({"address": "canäry@x.invalid"}, "body.address"),
        ({"zone": "Canary/Island"}, "body.zone"),
        ({"language": "canary in words"}, "body.language"),
        ({"digest_at": "25:00"}, "body.digest_at"),
        ({"quiet": {"begins": "07:00", "ends": "07:00"}}, "body.quiet"),
        ({"quiet": {"begins": "07:00"}}, "body.quiet.ends"),
    ],
)
async def test_what_does_not_fit_is_named_and_not_repeated(door, wrong, at):
    answer = await door.put("/v1/me/post", json={**MINE, **wrong})
    assert answer.status_code == 422
    assert [one["at"] for one in answer.json()["where"]] == [at]
    assert "anary" not in answer.text


async def test_who_is_not_enrolled_is_told_so(client_as):
    police = client_as("police")
    for method, path in (("GET", "post"), ("PUT", "post"), ("POST", "calendar"), ("POST", "webhooks")):
        body = None if method == "GET" else {"url": "https://hook.invalid/"} if path == "webhooks" else {}
        answer = await police.request(method, f"/v1/me/{path}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_enrolled")


async def test_a_webhook_is_added_rotated_and_removed_by_its_owner_alone(door, client_as, paper):
    sent = {"url": "https://hook.invalid/caseway", "kinds": ["missed"]}
    made = await door.post("/v1/me/webhooks", json=sent, headers={"Idempotency-Key": "k1"})
    assert made.status_code == 200, made.text
    id = made.json()["id"]
    shown = (await door.get("/v1/me/post")).json()["webhooks"]
    assert shown == [{"id": id, "url": sent["url"], "kinds": ["missed"], "failures": 0, "on": True}]
    other = client_as("guardian")
    assert (await other.delete(f"/v1/me/webhooks/{id}")).json()["code"] == "webhook_not_found"
    assert (await other.post(f"/v1/me/webhooks/{id}/secret", json={})).status_code == 404
    assert (await door.post(f"/v1/me/webhooks/{id}/secret", json={})).json()["secret"] == "whsec_second"
    assert (await door.delete(f"/v1/me/webhooks/{id}")).json()["webhooks"] == []
    assert paper.kept == {}, "no copy of a secret is kept for repetitions"


@pytest.mark.parametrize("url", ["http://hook.invalid/", "https://u:p@hook.invalid/", "file:///etc/passwd", "canary"])
async def test_a_webhook_is_called_over_https(door, url):
    answer = await door.post("/v1/me/webhooks", json={"url": url})
    assert (answer.status_code, answer.json()["where"][0]["at"]) == (422, "body.url")


async def test_the_calendar_has_the_clocks_of_your_cases_and_ends_when_you_say(door, client_as, case_id, paper):
    await door.post(f"/v1/cases/{case_id}/identification/transitions/start", json={})
    url = (await door.post("/v1/me/calendar", json={}, headers={"Idempotency-Key": "k1"})).json()["url"]
    assert url.startswith("https://caseway.invalid/v1/calendar/")
    assert paper.kept.keys() == set() or all(b"calendar" not in kept.body for kept in paper.kept.values())
    path = url.removeprefix("https://caseway.invalid")
    stranger = client_as("")
    answer = await stranger.get(path)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    (event,) = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert str(event["summary"]) == f"Decision ({case_id})"
    again = await stranger.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    token = path.rpartition("/")[2].removesuffix(".ics")
    assert token not in (await door.get("/metrics")).text
    assert 'route="/v1/calendar/{token}.ics",code="200"' in (await door.get("/metrics")).text
    await door.post("/v1/me/calendar", json={})
    assert (await stranger.get(path)).status_code == 404, "a new address ends the former one"
    fresh = (await door.post("/v1/me/calendar", json={})).json()["url"].removeprefix("https://caseway.invalid")
    assert (await door.delete("/v1/me/calendar")).json()["calendar"] is False
    assert (await stranger.get(fresh)).status_code == 404


@pytest.mark.parametrize("token", ["x", "x" * 43, "..%2f..%2fpasswd", "%00" * 20])
async def test_a_made_up_calendar_address_opens_nothing(client_as, token):
    answer = await client_as("").get(f"/v1/calendar/{token}.ics")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
