"""Pages are told as they stand: their shell blocks are run, and what they print is what the page says."""

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
BETWEEN = "-- the next block --"


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


@pytest.fixture
def running(tmp_path: Path) -> Iterator[dict[str, str]]:
    data = tmp_path / "data"
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
        yield {
            "URL": f"http://127.0.0.1:{port}",
            "USERS": str(data / "demo-users.json"),
            "CASEWAY_DATA_DIR": str(data),
            "CASEWAY_PORT": str(port),
        }
    finally:
        system.terminate()
        assert system.wait(30) == 0


class Teller:
    """Runs the shell blocks of pages."""

    shows = staticmethod(shows)
    story = staticmethod(story)
    run = staticmethod(run)

    def whole(self, page: Path, **more: str) -> None:
        """All blocks in one shell; each must print what the text block after it says."""
        parts = story(page)
        assert len(parts) > 8
        done = run(f"\necho '{BETWEEN}'\n".join(body for body, _ in parts), **more)
        assert done.returncode == 0, done.stdout + done.stderr
        printed = done.stdout.split(f"{BETWEEN}\n")
        assert len(printed) == len(parts)
        for (body, wanted), said in zip(parts, printed, strict=True):
            if wanted is not None:
                missing = shows(said, wanted)
                assert missing is None, f"{body}\nprinted\n{said}\nbut not in its turn: {missing}"


@pytest.fixture(scope="session")
def teller() -> Teller:
    return Teller()
