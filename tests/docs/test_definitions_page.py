"""docs/definitions.md and docs/overlays.md explain every key of the engine's shapes, and their example is a procedure that works."""

import re
from pathlib import Path

import pytest

import sop.model
from sop.conditions import OPERATORS, When
from sop.procedure import compile_procedure
from sop.shapes import Shape
from workshop.caseload import Simulation
from workshop.check import findings
from workshop.stories import tell_all

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = "\n".join((DOCS / name).read_text() for name in ("definitions.md", "overlays.md", "simulation.md"))
IN_CONDITIONS = {name.__name__ for name in OPERATORS.values()} - {"Fact"}
"""Their keys stand together in the table of conditions."""


def every_shape() -> dict[str, type[Shape]]:
    found: dict[str, type[Shape]] = {}
    waiting = list(Shape.__subclasses__())
    while waiting:
        shape = waiting.pop()
        waiting += shape.__subclasses__()
        if shape.__module__.split(".")[0] in ("sop", "workshop"):
            found[shape.__name__ if shape is not sop.model.State else "State of sop.model"] = shape
    return found


SHAPES = {
    name: shape for name, shape in every_shape().items() if name not in (IN_CONDITIONS | {"Definition", "_Condition"})
}
COMMON = {"because", "remedy", "rule"}


def keys_of(shape: type[Shape]) -> dict[str, bool]:
    return {field.alias or name: field.is_required() for name, field in shape.model_fields.items()}


def table(marker: str) -> dict[str, bool]:
    """The keys of the table under the marker, and whether each has its star."""
    found = re.search(rf"<!-- {re.escape(marker)} -->\n(.*?)(?=\n### |\n## |<!-- |\Z)", PAGE, re.DOTALL)
    assert found, f"docs/definitions.md has no table marked <!-- {marker} -->"
    return {key: bool(star) for key, star in re.findall(r"^\| `([a-z0-9-]+)`( \*)? \| \S", found[1], re.MULTILINE)}


@pytest.mark.parametrize("name", SHAPES)
def test_every_key_is_explained(name: str) -> None:
    keys = keys_of(SHAPES[name])
    if name == "Fact":
        keys = {key: needed for key, needed in keys.items() if key not in COMMON}
    assert table(name) == keys


def test_the_settings_of_a_simulation_are_among_them() -> None:
    assert SHAPES["Simulation"] is Simulation


def test_every_kind_of_condition_is_explained() -> None:
    own = {key for key in keys_of(When) if key not in COMMON}
    assert set(table("Condition")) == set(OPERATORS) | own
    assert set(table("_Condition")) == COMMON


def example() -> dict[str, bytes]:
    found = re.findall(r"^```yaml\n# (\S+\.yaml)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return {name: content.encode() for name, content in found}


def test_the_example_is_clean_and_its_story_comes_true() -> None:
    files = example()
    assert len(files) == 4
    definition, problems = findings(files)
    assert problems == []
    assert definition is not None
    told = tell_all(compile_procedure(definition), files)
    assert not told.failed, {name: player.failures for name, player in told.players.items()}
    for kind in ("state", "transition", "measure", "clock", "event"):
        assert told.coverage.missed(kind) == (), "the story visits every part"
