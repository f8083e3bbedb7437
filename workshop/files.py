"""Which files a procedure may have: for each kind its shape, from which schemas and explanations are made."""

import re
from typing import NamedTuple

from sop.instruments import Instrument
from sop.migration import Migration
from sop.model import Head, Sop
from sop.overlays import Overlay
from sop.rights import Rights
from sop.shapes import Shape
from workshop.caseload import Simulation
from workshop.glossary import Glossary
from workshop.scenarios import Scenario


class FileKind(NamedTuple):
    """One kind of file: its shape, and where it lies in the folder of a procedure."""

    shape: type[Shape]
    place: str


FILES: dict[str, FileKind] = {
    "procedure": FileKind(Head, "procedure.yaml"),
    "sop": FileKind(Sop, "<sop>.yaml"),
    "rights": FileKind(Rights, "rights.yaml"),
    "instrument": FileKind(Instrument, "instruments/<instrument>.yaml"),
    "migration": FileKind(Migration, "migrations/<migration>.yaml"),
    "scenario": FileKind(Scenario, "scenarios/<story>.yaml"),
    "overlay": FileKind(Overlay, "overlays/<overlay>.yaml"),
    "profile": FileKind(Overlay, "profiles/<profile>.yaml"),
    "overlay_scenario": FileKind(Scenario, "overlays/scenarios/<story>.yaml"),
    "simulation": FileKind(Simulation, "simulations/<simulation>.yaml"),
    "glossary": FileKind(Glossary, "glossary.yaml"),
}
"""A new kind of file joins here with one line; it then has a schema, and its keys are explained."""


def kind_of(file: str) -> str | None:
    """The kind of a file by where it lies; a place that is written out counts before one with a name to fill in."""
    for kind in sorted(FILES, key=lambda kind: "<" in FILES[kind].place):
        if re.fullmatch(re.sub(r"<\w+>", "[^/]+", FILES[kind].place), file):
            return kind
    return None
