"""Problems of a definition file: a code, a place, what is wrong in one sentence, what to do."""

from difflib import get_close_matches
from typing import Any, Literal

from sop.shapes import Value


class Problem(Value):
    """One finding. Lines and columns count from 1."""

    code: str
    severity: Literal["error", "warning"] = "error"
    file: str
    line: int
    column: int
    message: str
    help: str = ""


class DefinitionInvalid(Exception):
    """The files are no procedure; `problems` says everything that is wrong, all at once."""

    code = "definition_invalid"

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


Path = tuple[str | int, ...]


class Tree:
    """What a file says, and where: `place(path)` finds the line and column of the nearest part that the file has."""

    def __init__(self, file: str, value: dict[str, Any], places: dict[Path, tuple[int, int]]) -> None:
        self.file = file
        self.value = value
        self._places = places

    def real(self, path: Path) -> Path:
        """The part of `path` that stands in the file: keys that shorthands or unions added are left out."""
        here: Any = self.value
        found: list[str | int] = []
        for part in path:
            inner = _inside(here, part)
            if inner is not _NOTHING:
                here = inner
                found.append(part)
        return tuple(found)

    def problem(self, path: Path, code: str, message: str, help_: str = "", *, warning: bool = False) -> Problem:
        line, column = self._places.get(self.real(path), (1, 1))
        severity: Literal["error", "warning"] = "warning" if warning else "error"
        return Problem(
            code=code, severity=severity, file=self.file, line=line, column=column, message=message, help=help_
        )


_NOTHING = object()


def _inside(here: Any, part: str | int) -> Any:
    if isinstance(here, dict):
        return here.get(part, _NOTHING)
    if isinstance(here, list) and isinstance(part, int) and part < len(here):
        return here[part]
    return _NOTHING


def did_you_mean(name: str, known: list[str] | set[str]) -> str:
    """A sentence with the nearest known name, or with the known names where none is near."""
    near = get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    if near:
        return f"Did you mean ‘{near[0]}’?"
    some = sorted(known)[:12]
    return "Known here: " + ", ".join(some) + (", …" if len(known) > len(some) else "") if some else ""
