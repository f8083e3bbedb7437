"""Rights as data: they are read with the procedure, count for its hash, and lose no name."""

from collections.abc import Callable

import pytest

from sop.loader import content_hash, examine, load
from sop.procedure import compile_procedure
from sop.rights import Right

Files = Callable[..., dict[str, bytes]]
SOURCE = "source: {law: Law of rest, article: '1', evidence: V}"
GOOD = f"""\
rights:
  rest_first:
    title: Nobody decides about a person at rest
    {SOURCE}
    whenever: {{entering: [care.decided], telling: [closed]}}
    needs: [{{not: {{running: care.rest}}}}]
"""


def with_rights(files: Files, text: str) -> dict[str, bytes]:
    return files() | {"rights.yaml": text.encode()}


def test_rights_are_part_of_the_definition_and_of_its_hash(mini_files: Files) -> None:
    without, with_ = load(mini_files()), load(with_rights(mini_files, GOOD))
    assert without.rights == {}
    assert list(with_.rights) == ["rest_first"]
    assert content_hash(without) != content_hash(with_)
    assert content_hash(with_) == content_hash(load(with_rights(mini_files, GOOD + "# a remark\n")))


def test_a_procedure_without_rights_has_no_guard_and_one_replayed_for_the_proof_neither(mini_files: Files) -> None:
    stated = load(with_rights(mini_files, GOOD))
    assert compile_procedure(load(mini_files())).guard is None
    assert compile_procedure(stated).guard is not None
    assert compile_procedure(stated, guarded=False).guard is None
    assert compile_procedure(stated, guarded=False).hash == compile_procedure(stated).hash


# What is written in place of `whenever` and `needs`, and the finding: code, line, and a piece of what it says.
MISTAKES: list[tuple[str, str, str, int, str]] = [
    ("no statement", "", "right-statement", 2, "exactly one of these keys"),
    ("two statements", "responsible: true\n    never-by-clock: {entering: [care.decided]}", "right-statement", 2, "exactly one"),
    ("steps without needs", "whenever: {entering: [care.decided]}", "right-statement", 2, "go together"),
    ("needs without steps", "responsible: true\n    needs: [{consent: help}]", "right-statement", 2, "go together"),
    ("no step at all", "second-person: {entering: []}", "right-statement", 5, "at least one step"),
    ("nothing that must not matter", "independent: {sops: [care], of: {facts: []}}", "right-statement", 5, "at least one of"),
    ("nobody who must not depend", "independent: {of: {consents: [help]}}", "right-statement", 5, "Name the steps"),
    ("a state that is nowhere", "never-by-clock: {entering: [care.decidde]}", "no-such-state", 5, "‘care.decided’"),
    ("a measure that is nowhere", "second-person: {doing: [verdikt]}", "no-such-measure", 5, "‘verdict’"),
    ("an event that is nowhere", "second-person: {telling: [closd]}", "no-such-life-event", 5, "‘closed’"),
    ("a clock that is nowhere", "lasts: {clock: care.rset, at-least: 30 days}", "no-such-clock", 5, "‘care.rest’"),
    ("a duty that should protect", "lasts: {clock: care.limit, at-least: 30 days}", "clock-kind", 5, "only a period"),
    ("a length that is none", "lasts: {clock: care.rest, at-least: long}", "bad-duration", 5, "not a duration"),
    ("a SOP that is nowhere", "independent: {sops: [caer], of: {consents: [help]}}", "no-such-sop", 5, "‘care’"),
    ("a step that is nowhere", "independent: {steps: [care.rset], of: {consents: [help]}}", "no-such-transition", 5, "‘care.rest’"),
    ("a fact that is nowhere", "independent: {sops: [care], of: {facts: [case.agee]}}", "no-such-fact", 5, "‘case.age’"),
    ("a consent that is nowhere", "independent: {sops: [care], of: {consents: [halp]}}", "no-such-consent", 5, "‘help’"),
    ("a standing that is nowhere", "independent: {sops: [care], of: {standing-of: [wrok]}}", "no-such-sop", 5, "‘work’"),
    ("a condition about nothing", "always: [{done: tlak}]", "no-such-measure", 5, "‘talk’"),
    ("a value that a fact never has", "always: [{fact: case.wish, is: gone}]", "bad-fact-value", 5, "never"),
    ("a rule that is nowhere", "responsible: true\n    rule: R9", "no-such-rule", 6, "Known here: R1"),
    ("a key that is none", "alwys: [{consent: help}]", "unknown-key", 5, "Did you mean ‘always’?"),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "code", "line", "said"), [m[1:] for m in MISTAKES], ids=[m[0] for m in MISTAKES])
def test_a_mistake_in_a_right_is_found_at_its_place(
    mini_files: Files, statement: str, code: str, line: int, said: str
) -> None:
    text = f"rights:\n  one:\n    title: One\n    {SOURCE}\n    {statement}\n"
    definition, problems = examine(with_rights(mini_files, text))
    assert definition is None
    found = [p for p in problems if (p.code, p.file, p.line) == (code, "rights.yaml", line)]
    assert found, problems
    assert any(said in p.message + p.help for p in found), found


def test_a_right_says_where_it_comes_from_and_never_calls_our_own_default_law() -> None:
    law = Right.model_validate(
        {"title": "Rest", "responsible": True, "source": {"law": "Law", "article": "1", "evidence": "V"}}
    )
    ours = Right.model_validate(
        {"title": "Rest", "responsible": True, "source": {"document": "House rules", "evidence": "D"}}
    )
    assert law.cited == "‘Rest’ (Law, article 1)"
    assert ours.cited == "‘Rest’ (our default: House rules)"
