"""docs/overlays.md shows what the overlays say, word for word; its examples stand in the files."""

import re
from pathlib import Path

import pytest

from cli.folders import SHIPPED, files_of
from cli.sop_overlay import as_markdown
from workshop.national import countries

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "overlays.md").read_text()
FILES = files_of(SHIPPED / "trm")


def test_the_tables_of_the_page_are_those_of_the_files() -> None:
    """To mend it: print them with `caseway sop overlays --format markdown`, and put them between the marks."""
    shown = PAGE.split("<!-- overlays:begin -->\n")[1].split("<!-- overlays:end -->")[0]
    assert shown.strip() == as_markdown(countries(FILES))


@pytest.mark.parametrize("block", re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
def test_the_examples_are_parts_of_shipped_overlays(block: str) -> None:
    overlays = [content.decode() for name, content in FILES.items() if name.startswith("overlays/")]
    assert any(block in text for text in overlays), block


def test_every_shipped_profile_is_told_of() -> None:
    profiles = {name for name in FILES if name.startswith("profiles/")}
    assert profiles == {f"profiles/{name}" for name in re.findall(r"sop_definitions/trm/profiles/(\w+\.yaml)", PAGE)}
