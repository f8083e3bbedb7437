"""docs/errors.md lists every code of the door with its status and every reason code of the engine, and no other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from api.errors import TABLE

PROJECT = Path(__file__).resolve().parents[2]
PAGE = (PROJECT / "docs" / "errors.md").read_text()


def texts(node: ast.expr) -> Iterator[str]:
    """The texts that an expression can be, as far as they stand in the code."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from (*texts(node.body), *texts(node.orelse))


def _named_code(node: ast.Assign) -> bool:
    return [getattr(target, "id", "") for target in node.targets] == ["code"]


def reason_codes() -> set[str]:
    """Every code that `sop/` gives to a reason: by `refuse`, by `Reason`, or as the first part of a condition's why."""
    found: set[str] = set()
    for path in (PROJECT / "sop").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                if node.func.id == "refuse" and node.args:
                    found |= set(texts(node.args[0]))
                if node.func.id == "Reason":
                    found |= {code for word in node.keywords if word.arg == "code" for code in texts(word.value)}
            if path.name == "conditions.py" and isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
                found |= set(texts(node.value.elts[0]))
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.IfExp) and _named_code(node):
                found |= set(texts(node.value))
    return found


def rows(heading: str) -> dict[str, list[str]]:
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert section
    cells = [line.strip("| ").split(" | ") for line in section[1].splitlines() if line.startswith("| `")]
    codes = [row[0] for row in cells]
    assert len(codes) == len(set(codes))
    return {row[0].strip("`"): [cell.strip() for cell in row[1:]] for row in cells}


def test_the_page_has_the_table_of_the_door() -> None:
    assert rows("Codes of the door") == {code: [str(row.status), row.title, row.detail] for code, row in TABLE.items()}


def test_the_page_explains_every_reason_code() -> None:
    told = rows("Codes of reasons")
    assert set(told) == reason_codes()
    assert all(len(cells) == 1 and cells[0] for cells in told.values())
