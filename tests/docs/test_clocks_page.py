"""docs/clocks.md says what is law, what is our default, and that no holiday is filled in yet: the definitions agree."""

import re
from pathlib import Path

from sop.durations import Duration
from sop.procedure import Procedure

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "clocks.md").read_text()


def test_no_default_of_ours_is_shown_as_law(shipped: Procedure) -> None:
    for name, clock in shipped.clocks.items():
        if clock.statutory:
            assert clock.source is not None, name
            assert clock.source.evidence != "D", name
            assert clock.source.law, name


def test_the_floor_of_reflection_is_law_and_the_naming_of_a_case_manager_is_ours(shipped: Procedure) -> None:
    reflection = shipped.clocks["identification.reflection"]
    assert reflection.statutory
    assert reflection.length.floor == Duration(days=30)
    assert reflection.source is not None
    assert reflection.source.law in PAGE.replace("\n", " ")
    naming = shipped.clocks["identification.case_manager_due"]
    assert naming.length.usual == Duration.parse("24 hours")
    assert naming.source is not None
    assert naming.source.evidence == "D"


def test_the_page_says_whether_holidays_are_filled_in(shipped: Procedure) -> None:
    empty = not any(calendar.holidays for calendar in shipped.definition.head.calendars.values())
    assert empty is ("Public holidays are not filled in yet" in PAGE)


def test_the_example_of_a_calendar_is_one(shipped: Procedure) -> None:
    example = re.search(r"^  AT: \{zone: (\S+), holidays: \[(.*)\]\}$", PAGE, re.MULTILINE)
    assert example
    assert example[1] == shipped.definition.head.calendars["AT"].zone
