"""Every finding has its page, every page is true, and the page in docs/ is the one that the registry writes."""

import ast
from collections.abc import Iterator
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from sop.problems import Problem
from sop.vocabulary import Vocabulary
from workshop.check import findings
from workshop.example import BASE, example, good
from workshop.pages import Page
from workshop.registry import CHAPTERS, PAGES, handbook

PROJECT = Path(__file__).resolve().parents[2]
OF_THE_FOLDER = {"no-procedure", "wrong-ending", "link"}
"""What is wrong with the folder, not with the text of a file: tested below and in tests/cli."""
IN_TEXT = sorted(set(PAGES) - OF_THE_FOLDER)

PLACE_OF_CODE = {"problem": 1, "_at": 3, "_here": 2, "_problem": 2, "PydanticCustomError": 0}
"""Calls that make a finding, with the number of the argument that is its code."""


def base() -> dict[str, bytes]:
    return {name: text.encode() for name, text in BASE.items()}


def spoken(problems: list[Problem]) -> list[tuple[str, str, int]]:
    return [(problem.code, problem.file, problem.line) for problem in problems]


def how(page: Page) -> dict[str, Any]:
    """Rights are proved only where that is asked for, and an overlay is put onto the base only where it is named."""
    overlay = "rs" if page.file.startswith("overlays/") else None
    return {"proving": page.file == "rights.yaml", "overlay": overlay, "today": date(2026, 3, 2)}


def test_the_example_itself_is_without_findings() -> None:
    definition, problems = findings(base())
    assert definition is not None
    assert problems == []


@pytest.mark.parametrize("code", IN_TEXT)
def test_the_wrong_example_gives_this_finding_and_no_other(code: str) -> None:
    page = PAGES[code]
    _, problems = findings(example(page, page.wrong), **how(page))
    assert {problem.code for problem in problems} == {code}, spoken(problems)
    assert {problem.severity for problem in problems} == {page.severity}
    assert all(problem.line >= 1 and problem.column >= 1 for problem in problems)
    assert all(problem.message.endswith((".", "?")) for problem in problems)


@pytest.mark.parametrize("code", IN_TEXT)
def test_the_right_example_gives_no_finding(code: str) -> None:
    page = PAGES[code]
    definition, problems = findings(example(page, page.right or page.at), **how(page))
    assert definition is not None
    assert problems == []


def test_findings_of_the_folder() -> None:
    files = base()
    del files["procedure.yaml"]
    assert spoken(findings(files)[1]) == [("no-procedure", "procedure.yaml", 1)]
    _, problems = findings(base(), {"care.yml": "wrong-ending", "other.yaml": "link"})
    assert spoken(problems) == [("wrong-ending", "care.yml", 1), ("link", "other.yaml", 1)]
    assert [problem.severity for problem in problems] == [PAGES[problem.code].severity for problem in problems]


def texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from (*texts(node.body), *texts(node.orelse))


def emitted() -> set[str]:
    """Every code that the source can give to a finding, as far as it stands there as text."""
    found: set[str] = set()
    for path in chain.from_iterable((PROJECT / room).glob("*.py") for room in ("sop", "workshop", "cli")):
        tree = ast.parse(path.read_text())
        found |= {"below-floor"} if "BELOW" in path.read_text() else set()
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            place = PLACE_OF_CODE.get(name)
            if place is not None and len(node.args) > place:
                found |= set(texts(node.args[place]))
            named = [word.value for word in node.keywords if word.arg in ("code", "custom_error_type")]
            if name in ("Problem", "Discriminator"):
                found |= {text for value in named for text in texts(value)}
    return found


def kinds_of_references() -> set[str]:
    """The kinds of names that can lead nowhere: `no-such-<kind>`, made where references are followed."""
    definition, _ = findings(base())
    assert definition is not None
    kinds: set[str] = set()
    for room in ("sop", "workshop"):
        for node in ast.walk(ast.parse((PROJECT / room / "references.py").read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                kinds.add(node.value)
    words = Vocabulary(definition)
    return {kind for kind in kinds if kind in words._known or kind in ("transition", "status", "step")}


def test_every_code_that_can_come_has_a_page_and_every_page_a_code_that_can_come() -> None:
    codes = emitted() | {f"no-such-{kind}" for kind in kinds_of_references()}
    assert codes == set(PAGES)


def test_there_are_at_least_forty_rules_and_each_is_told_once() -> None:
    codes = [page.code for pages in CHAPTERS.values() for page in pages]
    assert len(codes) == len(set(codes)) == len(PAGES)
    assert len(codes) >= 40


def test_a_page_says_what_and_why_in_sentences_and_shows_two_different_examples() -> None:
    for page in PAGES.values():
        assert page.what.endswith("."), page.code
        assert page.why.endswith("."), page.code
        assert page.wrong != good(page), page.code


def test_the_page_in_docs_is_the_one_that_the_registry_writes() -> None:
    page = PROJECT / "docs" / "findings.md"
    assert page.read_text() == handbook()
