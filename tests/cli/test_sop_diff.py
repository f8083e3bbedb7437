"""`caseway sop diff` on folders: exit 0 the same, 1 differences, 2 could not run; for people and for programs."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.folders import SHIPPED
from cli.main import app


@pytest.fixture(scope="module")
def edited(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("edited") / "trm"
    shutil.copytree(SHIPPED / "trm", folder)
    file = folder / "identification.yaml"
    file.write_text(file.read_text().replace("period: {at-least: 30 days", "period: {at-least: 45 days", 1))
    return folder


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["sop", "diff", *arguments])
    return done.exit_code, done.output


def test_differences_for_people(edited: Path) -> None:
    code, said = run(str(SHIPPED / "trm"), str(edited))
    assert code == 1
    assert said.splitlines()[:2] == ["For the person", "  Identification › Recovery and reflection period"]
    assert "protects for: at least 45 days" in said
    assert "(law: Council of Europe Convention" in said
    assert "Greece (gr)" in said, "before the laws that it lists the base counts there"
    assert said.splitlines()[-1] == (
        "2 differences: 2 for the person, 0 for the staff, 0 words only. In 11 countries and profiles something differs."
    )


def test_differences_for_programs(edited: Path) -> None:
    code, said = run(str(SHIPPED / "trm"), str(edited), "--format", "json")
    (found,) = json.loads(said)["differences"]
    assert (code, found["kind"], found["where"]) == (
        1,
        "length_changed",
        "sops.identification.clocks.reflection.period",
    )


def test_nothing_differs(edited: Path) -> None:
    assert run(str(edited), str(edited)) == (0, "Nothing differs.\n")


def test_what_cannot_be_read_is_said(edited: Path, tmp_path: Path) -> None:
    (tmp_path / "procedure.yaml").write_text("procedure: [")
    code, said = run(str(tmp_path), str(edited))
    assert (code, "caseway sop check" in said) == (2, True)


@pytest.fixture(scope="module")
def national(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy in which Serbia gives more, every permit is reminded of otherwise, and Slovenia is gone."""
    folder = tmp_path_factory.mktemp("national") / "trm"
    shutil.copytree(SHIPPED / "trm", folder)
    for name, old, new in (
        ("overlays/rs.yaml", "{fixed: 90 days}", "{fixed: 100 days}"),
        ("overlays/me.yaml", 'version: "1"', 'version: "2"'),
        ("profiles/permit.yaml", "remind: [60 days before, 30 days before]", "remind: [40 days before]"),
    ):
        file = folder / name
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))
    (folder / "overlays/si.yaml").unlink()
    return folder


def test_each_national_change_is_told_with_its_country(national: Path) -> None:
    code, said = run(str(SHIPPED / "trm"), str(national))
    assert code == 1
    headings = [line for line in said.splitlines() if not line.startswith(" ")]
    assert headings == [
        "Montenegro (me)",
        "Serbia (rs)",
        "residence permit (permit)",
        "Slovenia (si) is gone.",
        "3 differences: 1 for the person, 1 for the staff, 1 words only. In 4 countries and profiles something differs.",
    ]
    assert "      protects for: 100 days; before: 90 days. (law: National law of Serbia" in said
    assert said.count("reminds: also 40 days before the end") == 1, "of the profile, not of each country that takes it"


def test_programs_get_each_country(national: Path) -> None:
    found = json.loads(run(str(national), str(SHIPPED / "trm"), "--format", "json")[1])
    assert found["differences"] == []
    standings = {one["name"]: one["standing"] for one in found["adaptations"]}
    assert standings == {"me": "changed", "rs": "changed", "permit": "changed", "si": "added"}


def test_one_country_alone_is_compared_as_it_has_the_procedure(national: Path) -> None:
    code, said = run(str(SHIPPED / "trm"), str(national), "--overlay", "RS")
    assert (code, said.splitlines()[-1]) == (1, "2 differences: 1 for the person, 1 for the staff, 0 words only.")
    assert run(str(SHIPPED / "trm"), str(national), "--overlay", "sii")[0] == 2
    assert run(str(SHIPPED / "trm"), str(national), "--overlay", "child") == (0, "Nothing differs.\n")


def test_a_country_that_the_new_base_puts_below_the_floor_is_named(edited: Path) -> None:
    said = run(str(SHIPPED / "trm"), str(edited))[1]
    assert "Bulgaria (bg) cannot be compared, for it has errors: run `caseway sop check`." in said


@pytest.mark.parametrize("named", ["nowhere", "./nowhere", "some/where", "/nowhere"])
def test_a_folder_that_is_not_there_is_said_without_asking_the_system(edited: Path, named: str) -> None:
    code, said = run(str(edited), named)
    assert (code, said.startswith(f"There is no folder {named}. What is published is named as name@version")) == (
        2,
        True,
    )
    planned = CliRunner().invoke(app, ["sop", "plan", "--to", named])
    assert (planned.exit_code, planned.output) == (2, said)
