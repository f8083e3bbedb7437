"""`caseway sop prove`: what it prints, what it keeps, how it ends; and clear sentences where it cannot run."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.folders import SHIPPED, files_of
from cli.sop import app
from sop.loader import load
from sop.procedure import compile_procedure
from workshop.playing import play
from workshop.stories import scenarios_in


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["prove", *map(str, arguments)])


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    """The shipped procedure, in which nobody explains non-punishment before a statement."""
    folder = tmp_path / "edited"
    shutil.copytree(SHIPPED / "trm", folder)
    target = folder / "proceedings.yaml"
    old = "        fact: rights_explained.non_punishment_explained\n        is: true\n"
    assert old in target.read_text()
    target.write_text(target.read_text().replace(old, "        settled: rights_explained\n"))
    return folder


def test_a_broken_right_is_told_with_its_place_and_its_story(edited: Path, tmp_path: Path) -> None:
    kept = tmp_path / "story.yaml"
    done = run(edited, "--right", "non_punishment_is_explained_first", "--save", kept)
    assert done.exit_code == 1
    assert done.stdout.splitlines()[0].endswith("situations] – for the base and 27 adaptations")
    first, place, *told, shortest, refused, short = done.stdout.splitlines()
    assert first.startswith("broken   non_punishment_is_explained_first: ‘Nobody makes a statement before")
    assert place.strip().startswith("proceedings.yaml:")
    line = (edited / "proceedings.yaml").read_text().splitlines()[int(place.split(":")[1]) - 1]
    assert line.strip() == "statement:"
    assert told[-1].endswith("‘Statement of the person’ is done.")
    assert shortest.strip() == "No story breaks it in fewer steps of people."
    assert refused.strip() == "Where the right is enforced, this story is refused."
    assert short == "0 proved, 1 broken for the base and 27 adaptations."
    definition = load(files_of(edited))
    stories, problems = scenarios_in({"scenarios/kept.yaml": kept.read_bytes()}, compile_procedure(definition))
    assert problems == []
    story = stories["scenarios/kept.yaml"]
    assert play(compile_procedure(definition, guarded=False), story).failures == []
    assert "[right R10]" in play(compile_procedure(definition), story).failures[0]


def test_programs_get_everything(edited: Path) -> None:
    done = run(edited, "--right", "non_punishment_is_explained_first", "--overlay", "rs+labour", "--format", "json")
    assert done.exit_code == 1
    [verdict] = json.loads(done.stdout)
    assert verdict["composition"] == "rs+labour"
    assert verdict["outcome"] == "broken"
    assert verdict["step"] == "do:statement"
    assert verdict["file"] == "proceedings.yaml"
    assert verdict["source"]["evidence"] == "V"
    assert verdict["shortest"] is True
    assert verdict["story"]["steps"][-1] == {"record": "statement"}


def test_a_proved_right_ends_well_and_has_no_story_to_keep(tmp_path: Path) -> None:
    done = run("--right", "receiver_has_accepted", "--save", tmp_path / "story.yaml")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1] == "1 proved for the base and 27 adaptations."
    assert "There is no story to keep." in done.stderr
    assert not (tmp_path / "story.yaml").exists()


@pytest.fixture
def adapted(tmp_path: Path) -> Path:
    """The shipped procedure, where in Albania help is complete only when reflection is over."""
    folder = tmp_path / "adapted"
    shutil.copytree(SHIPPED / "trm", folder)
    with (folder / "overlays" / "al.yaml").open("a") as file:
        file.write(
            "\ntransitions:\n  first_assistance.complete_assistance:\n    needs: [{ended: identification.reflection}]\n"
        )
    return folder


def test_what_is_broken_in_one_adaptation_is_told_apart_from_the_others(adapted: Path, tmp_path: Path) -> None:
    kept = tmp_path / "story.yaml"
    done = run(adapted, "--right", "end_of_reflection_ends_no_help", "--save", kept)
    assert done.exit_code == 1
    proved, broken, why, place, *_ = done.stdout.splitlines()
    assert proved.endswith("[by the text of the procedure] – for the base and 26 adaptations")
    assert broken.startswith("broken ")
    assert broken.endswith(" – for al")
    assert why.strip().startswith("‘take:first_assistance.complete_assistance’ depends on")
    assert place.strip().startswith("first_assistance.yaml:")
    assert done.stdout.splitlines()[-1] == "0 proved, 1 broken for the base and 27 adaptations."
    assert "The story of end_of_reflection_ends_no_help, told with al, is in story.yaml." in done.stderr
    definition = load(files_of(adapted), "al")
    free = compile_procedure(definition, guarded=False)
    stories, problems = scenarios_in({"scenarios/kept.yaml": kept.read_bytes()}, free)
    assert problems == []
    assert stories["scenarios/kept.yaml"].given.country == "AL"
    assert play(free, stories["scenarios/kept.yaml"]).failures == []
    assert "[right R2]" in play(compile_procedure(definition), stories["scenarios/kept.yaml"]).failures[0]


def test_programs_get_each_composition(adapted: Path) -> None:
    done = run(adapted, "--right", "end_of_reflection_ends_no_help", "--format", "json")
    verdicts = json.loads(done.stdout)
    assert len(verdicts) == 28
    assert verdicts[0]["composition"] is None
    assert {v["composition"] for v in verdicts if v["outcome"] == "broken"} == {"al"}


def test_one_adaptation_can_be_proved_alone(adapted: Path) -> None:
    others = run(adapted, "--right", "end_of_reflection_ends_no_help", "--overlay", "rs+labour")
    assert others.exit_code == 0
    assert others.stdout.splitlines()[-1] == "1 proved."
    lost = run(adapted, "--overlay", "sr")
    assert lost.exit_code == 2
    assert "There is no overlay and no profile ‘sr’." in lost.stderr
    (adapted / "overlays" / "rs.yaml").write_text("overlay: rs\n")
    broken = run(adapted)
    assert broken.exit_code == 2
    assert "adapted with rs has" in broken.stderr


def test_what_cannot_run_says_so_in_a_sentence(tmp_path: Path, edited: Path) -> None:
    nothing = run(tmp_path / "nowhere")
    assert (nothing.exit_code, nothing.stderr) == (2, "There is no procedure in nowhere.\n")
    unknown = run("--right", "receiver_accepted")
    assert unknown.exit_code == 2
    assert "Did you mean ‘receiver_has_accepted’?" in unknown.stderr
    (edited / "rights.yaml").unlink()
    without = run(edited)
    assert (without.exit_code, without.stderr) == (2, "edited states no rights: it has no rights.yaml.\n")
    (edited / "return.yaml").write_text("sop: return\n")
    broken = run(edited)
    assert broken.exit_code == 2
    assert "run `caseway sop check` first" in broken.stderr


def test_a_story_that_cannot_be_written_says_so(edited: Path, tmp_path: Path) -> None:
    done = run(edited, "--right", "non_punishment_is_explained_first", "--save", tmp_path)
    assert done.exit_code == 2
    assert "cannot be written" in done.stderr


def test_the_check_with_its_proof_names_the_adaptation_that_breaks_a_right(adapted: Path) -> None:
    said = CliRunner().invoke(app, ["check", str(adapted), "--prove", "--format", "json"])
    (found,) = json.loads(said.stdout)
    assert (said.exit_code, found["code"], found["only_with"]) == (1, "right-broken", ["al"])
    assert found["help"].endswith("--right end_of_reflection_ends_no_help --overlay al.")
    without = CliRunner().invoke(app, ["check", str(adapted)])
    assert (without.exit_code, without.stdout) == (0, "0 findings, 5 SOPs.\n"), "it takes the proof to see it"


def test_what_the_base_breaks_the_check_tells_once(edited: Path) -> None:
    said = CliRunner().invoke(app, ["check", str(edited), "--prove", "--format", "json"])
    (found,) = [one for one in json.loads(said.stdout) if one["code"] == "right-broken"]
    assert found["only_with"] == []
    assert found["help"] == "See the story: caseway sop prove --right non_punishment_is_explained_first."


@pytest.mark.parametrize(("named", "code", "told"), [("RS", 0, "1 proved."), ("rss", 2, "Did you mean ‘rs’?")])
def test_an_overlay_is_named_here_as_it_is_at_the_other_commands(named: str, code: int, told: str) -> None:
    done = run("--overlay", named, "--right", "receiver_has_accepted")
    assert (done.exit_code, told in done.output) == (code, True), done.output
