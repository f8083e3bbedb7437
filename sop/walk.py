"""Walking a definition: every part with its path, as the file spells it."""

from collections.abc import Iterator

from pydantic import BaseModel

from sop.problems import Path


def walk(part: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Every shape inside `part`, itself first, with the path of keys and indexes that leads to it."""
    if isinstance(part, BaseModel):
        yield path, part
        for name, field in type(part).model_fields.items():
            yield from walk(getattr(part, name), (*path, field.alias or name))
    elif isinstance(part, dict):
        for key, value in part.items():
            yield from walk(value, (*path, key))
    elif isinstance(part, tuple):
        for index, value in enumerate(part):
            yield from walk(value, (*path, index))
