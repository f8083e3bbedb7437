"""docs/post.md says what the post does: its mail, its numbers, its settings, its languages and its codes are those of the code."""

import ast
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from post import addressing, calendar, delivering
from post.letters import letter
from post.texts import languages
from runtime.settings import Settings
from sop import due_days
from sop.procedure import Procedure
from store import deliveries, endpoints
from store.deliveries import Carried
from store.people import Person

PROJECT = Path(__file__).resolve().parents[2]
PAGE = (PROJECT / "docs" / "post.md").read_text()
CASE = "7QK3M0V8X2T"


async def test_the_mail_of_the_page_is_what_is_sent(shipped: Procedure) -> None:
    def about(what: str, clock: str, due: datetime) -> Carried:
        return Carried(
            case_id=CASE, seq=12, what=what, about=clock, due=due, at=due, country="AT", procedure_hash=shipped.hash,
            clock_runs=True,
        )  # fmt: skip

    async def procedure(hash: str) -> Procedure:
        return shipped

    message = await letter(
        id="x",
        person=Person(id="anna", roles=("case_manager",), countries=("AT",)),
        to="anna@office.invalid",
        sender="caseway@office.invalid",
        carried=[
            about("reminder", "identification.reflection", datetime(2026, 4, 1, 22, tzinfo=UTC)),
            about("missed", "identification.early_risk_due", datetime(2026, 3, 2, 23, tzinfo=UTC)),
        ],
        work=[],
        digest=False,
        procedure=procedure,
        url="https://caseway.invalid",
        now=datetime(2026, 3, 3, 8, tzinfo=UTC),
    )
    assert message is not None
    body = message.get_body(("plain",))
    assert body is not None
    (block,) = re.findall(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert block == body.get_content()


def test_the_settings_of_the_page_are_those_that_there_are() -> None:
    rows = dict(re.findall(r"^\| `CASEWAY_(\w+)` \| (\S+) \|", PAGE, re.MULTILINE))
    fields = Settings.model_fields
    names = [name for name in fields if name.startswith("smtp_")] + ["public_url", "webhooks_private"]
    assert {name.upper() for name in names} == rows.keys()
    for name in names:
        default = fields[name].default
        shown = "none" if default is None else f"`{str(default).lower()}`"
        assert rows[name.upper()] == shown, name


def test_the_numbers_of_the_page_are_those_of_the_code() -> None:
    assert timedelta(seconds=60) == addressing.GATHER
    assert timedelta(seconds=30) == delivering.FIRST_PAUSE
    assert timedelta(hours=6) == delivering.LONGEST_PAUSE
    assert delivering.MOST_TRIES == 20
    assert endpoints.MOST_FAILURES == 20
    assert timedelta(hours=24) == endpoints.ROTATION
    assert timedelta(minutes=2) == deliveries.LEASE
    assert timedelta(days=2) == calendar.WARNED_BEFORE
    assert due_days.SOON == 5
    for said in ("within 60 seconds", "after 30 seconds", "at most 6 hours", "After 20 tries", "After 20 failed calls"):
        assert said in PAGE
    for said in (
        "2 minutes later",
        "for 24 hours",
        "an alarm 2 days before",
        "within\n  5 working days",
        "within\n   7 days",
    ):
        assert said in PAGE
    assert "interval '7 days'" in (PROJECT / "store" / "people.py").read_text()


def test_the_languages_of_the_page_are_those_that_there_are() -> None:
    (line,) = re.findall(r"^Languages: (.*)\.$", PAGE, re.MULTILINE)
    assert tuple(re.findall(r"`([\w-]+)`", line)) == languages()


def test_the_codes_of_the_page_are_those_that_there_are() -> None:
    told = set(re.findall(r"`((?:smtp|http|private|url|endpoint|no|person|procedure|internal)\w*)`", PAGE))
    codes = set()
    for path in (PROJECT / "post").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Undelivered":
                codes |= {one.value for one in node.args if isinstance(one, ast.Constant)}
    assert len(codes) > 8
    assert codes | {"person_removed"} <= told
