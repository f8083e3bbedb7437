"""Mending what can be mended in one way only: the smallest edit in the place itself, kept only where it helps."""

import re
from collections.abc import Callable, Iterator

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import ScalarEvent

from sop.problems import Problem
from sop.reader import HIDDEN
from sop.shapes import Value
from workshop.stories import FOLDER, OF_OVERLAYS

Files = dict[str, bytes]
Check = Callable[[Files], list[Problem]]
MOST_ROUNDS = 20
_YES, _NO = ("y", "yes", "on"), ("n", "no", "off")
_NEAR = 40
"""So many texts after the place of a finding are looked at for the name that is meant."""


class Mend(Value):
    """One edit: the text from `start` to `end` of a file becomes `now`. `line` counts from 1."""

    file: str
    line: int
    code: str
    start: int
    end: int
    was: str
    now: str


class _Word:
    """A scalar as it stands in the text."""

    def __init__(self, event: ScalarEvent, text: str) -> None:
        self.start, self.end, self.value = event.start_mark.index, event.end_mark.index, str(event.value)
        self.plain = event.style is None
        self.is_key = text[self.end :].lstrip(" ").startswith(":")


def mended(files: Files, check: Check) -> tuple[Files, list[Mend]]:
    """The files with every certain mend made, and the mends in their order; mended files are not mended again.

    A mend is kept only where its finding is gone afterwards and no other has come in that line. Nothing but the text
    of a mend changes, and no line is added or taken away.
    """
    made: list[Mend] = []
    refused: set[tuple[str, int, str, str]] = set()
    problems = check(files)
    for _ in range(MOST_ROUNDS):
        tried = _without_overlaps([m for p in problems for m in _first_untried(p, files, refused)])
        if not tried:
            break
        after = check(_edited(files, tried))
        bad = [mend for mend in tried if not _helped(mend, problems, after)]
        refused |= {_key(mend) for mend in bad}
        if not bad:
            files, problems = _edited(files, tried), after
            made += tried
    return files, made


def _key(mend: Mend) -> tuple[str, int, str, str]:
    return mend.file, mend.start, mend.was, mend.now


def _first_untried(problem: Problem, files: Files, refused: set[tuple[str, int, str, str]]) -> list[Mend]:
    return [mend for mend in _candidates(problem, files.get(problem.file, b"")) if _key(mend) not in refused][:1]


def _without_overlaps(mends: list[Mend]) -> list[Mend]:
    kept: list[Mend] = []
    for mend in sorted(mends, key=lambda mend: (mend.file, mend.start, mend.end)):
        if not kept or kept[-1].file != mend.file or kept[-1].end <= mend.start:
            kept.append(mend)
    return kept


def _helped(mend: Mend, before: list[Problem], after: list[Problem]) -> bool:
    """The finding is gone from its line, and every finding that is left there was there before."""
    old = [(p.code, p.message) for p in before if (p.file, p.line) == (mend.file, mend.line)]
    new = [(p.code, p.message) for p in after if (p.file, p.line) == (mend.file, mend.line)]
    fewer = [code for code, _ in new].count(mend.code) < [code for code, _ in old].count(mend.code)
    return fewer and all(finding in old for finding in new)


def _edited(files: Files, mends: list[Mend]) -> Files:
    edited = dict(files)
    for mend in sorted(mends, key=lambda mend: mend.start, reverse=True):
        text = edited[mend.file].decode("utf-8")
        edited[mend.file] = (text[: mend.start] + mend.now + text[mend.end :]).encode("utf-8")
    return edited


def _candidates(problem: Problem, content: bytes) -> Iterator[Mend]:
    """The mends that may be meant, the likeliest first."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return
    at = _offset(text, problem.line, problem.column)
    for start, end, now in _edits(problem, text, at):
        was = text[start:end]
        yield Mend(file=problem.file, line=problem.line, code=problem.code, start=start, end=end, was=was, now=now)


def _edits(problem: Problem, text: str, at: int) -> Iterator[tuple[int, int, str]]:
    if problem.code == "hidden-character" and HIDDEN.match(text, at):
        yield at, at + 1, ""
    elif problem.code == "directive" and text.startswith("%YAML", at):
        yield at, _end_of_line(text, at), ""
    elif problem.code == "not-yaml":
        yield from _tabs(text, at)
    elif problem.instead:
        yield from _renamed(problem.instead, _words(text, at))
    elif problem.code == "odd-number":
        yield from _plainly(_value_at(text, at))
    elif problem.code == "yaml-trap":
        yield from _unmistakable(
            next(iter(_words(text, at)), None), story=problem.file.startswith((FOLDER, OF_OVERLAYS))
        )
    elif problem.code == "wrong-type":
        word = _value_at(text, at)
        if word and word.plain and re.fullmatch(r"[\w.+-]+", word.value):
            yield word.start, word.end, f'"{word.value}"'
            yield word.start, word.end, f"[{word.value}]"


def _offset(text: str, line: int, column: int) -> int:
    at = 0
    for _ in range(line - 1):
        at = text.find("\n", at) + 1
    return at + column - 1


def _end_of_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end - text.startswith("\r", end - 1)


def _tabs(text: str, at: int) -> Iterator[tuple[int, int, str]]:
    """A tab in the indent of the line counts two spaces."""
    start = text.rfind("\n", 0, at) + 1
    indent = re.compile(r"[ \t]*").match(text, start)
    if indent and "\t" in indent[0]:
        yield indent.start(), indent.end(), indent[0].replace("\t", "  ")


def _words(text: str, at: int) -> list[_Word]:
    """The next scalars from this place on; none where the text is not YAML."""
    found: list[_Word] = []
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            if isinstance(event, ScalarEvent) and event.start_mark.index >= at:
                found.append(_Word(event, text))
            if len(found) == _NEAR:
                break
    except YAMLError:
        pass
    return found


def _value_at(text: str, at: int) -> _Word | None:
    """The scalar that stands here, or the value of the key that stands here, in the same line."""
    words = _words(text, at)
    if words and words[0].start == at and words[0].is_key:
        words = words[1:]
    here = bool(words) and "\n" not in text[at : words[0].start]
    return words[0] if here else None


def _renamed(instead: tuple[str, str], words: list[_Word]) -> Iterator[tuple[int, int, str]]:
    """The name in the place of the wrong one; of `sop.name` the part alone that differs, where only that is written."""
    was, now = instead
    spellings = [(was, now)]
    if was.count(".") == now.count(".") == 1:
        spellings += [pair for pair in zip(was.split("."), now.split("."), strict=True) if pair[0] != pair[1]]
    for word in words:
        for old, new in spellings:
            if word.value == old:
                quote = "" if word.plain else '"'
                yield word.start, word.end, f"{quote}{new}{quote}"
                return


def _plainly(word: _Word | None) -> Iterator[tuple[int, int, str]]:
    """`1_000` is 1000 and `+5` is 5; what begins with a nought was meant as text."""
    if word is None or not word.plain:
        return
    if re.fullmatch(r"0\d+", word.value):
        yield word.start, word.end, f'"{word.value}"'
    elif re.fullmatch(r"\+?[1-9]\d*(_\d+)*", word.value):
        yield word.start, word.end, word.value.lstrip("+").replace("_", "")
    elif re.fullmatch(r"\.\d+", word.value):
        yield word.start, word.end, f"0{word.value}"


def _unmistakable(word: _Word | None, *, story: bool) -> Iterator[tuple[int, int, str]]:
    """Where yes or no is meant, `true` or `false`; anywhere else the same text in quotes. In stories always the text."""
    if word is None or not word.plain:
        return
    spoken = word.value.lower()
    if not word.is_key and not story and spoken in (*_YES, *_NO):
        yield word.start, word.end, "true" if spoken in _YES else "false"
    yield word.start, word.end, f'"{word.value}"'
