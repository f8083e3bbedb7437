"""The floor of the base: each way below it is found at its place, and the same change kept above it is not."""

from collections.abc import Callable

import pytest

from sop.durations import Duration
from sop.loader import examine
from sop.problems import Problem

Files = Callable[..., dict[str, bytes]]
HEAD = """\
overlay: rs
version: "1"
title: Serbia
country: RS
calendar: {zone: Europe/Belgrade, source: {document: A list, evidence: K}}
"""
LAW = "source: {law: A law, evidence: K}"


def rest(change: str) -> str:
    return f"clocks:\n  care.rest:\n    - {change}\n      {LAW}\n"


def found(files: dict[str, bytes], body: str) -> list[Problem]:
    definition, problems = examine(files | {"overlays/rs.yaml": (HEAD + body).encode()}, "rs")
    assert (definition is None) == bool(problems)
    return problems


BELOW: list[tuple[str, str, str, int]] = [
    ("a shorter period", rest("period: 29 days"), rest("period: 30 days"), 8),
    ("a month, which may have 28 days", rest("period: 1 month"), rest("period: 2 months"), 8),
    ("a lower least", rest("period: {at-least: 20 days}"), rest("period: {at-least: 40 days}"), 8),
    ("a most without a least", rest("period: {at-most: 90 days}"), rest("period: {range: {from: 30 days, to: 90 days}}"), 8),
    (
        "a length that is set per case without a least",
        rest("period: {per-case: true, set-by: plan.length}"),
        rest("period: {per-case: true, at-least: 30 days, set-by: plan.length}"),
        8,
    ),
    ("a range from below", rest("period: {range: {from: 7 days, to: 90 days}}"), rest("period: {range: {from: 31 days, to: 90 days}}"), 8),
    (
        "a variant below the base",
        rest("variants: [{when: {case.wish: go}, length: 10 days}]"),
        rest("variants: [{when: {case.wish: go}, length: 30 days}]"),
        8,
    ),
    (
        "less for a child than for an adult",
        rest("period: 90 days\n      variants: [{when: {case.child: true}, length: 60 days}]"),
        rest("period: 90 days\n      variants: [{when: {case.child: true}, length: 120 days}]"),
        9,
    ),
    (
        "another reason to end early",
        rest("ends-early: {by: [authority], second-person: [supervisor], reasons: {rested: Rested, silent: Says nothing}}"),
        rest("ends-early: {by: [authority], second-person: [supervisor], reasons: {rested: Rested in Serbia}}"),
        8,
    ),
    (
        "a longer deadline that is law",
        "clocks:\n  work.claim:\n    - deadline: 40 days\n      source: {law: A law, evidence: K}\n",
        "clocks:\n  work.claim:\n    - deadline: 20 days\n      source: {law: A law, evidence: K}\n",
        8,
    ),
    ("a measure that a condition needs", "drops:\n  measures: [check]\n", "drops:\n  measures: [spare]\n", 7),
    ("a measure that a rule stands on", "drops:\n  measures: [ruled]\n", "drops:\n  measures: [spare]\n", 7),
    ("a measure that a clock asks for", "drops:\n  measures: [visit]\n", "drops:\n  measures: [visit]\n  clocks: [care.limit, care.visits]\n", 7),
    ("a period", "drops:\n  clocks: [care.rest]\n", "drops:\n  clocks: [care.limit]\n", 7),
    ("a clock that is law", "drops:\n  clocks: [work.claim]\n", "drops:\n  clocks: [care.limit]\n", 7),
    ("a clock that a rule stands on", "drops:\n  clocks: [care.spare_due]\n", "drops:\n  clocks: [care.limit]\n", 7),
    ("a field that is needed", "measures:\n  verdict:\n    drops: [good]\n", "measures:\n  plan:\n    drops: [goal]\n", 8),
    ("a field that a clock reads", "measures:\n  plan:\n    drops: [length]\n", "measures:\n  check:\n    drops: [remarks]\n", 8),
    ("a field that sets a fact of the case", "measures:\n  verdict:\n    drops: [wish]\n", "measures:\n  plan:\n    drops: [goal]\n", 8),
    (
        "a package without what the base requires",
        "from: 2026-01-01\nuntil: 2026-02-01\nkeeps: [check]\n",
        "from: 2026-01-01\nuntil: 2026-02-01\nkeeps: [check, spare]\n",
        8,
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def base(mini_files: Files) -> dict[str, bytes]:
    """The small procedure, with measures that may be spared, that a rule stands on, and that the base requires."""
    measure = "title: {0}, what: x, when: x, who: [case_manager], how: [x]"
    added = "".join(
        f"  {name}: {{{measure.format(name)}{more}}}\n"
        for name, more in (("spare", ", kind: required"), ("ruled", ", rule: R1"))
    )
    due = "  spare_due: {title: Due, deadline: 2 days, starts: {case: opened}, met-by: {done: talk}, rule: R1, when-missed: [{tell: supervisor}]}\n"
    return mini_files(
        ("measures:\n  talk:", f"measures:\n{added}  talk:"),
        ("clocks:\n  rest:", f"clocks:\n{due}  rest:"),
        ("    deadline: {per-case: true, set-by: plan.limit}\n    statutory", "    deadline: 30 days\n    statutory"),
    )


@pytest.mark.parametrize(("what", "below", "above", "line"), BELOW, ids=[case[0] for case in BELOW])
def test_what_goes_below_the_floor_is_found_and_what_stays_above_is_not(
    base: dict[str, bytes], what: str, below: str, above: str, line: int
) -> None:
    problems = found(base, below)
    assert [(p.code, p.line, p.file) for p in problems] == [("below-floor", line, "overlays/rs.yaml")], what
    assert problems[0].message
    assert found(base, above) == [], what


def test_the_variant_of_the_base_may_not_be_lost(mini_files: Files) -> None:
    """Where the base gives a child more, an overlay with other variants gives it at least as much."""
    files = mini_files(
        (
            "    anchor: plan.begun\n",
            "    anchor: plan.begun\n    variants: [{when: {case.child: true}, length: 50 days}]\n",
        )
    )
    lost = found(files, rest("period: 40 days\n      variants: [{when: {case.wish: go}, length: 60 days}]"))
    assert [p.code for p in lost] == ["below-floor"]
    assert "50 days" in lost[0].message
    kept = rest("period: 40 days\n      variants: [{when: {case.child: true}, length: 50 days}]")
    assert found(files, kept) == []
    assert found(files, rest("period: 60 days\n      variants: [{when: {case.wish: go}, length: 60 days}]")) == []


def test_a_second_law_is_held_to_the_floor_too(base: dict[str, bytes]) -> None:
    laws = (
        "clocks:\n  care.rest:\n"
        "    - {period: 90 days, source: {law: New, evidence: K, in-force-from: 2026-01-01}}\n"
        "    - {period: 14 days, source: {law: Old, evidence: K, until: 2025-12-31}}\n"
    )
    assert [(p.code, p.line) for p in found(base, laws)] == [("below-floor", 9)]


def test_lengths_are_weighed_at_their_shortest_and_their_longest() -> None:
    shortest = {1: 28, 2: 59, 3: 89, 6: 181, 12: 365}
    assert {months: Duration(months=months).fewest_days() for months in shortest} == shortest
    assert Duration(months=1).most_days() == 31
    assert Duration(months=12).most_days() == 366
    assert Duration(days=30).fewest_days() == Duration(days=30).most_days() == 30
    assert Duration(working_days=5).fewest_days() == 5
    assert Duration(working_days=5).most_days() == 7
