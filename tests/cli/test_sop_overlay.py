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


def test_where_the_package_lists_nothing_the_mend_is_named_and_nothing_guessed() -> None:
    done = RUN.invoke(app, ["sop", "holidays", "UA", "--from", "2026", "--until", "2027"])
    assert done.exit_code == 2
    assert done.stdout.startswith("The package lists no public holiday of UA for 2026, 2027. Nothing is guessed.\n")
    assert "`corrections:`" in done.stdout
    assert "--category: workday." in done.stdout
    other = RUN.invoke(app, ["sop", "holidays", "UA", "--from", "2026", "--until", "2026", "--category", "workday"])
    assert (other.exit_code, "Independence Day: [2026-08-24]" in other.stdout) == (0, True)
    assert "days of the kind workday only" in other.stdout
    none = RUN.invoke(app, ["sop", "holidays", "UA", "--category", "saints"])
    assert (none.exit_code, none.stdout) == (
        2,
        "For UA there are no days of the kind ‘saints’. There are: public, workday.\n",
    )


def test_the_calendar_of_an_overlay_is_written_anew_and_what_is_by_hand_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "ba.yaml"
    by_hand = "  corrections:\n    - adds: {A day: [2026-01-09]}\n      source: {document: A list, evidence: K}\n"
    text = (SHIPPED / "trm" / "overlays" / "ba.yaml").read_text().replace("  chosen-by: case.seat\n", by_hand)
    file.write_text(text.replace("  chosen-by: case.seat\n", by_hand))
    done = RUN.invoke(app, ["sop", "holidays", "BA", "--parts", "--until", "2026", "--into", str(file)])
    assert (done.exit_code, done.stdout) == (0, "ba.yaml: holidays of 2026 to 2026.\n")
    written = file.read_text()
    assert by_hand in written
    assert "  zone: Europe/Sarajevo\n" in written
    assert "covers: {from: 2026, until: 2026}" in written
    assert "2027-" not in written
    assert written.split("\nadds:")[1] == text.split("\nadds:")[1]
    again = RUN.invoke(app, ["sop", "holidays", "BA", "--parts", "--into", str(file)])
    assert again.exit_code == 0
    assert file.read_text() == text
    file.write_text("overlay: ba\n")
    assert RUN.invoke(app, ["sop", "holidays", "BA", "--into", str(file)]).exit_code == 2
    assert file.read_text() == "overlay: ba\n"
