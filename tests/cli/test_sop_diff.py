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
    assert said.splitlines()[-1] == "1 differences: 1 for the person, 0 for the staff, 0 words only."


def test_differences_for_programs(edited: Path) -> None:
    code, said = run(str(SHIPPED / "trm"), str(edited), "--format", "json")
    (found,) = json.loads(said)
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
