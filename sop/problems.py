"""Problems of a definition file: a code, a place, what is wrong in one sentence, what to do."""

from difflib import get_close_matches
from typing import Any, Literal

from pydantic import Field

from sop.shapes import Value

Severity = Literal["error", "warning"]
MOST_PROBLEMS = 100
"""Of one file and one kind of check; nobody reads more, and finding the nearest name for each takes time."""


class Problem(Value):
    """One finding. Lines and columns count from 1. `instead` is the one name that was meant, where that is certain.

    `only_with` names the overlays and profiles with which it holds, where it does not hold for the base.
    """

    code: str
    severity: Severity = "error"
    file: str
    line: int
    column: int
    message: str
    help: str = ""
    instead: tuple[str, str] | None = Field(None, exclude=True)
    only_with: tuple[str, ...] = Field((), exclude=True)


class DefinitionInvalid(Exception):
    """The files are no procedure; `problems` says everything that is wrong, all at once."""

    code = "definition_invalid"

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


Path = tuple[str | int, ...]
Name = tuple[str, set[str]]
"""What is written, and every name that could be meant."""


class Tree:
    """What a file says, and where: `place(path)` finds the line and column of the nearest part that the file has."""

    def __init__(
        self, file: str, value: dict[str, Any], places: dict[Path, tuple[int, int]], broken: tuple[Path, ...] = ()
    ) -> None:
        self.file = file
        self.value = value
        self.broken = broken
        """Paths to parts of which not everything could be told."""
        self._places = places

    def at(self, path: Path) -> Any:
        """What the file says there, or at the nearest part that it has."""
        here: Any = self.value
        for part in self.real(path):
            here = _inside(here, part)
        return here

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

    def problem(
        self, path: Path, code: str, message: str, help_: str = "", *, warning: bool = False, name: Name | None = None
    ) -> Problem:
        """A finding at this place. `name` is what is written and what could be meant; its nearest becomes the help."""
        line, column = self._places.get(self.real(path), (1, 1))
        return Problem(
            code=code,
            severity="warning" if warning else "error",
            file=self.file,
            line=line,
            column=column,
            message=message,
            help=did_you_mean(*name) if name else help_,
            instead=certain(*name) if name else None,
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


def certain(name: str, known: set[str]) -> tuple[str, str] | None:
    """The name and the one that was meant, where only a slip of the finger lies between them.

    One letter more, less, other or swapped with its neighbour; in long names two. And no other known name is so near
    that it may have been meant: a wrong guess would be another procedure.
    """
    slips = sorted((_slips(name, other), other) for other in known if abs(len(name) - len(other)) <= _FAR)
    if not slips or min(len(name), len(slips[0][1])) < _SHORTEST:
        return None
    allowed = 2 if len(name) >= _LONG else 1
    alone = len(slips) == 1 or slips[1][0] > allowed + 1
    return (name, slips[0][1]) if slips[0][0] <= allowed and alone else None


_SHORTEST, _LONG, _FAR = 3, 10, 4


def _slips(one: str, other: str) -> int:
    """How many letters must be added, taken away, changed or swapped with their neighbour."""
    rows = [list(range(len(other) + 1))]
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, wanted in enumerate(other, 1):
            row.append(min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (letter != wanted)))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                row[j] = min(row[j], rows[-2][j - 2] + 1)
        rows.append(row)
    return rows[-1][-1]
