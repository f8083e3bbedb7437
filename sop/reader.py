"""Reading one YAML file strictly: YAML 1.2, no anchors, tags, merge keys, twins or surprises; all problems with their place."""

import re
import unicodedata
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    NodeEvent,
    ScalarEvent,
)
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from sop.problems import Path, Problem, Tree

LARGEST_FILE = 300_000
LARGEST_TEXT = 10_000
DEEPEST = 40
MOST_NODES = 15_000
MOST_PROBLEMS = 100
_PLAIN_INT = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_PLAIN_FLOAT = re.compile(r"-?(0|[1-9][0-9]{0,14})\.[0-9]{1,15}")
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)


def read(file: str, content: bytes) -> Tree | list[Problem]:
    """The tree of a file, or everything that is wrong with it as YAML. Never raises, whatever the bytes are."""
    text = _decoded(file, content)
    if isinstance(text, Problem):
        return [text]
    try:
        problems = _scan(file, text)
        if problems:
            return problems
        node = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return [_at(file, line, column, "not-yaml", f"This is not YAML: {error.problem or 'it cannot be read'}.")]
    except (YAMLError, ValueError, RecursionError):
        return [_at(file, 1, 1, "not-yaml", "This is not YAML that can be read.")]
    if not isinstance(node, MappingNode):
        return [
            _at(
                file,
                1,
                1,
                "not-a-mapping",
                "The file must hold keys and values.",
                "Start with a key, e.g. `sop: return`.",
            )
        ]
    builder = _Builder(file)
    value = builder.build(node, ())
    return builder.problems or Tree(file, value, builder.places)


def _decoded(file: str, content: bytes) -> str | Problem:
    if len(content) > LARGEST_FILE:
        return _at(file, 1, 1, "too-large", "The file is larger than 300 KB.", "Split it into SOP files.")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return _at(file, line, 1, "not-utf8", "The file is not UTF-8.", "Save it again with the encoding UTF-8.")
    hidden = _HIDDEN.search(text)
    if hidden:
        before = text[: hidden.start()]
        return _hidden(file, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1, hidden[0])
    if not text.strip():
        return _at(file, 1, 1, "empty", "The file is empty.", "Start from the example in docs/definitions.md.")
    lines = enumerate(text.split("\n"), 1)
    first, start = next(((n, line) for n, line in lines if line.strip() and not line.startswith("#")), (1, ""))
    if start.startswith("%"):
        return _at(file, first, 1, "directive", "Directives such as %YAML are not used here.", "Delete the line.")
    return text


def _hidden(file: str, line: int, column: int, character: str) -> Problem:
    message = f"There is an invisible character (U+{ord(character):04X})."
    return _at(file, line, column, "hidden-character", message, "Delete it.")


def _scan(file: str, text: str) -> list[Problem]:
    """Refuse by the event stream, before anything is built: no bomb ever explodes."""
    problems: list[Problem] = []
    depth = nodes = documents = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        mark = event.start_mark
        line, column = mark.line + 1, mark.column + 1
        if isinstance(event, DocumentStartEvent):
            documents += 1
            if documents > 1:
                return [
                    *problems,
                    _at(file, line, column, "two-documents", "One file holds one document.", "Delete the `---`."),
                ]
        if isinstance(event, AliasEvent):
            problems.append(_at(file, line, column, "alias", "Aliases (*name) are not allowed.", "Write it out."))
        elif isinstance(event, NodeEvent):
            nodes += 1
            problems += _node_problems(file, line, column, event)
        depth += isinstance(event, CollectionStartEvent)
        depth -= isinstance(event, CollectionEndEvent)
        if depth > DEEPEST or nodes > MOST_NODES:
            return [*problems, _at(file, line, column, "too-deep", "The file is nested too deeply or holds too much.")]
        if len(problems) >= MOST_PROBLEMS:
            return problems
    return problems


def _node_problems(file: str, line: int, column: int, event: Any) -> list[Problem]:
    problems = []
    if event.anchor:
        problems.append(_at(file, line, column, "anchor", "Anchors (&name) are not allowed.", "Write it out."))
    if event.ctag is not None and str(event.ctag) not in ("None", "!"):
        problems.append(_at(file, line, column, "tag", "Tags (!name) are not allowed.", "Delete the tag."))
    if isinstance(event, ScalarEvent) and len(event.value) > LARGEST_TEXT:
        problems.append(_at(file, line, column, "too-long", "A text may have 10,000 characters at most."))
    elif isinstance(event, ScalarEvent) and (hidden := _HIDDEN.search(event.value)):
        problems.append(_hidden(file, line, column, hidden[0]))
    return problems


class _Builder:
    """Turns nodes into plain values, and keeps where each stands."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.places: dict[Path, tuple[int, int]] = {(): (1, 1)}
        self.problems: list[Problem] = []

    def build(self, node: Node, path: Path) -> Any:
        self.places.setdefault(path, (node.start_mark.line + 1, node.start_mark.column + 1))
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]
        assert isinstance(node, ScalarNode)  # noqa: S101 - YAML has no fourth kind of node
        return self._scalar(node)

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        value: dict[str, Any] = {}
        seen: dict[str, str] = {}
        for key_node, value_node in node.value:
            if len(self.problems) >= MOST_PROBLEMS:
                break
            line, column = key_node.start_mark.line + 1, key_node.start_mark.column + 1
            key = self._key(key_node, line, column)
            if key is None:
                continue
            folded = unicodedata.normalize("NFKC", key).casefold()
            if folded in seen:
                same = seen[folded] == key
                message = (
                    f"‘{key}’ is there twice." if same else f"‘{key}’ and ‘{seen[folded]}’ differ only in writing."
                )
                self._problem(line, column, "duplicate-key", message, "Keep one of the two.")
                continue
            seen[folded] = key
            self.places[(*path, key)] = (line, column)
            if isinstance(value_node, ScalarNode) and not value_node.value and str(value_node.tag).endswith(":null"):
                self._empty(line, column)
                continue
            value[key] = self.build(value_node, (*path, key))
        return value

    def _key(self, node: Node, line: int, column: int) -> str | None:
        if isinstance(node, ScalarNode) and node.value == "<<":
            self._problem(line, column, "merge-key", "Merge keys (<<) are not allowed.", "Write it out.")
            return None
        if not isinstance(node, ScalarNode) or not str(node.tag).endswith(":str"):
            self._problem(line, column, "bad-key", "A key is a plain word.", "Put it in quotes if it is meant as text.")
            return None
        return str(node.value)

    def _scalar(self, node: ScalarNode) -> Any:
        kind = str(node.tag).rsplit(":", 1)[-1]
        text = str(node.value)
        line, column = node.start_mark.line + 1, node.start_mark.column + 1
        if kind == "null":
            self._empty(line, column)
            return None
        if kind == "bool":
            return text.lower() == "true"
        if kind == "int":
            if _PLAIN_INT.fullmatch(text):
                return int(text)
            self._odd(line, column, text)
        if kind == "float":
            if _PLAIN_FLOAT.fullmatch(text):
                return float(text)
            self._odd(line, column, text)
        return text

    def _empty(self, line: int, column: int) -> None:
        self._problem(
            line, column, "empty-value", "There is nothing after the colon.", "Write a value, or delete the key."
        )

    def _odd(self, line: int, column: int, text: str) -> None:
        message = f"‘{text[:20]}’ is a number in a form that is easily misread."
        self._problem(line, column, "odd-number", message, "Write it plainly, or in quotes if it is meant as text.")

    def _problem(self, line: int, column: int, code: str, message: str, help_: str = "") -> None:
        self.problems.append(_at(self.file, line, column, code, message, help_))


def _at(file: str, line: int, column: int, code: str, message: str, help_: str = "") -> Problem:
    return Problem(code=code, file=file, line=line, column=column, message=message, help=help_)
