"""Findings as people and programs read them: in full, a line each, as JSON, for GitHub, as SARIF 2.1.0."""

import difflib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from sop.compositions import OVERLAYS, PROFILES
from sop.model import Definition
from sop.problems import Problem

if TYPE_CHECKING:
    from workshop.mending import Mend

Files = dict[str, bytes]
Format = Literal["full", "concise", "json", "github", "sarif"]


def shown(problem: Problem, files: Files) -> str:
    """A finding with the line of the file and a caret under the place."""
    lines = files.get(problem.file, b"").decode("utf-8", "replace").splitlines()
    text = f"{problem.file}:{problem.line}:{problem.column} {problem.severity} {problem.code}\n  {problem.message}"
    if 0 < problem.line <= len(lines):
        line = lines[problem.line - 1][:200]
        text += f"\n  | {_visible(line)}\n  | {' ' * (problem.column - 1)}^"
    text += f"\n  {names}" if (names := only_with(problem)) else ""
    return text + (f"\n  help: {problem.help}" if problem.help else "")


def only_with(problem: Problem) -> str:
    """The overlays and profiles with which the finding holds, where it does not hold for the base; nothing where the
    name of its file says that already."""
    told = [f"{folder}{name}.yaml" for folder in (OVERLAYS, PROFILES) for name in problem.only_with]
    if not problem.only_with or (len(problem.only_with) == 1 and problem.file in told):
        return ""
    return f"Only with {', '.join(problem.only_with)}."


def _sentences(problem: Problem) -> str:
    return " ".join(text for text in (problem.message, only_with(problem), problem.help) if text)


def report(format_: Format, problems: list[Problem], files: Files, definition: Definition | None, folder: str) -> str:
    """The findings in one of the formats; `folder` stands before the file names where programs need whole paths."""
    what = f"{len(definition.sops)} SOPs" if definition else "no procedure"
    total = f"{len(problems)} findings, {what}."
    makers: dict[Format, Callable[[], str]] = {
        "full": lambda: "\n".join([*(shown(problem, files) for problem in problems), total]),
        "concise": lambda: "\n".join([*map(_concise, problems), total]),
        "json": lambda: json.dumps([_as_json(problem) for problem in problems], indent=1),
        "github": lambda: "\n".join([*(_annotation(problem, folder) for problem in problems), total]),
        "sarif": lambda: json.dumps(sarif(problems, folder), indent=1),
    }
    return makers[format_]()


def _concise(problem: Problem) -> str:
    place = f"{problem.file}:{problem.line}:{problem.column}"
    return f"{place}: {problem.severity} {problem.code} {problem.message} {only_with(problem)}".rstrip()


def _as_json(problem: Problem) -> dict[str, Any]:
    return problem.model_dump() | {"only_with": problem.only_with}


def _annotation(problem: Problem, folder: str) -> str:
    """A workflow command of GitHub Actions; percent signs and line ends are escaped as it asks."""
    text = _sentences(problem)
    place = f"file={_property(folder + problem.file)},line={problem.line},col={problem.column}"
    return f"::{problem.severity} {place},title={_property(problem.code)}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def sarif(problems: list[Problem], folder: str) -> dict[str, Any]:
    """A log of the Static Analysis Results Interchange Format, version 2.1.0 (OASIS), with one run."""
    codes = sorted({problem.code for problem in problems})
    rules = [_rule(code) for code in codes]
    results = [
        {
            "ruleId": problem.code,
            "ruleIndex": codes.index(problem.code),
            "level": problem.severity,
            "message": {"text": _sentences(problem)},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": _uri(f"{folder}{problem.file}")},
                        "region": {"startLine": problem.line, "startColumn": problem.column},
                    }
                }
            ],
        }
        for problem in problems
    ]
    driver = {"name": "Caseway", "rules": rules}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }


def _rule(code: str) -> dict[str, Any]:
    from workshop.registry import PAGES  # all pages are made, which the other formats have no need of

    page = PAGES[code]
    return {
        "id": code,
        "shortDescription": {"text": page.what},
        "fullDescription": {"text": page.why},
        "defaultConfiguration": {"level": page.severity},
    }


def _uri(path: str) -> str:
    """A reference relative to where the check was started, or an absolute one, which needs its scheme (SARIF 3.10.1)."""
    return ("file://" if path.startswith("/") else "") + "".join(
        c if c.isascii() and (c.isalnum() or c in "-._~/") else _percent(c) for c in path
    )


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "replace"))


def difference(before: Files, after: Files) -> str:
    """What mending changes, as a unified diff."""
    parts: list[str] = []
    for name in sorted(before):
        if before[name] != after[name]:
            old, new = (content.decode("utf-8", "replace").split("\n") for content in (before[name], after[name]))
            parts += map(_visible, difflib.unified_diff(old, new, name, name, lineterm=""))
    return "\n".join(parts)


def mended_text(mend: "Mend") -> str:
    """One mend in a line; what nobody can see is named."""
    was, now = (
        "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in text) or "nothing"
        for text in (mend.was, mend.now)
    )
    return f"{mend.file}:{mend.line} {mend.code}: ‘{was}’ is now ‘{now}’."


def _visible(line: str) -> str:
    """The line as wide as it is, without what could turn, hide or command a terminal."""
    return "".join(c if c.isprintable() else " " if c in "\t\r" else "\ufffd" for c in line)
