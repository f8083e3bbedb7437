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


@pytest.fixture
def months(tmp_path: Path, default_text: str) -> str:
    """The shipped settings for 150 days, in a file."""
    path = tmp_path / "months.yaml"
    path.write_text(default_text.replace("lasts: 5 years", "lasts: 150 days"))
    return str(path)


@pytest.fixture(scope="module")
def default_text() -> str:
    return (SHIPPED / "trm/simulations/default.yaml").read_text()


def run(*arguments: str) -> tuple[int, str]:
    done = RUNNER.invoke(app, ["sop", "simulate", *arguments], env={"COLUMNS": "160"})
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done.exit_code, done.output


def changed(tmp_path: Path, old: str, new: str) -> Path:
    folder = tmp_path / "changed"
    shutil.copytree(SHIPPED / "trm", folder)
    path = folder / "identification.yaml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    return folder


def test_it_prints_the_assumptions_and_every_table(months: str) -> None:
    code, said = run("--settings", months)
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


def test_json_and_the_chart_say_the_same(months: str, tmp_path: Path) -> None:
    picture = tmp_path / "chart.svg"
    code, said = run("--settings", months, "--format", "json", "--chart", str(picture))
    assert code == 0
    (result,) = json.loads(said)["results"]
    assert result["arrived"] == result["ended"] + result["still_open"]
    assert result["finished"] is True
    shown = picture.read_text()
    assert all(f">{role['used']:g}<" in shown for role in result["roles"])


def test_the_seed_can_be_chosen(months: str) -> None:
    first, same, other = (run("--settings", months, "--seed", seed)[1] for seed in ("7", "7", "8"))
    assert first == same != other


def test_two_procedures_stand_side_by_side(months: str, tmp_path: Path) -> None:
    clock = "    title: Early risk assessment\n    deadline: "
    folder = changed(tmp_path, f"{clock}48 hours", f"{clock}12 hours")
    code, said = run("--settings", months, "--against", str(folder))
    assert code == 1
    assert re.search(r"overdue: identification.early_risk_due +% +[\d.]+ +[\d.]+ +[1-9]", said)


def test_two_that_are_alike_do_not_differ(months: str, tmp_path: Path) -> None:
    code, said = run(
        "--settings", months, "--against", str(changed(tmp_path, "sop: identification", "sop: identification"))
    )
    assert code == 0
    assert "No figure differs." in said


def test_what_cannot_run_says_why_without_a_traceback(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("simulation: X\nstaf: {}\n")
    for arguments, words in (
        ([str(tmp_path / "nowhere")], "There is no folder nowhere."),
        (["--settings", "nothing"], "There are no settings nothing. In simulations/ of this procedure: default."),
        (["--settings", str(bad)], "bad.yaml:2:1 error unknown-key"),
        ([str(tmp_path)], "no-procedure"),
        (["--lasts", "soon"], "--lasts: 'soon' is not a duration"),
        (["--against", str(tmp_path / "nowhere")], "There is no folder nowhere."),
    ):
        code, said = run(*arguments)
        assert (code, words in said) == (2, True), said


def test_a_chart_that_cannot_be_written_says_so(months: str, tmp_path: Path) -> None:
    code, said = run("--settings", months, "--chart", str(tmp_path / "no" / "chart.svg"))
    assert code == 2
    assert "chart.svg cannot be written" in said


def test_settings_that_fit_only_one_of_two_procedures_are_refused(months: str, tmp_path: Path) -> None:
    folder = changed(tmp_path, "  urgent_danger_alert:\n", "  urgent_alert:\n")
    text = (folder / "identification.yaml").read_text().replace("done: urgent_danger_alert", "done: urgent_alert")
    (folder / "identification.yaml").write_text(text)
    settings = Path(months)
    settings.write_text(settings.read_text().replace("steps:\n", "steps:\n  urgent_danger_alert: {share: 5}\n", 1))
    code, said = run("--settings", months, "--against", str(folder))
    assert code == 2
    assert "There is no step ‘urgent_danger_alert’" in said


def test_ctrl_c_ends_it_with_what_it_has_so_far(tmp_path: Path, default_text: str) -> None:
    path = tmp_path / "long.yaml"
    path.write_text(default_text.replace("lasts: 5 years", "lasts: 29 years"))
    program = "import sys; print('ready', file=sys.stderr, flush=True); from cli.main import main; main()"
    command = [sys.executable, "-c", program, "sop", "simulate", "--settings", str(path), "--format", "json"]
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


def test_a_country_stands_beside_another_and_beside_the_base(months: str) -> None:
    days = ("--settings", months, "--lasts", "40 days", "--format", "json")
    code, said = run(*days, "--overlay", "rs", "--against-overlay", "AT")
    assert code == 1
    assert [one["version"] for one in json.loads(said)["results"]] == ["1.0+permit.1+rs.1", "1.0+permit.1+at.1"]
    base = json.loads(run(*days, "--overlay", "rs", "--against-overlay", "base")[1])["results"]
    assert [one["version"] for one in base] == ["1.0+permit.1+rs.1", "1.0"]
    same = json.loads(run(*days, "--overlay", "rs", "--against", str(SHIPPED / "trm"))[1])
    assert [one["version"] for one in same["results"]] == ["1.0+permit.1+rs.1"] * 2
    assert same["differences"] == []
    assert run(*days, "--overlay", "rss")[0] == 2
