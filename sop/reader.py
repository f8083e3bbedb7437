"""Reading one YAML file strictly: YAML 1.2, no anchors, tags, merge keys, twins or surprises; all problems with their place."""

import itertools
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from yaml.cyaml import CParser
from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from sop.problems import MOST_PROBLEMS, Path, Problem, Severity, Tree

LARGEST_FILE = 300_000
LARGEST_TEXT = 10_000
DEEPEST = 40
MOST_NODES = 15_000
MOSTHIDDEN = 20
TOO_DEEP = "The file is nested too deeply or holds too much."
_PLAIN_INT = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_PLAIN_FLOAT = re.compile(r"-?(0|[1-9][0-9]{0,14})\.[0-9]{1,15}")
_MISREAD = re.compile(r"(?i:y|n|yes|no|on|off)|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?", re.ASCII)
"""Plain text here; a truth value or a number in base sixty for programs that read YAML 1.1."""
_KINDS = (
    ("null", re.compile("|~|null|Null|NULL")),
    ("bool", re.compile("true|True|TRUE|false|False|FALSE")),
    (
        "float",
        re.compile(
            r"[-+]?([0-9][0-9_]*\.[0-9_]*([eE][-+]?[0-9]+)?|[0-9][0-9_]*[eE][-+]?[0-9]+|\.[0-9_]+([eE][-+][0-9]+)?"
            r"|\.(inf|Inf|INF))|\.(nan|NaN|NAN)"
        ),
    ),
    ("int", re.compile(r"[-+]?(0b[01_]+|0o?[0-7_]+|[0-9][0-9_]*|0x[0-9a-fA-F_]+)|[-+][0-9_]+")),
    (
        "timestamp",
        re.compile(
            r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}"
            r"(\.[0-9]*)?([ \t]*(Z|[-+][0-9]{1,2}(:[0-9]{2})?))?"
        ),
    ),
    ("merge", re.compile("<<")),
    ("value", re.compile("=")),
)
"""Kinds of plain text by YAML 1.2; everything else is text."""
HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)


def read(file: str, content: bytes) -> Tree | list[Problem]:
    """The tree of a file, or every error in it as YAML. Never raises, whatever the bytes are."""
    tree, problems = understand(file, content)
    errors = [problem for problem in problems if problem.severity == "error"]
    return tree if tree is not None and not errors else errors


def understand(file: str, content: bytes) -> tuple[Tree | None, list[Problem]]:
    """The tree as far as the file can be told, and every problem in it as YAML, warnings too. Never raises.

    Where single values are wrong there is a tree all the same; its `broken` says which parts of it cannot be trusted.
    """
    text = _decoded(file, content)
    if not isinstance(text, str):
        return None, text
    try:
        node, problems = _nodes(file, text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        if "nesting depth" in (error.problem or ""):
            return None, [_at(file, line, column, "too-deep", TOO_DEEP, "Split it into SOP files.")]
        message = f"This is not YAML: {error.problem or 'it cannot be read'}."
        return None, [_at(file, line, column, "not-yaml", message)]
    except (YAMLError, ValueError, RecursionError):
        return None, [_at(file, 1, 1, "not-yaml", "This is not YAML that can be read.")]
    if problems:
        return None, problems
    if not isinstance(node, MappingNode):
        message, help_ = "The file must hold keys and values.", "Start with a key, e.g. `sop: return`."
        return None, [_at(file, 1, 1, "not-a-mapping", message, help_)]
    builder = _Builder(file)
    value = builder.build(node, ())
    return Tree(file, value, builder.places, tuple(builder.broken)), builder.problems


def _decoded(file: str, content: bytes) -> str | list[Problem]:
    if len(content) > LARGEST_FILE:
        return [_at(file, 1, 1, "too-large", "The file is larger than 300 KB.", "Split it into SOP files.")]
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return [_at(file, line, 1, "not-utf8", "The file is not UTF-8.", "Save it again with the encoding UTF-8.")]
    found = itertools.islice(HIDDEN.finditer(text), MOSTHIDDEN)
    if hidden := [_hidden(file, *_place(text, hit.start()), hit[0]) for hit in found]:
        return hidden
    if not text.strip():
        return [_at(file, 1, 1, "empty", "The file is empty.", "Start from the example in docs/definitions.md.")]
    lines = enumerate(text.split("\n"), 1)
    first, start = next(((n, line) for n, line in lines if line.strip() and not line.startswith("#")), (1, ""))
    if start.startswith("%"):
        return [_at(file, first, 1, "directive", "Directives such as %YAML are not used here.", "Delete the line.")]
    return text


def _place(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1


def _hidden(file: str, line: int, column: int, character: str) -> Problem:
    message = f"There is an invisible character (U+{ord(character):04X})."
    return _at(file, line, column, "hidden-character", message, "Delete it.")


def _events(text: str) -> Iterator[Any]:
    """The events of libyaml, one by one."""
    parser = CParser(text)
    while (event := parser.get_event()) is not None:
        yield event


def _nodes(file: str, text: str) -> tuple[Node | None, list[Problem]]:
    """The first document as nodes; refused by the event stream, before much is built: no bomb ever explodes."""
    problems: list[Problem] = []
    stack: list[Node] = []
    root: Node | None = None
    nodes = documents = 0
    for event in _events(text):
        if isinstance(event, NodeEvent) and not isinstance(event, AliasEvent):
            nodes += 1
            problems += _node_problems(file, event)
            node = _node(event)
            if stack:
                stack[-1].value.append(node)
            root = root or node
            if isinstance(event, CollectionStartEvent):
                stack.append(node)
        elif isinstance(event, CollectionEndEvent):
            _paired(stack.pop())
        elif isinstance(event, AliasEvent):
            problems.append(_here(file, event, "alias", "Aliases (*name) are not allowed.", "Write it out."))
        elif isinstance(event, DocumentStartEvent):
            documents += 1
            if documents > 1:
                twice = _here(file, event, "two-documents", "One file holds one document.", "Delete the `---`.")
                return None, [*problems, twice]
        if len(stack) > DEEPEST or nodes > MOST_NODES:
            return None, [*problems, _here(file, event, "too-deep", TOO_DEEP, "Split it into SOP files.")]
        if len(problems) >= MOST_PROBLEMS:
            break
    return root, problems


def _node(event: Any) -> Node:
    if isinstance(event, ScalarEvent):
        kind = _kind(event.value) if event.implicit[0] and event.tag is None else "str"
        return ScalarNode(kind, event.value, event.start_mark, event.end_mark, style=event.style)
    kind_of_node = MappingNode if isinstance(event, MappingStartEvent) else SequenceNode
    collection: Node = kind_of_node(None, [], event.start_mark, event.end_mark)
    return collection


@lru_cache(maxsize=4096)
def _kind(text: str) -> str:
    """What a text without quotes is by YAML 1.2."""
    return next((kind for kind, shape in _KINDS if shape.fullmatch(text)), "str")


def _paired(node: Node) -> None:
    """The flat list of a mapping's keys and values becomes pairs."""
    if isinstance(node, MappingNode):
        node.value = list(zip(node.value[::2], node.value[1::2], strict=False))


def _node_problems(file: str, event: Any) -> list[Problem]:
    problems: list[Problem] = []
    if event.anchor:
        problems.append(_here(file, event, "anchor", "Anchors (&name) are not allowed.", "Write it out."))
    if event.tag not in (None, "!"):
        problems.append(_here(file, event, "tag", "Tags (!name) are not allowed.", "Delete the tag."))
    if isinstance(event, ScalarEvent) and len(event.value) > LARGEST_TEXT:
        problems.append(_here(file, event, "too-long", "A text may have 10,000 characters at most."))
    elif isinstance(event, ScalarEvent) and (hidden := HIDDEN.search(event.value)):
        mark = event.start_mark
        problems.append(_hidden(file, mark.line + 1, mark.column + 1, hidden[0]))
    return problems


class _Builder:
    """Turns nodes into plain values, keeps where each stands, and which parts cannot be trusted."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.places: dict[Path, tuple[int, int]] = {(): (1, 1)}
        self.problems: list[Problem] = []
        self.broken: list[Path] = []

    def build(self, node: Node, path: Path) -> Any:
        self.places.setdefault(path, (node.start_mark.line + 1, node.start_mark.column + 1))
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]
        assert isinstance(node, ScalarNode)  # noqa: S101 - YAML has no fourth kind of node
        return self._scalar(node, path)

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        value: dict[str, Any] = {}
        seen: dict[str, str] = {}
        for key_node, value_node in node.value:
            if len(self.problems) >= MOST_PROBLEMS:
                break
            key = self._key(key_node, path)
            if key is None:
                continue
            folded = (key if key.isascii() else unicodedata.normalize("NFKC", key)).casefold()
            if folded in seen:
                same = seen[folded] == key
                message = (
                    f"‘{key}’ is there twice." if same else f"‘{key}’ and ‘{seen[folded]}’ differ only in writing."
                )
                self._problem(key_node, (*path, seen[folded]), "duplicate-key", message, "Keep one of the two.")
                continue
            seen[folded] = key
            self.places[(*path, key)] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            if isinstance(value_node, ScalarNode) and not value_node.value and value_node.tag == "null":
                self._empty(key_node, (*path, key))
                continue
            value[key] = self.build(value_node, (*path, key))
        return value

    def _key(self, node: Node, path: Path) -> str | None:
        if isinstance(node, ScalarNode) and node.value == "<<":
            self._problem(node, path, "merge-key", "Merge keys (<<) are not allowed.", "Write it out.")
            return None
        if not isinstance(node, ScalarNode) or node.tag != "str":
            help_ = "Put it in quotes if it is meant as text."
            self._problem(node, path, "bad-key", "A key is a plain word.", help_)
            return None
        self._misread(node)
        return str(node.value)

    def _scalar(self, node: ScalarNode, path: Path) -> Any:
        kind, text = node.tag, str(node.value)
        if kind == "null":
            self._empty(node, path)
            return None
        if kind == "bool":
            return text.lower() == "true"
        if kind == "int":
            if _PLAIN_INT.fullmatch(text):
                return int(text)
            self._odd(node, path, text)
        if kind == "float":
            if _PLAIN_FLOAT.fullmatch(text):
                return float(text)
            self._odd(node, path, text)
        self._misread(node)
        return text

    def _empty(self, node: Node, path: Path) -> None:
        help_ = "Write a value, or delete the key."
        self._problem(node, path, "empty-value", "There is nothing after the colon.", help_)

    def _odd(self, node: Node, path: Path, text: str) -> None:
        message = f"‘{text[:20]}’ is a number in a form that is easily misread."
        self._problem(node, path, "odd-number", message, "Write it plainly, or in quotes if it is meant as text.")

    def _misread(self, node: ScalarNode) -> None:
        if not node.style and _MISREAD.fullmatch(str(node.value)):
            message = f"A bare ‘{node.value}’ is no text for programs that read older YAML."
            line, column = node.start_mark.line + 1, node.start_mark.column + 1
            help_ = "Put it in quotes; where yes or no is meant, write true or false."
            self.problems.append(_at(self.file, line, column, "yaml-trap", message, help_, severity="warning"))

    def _problem(self, node: Node, path: Path, code: str, message: str, help_: str = "") -> None:
        self.broken.append(path)
        line, column = node.start_mark.line + 1, node.start_mark.column + 1
        self.problems.append(_at(self.file, line, column, code, message, help_))


def _here(file: str, event: Any, code: str, message: str, help_: str = "") -> Problem:
    return _at(file, event.start_mark.line + 1, event.start_mark.column + 1, code, message, help_)


def _at(
    file: str, line: int, column: int, code: str, message: str, help_: str = "", severity: Severity = "error"
) -> Problem:
    return Problem(code=code, severity=severity, file=file, line=line, column=column, message=message, help=help_)
