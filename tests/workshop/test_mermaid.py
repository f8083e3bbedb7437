"""The Mermaid text: everything in it, and no title that would end a statement."""

import re

from sop.model import Definition
from sop.procedure import Procedure
from workshop.mermaid import mermaid
from workshop.standing import Standing


def test_every_arrow_of_the_procedure_is_there(shipped: Procedure) -> None:
    text = mermaid(shipped.definition)
    for sop in shipped.definition.sops.values():
        for move in sop.transitions.values():
            for source in move.from_:
                assert f"{sop.sop}__{source} --> {sop.sop}__{move.to} : " in text


def test_no_title_ends_a_statement_or_becomes_markup(awkward: Definition) -> None:
    text = mermaid(awkward, "stay")
    assert "Rights explained#59; no #38; yes#58; #34;quoted#34; #60;b#62;#35;1#60;/b#62;" in text
    for line in text.splitlines():
        assert not re.sub(r"#\d+;", "", line).count(";"), line


def test_a_mark_is_in_the_label_and_not_in_the_colour_alone(awkward: Definition) -> None:
    at = Standing(frozenset({"stay.sure"}), frozenset({"stay.asked"}), frozenset({"stay.leave"}), {})
    text = mermaid(awkward, "stay", at)
    assert text.count("[the case is here]") == text.count("[was here]") == 1
    assert "  class stay__sure here\n" in text
    assert "  class stay__asked been\n" in text
    assert "classDef" not in mermaid(awkward, "stay")
