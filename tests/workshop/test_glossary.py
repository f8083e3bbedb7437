"""The glossary: the shipped one is sound, and what leads nowhere is found with its place."""

import pytest

from cli.folders import SHIPPED, files_of
from sop.model import Definition
from sop.procedure import Procedure
from workshop.glossary import FILE, glossary_in

SMALL = """
glossary: small
title: Words
source: {document: Invented for this test, evidence: D}
terms:
  stay: {term: Stay, means: Being somewhere, used-for: [stay.asked, journey], roles: [police]}
  way:
    term: Way
    means: Going somewhere
    differs-from: {stay: One moves on the way}
    national:
      RS:
        - {term: пут, language: sr-Cyrl, means: The same, source: {document: Invented, evidence: D}}
"""


def test_the_shipped_glossary_is_sound_and_every_meaning_has_a_source(shipped: Procedure) -> None:
    glossary, problems = glossary_in(files_of(SHIPPED / "trm"), shipped.definition)
    assert problems == []
    assert glossary is not None
    assert glossary.source.evidence == "S"
    assert {"presumed_victim", "potential_victim", "identified_victim", "case_manager"} <= set(glossary.terms)


def test_the_word_that_means_two_things_across_borders_is_told_apart(shipped: Procedure) -> None:
    glossary, _ = glossary_in(files_of(SHIPPED / "trm"), shipped.definition)
    assert glossary is not None
    assert "presumed_victim" in glossary.terms["potential_victim"].differs_from
    assert {"AL", "GB"} <= set(glossary.terms["presumed_victim"].national)


def test_a_small_glossary_is_read(awkward: Definition) -> None:
    glossary, problems = glossary_in({FILE: SMALL.encode()}, awkward)
    assert problems == []
    assert glossary is not None
    assert glossary.terms["way"].national["RS"][0].term == "пут"
    assert glossary_in({}, awkward) == (None, [])


@pytest.mark.parametrize(
    ("right", "wrong", "code", "line"),
    [
        ("{stay: One", "{stays: One", "no-such-term", 10),
        ("stay.asked", "stay.askd", "no-such-state", 6),
        ("[police]", "[polices]", "no-such-role", 6),
        ("glossary: small", "glossary: smal", "no-such-procedure", 2),
        ("      RS:", "      Serbia:", "bad-country", 12),
        ("language: sr-Cyrl", "language: Serbian", "bad-name", 13),
        ("means: Going somewhere", "meant: Going somewhere", "unknown-key", 9),
        (", source: {document: Invented, evidence: D}}", "}", "missing-key", 13),
        ("title: Words", "title: [", "not-yaml", None),
    ],
)
def test_what_is_wrong_is_found_at_its_place(
    awkward: Definition, right: str, wrong: str, code: str, line: int | None
) -> None:
    assert SMALL.count(right) == 1
    glossary, problems = glossary_in({FILE: SMALL.replace(right, wrong).encode()}, awkward)
    assert glossary is None
    assert (code, line) in {(problem.code, problem.line if line else None) for problem in problems}


def test_a_glossary_is_no_sop_for_the_loader(shipped: Procedure) -> None:
    assert "glossary" not in shipped.definition.sops
