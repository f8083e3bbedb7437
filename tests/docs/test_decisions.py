"""Every decision record has its parts, and the tests that it names are there."""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
RECORDS = sorted((PROJECT / "docs" / "decisions").glob("*.md"))
PARTS = ["Context", "Decision", "Consequences", "Alternatives", "Enforced by"]


def test_records_are_numbered_without_a_gap() -> None:
    assert [path.name[:4] for path in RECORDS] == [f"{number:04d}" for number in range(1, len(RECORDS) + 1)]


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_a_record_has_its_parts_and_its_tests(path: Path) -> None:
    text = path.read_text()
    assert text.startswith(f"# {path.name[:4]}. ")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == PARTS
    named = re.findall(r"^- `(tests/[\w/]+\.py)::(test_\w+)`$", text.partition("## Enforced by")[2], re.MULTILINE)
    assert named
    missing = [f"{file}::{test}" for file, test in named if f"def {test}(" not in (PROJECT / file).read_text()]
    assert missing == []
