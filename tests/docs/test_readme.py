"""Every command of the README and of the pages in docs/ is run here, or it stands below with the reason why not."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.embedded import port_is_free

PROJECT = Path(__file__).resolve().parents[2]
README = PROJECT / "README.md"
PAGES = [README, *sorted((PROJECT / "docs").rglob("*.md"))]
BETWEEN = "-- the next block --"

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
    "caseway sop apply PLAN": "tests/journeys/test_moving.py, with a kill in the middle",
    "caseway sop …": "names the group of the commands that are run below",
    "caseway reassign --from A --to B --country AT --dry-run": "tests/journeys/test_handing.py",
    "caseway reassign --from A --to B --country AT --reason left": "tests/journeys/test_handing.py",
    "caseway reassign --undo ID": "tests/journeys/test_handing.py",
    "caseway doctor": "tests/journeys/test_outages.py",
    "caseway doctor --format json": "tests/journeys/test_outages.py",
    "caseway rebuild": "tests/workflows/test_rebuilding.py",
    "caseway rebuild --from-workflows": "tests/workflows/test_housekeeping.py, by the same code",
    "caseway rebuild --begin-again": "tests/workflows/test_housekeeping.py, by the same code",
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


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)


def story(page: Path) -> list[tuple[str, str | None]]:
    """The shell blocks of a page, each with the text block that directly follows it: what it must print."""
    fences = re.findall(r"^```(\w*)\n(.*?)^```$(?=(.*?)(?:^```|\Z))", page.read_text(), re.MULTILINE | re.DOTALL)
    found: list[tuple[str, str | None]] = []
    for index, (language, body, after) in enumerate(fences):
        following = fences[index + 1] if index + 1 < len(fences) else ("", "", "")
        if language == "sh":
            found.append((body, following[1] if following[0] == "text" and not after.strip() else None))
    return found


def line_pattern(line: str) -> str:
    """A line as it must come: `…` stands for anything; codes of cases and moments are those of this run."""
    pattern = re.escape(line.rstrip()).replace("…", ".*")
    pattern = re.sub(r"\d{4}\\-\d\d\\-\d\d(T|\\ )\d\d:\d\d", r"\\d{4}-\\d\\d-\\d\\d\1\\d\\d:\\d\\d", pattern)
    return re.sub(r"\b[0-9A-HJKMNP-TV-Z]{11}\b", "[0-9A-HJKMNP-TV-Z]{11}", pattern)


def shows(printed: str, wanted: str) -> str | None:
    """The first wanted line that was not printed in its turn; a line of `…` alone lets any lines pass."""
    lines = [line.rstrip() for line in printed.strip().splitlines()]
    at, free = 0, False
    for line in wanted.strip().splitlines():
        if line.strip() == "…":
            free = True
            continue
        fitting = [i for i in range(at, len(lines)) if re.fullmatch(line_pattern(line), lines[i])]
        if not fitting or (not free and fitting[0] != at):
            return line
        at, free = fitting[0] + 1, False
    return None if free or at == len(lines) else f"nothing more after: {lines[at - 1]}"


@pytest.mark.parametrize("wanted", ["one\nthree", "two", "one\n…\nfour", "one", "one\ntwo\nthree\nfour", "three\n…"])
def test_a_line_that_was_not_printed_is_noticed(wanted: str) -> None:
    assert shows("one\ntwo\nthree\n", wanted) is not None
    assert shows("one\ntwo\nthree\n", "one\n…\nth…") is None


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    data = tmp_path_factory.mktemp("readme") / "data"
    port = next(number for number in range(19_000 + os.getpid() % 800, 20_000) if port_is_free("127.0.0.1", number))
    command = [sys.executable, "-m", "cli.main", "up", "--data", str(data), "--port", str(port)]
    log = data.with_name("up.log")
    with log.open("w") as output:
        system = subprocess.Popen(command, cwd=PROJECT, stdout=output, stderr=subprocess.STDOUT)
    try:
        until = time.monotonic() + 90
        while f"ready http://127.0.0.1:{port}" not in log.read_text():
            assert system.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.1)
        yield {"URL": f"http://127.0.0.1:{port}", "USERS": str(data / "demo-users.json")}
    finally:
        system.terminate()
        assert system.wait(30) == 0


def run(script: str, **more: str) -> subprocess.CompletedProcess[str]:
    """In the project's folder, with the commands of this environment found first, as if it lay in `.venv`."""
    here = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": f"{here}{os.pathsep}{os.environ['PATH']}", **more}
    return subprocess.run(
        [shutil.which("bash") or "sh", "-euo", "pipefail", "-c", script.replace(".venv/bin/", f"{here}/")],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.system
def test_the_readme_tells_a_true_story(running: dict[str, str]) -> None:
    parts = story(README)
    assert len(parts) > 8
    done = run(f"\necho '{BETWEEN}'\n".join(body for body, _ in parts), **running)
    assert done.returncode == 0, done.stdout + done.stderr
    printed = done.stdout.split(f"{BETWEEN}\n")
    assert len(printed) == len(parts)
    for (body, wanted), said in zip(parts, printed, strict=True):
        if wanted is not None:
            missing = shows(said, wanted)
            assert missing is None, f"{body}\nprinted\n{said}\nbut not in its turn: {missing}"


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page != README and blocks(page, "sh")], ids=lambda p: p.name
)
def test_the_blocks_of_a_page_run(page: Path) -> None:
    for body, wanted in story(page):
        done = run(body)
        assert done.returncode == 0, done.stdout + done.stderr
        if wanted is not None:
            assert shows(done.stdout, wanted) is None, f"{body}\nprinted\n{done.stdout}"


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
    rooms = "sop|workshop|casefile|store|activities|workflows|api|cli|runtime|sop_definitions|bench|docs|tests"
    named = re.findall(rf"`((?:{rooms})/[\w./-]+\.(?:py|md|yaml|sh))(?:::\w+)?`", page.read_text())
    assert [name for name in named if not (PROJECT / name).exists()] == []
