"""The handbook: everything that the files say is in it, law and our defaults are told apart, and it stands alone."""

import re
import xml.etree.ElementTree as ET
from collections import Counter

import pytest

from cli.folders import SHIPPED, files_of
from sop.model import Definition
from sop.procedure import Procedure, compile_procedure
from workshop.glossary import Glossary, glossary_in
from workshop.handbook import handbook
from workshop.html import tag, together


@pytest.fixture(scope="module")
def glossary(shipped: Procedure) -> Glossary:
    found, _ = glossary_in(files_of(SHIPPED / "trm"), shipped.definition)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def page(shipped: Procedure, glossary: Glossary) -> ET.Element:
    text = handbook(shipped, glossary, {})
    assert text.startswith("<!doctype html>\n<html")
    return ET.fromstring(text.removeprefix("<!doctype html>\n"))


def text_of(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def article(page: ET.Element, id_: str) -> ET.Element:
    (found,) = (one for one in page.iter("article") if one[0].get("id") == id_)
    return found


def said(element: ET.Element) -> dict[str, str]:
    """What is said about something: the names and the texts of its list of pairs."""
    (pairs,) = element.findall("dl")
    return {text_of(name): text_of(value) for name, value in zip(pairs[::2], pairs[1::2], strict=True)}


def test_every_measure_says_what_when_who_and_how(page: ET.Element, shipped: Procedure) -> None:
    assert shipped.measures
    for name, (_, measure) in shipped.measures.items():
        found = article(page, f"measure-{name}")
        told = said(found)
        assert told["What"] == " ".join(measure.what.split())
        assert told["When"] == " ".join(measure.when.split())
        assert all(shipped.role_title(role) in told["Who"] for role in measure.who)
        assert all(" ".join(step.split()) in told["How"] for step in measure.how)
        assert ("For a child" in told) == bool(measure.child)
        shown = {text_of(row[0]) for row in found.iter("tr")}
        assert {" ".join((f.title or n.replace("_", " ")).split()) for n, f in measure.fields.items()} <= shown


def test_every_step_and_every_clock_is_told_with_its_source(page: ET.Element, shipped: Procedure) -> None:
    for sop in shipped.definition.sops.values():
        for name, move in sop.transitions.items():
            told = said(article(page, f"step-{sop.sop}-{name}"))
            assert told["From, to"].endswith(f"→ {sop.states[move.to].title}")
            assert len(article(page, f"step-{sop.sop}-{name}").findall(".//dd")) >= 2
            assert ("What must hold" in told) == bool(move.needs)
        for name in sop.clocks:
            told = said(article(page, f"clock-{sop.sop}-{name}"))
            assert told["Source"]
            assert told["How long"]
            assert told["Starts"]


def test_our_default_is_called_so_and_never_law(page: ET.Element, shipped: Procedure) -> None:
    seen = Counter[str]()
    for ref, clock in shipped.clocks.items():
        nature = text_of(article(page, f"clock-{ref.replace('.', '-')}")[1])
        ours = clock.source is not None and clock.source.evidence == "D"
        assert nature.endswith("our default") == ours, ref
        assert nature.endswith(", law") == (clock.statutory and not ours), ref
        seen[nature.rpartition(", ")[2]] += 1
    assert seen["law"] > 3
    assert seen["our default"] > 20


def test_the_time_of_a_measure_says_whether_it_is_law(page: ET.Element) -> None:
    assert (
        said(article(page, "measure-case_manager_nomination"))["Time"] == "Case manager named: 24 hours (our default)"
    )


def test_every_role_has_a_checklist_of_what_it_may_do(page: ET.Element, shipped: Procedure) -> None:
    for role, title in shipped.definition.head.roles.items():
        found = article(page, f"role-{role}")
        assert text_of(found[0]) == title
        links = {link.get("href") for link in found.iter("a")}
        assert {f"#measure-{name}" for name, (_, one) in shipped.measures.items() if role in one.who} <= links
        steps = {f"#step-{m.sop}-{m.name}" for m in shipped.moves.values() if role in m.roles}
        assert {step for step in steps if not step.endswith(("-open", "-reopen"))} <= links
    assert "#step-return-depart" not in {link.get("href") for link in article(page, "role-interpreter").iter("a")}


def test_the_glossary_shows_the_words_of_every_country_with_how_sure_they_are(
    page: ET.Element, glossary: Glossary
) -> None:
    rows = {tuple(text_of(cell) for cell in row)[:2]: text_of(row[-1]) for row in page.iter("tr") if len(row) == 6}
    for term in glossary.terms.values():
        for country, words in term.national.items():
            for word in words:
                assert rows[country, word.term].endswith(")")
    assert "known, not read again" in rows["RS", "pretpostavljena žrtva trgovine ljudima"]


def test_no_reference_is_broken_and_no_id_is_there_twice(page: ET.Element) -> None:
    ids = [id_ for element in page.iter() if (id_ := element.get("id"))]
    assert [id_ for id_, count in Counter(ids).items() if count > 1] == []
    links = [link.get("href") or "" for link in page.iter("a")]
    assert len(links) > 300
    assert [link for link in links if not link.startswith("#") or link[1:] not in ids] == []


def test_it_stands_alone_and_has_no_scripts(page: ET.Element) -> None:
    assert not {element.tag for element in page.iter()} & {"script", "link", "img", "iframe", "object", "form"}
    assert [
        key for element in page.iter() for key in element.attrib if key in ("src", "style") or key.startswith("on")
    ] == []
    style = text_of(next(page.iter("style")))
    assert "@page" in style
    assert not re.search(r"url\(|@import", style)


def test_a_text_of_the_files_never_becomes_markup(awkward: Definition) -> None:
    page = handbook(compile_procedure(awkward), None, {})
    assert "<b>" not in page
    assert "&lt;b&gt;#1&lt;/b&gt;" in page
    assert "A &lt;small&gt; procedure &amp; &quot;more&quot;" in page
    assert tag("p", "<i>", class_='"x"') == '<p class="&quot;x&quot;">&lt;i&gt;</p>'
    assert together("a & b", [tag("b", "c")]) == "a &amp; b<b>c</b>"


def test_the_same_files_give_the_same_page(shipped: Procedure, glossary: Glossary) -> None:
    assert handbook(shipped, glossary, {}) == handbook(shipped, glossary, {})


def test_drawings_stand_in_it_where_there_are_any(awkward: Definition) -> None:
    page = handbook(compile_procedure(awkward), None, {"stay": "<svg>drawn</svg>"})
    assert page.count("<figure><svg>drawn</svg></figure>") == page.count("<figure>") == 1
    assert page.count("The picture as a list") == 2
