"""A finished drawing: readable by everybody, harmless, always the same; and a case is marked in it without drawing."""

import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from sop.model import Definition
from sop.procedure import Procedure
from workshop.diagram import WHOLE, dot, layouts
from workshop.standing import Standing
from workshop.svg import STYLE, NotADrawing, finished, marked

PURE = str(Path(sys.executable).parent / "graphviz-pure")
PROGRAMS = [PURE, *([found] if (found := shutil.which("dot")) else [])]
SVG = "{http://www.w3.org/2000/svg}"
AT = Standing(frozenset({"stay.sure"}), frozenset({"stay.asked"}), frozenset({"stay.leave"}), {})


def drawn(text: str, program: str = PURE) -> str:
    return subprocess.run([program, "-Tsvg"], input=text.encode(), capture_output=True, check=True).stdout.decode()


@pytest.fixture(scope="session")
def whole(awkward: Definition) -> str:
    return finished(drawn(dot(awkward)), awkward)


def part(svg: str, id_: str) -> ET.Element:
    found = [group for group in ET.fromstring(svg).iter(f"{SVG}g") if group.get("id") == id_]
    assert len(found) == 1
    return found[0]


def words(group: ET.Element) -> str:
    return " ".join(text.text or "" for text in group.findall(f"{SVG}text"))


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: Path(path).name)
def test_every_state_and_step_of_every_layout_can_be_found_by_its_id(program: str, shipped: Procedure) -> None:
    definition = shipped.definition
    for name, text in layouts(definition).items():
        svg = finished(drawn(text, program), definition, name)
        ids = {group.get("id") for group in ET.fromstring(svg).iter(f"{SVG}g")}
        for sop in [definition.sops[name]] if name else definition.sops.values():
            assert {f"s.{sop.sop}.{state}" for state in sop.states} <= ids
            assert {f"t.{sop.sop}.{move}" for move in sop.transitions} <= ids


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: Path(path).name)
def test_the_same_layout_gives_the_same_bytes(program: str, awkward: Definition) -> None:
    first, second = (finished(drawn(dot(awkward), program), awkward) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: Path(path).name)
def test_a_drawing_has_no_script_and_nothing_from_outside(program: str, awkward: Definition) -> None:
    svg = marked(finished(drawn(dot(awkward), program), awkward), awkward, AT)
    tags = {element.tag.removeprefix(SVG) for element in ET.fromstring(svg).iter()}
    assert tags <= {"svg", "title", "desc", "style", "g", "path", "polygon", "polyline", "ellipse", "text"}
    assert "href" not in svg
    assert "<!" not in svg
    assert re.findall(r"https?://[^\"]+", svg) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"url\(|@import", STYLE)


def test_a_drawing_has_a_title_and_says_everything_in_words(whole: str, awkward: Definition) -> None:
    root = ET.fromstring(whole)
    assert root.get("role") == "img"
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert desc is not None
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert title.text == 'A <small> procedure & "more" (small 1.0)'
    assert "Боравак и заштита <жртве>" in (desc.text or "")
    assert "the case is here" not in whole
    for id_, expected in (
        ("s.stay.left", "Боравак и заштита <жртве>: Пријављенасамопослужићемоседугачкомречју (end)"),
        ("t.journey.finish", "Finish: Case manager"),
    ):
        assert part(whole, id_).findtext(f"{SVG}title") == expected


def test_labels_are_whole_and_unmarked_drawings_show_no_mark(whole: str) -> None:
    assert (
        words(part(whole, "s.stay.sure")).replace("  ", " ").strip()
        == 'Rights explained; no & yes: "quoted" <b>#1</b> back\\slash'
    )
    assert "~mark~" not in whole


def test_a_case_is_marked_in_words_and_in_form_without_drawing_again(whole: str, awkward: Definition) -> None:
    svg = marked(whole, awkward, AT)
    expected = {"s.stay.sure": "here", "s.stay.asked": "been", "t.stay.leave": "open"}
    said = {"here": "the case is here", "been": "was here", "open": "possible now"}
    for id_, mark in expected.items():
        group = part(svg, id_)
        assert group.get("class", "").split()[-1] == mark
        assert words(group).endswith(said[mark])
        assert re.search(rf"\.{mark} (path|polygon) {{[^}}]*stroke-", STYLE), (
            "a mark changes the line, not only the colour"
        )
    unmarked = part(svg, "s.stay.left")
    assert unmarked.get("class") == "node state end"
    assert (ET.fromstring(svg).findtext(f"{SVG}desc") or "").count("[the case is here]") == 1


def test_marking_changes_no_place_and_no_size(whole: str, awkward: Definition) -> None:
    def places(svg: str) -> list[str]:
        return re.findall(r' (?:d|points|x|y|viewBox|width|height)="([^"]*)"', svg)

    assert places(marked(whole, awkward, AT)) == places(whole)


def test_marking_another_case_afterwards_starts_from_the_unmarked_drawing(whole: str, awkward: Definition) -> None:
    nowhere = Standing(frozenset(), frozenset(), frozenset(), {})
    assert re.sub(r"<desc.*?</desc>", "", marked(whole, awkward, nowhere), flags=re.DOTALL) == re.sub(
        r"<desc.*?</desc>", "", whole, flags=re.DOTALL
    )


def test_what_graphviz_did_not_draw_is_refused(awkward: Definition) -> None:
    with pytest.raises(NotADrawing):
        finished("<html>", awkward, WHOLE)
