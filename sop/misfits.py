"""What does not fit the shapes of the language, in the words and at the places of the file."""

from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sop.conditions import OPERATORS
from sop.problems import MOST_PROBLEMS, Path, Problem, Tree, certain
from sop.shapes import Shape

_TYPES = {
    "string_type": ("This must be text (a string).", "Put it in quotes if it is meant as text."),
    "tuple_type": ("This must be a list.", "Write it in brackets, for example [first, second]."),
    "dict_type": ("This must hold keys and values.", "Write `key: value` in the lines below it."),
    "model_type": ("This must hold keys and values.", "Write `key: value` in the lines below it."),
    "bool_type": ("This must be true or false.", ""),
    "bool_parsing": ("This must be true or false.", ""),
}
"""The commonest kinds of pydantic, said for people who write YAML."""


def explain(tree: Tree, error: ValidationError, shape: type[Shape]) -> list[Problem]:
    """What pydantic found in a file of this shape; nothing about parts that reading has already found to be broken."""
    details = error.errors(include_url=False, include_context=True, include_input=False)
    told = [detail for detail in details if not _already_broken(tree, tuple(detail["loc"]))]
    # a list is not too short because one of its items was not understood
    inner = {tuple(detail["loc"])[:-2] for detail in told} | {tuple(detail["loc"])[:-1] for detail in told}
    told = [detail for detail in told if detail["type"] != "too_short" or tuple(detail["loc"]) not in inner]
    meant = set(_meant(told, shape))
    told = [detail for detail in told if detail["type"] != "missing" or tuple(detail["loc"]) not in meant]
    return list(dict.fromkeys(_explain(tree, dict(detail), shape) for detail in told[:MOST_PROBLEMS]))


def _meant(told: Sequence[ErrorDetails], shape: type[Shape]) -> Iterator[Path]:
    """Where keys would stand that were written with a slip of the finger: those are not missing too."""
    for detail in told:
        path: Path = tuple(detail["loc"])
        if detail["type"] == "extra_forbidden" and (slip := certain(str(path[-1]), keys_at(shape, path[:-1]))):
            yield (*path[:-1], slip[1])


def _already_broken(tree: Tree, path: Path) -> bool:
    return any(broken[: len(path)] == path for broken in tree.broken)


def _explain(tree: Tree, detail: dict[str, Any], shape: type[Shape]) -> Problem:
    path: Path = tuple(detail["loc"])
    kind = str(detail["type"])
    key = str(path[-1]) if path else ""
    if kind == "extra_forbidden":
        message = f"‘{key}’ is not a key that can stand here."
        return tree.problem(path, "unknown-key", message, name=(key, keys_at(shape, path[:-1])))
    if kind == "missing":
        return tree.problem(path[:-1], "missing-key", f"‘{key}’ is missing here.", f"Add `{key}:`.")
    if kind == "string_pattern_mismatch":
        return tree.problem(path, "bad-name", "A name has lower-case letters, digits and underscores, 64 at most.")
    if kind == "literal_error":
        message = f"This is not one of the words allowed here: {detail['ctx']['expected']}."
        return tree.problem(path, "bad-value", message, name=_nearest_word(tree, path, detail["ctx"]["expected"]))
    if "-" in kind:
        return tree.problem(path, kind, _sentence(str(detail["msg"])))
    if kind == "value_error":
        return tree.problem(path, "bad-value", _sentence(str(detail["msg"]).removeprefix("Value error, ")))
    message, help_ = _TYPES.get(kind, (_sentence(str(detail["msg"])), ""))
    return tree.problem(path, "wrong-type", message, help_)


def _nearest_word(tree: Tree, path: Path, expected: str) -> tuple[str, set[str]]:
    written = tree.at(path)
    words = expected.replace(" or ", ", ").split(", ")
    return (written if isinstance(written, str) else "", {word.strip("'") for word in words})


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."


def keys_at(shape: type[Shape], path: Path) -> set[str]:
    """The keys that can stand at this place of a file of this shape."""
    shapes = {shape}
    for part in path:
        if part in OPERATORS and OPERATORS[str(part)] in shapes:
            shapes = {OPERATORS[str(part)]}
            continue
        fields = [field for one in shapes for name, field in one.model_fields.items() if (field.alias or name) == part]
        if fields:
            shapes = {inner for field in fields for inner in _shapes_in(field.annotation)}
    return {field.alias or name for one in shapes for name, field in one.model_fields.items()}


def _shapes_in(annotation: object) -> set[type[Shape]]:
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        return {annotation}
    return {shape for inner in get_args(annotation) for shape in _shapes_in(inner)}
