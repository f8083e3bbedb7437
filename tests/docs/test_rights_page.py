"""docs/rights.md lists every right of the shipped procedure as the file states it. What it runs, test_readme.py runs."""

import re
from pathlib import Path

from cli.folders import SHIPPED, files_of
from sop.loader import load

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "rights.md").read_text()


def test_the_page_lists_every_right() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\S+) \| (\S+) \| (.+?) \|$", PAGE, re.MULTILINE)
    rights = load(files_of(SHIPPED / "trm")).rights
    stated = [
        (name, right.rule or "-", right.statement.replace("_", "-"), right.title) for name, right in rights.items()
    ]
    assert rows == stated
