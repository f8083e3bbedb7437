"""Whatever is sent: always a 4xx with a code, never a fault of ours, and never the value back."""

import asyncio
import json

import pytest

CANARY = "Kanarienvogel"
JSON = {"content-type": "application/json"}
OPEN = {"procedure": "small", "country": "RS"}


def opening(**more):
    return json.dumps({**OPEN, **more}).encode()


def raw(text):
    return text.encode() if isinstance(text, str) else text


BODIES = {
    "not json": b"Kanarienvogel",
    "yaml": b"procedure: Kanarienvogel",
    "half": b'{"procedure": "Kanarienvogel',
    "blank": b" ",
    "null": b"null",
    "text": b'"Kanarienvogel"',
    "number": b"17",
    "array": b'["Kanarienvogel"]',
    "two values": b'{} {"Kanarienvogel":1}',
    "nothing in it": b"{}",
    "deep": b'{"facts":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "deep objects": b'{"facts":' + b'{"a":' * 40 + b"1" + b"}" * 41,
    "very deep": b"[" * 400_000,
    "twins": b'{"procedure":"small","procedure":"Kanarienvogel","country":"RS"}',
    "twins below": b'{"procedure":"small","country":"RS","facts":{"child":true,"child":false}}',
    "proto": opening(__proto__={"Kanarienvogel": 1}),
    "nan": b'{"procedure":"small","country":"RS","facts":{"child":NaN}}',
    "infinity": b'{"procedure":"small","country":"RS","facts":{"child":-Infinity}}',
    "1e999": b'{"procedure":"small","country":"RS","facts":{"child":1e999}}',
    "5000 digits": b'{"procedure":"small","country":"RS","facts":{"child":' + b"9" * 5000 + b"}}",
    "two to 63": opening(facts={"child": 2**63}),
    "lone surrogate": b'{"procedure":"small","country":"RS","particulars":{"name":"Kanarienvogel\\ud800"}}',
    "lone surrogate key": b'{"procedure":"small","country":"RS","particulars":{"\\udfff":"Kanarienvogel"}}',
    "nul": b'{"procedure":"small","country":"RS","particulars":{"name":"Kanarienvogel\\u0000"}}',
    "nul bare": b'{"procedure":"small","country":"RS","particulars":{"name":"Kanarienvogel\x00"}}',
    "nul in procedure": b'{"procedure":"sm\\u0000all","country":"RS"}',
    "not utf-8": b'{"procedure":"Kanarienvogel\xff"}',
    "utf-16": '{"procedure":"Kanarienvogel"}'.encode("utf-16"),
    "bom": b"\xef\xbb\xbf" + opening(),
    "long text": opening(particulars={"name": CANARY * 1000}),
    "long list": opening(particulars={"names": [CANARY] * 1001}),
    "extra field": opening(role=CANARY),
    "extra owner": opening(responsible=CANARY),
    "extra named": opening(**{CANARY: 1}),
    "unknown fact": opening(facts={"kanarienvogel": True}),
    "fact that is no name": opening(facts={"Kanarienvogel Petra": True}),
    "fact null": opening(facts={"child": None}),
    "fact as text": opening(facts={"child": "true"}),
    "fact as number": opening(facts={"child": 1}),
    "fact as object": opening(facts={"child": {"Kanarienvogel": 1}}),
    "fact in lists": opening(facts={"child": [[CANARY]]}),
    "date as number": opening(facts={"born": 1_700_000_000}),
    "date as digits": opening(facts={"born": "1700000000"}),
    "date that is none": opening(facts={"born": "2026-02-30"}),
    "date in words": opening(facts={"born": CANARY[:10]}),
    "country in words": opening(facts={"nationality": CANARY}),
    "country lower": opening(country="rs"),
    "country long": opening(country=CANARY),
    "country number": opening(country=17),
    "country list": opening(country=[CANARY]),
    "procedure unknown": opening(procedure="kanarienvogel"),
    "procedure path": opening(procedure="../Kanarienvogel"),
    "procedure null": opening(procedure=None),
    "procedure empty": opening(procedure=""),
    "facts a list": opening(facts=[CANARY]),
    "particulars a text": opening(particulars=CANARY),
    "particulars deep": opening(particulars={"a": {"b": {"c": {"d": {"e": CANARY}}}}}),
    "particulars key": opening(particulars={"Kanarienvogel Petra": 1}),
    "too many particulars": opening(particulars={f"k{i}": CANARY for i in range(201)}),
}

HEADERS = {
    "no type": {},
    "yaml type": {"content-type": "application/x-yaml"},
    "form": {"content-type": "application/x-www-form-urlencoded"},
    "utf-7": {"content-type": "application/json; charset=utf-7"},
    "type twice": [("content-type", "application/json"), ("content-type", "text/plain")],
    "gzip": {**JSON, "content-encoding": "gzip"},
    "key empty": {**JSON, "idempotency-key": ""},
    "key long": {**JSON, "idempotency-key": CANARY * 800},
    "key with blank": {**JSON, "idempotency-key": "Kanarien vogel"},
    "key not ascii": [("content-type", "application/json"), (b"idempotency-key", "Kanarienvögel".encode())],
    "key twice": [("content-type", "application/json"), ("idempotency-key", "a"), ("idempotency-key", "b")],
    "match bare": {**JSON, "if-match": "12"},
    "match weak": {**JSON, "if-match": 'W/"12"'},
    "match words": {**JSON, "if-match": f'"{CANARY}"'},
    "match negative": {**JSON, "if-match": '"-1"'},
    "match huge": {**JSON, "if-match": '"' + "9" * 30 + '"'},
    "match many": {**JSON, "if-match": '"1", "2"'},
}

SIGNED = {
    "none": [],
    "empty": [("authorization", "")],
    "bearer only": [("authorization", "Bearer")],
    "basic": [("authorization", "Basic S2FuYXJpZW52b2dlbDpY")],
    "wrong": [("authorization", f"Bearer {CANARY}")],
    "long": [("authorization", "Bearer " + CANARY * 100)],
    "alg none": [("authorization", "Bearer eyJhbGciOiJub25lIn0.e30.")],
    "two": [("authorization", "Bearer token-of-case_manager-0123456789"), ("authorization", "Bearer x")],
    "twice": [("authorization", "Bearer token-of-case_manager-0123456789")] * 2,
    "not ascii": [(b"authorization", "Bearer Kanarienvögel".encode())],
}

IN_A_CASE = {
    "transition unknown": ("POST", "/identification/transitions/kanarienvogel", {}),
    "transition shouted": ("POST", "/identification/transitions/Kanarienvogel", {}),
    "transition encoded": ("POST", "/identification/transitions/%00Kanarienvogel", {}),
    "transition of nothing": ("POST", "/kanarienvogel/transitions/start", {}),
    "transition with state": ("POST", "/identification/transitions/start", {"state": CANARY}),
    "reason as sentence": ("POST", "/identification/transitions/start", {"reason": "Kanarienvogel says so"}),
    "reason as number": ("POST", "/identification/transitions/start", {"reason": 7}),
    "note empty": ("POST", "/identification/transitions/start", {"note": ""}),
    "note as list": ("POST", "/identification/transitions/start", {"note": [CANARY]}),
    "measure unknown": ("POST", "/identification/measures/kanarienvogel", {}),
    "measure status": ("POST", "/identification/measures/interview", {"status": "DONE"}),
    "measure field unknown": ("POST", "/identification/measures/interview", {"fields": {"kanarienvogel": 1}}),
    "measure field wrong": ("POST", "/identification/measures/interview", {"fields": {"level": "kanarienvogel"}}),
    "measure field object": ("POST", "/identification/measures/interview", {"fields": {"level": {"a": "b"}}}),
    "measure field bounds": ("POST", "/identification/measures/interview", {"fields": {"days": 11}}),
    "measure number text": ("POST", "/identification/measures/interview", {"number": "1"}),
    "measure number float": ("POST", "/identification/measures/interview", {"number": 1.0}),
    "measure number zero": ("POST", "/identification/measures/interview", {"number": 0}),
    "measure number yes": ("POST", "/identification/measures/interview", {"number": True}),
    "clock unknown": ("POST", "/clocks/kanarienvogel/extend", {"reason": "other"}),
    "clock strange": ("POST", "/clocks/Kanarien.vogel.x/extend", {"reason": "other"}),
    "clock verb": ("POST", "/clocks/decision/kanarienvogel", {"reason": "other"}),
    "clock no reason": ("POST", "/clocks/decision/extend", {}),
    "clock anchor not asked": (
        "POST",
        "/clocks/decision/extend",
        {"reason": "other", "anchor": "2026-01-01T00:00:00Z"},
    ),
    "anchor missing": ("POST", "/clocks/decision/correct", {"reason": "other"}),
    "anchor number": ("POST", "/clocks/decision/correct", {"reason": "other", "anchor": 1_700_000_000}),
    "anchor digits": ("POST", "/clocks/decision/correct", {"reason": "other", "anchor": "1700000000"}),
    "anchor naive": ("POST", "/clocks/decision/correct", {"reason": "other", "anchor": "2026-03-01T09:00:00"}),
    "anchor year one": ("POST", "/clocks/decision/correct", {"reason": "other", "anchor": "0001-01-01T00:00:00+14:00"}),
    "anchor leap second": ("POST", "/clocks/decision/correct", {"reason": "other", "anchor": "2026-06-30T23:59:60Z"}),
    "anchor year 9999": (
        "POST",
        "/clocks/decision/correct",
        {"reason": "other", "anchor": "9999-12-31T23:59:59-12:00"},
    ),
    "consent unknown purpose": ("POST", "/consents", {"purpose": "kanarienvogel"}),
    "consent until naive": ("POST", "/consents", {"purpose": "share", "until": "2026-13-01"}),
    "consent already over": ("POST", "/consents", {"purpose": "share", "until": "2020-01-01T00:00:00Z"}),
    "consent not there": ("DELETE", "/consents/kanarienvogel", None),
    "consent strange": ("DELETE", "/consents/Kanarien%20vogel", None),
    "event unknown": ("POST", "/events/kanarienvogel", {}),
    "event strange": ("POST", "/events/%E2%80%AEKanarienvogel", {}),
    "facts empty": ("POST", "/facts", {"facts": {}}),
    "facts unknown": ("POST", "/facts", {"facts": {"kanarienvogel": 1}}),
    "offer to a name": ("POST", "/responsible", {"to": "Kanarienvogel Petra"}),
    "take what is not offered": ("POST", "/responsible/confirm", {}),
    "proposal not there": ("POST", "/proposals/kanarienvogel/confirm", {}),
    "proposal strange": ("POST", "/proposals/..%2FKanarienvogel/drop", {}),
    "timeline negative": ("GET", "/timeline?after=-1", None),
    "timeline huge": ("GET", "/timeline?limit=1000000000", None),
    "timeline words": ("GET", "/timeline?limit=Kanarienvogel", None),
    "timeline extra": ("GET", "/timeline?kanarienvogel=1", None),
    "record strange": ("GET", "/particulars/Kanarien%00vogel", None),
    "no such place": ("GET", "/kanarienvogel", None),
    "wrong method": ("PUT", "/facts", {"facts": {"child": True}}),
    "patch": ("PATCH", "", {"state": CANARY}),
    "delete case": ("DELETE", "", None),
    "head on post": ("HEAD", "/facts", None),
    "trace": ("TRACE", "/facts", None),
    "options": ("OPTIONS", "/facts", None),
    "invented method": ("KANARIENVOGEL", "/facts", None),
}

QUERIES = {
    "limit zero": "limit=0",
    "limit negative": "limit=-5",
    "limit huge": "limit=1000000000",
    "limit beyond all": "limit=" + "9" * 5000,
    "limit words": "limit=Kanarienvogel",
    "limit float": "limit=1.5",
    "cursor foreign": "cursor=Kanarienvogel",
    "cursor long": "cursor=" + "K" * 300,
    "state shouted": "state=Kanarienvogel",
    "country name": "country=Kanarienvogel",
    "country small": "country=rs",
    "overdue perhaps": "overdue=Kanarienvogel",
    "sort by": "sort=Kanarienvogel",
    "search by name": "name=Kanarienvogel",
    "responsible path": "responsible=..%2FKanarienvogel",
    "nul": "sop=%00Kanarienvogel",
    "wildcard": "sop=%25",
}


def refused(answer, *, empty=False):
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "kanarien" not in answer.text.lower()
    if not empty:
        assert answer.json()["code"]
        assert answer.json()["status"] == answer.status_code


@pytest.mark.parametrize("name", BODIES)
async def test_a_bad_body_opens_no_case(door, paper, name):
    answer = await door.post("/v1/cases", content=BODIES[name], headers=JSON)
    refused(answer)
    assert not paper.cases


@pytest.mark.parametrize("size", [1_000_001, 5_000_000])
async def test_a_body_that_is_too_large_is_not_read(door, size):
    answer = await door.post("/v1/cases", content=b'{"note":"' + b"K" * size + b'"}', headers=JSON)
    refused(answer)
    assert answer.json()["code"] == "body_too_large"


async def test_a_body_without_a_length_is_cut_off_too(door):
    read = 0

    async def endless():
        nonlocal read
        while read < 50_000_000:
            read += 100_000
            yield b"K" * 100_000

    answer = await door.post("/v1/cases", content=endless(), headers=JSON)
    refused(answer)
    assert answer.json()["code"] == "body_too_large"


@pytest.mark.parametrize("name", HEADERS)
async def test_bad_headers_open_no_case(door, paper, name):
    answer = await door.post("/v1/cases", content=opening(), headers=HEADERS[name])
    refused(answer)
    assert not paper.cases


@pytest.mark.parametrize("name", SIGNED)
@pytest.mark.parametrize("call", [("POST", "/v1/cases"), ("GET", "/v1/worklist"), ("GET", "/v1/cases/x")])
async def test_strangers_stay_outside(client_as, paper, name, call):
    answer = await client_as("").request(*call, headers=SIGNED[name])
    refused(answer)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("name", IN_A_CASE)
async def test_bad_input_changes_no_case(door, paper, case_id, name):
    await door.post(f"/v1/cases/{case_id}/identification/transitions/start")
    before = paper.cases[case_id]
    method, path, body = IN_A_CASE[name]
    answer = await door.request(method, f"/v1/cases/{case_id}{path}", json=body)
    refused(answer, empty=method == "HEAD")
    assert paper.cases[case_id] == before


@pytest.mark.parametrize("headers", [{f"x-{i}": "y" for i in range(10_000)}, {"x-long": CANARY * 2_000}])
async def test_headers_have_their_limit(door, headers):
    answer = await door.get("/v1/worklist", headers=headers)
    refused(answer)
    assert answer.json()["code"] == "headers_too_large"


async def test_a_body_that_never_ends_is_not_waited_for(door, monkeypatch):
    monkeypatch.setattr("api.intake.LONGEST_WAIT", 0.05)

    async def slow():
        yield b"{"
        await asyncio.sleep(5)
        yield b"}"

    answer = await door.post("/v1/cases", content=slow(), headers=JSON)
    refused(answer)
    assert answer.json()["code"] == "body_too_slow"


async def test_the_methods_of_an_address_are_told(door):
    assert (await door.put("/v1/cases")).headers["allow"] == "GET, POST"


@pytest.mark.parametrize("name", QUERIES)
async def test_bad_queries_list_nothing(door, name):
    refused(await door.get(f"/v1/cases?{QUERIES[name]}"))


@pytest.mark.parametrize(
    "path",
    [
        "AAAAAAAAAAA",
        "kanarienvogel",
        "Kanarienvogel",
        "%2e%2e",
        "%00",
        "..%2fKanarienvogel",
        "١٢٣٤٥٦٧٨٩٠١",
        "K" * 5000,
        "' OR 1=1 --",
        "ZZZZZZZZZZ%0a",
    ],
)
async def test_an_id_that_is_none_is_answered_like_one_that_is_not_there(door, path):
    answers = [
        await door.get(f"/v1/cases/{path}"),
        await door.get("/v1/cases/00000000000"),
        await door.post(f"/v1/cases/{path}/events/died"),
    ]
    if "%2f" in path:  # an encoded slash makes another address of it
        answers.pop(0)
    for answer in answers:
        refused(answer)
    if "%2f" not in path:
        assert {(answer.status_code, answer.content) for answer in answers} == {
            (404, answers[0].content),
        }
        assert answers[0].json()["code"] == "case_not_found"


async def test_a_method_override_is_not_heard(door, paper, case_id):
    headers = {"X-HTTP-Method-Override": "DELETE", "X-Forwarded-For": "1.2.3.4", "Range": "bytes=0-1"}
    answer = await door.get(f"/v1/cases/{case_id}", headers=headers)
    assert answer.status_code == 200
    assert len(paper.submissions) == 1
