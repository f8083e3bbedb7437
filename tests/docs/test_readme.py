"""Every command of the README and of the pages in docs/ is run here, or it stands below with the reason why not."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
README = PROJECT / "README.md"
HOUR = PROJECT / "docs" / "coordinators_hour.md"
PAGES = [README, *sorted((PROJECT / "docs").rglob("*.md"))]

NOT_RUN = {
    "make run": "sets up, then runs `caseway up`, as the story below does; tests/runtime/test_up.py ends it",
    "make test": "is what runs this test",
    "make check": "is a part of `make test`",
    "make bench": "takes minutes; it prints figures and promises none",
    "make setup": "made the environment in which this test runs",
    "make lock": "asks a package registry for the newest versions",
    "CASEWAY_PORT=8001 CASEWAY_DATA_DIR=/tmp/try make run": "as `make run`; both settings are tested in tests/runtime",
    "caseway up": "is run by the README's story below, with --data and --port",
    "caseway up --no-demo": "tests/runtime/test_settings.py: demo users are a setting",
    "caseway prepare": "needs a production database; the same code publishes at the start of `caseway up`",
    "make histories": "needs the servers and writes files; tests/histories replays them",
    "caseway sop publish FOLDER --why TEXT": "tests/journeys/test_moving.py",
    "caseway sop publish FOLDER --why TEXT --from 2027-01-01": "as above; tests/api/test_procedures.py for the day",
    "caseway sop plan --to trm@1.1": "tests/journeys/test_moving.py",
    "caseway sop plan --to FOLDER --where state=referred": "tests/journeys/test_moving.py; tests/store/test_plans.py for the choice",
    "caseway sop plan --to FOLDER --overlay rs": "tests/api/test_plans.py",
    "caseway sop apply PLAN": "tests/journeys/test_moving.py, with a kill in the middle",
    "caseway sop pause PLAN": "tests/journeys/test_moving.py",
    "caseway sop resume PLAN": "tests/journeys/test_moving.py",
    "caseway sop confirm trm@1.1": "tests/journeys/test_two_persons.py",
    "caseway sop repair CASE --state identification.presumed": "tests/journeys/test_two_persons.py",
    "caseway sop repair CASE --clock identification.case_manager_due --length '3 days'": "as above",
    "caseway sop repair-confirm CASE PROPOSAL": "as above",
    "caseway sop repair-confirm CASE PROPOSAL --drop": "as above",
    "python -m bench.queues --data FOLDER": "takes half an hour; its parts are run by tests/store/test_queue_plans.py",
    "caseway queue overdue": "tests/journeys/test_stuck.py",
    "caseway queue due-soon": "as above",
    "caseway queue abroad": "as above",
    "caseway queue stuck": "as above",
    "caseway queue unassigned": "as above",
    "caseway queue summary": "as above",
    "caseway queue compliance": "as above",
    "caseway cases list": "as above",
    "caseway cases show CASE": "as above",
    "python -m bench.adopt": "takes minutes; it prints figures and promises none",
    "caseway sop …": "names the group of the commands that are run below",
    "caseway people add anna --role case_manager --country AT --address anna@office.invalid --language sr-Latn": "tests/cli/test_people.py",
    "caseway people change anna --quiet 20:00-07:00 --digest 08:30": "as above",
    "caseway people list --addresses": "as above",
    "caseway people remove anna": "as above",
    "caseway post status": "as above",
    "caseway post dead": "as above",
    "caseway post replay ID": "as above",
    "caseway post replay --all": "as above",
    "caseway reassign --from A --to B --country AT --dry-run": "tests/journeys/test_handing.py",
    "caseway reassign --from A --to B --country AT --reason left": "tests/journeys/test_handing.py",
    "caseway reassign --undo ID": "tests/journeys/test_handing.py",
    "caseway doctor": "tests/journeys/test_outages.py",
    "caseway doctor --format json": "tests/journeys/test_outages.py",
    "caseway rebuild": "tests/workflows/test_rebuilding.py",
    "caseway rebuild --from-workflows": "tests/journeys/test_outages.py",
    "caseway rebuild --begin-again": "tests/journeys/test_outages.py",
    "python -m bench.run": "is `make bench`",
    "python -m worker": "is started by `caseway up`",
    "python -m api.serve": "is started by `caseway up`",
    "cp .env.example .env": "for docker-compose, which cannot run here",
    "mkdir -m 700 keys": "for docker-compose, which cannot run here",
    "for key in payload root ids; do openssl rand -hex 32 > keys/$key; done": "as above",
    "chown -R 10001 keys && chmod 400 keys/*": "as above; needs root",
    "docker compose up --build --wait": "there is no container engine on the machine that built this",
}
"""Commands that no block runs, each with its reason."""


@pytest.mark.parametrize("wanted", ["one\nthree", "two", "one\n…\nfour", "one", "one\ntwo\nthree\nfour", "three\n…"])
def test_a_line_that_was_not_printed_is_noticed(teller, wanted: str) -> None:
    assert teller.shows("one\ntwo\nthree\n", wanted) is not None
    assert teller.shows("one\ntwo\nthree\n", "one\n…\nth…") is None


@pytest.mark.system
def test_the_readme_tells_a_true_story(teller, running: dict[str, str]) -> None:
    teller.whole(README, **running)


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page not in (README, HOUR) and blocks(page, "sh")], ids=lambda p: p.name
)
def test_the_blocks_of_a_page_run(teller, page: Path) -> None:
    for body, wanted in teller.story(page):
        done = teller.run(body)
        assert done.returncode == 0, done.stdout + done.stderr
        if wanted is not None:
            assert teller.shows(done.stdout, wanted) is None, f"{body}\nprinted\n{done.stdout}"


def commands(page: Path) -> Iterator[str]:
    """What a reader could type: lines of console blocks, and words in a row of text that begin like a command."""
    for block in blocks(page, "console"):
        yield from (line for line in block.splitlines() if line and not line.startswith("#"))
    prose = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    starts = r"(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?(?:make|caseway|docker|python3?|pytest|curl) "
    yield from (code for code in re.findall(r"`([^`\n]+)`", prose) if re.match(starts, code))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_is_run_or_has_its_reason(page: Path) -> None:
    runs = "\n".join(body for other in PAGES for body in blocks(other, "sh"))
    untold = [command for command in commands(page) if command not in NOT_RUN and command not in runs]
    assert untold == []


def test_no_reason_is_left_over() -> None:
    mentioned = {command for page in PAGES for command in commands(page)}
    assert set(NOT_RUN) <= mentioned


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?://)([^)#]+)(?:#[^)]*)?\)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    """Files in backticks with a folder of ours in front."""
    rooms = "sop|workshop|casefile|store|activities|post|workflows|api|cli|runtime|sop_definitions|bench|docs|tests"
    named = re.findall(rf"`((?:{rooms})/[\w./-]+\.(?:py|md|yaml|sh))(?:::\w+)?`", page.read_text())
    assert [name for name in named if not (PROJECT / name).exists()] == []
