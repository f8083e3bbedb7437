"""The pictures and the Mermaid text of docs/drawing.md are what the engine makes today.

Make the pictures anew: WRITE_PICTURES=1 python -m pytest tests/docs/test_drawing_page.py
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sop.procedure import Procedure
from workshop.diagram import dot
from workshop.mermaid import mermaid
from workshop.standing import Standing
from workshop.svg import finished, marked

DOCS = Path(__file__).resolve().parents[2] / "docs"
PURE = Path(sys.executable).parent / "graphviz-pure"
"""The drawing program of the lock: it writes the same bytes on every machine."""

AT = Standing(
    here=frozenset({"identification.deciding"}),
    been=frozenset({"identification.referred", "identification.presumed"}),
    transitions=frozenset({"identification.decline_identification", "identification.grant_reflection"}),
    measures={},
)


def pictures(procedure: Procedure) -> dict[str, str]:
    definition = procedure.definition
    layout = dot(definition, "identification").encode()
    drawn = subprocess.run([str(PURE), "-Tsvg"], input=layout, capture_output=True, check=True).stdout.decode()
    svg = finished(drawn, definition, "identification")
    return {"identification.svg": svg, "case.svg": marked(svg, definition, AT, "identification")}


@pytest.mark.parametrize("name", ["identification.svg", "case.svg"])
def test_a_picture_of_the_page_is_the_one_that_is_drawn_today(shipped: Procedure, name: str) -> None:
    path = DOCS / "pictures" / name
    if os.environ.get("WRITE_PICTURES"):
        path.write_text(pictures(shipped)[name])
    assert path.read_text() == pictures(shipped)[name]


def test_no_picture_is_left_over(shipped: Procedure) -> None:
    assert {path.name for path in (DOCS / "pictures").iterdir()} == set(pictures(shipped))


def test_the_mermaid_text_of_the_page_is_the_one_that_is_made_today(shipped: Procedure) -> None:
    (shown,) = re.findall(r"^```mermaid\n(.*?)^```$", (DOCS / "drawing.md").read_text(), re.MULTILINE | re.DOTALL)
    assert shown == mermaid(shipped.definition, "long_term_assistance")
