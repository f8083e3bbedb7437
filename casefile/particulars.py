"""Particulars: what identifies a person or tells their story; its shape and its limits before it is encrypted."""

import math
import re
import unicodedata
from collections.abc import Mapping

from pydantic import JsonValue

Particulars = dict[str, JsonValue]
"""Field name to text, or to a small piece of JSON (an address, a list of languages)."""

MAX_FIELDS = 200
MAX_TEXT = 10_000
MAX_DEPTH = 4
MAX_VALUES = 1_000
MAX_CHARACTERS = 200_000

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


def particulars_of(given: Mapping[str, object]) -> Particulars:
    """The same particulars with their text in NFC; a `ValueError` names the field and the rule, never the value."""
    if len(given) > MAX_FIELDS:
        raise ValueError(f"at most {MAX_FIELDS} fields")
    budget = _Budget()
    checked: Particulars = {}
    for name, value in given.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ValueError("a field name has lower case letters, digits and underscores, at most 64")
        try:
            checked[name] = budget.take(value, MAX_DEPTH)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    return checked


class _Budget:
    """What all the fields together may still hold."""

    def __init__(self) -> None:
        self.values = MAX_VALUES
        self.characters = MAX_CHARACTERS

    def take(self, value: object, depth: int) -> JsonValue:
        self.values -= 1
        if self.values < 0:
            raise ValueError(f"more than {MAX_VALUES} values in all")
        if isinstance(value, str):
            return self._text(value)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int):
            if abs(value) > 2**53:
                raise ValueError("a number that JSON cannot carry exactly")
            return value
        if isinstance(value, float):
            if not math.isfinite(value):
                raise ValueError("a number that is not finite")
            return value
        if depth <= 1:
            raise ValueError(f"nested deeper than {MAX_DEPTH}")
        if isinstance(value, Mapping):
            return {self._key(key): self.take(inner, depth - 1) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.take(inner, depth - 1) for inner in value]
        raise ValueError("neither text, number, yes or no, list nor object")

    def _key(self, key: object) -> str:
        if not isinstance(key, str):
            raise ValueError("a key that is not text")
        return self._text(key)

    def _text(self, value: str) -> str:
        if len(value) > MAX_TEXT:
            raise ValueError(f"longer than {MAX_TEXT} characters")
        if "\0" in value:
            raise ValueError("holds a NUL character")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError("holds half of a surrogate pair") from None
        text = unicodedata.normalize("NFC", value)
        self.characters -= len(text)
        if self.characters < 0:
            raise ValueError(f"more than {MAX_CHARACTERS} characters in all")
        return text
