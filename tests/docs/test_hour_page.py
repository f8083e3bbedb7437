"""The coordinator's hour, run as the page tells it; afterwards every case is on its right version and its clocks are right."""

from pathlib import Path

import psycopg
import pytest

from cli.folders import SHIPPED, files_of
from runtime.settings import Settings
from sop.counting import REGULATION, end_of
from sop.durations import Duration
from sop.loader import load

PAGE = Path(__file__).resolve().parents[2] / "docs" / "coordinators_hour.md"
NEW = "1.0+permit.1+rs.2"
_CASES = """
SELECT c.country, c.procedure_version, c.seq,
       (SELECT count(*) FROM entries e WHERE e.case_id = c.case_id),
       (SELECT count(*) FROM entries e, jsonb_array_elements(e.events) v
        WHERE e.case_id = c.case_id AND v->>'kind' = 'procedure_adopted'),
       k.anchor, k.due
FROM cases c LEFT JOIN clocks k ON k.case_id = c.case_id AND k.clock = 'identification.reflection'
"""


@pytest.mark.system
@pytest.mark.timeout(900)  # a thousand cases
def test_the_hour_is_true_and_leaves_every_case_right(teller, running: dict[str, str]) -> None:
    teller.whole(PAGE, **running)
    settings = Settings(data_dir=Path(running["CASEWAY_DATA_DIR"]), port=int(running["CASEWAY_PORT"]))
    with psycopg.connect(settings.database) as database:
        cases = database.execute(_CASES).fetchall()
    calendar = load(files_of(SHIPPED / "trm"), "rs").head.calendars["RS"]
    days = {country: {row[1:5] for row in cases if row[0] == country} for country in ("RS", "AT")}
    assert {(version, moved) for version, _, _, moved in days["RS"]} == {(NEW, 1)}
    assert {moved for _, _, _, moved in days["AT"]} == {0}
    assert all(seq == lines for rows in days.values() for _, seq, lines, _ in rows), "no gap in the ledger"
    running_in = {country: [row[5:] for row in cases if row[0] == country and row[5]] for country in ("RS", "AT")}
    assert (len(cases), len(running_in["RS"]), len(running_in["AT"])) == (1020, 400, 10)
    length = Duration.parse("120 days")
    assert [due for anchor, due in running_in["RS"] if due != end_of(anchor, length, calendar, REGULATION)] == []
    assert all(30 <= (due - anchor).days <= 33 for anchor, due in running_in["AT"])
