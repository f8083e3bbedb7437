"""`caseway sop overlays` and `caseway sop holidays`: what they print, and how they end."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.folders import SHIPPED, files_of
from cli.main import app

RUN = CliRunner()


def test_the_table_names_every_country() -> None:
    done = RUN.invoke(app, ["sop", "overlays"])
    assert done.exit_code == 0
    assert "Kosovo*" in done.stdout
    assert done.stdout.rstrip().endswith("More: --format markdown")


def test_programs_get_json() -> None:
    done = RUN.invoke(app, ["sop", "overlays", "--format", "json"])
    countries = {country["code"]: country for country in json.loads(done.stdout)}
    assert len(countries) == 22
    assert countries["RS"]["values"][0]["length"] == "90 days"
    assert countries["RS"]["version"] == "1.0+permit.1+rs.1"


def test_a_folder_with_errors_ends_with_1_and_no_folder_with_2(tmp_path: Path) -> None:
    for name, content in files_of(SHIPPED / "trm").items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.replace(b"{fixed: 90 days}", b"{fixed: 9 days}"))
    wrong = RUN.invoke(app, ["sop", "overlays", str(tmp_path)])
    assert (wrong.exit_code, "caseway sop check" in wrong.stdout) == (1, True)
    none = RUN.invoke(app, ["sop", "overlays", str(tmp_path / "none")])
    assert (none.exit_code, none.stdout) == (2, "There is no folder none.\n")


@pytest.mark.parametrize("arguments", [["Serbia"], ["XX"], ["RS", "--from", "2028", "--until", "2027"]])
def test_holidays_that_nobody_knows_end_with_2(arguments: list[str]) -> None:
    done = RUN.invoke(app, ["sop", "holidays", *arguments])
    assert done.exit_code == 2
    assert done.stdout.startswith("No holidays are known")


def test_holidays_are_printed_as_they_stand_in_an_overlay() -> None:
    done = RUN.invoke(app, ["sop", "holidays", "RS"])
    assert done.exit_code == 0
    assert done.stdout.rstrip() in (SHIPPED / "trm" / "overlays" / "rs.yaml").read_text()
