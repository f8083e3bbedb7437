"""Texts that people read: nothing left to be written, nothing that looks as if it were filled in, no mixed alphabets."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from sop.problems import Path, Problem, Tree

_UNFINISHED = re.compile(r"\b(TODO|TBD|FIXME|XXX+)\b|\?\?\?|\blorem ipsum\b", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\$\{.*?\}|\{[a-z_][\w.]*\}|%\([a-z_]+\)s", re.ASCII)
_WORD = re.compile(r"[^\W\d_]+")
_ALPHABETS = ("LATIN", "CYRILLIC", "GREEK")


def wording(tree: Tree) -> Iterator[Problem]:
    """What is wrong with the texts of one file, whatever they belong to."""
    for path, text in _texts(tree.value, ()):
        if found := _UNFINISHED.search(text):
            message = f"‘{found[0]}’ says that this text is not finished."
            yield tree.problem(path, "unfinished-text", message, "Write it out.", warning=True)
        if found := _PLACEHOLDER.search(text):
            message = f"‘{found[0][:40]}’ is shown as it stands: nothing is ever filled into a text."
            yield tree.problem(path, "placeholder", message, "Say it in words.", warning=True)
        for word in _WORD.findall(text):
            if len(_alphabets(word)) > 1:
                message = f"‘{word[:40]}’ mixes letters of two alphabets that look alike."
                yield tree.problem(path, "mixed-alphabets", message, "Type the word again.", warning=True)
                break


def _alphabets(word: str) -> set[str]:
    if word.isascii():
        return set()
    names = [unicodedata.name(letter, "") for letter in word]
    return {alphabet for alphabet in _ALPHABETS if any(name.startswith(alphabet) for name in names)}


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, (*path, index))
