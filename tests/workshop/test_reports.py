"""Findings in every format: for people, for programs, for GitHub, and as SARIF."""

import json
from typing import Any, get_args

import pytest

from sop.problems import Problem
from workshop.check import findings
from workshop.example import BASE, example
from workshop.mending import Mend
from workshop.pages_names import NAMES
from workshop.registry import PAGES
from workshop.reports import Format, difference, mended_text, report, sarif

ODD = Problem(code="wrong-type", file="a, b:c.yaml", line=2, column=3, message="100 % wrong:\nhere", help="Mend it.")
FILES = {"a, b:c.yaml": b"one\ntwo three\n"}


def test_in_full_with_the_line_and_a_caret_under_the_place() -> None:
    said = report("full", [ODD], FILES, None, "x/")
    assert "a, b:c.yaml:2:3 error wrong-type\n" in said
    assert "  | two three\n  |   ^\n  help: Mend it.\n1 findings, no procedure." in said


def test_a_line_each() -> None:
    page = PAGES["no-such-role"]
    definition, problems = findings(example(page, page.wrong))
    lines = report("concise", problems, {}, definition, "x/").splitlines()
    assert lines == ["care.yaml:37:5: error no-such-role There is no role ‘autority’.", "1 findings, no procedure."]


def test_json_is_a_list_with_exactly_these_keys() -> None:
    listed = json.loads(report("json", [ODD], FILES, None, "x/"))
    assert [list(problem) for problem in listed] == [
        ["code", "severity", "file", "line", "column", "message", "help", "only_with"]
    ]
    assert json.loads(report("json", [], FILES, None, "x/")) == []


def test_github_gets_one_command_a_line_with_everything_escaped() -> None:
    first, last = report("github", [ODD], FILES, None, "x/").splitlines()
    assert first == "::error file=x/a%2C b%3Ac.yaml,line=2,col=3,title=wrong-type::100 %25 wrong:%0Ahere Mend it."
    assert last == "1 findings, no procedure."


def many_findings() -> list[Problem]:
    return [p for page in NAMES if page.at for p in findings(example(page, page.wrong))[1]]


def test_sarif_has_what_the_standard_asks_for() -> None:
    """The required members and bounds of the OASIS schema for the parts that are used."""
    problems = [*many_findings(), ODD]
    log = json.loads(json.dumps(sarif(problems, "défs/")))
    assert set(log) == {"$schema", "version", "runs"}
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert set(run) <= {"tool", "columnKind", "results"}
    assert run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
    driver = run["tool"]["driver"]
    assert driver["name"]
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(ids) == len(set(ids)), "rules are unique"
    assert all(
        set(rule) <= {"id", "shortDescription", "fullDescription", "defaultConfiguration"} for rule in driver["rules"]
    )
    assert len(run["results"]) == len(problems)
    for result in run["results"]:
        assert_result(result, ids)


def assert_result(result: dict[str, Any], ids: list[str]) -> None:
    assert set(result) == {"ruleId", "ruleIndex", "level", "message", "locations"}
    assert ids[result["ruleIndex"]] == result["ruleId"]
    assert result["level"] in ("none", "note", "warning", "error")
    assert result["message"]["text"]
    (location,) = result["locations"]
    place = location["physicalLocation"]
    assert set(place) == {"artifactLocation", "region"}
    uri = place["artifactLocation"]["uri"]
    assert uri.startswith("d%C3%A9fs/")
    assert uri.isascii()
    assert not set(' ,:"<>') & set(uri)
    assert set(place["region"]) == {"startLine", "startColumn"}
    assert all(isinstance(number, int) and number >= 1 for number in place["region"].values())


@pytest.mark.parametrize("format_", get_args(Format))
def test_without_findings_every_format_is_well_formed(format_: Format) -> None:
    definition, problems = findings({name: text.encode() for name, text in BASE.items()})
    said = report(format_, problems, {}, definition, "x/")
    if format_ in ("json", "sarif"):
        json.loads(said)
    else:
        assert said == "0 findings, 2 SOPs."


def test_nothing_in_a_file_can_command_the_terminal() -> None:
    nasty = b"title: \x1b[31mred\x1b[0m \xe2\x80\xaeback\tx\n"
    problem = Problem(code="hidden-character", file="a.yaml", line=1, column=8, message="There.")
    shown_ = report("full", [problem], {"a.yaml": nasty}, None, "")
    assert all(c.isprintable() or c == "\n" for c in shown_)
    assert "  | title: \ufffd[31mred\ufffd[0m \ufffdback x\n  |        ^" in shown_
    assert "\x1b" not in difference({"a.yaml": nasty}, {"a.yaml": b"title: red\n"})


def test_a_mend_names_what_nobody_can_see() -> None:
    mend = Mend(file="a.yaml", line=2, code="hidden-character", start=1, end=2, was="\u200b", now="")
    assert mended_text(mend) == "a.yaml:2 hidden-character: ‘<U+200B>’ is now ‘nothing’."


def test_a_difference_shows_the_lines_that_change_and_no_others() -> None:
    after = {"a.yaml": b"one\nthree\n", "b.yaml": b"x\n"}
    shown = difference({"a.yaml": b"one\ntwo\n", "b.yaml": b"x\n"}, after)
    assert shown.splitlines() == ["--- a.yaml", "+++ a.yaml", "@@ -1,3 +1,3 @@", " one", "-two", "+three", " "]
    assert difference(after, after) == ""
