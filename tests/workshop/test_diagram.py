"""The DOT text: everything is in it, always the same, and no label is wider or higher than its box."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sop.model import Definition
from sop.procedure import Procedure
from workshop.diagram import WHOLE, dot, layouts, sources, text_width

PURE = str(Path(sys.executable).parent / "graphviz-pure")
PROGRAMS = [PURE, *([found] if (found := shutil.which("dot")) else [])]
"""What draws here: the program that comes with the project, and Graphviz itself where the machine has it."""


def plain(program: str, text: str) -> dict[str, tuple[float, float]]:
    """Width and height of every node as the program lays it out, in inches."""
    done = subprocess.run([program, "-Tplain"], input=text.encode(), capture_output=True, check=True)
    found = re.findall(r'^node "?([\w.]+)"? \S+ \S+ (\S+) (\S+)', done.stdout.decode(), re.MULTILINE)
    return {name: (float(width), float(height)) for name, width, height in found}


def test_there_is_a_layout_of_each_sop_and_one_of_all(shipped: Procedure) -> None:
    drawn = layouts(shipped.definition)
    assert set(drawn) == {WHOLE, *shipped.definition.sops}
    for name, sop in shipped.definition.sops.items():
        for text in (drawn[WHOLE], drawn[name]):
            assert {f"{name}.{state}" for state in sop.states} <= set(re.findall(r'id="s\.([\w.]+)"', text))
            assert {f"{name}.{move}" for move in sop.transitions} <= set(re.findall(r'id="t\.([\w.]+)"', text))


def test_the_same_procedure_gives_the_same_text(awkward: Definition) -> None:
    assert layouts(awkward) == layouts(awkward.model_copy(deep=True))


def test_a_transition_from_any_state_leaves_every_state_that_is_no_end(awkward: Definition) -> None:
    stay = awkward.sops["stay"]
    assert sources(stay, stay.transitions["leave"]) == ("asked", "sure")


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: Path(path).name)
def test_every_arrow_is_drawn_from_each_of_its_states(program: str, shipped: Procedure) -> None:
    sop = shipped.definition.sops["identification"]
    done = subprocess.run(
        [program, "-Tplain"], input=dot(shipped.definition, "identification").encode(), capture_output=True, check=True
    )
    arrows = set(re.findall(r'^edge "?([\w.]+)"? "?([\w.]+)"?', done.stdout.decode(), re.MULTILINE))
    for name, move in sop.transitions.items():
        step = f"t.identification.{name}"
        assert {(f"s.identification.{source}", step) for source in move.from_} <= arrows
        assert (step, f"s.identification.{move.to}") in arrows


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: Path(path).name)
def test_long_and_cyrillic_labels_fit_by_the_measure_of_whoever_draws(program: str, awkward: Definition) -> None:
    """A box that may grow does not: so the label needs no more than the box that we gave it."""
    for font in ("Arial", "DejaVu Sans"):
        text = dot(awkward).replace("Arial", font)
        ours, grown = plain(program, text), plain(program, text.replace("fixedsize=true", "fixedsize=false"))
        assert ours
        assert ours == grown


def test_a_label_that_does_not_fit_would_be_seen(awkward: Definition) -> None:
    """The control of the test above, by the measure of Graphviz's own fonts."""
    text = re.sub(r"width=\d+\.\d+", "width=0.5", dot(awkward))
    assert plain(PURE, text) != plain(PURE, text.replace("fixedsize=true", "fixedsize=false"))


def test_wide_letters_count_more_than_narrow_ones() -> None:
    assert text_width("ЖШ", 10) > text_width("mi", 10) > text_width("il", 10)
