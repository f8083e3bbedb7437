"""The wheel holds everything that a running system needs, and works where nothing else of the project is."""

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
ROOMS: list[str] = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet", "--no-deps"]
    done = subprocess.run(
        [*build, "--no-build-isolation", "--wheel-dir", str(folder), str(PROJECT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return next(folder.glob("caseway-*.whl"))


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


def kept(*places: str) -> set[str]:
    """What lies in these places of the project and belongs into the wheel."""
    found = (path for place in places for path in (PROJECT / place).rglob("*") if path.is_file())
    return {path.relative_to(PROJECT).as_posix() for path in found if "__pycache__" not in path.parts}


def test_every_room_is_in_the_wheel(names: set[str]) -> None:
    assert kept(*ROOMS) <= names
    assert "worker.py" in names
    assert any(name.startswith("store/migrations/versions/") for name in names)


def test_the_shipped_procedure_is_in_the_wheel_with_its_stories(names: set[str]) -> None:
    assert kept("sop_definitions") <= names
    assert any(name.startswith("sop_definitions/trm/scenarios/") for name in names)


def test_nothing_else_is_in_the_wheel(names: set[str]) -> None:
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {*ROOMS, "worker.py", "sop_definitions"}


def test_the_wheel_works_by_itself(wheel: Path, tmp_path: Path) -> None:
    """Unpacked elsewhere, first in the search path: the command runs and finds the procedure that it ships."""
    zipfile.ZipFile(wheel).extractall(tmp_path)
    code = (
        "import cli.folders, worker, workflows.case; from sop.loader import load; "
        "print(cli.folders.__file__, load(cli.folders.files_of(cli.folders.SHIPPED / 'trm')).head.procedure)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [str(tmp_path / "cli" / "folders.py"), "trm"]
