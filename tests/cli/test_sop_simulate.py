"""`caseway sop simulate` as a coordinator runs it: tables, JSON, a chart, two procedures, and Ctrl-C."""

import json
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.folders import SHIPPED
from cli.main import app

RUNNER = CliRunner()
ONE_DESK = Path(__file__).resolve().parents[1] / "one_desk"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A small procedure with settings for 60 days."""
    folder = tmp_path / "desk"
    shutil.copytree(ONE_DESK, folder)
    settings = folder / "simulations/default.yaml"
    settings.write_text(settings.read_text().replace("lasts: 400 days", "lasts: 60 days"))
    return folder


def run(*arguments: object) -> tuple[int, str]:
    done = RUNNER.invoke(app, ["sop", "simulate", *map(str, arguments)], env={"COLUMNS": "160"})
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done.exit_code, done.output


def edited(desk: Path, old: str, new: str) -> Path:
    folder = desk.with_name("edited")
    shutil.copytree(desk, folder)
    path = folder / "service.yaml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    return folder


def test_the_shipped_settings_work_and_every_table_is_printed() -> None:
    code, said = run("--lasts", "90 days")
    assert code == 0
    assert "Every number in this file is invented" in said
    for title in (
        "What would be overdue",
        "Load",
        "Where steps wait longest",
        "Time in each state",
        "Days from arrival",
    ):
        assert title in said


def test_json_and_the_chart_say_the_same(desk: Path, tmp_path: Path) -> None:
    picture = tmp_path / "chart.svg"
    code, said = run(desk, "--format", "json", "--chart", picture)
    assert code == 0
    (result,) = json.loads(said)["results"]
    assert result["arrived"] == result["ended"] + result["still_open"] > 500
    assert result["finished"] is True
    assert all(f">{role['used']:g}<" in picture.read_text() for role in result["roles"])


def test_the_seed_and_the_length_can_be_chosen(desk: Path) -> None:
    said = {run(desk, *more)[1] for more in ((), ("--seed", 7), ("--seed", 8), ("--lasts", "50 days"))}
    assert len(said) == 4
    assert run(desk, "--seed", 7)[1] in said


def test_two_procedures_stand_side_by_side(desk: Path) -> None:
    code, said = run(desk, "--against", edited(desk, "deadline: 6 hours", "deadline: 2 hours"))
    assert code == 1
    assert re.search(r"Overdue: Served +% +[\d.]+ +[\d.]+ +\+[1-9]", said)
    assert re.search(r"Overdue, our targets +[\d.]+ +[\d.]+ +\+[1-9]", said)
    assert said.splitlines()[-1] == "2 figures differ.", "what the edit does not touch does not differ"


def test_what_differs_stands_in_the_json_and_in_the_chart_too(desk: Path, tmp_path: Path) -> None:
    folder = edited(desk, "deadline: 6 hours", "deadline: 2 hours")
    picture = tmp_path / "both.svg"
    code, said = run(desk, "--against", folder, "--format", "json", "--chart", picture)
    found = json.loads(said)
    assert code == 1
    assert found["names"] == ["desk", "edited"]
    (line,) = (one for one in found["differences"] if one["what"] == "overdue: service.serve_due")
    shares = [clock["overdue_share"] for result in found["results"] for clock in result["clocks"]]
    assert [line["a"], line["b"]] == shares
    assert line["change"] == pytest.approx(shares[1] - shares[0], abs=0.005)
    assert f">{shares[1]:g} (+{line['change']:g})<" in picture.read_text()


def test_two_that_are_alike_do_not_differ(desk: Path) -> None:
    code, said = run(desk, "--against", edited(desk, "title: Served, final", "title: Gone, final"))
    assert code == 0
    assert "No figure differs." in said


def test_what_cannot_run_says_why_without_a_traceback(desk: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("simulation: X\nstaf: {}\n")
    (tmp_path / "empty").mkdir()
    for arguments, words in (
        ([tmp_path / "nowhere"], "There is no folder nowhere."),
        ([desk, "--settings", "nothing"], "There are no settings nothing. In simulations/ of this procedure: default."),
        ([desk, "--settings", bad], "bad.yaml:2:1 error unknown-key"),
        ([tmp_path / "empty"], "no-procedure"),
        ([desk, "--lasts", "soon"], "--lasts: 'soon' is not a duration"),
        ([desk, "--against", tmp_path / "nowhere"], "There is no folder nowhere."),
        ([desk, "--chart", tmp_path / "no" / "chart.svg"], "chart.svg cannot be written"),
    ):
        code, said = run(*arguments)
        assert (code, words in said) == (2, True), said


def test_settings_that_fit_only_one_of_two_procedures_are_refused(desk: Path) -> None:
    folder = edited(desk, "serve:", "attend:")
    (folder / "service.yaml").write_text((folder / "service.yaml").read_text().replace("done: serve}", "done: attend}"))
    settings = desk / "simulations/default.yaml"
    settings.write_text(settings.read_text() + "steps: {serve: {share: 100}}\n")
    code, said = run(desk, "--against", folder)
    assert code == 2
    assert "There is no step ‘serve’" in said


def test_ctrl_c_ends_it_with_what_it_has_so_far(desk: Path) -> None:
    settings = desk / "simulations/default.yaml"
    settings.write_text(settings.read_text().replace("lasts: 60 days", "lasts: 29 years"))
    program = "import sys; print('ready', file=sys.stderr, flush=True); from cli.main import main; main()"
    command = [sys.executable, "-c", program, "sop", "simulate", str(desk), "--format", "json"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        child.communicate(timeout=3)
        pytest.fail("it ended by itself")
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGINT)
    said, _ = child.communicate(timeout=30)
    assert child.returncode == 0
    (result,) = json.loads(said)["results"]
    assert result["finished"] is False
    assert result["arrived"] == result["ended"] + result["still_open"] > 0


def test_a_country_stands_beside_another_and_beside_the_base() -> None:
    days = ("--lasts", "40 days", "--format", "json")
    code, said = run(*days, "--overlay", "rs", "--against-overlay", "AT")
    assert code == 1
    assert [one["version"] for one in json.loads(said)["results"]] == ["1.0+permit.1+rs.1", "1.0+permit.1+at.1"]
    base = json.loads(run(*days, "--overlay", "rs", "--against-overlay", "base")[1])["results"]
    assert [one["version"] for one in base] == ["1.0+permit.1+rs.1", "1.0"]
    same = json.loads(run(*days, "--overlay", "rs", "--against", str(SHIPPED / "trm"))[1])
    assert [one["version"] for one in same["results"]] == ["1.0+permit.1+rs.1"] * 2
    assert same["differences"] == []
    assert run(*days, "--overlay", "rss")[0] == 2
