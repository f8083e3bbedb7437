"""A case moves to another version of its procedure: whole, with every right that it has, or not at all."""

from datetime import timedelta

import pytest

from sop.case import Actor
from sop.commands import Adopt, RecordFacts
from sop.decision import Decision, Refused
from sop.loader import load
from sop.machine import decide, options
from sop.procedure import Procedure, compile_procedure
from sop.words import sentence

COORDINATOR = Actor(id="cora", roles=("coordinator",))
V2 = ('version: "1"\ntitle: A small', 'version: "2"\ntitle: A small')
SAFE = {"near": "no", "debt": "no"}


@pytest.fixture
def version(mini_files):
    """Another version of the small procedure: `migration` is a file of migrations/, changes are old and new text."""

    def made(*changes: tuple[str, str], migration: str = "") -> Procedure:
        files = mini_files(V2, *changes)
        if migration:
            files["migrations/m.yaml"] = f'migration: m\nfrom: ["1"]\n{migration}'.encode()
        return compile_procedure(load(files))

    return made


def ask(story, to: Procedure, actor: Actor = COORDINATOR) -> Decision | Refused:
    return decide(story.procedure, story.case, Adopt(procedure=to.hash), actor, story.now, to)


def move(story, to: Procedure) -> list[str]:
    """The case moves; what happened, in sentences of the new version."""
    outcome = ask(story, to)
    assert isinstance(outcome, Decision), outcome
    story.case, story.procedure = outcome.case, to
    story.events += outcome.events
    return [sentence(to, event) for event in outcome.events]


def codes(story, to: Procedure, actor: Actor = COORDINATOR) -> list[str]:
    """The reasons of a refusal; and nothing has changed."""
    before, written = story.case, story.case.model_dump_json()
    outcome = ask(story, to, actor)
    assert isinstance(outcome, Refused), outcome
    assert story.case is before
    assert story.case.model_dump_json() == written
    assert all(reason.text and reason.remedy for reason in outcome.reasons)
    return [reason.code for reason in outcome.reasons]


def test_a_case_goes_on_under_the_new_version(story, version):
    to = version(("title: Plan\n", "title: Plan of the stay\n"))
    before = story.case
    said = move(story, to)
    assert story.case.procedure == to.hash
    assert story.case.seq == before.seq + 1
    assert said == ["The case follows A small procedure 2 from here on, before it was 1."]
    assert "Plan of the stay" in [step.title for step in options(to, story.case, story.now).open]


def test_a_new_version_that_says_the_same_changes_nothing_but_the_version(story, version):
    story.rests().goes_on(days=5)
    before, to = story.case, version()
    move(story, to)
    after = story.case.model_dump(exclude={"procedure", "seq", "clocks"})
    assert after == before.model_dump(exclude={"procedure", "seq", "clocks"})
    for ref, run in story.case.clocks.items():
        assert run.model_copy(update={"armed_at": None}) == before.clocks[ref].model_copy(update={"armed_at": None}), (
            ref
        )


def test_only_a_coordinator_moves_a_case(story, version):
    assert codes(story, version(), story_actor("supervisor")) == ["role"]


def story_actor(role: str) -> Actor:
    return Actor(id=role, roles=(role,))


def test_the_same_version_is_nothing_to_move_to(story):
    assert codes(story, story.procedure) == ["already_adopted"]


def test_a_version_of_another_procedure_is_refused(story, version):
    assert codes(story, version(("procedure: mini", "procedure: maxi"))) == ["other_procedure"]


def test_a_closed_case_stays_where_it_is(story, people, version):
    story.do(story.life("closed", "completed"), people["supervisor"])
    assert codes(story, version()) == ["case_closed"]


def test_a_step_that_waits_for_a_second_person_is_finished_first(story, people, version):
    story.rests()
    story.record("verdict", actor=people["authority"], good=True)
    assert codes(story, version()) == ["proposal_waits"]
    story.do(story.confirm(), people["supervisor"])
    move(story, version())


def test_a_result_that_has_not_come_yet_is_waited_for(story, version):
    story.scores = False
    story.record("check", answers=SAFE)
    assert codes(story, version()) == ["result_awaited"]


# States.

RENAMED = (
    ("  new: {title: New}", "  fresh: {title: Fresh}"),
    ("initial: new", "initial: fresh"),
    ("from: [new, asleep]", "from: [fresh, asleep]"),
)


def test_a_state_that_is_gone_is_not_guessed(story, version):
    assert codes(story, version(*RENAMED)) == ["state_gone"]


def test_a_renamed_state_is_mapped_and_told(story, version):
    since = story.case.sops["care"].since
    said = move(story, version(*RENAMED, migration="states: {care.new: care.fresh}"))
    assert (story.case.sops["care"].state, story.case.sops["care"].since) == ("fresh", since)
    assert "Care stands at ‘Fresh’." in said[0]


def test_a_mapping_of_another_version_does_not_count(story, mini_files):
    files = mini_files(V2, *RENAMED)
    files["migrations/m.yaml"] = b'migration: m\nfrom: ["0.9"]\nstates: {care.new: care.fresh}'
    assert codes(story, compile_procedure(load(files))) == ["state_gone"]


def test_a_state_that_has_become_the_end_is_not_guessed(story, people, version):
    story.rests()
    ends = ("resting: {title: Resting}", "resting: {title: Resting, final: true}")
    ways = (("    from: resting\n", "    from: asleep\n"), ("from: resting, to: asleep", "from: new, to: asleep"))
    to = version(ends, *ways)
    assert codes(story, to) == ["state_final_changed"]
    to = version(ends, *ways, migration="states: {care.resting: care.resting}")
    move(story, to)
    assert not story.case.sops["care"].open


# Clocks.


def test_a_longer_period_counts_from_its_old_anchor(story, version):
    story.rests().goes_on(days=5)
    before = story.clock("rest")
    said = move(story, version(("period: {at-least: 30 days", "period: {at-least: 45 days")))
    run = story.clock("rest")
    assert run.anchor == before.anchor
    assert run.due - before.due == timedelta(days=15)
    assert any("45 days instead of 30 days" in line for line in said)


def test_a_shorter_period_never_shortens_the_one_that_runs(story, version):
    story.rests().goes_on(days=5)
    due = story.clock("rest").due
    said = move(story, version(("period: {at-least: 30 days", "period: {at-least: 12 days")))
    assert story.clock("rest").due == due
    assert any("a new version does not shorten it" in line for line in said)


def test_a_length_set_for_this_person_is_lifted_to_the_new_floor(story, version):
    story.rests(length="40 days").goes_on(days=1)
    move(story, version(("period: {at-least: 30 days", "period: {at-least: 60 days")))
    assert str(story.clock("rest").budget) == "60 days"


def test_a_length_set_for_this_person_stays_where_the_new_bounds_allow_it(story, version):
    story.rests(length="40 days").goes_on(days=1)
    move(story, version(("period: {at-least: 30 days", "period: {at-least: 35 days")))
    assert str(story.clock("rest").budget) == "40 days"


def test_extensions_and_pauses_are_kept(story, people, version):
    story.rests()
    story.do(story.extend(), people["authority"])
    story.do(story.pause(), people["authority"])
    story.goes_on(days=3)
    story.do(story.resume(), people["authority"])
    before = story.clock("rest")
    move(story, version(("period: {at-least: 30 days", "period: {at-least: 45 days")))
    after = story.clock("rest")
    assert (after.extensions, after.pauses) == (before.extensions, before.pauses)
    assert after.due > before.due


def test_a_paused_period_stays_paused_and_is_no_shorter_when_it_goes_on(story, people, version, untold, mini):
    story.rests()
    story.do(story.pause(), people["authority"])
    other = untold(mini).begin().rests()
    other.do(other.pause(), people["authority"])
    move(story, version(("period: {at-least: 30 days", "period: {at-least: 12 days")))
    assert story.clock("rest").status == "paused"
    for one in (story, other):
        one.goes_on(days=2)
        one.do(one.resume(), people["authority"])
    assert story.clock("rest").due == other.clock("rest").due


def test_a_calendar_with_fewer_holidays_takes_no_day_away(untold, mini, people, version):
    workday = ("RS: {zone: Europe/Belgrade, holidays: [2026-05-01]}", "RS: {zone: Europe/Belgrade}")
    moving, staying = (untold(mini).begin(country="RS").rests(length="60 days") for _ in range(2))
    due = staying.clock("rest").due
    move(moving, version(workday))
    assert moving.clock("rest").due >= due
    for one in (moving, staying):
        one.do(one.pause(), people["authority"])
        one.goes_on(days=3)
        one.do(one.resume(), people["authority"])
    assert moving.clock("rest").due >= staying.clock("rest").due


def test_a_running_period_of_the_law_that_is_gone_stands_against_the_move(story, version):
    story.rests()
    gone = (
        ("  rest:\n    title: Time to rest", "  calm:\n    title: Time to rest"),
        ("starts: [rest]", "starts: [calm]"),
        ("{running: care.rest}", "{running: care.calm}"),
    )
    assert codes(story, version(*gone)) == ["clock_gone"]
    assert codes(story, version(*gone, migration="ends: [care.rest]")) == ["clock_gone"]
    due = story.clock("rest").due
    move(story, version(*gone, migration="clocks: {care.rest: care.calm}"))
    assert story.clock("calm").due == due
    assert "care.rest" not in story.case.clocks


def test_a_target_that_is_gone_ends_and_is_told(story, mini_files):
    text = mini_files()["care.yaml"].decode()
    talk_due = text[text.index("  talk_due:") : text.index("  visits:")]
    to = compile_procedure(load(mini_files(V2, (talk_due, ""))))
    outcome = ask(story, to)
    assert isinstance(outcome, Decision)
    assert [event.kind for event in outcome.events] == ["clock_cancelled", "procedure_adopted"]
    assert "care.talk_due" not in outcome.case.clocks


def test_what_was_due_happens_under_the_old_version_before_the_move(story, version):
    story.now += timedelta(days=4)
    outcome = ask(story, version())
    assert isinstance(outcome, Decision)
    kinds = [event.kind for event in outcome.events]
    assert kinds.index("clock_missed") < kinds.index("procedure_adopted")


def test_a_missed_deadline_that_the_new_version_lengthens_is_owed_again(story, version):
    story.goes_on(days=2)
    assert story.clock("talk_due").missed_at
    move(story, version(("deadline: 24 hours", "deadline: 10 days")))
    assert story.clock("talk_due").missed_at is None
    happened = story.goes_on(days=20)
    assert "clock_missed" in story.kinds(happened)


def test_a_deadline_that_stays_missed_is_not_missed_twice(story, version):
    story.goes_on(days=2)
    move(story, version(("deadline: 24 hours", "deadline: 20 hours")))
    assert "clock_missed" not in story.kinds(story.goes_on(days=20))


def test_a_new_clock_of_the_state_in_which_the_case_stands_starts_now(story, version):
    story.rests().goes_on(days=10)
    clock = "  nap:\n    title: Nap\n"
    added = "  paper:\n    title: Papers\n    deadline: 5 days\n    starts: {entering: resting}\n    met-by: {done: visit}\n    when-missed: [{tell: supervisor}]\n"
    said = move(story, version((clock, added + clock)))
    assert story.clock("paper").anchor == story.now
    assert any("‘Papers’ counts: 5 days" in line for line in said)


def test_a_new_clock_whose_work_is_already_done_does_not_start(story, version):
    story.rests()
    story.record("visit")
    clock = "  nap:\n    title: Nap\n"
    added = "  paper:\n    title: Papers\n    deadline: 5 days\n    starts: {entering: resting}\n    met-by: {done: visit}\n    when-missed: [{tell: supervisor}]\n"
    move(story, version((clock, added + clock)))
    assert "care.paper" not in story.case.clocks


def test_a_clock_that_changes_its_kind_is_refused(story, version):
    story.rests()
    to = version(
        ("    review: {at: [1 month, 2 months], then-every: 1 month, until: 12 months}", "    deadline: 1 month")
    )
    assert codes(story, to) == ["clock_kind_changed"]


def test_a_review_goes_on_with_its_occurrence(story, version):
    story.rests()
    story.goes_on(days=40)
    story.record("visit")
    assert story.clock("visits").occurrence == 1
    move(
        story,
        version(
            ("then-every: 1 month", "then-every: 2 months"), ("at: [1 month, 2 months]", "at: [1 month, 3 months]")
        ),
    )
    assert (story.clock("visits").occurrence, str(story.clock("visits").budget)) == (1, "3 months")


def test_a_protection_that_has_become_law_counts_on_while_a_person_is_missing(story, version):
    story.record("plan", nap="4 days")
    story.do(RecordFacts(facts={"wish": "stay"}))
    story.rests()
    story.do(story.life("went_missing"))
    assert story.clock("nap").status == "paused"
    law = "statutory: true\n    source: {law: Law of naps, article: '1', evidence: V}\n    starts: {entering: resting}\n    only-when"
    move(story, version(("starts: {entering: resting}\n    only-when", law)))
    assert story.clock("nap").status == "running"


# Facts, measures, consents.


def test_a_fact_whose_value_is_gone_stands_against_the_move_until_it_is_mapped(story, version):
    story.do(RecordFacts(facts={"wish": "stay"}))
    gone = (
        ("one-of: {stay: To stay, go: To go}", "one-of: {remain: To remain, go: To go}"),
        ("{case.wish: stay}", "{case.wish: remain}"),
        ("one-of: [stay, go], sets", "one-of: [remain, go], sets"),
    )
    assert codes(story, version(*gone)) == ["fact_does_not_fit"]
    move(story, version(*gone, migration="values: {case.wish: {stay: remain}}"))
    assert story.case.facts["case.wish"] == "remain"


def test_a_fact_that_nobody_reads_any_more_stays(story, version):
    story.do(RecordFacts(facts={"origin": "RS"}))
    move(story, version(("  origin: {type: country, title: Country of origin}\n", "")))
    assert story.case.facts["case.origin"] == "RS"


def test_records_of_a_measure_that_is_gone_stay_readable(story, version):
    story.record("talk")
    talk = "  talk:\n    title: First talk\n    what: A talk\n    when: At once\n    who: [case_manager]\n    how: [Listen]\n"
    clocks = (("settled: talk}", "settled: visit}"), ("at-end: {asks: talk}", "at-end: {asks: visit}"))
    move(story, version((talk, ""), *clocks))
    assert story.case.measures["talk"][0].status == "done"


def test_a_renamed_measure_takes_its_records_and_facts_along(story, version):
    story.record("check", answers=SAFE)
    renamed = (("  check:\n", "  danger_check:\n"), ("done: check", "done: danger_check"))
    move(story, version(*renamed, migration="measures: {check: danger_check}"))
    assert story.case.measures["danger_check"][0].status == "done"
    assert story.case.facts["danger_check.level"] == "slight"
    assert "check.level" not in story.case.facts


def test_work_under_way_must_fit_the_new_questions(story, version):
    story.record("check", "in_progress", answers=SAFE)
    to = version(
        ("  debt: {ask: Is there a debt?, weight: minor}", "  owes: {ask: Does the person owe?, weight: minor}")
    )
    assert codes(story, to) == ["fact_does_not_fit"]


def test_a_field_that_is_gone_does_not_hold_up_work_under_way(story, version):
    story.record("plan", "in_progress", nap="4 days")
    gone = (
        ("      nap: {type: duration, title: Nap}\n", ""),
        (
            "period: {range: {from: 2 days, to: 6 days}, set-by: plan.nap}",
            "period: {range: {from: 2 days, to: 6 days}}",
        ),
    )
    move(story, version(*gone))
    story.record("plan", "done")
    assert story.case.measures["plan"][0].fields == {"nap": "4 days"}
    assert "plan.nap" not in story.case.facts


def test_consent_to_other_words_is_no_consent(story, version):
    story.consent()
    to = version(("help: {title: To be helped}", "help: {title: To be helped and filmed}"))
    assert codes(story, to) == ["consent_reworded"]
    same = version(
        ("help: {title: To be helped}", "help: {title: To be given help}"), migration="same-consents: [help]"
    )
    move(story, same)
    assert story.case.consents["k1"].in_force(story.now)


def test_all_reasons_are_told_at_once(story, version):
    story.consent()
    story.do(RecordFacts(facts={"wish": "stay"}))
    to = version(
        *RENAMED,
        ("help: {title: To be helped}", "help: {title: Something else}"),
        ("one-of: {stay: To stay, go: To go}", "one-of: {remain: To remain, go: To go}"),
        ("{case.wish: stay}", "{case.wish: go}"),
        ("one-of: [stay, go], sets", "one-of: [remain, go], sets"),
    )
    assert codes(story, to) == ["state_gone", "fact_does_not_fit", "consent_reworded"]
