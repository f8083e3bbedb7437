"""The house: which room may look into which, how large things may grow, and what no file may hold."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
SETTINGS = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]
ROOMS: list[str] = SETTINGS["importlinter"]["root_packages"]
CONTRACTS = {contract["id"]: contract for contract in SETTINGS["importlinter"]["contracts"]}
PURE = ("sop", "workshop", "casefile")

WRONG = {
    "rooms": ("store/errors.py", "import activities.risk"),
    "pure": ("casefile/code.py", "import socket"),
    "wired": ("store/errors.py", "import runtime.settings"),
    "sql": ("api/health.py", "import sqlalchemy"),
    "http": ("workflows/errors.py", "import fastapi"),
    "machine": ("api/health.py", "import transitions"),
    "calls": ("api/health.py", "import activities.risk"),
    "acyclic": ("sop/shapes.py", "import sop.machine"),
    "temporal": ("store/errors.py", "import temporalio"),
}
"""One import for each contract that the contract must not let pass."""

NOT_OURS = {".git", ".venv", ".caseway", "__pycache__", ".hypothesis", "dist", ".env", "node_modules"}


def files() -> list[Path]:
    """Every file of the project: as git knows them, or all that are there where there is no git."""
    listing = ["git", "-C", str(PROJECT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        found = subprocess.run(listing, capture_output=True, text=True, check=True).stdout.split("\0")
        paths = [PROJECT / name for name in found if name]
    except (OSError, subprocess.CalledProcessError):
        paths = [
            path
            for path in PROJECT.rglob("*")
            if not NOT_OURS & set(path.relative_to(PROJECT).parts)
            and not any(part.endswith(("_cache", ".egg-info")) for part in path.relative_to(PROJECT).parts)
        ]
    return sorted(path for path in paths if path.is_file())


FILES = files()
MODULES = [path for path in FILES if path.suffix == ".py"]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def short(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def lint(folder: Path, cache: Path, *contract: str) -> subprocess.CompletedProcess[str]:
    command = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"
    only = [part for name in contract for part in ("--contract", name)]
    arguments = ["--config", str(PROJECT / "pyproject.toml"), "--cache-dir", str(cache), *only]
    return subprocess.run(
        [sys.executable, "-c", command, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("house")
    for room in ROOMS:
        shutil.copytree(PROJECT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_every_contract_holds(tmp_path: Path) -> None:
    done = lint(PROJECT, tmp_path / "cache")
    assert done.returncode == 0, done.stdout
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken" in done.stdout


def test_every_contract_has_a_wrong_import_below() -> None:
    assert set(WRONG) == set(CONTRACTS)


@pytest.mark.parametrize("contract", WRONG)
def test_every_contract_can_fail(contract: str, copied: Path) -> None:
    name, line = WRONG[contract]
    module = copied / name
    whole = module.read_text()
    module.write_text(f"{whole}\n{line}\n")
    try:
        done = lint(copied, copied / "cache", contract)
    finally:
        module.write_text(whole)
    assert done.returncode == 1, done.stdout
    assert f"{CONTRACTS[contract]['name']} BROKEN" in done.stdout


def test_every_room_of_the_wheel_is_under_contract() -> None:
    assert set(SETTINGS["hatch"]["build"]["targets"]["wheel"]["packages"]) == set(ROOMS)


def test_transitions_is_known_to_one_module_alone() -> None:
    knowing = [short(path) for path in MODULES if any(name.split(".")[0] == "transitions" for name in imported(path))]
    assert [name for name in knowing if not name.startswith(("bench/", "tests/"))] == ["sop/arrows.py"]


def test_pure_rooms_read_no_clock() -> None:
    clocks = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}
    found = [
        f"{short(path)}:{node.lineno}"
        for path in MODULES
        if path.relative_to(PROJECT).parts[0] in PURE
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and (node.value.id, node.attr) in clocks
    ]
    assert found == []


def test_no_file_grows_beyond_its_cap() -> None:
    def cap(path: Path) -> int:
        return 600 if path.is_relative_to(PROJECT / "tests") or "migrations" in path.parts else 400

    lengths = {path: len(path.read_text().splitlines()) for path in MODULES}
    assert {short(path): length for path, length in lengths.items() if length > cap(path)} == {}


def test_no_function_grows_beyond_its_cap() -> None:
    long = [
        f"{short(path)}:{node.lineno} {node.name}"
        for path in MODULES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno >= 60
    ]
    assert long == []


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_a_module_opens_with_its_sentence(path: Path) -> None:
    first = (ast.get_docstring(tree(path)) or "").split("\n\n")[0]
    assert re.search(r"^\S.*[.!?]\Z", first, re.DOTALL), "the module has no opening sentence"


def test_no_module_is_a_drawer_for_everything() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "core", "services", "managers", "misc"}
    named = {part.removesuffix(".py") for path in MODULES for part in path.relative_to(PROJECT).parts}
    assert named & drawers == set()


def test_tests_are_no_packages() -> None:
    """A package `tests/sop` would be found in the place of `sop`."""
    assert [short(path) for path in MODULES if path.name == "__init__.py" and "tests" in path.parts] == []


def text_of(path: Path) -> str:
    try:
        return path.read_text()
    except UnicodeDecodeError:
        return ""


def found_in_files(*patterns: str) -> list[str]:
    search = re.compile("|".join(patterns))
    return [
        f"{short(path)}: {hit[0]}"
        for path in FILES
        if path != Path(__file__).resolve()
        for hit in search.finditer(text_of(path))
    ]


def test_no_file_names_the_machine_that_built_it_or_where_its_packages_came_from() -> None:
    places = {r"/work/\w", r"/root/\w", r"/home/\w", r"/Users/\w"}
    hosts = {r"pypi\.\w", r"pythonhosted", r"--?(?:extra-)?index-url", r"--find-links", r"trusted-host"}
    assert found_in_files(*places, *hosts) == []


def test_the_lock_has_exact_versions_and_nothing_else() -> None:
    lines = [line for line in (PROJECT / "requirements.lock").read_text().splitlines() if not line.startswith("#")]
    pin = re.compile(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+( ; sys_platform != 'win32')?")
    assert [line for line in lines if not pin.fullmatch(line)] == []


def test_the_lock_has_everything_that_the_project_asks_for() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"], "hatchling", "pip"]
    names = {re.split(r"[\[<>=!; ]", line)[0].lower().replace("_", "-") for line in asked}
    lock = (PROJECT / "requirements.lock").read_text()
    pins = {line.split("==")[0].lower().replace("_", "-") for line in lock.splitlines()}
    assert names - pins == set()


def test_nobody_real_is_named() -> None:
    """Addresses end in a domain that nobody can own, and there is no telephone number at all."""
    invented = r"[\w.+-]+@(?![\w.-]+\.(?:example|invalid|test)\b)[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}"
    telephone = r"\+\d[\d ()/.-]{7,}\d"
    assert found_in_files(invented, telephone) == []
