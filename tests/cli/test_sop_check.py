"""`caseway sop check` as it is typed: what it prints, what it changes, and with which code it leaves."""

import json
import os
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.folders import SHIPPED
from cli.main import app
from workshop.example import BASE
from workshop.registry import PAGES, handbook


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The example on the disk."""
    for name, text in BASE.items():
        path = tmp_path / "example" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "example"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["sop", "check", *map(str, arguments)])


def change(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text()
    assert text.count(old) == 1
    (folder / name).write_text(text.replace(old, new))


def test_the_shipped_procedure_is_fine() -> None:
    done = run()
    assert (done.exit_code, done.output) == (0, "0 findings, 5 SOPs.\n")


def test_findings_leave_with_one_and_warnings_do_so_too(folder: Path) -> None:
    change(folder, "procedure.yaml", "authority: Authority}", "authority: Authority, doctor: Doctor}")
    done = run(folder)
    assert done.exit_code == 1
    assert "procedure.yaml:6:83 warning role-unused" in done.output
    assert done.output.endswith("1 findings, 2 SOPs.\n")


def test_a_folder_that_is_not_there_could_not_run(tmp_path: Path) -> None:
    assert run(tmp_path / "nowhere").exit_code == 2
    assert run(tmp_path, "--format", "pdf").exit_code == 2


@pytest.mark.parametrize("format_", ["json", "sarif"])
def test_formats_for_programs_are_json_and_nothing_else(folder: Path, format_: str) -> None:
    change(folder, "care.yaml", "initial: new", "initial: neww")
    done = run(folder, "--format", format_)
    assert done.exit_code == 1
    said = json.loads(done.output)
    found = said if format_ == "json" else said["runs"][0]["results"]
    assert [problem.get("code", problem.get("ruleId")) for problem in found] == ["no-such-state"]


def test_files_that_are_left_out_are_told(folder: Path) -> None:
    shutil.copy(folder / "work.yaml", folder / "more.yml")
    os.symlink("../elsewhere.yaml", folder / "linked.yaml")
    done = run(folder, "--format", "concise")
    assert done.exit_code == 1
    assert "linked.yaml:1:1: error link" in done.output
    assert "more.yml:1:1: warning wrong-ending" in done.output


def test_a_page_is_printed_and_an_unknown_code_gets_the_nearest() -> None:
    done = run("--explain", "stuck-state")
    assert done.exit_code == 0
    assert PAGES["stuck-state"].what in done.output
    unknown = run("--explain", "stuck-stat")
    assert unknown.exit_code == 2
    assert "Did you mean ‘stuck-state’?" in unknown.output
    assert run("--explain", "all").output == handbook()


def test_a_dry_run_shows_the_difference_and_changes_nothing(folder: Path) -> None:
    change(folder, "care.yaml", "initial: new", "initial: neww   # where it begins")
    before = (folder / "care.yaml").read_bytes()
    done = run(folder, "--fix", "--dry-run")
    assert done.exit_code == 1
    assert "-initial: neww   # where it begins\n+initial: new   # where it begins" in done.output
    assert (folder / "care.yaml").read_bytes() == before


def test_fixing_writes_the_mended_file_says_so_and_checks_again(folder: Path) -> None:
    change(folder, "care.yaml", "initial: new", "initial: neww")
    done = run(folder, "--fix")
    assert (done.exit_code, done.output) == (
        0,
        "care.yaml:3 no-such-state: ‘neww’ is now ‘new’.\n0 findings, 2 SOPs.\n",
    )
    assert (folder / "care.yaml").read_text() == BASE["care.yaml"]
    assert run(folder, "--fix").output == "0 findings, 2 SOPs.\n"
    assert run(folder, "--fix", "--dry-run").output == "Nothing can be mended in one way only.\n"


def test_what_cannot_be_mended_stays_and_is_told(folder: Path) -> None:
    change(folder, "care.yaml", "    who: [authority]", "    who: [doctor]")
    before = {path: path.read_bytes() for path in folder.rglob("*.yaml")}
    done = run(folder, "--fix")
    assert done.exit_code == 1
    assert "no-such-role" in done.output
    assert {path: path.read_bytes() for path in folder.rglob("*.yaml")} == before


RS = """\
overlay: rs
version: "1"
title: Serbia
country: RS
calendar: {zone: Europe/Belgrade, source: {document: A list, evidence: K}}
measures:
  risk_check: {needs: [{done: verdict}]}
"""


def overlay(folder: Path, text: str) -> None:
    (folder / "overlays").mkdir()
    (folder / "overlays/rs.yaml").write_text(text)


def test_what_an_overlay_makes_wrong_is_told_in_its_file_and_with_its_name(folder: Path) -> None:
    overlay(folder, RS)
    said = run(folder).output
    assert "overlays/rs.yaml:7:3 error transition-never" in said
    assert "  |   risk_check: {needs: [{done: verdict}]}\n  |   ^\n  help: Look for two" in said
    assert "Only with" not in said, "the name of the file says it"
    assert {one["file"] for one in json.loads(run(folder, "--format", "json").output)} == {"overlays/rs.yaml"}
    assert {tuple(one["only_with"]) for one in json.loads(run(folder, "--format", "json").output)} == {("rs",)}


def test_what_only_some_compositions_make_wrong_names_them(folder: Path) -> None:
    walk = "{title: First talk, what: W, when: W, who: [case_manager], how: [H]}"
    overlay(folder, RS.partition("measures")[0] + f"with: [quiet]\nadds: {{measures: {{care.walk: {walk}}}}}\n")
    (folder / "profiles").mkdir()
    (folder / "profiles/quiet.yaml").write_text('overlay: quiet\nversion: "1"\ntitle: Quiet\n')
    (folder / "overlays/scenarios").mkdir()
    (folder / "overlays/scenarios/rs_walk.yaml").write_text(BASE["scenarios/declines.yaml"].replace("talk", "wlak"))
    said = run(folder, "--format", "concise").output.splitlines()
    assert said[1].endswith("error no-such-measure There is no measure ‘wlak’. Only with rs.")
    assert "same-title" in said[0]
    assert not said[0].endswith("rs.")


def test_one_overlay_may_be_checked_alone(folder: Path) -> None:
    overlay(folder, RS)
    alone = run(folder, "--overlay", "RS")
    assert (alone.exit_code, "transition-never" in alone.output) == (1, True)
    none = run(folder, "--overlay", "rss")
    assert (none.exit_code, none.output) == (2, "There is no overlay and no profile ‘rss’. Did you mean ‘rs’?\n")


def test_a_slip_in_an_overlay_is_mended(folder: Path) -> None:
    overlay(
        folder, RS.replace("  risk_check: {needs: [{done: verdict}]}", "  risk_chekc: {what: Whether there is any}")
    )
    done = run(folder, "--fix")
    assert (done.exit_code, done.output.splitlines()[0]) == (
        0,
        "overlays/rs.yaml:7 no-such-measure: ‘risk_chekc’ is now ‘risk_check’.",
    )


def test_the_shipped_files_are_left_alone_by_fixing(tmp_path: Path) -> None:
    copy = tmp_path / "trm"
    shutil.copytree(SHIPPED / "trm", copy)
    assert run(copy, "--fix").output == "0 findings, 5 SOPs.\n"
    shipped = {path.relative_to(SHIPPED / "trm"): path.read_bytes() for path in (SHIPPED / "trm").rglob("*.yaml")}
    assert {path.relative_to(copy): path.read_bytes() for path in copy.rglob("*.yaml")} == shipped


@pytest.mark.parametrize("format_", ["json", "sarif"])
def test_what_was_mended_is_told_apart_from_what_a_program_reads(folder: Path, format_: str) -> None:
    change(folder, "care.yaml", "initial: new", "initial: neww")
    done = run(folder, "--fix", "--format", format_)
    assert done.exit_code == 0
    assert done.stderr == "care.yaml:3 no-such-state: ‘neww’ is now ‘new’.\n"
    said = json.loads(done.stdout)
    assert (said if format_ == "json" else said["runs"][0]["results"]) == []


@pytest.mark.parametrize("options", [["--dry-run"], ["--fix", "--dry-run", "--format", "json"]])
def test_options_that_do_not_go_together_are_refused(folder: Path, options: list[str]) -> None:
    change(folder, "care.yaml", "initial: new", "initial: neww")
    done = run(folder, *options)
    assert (done.exit_code, done.output.startswith("--dry-run ")) == (2, True)


def test_programs_find_the_files_from_where_the_check_was_started(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(folder, "care.yaml", "initial: new", "initial: neww")
    monkeypatch.chdir(folder)

    def uri(named: Path | str) -> str:
        log = json.loads(run(named, "--format", "sarif").stdout)
        return str(log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])

    assert uri(".") == "care.yaml"
    assert run(".", "--format", "github").stdout.startswith("::error file=care.yaml,line=3,")
    assert uri(folder) == f"file://{folder.as_posix()}/care.yaml", "an absolute reference has its scheme"
    monkeypatch.chdir(folder.parent)
    assert uri(folder.name) == f"{folder.name}/care.yaml"
