"""The queues at the door: lines with their law, cursors of their own, and figures that point at nobody."""

import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree

import httpx
import pytest

from api.app import create_app
from api.parts import Parts
from api.sheets import csv_of, xlsx_of
from api.summary_views import hide, hide_total, table_of
from store.places import written
from store.queues import OwedClock
from store.summary import MEASURES, Figure, Stay

Clients = Callable[[str], httpx.AsyncClient]


def a_line(paper, case_id: str, **changes: object) -> OwedClock:
    fields = {
        "case_id": case_id,
        "country": "RS",
        "procedure_hash": next(iter(paper.cases.values())).procedure,
        "responsible": "demo-case_manager",
        "clock": "identification.decision",
        "sop": "identification",
        "kind": "deadline",
        "statutory": True,
        "anchor": paper.now - timedelta(days=40),
        "due": paper.now - timedelta(days=2),
        "missed_at": None,
        "owes": ("case_manager",),
        "partner": False,
        "counterpart": None,
        "told": ({"role": "supervisor", "what": "missed", "at": paper.now, "status": "waiting"},),
    }
    return OwedClock.model_validate(fields | changes)


@pytest.fixture
def filled(paper, parts: Parts, case_id: str) -> Parts:
    """A door behind which one clock is overdue, of two that there are."""
    lines = [a_line(paper, case_id, clock=f"identification.{name}") for name in ("decision", "gone")]

    async def clocks(*asked: object, limit: int = 50, after: object = None, **_: object) -> list[OwedClock]:
        return [line for line in lines if after is None or line.place > after][:limit]  # type: ignore[operator]

    parts.queues.clocks = clocks  # type: ignore[method-assign]
    return parts


async def test_a_line_says_what_is_owed_by_whose_law_by_whom_and_what_can_be_done(filled, door, case_id) -> None:
    answer = await door.get("/v1/supervision/overdue")
    assert answer.status_code == 200, answer.text
    line = answer.json()["clocks"][0]
    assert (line["case"], line["title"], line["sop_title"]) == (case_id, "Decision", "Identification")
    assert line["overdue_since"] == line["due"]
    assert (line["statutory"], line["legal"], line["default"], line["source"]["law"]) == (True, True, False, "A law")
    assert line["owed_by"] == [{"role": "case_manager", "title": "Case manager"}]
    assert [(one["title"], one["what"], one["status"]) for one in line["told"]] == [("Supervisor", "missed", "waiting")]
    actions = [(action["call"], action["name"], action["yours"]) for action in line["actions"]]
    assert actions == [
        ("take_transition", "identification.identify", True),
        ("take_transition", "identification.refuse", True),
        ("correct_clock", "identification.decision", True),
        ("nudge", "identification.decision", True),
        ("escalate", "identification.decision", True),
        ("offer_case", None, True),
        ("reassign_case", None, False),
        ("comment", None, True),
    ], "what is over is neither extended nor paused"


async def test_what_the_list_allows_the_door_does(filled, door, case_id) -> None:
    begun = await door.post(f"/v1/cases/{case_id}/identification/transitions/start", json={})
    assert begun.status_code == 200, begun.text
    line = (await door.get("/v1/supervision/overdue")).json()["clocks"][0]
    allowed = {action["call"]: action["name"] for action in line["actions"]}
    paths = {"nudge": "nudge", "escalate": "escalate", "comment": "comments"}
    bodies = {"comment": {"text": "Seen."}}
    for call, path in paths.items():
        body = bodies.get(call, {"clock": allowed[call]})
        answer = await door.post(f"/v1/cases/{case_id}/{path}", json=body)
        assert answer.status_code == 200, (call, answer.text)


async def test_what_is_still_ahead_can_be_extended_by_the_authority(filled, door, parts, paper, case_id) -> None:
    ahead = a_line(paper, case_id, due=paper.now + timedelta(days=2))

    async def clocks(*_: object, **__: object) -> list[OwedClock]:
        return [ahead]

    parts.queues.clocks = clocks  # type: ignore[method-assign]
    (line,) = (await door.get("/v1/supervision/due-soon")).json()["clocks"]
    assert ("mind_clock", "extend", ["case_manager"]) in [
        (one["call"], one["name"], one["roles"]) for one in line["actions"]
    ]


async def test_every_action_is_a_call_of_this_door(filled, door, parts: Parts) -> None:
    known = {
        operation["operationId"]
        for path in create_app(parts).openapi()["paths"].values()
        for operation in path.values()
    }
    for path in ("overdue", "due-soon"):
        for line in (await door.get(f"/v1/supervision/{path}")).json()["clocks"]:
            assert {action["call"] for action in line["actions"]} <= known
    assert {"readyz", "read_timeline", "repair_case", "make_plan", "tell_event"} <= known


async def test_what_a_newer_version_does_not_have_is_still_listed(filled, door) -> None:
    line = (await door.get("/v1/supervision/overdue")).json()["clocks"][1]
    assert (line["title"], line["source"], line["legal"], line["actions"]) == ("identification.gone", None, False, [])


async def test_pages_go_on_with_a_cursor_of_this_very_list(filled, door) -> None:
    first = (await door.get("/v1/supervision/overdue?limit=1")).json()
    second = (await door.get("/v1/supervision/overdue", params={"limit": 1, "cursor": first["cursor"]})).json()
    assert [page["clocks"][0]["clock"] for page in (first, second)] == [
        "identification.decision",
        "identification.gone",
    ]
    assert second["cursor"] is None
    for path in ("/v1/supervision/due-soon", "/v1/supervision/stuck", "/v1/supervision/unassigned", "/v1/cases"):
        answer = await door.get(path, params={"cursor": first["cursor"]})
        assert (answer.status_code, answer.json()["where"]) == (422, [{"at": "query.cursor", "rule": "foreign"}]), path


@pytest.mark.parametrize("place", [(), (1, 2, 3, 4), (True, "2026", "x", "y"), ("technical",)])
async def test_a_cursor_with_strange_parts_is_no_cursor(door, place: tuple[object, ...]) -> None:
    answer = await door.get("/v1/supervision/overdue", params={"cursor": written("overdue", place)})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "query", ["kind=other", "limit=0", "limit=201", "country=rs", "sop=A", "sort=due", "statutory=so"]
)
async def test_a_question_that_does_not_fit_is_told_where(door, query: str) -> None:
    for path in ("overdue", "stuck", "unassigned", "summary"):
        assert (await door.get(f"/v1/supervision/{path}?{query}")).status_code in (200, 422)
    assert (await door.get(f"/v1/supervision/stuck?{query}")).status_code == 422


async def test_an_engine_that_is_away_is_said_to_be(parts: Parts, door) -> None:
    from workflows.trouble import NOT_ASKED

    async def away(_: object = ()) -> object:
        return NOT_ASKED

    parts.engine.look = away  # type: ignore[method-assign,assignment]
    found = (await door.get("/v1/supervision/stuck")).json()
    assert found["engine"] == {"asked": False, "workers": None, "more": False}
    assert (await door.get("/v1/supervision/stuck?kind=idle")).json()["engine"] is None


# Figures


def figures(**counts: dict[str, int]) -> list[Figure]:
    """Figures of one measure by country, and their total."""
    found = []
    for measure, by_country in counts.items():
        found += [Figure(by="country", name=name, measure=measure, count=n) for name, n in by_country.items()]  # type: ignore[arg-type]
        found.append(Figure(by="all", name="", measure=measure, count=sum(by_country.values())))  # type: ignore[arg-type]
    return found


def hidden(counts: dict[str, int], smallest: int = 5) -> tuple[dict[str, int | None], int | None]:
    """What is shown of a column, and of its total."""
    made = figures(open=counts)
    table, total = table_of(made, "country"), table_of(made, "all")[""]
    shown_total = hide_total([table], total, smallest)
    return {name: row["open"] for name, row in hide(table, shown_total, smallest).items()}, shown_total["open"]


def test_a_small_figure_is_hidden_and_so_is_what_gives_it_away() -> None:
    assert hidden({"RS": 40, "RO": 3, "BG": 12}) == ({"RS": 40, "RO": None, "BG": None}, 55)
    assert hidden({"RS": 40, "RO": 3, "BG": 4}) == ({"RS": 40, "RO": None, "BG": None}, 47)
    assert hidden({"RS": 40, "RO": 1, "BG": 1, "MK": 9}) == ({"RS": 40, "RO": None, "BG": None, "MK": None}, 51)
    assert hidden({"RS": 40, "RO": 0, "BG": 12}) == ({"RS": 40, "RO": 0, "BG": 12}, 52)
    assert hidden({"RS": 3}) == ({"RS": None}, None)
    assert hidden({"RS": 1, "RO": 3}) == ({"RS": None, "RO": None}, None)


def test_no_hidden_figure_follows_from_the_others_and_the_total() -> None:
    """Every table of up to four countries with figures to eight: the hidden ones can be other figures too."""
    from itertools import product

    for counts in product((0, 1, 2, 4, 5, 8), repeat=4):
        shown, total = hidden(dict(zip("ABCD", counts, strict=True)))
        lost = [name for name, figure in shown.items() if figure is None]
        if not lost or total is None:
            continue
        left = total - sum(figure for figure in shown.values() if figure is not None)
        assert len(lost) >= 2, counts
        assert left >= 5, counts


def test_a_text_like_a_formula_stays_a_text() -> None:
    rows = [("Name", "Count"), *((text, -3) for text in ("=1+1", "+1", "-1", "@sum", "\tx", "plain"))]
    read = list(csv.reader(io.StringIO(csv_of(rows).decode("utf-8-sig"))))
    assert [row[0] for row in read[1:]] == ["'=1+1", "'+1", "'-1", "'@sum", "'\tx", "plain"]
    assert {row[1] for row in read[1:]} == {"-3"}, "a number stays a number"
    with zipfile.ZipFile(io.BytesIO(xlsx_of([("A & B", rows)]))) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
        for name in book.namelist():
            ElementTree.fromstring(book.read(name))
    space = {"s": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    cells = sheet.findall(".//s:c", space)
    assert not sheet.findall(".//s:f", space)
    assert [cell.get("t") for cell in cells[2:4]] == ["inlineStr", None]
    assert cells[2].findtext("s:is/s:t", namespaces=space) == "=1+1"
    assert cells[3].findtext("s:v", namespaces=space) == "-3"


@pytest.fixture
def counted(paper, parts: Parts) -> Parts:
    """A door with figures behind it."""

    async def all_figures(*_: object, **__: object) -> list[Figure]:
        sops = [Figure(by="sop", name="identification", measure="open", count=55)]
        person = [Figure(by="responsible", name="=cmd", measure="open", count=55)]
        return [*figures(open={"RS": 40, "RO": 3, "BG": 12}, overdue_statutory={"RS": 7}), *sops, *person]

    async def stays(**_: object) -> list[Stay]:
        old, older = paper.now - timedelta(days=3), paper.now - timedelta(days=9.5)
        said = {"sop": "identification", "median_since": old, "p90_since": older}
        return [Stay(state="screening", count=9, **said), Stay(state="referred", count=4, **said)]  # type: ignore[arg-type]

    parts.summaries.figures, parts.summaries.stays = all_figures, stays  # type: ignore[method-assign,assignment]
    return parts


async def test_a_summary_has_every_figure_by_country_sop_and_person(counted, door) -> None:
    found = (await door.get("/v1/supervision/summary")).json()
    assert found["smallest"] is None
    assert {row["name"]: row["open"] for row in found["by_country"]} == {"RS": 40, "RO": 3, "BG": 12}
    assert found["by_sop"][0]["title"] == "Identification"
    assert set(MEASURES) <= set(found["total"])
    assert [(one["state_title"], one["median_days"], one["p90_days"]) for one in found["stays"]] == [
        ("Being screened", 3.0, 9.5),
        ("Referred", 3.0, 9.5),
    ]


async def test_who_sees_figures_only_gets_no_small_one_no_person_and_no_line(
    counted: Parts, client_as: Clients
) -> None:
    app = create_app(replace(counted, numbers_only=frozenset({"coordinator"})))
    token = client_as("coordinator").headers["authorization"]
    transport = httpx.ASGITransport(app, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://door", headers={"Authorization": token}) as one:
        found = (await one.get("/v1/supervision/summary")).json()
        assert (found["smallest"], found["by_responsible"]) == (5, [])
        assert {row["name"]: row["open"] for row in found["by_country"]} == {"RS": 40, "RO": None, "BG": None}
        assert [(stay["count"], stay["median_days"]) for stay in found["stays"]] == [(9, 3.0), (None, None)]
        assert "3" not in (await one.get("/v1/supervision/summary?format=csv")).text.split("RO,RO,")[1].split(",")[0]
        for path in ("overdue", "stuck", "due-soon", "abroad", "unassigned", "summary?responsible=me"):
            answer = await one.get(f"/v1/supervision/{path}")
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), path


async def test_the_same_figures_come_as_csv_xlsx_picture_and_page(counted, door) -> None:
    text = (await door.get("/v1/supervision/summary", headers={"Accept": "text/csv"})).content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0][:4] == ["Group", "Name", "Title", "Open"]
    assert ["Country", "RO", "RO", "3"] in [row[:4] for row in rows]
    assert ["Responsible", "'=cmd", "'=cmd", "55"] in [row[:4] for row in rows]
    stays = (await door.get("/v1/supervision/summary?format=csv&table=stays")).text
    assert "Being screened,9,3.0,9.5" in stays
    book = await door.get("/v1/supervision/summary?format=xlsx")
    assert zipfile.ZipFile(io.BytesIO(book.content)).testzip() is None
    svg = await door.get("/v1/supervision/summary?format=svg")
    assert svg.headers["content-type"].startswith("image/svg+xml")
    drawn = ElementTree.fromstring(svg.text)
    assert {"40", "3", "12", "7"} <= {text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")}
    page = (await door.get("/v1/supervision/summary?format=html")).text
    assert "<svg" in page
    assert "<td>RO</td><td>3</td>" in page
    assert (await door.get("/v1/supervision/summary", headers={"Accept": "*/*"})).json()["total"]["open"] == 55
