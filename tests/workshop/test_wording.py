"""Texts in any language of the mechanism pass; what is unfinished or pretends to be filled in does not."""

import pytest

from sop.problems import Tree
from workshop.wording import wording


def codes(text: str) -> list[str]:
    return [problem.code for problem in wording(Tree("x.yaml", {"title": text}, {}))]


@pytest.mark.parametrize(
    "text",
    [
        "Period oporavka i razmišljanja traje najmanje 30 dana",
        "Период опоравка и размишљања траје најмање 30 дана",
        "Periudha e rikuperimit dhe reflektimit",
        "Период за възстановяване и размисъл (чл. 13)",
        "Περίοδος αποκατάστασης και περίσκεψης",
        "Reflection (Serbian: период опоравка), articles 12(6) and 13",
        "Ask: “What do you fear?” — and write down no more (see {}, [x], 100 %)",
        "Kosovo*: Tatbestandsmerkmale § 59a AufenthG; œuvre",
    ],
)
def test_ordinary_texts_are_without_findings(text: str) -> None:
    assert codes(text) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("TODO: ask the ministry", "unfinished-text"),
        ("Ask ???", "unfinished-text"),
        ("Dear {{ name }}", "placeholder"),
        ("Dear ${name}", "placeholder"),
        ("Dear {case.name}", "placeholder"),
        ("Dear %(name)s", "placeholder"),
        ("C\u0430re", "mixed-alphabets"),
        ("\u0410na", "mixed-alphabets"),
    ],
)
def test_a_text_that_is_not_what_it_seems_is_found(text: str, code: str) -> None:
    assert codes(text) == [code]
