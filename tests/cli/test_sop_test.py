"""`caseway sop test` as a coordinator runs it: the stories, what they cover, and suggestions for the rest."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.folders import SHIPPED
from cli.main import app

RUNNER = CliRunner()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped procedure with two of its stories."""
    copied = tmp_path / "trm"
    shutil.copytree(SHIPPED / "trm", copied)
    for story in (copied / "scenarios").iterdir():
        if story.name[:2] not in ("01", "02"):
            story.unlink()
    return copied


def run(*arguments: str) -> tuple[int, str]:
    done = RUNNER.invoke(app, ["sop", "test", *arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done.exit_code, done.output


def test_the_report_counts_every_kind_and_names_what_is_missing(folder: Path) -> None:
    code, said = run(str(folder))
    assert code == 0
    assert "conditions seen not holding" in said
    assert "Never covered: transition:return.postpone (‘Postpone’ is taken)" in said
    assert said.splitlines()[-1].startswith("2 stories; ")


def test_which_story_covers_what_can_be_asked_for(folder: Path) -> None:
    assert "transition:return.depart: 01_adult_foreign_woman_returns_home.yaml" in run(str(folder), "--covers")[1]


def test_json_says_all_of_it(folder: Path) -> None:
    code, said = run(str(folder), "--format", "json")
    found = json.loads(said)
    assert code == 0
    assert found["of"] - found["visited"] == len(found["missed"])
    assert "scenarios/01_adult_foreign_woman_returns_home.yaml" in found["covered_by"]["transition:return.depart"]
    assert sum(kind["of"] for kind in found["coverage"].values()) == found["of"]


def test_suggestions_are_written_and_come_true_beside_the_others(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "new"
    before = json.loads(run(str(folder), "--format", "json")[1])
    code, said = run(str(folder), "--suggest", "--out", str(out), "--seconds", "3")
    assert code == 0
    written = sorted(out.iterdir())
    assert len(written) > 10
    assert f"{len(written)} suggestions in new." in said
    for path in written:
        shutil.copy(path, folder / "scenarios")
    code, after_ = run(str(folder), "--format", "json")
    assert code == 0
    assert json.loads(after_)["visited"] > before["visited"] + 20


def test_a_file_that_is_there_is_never_overwritten(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "new"
    assert run(str(folder), "--suggest", "--out", str(out), "--seconds", "1")[0] == 0
    code, said = run(str(folder), "--suggest", "--out", str(out), "--seconds", "1")
    assert code == 2
    assert "is already in new" in said


def test_suggestions_need_a_folder(folder: Path) -> None:
    assert run(str(folder), "--suggest") == (2, "Name a folder for the suggested stories with --out.\n")


def test_a_story_that_fails_is_exit_code_one(folder: Path) -> None:
    story = folder / "scenarios/01_adult_foreign_woman_returns_home.yaml"
    story.write_text(story.read_text().replace("{closed: true,", "{closed: false,"))
    code, said = run(str(folder))
    assert code == 1
    assert "closed is yes, expected no" in said


def test_the_stories_of_a_country_are_played_on_what_it_makes_of_the_base() -> None:
    code, said = run("--overlay", "RS")
    assert code == 0
    assert "ok     overlays/scenarios/rs_ninety_days.yaml: Ninety days in Serbia, by Serbian holidays" in said
    assert "Never covered" not in said
    assert said.splitlines()[-1].startswith("2 stories; ")
    assert run("--overlay", "rss")[0] == 2


def test_all_stories_are_played_each_on_its_own_procedure(folder: Path) -> None:
    code, said = run(str(folder), "--all-overlays")
    assert (code, said.splitlines()[-1]) == (0, "14 stories, of the base and of 8 overlays and profiles.")
    story = folder / "overlays/scenarios/gb_section_61.yaml"
    (folder / "overlays/scenarios/rs_other.yaml").write_text(story.read_text())
    code, said = run(str(folder), "--all-overlays")
    assert code == 1
    assert "overlays/scenarios/rs_other.yaml:" in said, "the base and Serbia do not know the names of this story"
    assert run(str(folder), "--all-overlays", "--overlay", "rs")[0] == 2


def test_programs_get_the_stories_of_all(folder: Path) -> None:
    found = json.loads(run(str(folder), "--all-overlays", "--format", "json")[1])
    assert set(found) == {"", "at", "bg", "ch", "fr", "gb", "gr", "rs", "xk"}
    assert set(found["rs"]["stories"]) == {f"overlays/scenarios/rs_{n}.yaml" for n in ("child", "ninety_days")}


def test_a_folder_for_suggestions_needs_them_to_be_sought(folder: Path, tmp_path: Path) -> None:
    assert run(str(folder), "--out", str(tmp_path / "new")) == (
        2,
        "--out is for suggested stories, which --suggest seeks.\n",
    )
