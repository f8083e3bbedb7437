"""Every trap of YAML is refused with its code and its place: never a traceback, never for long, never by size."""

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sop.loader import examine
from sop.problems import Problem, Tree
from sop.reader import read

NFC, NFD = "caf\u00e9", "cafe\u0301"

# The text, the code, the line and the column of the first finding.
TRAPS: list[tuple[str, bytes | str, str, int, int]] = [
    ("nothing at all", "", "empty", 1, 1),
    ("only spaces", " \n \n", "empty", 1, 1),
    ("only comments", "# one\n# two\n", "not-a-mapping", 1, 1),
    ("a byte order mark", b"\xef\xbb\xbfsop: a\n", "hidden-character", 1, 1),
    ("UTF-16", "sop: a\n".encode("utf-16"), "not-utf8", 1, 1),
    ("UTF-16 without a mark", "sop: a\n".encode("utf-16-le"), "hidden-character", 1, 2),
    ("Latin-1", "sop: a\ntitle: \u00e9\n".encode("latin-1"), "not-utf8", 2, 1),
    ("Windows-1251", "title: \u0430\n".encode("windows-1251"), "not-utf8", 1, 1),
    ("a tab as indent", "a:\n\tb: c\n", "not-yaml", 2, 1),
    ("a tab before a key", "a: b\n\tc: d\n", "not-yaml", 2, 1),
    ("two documents", "a: b\n---\nc: d\n", "two-documents", 2, 1),
    ("a directive", "%YAML 1.1\n---\na: b\n", "directive", 1, 1),
    ("a tag directive", "# x\n%TAG ! tag:x,2000:\n---\na: b\n", "directive", 2, 1),
    ("an unknown directive", "%FOO bar\n---\na: b\n", "directive", 1, 1),
    ("an anchor", "a: &x b\n", "anchor", 1, 4),
    ("an alias", "a: *x\n", "alias", 1, 4),
    ("an alias that is its own", "a: &x [*x]\n", "anchor", 1, 4),
    ("a merge key", "a:\n  <<: {b: 1}\n", "merge-key", 2, 3),
    ("a bomb", "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n", "anchor", 1, 4),
    ("a Python tag", "a: !!python/object/apply:os.system ['id']\n", "tag", 1, 4),
    ("a binary tag", "a: !!binary aGk=\n", "tag", 1, 4),
    ("a set tag", "a: !!set {b}\n", "tag", 1, 4),
    ("a tag of one's own", "a: !mine b\n", "tag", 1, 4),
    ("a plain tag", "a: !!str 1\n", "tag", 1, 4),
    ("a key twice", "a: 1\nb: 2\na: 3\n", "duplicate-key", 3, 1),
    ("a key twice inside", "a:\n  b: 1\n  b: 2\n", "duplicate-key", 3, 3),
    ("a key twice in another case", "Note: 1\nnote: 2\n", "duplicate-key", 2, 1),
    ("a key twice in NFC and NFD", f"{NFC}: 1\n{NFD}: 2\n", "duplicate-key", 2, 1),
    ("a key twice by ligature", "\ufb01x: 1\nfix: 2\n", "duplicate-key", 2, 1),
    ("a key twice, once in quotes", 'a: 1\n"a": 2\n', "duplicate-key", 2, 1),
    ("null as key", "Null: 1\n", "bad-key", 1, 1),
    ("tilde as key", "~: 1\n", "bad-key", 1, 1),
    ("a number as key", "a:\n  1: b\n", "bad-key", 2, 3),
    ("true as key", "true: b\n", "bad-key", 1, 1),
    ("a list as key", "? [a]\n: b\n", "bad-key", 1, 3),
    ("a map as key", "? {a: b}\n: c\n", "bad-key", 1, 3),
    ("no key", ": b\n", "not-yaml", 1, 1),
    ("an empty value", "a: 1\nb:\nc: 2\n", "empty-value", 2, 1),
    ("null as value", "a: null\n", "empty-value", 1, 4),
    ("tilde as value", "a: ~\n", "empty-value", 1, 4),
    ("an octal of old", "a: 012\n", "odd-number", 1, 4),
    ("an octal", "a: 0o12\n", "odd-number", 1, 4),
    ("a hexadecimal", "a: 0x1F\n", "odd-number", 1, 4),
    ("underscores", "a: 1_000\n", "odd-number", 1, 4),
    ("an exponent", "a: 1e3\n", "odd-number", 1, 4),
    ("infinity", "a: .inf\n", "odd-number", 1, 4),
    ("not a number", "a: .nan\n", "odd-number", 1, 4),
    ("a plus", "a: +1\n", "odd-number", 1, 4),
    ("half a number", "a: .5\n", "odd-number", 1, 4),
    ("a very long number", "a: " + "9" * 30 + "\n", "odd-number", 1, 4),
    ("NUL", b"a: b\x00c\n", "hidden-character", 1, 5),
    ("NUL, escaped", 'a: "b\\x00"\n', "hidden-character", 1, 4),
    ("a control character of C1", "a: b\u0085c\n", "hidden-character", 1, 5),
    ("an override of direction", "a: b\u202ec\n", "hidden-character", 1, 5),
    ("an override, escaped", 'a: "\\u202e"\n', "hidden-character", 1, 4),
    ("a zero-width space in a name", "na\u200bme: b\n", "hidden-character", 1, 3),
    ("a zero-width joiner", "a: b\u200dc\n", "hidden-character", 1, 5),
    ("a line separator", "a: b\u2028c\n", "hidden-character", 1, 5),
    ("half a character, escaped", 'a: "\\ud800"\n', "not-yaml", 1, 7),
    ("half a character", b"a: \xed\xa0\x80\n", "not-utf8", 1, 1),
    ("a list", "- a\n- b\n", "not-a-mapping", 1, 1),
    ("a text", "hello\n", "not-a-mapping", 1, 1),
    ("an open quote", 'a: "b\n', "not-yaml", 2, 1),
    ("an open bracket", "a: [b\n", "not-yaml", 2, 1),
    ("a reserved sign", "a: @b\n", "not-yaml", 1, 4),
    ("an address", "a: b\nhttps://example.org/x.yaml\n", "not-yaml", 3, 1),
    ("nested 41 deep", "a: " + "[" * 45 + "]" * 45 + "\n", "too-deep", 1, 43),
    ("a text too long", "a: " + "x" * 10_001 + "\n", "too-long", 1, 4),
]


@pytest.mark.parametrize(("text", "code", "line", "column"), [t[1:] for t in TRAPS], ids=[t[0] for t in TRAPS])
def test_a_trap_is_refused_at_its_place(text: bytes | str, code: str, line: int, column: int) -> None:
    found = read("bad.yaml", text if isinstance(text, bytes) else text.encode())
    assert isinstance(found, list)
    assert found[0].message.endswith(".")
    assert (found[0].code, found[0].line, found[0].column) == (code, line, column), found[:3]


HUGE: list[tuple[str, bytes]] = [
    ("5 MB", b"a: " + b"x" * 5_000_000),
    ("a scalar of 10 MB", b"a: |\n  " + b"x" * 10_000_000),
    ("100,000 states", b"states:\n" + b"".join(b"  s%d: {title: t}\n" % i for i in range(100_000))),
    ("as many states as fit", b"states:\n" + b"".join(b"  s%d: {}\n" % i for i in range(20_000))),
    ("a long list", b"a: [" + b"1," * 140_000 + b"]"),
    ("nested 2,000 in brackets", b"a: " + b"[" * 2_000),
    ("nested 2,000 in braces", b"a: " + b"{a: " * 2_000),
    ("nested 700 by indent", b"".join(b" " * i + b"a:\n" for i in range(700))),
    ("nested dashes", b"- " * 140_000),
    ("brackets alone", b"[" * 290_000),
    ("quotes", b"a: '" + b"''" * 140_000 + b"'"),
    ("comments", b"# x\n" * 70_000 + b"a: b\n"),
    ("newlines", b"a: b" + b"\n" * 290_000),
    ("lines of one text", b"a: b\n" + b" c\n" * 95_000),
    ("a long key", b"a" * 290_000 + b": b"),
    ("a folded text", b"a: >\n" + b" x\n" * 95_000),
    ("anchors", b"&a " * 95_000),
    ("aliases", b"a: [" + b"*a," * 95_000 + b"]"),
    ("directives", b"%A b\n" * 57_000 + b"---\na: b\n"),
    ("documents", b"---\n" * 72_000),
    ("one key many times", b"a: b\n" * 50_000),
    ("many keys", b"".join(b"a%d: b\n" % i for i in range(30_000))),
    ("carriage returns", b"a: b\r" * 57_000),
    ("a long tag", b"a: !<" + b"%41" * 95_000 + b"> x"),
    (
        "a billion laughs",
        b"".join(b"l%d: &l%d [%s]\n" % (i, i, b",".join([b"*l%d" % (i - 1)] * 9)) for i in range(1, 9)),
    ),
]


@pytest.mark.parametrize("content", [h[1] for h in HUGE], ids=[h[0] for h in HUGE])
def test_what_is_huge_is_refused_soon_and_shortly(content: bytes) -> None:
    began = time.process_time()
    found = read("bad.yaml", content)
    assert time.process_time() - began < 2
    if isinstance(found, list):
        assert 1 <= len(found) <= 110
        assert sum(len(p.message) + len(p.help) for p in found) < 40_000


KEPT: list[tuple[str, dict[str, Any]]] = [
    ('NO: 1\n"on": yes\n', {"NO": 1, "on": "yes"}),
    ("a: [NO, on, off, yes, n]\n", {"a": ["NO", "on", "off", "yes", "n"]}),
    ("a: 12:30\n", {"a": "12:30"}),
    ("a: 2024-02-30\n", {"a": "2024-02-30"}),
    ("a: true\nb: False\n", {"a": True, "b": False}),
    ("a: -7\nb: 2.5\n", {"a": -7, "b": 2.5}),
    ('a: "012"\n', {"a": "012"}),
    ("a: b\r\nc: d\r\n", {"a": "b", "c": "d"}),
    ("a: ../../etc/passwd\n", {"a": "../../etc/passwd"}),
    ("a: '{case.__class__} {{7*7}}'\n", {"a": "{case.__class__} {{7*7}}"}),
]


@pytest.mark.parametrize(("text", "value"), KEPT)
def test_what_looks_like_a_trap_and_is_none_is_kept_as_text(text: str, value: dict[str, Any]) -> None:
    found = read("good.yaml", text.encode())
    assert isinstance(found, Tree)
    assert found.value == value


@settings(max_examples=200, deadline=None, database=None, derandomize=True)
@given(
    st.binary(max_size=400)
    | st.text(alphabet="abc:-[]{}#&*!|>'\"%@`?, \n\t~012.\ufeff\u202e", max_size=200).map(str.encode)
)
def test_any_bytes_are_a_tree_or_problems(content: bytes) -> None:
    found = read("any.yaml", content)
    assert isinstance(found, Tree) or (found and all(isinstance(p, Problem) for p in found))
    definition, problems = examine({"procedure.yaml": content, "a.yaml": content, "instruments/b.yaml": content})
    assert definition is None
    assert problems
