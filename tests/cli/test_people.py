"""`caseway people` and `caseway post`: who is told and how, what is dead, and every mistake in a sentence."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.folders import SHIPPED, files_of
from cli.main import app
from cli.publish import demo_person, publish, users_of
from runtime.settings import Keys
from sop.loader import load
from store.database import Database
from store.people import People
from store.procedures import Procedures

pytestmark = pytest.mark.system
ANNA = ("--role", "case_manager", "--country", "AT", "--address", "anna@staff.invalid")


@pytest.fixture
def caseway(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The command with its exit code, over a database of its own."""
    Keys(tmp_path).make()
    monkeypatch.setenv("CASEWAY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CASEWAY_DATABASE_URL", database_url)

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, list(arguments))
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    return run


def listed(caseway) -> list[dict]:
    code, said = caseway("people", "list", "--format", "json", "--addresses")
    assert code == 0
    return json.loads(said)


def test_somebody_is_entered_changed_and_removed(caseway):
    assert caseway("people", "add", "anna", *ANNA, "--quiet", "20:00-07:00", "--digest", "08:30") == (0, "")
    assert listed(caseway) == [
        {
            "id": "anna",
            "roles": ["case_manager"],
            "countries": ["AT"],
            "language": "en",
            "address": "anna@staff.invalid",
            "zone": "Europe/Vienna",
            "quiet": "20:00-07:00",
            "digest": "08:30",
        }
    ]
    assert caseway("people", "change", "anna", "--digest", "none", "--quiet", "none", "--language", "bs") == (0, "")
    (anna,) = listed(caseway)
    assert (anna["digest"], anna["quiet"], anna["language"], anna["roles"]) == (None, None, "bs", ["case_manager"])
    assert caseway("people", "change", "anna", "--address", "none") == (0, "")
    assert listed(caseway)[0]["address"] is None
    assert caseway("people", "remove", "anna") == (0, "")
    assert listed(caseway) == []


def test_addresses_are_shown_only_when_asked_for(caseway):
    caseway("people", "add", "anna", *ANNA)
    for arguments in ((), ("--format", "json")):
        code, said = caseway("people", "list", *arguments)
        assert code == 0
        assert "anna" in said
        assert "staff.invalid" not in said


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("people", "add", "anna", *ANNA), 1, "already there"),
        (("people", "add", "bert"), 1, "roles"),
        (("people", "add", "bert", "--role", "case_manager", "--country", "Austria"), 1, "countries"),
        (("people", "add", "no id", *ANNA), 1, "id"),
        (("people", "change", "anna", "--quiet", "evening"), 2, "20:00-07:00"),
        (("people", "change", "anna", "--quiet", "25:00-26:00"), 1, "quiet_from"),
        (("people", "change", "anna", "--zone", "Vienna"), 1, "zone"),
        (("people", "change", "anna", "--address", "canary"), 1, "address"),
        (("people", "change", "nobody", "--language", "en"), 1, "nobody of the id"),
        (("people", "remove", "nobody"), 1, "nobody of the id"),
        (("post", "replay"), 2, "Name one delivery"),
        (("post", "replay", "x", "--all"), 2, "Name one delivery"),
        (("post", "replay", "x"), 1, "0 on their way"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(caseway, arguments, code, said):
    caseway("people", "add", "anna", *ANNA)
    done, told = caseway(*arguments)
    assert (done, said in told) == (code, True), told
    assert "Traceback" not in told
    assert "canary" not in told


def test_a_role_that_no_procedure_has_is_refused(caseway, database_url):
    files = files_of(SHIPPED / "trm")

    async def published() -> None:
        database = Database.connect(database_url, connections=1)
        await publish(Procedures(database), load(files), files, by="test", why="a test")
        await database.close()

    asyncio.run(published())
    code, said = caseway("people", "add", "anna", "--role", "case_manger", "--country", "AT")
    assert code == 1
    assert "case_manger" in said
    assert caseway("people", "add", "anna", *ANNA)[0] == 0


def test_what_is_dead_is_listed_and_replayed(caseway, database_url, monkeypatch):
    async def dying() -> None:
        database = Database.connect(database_url, connections=1)
        await database.all_at_once(
            "INSERT INTO deliveries (id, person, case_id, urgent, status, attempts, next_at, error, created_at, done_at)"
            " VALUES ('d1', 'anna', 'C1', false, 'dead', 20, now(), 'smtp_550', now(), now())",
            (),
        )
        await database.close()

    asyncio.run(dying())
    assert caseway("post", "status")[0] == 1
    assert caseway("post", "dead")[0] == 1
    code, said = caseway("post", "dead", "--format", "json")
    assert (code, json.loads(said)[0]["error"]) == (1, "smtp_550")
    assert caseway("post", "replay", "--all") == (0, "1 on its way again.\n")
    assert caseway("post", "dead") == (0, "")
    code, said = caseway("post", "status")
    assert code == 1
    assert "CASEWAY_SMTP_HOST" in said, "it waits for a server that is not set"
    monkeypatch.setenv("CASEWAY_SMTP_HOST", "mail.example")
    monkeypatch.setenv("CASEWAY_SMTP_FROM", "caseway@office.invalid")
    assert caseway("post", "status")[0] == 0


def test_without_a_database_it_says_so(caseway, monkeypatch):
    monkeypatch.setenv("CASEWAY_DATABASE_URL", "postgresql://caseway:canary@127.0.0.1:1/postgres")
    code, said = caseway("people", "list")
    assert code == 2
    assert "the database does not answer" in said
    monkeypatch.setenv("CASEWAY_PORT", "many")
    code, said = caseway("post", "status")
    assert code == 2
    assert "CASEWAY_PORT" in said
    assert "canary" not in said


def test_every_demo_user_can_be_told_and_keeps_what_they_set(shipped, database_url):
    async def entered() -> None:
        database = Database.connect(database_url, connections=1)
        people = People(database, bytes(32))
        everybody = [demo_person(name) for name in users_of(shipped.definition)]
        await people.add_missing(everybody)
        changed = everybody[0].model_copy(update={"language": "bs"})
        await people.keep(changed, datetime.now(UTC))
        await people.add_missing(everybody)
        known = {person.id: person for person in await people.all()}
        assert known.keys() == {person.id for person in everybody}
        assert known[changed.id].language == "bs"
        assert all(person.address and person.address.endswith(".invalid") for person in known.values())
        roles = {role for person in known.values() for role in person.roles}
        assert roles == set(shipped.definition.head.roles)
        await database.close()

    asyncio.run(entered())
