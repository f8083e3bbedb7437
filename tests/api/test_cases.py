"""Opening a case, reading it and taking it forward, over HTTP."""

import asyncio
import json
from datetime import timedelta


async def test_a_case_opens_with_nothing_known(door):
    answer = await door.post("/v1/cases", json={"procedure": "small", "country": "RS", "facts": {}, "particulars": {}})
    assert answer.status_code == 201
    case = answer.json()
    assert answer.headers["location"] == f"/v1/cases/{case['id']}"
    assert answer.headers["etag"] == f'"{case["seq"]}"'
    assert case["recorded"] is True
    assert case["sops"]["identification"]["state"] == "referred"
    assert case["sops"]["identification"]["state_title"] == "Referred"
    assert case["responsible"]["id"] == "demo-case_manager"
    read = await door.get(answer.headers["location"])
    assert read.headers["etag"] == answer.headers["etag"]
    assert read.json()["procedure"]["name"] == "small"


async def test_particulars_never_enter_a_command(door, paper):
    sent = {
        "procedure": "small",
        "country": "RS",
        "facts": {"child": True},
        "particulars": {"address": {"street": "Canary 1"}},
    }
    opened = (await door.post("/v1/cases", json=sent)).json()
    fields = {"fields": {"level": "low", "story": "Canary was sold"}, "note": "Canary said"}
    path = f"/v1/cases/{opened['id']}/identification/measures/interview"
    recorded = await door.post(path, json=fields)
    assert recorded.status_code == 200, recorded.text
    assert "Canary" not in "".join(submission.model_dump_json() for submission in paper.submissions)
    assert "Canary" not in recorded.text
    measure = recorded.json()["measures"][0]
    assert measure["fields"] == {"level": "low"}
    assert measure["particulars"] == ["story"]
    record = await door.get(f"/v1/cases/{opened['id']}/particulars/{measure['record']}")
    assert record.json()["particulars"] == {"note": "Canary said", "story": "Canary was sold"}


async def test_particulars_are_for_those_who_work_with_the_person(door, client_as, case_id):
    given = await door.post(f"/v1/cases/{case_id}/consents", json={"purpose": "share", "particulars": {"to": "Canary"}})
    record = given.json()["consents"][0]["record"]
    assert (await client_as("guardian").get(f"/v1/cases/{case_id}/particulars/{record}")).status_code == 200
    assert (await client_as("police").get(f"/v1/cases/{case_id}/particulars/{record}")).json()["code"] == "forbidden"
    assert (await door.get(f"/v1/cases/{case_id}/particulars/none")).json()["code"] == "record_not_found"


async def test_the_same_key_and_body_give_the_same_bytes_and_one_effect(door, paper):
    sent = {"procedure": "small", "country": "RS"}
    first = await door.post("/v1/cases", json=sent, headers={"Idempotency-Key": "k1"})
    second = await door.post("/v1/cases", json=sent, headers={"Idempotency-Key": "k1"})
    assert first.content == second.content
    assert (second.status_code, second.headers["location"]) == (201, first.headers["location"])
    assert second.headers["idempotency-key"] == "k1"
    assert len(paper.submissions) == 1
    other = await door.post("/v1/cases", json={**sent, "country": "AT"}, headers={"Idempotency-Key": "k1"})
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")


async def test_a_key_counts_once_even_where_no_answer_was_kept(door, paper):
    sent = {"procedure": "small", "country": "RS", "particulars": {"name": "A"}}
    first = await door.post("/v1/cases", json=sent, headers={"Idempotency-Key": "k1"})
    paper.kept.clear()
    second = await door.post("/v1/cases", json=sent, headers={"Idempotency-Key": "k1"})
    assert first.json()["id"] == second.json()["id"]
    assert len(paper.cases) == 1
    assert len(paper.records) == 1
    paper.kept.clear()
    other = await door.post("/v1/cases", json={**sent, "country": "AT"}, headers={"Idempotency-Key": "k1"})
    assert other.json()["code"] == "key_reused"


async def test_a_key_made_up_by_the_door_is_told_and_holds(door):
    sent = {"procedure": "small", "country": "RS"}
    first = await door.post("/v1/cases", json=sent)
    second = await door.post("/v1/cases", json=sent, headers={"Idempotency-Key": first.headers["idempotency-key"]})
    assert first.content == second.content


async def test_a_key_belongs_to_its_caller(door, client_as, paper, case_id):
    headers = {"Idempotency-Key": "mine"}
    await door.post(f"/v1/cases/{case_id}/responsible", json={"to": "demo-guardian"}, headers=headers)
    other = await client_as("police").post(f"/v1/cases/{case_id}/responsible", json={"to": "x"}, headers=headers)
    assert other.json()["code"] == "forbidden"
    assert len({submission.key for submission in paper.submissions}) == 3


async def test_many_at_once_with_one_key_get_one_answer(door, paper):
    sent = {"procedure": "small", "country": "RS"}
    answers = await asyncio.gather(
        *(door.post("/v1/cases", json=sent, headers={"Idempotency-Key": "k"}) for _ in range(20))
    )
    assert len({answer.content for answer in answers}) == 1
    assert len(paper.cases) == 1


async def test_a_transition_a_refusal_and_what_stands_against_it(door, case_id):
    base = f"/v1/cases/{case_id}"
    started = await door.post(f"{base}/identification/transitions/start")
    assert started.status_code == 200
    clock = started.json()["clocks"][0]
    assert (clock["name"], clock["legal"], clock["overdue"]) == ("identification.decision", True, False)
    assert clock["budget"] == {"iso": "P30D", "text": "30 days"}
    refused = await door.post(f"{base}/identification/transitions/identify")
    assert (refused.status_code, refused.json()["code"]) == (409, "refused")
    assert refused.headers["content-type"] == "application/problem+json"
    assert {"code", "text", "remedy"} <= refused.json()["reasons"][0].keys()
    steps = (await door.get(f"{base}/steps")).json()
    assert any(step["name"] == "identify" and step["reasons"] for step in steps["blocked"])
    assert any(step["name"] == "interview" and step["yours"] for step in steps["open"])


async def test_if_match_guards_against_a_case_that_has_moved_on(door, case_id):
    base = f"/v1/cases/{case_id}"
    etag = (await door.get(base)).headers["etag"]
    assert (await door.post(f"{base}/facts", json={"facts": {"child": True}})).status_code == 200
    path = f"{base}/identification/transitions/start"
    stale = await door.post(path, headers={"If-Match": etag})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    fresh = (await door.get(base)).headers["etag"]
    assert (await door.post(path, headers={"If-Match": fresh})).status_code == 200


async def test_a_step_for_two_waits_for_the_second(door, client_as, case_id):
    base = f"/v1/cases/{case_id}"
    await door.post(f"{base}/identification/transitions/start")
    proposed = await door.post(f"{base}/identification/transitions/refuse", json={"reason": "no_sign"})
    assert proposed.status_code == 202
    proposal = proposed.json()["proposal"]
    assert proposed.json()["proposals"][0]["id"] == proposal
    assert (await door.post(f"{base}/proposals/{proposal}/confirm")).json()["code"] == "forbidden"
    confirmed = await client_as("supervisor").post(f"{base}/proposals/{proposal}/confirm")
    assert confirmed.status_code == 200
    assert confirmed.json()["sops"]["identification"]["state"] == "not_confirmed"


async def test_free_words_of_a_reason_go_to_the_vault(door, paper, case_id):
    base = f"/v1/cases/{case_id}"
    await door.post(f"{base}/identification/transitions/start")
    extended = await door.post(f"{base}/clocks/decision/extend", json={"reason": "Canary is ill, see letter"})
    assert extended.status_code == 200, extended.text
    extension = extended.json()["clocks"][0]["extensions"][0]
    assert extension["reason"] == "other"
    assert "Canary" not in paper.submissions[-1].model_dump_json()
    assert any(record.get("reason") == "Canary is ill, see letter" for record in paper.records.values())
    paused = await door.post(f"{base}/clocks/identification.decision/pause", json={"reason": "hospital"})
    assert paused.json()["clocks"][0]["status"] == "paused"
    assert paused.json()["clocks"][0]["pauses"][0]["review_at"] is not None
    assert (await door.post(f"{base}/clocks/decision/resume")).json()["clocks"][0]["status"] == "running"
    corrected = await door.post(
        f"{base}/clocks/decision/correct", json={"reason": "wrong_date", "anchor": "2026-03-01T09:00:00+01:00"}
    )
    assert corrected.json()["clocks"][0]["corrections"][0]["reason"] == "other"


async def test_a_pause_is_reviewed_when_the_caller_says_and_what_was_stays_in_view(door, case_id):
    base = f"/v1/cases/{case_id}"
    await door.post(f"{base}/identification/transitions/start")
    (before,) = (await door.get(base)).json()["clocks"]
    assert before["counting"] == "Regulation (EEC, Euratom) No 1182/71"
    assert (before["zone"], before["weekends_only"], before["holidays_until"]) == ("Europe/Vienna", True, None)
    (extended,) = (await door.post(f"{base}/clocks/decision/extend", json={"reason": "ill"})).json()["clocks"]
    assert extended["extensions"][0]["was_due"] == before["due"]
    late = await door.post(
        f"{base}/clocks/decision/pause", json={"reason": "hospital", "review_at": "2099-01-01T00:00:00Z"}
    )
    assert (late.status_code, late.json()["reasons"][0]["code"]) == (409, "review_too_late")
    naive = await door.post(
        f"{base}/clocks/decision/pause", json={"reason": "hospital", "review_at": "2026-03-09T09:00"}
    )
    assert naive.status_code == 422
    stray = await door.post(
        f"{base}/clocks/decision/extend", json={"reason": "ill", "review_at": "2026-03-09T09:00:00Z"}
    )
    assert stray.status_code == 422


async def test_consent_is_given_and_taken_back(door, case_id):
    given = await door.post(f"/v1/cases/{case_id}/consents", json={"purpose": "share"})
    assert given.status_code == 201
    consent = given.json()["consent"]
    assert given.json()["consents"][0]["in_force"] is True
    taken = await door.delete(f"/v1/cases/{case_id}/consents/{consent}")
    assert taken.status_code == 200
    assert taken.json()["consents"][0]["in_force"] is False


async def test_life_goes_on_in_words(door, case_id):
    told = await door.post(f"/v1/cases/{case_id}/events/went_missing")
    assert told.status_code == 200
    page = (await door.get(f"/v1/cases/{case_id}/timeline", params={"limit": 1})).json()
    assert page["next"] == 1
    assert all(happened["text"] for happened in page["entries"][0]["happened"])
    rest = (await door.get(f"/v1/cases/{case_id}/timeline", params={"after": 1})).json()
    assert rest["next"] is None
    assert rest["entries"][0]["command"] == "tell_event"


async def test_responsibility_is_offered_and_taken(door, client_as, case_id):
    base = f"/v1/cases/{case_id}/responsible"
    offered = await door.post(base, json={"to": "demo-guardian"})
    assert offered.json()["responsible"]["offered_to"] == "demo-guardian"
    work = (await client_as("guardian").get("/v1/worklist")).json()
    assert [item["kind"] for item in work["asked"]] == ["offer"]
    taken = await client_as("guardian").post(f"{base}/confirm")
    assert taken.json()["responsible"]["id"] == "demo-guardian"


async def test_the_worklist_says_by_when(door, paper, case_id):
    await door.post(f"/v1/cases/{case_id}/identification/transitions/start")
    due = paper.cases[case_id].clocks["identification.decision"].due
    for moment, group in (
        (due - timedelta(days=20), None),
        (due - timedelta(days=3), "due_soon"),
        (due - timedelta(hours=3), "due_today"),
        (due, "overdue"),
    ):
        paper.now = moment
        work = (await door.get("/v1/worklist")).json()
        found = [name for name in ("overdue", "due_today", "due_soon") if work[name]]
        assert found == ([group] if group else [])
    case = (await door.get(f"/v1/cases/{case_id}")).json()
    assert case["clocks"][0]["overdue"] is True


async def test_lists_and_procedures(door, case_id):
    listed = (await door.get("/v1/cases", params={"country": "RS", "overdue": "true", "limit": 10})).json()
    assert [case["id"] for case in listed["cases"]] == [case_id]
    procedures = (await door.get("/v1/procedures")).json()["procedures"]
    assert procedures[0]["name"] == "small"
    one = (await door.get("/v1/procedures/small/1.0")).json()
    assert one["definition"]["sops"]["identification"]["initial"] == "referred"
    assert (await door.get("/v1/procedures/small/newest")).json()["hash"] == one["hash"]
    assert (await door.get("/v1/procedures/small/2")).json()["code"] == "procedure_not_found"


async def test_what_is_accepted_while_the_database_is_away_is_answered(door, paper, case_id):
    paper.away = True
    key = {"Idempotency-Key": "kept"}
    answer = await door.post(f"/v1/cases/{case_id}/identification/transitions/start", headers=key)
    assert answer.status_code == 202
    assert answer.json()["recorded"] is False
    again = await door.post(f"/v1/cases/{case_id}/identification/transitions/start", headers=key)
    assert (again.status_code, again.content) == (202, answer.content)
    assert (await door.get(f"/v1/cases/{case_id}")).json()["seq"] == answer.json()["seq"]
    note = await door.post(f"/v1/cases/{case_id}/events/went_missing", json={"note": "words"})
    assert (note.status_code, note.json()["code"]) == (503, "store_unavailable")
    assert (await door.get("/v1/worklist")).status_code == 503
    paper.away = False
    whole = await door.post(f"/v1/cases/{case_id}/identification/transitions/start", headers=key)
    assert (whole.status_code, whole.json()["seq"]) == (200, answer.json()["seq"])
    assert whole.json()["sops"]["identification"]["state"] == "screening"


async def test_facts_are_brought_up_to_date(door, case_id):
    sent = {"facts": {"nationality": "RS", "born": "2001-02-03"}, "note": "as Canary told"}
    answer = await door.post(f"/v1/cases/{case_id}/facts", json=sent)
    assert answer.status_code == 200
    facts = json.dumps(answer.json()["facts"])
    assert "2001-02-03" in facts
    assert "Canary" not in answer.text


async def test_a_procedure_is_read_for_a_country(door):
    (line,) = (await door.get("/v1/procedures")).json()["procedures"]
    assert line["country"] is None
    newest = await door.get("/v1/procedures/small/newest", params={"country": "RS"})
    assert newest.json()["hash"] == line["hash"], "a country without its own begins with the base"
    assert (await door.get("/v1/procedures/small/newest", params={"country": "Serbia"})).status_code == 422
