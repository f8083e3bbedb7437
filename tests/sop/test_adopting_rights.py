"""A move asks the rights of both versions: what they are against does not move, and without the guard it would."""

from collections.abc import Callable
from typing import Any

import pytest

from sop.case import Actor
from sop.commands import Adopt, RecordFacts
from sop.decision import Decision, Refused
from sop.loader import load
from sop.machine import decide
from sop.procedure import Procedure, compile_procedure
from workshop.plan import plan_case

COORDINATOR = Actor(id="cora", roles=("coordinator",))
SOURCE = "source: {law: Law of rest, article: '1', evidence: V}"
SECOND_VERSION = ('version: "1"\ntitle: A small', 'version: "2"\ntitle: A small')
LASTS = "lasts: {clock: care.rest, at-least: 30 days}"
COUNTED = "always: [{any: [{not: {state: {care: resting}}}, {running: care.rest}, {ended: care.rest}]}]"
Change = tuple[str, str]
OWN_RULE: tuple[Change, ...] = (
    ('    statutory: true\n    source: {law: Law of rest, article: "1", evidence: V}\n    extend', "    extend"),
)
"""The time to rest is no period of the law, so that a right alone protects it."""
UNRULED: Change = ("    needs: [{not: {running: care.rest}, rule: R1}]\n", "    rule: R1\n")


@pytest.fixture
def version(mini_files: Callable[..., dict[str, bytes]]) -> Callable[..., Procedure]:
    """A version of the small procedure with a right, or none; `migration` is the file that leads to it from `1`."""

    def made(right: str = "", *changes: Change, migration: str = "", guarded: bool = True) -> Procedure:
        files = mini_files(*changes)
        if right:
            text = f"rights:\n  one:\n    title: The right\n    rule: R1\n    {SOURCE}\n    {right}\n"
            files["rights.yaml"] = text.encode()
        if migration:
            files["migrations/m.yaml"] = f'migration: m\nfrom: ["1"]\n{migration}'.encode()
        return compile_procedure(load(files), guarded=guarded)

    return made


def asked(story: Any, to: Procedure) -> Decision | Refused:
    """What the engine says of the move; a plan says the same."""
    outcome = decide(story.procedure, story.case, Adopt(procedure=to.hash), COORDINATOR, story.now, to)
    line = plan_case(story.procedure, to, story.case, story.now)
    assert line.moves is isinstance(outcome, Decision)
    assert line.reasons == (outcome.reasons if isinstance(outcome, Refused) else ())
    return outcome


def refused(story: Any, to: Procedure) -> list[str]:
    outcome = asked(story, to)
    assert isinstance(outcome, Refused), outcome
    assert all(reason.text and reason.remedy for reason in outcome.reasons)
    assert {reason.rule for reason in outcome.reasons} == {"R1"}
    assert {reason.code for reason in outcome.reasons} == {"right"}
    return [reason.text for reason in outcome.reasons]


def moves(story: Any, to: Procedure) -> bool:
    return isinstance(asked(story, to), Decision)


def without_rest(text: dict[str, bytes]) -> Change:
    care = text["care.yaml"].decode()
    return care[care.index("  rest:\n    title: Time to rest") : care.index("  nap:\n    title: Nap")], ""


def test_a_period_that_a_right_of_the_old_version_protects_is_not_lost(version, mini_files, untold) -> None:
    gone = (SECOND_VERSION, without_rest(mini_files()), ("    starts: [rest]\n", ""), UNRULED)
    for guarded in (True, False):
        story = untold(version(LASTS, *OWN_RULE, guarded=guarded)).begin().rests()
        to = version("", *gone)
        if guarded:
            (text,) = refused(story, to)
            assert "‘Time to rest’ would end before its time." in text
        else:
            assert moves(story, to)


def test_a_period_that_only_the_new_right_protects_is_not_ended_by_the_new_condition(version, untold) -> None:
    only = ("    anchor: plan.begun\n", "    anchor: plan.begun\n    only-when: {case.wish: go}\n")
    story = untold(version("", *OWN_RULE)).begin(wish="stay").rests()
    (text,) = refused(story, version(LASTS, SECOND_VERSION, *OWN_RULE, only))
    assert "‘Time to rest’ would end before its time." in text
    assert moves(story, version(LASTS, SECOND_VERSION, *OWN_RULE, only, guarded=False))


def test_a_period_that_is_over_is_nothing_to_protect(version, mini_files, untold) -> None:
    gone = (SECOND_VERSION, without_rest(mini_files()), ("    starts: [rest]\n", ""), UNRULED)
    story = untold(version(LASTS, *OWN_RULE)).begin().rests()
    story.goes_on(days=32)
    assert moves(story, version("", *gone))


def test_a_period_below_the_new_right_is_no_place_to_move_to(version, untold) -> None:
    story = untold(version()).begin().rests()
    longer = "lasts: {clock: care.rest, at-least: 45 days}"
    (text,) = refused(story, version(longer, SECOND_VERSION))
    assert "‘Time to rest’ would last 30 days." in text
    assert moves(story, version(longer, SECOND_VERSION, guarded=False))
    fits = ("period: {at-least: 30 days", "period: {at-least: 45 days")
    assert moves(story, version(longer, SECOND_VERSION, fits))


def test_an_extension_counts_towards_the_length_that_the_new_right_wants(version, untold, people) -> None:
    story = untold(version()).begin().rests()
    story.do(story.extend(), people["authority"])
    assert moves(story, version("lasts: {clock: care.rest, at-least: 45 days}", SECOND_VERSION))


MAPPED = "states: {care.new: care.resting}"


def test_nobody_comes_to_stand_where_the_period_would_be_missing(version, untold) -> None:
    story = untold(version()).begin()
    assert len(refused(story, version(COUNTED, SECOND_VERSION, migration=MAPPED))) == 1
    assert moves(story, version(COUNTED, SECOND_VERSION, migration=MAPPED, guarded=False))
    assert moves(story, version(COUNTED, SECOND_VERSION))


def test_what_always_holds_must_hold_by_the_facts_of_the_case(version, untold) -> None:
    right = "always: [{any: [{fact: case.child, is: true}, {fact: case.age, known: false}, {fact: case.age, at-least: 18}]}]"
    stricter = ("when: {fact: case.age, at-most: 17}", "when: {fact: case.age, at-most: 12}")
    story = untold(version()).begin()
    story.do(RecordFacts(facts={"age": 15}))
    assert len(refused(story, version(right, SECOND_VERSION, stricter))) == 1
    assert moves(story, version(right, SECOND_VERSION, stricter, guarded=False))
    story.do(RecordFacts(facts={"age": 19}))
    assert moves(story, version(right, SECOND_VERSION, stricter))


@pytest.mark.parametrize(
    ("right", "says"),
    [
        ("whenever: {entering: [care.asleep]}\n    needs: [{done: talk}]", "‘First talk’ is not done yet."),
        ("second-person: {entering: [care.asleep]}", "This is decided for each case, by its own step."),
        ("never-by-clock: {entering: [care.asleep]}", "This is decided for each case, by its own step."),
    ],
)
def test_a_plan_brings_nobody_into_a_state_past_its_right(version, untold, right: str, says: str) -> None:
    story = untold(version()).begin()
    to = version(right, SECOND_VERSION, migration="states: {care.new: care.asleep}")
    (text,) = refused(story, to)
    assert says in text
    assert moves(story, version(right, SECOND_VERSION, migration="states: {care.new: care.asleep}", guarded=False))
    assert moves(story, version(right, SECOND_VERSION)), "a state that the move does not touch is not asked for"


def test_what_a_right_needs_may_have_been_done_before_the_move(version, untold) -> None:
    right = "whenever: {entering: [care.asleep]}\n    needs: [{done: talk}]"
    story = untold(version()).begin()
    story.record("talk")
    assert moves(story, version(right, SECOND_VERSION, migration="states: {care.new: care.asleep}"))


def test_a_state_that_only_has_another_name_now_was_asked_for_under_the_old_one(version, untold) -> None:
    renamed = (("asleep: {title: Asleep}", "dozing: {title: Dozing}"), ("from: [new, asleep]", "from: [new, dozing]"))
    to_dozing = ("from: resting, to: asleep", "from: resting, to: dozing")
    before = version("never-by-clock: {entering: [care.decided, care.resting]}")
    story = untold(before).begin().rests()
    right = "never-by-clock: {entering: [care.decided, care.dozing]}"
    to = version(right, SECOND_VERSION, *renamed, to_dozing, migration="states: {care.resting: care.dozing}")
    assert moves(story, to)
    story = untold(version()).begin().rests()
    assert len(refused(story, to)) == 1, "without that right before, nobody has asked"


def test_a_migration_from_a_version_of_the_base_counts_for_what_a_country_made_of_it(version, untold) -> None:
    national = version("", ('version: "1"\ntitle: A small', 'version: "1+rs.1"\ntitle: A small'))
    story = untold(national).begin()
    outcome = asked(story, version("", SECOND_VERSION, migration="states: {care.new: care.asleep}"))
    assert isinstance(outcome, Decision)
    assert outcome.case.sops["care"].state == "asleep"


COUNTRY = ("opened-by: [case_manager]\n", "opened-by: [case_manager]\ncountry: {}\n")


def of(country: str) -> Change:
    return COUNTRY[0], COUNTRY[1].format(country)


def test_a_case_moves_within_its_own_country(version, untold) -> None:
    base = untold(version()).begin()
    own = base.case.country
    other = "HR" if own != "HR" else "AT"
    assert moves(base, version("", SECOND_VERSION, of(own)))
    foreign = asked(base, version("", SECOND_VERSION, of(other)))
    assert isinstance(foreign, Refused)
    assert [reason.code for reason in foreign.reasons] == ["other_country"]
    national = untold(version("", of(own))).begin()
    assert moves(national, version("", SECOND_VERSION, of(own)))
    for to in (version("", SECOND_VERSION, of(other)), version("", SECOND_VERSION)):
        outcome = asked(national, to)
        assert isinstance(outcome, Refused)
        assert [reason.code for reason in outcome.reasons] == ["other_country"]
