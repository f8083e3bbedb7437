"""What cannot be a repair or a version is told before anybody is asked, in a sentence and with exit code 2."""

import pytest
from typer.testing import CliRunner

from cli.main import app

WHY = "The step belongs to another case."
STATE = ("--state", "identification.declined")


def said(arguments: tuple[str, ...], stdin: str = WHY) -> str:
    result = CliRunner().invoke(app, ["sop", *arguments], input=stdin, env={"CASEWAY_URL": "http://127.0.0.1:1"})
    assert result.exit_code == 2, result.output
    return result.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "Name a state, --state sop.state; or a clock"),
        ((*STATE, "--clock", "identification.reflection"), "Name a state"),
        ((*STATE, "--length", "3 days"), "Name a state"),
        (("--state", "declined"), "Write the state as sop.state"),
    ],
)
def test_a_repair_names_one_thing(arguments: tuple[str, ...], sentence: str) -> None:
    assert sentence in said(("repair", "XXXXXXXXXXX", *arguments))


def test_a_repair_needs_a_reason() -> None:
    assert "Give the reason" in said(("repair", "XXXXXXXXXXX", *STATE), " ")


@pytest.mark.parametrize("arguments", [("repair", "../x", *STATE), ("repair-confirm", "x", "p/1")])
def test_an_id_is_no_path(arguments: tuple[str, ...]) -> None:
    assert "There is no case and no proposal with this id." in said(arguments)


@pytest.mark.parametrize("version", ["trm", "@1", "trm@../cases"])
def test_what_is_no_version_is_not_confirmed(version: str) -> None:
    assert "Write the version as name@version, for example trm@1.1." in said(("confirm", version))


def test_an_overlay_goes_with_a_folder() -> None:
    assert "--overlay goes with a folder" in said(("plan", "--to", "trm@1.1", "--overlay", "rs"))
