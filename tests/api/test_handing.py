"""Acting on a case beside its procedure, over HTTP; and giving all cases of somebody to another."""

from datetime import timedelta

import pytest

SECOND = "demo-case_manager-2"


@pytest.fixture
def supervisor(client_as):
    return client_as("supervisor")


async def timeline(door, case_id: str) -> list[dict]:
    return (await door.get(f"/v1/cases/{case_id}/timeline")).json()["entries"]


async def test_a_supervisor_gives_a_case_over(door, supervisor, case_id):
    address = f"/v1/cases/{case_id}/reassign"
    assert (await door.post(address, json={"to": SECOND, "reason": "leave"})).status_code == 403
    given = await supervisor.post(address, json={"to": SECOND, "reason": "leave", "note": "From Monday on."})
    assert given.status_code == 200, given.text
    assert given.json()["responsible"]["id"] == SECOND
    last = (await timeline(door, case_id))[-1]
    assert (last["actor"], last["happened"][0]["kind"]) == ("demo-supervisor", "case_reassigned")
    assert last["happened"][0]["record"]
    again = await supervisor.post(address, json={"to": SECOND, "reason": "leave"})
    assert [reason["code"] for reason in again.json()["reasons"]] == ["already_responsible"]
    relied = {"to": "demo-guardian", "reason": "left", "was": "demo-case_manager"}
    late = await supervisor.post(address, json=relied)
    assert [reason["code"] for reason in late.json()["reasons"]] == ["not_theirs"]


@pytest.mark.parametrize("nobody", ["demo-case_manager-9", "demo-police", "demo-supervisor"])
async def test_nobody_gets_a_case_who_is_not_there_or_may_not_hold_one(supervisor, door, case_id, nobody):
    for call, body in (("reassign", {"reason": "leave"}), ("cover", {"until": "2026-03-09T09:00:00Z"})):
        refused = await supervisor.post(f"/v1/cases/{case_id}/{call}", json={"to": nobody, **body})
        assert (refused.status_code, refused.json()["where"]) == (422, [{"at": "body.to", "rule": "unknown"}])
        assert nobody not in refused.text
    assert (await door.get(f"/v1/cases/{case_id}")).json()["responsible"]["id"] == "demo-case_manager"


async def test_a_cover_is_shown_and_called_off(door, case_id, paper):
    until = (paper.now + timedelta(days=7)).isoformat().replace("+00:00", "Z")
    covered = await door.post(f"/v1/cases/{case_id}/cover", json={"to": SECOND, "until": until})
    assert covered.status_code == 200, covered.text
    assert covered.json()["responsible"]["cover"]["by"] == SECOND
    endless = await door.post(f"/v1/cases/{case_id}/cover", json={"to": SECOND})
    assert [reason["code"] for reason in endless.json()["reasons"]] == ["field_missing"]
    over = await door.post(f"/v1/cases/{case_id}/cover", json={"to": None})
    assert over.json()["responsible"]["cover"] is None


async def test_a_clock_is_nudged_once_a_day_and_escalated(door, supervisor, case_id):
    started = await door.post(f"/v1/cases/{case_id}/identification/transitions/start", json={})
    assert started.status_code == 200, started.text
    clock = {"clock": "identification.decision"}
    assert (await door.post(f"/v1/cases/{case_id}/nudge", json=clock)).status_code == 200
    twice = await door.post(f"/v1/cases/{case_id}/nudge", json=clock)
    assert [reason["code"] for reason in twice.json()["reasons"]] == ["nudged_today"]
    again = await door.post(f"/v1/cases/{case_id}/nudge", json={**clock, "again": True})
    assert again.status_code == 403
    assert (await supervisor.post(f"/v1/cases/{case_id}/nudge", json={**clock, "again": True})).status_code == 200
    assert (await door.post(f"/v1/cases/{case_id}/escalate", json=clock)).status_code == 200
    assert (await door.post(f"/v1/cases/{case_id}/escalate", json={})).status_code == 200
    kinds = [one["kind"] for entry in await timeline(door, case_id) for one in entry["happened"]]
    assert kinds[-4:] == ["nudged", "nudged", "escalated", "escalated"]


async def test_the_words_of_a_remark_are_for_those_who_may_read_particulars(door, client_as, case_id, paper):
    words = "Kanarienvogel rang twice."
    left = await door.post(f"/v1/cases/{case_id}/comments", json={"text": words})
    assert left.status_code == 200, left.text
    assert words not in left.text
    assert words not in paper.submissions[-1].model_dump_json()
    shown = (await timeline(door, case_id))[-1]
    assert (shown["actor"], shown["happened"][0]["words"]) == ("demo-case_manager", words)
    hidden = (await timeline(client_as("coordinator"), case_id))[-1]
    assert (hidden["actor"], hidden["happened"][0]["words"]) == ("demo-case_manager", None)


async def many(door, count: int) -> list[str]:
    opened = [await door.post("/v1/cases", json={"procedure": "small", "country": c}) for c in ["RS", "AT"] * count]
    return [one.json()["id"] for one in opened]


GIVE_ALL = {"from": "demo-case_manager", "to": SECOND, "reason": "left"}


async def test_all_cases_of_somebody_are_given_over_and_back(door, supervisor, paper):
    cases = await many(door, 3)
    await door.post(f"/v1/cases/{cases[0]}/responsible", json={"to": "demo-guardian"})
    said = await supervisor.post("/v1/reassignments", json={**GIVE_ALL, "where": {"country": "RS"}})
    assert said.status_code == 201, said.text
    view = said.json()
    assert view["counts"] == {"waiting": 3, "done": 0, "undone": 0, "moved_on": 0, "cannot": 0}
    assert {line["case_id"]: line["offer_lapses"] for line in view["lines"]}[cases[0]] == "demo-guardian"
    assert {case.responsible.id for case in paper.cases.values()} == {"demo-case_manager"}
    address = f"/v1/reassignments/{view['id']}"
    first = (await supervisor.post(f"{address}/apply", json={"most": 2})).json()
    assert (first["counts"]["done"], first["counts"]["waiting"], first["undoable"]) == (2, 1, 2)
    await supervisor.post(f"/v1/cases/{cases[4]}/reassign", json={"to": "demo-guardian", "reason": "wish"})
    rest = (await supervisor.post(f"{address}/apply", json={})).json()
    assert (rest["counts"]["done"] + rest["counts"]["moved_on"], rest["counts"]["waiting"]) == (3, 0)
    again = (await supervisor.post(f"{address}/apply", json={})).json()
    assert again["counts"] == rest["counts"]
    done = [line["case_id"] for line in (await supervisor.get(address)).json()["lines"] if line["status"] == "done"]
    await door.post(f"/v1/cases/{done[0]}/comments", json={"text": "Touched."})
    back = (await supervisor.post(f"{address}/undo", json={})).json()
    assert (back["counts"]["undone"], back["undoable"]) == (len(done) - (1 if cases[4] not in done else 2), 0)
    assert paper.cases[done[0]].responsible.id == SECOND
    assert (
        sum(case.responsible.id == "demo-case_manager" for case in paper.cases.values()) == 3 + back["counts"]["undone"]
    )


async def test_a_reassignment_is_for_supervisors_and_says_what_is_wrong(door, supervisor):
    assert (await door.post("/v1/reassignments", json=GIVE_ALL)).status_code == 403
    for change, at in (
        ({"to": "demo-nobody"}, "body.to"),
        ({"to": SECOND, "from": SECOND}, "body.to"),
        ({"reason": "boredom"}, "body.reason"),
    ):
        wrong = await supervisor.post("/v1/reassignments", json={**GIVE_ALL, **change})
        assert (wrong.status_code, wrong.json()["where"][0]["at"]) == (422, at)
    missing = await supervisor.post("/v1/reassignments/r0123/apply", json={})
    assert (missing.status_code, missing.json()["code"]) == (404, "reassignment_not_found")


async def test_a_case_that_answers_later_waits_on(door, supervisor, paper):
    from workflows.errors import CaseBusy

    await many(door, 1)
    view = (await supervisor.post("/v1/reassignments", json=GIVE_ALL)).json()
    paper.trouble = CaseBusy()
    busy = (await supervisor.post(f"/v1/reassignments/{view['id']}/apply", json={})).json()
    assert (busy["counts"]["waiting"], {one["code"] for one in busy["troubles"]}) == (2, {"case_busy"})
    paper.trouble = None
    done = (await supervisor.post(f"/v1/reassignments/{view['id']}/apply", json={})).json()
    assert (done["counts"]["done"], done["troubles"]) == (2, [])
