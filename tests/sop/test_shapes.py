"""Values are changed by copies that pydantic itself could have made."""

from datetime import UTC, datetime

import pytest
from pydantic import BaseModel, ValidationError

from sop.case import ClockRun, MeasureRecord, Rung, SopStanding
from sop.decision import Refused
from sop.durations import Duration
from sop.events import ClockMet
from sop.shapes import Value, made

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def run() -> ClockRun:
    return ClockRun(run=1, status="running", anchor=NOW, budget=Duration(days=3), due=None, armed_at=NOW)


@pytest.mark.parametrize("update", [{"due": NOW}, {"due": NOW, "status": "met"}, {"sent": (1, 2)}, {}, None])
def test_a_changed_copy_is_the_one_that_pydantic_makes(run: ClockRun, update: dict[str, object] | None) -> None:
    ours, theirs = run.model_copy(update=update), BaseModel.model_copy(run, update=update)
    assert ours == theirs
    assert ours.model_fields_set == theirs.model_fields_set
    assert ours.model_dump_json() == theirs.model_dump_json()
    assert ours.model_dump_json(exclude_unset=True) == theirs.model_dump_json(exclude_unset=True)
    assert ClockRun.model_validate_json(ours.model_dump_json()) == ours
    assert repr(ours) == repr(theirs)


def test_the_original_stays_as_it_was_and_the_copy_cannot_be_changed(run: ClockRun) -> None:
    copied = run.model_copy(update={"status": "met"})
    assert run.status == "running"
    assert run.model_copy(deep=True) == run
    with pytest.raises(ValidationError):
        copied.status = "running"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("shape", "parts"),
    [
        (SopStanding, {"state": "presumed", "since": NOW, "open": True}),
        (Rung, {"kind": "end", "at": NOW}),
        (MeasureRecord, {"by": "x", "number": 1, "status": "done", "at": NOW, "fields": {"a": ("b",)}}),
        (ClockMet, {"clock": "a.b", "late": False}),
        (Refused, {"code": "stale", "reasons": ()}),
    ],
)
def test_a_value_made_of_parts_is_the_one_that_is_checked(shape: type[Value], parts: dict[str, object]) -> None:
    ours, theirs = made(shape, **parts), shape(**parts)
    assert ours == theirs
    assert ours.model_fields_set == theirs.model_fields_set
    assert ours.model_dump_json() == theirs.model_dump_json()
    assert ours.model_dump_json(exclude_unset=True) == theirs.model_dump_json(exclude_unset=True)
    assert repr(ours) == repr(theirs)
