"""An example of every key, found in the files of a procedure: the shortest use of it that is there."""

import re

from pydantic import ValidationError

from sop.conditions import OPERATORS
from sop.problems import Tree
from sop.reader import read
from sop.walk import walk
from workshop.files import FILES, kind_of
from workshop.language import Key

Found = dict[tuple[str, str], str]
_LONG = 90
_PLAIN = re.compile(r"[A-Za-z][\w.() -]*[\w)]|[A-Za-z]|\d+ [a-z ]+|\d+%", re.ASCII)
_OTHER_MEANING = {"yes", "no", "on", "off", "true", "false", "null", "y", "n"}


def examples_in(files: dict[str, bytes]) -> Found:
    """For each part and key the shortest `key: value` of these files; files that are not sound give none."""
    found: Found = {}
    for name, content in files.items():
        kind, tree = kind_of(name), read(name, content)
        if kind is None or not isinstance(tree, Tree):
            continue
        try:
            model = FILES[kind].shape.model_validate(tree.value)
        except ValidationError:
            continue
        for path, part in walk(model):
            written: object = tree.value
            for step in path:
                written = _inside(written, step)
            if isinstance(written, dict):
                _keep(found, "Condition" if type(part) in OPERATORS.values() else type(part).__name__, written)
    return found


def example(key: Key, found: Found) -> str:
    """The example of a key; empty where there is none."""
    return found.get(key.path) or next((f"{key.key}: {flow(one)}" for one in key.examples), "")


def flow(value: object) -> str:
    """A value in one line of YAML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(key)}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if not isinstance(value, str) or (_PLAIN.fullmatch(text) and text.lower() not in _OTHER_MEANING):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _keep(found: Found, part: str, written: dict[str, object]) -> None:
    for key, value in written.items():
        line = f"{key}: {flow(_shortened(value))}"
        known = found.get((part, key))
        if known is None or len(line) < len(known):
            found[part, key] = line


def _shortened(value: object) -> object:
    """Of a long map or list the shortest entry alone: an example need not be complete, but it must be sound."""
    if len(flow(value)) <= _LONG:
        return value
    if isinstance(value, dict):
        return dict([min(value.items(), key=lambda item: len(flow(dict([item]))))])
    return [min(value, key=lambda item: len(flow(item)))] if isinstance(value, list) else value


def _inside(value: object, step: str | int) -> object:
    if isinstance(value, dict):
        return value.get(step)
    return value[step] if isinstance(value, list) and isinstance(step, int) and step < len(value) else None
