"""The proof of how long a period lasts: every length that it can have, and everything that can end it."""

import pytest

from cli.folders import SHIPPED, files_of
from sop.loader import load
from sop.model import Definition, Sop
from sop.problems import Tree
from sop.procedure import compile_procedure
from sop.reader import read
from workshop.playing import play
from workshop.proof import prove

FILES = files_of(SHIPPED / "trm")
SOUND = load(FILES)
PERIOD = "period: {at-least: 30 days, set-by: recovery_and_reflection.length}\n"
END = "    at-end: {asks: reflection_decision}"


def changed(old: str, new: str) -> Definition:
    text = FILES["identification.yaml"].decode()
    assert old in text
    tree = read("identification.yaml", text.replace(old, new, 1).encode())
    assert isinstance(tree, Tree)
    sop = Sop.model_validate(tree.value)
    return SOUND.model_copy(update={"sops": SOUND.sops | {sop.sop: sop}})


SHORT = {
    "a fixed length": (PERIOD, "period: 29 days\n"),
    "a month, which may have 28 days": (PERIOD, "period: 1 month\n"),
    "twenty working days": (PERIOD, "period: 20 working days\n"),
    "the lower end of a range": (PERIOD, "period: {range: {from: 14 days, to: 60 days}, set-by: recovery_and_reflection.length}\n"),
    "a ceiling without a floor": (PERIOD, "period: {at-most: 60 days, set-by: recovery_and_reflection.length}\n"),
    "whatever is set per case": (PERIOD, "period: {per-case: true, set-by: recovery_and_reflection.length}\n"),
    "a variant for some": (PERIOD, f"{PERIOD}    variants: [{{when: {{case.own_national: true}}, length: 10 days}}]\n"),
    "another reason to end early": ("        decided: The person", "        unwilling: Does not want to cooperate\n        decided: The person"),
    "a measure that cancels it": (END, f"{END}\n    cancelled-by: {{done: reflection_decision}}"),
    "a state that meets it": (END, f"{END}\n    met-by: {{entering: deciding}}"),
    "an event that cancels it": (END, f"{END}\n    cancelled-by: {{event: went_missing}}"),
}  # fmt: skip


@pytest.mark.parametrize("change", SHORT.values(), ids=SHORT)
def test_a_period_that_can_be_cut_short_is_found_and_refused(change: tuple[str, str]) -> None:
    definition = changed(*change)
    verdict = prove(compile_procedure(definition), only="reflection_lasts")[0]
    assert verdict.outcome == "broken"
    assert verdict.why
    assert verdict.story is not None, verdict.why
    assert play(compile_procedure(definition, guarded=False), verdict.story).failures == []
    assert "[right" in play(compile_procedure(definition), verdict.story).failures[0]


LONG = {
    "longer for everybody": (PERIOD, "period: 90 days\n"),
    "a month and a half": (PERIOD, "period: 2 months\n"),
    "thirty working days": (PERIOD, "period: 30 working days\n"),
    "longer for some": (PERIOD, f"{PERIOD}    variants: [{{when: {{case.child: true}}, length: 90 days}}]\n"),
    "a floor of its own": (PERIOD, "period: {at-least: 45 days, set-by: recovery_and_reflection.length}\n"),
    "a ceiling that nobody may go below": (PERIOD, "period: {at-most: 90 days}\n"),
}


@pytest.mark.parametrize("change", LONG.values(), ids=LONG)
def test_a_period_that_is_long_enough_is_proved(change: tuple[str, str]) -> None:
    verdict = prove(compile_procedure(changed(*change)), only="reflection_lasts")[0]
    assert (verdict.outcome, verdict.why) == ("proved", "")


def test_a_period_that_closing_would_end_is_broken_although_no_story_may_show_it() -> None:
    definition = changed(
        '    statutory: true\n    source:\n      law: Council of Europe Convention on Action against Trafficking in Human Beings\n      article: "13(1)"\n      evidence: V\n    extend',
        "    extend",
    )
    verdict = prove(compile_procedure(definition), only="reflection_lasts")[0]
    assert verdict.outcome == "broken"
    assert "closing" in verdict.why
