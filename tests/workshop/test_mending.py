"""Mends: certain, in their place, once; and never at the price of something else."""

import pytest

from sop.problems import Problem
from workshop.check import findings
from workshop.example import BASE
from workshop.mending import Mend, mended


def check(files: dict[str, bytes]) -> list[Problem]:
    return findings(files)[1]


def changed(file: str, old: str, new: str) -> dict[str, bytes]:
    assert BASE[file].count(old) == 1, old
    return {n: t.replace(old, new).encode() if n == file else t.encode() for n, t in BASE.items()}


def fixed(files: dict[str, bytes]) -> tuple[dict[str, bytes], list[Mend]]:
    after, mends = mended(files, check)
    again, more = mended(after, check)
    assert (again, more) == (after, []), "mending twice changes no more than once"
    return after, mends


# File, what stands there, what somebody wrote; the mend gives back what stood there, or the last column.
CERTAIN: list[tuple[str, str, str, str, str]] = [
    ("a role", "care.yaml", "    who: [authority]", "    who: [authorty]", ""),
    ("a role, the second of a list", "care.yaml", "by: [authority, case_manager]", "by: [authority, case_manger]", ""),
    ("a role in quotes", "care.yaml", "    who: [authority]", '    who: ["authorty"]', '    who: ["authority"]'),
    ("a measure", "care.yaml", "met-by: {done: talk}", "met-by: {done: tallk}", ""),
    ("a state of this SOP", "care.yaml", "initial: new", "initial: neww", ""),
    ("a clock of this SOP", "care.yaml", "    starts: [rest]", "    starts: [rrest]", ""),
    ("a fact", "procedure.yaml", "when: {fact: case.age", "when: {fact: case.agee", ""),
    ("a level", "instruments/danger.yaml", "floor-while: {near: grave}", "floor-while: {near: grvae}", ""),
    ("a long name, two slips", "procedure.yaml", "opened-by: [case_manager]", "opened-by: [case_mnagre]", ""),
    ("a word of the language", "care.yaml", "activity: assess_risk", "activity: asess_risk", ""),
    ("a key", "care.yaml", "    anchor: talk.begun_on", "    anchr: talk.begun_on", ""),
    ("a key with a comment behind", "care.yaml", "    statutory: true\n", "    statutry: true   # the law\n", "    statutory: true   # the law\n"),
    ("a version", "procedure.yaml", 'version: "1.0"', "version: 1.0", ""),
    ("a list of one", "care.yaml", "    who: [authority]", "    who: authority", ""),
    ("a mark of byte order", "procedure.yaml", "procedure: example", "\ufeffprocedure: example", ""),
    ("a space that nobody sees", "care.yaml", "title: Care\n", "title: Ca\u200bre\n", ""),
    ("several of them", "care.yaml", "what: The person is heard", "what: The\u200b person\u200e is\u2060 heard", ""),
    ("a tab", "care.yaml", "  resting: {title: Resting}", "\tresting: {title: Resting}", ""),
    ("Norway", "procedure.yaml", "  default: {zone", "  NO: {zone: Europe/Oslo}\n  default: {zone", '  "NO": {zone: Europe/Oslo}\n  default: {zone'),
    ("yes for true", "work.yaml", "hired: {title: Hired, final: true}", "hired: {title: Hired, final: yes}", ""),
    ("on as a text", "care.yaml", "title: Care\n", "title: on\n", 'title: "on"\n'),
    ("a nought in front", "care.yaml", "what: The person is heard", "what: 0123", 'what: "0123"'),
    ("a number with a line in it", "procedure.yaml", "at-most: 17}", "at-most: 1_7}", ""),
    ("a number with a sign", "procedure.yaml", "at-most: 17}", "at-most: +17}", ""),
    ("half a number", "instruments/danger.yaml", "weight: minor}", "weight: .5}", "weight: 0.5}"),
    ("a directive", "work.yaml", "sop: work\n", "%YAML 1.1\n---\nsop: work\n", "\n---\nsop: work\n"),
    ("a status in a story", "scenarios/declines.yaml", "  - expect: {states: {care: declined}}", "  - expect: {states: {care: declinedd}}", ""),
]  # fmt: skip


@pytest.mark.parametrize(("file", "stood", "wrote", "becomes"), [c[1:] for c in CERTAIN], ids=[c[0] for c in CERTAIN])
def test_what_is_certain_is_mended_and_nothing_else_changes(file: str, stood: str, wrote: str, becomes: str) -> None:
    wrong = changed(file, stood, wrote)
    assert check(wrong)
    after, mends = fixed(wrong)
    assert after == changed(file, stood, becomes or stood)
    assert check(after) == []
    assert mends
    for mend in mends:
        assert mend.file == file
        assert mend.was != mend.now


UNCERTAIN: list[tuple[str, str, str, str]] = [
    ("a name as near to another", "care.yaml", "    to: decided", "    to: declided"),
    ("a name that means something else", "care.yaml", "    to: decided", "    to: deciding"),
    ("nothing is near", "care.yaml", "    who: [authority]", "    who: [doctor]"),
    ("a text in the place of a list of two kinds", "care.yaml", "met-by: {done: talk}", "met-by: talk"),
    ("a number that is too long", "procedure.yaml", "at-most: 17}", "at-most: 1e3}"),
    ("a state that cannot be reached", "care.yaml", "    to: resting", "    to: decided"),
    ("an empty value", "care.yaml", "title: Care\n", "title:\n"),
    ("a tag", "care.yaml", "title: Care\n", "title: !!str Care\n"),
    ("a key twice", "care.yaml", "title: Care\n", "title: Care\ntitle: Cure\n"),
    ("a hidden character, spelled out", "care.yaml", "title: Care\n", 'title: "Ca\\u200bre"\n'),
]


@pytest.mark.parametrize(("file", "stood", "wrote"), [u[1:] for u in UNCERTAIN], ids=[u[0] for u in UNCERTAIN])
def test_what_is_not_certain_stays_as_it_is(file: str, stood: str, wrote: str) -> None:
    wrong = changed(file, stood, wrote)
    assert check(wrong)
    assert fixed(wrong) == (wrong, [])


def test_two_near_names_are_no_certain_one() -> None:
    head = BASE["procedure.yaml"].replace("authority: Authority}", "authority_a: Authority, authority_b: Other}")
    files = {n: t.encode() for n, t in BASE.items()} | {"procedure.yaml": head.encode()}
    assert {p.code for p in check(files)} >= {"no-such-role"}
    assert fixed(files)[1] == []


def test_many_mistakes_are_mended_together_and_windows_line_ends_stay() -> None:
    files = changed("care.yaml", "    who: [authority]", "    who: [authorty]")
    text = files["care.yaml"].replace(b"initial: new", b"initial: neww").replace(b"\n", b"\r\n")
    after, mends = fixed(files | {"care.yaml": text})
    assert after["care.yaml"] == BASE["care.yaml"].replace("\n", "\r\n").encode()
    assert {(mend.was, mend.now) for mend in mends} == {("neww", "new"), ("authorty", "authority")}


def test_yes_in_a_story_stays_the_word_that_an_answer_is() -> None:
    text = BASE["scenarios/declines.yaml"].replace(
        "  - record: talk", "  - {record: risk_check, fields: {answers: {near: yes}}}"
    )
    files = {n: t.encode() for n, t in BASE.items()} | {"scenarios/declines.yaml": text.encode()}
    after, _ = fixed(files)
    assert b'{near: "yes"}' in after["scenarios/declines.yaml"]


def test_a_mend_that_brings_another_finding_is_not_made() -> None:
    """`[care, care]` would say nothing new, so the name that leads nowhere is left to a person."""
    files = changed("procedure.yaml", "sops: [care, work]\nstarts", "sops: [care, wor, work]\nstarts")
    assert fixed(files)[1] == []
