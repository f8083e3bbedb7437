"""What the reader understands, another YAML library understands too: shipped files, and files with slips in them."""

import random
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver

from sop.reader import _kind, understand

FILES = sorted((Path(__file__).parents[2] / "sop_definitions" / "trm").rglob("*.yaml"))
SLIPS = [
    *" \n:-#,[]{}'\"|>%?=~.0_<",
    ": ",
    "- ",
    "|\n  ",
    ">-\n  ",
    "? ",
    "\n\n",
    "é",
    " #",
    "#x",
    "0x1",
    "1e3",
    "null",
]
PLAIN = (
    *("", "~", "null", "Null", "true", "FALSE", "yes", "<<", "=", "-", "+", ".", "_", "_1", "-_1", "012", "0o17"),
    *("0b1", "0x1F", "1_000", "1.", ".5", "-1.5e-3", "1e3", "1e", ".inf", "-.INF", ".nan", "-.nan", "12:30", "a"),
    *("2026-01-02", "2026-1-2", "2026-01-02T10:00:00Z", "2026-01-02 10:00:00 +01:00", "2026-01-02T10:00", "1a", "0x"),
)


def by_another(text: str) -> Any:
    return YAML(typ="base", pure=True).load(text)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_shipped_file_says_the_same_to_both(path: Path) -> None:
    tree, _ = understand(path.name, path.read_bytes())
    assert tree is not None
    theirs = by_another(path.read_text(encoding="utf-8"))
    assert _as_written(tree.value) == _as_written(theirs)


def _as_written(value: Any) -> Any:
    """Truth values and numbers as the base loader leaves them: text."""
    if isinstance(value, dict):
        return {key: _as_written(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_written(inner) for inner in value]
    return str(value).lower() if isinstance(value, bool) or value in ("True", "False") else str(value)


def test_what_is_understood_with_a_slip_is_understood_alike() -> None:
    luck = random.Random(7)
    understood = 0
    for _ in range(400):
        lines = luck.choice(FILES).read_text(encoding="utf-8").split("\n")
        begin = luck.randrange(len(lines))
        text = "\n".join(lines[begin : begin + luck.randrange(1, 25)])
        place = luck.randrange(len(text) + 1)
        text = text[:place] + luck.choice(SLIPS) + text[place + luck.randrange(3) :]
        tree, _ = understand("x.yaml", text.encode())
        if tree is None or tree.broken:
            continue
        understood += 1
        try:
            theirs = by_another(text)
        except YAMLError as error:
            pytest.fail(f"{text!r}: {error}")
        assert _as_written(tree.value) == _as_written(theirs), text
    assert understood > 50


@pytest.mark.parametrize("text", PLAIN)
def test_a_text_without_quotes_is_of_the_same_kind(text: str) -> None:
    theirs = VersionedResolver(version=(1, 2)).resolve(ScalarNode, text, (True, False))
    assert _kind(text) == str(theirs).rsplit(":", 1)[-1]
