"""What can still be understood of files with mistakes: a mistake in one part must not hide those in the others."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from sop.model import Definition
from sop.problems import Path, Tree
from sop.shapes import Shape

_Part = TypeVar("_Part", bound=Shape)

HEAD_KINDS = {
    "roles": "role",
    "consents": "consent",
    "rules": "rule",
    "life-events": "life-event",
    "facts": "fact",
    "derived": "fact",
    "calendars": "calendar",
    "counting-rules": "counting-rule",
}
SOP_KINDS = {"measures": "measure", "states": "state", "clocks": "clock"}
NEEDED = {"roles", "facts", "states"}
"""Keys without which a file is not complete: where one is missing, its names were meant to be there."""


@dataclass(frozen=True)
class Understood:
    """What could be understood of all files of a procedure."""

    definition: Definition
    trees: dict[str, Tree]
    """Where each part stands: the head under ``, a SOP under its name, an instrument under `instruments.<name>`."""
    whole: frozenset[str]
    """The trees of which nothing had to be left out."""
    all_whole: bool
    """No file at all had to be left out, not even in part."""
    known: frozenset[tuple[str, str]]
    """Kind and name of everything that the files define, understood or not."""
    unread: frozenset[str]
    """Kinds of which some names may be unknown."""
    has_head: bool
    beside: Definition | None = None
    """What an overlay was put onto, and nothing is wrong with, where the overlay has taken nothing away: a part that
    is the very same object there holds no new problem. None where every part is looked at."""


class Salvaged(Generic[_Part]):
    """One file: the part that was understood, whether that is the whole of it, and what pydantic said."""

    def __init__(self, tree: Tree, shape: type[_Part]) -> None:
        self.tree = tree
        self.part: _Part | None = None
        self.errors: list[ValidationError] = []
        value, lost = tree.value, list(tree.broken)
        for _ in range(3):
            value = _without(value, lost)
            try:
                self.part = shape.model_validate(value)
                break
            except ValidationError as error:
                self.errors.append(error)
                lost = [tuple(detail["loc"]) for detail in error.errors(include_url=False, include_input=False)]
        self.whole = self.part is not None and not self.errors and not tree.broken


def _without(value: dict[str, Any], lost: list[Path]) -> dict[str, Any]:
    """The file without the named entries (`measures.talk`) that hold what was lost, or without the key itself."""
    kept = dict(value)
    for path in lost:
        key = path[0] if path else None
        inner = kept.get(key) if isinstance(key, str) else None
        if isinstance(inner, dict) and len(path) > 1:
            kept[str(key)] = {name: entry for name, entry in inner.items() if name != path[1]}
        elif isinstance(key, str):
            kept.pop(key, None)
    return kept


def declared(tree: Tree, kinds: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Kind and name of everything that the file defines, understood or not."""
    sop = str(tree.value.get("sop", ""))
    for key, kind in kinds.items():
        inner = tree.value.get(key)
        names = {str(path[1]) for path in tree.broken if path[:1] == (key,) and len(path) > 1}
        names |= set(inner) if isinstance(inner, dict) else set()
        for name in names:
            yield kind, f"{sop}.{name}" if kind in ("state", "clock") else f"case.{name}" if kind == "fact" else name
        if kind == "measure" and isinstance(inner, dict):
            yield from (("fact", f"{name}.{field}") for name in inner for field in _fields(inner[name]))
            fields = [path for path in tree.broken if path[:1] == (key,) and len(path) > 3]
            yield from (("fact", f"{path[1]}.{path[3]}") for path in fields)
    if sop and "states" in kinds:
        yield "sop", sop
        yield "state", f"{sop}.not_open"


def _fields(measure: object) -> Iterator[str]:
    for key in ("fields", "results"):
        fields = measure.get(key) if isinstance(measure, dict) else None
        yield from fields if isinstance(fields, dict) else ()


def untold(tree: Tree | None, kinds: dict[str, str]) -> Iterator[str]:
    """The kinds of which the file may define names that nobody can read: they lead nowhere only perhaps."""
    for key, kind in kinds.items():
        inner = tree.value.get(key) if tree else None
        missing = inner is None and (key in NEEDED or tree is None)
        if missing or (inner is not None and not isinstance(inner, dict)) or (tree and (key,) in tree.broken):
            yield kind
            if kind == "measure":
                yield "fact"
    if "states" in kinds and (tree is None or not isinstance(tree.value.get("sop"), str)):
        yield from ("sop", "state", "clock")
