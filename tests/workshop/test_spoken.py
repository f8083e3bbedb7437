"""What a definition says, in words: every kind of condition, length, trigger and source."""

import pytest
from pydantic import TypeAdapter

from sop.clocks import Clock, Source, Trigger
from sop.conditions import OPERATORS, Condition
from sop.fields import Field
from sop.procedure import Procedure
from sop.walk import walk
from workshop.phrases import Phrases, cited
from workshop.spoken import how_long, kind_of_field, standing_of

CONDITION: TypeAdapter[Condition] = TypeAdapter(Condition)
SAID: list[tuple[dict[str, object], str]] = [
    ({"done": "early_risk_assessment"}, "‘Early risk assessment’ is done"),
    ({"settled": "language_support"}, "‘Language interpretation and cultural mediation’ is done, declined or does not apply"),
    ({"fact": "case.age_group", "is": "child"}, "‘Age’ is ‘Under 18’"),
    ({"fact": "case.age_group", "is-not": "adult"}, "‘Age’ is known and not ‘Over 18’"),
    ({"fact": "case.age_group", "in": ["child", "unknown"]}, "‘Age’ is ‘Under 18’ or ‘Not known yet’"),
    ({"fact": "case.exploitation", "has": "labour"}, "‘Form of exploitation’ includes ‘Labour exploitation’"),
    ({"fact": "case.nationality", "known": True}, "‘Citizenship’ is known"),
    ({"fact": "case.nationality", "known": False}, "‘Citizenship’ is not known"),
    ({"fact": "age_assessment.lowest_age", "at-least": 12, "at-most": 17.5}, "is at least 12 and is at most 17.5"),
    ({"state": {"return": ["travelling", "arrived"]}}, "‘Return and social inclusion’ stands at ‘On the way’ or ‘Arrived’"),
    ({"state": {"return": "not_open"}}, "‘Return and social inclusion’ stands at ‘not open’"),
    ({"consent": "return"}, "the person has given consent: ‘To return’"),
    ({"running": "identification.reflection"}, "‘Recovery and reflection period’ is running"),
    ({"ended": "identification.reflection"}, "‘Recovery and reflection period’ has run and is over"),
    ({"not": {"consent": "return"}}, "it is not so that the person has given consent: ‘To return’"),
    ({"any": [{"consent": "return"}, {"done": "early_risk_assessment"}]}, "one of these: the person has given consent: ‘To return’; or ‘Early"),
    ({"all": [{"consent": "return"}, {"done": "early_risk_assessment"}]}, "all of these: the person has given consent: ‘To return’; and ‘Early"),
    ({"when": {"case.child": True}, "then": [{"consent": "return"}]}, "where ‘Treated as a child’ is yes: the person has given"),
]  # fmt: skip


@pytest.fixture(scope="session")
def phrases(shipped: Procedure) -> Phrases:
    return Phrases(shipped.definition, notes=False)


@pytest.mark.parametrize(("written", "said"), SAID)
def test_a_condition_is_said_in_words(phrases: Phrases, written: dict[str, object], said: str) -> None:
    assert said in phrases.say(CONDITION.validate_python(written))


def test_every_kind_of_condition_is_said() -> None:
    assert {type(CONDITION.validate_python(written)) for written, _ in SAID} == set(OPERATORS.values())


def test_no_sentence_of_the_shipped_procedure_shows_a_name_of_the_files(phrases: Phrases, shipped: Procedure) -> None:
    for sop in shipped.definition.sops.values():
        said = [phrases.say(part) for _, part in walk(sop) if isinstance(part, tuple(OPERATORS.values()))]
        for clock in sop.clocks.values():
            said += [how_long(phrases, clock)]
            said += [phrases.trigger(one, sop.sop) for one in (*clock.starts, *clock.met_by, *clock.cancelled_by)]
        assert said
        assert [text for text in said if "_" in text or "None" in text] == []


def test_lengths_are_said_with_what_changes_them(phrases: Phrases, shipped: Procedure) -> None:
    clocks = shipped.clocks
    assert (
        how_long(phrases, clocks["identification.basic_needs_due"])
        == "24 hours; 4 hours where ‘Treated as a child’ is yes"
    )
    assert how_long(phrases, clocks["identification.reflection"]).startswith("at least 30 days, as set in ‘Recovery")
    assert how_long(phrases, clocks["proceedings.compensation_limitation"]).startswith("set for each case, as set in")
    assert how_long(phrases, clocks["long_term_assistance.plan_review"]) == (
        "after 30 days and after 60 days and after 90 days, then every 90 days, until 3 years have passed"
    )
    ranged = Clock.model_validate({"title": "x", "deadline": {"range": {"from": "30 days", "to": "90 days"}}})
    assert how_long(phrases, ranged) == "30 days to 90 days"
    most = Clock.model_validate({"title": "x", "deadline": {"at-most": "90 days"}})
    assert how_long(phrases, most) == "at most 90 days"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"case": "opened"}, "the case is opened"),
        ({"event": "died"}, "the event ‘The person has died’"),
        ({"holds": "case.child"}, "‘Treated as a child’ becomes true"),
        ({"result": "early_risk_assessment"}, "the result of ‘Early risk assessment’ has come"),
        ({"entering": ["presumed", "return.arrived"]}, "Identification reaches ‘Presumed victim’ or Return and social"),
    ],
)  # fmt: skip
def test_what_moves_a_clock_is_said(phrases: Phrases, written: dict[str, object], said: str) -> None:
    assert phrases.trigger(Trigger.model_validate(written), "identification").startswith(said)


def test_our_own_default_is_never_called_law() -> None:
    ours = Source(document="Caseway default", evidence="D")
    law = Source(law="A law", article="1", evidence="K")
    assert "our own default, not law" in cited(ours)
    assert cited(law) == "A law, article 1 (known, not read again)"
    assert cited(None) == "no source given"
    for statutory in (True, False):
        clock = Clock.model_validate({"title": "x", "deadline": "1 day", "statutory": statutory, "source": ours})
        assert standing_of(clock) == "our default"
    by_law = Clock.model_validate({"title": "x", "deadline": "1 day", "statutory": True, "source": law})
    assert standing_of(by_law) == "law"
    assert standing_of(by_law.model_copy(update={"statutory": False})) == "internal target"


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ({"type": "yes-no"}, "yes or no"),
        ({"type": "number", "lowest": 0, "highest": 10}, "number from 0 to 10"),
        ({"one-of": {"a": "First", "b": "Second"}}, "one of: First; Second"),
        ({"many-of": {"a": "First"}}, "any of: First"),
        ({"instrument": "early_risk"}, "answers to the questionnaire ‘early risk’"),
    ],
)
def test_what_a_field_takes_is_said(field: dict[str, object], said: str) -> None:
    assert kind_of_field(Field.model_validate(field)) == said
