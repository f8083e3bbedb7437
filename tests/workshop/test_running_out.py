"""Calendars that soon list no more holidays are told in time, and no others."""

from datetime import date

import pytest

from cli.folders import SHIPPED, files_of
from sop.loader import found_of
from sop.problems import Problem
from workshop.running_out import running_out

FILES = files_of(SHIPPED / "trm")


def told(overlay: str, today: date, *changes: tuple[bytes, bytes]) -> list[Problem]:
    name = f"overlays/{overlay}.yaml"
    content = FILES[name]
    for old, new in changes:
        assert old in content
        content = content.replace(old, new)
    found = found_of(FILES | {name: content}, overlay)
    assert found.definition is not None, found.problems
    return list(running_out(found.definition, found.trees, today))


def test_a_calendar_that_reaches_far_enough_is_left_alone() -> None:
    assert told("rs", date(2026, 3, 2)) == []


def test_less_than_two_years_ahead_is_told_in_the_overlay_at_its_line() -> None:
    (problem,) = told("rs", date(2034, 6, 1))
    assert (problem.code, problem.severity, problem.file) == ("calendar-runs-out", "warning", "overlays/rs.yaml")
    assert problem.message == "The holidays of RS are listed until 2035, less than two years ahead."
    assert FILES["overlays/rs.yaml"].decode().splitlines()[problem.line - 1].strip().startswith("covers:")


def test_a_clock_that_can_reach_beyond_is_named() -> None:
    (problem,) = told("es", date(2031, 6, 1))
    assert problem.message == "The holidays of ES are listed until 2035; ‘Residence permit’ can reach beyond."
    assert told("rs", date(2031, 6, 1)) == [], "no clock of Serbia reaches five years"


def test_the_parts_of_a_country_are_told_with_their_country() -> None:
    assert len(told("de", date(2034, 6, 1))) == 1


@pytest.mark.parametrize("years", [b"", b"  covers: {from: 2026, until: 2027}\n"])
def test_a_calendar_that_names_no_years_says_nothing_and_one_that_does_is_held_to_them(years: bytes) -> None:
    found = told("rs", date(2026, 3, 2), (b"  covers: {from: 2026, until: 2035}\n", years))
    assert [problem.code for problem in found] == (["calendar-runs-out"] if years else [])
