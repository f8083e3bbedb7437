"""Whether the law's time was kept: figures in every form, small ones hidden from those who see figures only."""

import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest

from api.app import create_app
from api.parts import Parts
from store.compliance import Answers, LawOutcome
from store.summary import FinishedStay

Clients = Callable[[str], httpx.AsyncClient]
PATH = "/v1/supervision/compliance"


@pytest.fixture
def asked(parts: Parts) -> list[tuple[Any, ...]]:
    """For which times the figures were asked; behind the door there are some."""
    spans: list[tuple[Any, ...]] = []

    async def of_law(*span: Any, **_: object) -> list[LawOutcome]:
        spans.append(span[1:])
        clock = "identification.decision"
        return [
            LawOutcome(cohort="2026-01", clock=clock, in_time=30, late=5, overdue=5, running=8),
            LawOutcome(cohort="2026-02", clock=clock, in_time=30, late=2, overdue=0, running=8),
            LawOutcome(cohort="2026-03", clock="=gone", in_time=0, late=0, overdue=1, running=0),
        ]

    async def answers(*_: object, **__: object) -> list[Answers]:
        return [Answers(counterpart="", in_time=0, late=0, overdue=0, running=7)]

    parts.compliance.of_law, parts.compliance.answers = of_law, answers  # type: ignore[method-assign]
    return spans


async def test_the_law_is_told_by_month_and_answers_by_country(asked, door) -> None:
    found = (await door.get(PATH)).json()
    assert (found["since"], found["until"], found["smallest"]) == ("2025-04", "2026-03", None)
    assert asked == [(datetime(2025, 4, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))]
    first, _, third = found["law"]
    assert (first["title"], first["count"], first["share"]) == ("Decision", 48, 0.75)
    assert (third["title"], third["share"]) == ("=gone", 0.0)
    assert [(one["counterpart"], one["running"], one["share"]) for one in found["answers"]] == [("", 7, None)]


async def test_it_comes_as_csv_xlsx_picture_and_page(asked, door) -> None:
    text = (await door.get(PATH, headers={"Accept": "text/csv"})).content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[1] == ["2026-01", "Decision", "48", "30", "5", "5", "8", "0.75"]
    assert rows[3][1] == "'=gone"
    assert "not recorded,7,0,0,0,7," in (await door.get(f"{PATH}?format=csv&table=answers")).text
    book = await door.get(f"{PATH}?format=xlsx")
    assert zipfile.ZipFile(io.BytesIO(book.content)).testzip() is None
    drawn = ElementTree.fromstring((await door.get(f"{PATH}?format=svg")).text)
    assert {"30", "10"} <= {text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")}
    assert not [text.text for text in drawn.iter() if "(-" in (text.text or "")], (
        "late is no change of what was in time"
    )
    page = (await door.get(f"{PATH}?format=html")).text
    assert "<svg" in page
    assert "<td>2026-01</td><td>Decision</td><td>48</td>" in page


async def test_who_sees_figures_only_gets_no_small_one(asked, parts: Parts, client_as: Clients) -> None:
    token = client_as("coordinator").headers["authorization"]
    for numbers_only, expected in (
        (frozenset(), [(48, 30, 0.75), (40, 30, 0.938), (1, 0, 0.0)]),
        (frozenset({"coordinator"}), [(48, 30, 0.75), (40, None, None), (None, None, None)]),
    ):
        app = create_app(replace(parts, numbers_only=numbers_only))
        transport = httpx.ASGITransport(app, raise_app_exceptions=True)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://door", headers={"Authorization": token}
        ) as one:
            found = (await one.get(PATH)).json()["law"]
            assert [(row["count"], row["in_time"], row["share"]) for row in found] == expected


@pytest.mark.parametrize("query", ["since=2026-13", "since=2026-05&until=2026-04", "since=2001-01", "month=1"])
async def test_a_time_that_does_not_fit_is_refused(door, query: str) -> None:
    answer = await door.get(f"{PATH}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


async def test_how_long_it_took_is_told_in_days_and_small_counts_are_hidden(parts: Parts, client_as: Clients) -> None:
    asked: list[tuple[Any, ...]] = []

    async def finished_stays(*span: Any, **_: object) -> list[FinishedStay]:
        asked.append(span)
        lasted = {"sop": "identification", "median": timedelta(days=2), "p90": timedelta(days=9.5)}
        return [FinishedStay(state=state, count=count, **lasted) for state, count in (("screening", 9), ("gone", 4))]  # type: ignore[arg-type]

    parts.summaries.finished_stays = finished_stays  # type: ignore[method-assign]
    whole = client_as("coordinator")
    found = (await whole.get("/v1/supervision/stays")).json()["stays"]
    assert [(one["state_title"], one["count"], one["p90_days"]) for one in found] == [
        ("Being screened", 9, 9.5),
        ("gone", 4, 9.5),
    ]
    assert asked == [(datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))]
    assert "Being screened,9,2.0,9.5" in (await whole.get("/v1/supervision/stays?format=csv")).text
    assert "<svg" in (await whole.get("/v1/supervision/stays?format=html")).text
    app = create_app(replace(parts, numbers_only=frozenset({"coordinator"})))
    transport = httpx.ASGITransport(app, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://door", headers=whole.headers) as one:
        found = (await one.get("/v1/supervision/stays")).json()["stays"]
        assert [(stay["count"], stay["median_days"]) for stay in found] == [(9, 2.0), (None, None)]
