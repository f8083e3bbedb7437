"""A file of migrations/ that leads nowhere is found with its place, before any case meets it."""

import pytest

from sop.loader import examine

GOOD = """\
migration: m
from: ["0.9"]
states: {care.waiting: care.new}
measures: {first_talk: talk}
clocks: {care.calm: care.rest}
facts: {case.years: case.age}
values: {case.wish: {remain: stay}}
ends: [care.gone]
same-consents: [help]
"""
MISTAKES = [
    ("care.waiting: care.new", "care.waiting: care.nwe", "no-such-state", 3, "‘care.new’"),
    ("care.waiting: care.new", "care.waiting: care.not_open", "no-such-state", 3, ""),
    ("first_talk: talk", "first_talk: tolk", "no-such-measure", 4, "‘talk’"),
    ("care.calm: care.rest", "care.calm: care.rset", "no-such-clock", 5, "‘care.rest’"),
    ("case.years: case.age", "case.years: case.agee", "no-such-fact", 6, "‘case.age’"),
    ("case.wish: {remain", "case.wihs: {remain", "no-such-fact", 7, "‘case.wish’"),
    ("same-consents: [help]", "same-consents: [halp]", "no-such-consent", 9, "‘help’"),
    ('from: ["0.9"]', 'from: ["0.9", "1"]', "migration-from-itself", 2, ""),
    ("states: {care.waiting", "states: {waiting", "bad-name", 3, ""),
    ("ends: [care.gone]", "end: [care.gone]", "unknown-key", 8, ""),
]


def problems(mini_files, text: str, **more: str) -> list[tuple[str, str, int, str]]:
    files = mini_files() | {"migrations/m.yaml": text.encode()}
    files |= {f"migrations/{name}.yaml": other.encode() for name, other in more.items()}
    return [(one.code, one.file, one.line, one.help) for one in examine(files)[1]]


def test_a_good_file_has_no_problem(mini_files):
    assert problems(mini_files, GOOD) == []


@pytest.mark.parametrize(("old", "new", "code", "line", "help_"), MISTAKES, ids=[f"{m[2]}-{m[3]}" for m in MISTAKES])
def test_a_mistake_has_its_code_and_its_place(mini_files, old, new, code, line, help_):
    assert old in GOOD
    ((found, file, at, help_text),) = problems(mini_files, GOOD.replace(old, new))
    assert (found, file, at) == (code, "migrations/m.yaml", line)
    assert help_ in help_text


def test_each_version_has_one_way_here(mini_files):
    other = 'migration: other\nfrom: ["0.8", "0.9"]\n'
    assert [(code, file, line) for code, file, line, _ in problems(mini_files, GOOD, n=other)] == [
        ("migration-twice", "migrations/n.yaml", 2)
    ]
