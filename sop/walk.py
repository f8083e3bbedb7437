"""Walking a definition: every part with its path, as the file spells it."""

from collections.abc import Iterator
from functools import cache

from pydantic import BaseModel

from sop.problems import Path


def walk(part: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Every shape inside `part`, itself first, with the path of keys and indexes that leads to it."""
    waiting: list[tuple[Path, object]] = [(path, part)]
    while waiting:
        path, part = waiting.pop()
        inner: list[tuple[Path, object]] = []
        if isinstance(part, BaseModel):
            yield path, part
            values = vars(part)
            inner = [((*path, key), values[name]) for name, key in _keys(type(part))]
        elif isinstance(part, dict):
            inner = [((*path, key), value) for key, value in part.items()]
        elif isinstance(part, tuple):
            inner = [((*path, index), value) for index, value in enumerate(part)]
        waiting += [one for one in reversed(inner) if isinstance(one[1], BaseModel | dict | tuple)]


def walk_changed(part: object, beside: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """As `walk`, without whatever is the very same object in `beside`: what was put onto a definition, and around it."""
    waiting: list[tuple[Path, object, object]] = [(path, part, beside)]
    while waiting:
        path, part, old = waiting.pop()
        if part is old:
            continue
        inner: list[tuple[Path, object, object]] = []
        if isinstance(part, BaseModel):
            yield path, part
            values, before = vars(part), vars(old) if type(old) is type(part) else {}
            inner = [((*path, key), values[name], before.get(name)) for name, key in _keys(type(part))]
        elif isinstance(part, dict):
            known = old if isinstance(old, dict) else {}
            inner = [((*path, key), value, known.get(key)) for key, value in part.items()]
        elif isinstance(part, tuple):
            earlier = old if isinstance(old, tuple) else ()
            inner = [
                ((*path, index), value, earlier[index] if index < len(earlier) else None)
                for index, value in enumerate(part)
            ]
        waiting += [one for one in reversed(inner) if isinstance(one[1], BaseModel | dict | tuple)]


@cache
def _keys(shape: type[BaseModel]) -> tuple[tuple[str, str], ...]:
    return tuple((name, field.alias or name) for name, field in shape.model_fields.items())
