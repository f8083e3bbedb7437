"""`caseway sop count`: how one length is counted, and how it ends where it cannot be."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app

RUN = CliRunner()


@pytest.mark.parametrize(
    ("arguments", "last"),
    [
        (["2026-03-02T10:00", "30 days"], "Ends Thursday 2026-04-02 00:00 (UTC+0200), which is 2026-04-01 22:00 UTC."),
        (["2026-03-02T10:00", "24 hours"], "Ends Tuesday 2026-03-03 11:00 (UTC+0100), which is 2026-03-03 10:00 UTC."),
        (
            ["2026-03-02T10:00", "24 hours", "--rule", "plain"],
            "Ends Tuesday 2026-03-03 10:00 (UTC+0100), which is 2026-03-03 09:00 UTC.",
        ),
        # 25 November is a holiday in the Federation alone
        (
            ["2026-11-24T10:00", "1 day", "--country", "ba_bih"],
            "Ends Friday 2026-11-27 00:00 (UTC+0100), which is 2026-11-26 23:00 UTC.",
        ),
        (
            ["2026-11-24T10:00", "1 day", "--country", "ba_srp"],
            "Ends Thursday 2026-11-26 00:00 (UTC+0100), which is 2026-11-25 23:00 UTC.",
        ),
        (
            ["2026-06-01T22:30Z", "1 day", "--country", "es_cn"],
            "Ends Wednesday 2026-06-03 00:00 (UTC+0100), which is 2026-06-02 23:00 UTC.",
        ),
    ],
)
def test_a_length_is_counted_and_told(arguments: list[str], last: str) -> None:
    done = RUN.invoke(app, ["sop", "count", *arguments])
    assert done.exit_code == 0, done.stdout
    assert done.stdout.splitlines()[-1] == last


def test_what_moves_the_end_is_told() -> None:
    done = RUN.invoke(
        app, ["sop", "count", "2026-04-03T10:00", "2 days", "--country", "AT", "--rule", "regulation-1182-71"]
    )
    assert "By the length alone it ends on Sunday 2026-04-05.\n" in done.stdout
    assert "At least 2 working days lie within it, so it ends on Wednesday 2026-04-08.\n" in done.stdout
    moved = RUN.invoke(app, ["sop", "count", "2026-04-02T10:00", "1 day", "--country", "AT"])
    assert "Friday 2026-04-03 is no working day, so it ends on Tuesday 2026-04-07.\n" in moved.stdout
    unknown = RUN.invoke(app, ["sop", "count", "2040-04-02T10:00", "1 day", "--country", "AT"])
    assert "The holidays of 2040 are not listed: only weekends were looked at.\n" in unknown.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["tomorrow", "30 days"], "‘tomorrow’ is no moment"),
        (["2026-03-02", "30 dayz"], "'30 dayz' is not a duration"),
        (["2026-03-02", "3 days", "--country", "XX"], "There is no calendar ‘XX’."),
        (["2026-03-02", "3 days", "--rule", "pain"], "Did you mean ‘plain’?"),
        (["9999-12-30", "99 years"], "That cannot be counted"),
        (["0001-01-01T00:00+02:00", "1 day"], "That cannot be counted"),
        (["2026-03-02", "1 day", "--folder", "nowhere"], "There is no folder nowhere."),
    ],
)
def test_what_cannot_be_counted_ends_with_2(arguments: list[str], said: str) -> None:
    done = RUN.invoke(app, ["sop", "count", *arguments])
    assert (done.exit_code, said in done.stdout) == (2, True), done.stdout


def test_a_country_may_be_written_in_small_letters() -> None:
    small, large = (
        RUN.invoke(app, ["sop", "count", "2026-03-02", "5 days", "--country", name]) for name in ("rs", "RS")
    )
    assert (small.exit_code, small.stdout) == (0, large.stdout)


def test_a_procedure_with_errors_ends_with_2(tmp_path: Path) -> None:
    (tmp_path / "procedure.yaml").write_text("procedure: 1\n")
    done = RUN.invoke(app, ["sop", "count", "2026-03-02", "1 day", "--folder", str(tmp_path)])
    assert (done.exit_code, "caseway sop check" in done.stdout) == (2, True)
