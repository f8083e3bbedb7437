"""docs/clocks.md says what is law, what is our default, which holidays and which rules count: the definitions agree."""

import re
from datetime import date
from pathlib import Path

from ruamel.yaml import YAML

from cli.folders import SHIPPED
from sop.calendars import Calendar
from sop.durations import Duration
from sop.procedure import Procedure

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "clocks.md").read_text()
OVERLAYS = {path.name: path.read_text() for path in sorted((SHIPPED / "trm" / "overlays").glob("*.yaml"))}


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


def test_the_base_knows_no_holidays_as_the_page_says(shipped: Procedure) -> None:
    assert not any(calendar.holidays for calendar in shipped.definition.head.calendars.values())
    assert "The base knows no holidays" in PAGE


def test_the_example_of_a_calendar_is_one(shipped: Procedure) -> None:
    example = re.search(r"^  AT: (\{zone: (\S+), holidays: .*\})$", PAGE, re.MULTILINE)
    assert example
    assert example[2] == shipped.definition.head.calendars["AT"].zone
    assert Calendar.model_validate(YAML(typ="safe", pure=True).load(example[1])).knows(date(2027, 1, 6))


def test_the_example_of_a_rule_is_that_of_germany() -> None:
    block = PAGE.split("```yaml\ncounting-rules:\n")[1].split("```")[0]
    assert block in (SHIPPED / "trm" / "overlays" / "de.yaml").read_text()
    others = [name for name, text in OVERLAYS.items() if "counting-rules:" in text]
    assert others == ["at.yaml", "de.yaml"]
    assert "Austria and Germany count by their own acts" in PAGE
