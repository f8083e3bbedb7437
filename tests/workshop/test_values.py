"""What a variable can be: a value of every kind that some comparison of the procedure tells from the others."""

from cli.folders import SHIPPED, files_of
from sop import conditions as c
from sop.loader import load
from sop.walk import walk
from workshop.values import Values

DEFINITION = load(files_of(SHIPPED / "trm"))
VALUES = Values(DEFINITION)


def test_a_number_is_seen_below_at_and_above_every_bound() -> None:
    ages = [age for age in VALUES.of("fact:age_assessment.lowest_age") if isinstance(age, float)]
    assert any(age < 18 for age in ages)
    assert any(age >= 18 for age in ages)
    assert VALUES.kind("fact:age_assessment.lowest_age", 17.995) == VALUES.kind("fact:age_assessment.lowest_age", 3)
    assert VALUES.kind("fact:age_assessment.lowest_age", 18) == VALUES.kind("fact:age_assessment.lowest_age", 99)


def test_codes_that_nothing_asks_about_are_one() -> None:
    assert VALUES.kind("fact:proceedings_check.conclusion", "wait") == "wait"
    assert VALUES.of("fact:initial_referral.came_by") == (None, "police")


def test_a_measure_lapses_only_where_what_it_found_grows_old() -> None:
    assert VALUES.of("done:return_risk_assessment") == ("never", "done", "lapsed")
    assert VALUES.of("done:documentation") == ("never", "done")


def test_every_comparison_comes_to_each_of_its_verdicts_on_some_value() -> None:
    for _, part in walk(DEFINITION):
        if isinstance(part, c.Fact) and part.fact.removeprefix("case.") not in DEFINITION.head.derived:
            verdicts = {part.of(value) for value in VALUES.of(f"fact:{part.fact}")}
            assert {True, False} <= verdicts, part


def test_a_value_can_be_told_apart_when_a_question_is_about_it() -> None:
    values = Values(DEFINITION)
    assert values.of("fact:recovery_and_reflection.length") == (None, "45 days")
    values.tell_apart("recovery_and_reflection.length", "1 day")
    assert set(values.of("fact:recovery_and_reflection.length")) == {None, "45 days", "1 day"}
