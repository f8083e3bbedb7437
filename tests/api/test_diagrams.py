"""Pictures over HTTP: what a version says, where a case stands, and what is answered where nothing can draw."""

import base64
import hashlib
import re

import pytest

import api.graphviz
import api.pictures
from api.graphviz import DrawingUnavailable, draw, drawing_program
from sop.loader import load
from workshop.diagram import dot
from workshop.svg import STYLE

PROCEDURE = "/v1/procedures/small/newest/diagram.svg"


@pytest.fixture
def no_drawing_program(monkeypatch):
    monkeypatch.setattr(api.graphviz.shutil, "which", lambda *_, **__: None)


async def test_a_version_is_drawn(door):
    answer = await door.get(PROCEDURE)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/svg+xml"
    assert 'id="s.identification.screening"' in answer.text
    assert "the case is here" not in answer.text
    assert (await door.get("/v1/procedures/small/1.0/diagram.svg?sop=identification")).status_code == 200


async def test_a_case_is_marked_where_it_is_and_was_and_what_it_may_do(door, case_id):
    await door.post(f"/v1/cases/{case_id}/identification/transitions/start", json={})
    answer = await door.get(f"/v1/cases/{case_id}/diagram.svg")
    assert answer.status_code == 200
    classes = dict(re.findall(r'<g id="([st][.\w]+)" class="([\w ]+)"', answer.text))
    assert classes["s.identification.referred"].split()[-1] == "been"
    assert classes["s.identification.screening"].split()[-1] == "here"
    assert classes["s.identification.identified"] == "node state end"
    assert classes["t.identification.refuse"].split()[-1] == "open"
    assert classes["t.identification.identify"] == "node step", "the interview is not done"


async def test_the_text_form_says_the_same(door, case_id):
    await door.post(f"/v1/cases/{case_id}/identification/transitions/start", json={})
    answer = await door.get(f"/v1/cases/{case_id}/diagram.svg?format=text&sop=identification")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text.splitlines()[:5] == [
        "Identification",
        "- Referred (begins here) [was here]",
        "  - Begin the screening -> Being screened (Case manager)",
        "- Being screened [the case is here]",
        "  - Identify -> Identified (Case manager)",
    ]
    assert "- Measures possible now: Interview" in answer.text


@pytest.fixture
def drawn(monkeypatch):
    """The layouts that were handed to the drawing program."""
    layouts = []

    async def counting(layout):
        layouts.append(layout)
        return await draw(layout)

    monkeypatch.setattr(api.pictures, "draw", counting)
    return layouts


async def test_a_version_that_was_not_drawn_is_drawn_once_for_all_cases(door, case_id, drawn):
    for address in (PROCEDURE, f"/v1/cases/{case_id}/diagram.svg", f"/v1/cases/{case_id}/diagram.svg"):
        assert (await door.get(address)).status_code == 200
    assert len(drawn) == 1


async def test_a_version_is_drawn_when_it_is_published_and_never_again(client_as, first_files, drawn, monkeypatch):
    files = {name: text.replace('version: "1.0"', 'version: "1.1"') for name, text in first_files.items()}
    answer = await client_as("coordinator").post("/v1/procedures", json={"files": files, "why": "a test"})
    assert (answer.status_code, len(drawn)) == (201, 2), "all SOPs in one drawing, and the one SOP by itself"
    monkeypatch.setattr(api.graphviz.shutil, "which", lambda *_, **__: None)
    worker = client_as("case_manager")
    opened = await worker.post("/v1/cases", json={"procedure": "small", "country": "RS"})
    for sop in ("", "?sop=identification"):
        answer = await worker.get(f"/v1/cases/{opened.json()['id']}/diagram.svg{sop}")
        assert (answer.status_code, "the case is here" in answer.text) == (200, True)
    assert len(drawn) == 2


async def test_a_version_is_published_also_where_nothing_can_draw(client_as, first_files, no_drawing_program):
    files = {name: text.replace('version: "1.0"', 'version: "1.1"') for name, text in first_files.items()}
    coordinator = client_as("coordinator")
    assert (await coordinator.post("/v1/procedures", json={"files": files, "why": "a test"})).status_code == 201
    answer = await coordinator.get("/v1/procedures/small/1.1/diagram.svg")
    assert answer.json()["code"] == "drawing_unavailable"


async def test_browsers_may_use_the_style_sheet_inside_and_nothing_else(door):
    answer = await door.get(PROCEDURE)
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = answer.headers["content-security-policy"]
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'"
    assert "sha256" not in (await door.get("/v1/procedures")).headers["content-security-policy"]


async def test_without_a_drawing_program_the_answer_says_what_to_do(door, no_drawing_program):
    answer = await door.get(PROCEDURE)
    assert answer.status_code == 503
    assert answer.json()["code"] == "drawing_unavailable"
    assert "apt install graphviz" in answer.json()["detail"]
    assert "format text" in answer.json()["detail"]


@pytest.mark.parametrize("form", ["text", "mermaid", "dot"])
async def test_the_text_forms_need_no_drawing_program(door, case_id, no_drawing_program, form):
    for address in (PROCEDURE, f"/v1/cases/{case_id}/diagram.svg"):
        answer = await door.get(f"{address}?format={form}")
        assert answer.status_code == 200
        assert "Being screened" in answer.text


async def test_a_drawing_program_that_fails_or_hangs_is_a_problem_and_no_picture(tmp_path, monkeypatch):
    program = tmp_path / "dot"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setattr(api.graphviz, "drawing_program", lambda: str(program))
    with pytest.raises(DrawingUnavailable, match="failed"):
        await draw("digraph {}")
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    monkeypatch.setattr(api.graphviz, "SECONDS", 0.2)
    with pytest.raises(DrawingUnavailable, match="given up"):
        await draw("digraph {}")


async def test_what_does_not_exist_is_not_drawn(door, case_id):
    assert (await door.get("/v1/procedures/small/7/diagram.svg")).json()["code"] == "procedure_not_found"
    assert (await door.get("/v1/cases/XXXXXXXXXXX/diagram.svg")).json()["code"] == "case_not_found"
    wrong = await door.get(f"/v1/cases/{case_id}/diagram.svg?sop=identificaton")
    assert wrong.status_code == 422
    assert "identification" in wrong.json()["detail"]
    assert "identificaton" not in wrong.text
    assert (await door.get(f"{PROCEDURE}?format=png")).status_code == 422


async def test_strangers_see_no_picture(client_as, case_id):
    for address in (PROCEDURE, f"/v1/cases/{case_id}/diagram.svg"):
        assert (await client_as("").get(address)).status_code == 401


def test_the_program_that_comes_with_the_project_draws_where_there_is_no_graphviz(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert drawing_program().endswith("/graphviz-pure")


async def test_the_description_of_the_door_names_the_forms(door):
    paths = (await door.get("/openapi.json")).json()["paths"]
    for address in ("/v1/cases/{case_id}/diagram.svg", "/v1/procedures/{name}/{version}/diagram.svg"):
        answer = paths[address]["get"]["responses"]["200"]
        assert set(answer["content"]) == {"image/svg+xml", "text/plain", "text/vnd.mermaid", "text/vnd.graphviz"}


def test_drawings_that_databases_keep_are_still_drawn_and_styled_so(first_files):
    """Where this fails on purpose, a migration has to empty `pictures`: browsers refuse the style sheet of before."""
    definition = load({name: text.encode() for name, text in first_files.items()})
    form = hashlib.sha256(f"{STYLE}{dot(definition)}".encode()).hexdigest()[:12]
    assert form == "ef2f0d63a1b3"
