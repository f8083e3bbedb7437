"""`caseway sop docs` as a coordinator uses it."""

import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader
from typer.testing import CliRunner

import api.graphviz
from cli.sop import app
from cli.sop_docs import NO_PANGO, pdf

runner = CliRunner()

try:
    import weasyprint
except OSError:
    weasyprint = None
"""Pango is a library of the system. Where it is missing, what is promised is the sentence, and that is tested."""

SMALL = {
    "procedure.yaml": """
procedure: small
version: "1.0"
title: Мали поступак
sops: [stay]
starts-with: stay
roles: {case_manager: Case manager}
opened-by: [case_manager]
calendars: {default: {zone: Europe/Vienna}}
facts: {}
""",
    "stay.yaml": """
sop: stay
title: Боравак жртве
initial: asked
states: {asked: {title: Ђорђе пита}, left: {title: Left, final: true}}
measures:
  listen: {title: Слушање, what: Listen, when: Always, who: [case_manager], how: [Be quiet]}
transitions:
  leave: {title: Leave, from: asked, to: left, by: [case_manager]}
""",
    "glossary.yaml": """
glossary: small
title: Words
source: {document: Invented, evidence: D}
terms: {stay: {term: Stay, means: Being somewhere}}
""",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in SMALL.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_handbook_of_a_country_names_it(tmp_path: Path) -> None:
    done = runner.invoke(app, ["docs", "--out", str(tmp_path / "new"), "--no-pdf", "--overlay", "RS"])
    assert done.exit_code == 0, done.output
    page = (tmp_path / "new" / "handbook.html").read_text()
    assert "Serbia" in page
    assert "90 days" in page


def test_the_handbook_is_one_page_and_one_pdf(folder: Path) -> None:
    done = runner.invoke(app, ["docs", str(folder), "--out", str(folder)])
    if weasyprint is None:
        assert done.output == f"{NO_PANGO}\n"
        return
    assert done.exit_code == 0, done.output
    page = (folder / "handbook.html").read_text()
    assert 'id="s.stay.asked"' in page, "the drawing is in it"
    printed = PdfReader(folder / "handbook.pdf")
    text = "".join(one.extract_text() for one in printed.pages)
    for words in ("Боравак жртве", "Слушање", "Ђорђе пита", "Being somewhere"):
        assert words in " ".join(text.split())
    assert printed.metadata is not None
    assert printed.metadata.title == "Мали поступак, version 1.0"
    assert printed.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert printed.trailer["/Root"]["/Lang"] == "en"
    assert [entry["/Title"] for entry in printed.outline if not isinstance(entry, list)][:1] == [
        "Мали поступак, version 1.0"
    ]


def test_without_a_drawing_program_the_lists_stand_alone_and_it_says_so(folder: Path, monkeypatch) -> None:
    monkeypatch.setattr(api.graphviz.shutil, "which", lambda *_, **__: None)
    done = runner.invoke(app, ["docs", str(folder), "--out", str(folder), "--no-pdf"])
    assert done.exit_code == 0
    assert "lists in place of pictures" in done.output
    assert "<svg" not in (folder / "handbook.html").read_text()
    assert not (folder / "handbook.pdf").exists()


def test_without_pango_the_page_is_there_and_one_sentence_says_what_is_missing(folder: Path, monkeypatch) -> None:
    (folder / "weasyprint.py").write_text("raise OSError(\"cannot load library 'libpango-1.0-0'\")\n")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    done = runner.invoke(app, ["docs", str(folder), "--out", str(folder)])
    assert done.exit_code == 2
    assert done.output == f"{NO_PANGO}\n"
    assert (folder / "handbook.html").exists()
    assert not (folder / "handbook.pdf").exists()


def test_a_wrong_glossary_is_shown_at_its_place(folder: Path) -> None:
    (folder / "glossary.yaml").write_text(SMALL["glossary.yaml"].replace("glossary: small", "glossary: large"))
    done = runner.invoke(app, ["docs", str(folder), "--out", str(folder)])
    assert done.exit_code == 1
    assert done.output.startswith("glossary.yaml:2:1 no-such-procedure")
    checked = runner.invoke(app, ["check", str(folder)])
    assert "no-such-procedure" in checked.output


@pytest.mark.skipif(weasyprint is None, reason="without Pango nothing is rendered, so nothing can be fetched")
def test_the_renderer_fetches_nothing(tmp_path: Path) -> None:
    picture = tmp_path / "outside.png"
    Image.new("RGB", (8, 8), "red").save(picture)
    page = f'<html lang="en"><title>x</title><img alt="x" src="{picture.as_uri()}"><p>text</p></html>'

    def pictures_in(printed: bytes) -> int:
        return len(PdfReader(BytesIO(printed)).pages[0].images)

    assert pictures_in(weasyprint.HTML(string=page).write_pdf()) == 1, "without our fetcher it would be taken in"
    assert pictures_in(pdf(page)) == 0
