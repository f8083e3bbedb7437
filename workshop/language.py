"""The language of the files, key by key: what each means, what it holds, where it stands, since when.

Read from the schemas, which are made from the shapes that the loader checks with: nothing is told twice.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from workshop.files import FILES
from workshop.schemas import Schema, part_title, schema_of

FIRST = "0.1"
"""The version of the language in which keys came that say nothing else by `json_schema_extra={"since": ...}`."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of one part. `where` are the places of the part, the shortest first, as `file: path`."""

    key: str
    part: str
    meaning: str
    type: str
    required: bool
    since: str
    where: tuple[str, ...]
    examples: tuple[object, ...]
    """Those that the shape itself gives, where the shipped procedure has no use for the key."""
    path: tuple[str, str]
    """The part as schemas name it and the key: what an example is looked up by."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the language: a file, or something that stands in one."""

    name: str
    title: str
    meaning: str
    keys: tuple[Key, ...]


def language() -> tuple[Part, ...]:
    """Every part of every kind of file, each once, in the order in which they are met."""
    parts: dict[str, Part] = {}
    for kind, (shape, place) in FILES.items():
        schema = schema_of(kind)
        places = _places(schema, place)
        for name, part in {shape.__name__: schema, **schema["$defs"]}.items():
            found = _object(part)
            if "properties" not in found:
                continue
            known = parts.get(name)
            title = known.title if known else place if part is schema else part_title(name)
            where = (*(known.keys[0].where if known else ()), *places.get(name, (place,)))
            keys = tuple(_key(schema, name, title, key, where) for key in found["properties"])
            parts[name] = Part(name, title, part["description"], keys)
    return tuple(parts.values())


def keys_named(word: str) -> tuple[Key, ...]:
    """Every key of this name; `part.key` means the key of one part only."""
    part, _, key = word.rpartition(".")
    return tuple(
        one for each in language() for one in each.keys if one.key == key and part in ("", each.title, each.name)
    )


def part_named(word: str) -> Part | None:
    """The part of this title, `life event` or `life-event`, or of this file."""
    asked = word.lower().replace("-", " ")
    return next((part for part in language() if asked in (part.title.replace("-", " "), part.name.lower())), None)


def words() -> set[str]:
    """Every key and every part, for finding the nearest to a misspelt one."""
    parts = language()
    return {key.key for part in parts for key in part.keys} | {part.title for part in parts}


def _key(schema: Schema, name: str, title: str, key: str, where: tuple[str, ...]) -> Key:
    part = _object(schema["$defs"].get(name, schema))
    inside = part["properties"][key]
    return Key(
        key=key,
        part=title,
        meaning=inside.get("description", ""),
        type=_type(schema, inside),
        required=key in part.get("required", ()),
        since=inside.get("since", FIRST),
        where=where,
        examples=tuple(inside.get("examples", ())),
        path=(name, key),
    )


def _object(part: Schema) -> Schema:
    """The part written with its keys, where it may be written shorter too."""
    return next((one for one in part.get("anyOf", ()) if "properties" in one), part)


def _type(schema: Schema, node: Any) -> str:
    """What a key holds, in words."""
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        return str(schema["$defs"][name]["title"])
    if "anyOf" in node:
        return ", or ".join(_type(schema, one) for one in node["anyOf"])
    if "enum" in node:
        return "one of " + ", ".join(map(str, node["enum"]))
    if "const" in node:
        return str(node["const"])
    match node.get("type"):
        case "array":
            inside = _type(schema, node.get("items", {}))
            return f"list of {inside}s" if re.fullmatch("[a-z ]+[a-rt-z]", inside) else f"list, each: {inside}"
        case "object" if isinstance(node.get("additionalProperties"), dict):
            key = _type(schema, node["propertyNames"]) if "propertyNames" in node else "text"
            return f"{key}: {_type(schema, node['additionalProperties'])}"
        case "boolean":
            return "true or false"
        case "integer" | "number":
            return "number"
        case "string":
            return {"date": "date", "date-time": "moment"}.get(node.get("format", ""), "text")
        case _:
            return "any value"


def _places(schema: Schema, place: str) -> dict[str, tuple[str, ...]]:
    """Where each part can stand, by the shortest ways that lead to it from the file; three at most."""
    found: dict[str, list[str]] = {}
    waiting: list[tuple[str, Any, tuple[str, ...]]] = [("", schema, ())]
    while waiting:
        path, node, above = waiting.pop(0)
        for key, inside in _object(node).get("properties", {}).items():
            for step, ref in _refs(inside):
                at = f"{path}.{key}{step}" if path else f"{key}{step}"
                known = found.setdefault(ref, [])
                if ref in above or len(known) >= 3 or f"{place}: {at}" in known:
                    continue
                known.append(f"{place}: {at}")
                waiting.append((at, schema["$defs"][ref], (*above, ref)))
    return {ref: tuple(paths) for ref, paths in found.items()}


def _refs(node: Any, step: str = "") -> Iterator[tuple[str, str]]:
    """The parts inside a key, each with the way to it: `.<name>` in a map; a list adds nothing."""
    if "$ref" in node:
        yield step, node["$ref"].rpartition("/")[2]
    for one in node.get("anyOf", ()):
        yield from _refs(one, step)
    if isinstance(node.get("items"), dict):
        yield from _refs(node["items"], step)
    if isinstance(node.get("additionalProperties"), dict):
        yield from _refs(node["additionalProperties"], f"{step}.<name>")
