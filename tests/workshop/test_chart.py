"""The picture of a simulation shows what the tables show, always alike."""

from xml.etree import ElementTree

import pytest

from sop.procedure import Procedure
from workshop.caseload import Simulation
from workshop.chart import chart, panels
from workshop.results import Result, result_of
from workshop.simulating import Run

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def result(shipped: Procedure, some_months: Simulation) -> Result:
    run = Run(shipped, some_months)
    run.advance(run.start + (run.end - run.start) / 2)
    return result_of(run)


def test_it_is_well_formed_and_says_what_it_is_to_those_who_do_not_see_it(result: Result) -> None:
    root = ElementTree.fromstring(chart([result], ["trm"]))
    assert root.attrib["role"] == "img"
    assert root.find(f"{SVG}title") is not None
    description = root.find(f"{SVG}desc")
    assert description is not None
    assert description.text == result.assumptions


def test_every_figure_of_the_tables_is_in_it(result: Result) -> None:
    root = ElementTree.fromstring(chart([result, result], ["a", "b"]))
    texts = [element.text or "" for element in root.iter(f"{SVG}text")]
    rows = [row for panel in panels([result, result]) for row in panel.rows]
    assert len(rows) > 40
    for row in rows:
        assert row.label[:50] in " ".join(texts)
        for value in row.values:
            assert value is None or f"{value:g}" in texts
    bars = list(root.iter(f"{SVG}rect"))
    assert len(bars) == 3 + sum(value is not None for row in rows for value in row.values)


def test_a_change_stands_beside_the_second_bar_and_what_one_does_not_have_is_said(result: Result) -> None:
    first, *others = result.roles
    more = first.model_copy(update={"used": first.used + 2.5})
    other = result.model_copy(update={"roles": (more, *others[:-1])})
    texts = [element.text for element in ElementTree.fromstring(chart([result, other], ["a", "b"])).iter(f"{SVG}text")]
    assert f"{more.used:g} (+2.5)" in texts
    assert texts.count("none") == 1
    assert sum("(+" in (text or "") for text in texts) == 1


def test_two_of_the_same_title_are_two_rows(result: Result) -> None:
    first, second, *others = result.clocks
    alike = (first, second.model_copy(update={"title": first.title, "statutory": first.statutory}), *others)
    rows = [len(panels([one])[0].rows) for one in (result, result.model_copy(update={"clocks": alike}))]
    assert rows[0] == rows[1]


def test_the_same_figures_give_the_same_file(result: Result) -> None:
    assert chart([result], ["trm"]) == chart([result], ["trm"])


def test_a_bar_is_as_long_as_its_figure(result: Result) -> None:
    root = ElementTree.fromstring(chart([result], ["trm"]))
    bars = [float(bar.attrib["width"]) for bar in root.iter(f"{SVG}rect")][2:]
    figures = [value for panel in panels([result]) for row in panel.rows for value in row.values if value is not None]
    first = panels([result])[0].rows
    scale = max(bars[: len(first)]) / max(value for row in first for value in row.values if value)
    assert bars[: len(first)] == pytest.approx([figure * scale for figure in figures[: len(first)]], abs=0.11)


def test_texts_of_a_file_cannot_break_out_of_the_picture(result: Result) -> None:
    told = result.model_copy(update={"assumptions": "</desc><script>alert(1)</script>", "simulation": "<b>&"})
    assert "<script>" not in chart([told], ['"><script>'])
