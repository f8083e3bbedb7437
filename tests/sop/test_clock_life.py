"""The whole life of a clock: pauses are reviewed, what was owed stays owed, a child's length follows, days of whom."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sop.case import Actor
from sop.commands import Advance, ExtendClock, PauseClock, RecordFacts, TellEvent, Tick
from sop.loader import examine, load
from sop.procedure import Procedure, compile_procedure
from sop.words import sentence

Story = Any
Files = Callable[..., dict[str, bytes]]
People = dict[str, Actor]
REST = "    period: {at-least: 30 days, set-by: plan.length}\n"
CHILD_RESTS = f"{REST}    variants: [{{when: {{case.child: true}}, length: 60 days}}]\n"
PAUSE = "pause: {by: [authority], reasons: {hospital: In hospital}}"
LAW = "source: {law: A national law, evidence: K}"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def kinds(events: list[Any], clock: str | None = None) -> list[str]:
    return [e.kind for e in events if clock is None or getattr(e, "clock", None) == clock]


@pytest.fixture
def other(mini_files: Files, untold: Callable[..., Story]) -> Callable[..., Story]:
    """A story on the small procedure with parts of its text replaced, opened with these facts."""

    def begun(*changes: tuple[str, str], country: str = "AT", **facts: Any) -> Story:
        return untold(compile_procedure(load(mini_files(*changes)))).begin(country=country, **facts)

    return begun


# A pause has its reason and the date on which somebody looks at it again.


def test_a_pause_is_looked_at_again_and_again_until_it_ends(story: Story, people: People) -> None:
    story.rests()
    (paused,) = story.do(story.pause(), people["authority"])
    assert paused.review_at == at("2026-04-01T10:00+02:00")
    assert story.case.clocks["care.rest"].pauses[-1].review_at == paused.review_at
    story.told()
    assert "pause_reviewed" not in kinds(story.goes_on(until=at("2026-04-01T09:59+02:00")))
    (asked,) = [e for e in story.goes_on(until=at("2026-04-01T10:00+02:00")) if e.kind == "pause_reviewed"]
    assert (asked.clock, asked.to, asked.reason) == ("care.rest", ("case_manager",), "hospital")
    assert asked.again_at == at("2026-05-01T10:00+02:00")
    assert [(one.to, one.what, one.about) for one in story.effects if one.kind == "tell"][-1:] == [
        ("case_manager", "pause_review", "care.rest")
    ]
    assert story.clock("rest").status == "paused"
    assert kinds(story.goes_on(days=29), "care.rest") == []
    assert kinds(story.goes_on(days=2), "care.rest") == ["pause_reviewed"]
    story.do(story.resume(), people["authority"])
    assert "pause_reviewed" not in kinds(story.goes_on(days=200))


def test_after_an_outage_a_pause_is_asked_about_once(story: Story, people: People) -> None:
    story.rests()
    story.do(story.pause(), people["authority"])
    assert kinds(story.sleeps(days=100), "care.rest") == ["pause_reviewed"]
    assert story.clock("rest").wakes_at > story.now


def test_the_review_date_may_be_sooner_and_never_later_than_the_procedure_says(
    other: Callable[..., Story], people: People
) -> None:
    story = other((PAUSE, PAUSE.replace("}}", "}, review-within: 7 days}"))).rests()

    def pause(moment: datetime) -> PauseClock:
        return PauseClock(clock="care.rest", reason="hospital", review_at=moment)

    for wrong in (story.now, story.now - timedelta(days=1), story.now + timedelta(days=7, seconds=1)):
        assert story.codes(pause(wrong), people["authority"]) == {"review_too_late"}
    naive = story.now.replace(tzinfo=None) + timedelta(days=1)
    assert story.codes(pause(naive), people["authority"]) == {"field_malformed"}
    (event,) = story.do(pause(story.now + timedelta(days=2)), people["authority"])
    assert event.review_at == story.now + timedelta(days=2)
    (asked,) = [e for e in story.goes_on(days=2) if e.kind == "pause_reviewed"]
    assert asked.again_at == at("2026-03-11T10:00+01:00")


def test_what_a_life_event_pauses_has_no_review_of_its_own(story: Story) -> None:
    story.rests()
    story.do(TellEvent(event="went_missing"))
    assert story.clock("visits").pauses[-1].review_at is None
    assert "pause_reviewed" not in kinds(story.goes_on(days=100))


# A pause hides nothing that was owed.


def test_what_was_missed_before_the_person_went_missing_stays_overdue(story: Story) -> None:
    story.rests(limit="10 days")
    story.goes_on(days=2)
    assert story.clock("talk_due").missed_at is not None
    due = story.clock("talk_due").due
    story.do(TellEvent(event="went_missing"))
    run = story.clock("talk_due")
    assert (run.status, run.due, run.overdue(story.now)) == ("running", due, True)
    assert story.clock("limit").status == "paused"  # the control: what was not missed yet is held
    assert not story.clock("limit").overdue(story.now)
    assert kinds(story.goes_on(days=5), "care.talk_due") == ["reminder_sent"]  # its ladder goes on
    story.do(TellEvent(event="found"))
    assert (story.clock("talk_due").due, story.clock("talk_due").overdue(story.now)) == (due, True)
    assert [e.late for e in story.record("talk") if e.kind == "clock_met"] == [True]


def test_what_fell_due_a_moment_ago_is_missed_although_nobody_has_said_so_yet(story: Story) -> None:
    story.now = story.clock("talk_due").due
    story.do(TellEvent(event="went_missing"))
    assert story.clock("talk_due").status == "running"
    assert "clock_missed" in kinds(story.do(Tick(), Actor(id="clock", roles=("clock",))), "care.talk_due")


# Another length for a child: it follows what is known of the person.


def test_a_child_that_becomes_known_as_one_has_the_childs_length(other: Callable[..., Story]) -> None:
    story = other((REST, CHILD_RESTS)).rests()
    was = story.clock("rest").due
    (event,) = [
        e
        for e in story.do(RecordFacts(facts={"age": 16}))
        if (e.kind, getattr(e, "clock", None)) == ("clock_corrected", "care.rest")
    ]
    run = story.clock("rest")
    assert (event.clock, event.was_due, event.due) == ("care.rest", was, run.due)
    assert run.due == at("2026-05-02T00:00+02:00")
    (old,) = run.corrections
    assert (str(old.was_budget), old.was_due, old.was, old.reason) == ("30 days", was, run.anchor, "recorded_anew")
    assert sentence(story.procedure, event) == (
        "‘Time to rest’ counts by what is known now, and ends on 2026-05-01 22:00 UTC instead of 2026-04-01 22:00 UTC."
    )


def test_who_turns_18_keeps_the_period_and_gets_the_target_of_an_adult(other: Callable[..., Story]) -> None:
    story = other((REST, CHILD_RESTS), age=17)
    assert story.clock("talk_due").due == at("2026-03-02T14:00Z")
    story.rests()
    was = story.clock("rest").due
    events = story.do(RecordFacts(facts={"age": 18}))
    assert story.clock("rest").due == was
    assert kinds(events, "care.rest") == []
    assert story.clock("talk_due").due == at("2026-03-03T10:00Z")
    assert kinds(events, "care.talk_due") == ["clock_corrected"]


def test_what_a_child_was_owed_and_did_not_get_stays_missed(story: Story, untold: Callable[..., Story]) -> None:
    child = untold().begin(age=17)
    child.goes_on(hours=6)
    missed = child.clock("talk_due")
    assert missed.missed_at is not None
    assert kinds(child.do(RecordFacts(facts={"age": 18})), "care.talk_due") == []
    assert child.clock("talk_due") == missed
    # the control: before it is missed, the target follows
    assert "clock_corrected" in kinds(story.do(RecordFacts(facts={"age": 17})), "care.talk_due")


def test_a_fact_about_the_person_is_recorded_although_a_length_is_missing(other: Callable[..., Story]) -> None:
    per_case = f"{REST}    variants: [{{when: {{case.child: true}}, length: {{per-case: true, set-by: plan.nap}}}}]\n"
    story = other((REST, per_case)).rests()
    was = story.clock("rest")
    assert "facts_recorded" in kinds(story.do(RecordFacts(facts={"age": 16})))
    assert story.clock("rest") == was


def test_a_target_that_is_held_counts_by_what_became_known_in_between(untold: Callable[..., Story]) -> None:
    story = untold().begin(age=17)
    story.do(TellEvent(event="went_missing"))
    (event,) = [e for e in story.do(RecordFacts(facts={"age": 18})) if e.kind == "clock_corrected"]
    assert (event.clock, event.due) == ("care.talk_due", None)
    assert story.clock("talk_due").status == "paused"
    story.do(TellEvent(event="found"))
    assert story.clock("talk_due").due == at("2026-03-03T10:00Z")
    assert str(story.clock("talk_due").corrections[-1].was_budget) == "4 hours"


def test_a_length_set_anew_by_the_authority_revives_what_was_missed(story: Story) -> None:
    story.rests(limit="3 days")
    story.goes_on(days=6)
    assert story.clock("limit").missed_at is not None
    story.record("plan", limit="15 days")
    assert story.clock("limit").missed_at is None
    assert not story.clock("limit").overdue(story.now)


def test_every_extension_keeps_the_end_of_before(story: Story, people: People) -> None:
    story.rests()
    ends = []
    for _ in range(2):
        ends.append(story.clock("rest").due)
        story.do(ExtendClock(clock="care.rest", reason="needed"), people["authority"])
    assert [one.was_due for one in story.clock("rest").extensions] == ends
    assert ends[0] < ends[1] < story.clock("rest").due


def test_a_correction_keeps_length_and_end_of_before(story: Story, people: People) -> None:
    story.rests()
    was = story.clock("rest")
    story.goes_on(days=3)
    story.do(story.correct(was.anchor + timedelta(days=1)), people["supervisor"])
    (old,) = story.clock("rest").corrections
    assert (old.was, old.was_due, old.was_budget) == (was.anchor, was.due, was.budget)


# Whose days count, and by which rule.

CALENDARS = "  RS: {zone: Europe/Belgrade, holidays: [2026-05-01]}\n"
PARTS = f"{CALENDARS}  rs_north: {{zone: Europe/Belgrade, holidays: [2026-03-30, 2026-04-01]}}\n"
CLAIM = "    deadline: {at-most: 20 days, set-by: plan.limit}\n"


def test_an_authority_abroad_owes_by_its_own_days(other: Callable[..., Story]) -> None:
    here = other((CLAIM, "    deadline: 5 working days\n"))
    there = other((CLAIM, "    deadline: 5 working days\n    calendar-of: RS\n"))
    for story in (here, there):
        story.now = at("2026-04-29T10:00+02:00")
        story.record("plan")
    # 30 April, 1, 4, 5, 6 May; without 1 May 7 May too
    assert here.clock("limit").due == at("2026-05-07T00:00+02:00")
    assert there.clock("limit").due == at("2026-05-08T00:00+02:00")


def test_the_calendar_may_be_named_by_a_fact_and_counts_as_soon_as_it_is_known(other: Callable[..., Story]) -> None:
    story = other((CLAIM, "    deadline: 5 working days\n    calendar-of: case.origin\n"))
    story.now = at("2026-04-29T10:00+02:00")
    story.record("plan")
    assert story.clock("limit").due == at("2026-05-07T00:00+02:00")
    story.do(RecordFacts(facts={"origin": "RS"}))
    assert story.clock("limit").due == at("2026-05-08T00:00+02:00")
    assert [one.reason for one in story.clock("limit").corrections] == ["recorded_anew"]


def test_the_seat_of_the_authority_names_the_part_of_the_country(other: Callable[..., Story]) -> None:
    seat = "  wish: {title: Wish, one-of: {stay: To stay, go: To go}}\n"
    changes = (
        (CALENDARS, f"{PARTS}calendar-of: case.seat\n"),
        (seat, f"{seat}  seat: {{title: Seat, one-of: {{rs_north: The north}}}}\n"),
    )
    unknown = other(*changes, country="RS").rests()
    north = other(*changes, country="RS", seat="rs_north").rests()
    assert unknown.clock("rest").due == at("2026-04-02T00:00+02:00")
    assert north.clock("rest").due == at("2026-04-03T00:00+02:00")
    unknown.do(RecordFacts(facts={"seat": "rs_north"}))
    assert unknown.clock("rest").due == north.clock("rest").due


def test_a_part_without_a_calendar_has_that_of_its_country(mini: Procedure) -> None:
    assert mini.calendar("rs_south") is mini.calendar("RS")
    assert mini.calendar("jp_13") is mini.calendar("default")


RULES = f"""\
counting-rules:
  same-day:
    title: The day itself counts
    day-of-the-event: counted
    last-day-off: stays
    working-days-within: 0
    {LAW}
"""


@pytest.mark.parametrize(
    ("calendar", "clock", "due"),
    [
        ("", "", "2026-03-10T00:00+01:00"),
        (", counting: same-day", "", "2026-03-07T00:00+01:00"),
        ("", "    counting: same-day\n", "2026-03-07T00:00+01:00"),
        (", counting: same-day", "    counting: regulation-1182-71\n", "2026-03-10T00:00+01:00"),
        (", counting: plain", "", "2026-03-07T10:00+01:00"),
    ],
)
def test_a_clock_counts_by_its_rule_then_by_that_of_the_calendar(
    other: Callable[..., Story], calendar: str, clock: str, due: str
) -> None:
    story = other(
        ("  default: {zone: Europe/Vienna}\n", f"  default: {{zone: Europe/Vienna{calendar}}}\n"),
        ("facts:\n  age", f"{RULES}facts:\n  age"),
        (CLAIM, f"    deadline: 5 days\n{clock}"),
    )
    story.record("plan")
    assert story.clock("limit").due == at(due)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (CLAIM, "    deadline: 5 days\n    counting: regulation\n", "no-such-counting-rule"),
        ("zone: Europe/Vienna}", "zone: Europe/Vienna, counting: same-days}", "no-such-counting-rule"),
        (CLAIM, "    deadline: 5 days\n    calendar-of: SI\n", "no-such-calendar"),
        (CLAIM, "    deadline: 5 days\n    calendar-of: case.nowhere\n", "no-such-fact"),
        (CLAIM, "    deadline: 5 days\n    calendar-of: case.wish\n", "no-such-calendar"),
        (CLAIM, "    deadline: 5 days\n    calendar-of: case.age\n", "no-such-calendar"),
        (CALENDARS, f"{CALENDARS}calendar-of: case.seat\n", "no-such-fact"),
        ("facts:\n  age", RULES.replace("same-day", "plain") + "facts:\n  age", "defined-twice"),
        ("  RS: {zone", "  rs: {zone", "bad-country"),
    ],
)
def test_names_of_rules_and_calendars_lead_somewhere(mini_files: Files, old: str, new: str, code: str) -> None:
    definition, problems = examine(mini_files((old, new)))
    assert definition is None
    assert {problem.code for problem in problems} == {code}, problems


def test_a_right_holds_against_a_rule_that_ends_the_period_sooner(
    mini_files: Files, untold: Callable[..., Story], people: People
) -> None:
    right = f"""\
rights:
  lasts:
    title: At least 30 days
    rule: R1
    {LAW}
    lasts: {{clock: care.rest, at-least: 30 days}}
"""
    changes = (("facts:\n  age", f"{RULES}facts:\n  age"), (REST, f"{REST}    counting: same-day\n"))
    early = mini_files(*changes) | {"rights.yaml": right.encode()}
    story = untold(compile_procedure(load(early))).begin()
    story.record("check", answers={"near": "no", "debt": "no"})
    story.consent()
    refused = story.refused(Advance(sop="care", transition="rest"), people["authority"])
    assert [reason.code for reason in refused.reasons] == ["right"]
    sound = mini_files() | {"rights.yaml": right.encode()}
    untold(compile_procedure(load(sound))).begin().rests()  # the control: by the Regulation it is long enough
