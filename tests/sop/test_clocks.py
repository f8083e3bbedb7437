"""The life of a clock: it starts once, reminds once, ends at its moment, and is changed only within its bounds."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sop.commands import TellEvent, Tick
from sop.loader import load
from sop.procedure import compile_procedure

Story = Any


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def kinds(events: list[Any], clock: str | None = None) -> list[str]:
    return [e.kind for e in events if clock is None or getattr(e, "clock", None) == clock]


# Starting.


def test_a_clock_starts_with_its_event_and_only_once(story: Story) -> None:
    run = story.clock("talk_due")
    # opened on the stroke of ten in Vienna: the hour that begins then does not count
    assert (run.status, run.run, run.due) == ("running", 1, at("2026-03-03T10:00Z"))
    story.record("plan", limit="10 days")
    first = story.clock("limit")
    story.goes_on(days=1)
    assert "clock_started" not in kinds(story.record("plan"), "care.limit")
    assert story.clock("limit").due == first.due


def test_a_clock_counts_from_the_fact_that_it_names(story: Story) -> None:
    story.rests(length="30 days", begun="2026-02-20")
    # The 20th of February does not count; the 30th day is Sunday the 22nd of March, so Monday's end.
    assert story.clock("rest").anchor == at("2026-02-20T00:00+01:00")
    assert story.clock("rest").due == at("2026-03-24T00:00+01:00")


def test_without_the_fact_it_counts_from_now(story: Story) -> None:
    story.rests()
    assert story.clock("rest").anchor == story.now
    assert story.clock("rest").due == at("2026-04-02T00:00+02:00")


def test_the_calendar_is_that_of_the_country_of_the_case(untold: Callable[..., Story]) -> None:
    story = untold(now=at("2026-04-01T09:00Z")).begin(country="RS")
    story.rests()
    # The 30th day is the 1st of May, a holiday in Serbia alone.
    assert story.clock("rest").due == at("2026-05-05T00:00+02:00")


def test_a_variant_counts_where_its_facts_say_so(untold: Callable[..., Story]) -> None:
    assert untold().begin(age=17).clock("talk_due").due == at("2026-03-02T14:00Z")
    assert untold().begin(age=18).clock("talk_due").due == at("2026-03-03T10:00Z")
    assert untold().begin().clock("talk_due").due == at("2026-03-03T10:00Z")


def test_a_clock_that_does_not_apply_does_not_start(untold: Callable[..., Story]) -> None:
    story = untold().begin(wish="go").rests(nap="3 days")
    assert "care.nap" not in story.case.clocks
    assert "care.nap" in untold().begin(wish="stay").rests(nap="3 days").case.clocks


@pytest.mark.parametrize(
    ("plan", "codes"),
    [
        ({"length": "29 days"}, {"too_short"}),
        ({"length": "30 days"}, None),
        ({"length": "1 month"}, None),
        ({"length": "10 years"}, None),
        ({"nap": "1 day"}, {"too_short"}),
        ({"nap": "2 days"}, None),
        ({"nap": "6 days"}, None),
        ({"nap": "7 days"}, {"too_long"}),
        ({"nap": "P1D"}, {"too_short"}),
    ],
)
def test_a_length_outside_the_law_refuses_the_step_that_would_start_it(
    untold: Callable[..., Story], people: dict[str, Any], plan: dict[str, str], codes: set[str] | None
) -> None:
    from sop.commands import Advance

    story = untold().begin(wish="stay")
    story.record("plan", **plan)
    story.record("check", answers={"near": "no", "debt": "no"})
    story.consent()
    step = Advance(sop="care", transition="rest")
    if codes is None:
        story.do(step, people["authority"])
        assert story.clock("rest").running
    else:
        assert story.codes(step, people["authority"]) == codes


def test_at_most_bounds_from_above_and_is_the_length_where_nobody_sets_one(story: Story) -> None:
    from sop.commands import RecordMeasure

    def plan(limit: str) -> RecordMeasure:
        return RecordMeasure(sop="care", measure="plan", status="done", fields={"limit": limit})

    assert story.codes(plan("21 days")) == {"too_long"}
    assert story.codes(plan("P21D")) == {"too_long"}
    story.record("plan")
    assert str(story.clock("limit").budget) == "20 days"


def test_a_length_per_case_must_be_set_first(story: Story) -> None:
    from sop.commands import RecordMeasure

    contract = RecordMeasure(sop="work", measure="contract", status="done")
    story.rests()
    story.take("work.open")
    assert story.codes(contract) == {"fact_unknown"}
    story.record("plan", limit="P0Y15D")
    story.do(contract)
    assert story.clock("work.claim").due == story.now + timedelta(days=15)


def test_a_length_written_in_iso_is_kept_exactly(story: Story) -> None:
    story.rests(length="P1M15D")
    # 2 April and 15 days.
    assert story.clock("rest").due == at("2026-04-18T00:00+02:00")


# Reminding, ending.


def test_reminders_come_once_each_in_order_and_then_the_end(story: Story) -> None:
    story.rests()
    story.goes_on(days=60)
    seen = [(when, e.kind) for when, e in story.seen if getattr(e, "clock", None) == "care.rest"]
    assert seen == [
        (at("2026-03-02T09:00Z"), "clock_started"),
        (at("2026-03-23T00:00+01:00"), "reminder_sent"),
        (at("2026-03-30T00:00+02:00"), "reminder_sent"),
        (at("2026-04-02T00:00+02:00"), "clock_expired"),
        (at("2026-04-02T00:00+02:00"), "measure_asked"),
    ]


def test_after_an_outage_everything_comes_once_and_in_order(story: Story) -> None:
    story.rests()
    events = story.sleeps(days=45)
    rest = [e for e in events if getattr(e, "clock", None) == "care.rest"]
    assert kinds(rest) == ["reminder_sent", "reminder_sent", "clock_expired", "measure_asked"]
    assert story.codes(Tick(), _clock()) == {"nothing_due"}


def test_an_outage_ends_the_same_as_ticks_in_time(untold: Callable[..., Story]) -> None:
    steady, late = untold().begin().rests(), untold().begin().rests()
    steady.goes_on(days=45)
    late.sleeps(days=45)
    assert {n: r.status for n, r in steady.case.clocks.items()} == {n: r.status for n, r in late.case.clocks.items()}
    clockwise = [(e.kind, getattr(e, "clock", "")) for e in steady.events]
    assert clockwise == [(e.kind, getattr(e, "clock", "")) for e in late.events]


def _clock() -> Any:
    from sop.case import CLOCK

    return CLOCK


def test_nothing_fires_a_second_early_and_nothing_twice(story: Story) -> None:
    story.now = at("2026-03-02T21:29:59Z")
    assert story.codes(Tick(), _clock()) == {"nothing_due"}
    story.now = at("2026-03-02T21:30Z")
    assert kinds(story.do(Tick(), _clock())) == ["reminder_sent"]
    assert story.codes(Tick(), _clock()) == {"nothing_due"}


def test_only_the_clock_ticks(story: Story, people: dict[str, Any]) -> None:
    story.now += timedelta(days=3)
    for person in people.values():
        assert story.refused(Tick(), person).code == "forbidden"


def test_the_end_of_a_period_asks_a_person_and_takes_nothing_away(story: Story) -> None:
    story.rests()
    before = story.case
    story.goes_on(until=at("2026-04-02T00:00+02:00"))
    assert story.clock("rest").status == "expired"
    assert story.case.measures["talk"][-1].status == "planned"
    assert story.case.sops == before.sops
    assert story.case.consents == before.consents
    assert "case_manager" in story.told()


def test_a_task_that_is_already_asked_is_not_asked_twice(story: Story) -> None:
    story.record("talk", status="in_progress")
    story.rests()
    assert "measure_asked" not in kinds(story.goes_on(days=40))


def test_a_clock_takes_a_transition_where_nothing_stands_against_it(untold: Callable[..., Story]) -> None:
    story = untold().begin(wish="stay").rests(nap="2 days")
    story.goes_on(days=4)
    assert story.case.sops["care"].state == "asleep"


def test_where_something_stands_against_it_a_supervisor_is_told(
    untold: Callable[..., Story], people: dict[str, Any]
) -> None:
    story = untold().begin(wish="stay").rests(nap="2 days")
    story.take("care.decline", reason="wish")
    story.told()
    story.goes_on(days=4)
    assert story.case.sops["care"].state == "declined"
    assert "supervisor" in story.told()


# Deadlines.


def test_a_missed_deadline_stays_owed_and_is_met_late(story: Story) -> None:
    story.goes_on(days=2)
    run = story.clock("talk_due")
    assert (run.status, run.missed_at, run.overdue(story.now)) == ("running", at("2026-03-03T10:00Z"), True)
    (met,) = [e for e in story.record("talk") if e.kind == "clock_met"]
    assert met.late
    assert story.clock("talk_due").status == "met"


def test_a_deadline_met_in_time_is_not_late_and_rings_no_more(story: Story) -> None:
    (met,) = [e for e in story.record("talk", status="declined") if e.kind == "clock_met"]
    assert not met.late
    assert kinds(story.goes_on(days=10), "care.talk_due") == []


def test_whoever_is_told_is_told_by_the_ladder(story: Story) -> None:
    story.told()
    story.goes_on(until=at("2026-03-03T10:00Z"))
    assert story.told() == ["case_manager", "supervisor"]
    story.goes_on(until=at("2026-03-05T09:59Z"))
    assert story.told() == []
    story.goes_on(until=at("2026-03-05T10:00Z"))
    assert story.told() == ["authority"]
    story.goes_on(days=100)
    assert story.told() == []


def test_what_came_stops_the_ladder(story: Story) -> None:
    story.goes_on(days=1)
    story.record("talk")
    story.told()
    story.goes_on(days=10)
    assert story.told() == []


def test_a_clock_that_no_longer_applies_is_cancelled(story: Story) -> None:
    assert "clock_cancelled" in kinds(story.take("care.decline", reason="other"), "care.talk_due")
    assert story.clock("talk_due").status == "cancelled"


# Extending, pausing, correcting, ending early.


def test_an_extension_is_bounded_and_comes_only_before_the_end(story: Story, people: dict[str, Any]) -> None:
    story.rests()
    assert story.refused(story.extend()).code == "forbidden"
    (event,) = story.do(story.extend(), people["authority"])
    assert (event.was_due, event.due) == (at("2026-04-02T00:00+02:00"), at("2026-05-02T00:00+02:00"))
    story.do(story.extend(), people["authority"])
    assert story.codes(story.extend(), people["authority"]) == {"too_often"}
    story.goes_on(until=story.clock("rest").due)
    assert story.codes(story.extend(), people["authority"]) == {"too_late"}


def test_at_the_second_of_its_end_it_is_too_late_even_before_the_tick(story: Story, people: dict[str, Any]) -> None:
    story.rests()
    story.now = story.clock("rest").due
    assert story.codes(story.extend(), people["authority"]) == {"too_late"}
    assert story.codes(story.pause(), people["authority"]) == {"too_late"}
    assert story.codes(story.end(), people["authority"]) == {"too_late"}


def test_a_pause_moves_the_end_by_what_it_lasted(story: Story, people: dict[str, Any]) -> None:
    story.rests()
    story.goes_on(days=5)
    story.do(story.pause(), people["authority"])
    assert (story.clock("rest").status, story.clock("rest").due) == ("paused", None)
    assert story.clock("rest").running
    assert kinds(story.goes_on(days=7), "care.rest") == []
    (event,) = story.do(story.resume(), people["authority"])
    assert event.due == at("2026-04-09T00:00+02:00")
    assert story.codes(story.resume(), people["authority"]) == {"clock_not_paused"}


def test_a_pause_needs_its_reason_its_role_and_a_running_clock(story: Story, people: dict[str, Any]) -> None:
    assert story.codes(story.pause(), people["authority"]) == {"clock_not_running"}
    story.rests()
    assert story.codes(story.pause("holiday"), people["authority"]) == {"reason_needed"}
    assert story.refused(story.pause()).code == "forbidden"
    story.do(story.pause(), people["authority"])
    assert story.codes(story.pause(), people["authority"]) == {"clock_paused"}
    assert story.codes(story.extend(), people["authority"]) == {"clock_paused"}
    assert story.codes(story.pause(clock="care.talk_due"), people["authority"]) == {"not_allowed"}


@pytest.mark.parametrize("minutes", [0, 1, 90, 60 * 24, 60 * 24 * 3])
def test_a_reminder_that_was_sent_is_not_sent_again_when_it_resumes(
    story: Story, people: dict[str, Any], minutes: int
) -> None:
    story.rests()
    story.goes_on(until=at("2026-03-23T00:00+01:00"))
    assert kinds(story.events, "care.rest").count("reminder_sent") == 1
    story.goes_on(hours=10)
    story.do(story.pause(), people["authority"])
    story.goes_on(hours=minutes / 60)
    story.do(story.resume(), people["authority"])
    story.goes_on(days=60)
    assert kinds(story.events, "care.rest").count("reminder_sent") == 2
    assert kinds(story.events, "care.rest").count("clock_expired") == 1


def test_a_pause_across_the_reminder_sends_it_later(story: Story, people: dict[str, Any]) -> None:
    story.rests()
    story.goes_on(until=at("2026-03-20T12:00+01:00"))
    story.do(story.pause(), people["authority"])
    story.goes_on(days=10)
    story.do(story.resume(), people["authority"])
    story.goes_on(days=60)
    reminders = [when for when, e in story.seen if e.kind == "reminder_sent" and e.clock == "care.rest"]
    due = at("2026-04-14T00:00+02:00")  # ten days after the 1st is a Saturday
    # Three days before lie Saturday and Sunday: two working days are within, so it comes on Friday.
    assert reminders == [due - timedelta(days=10), due - timedelta(days=4)]


def test_a_correction_keeps_the_old_anchor_and_counts_anew(story: Story, people: dict[str, Any]) -> None:
    story.rests()
    was = story.clock("rest").anchor
    assert story.codes(story.correct(at("2026-02-23T10:00Z")), people["supervisor"]) == {"role"}
    story.do(story.correct(at("2026-02-23T10:00Z")), people["authority"])
    assert story.clock("rest").anchor == was, "ending protection earlier waits for a second person"
    story.do(story.confirm(), people["supervisor"])
    run = story.clock("rest")
    assert run.due == at("2026-03-26T00:00+01:00")
    assert [(c.was, c.by, c.reason) for c in run.corrections] == [(was, people["authority"].id, "wrong_date")]
    assert story.refused(story.correct(was)).code == "forbidden"
    assert story.codes(story.correct(story.now + timedelta(hours=1)), people["supervisor"]) == {"anchor_in_future"}
    assert story.refused(story.correct(datetime(2026, 2, 1)), people["supervisor"]).code == "malformed"  # noqa: DTZ001


def test_a_period_that_expired_too_early_runs_again(story: Story, people: dict[str, Any]) -> None:
    story.rests(begun="2026-02-02")
    story.goes_on(days=3)
    assert story.clock("rest").status == "expired"
    story.do(story.correct(at("2026-03-02T10:00Z")), people["supervisor"])
    run = story.clock("rest")
    assert (run.status, run.due, run.over_at) == ("running", at("2026-04-02T00:00+02:00"), None)
    story.goes_on(days=60)
    assert story.clock("rest").status == "expired"


@pytest.mark.parametrize(
    "anchor", ["0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+00:00", "1900-01-01T00:00:00+00:00"]
)
def test_an_anchor_at_the_beginning_of_time_is_no_crash(story: Story, people: dict[str, Any], anchor: str) -> None:
    from sop.decision import Decision, Refused

    story.rests()
    assert isinstance(
        story.ask(story.correct(datetime.fromisoformat(anchor)), people["supervisor"]), Decision | Refused
    )


def test_what_was_met_ended_or_cancelled_is_not_corrected(story: Story, people: dict[str, Any]) -> None:
    story.record("talk")
    assert story.codes(story.correct(at("2026-03-01T10:00Z"), "care.talk_due"), people["supervisor"]) == {"too_late"}


def test_an_early_end_needs_a_role_a_reason_and_a_second_person(story: Story, people: dict[str, Any]) -> None:
    story.rests()
    assert story.refused(story.end()).code == "forbidden"
    assert story.codes(story.end("bored"), people["authority"]) == {"reason_needed"}
    story.do(story.end(), people["authority"])
    assert story.clock("rest").status == "running"
    assert story.refused(story.confirm(), people["authority"]).code == "forbidden"
    events = story.do(story.confirm(), people["supervisor"])
    assert kinds(events) == ["proposal_confirmed", "clock_ended"]
    assert (story.clock("rest").status, story.clock("rest").over_reason) == ("ended", "rested")
    assert story.codes(story.end(clock="care.visits"), people["authority"]) == {"not_allowed"}


def test_an_early_end_is_looked_at_again_when_it_is_confirmed(story: Story, people: dict[str, Any]) -> None:
    story.rests()
    story.do(story.end(), people["authority"])
    story.goes_on(days=60)
    assert story.codes(story.confirm(), people["supervisor"]) == {"too_late"}


# Reviews.


def test_reviews_are_always_counted_from_the_first_anchor(story: Story) -> None:
    story.rests()
    dues = []
    for _ in range(4):
        dues.append(story.clock("visits").due)
        story.goes_on(days=31)
        story.record("visit")
    # From 2 March: one, two, then every month: 2 Apr, 4 May (Saturday 2 May rolls), 2 Jun, 2 Jul; each to its end.
    assert dues == [at(f"2026-{day}T00:00+02:00") for day in ("04-03", "05-05", "06-03", "07-03")]
    assert story.clock("visits").run == 1


def test_a_review_that_came_late_goes_on_with_the_next_that_lies_ahead(story: Story) -> None:
    story.rests()
    story.goes_on(days=100)
    assert story.clock("visits").missed_at == at("2026-04-03T00:00+02:00")
    story.record("visit")
    assert story.clock("visits").due == at("2026-07-03T00:00+02:00")
    assert story.clock("visits").missed_at is None


def test_a_review_comes_to_its_last(story: Story) -> None:
    story.rests()
    met = 0
    while story.clock("visits").status == "running":
        story.goes_on(days=30)
        story.record("visit")
        met += 1
        assert met < 20
    assert story.clock("visits").status == "met"
    assert story.clock("visits").due <= at("2027-03-04T00:00+01:00")


def test_a_review_done_while_the_person_is_missing_waits_on(story: Story) -> None:
    story.rests()
    story.do(story.life("went_missing"))
    story.record("visit")
    assert story.clock("visits").status == "paused"


# Life.


def test_a_missing_person_pauses_targets_and_never_the_law(story: Story) -> None:
    story.rests(limit="10 days")
    story.take("work.open")
    story.record("contract")
    story.do(story.life("went_missing"))
    assert {ref: run.status for ref, run in story.case.clocks.items()} == {
        "care.talk_due": "paused",
        "care.limit": "paused",
        "care.visits": "paused",
        "care.rest": "running",
        "work.claim": "running",
    }
    story.goes_on(days=3)
    story.do(story.life("found"))
    assert {run.status for run in story.case.clocks.values()} == {"running"}
    assert story.clock("talk_due").due == at("2026-03-06T10:00Z")


def test_who_is_found_resumes_only_what_the_event_paused(story: Story, people: dict[str, Any]) -> None:
    story.rests()
    story.do(story.pause(), people["authority"])
    story.do(story.life("went_missing"))
    story.do(story.life("found"))
    assert story.clock("rest").status == "paused"
    assert story.clock("visits").status == "running"


def test_closing_the_case_cancels_every_clock(story: Story, people: dict[str, Any]) -> None:
    story.goes_on(days=1)
    story.do(story.life("closed", "completed"), people["supervisor"])
    assert {run.status for run in story.case.clocks.values()} == {"cancelled"}
    assert story.case.nearest_wake() is None
    assert story.codes(Tick(), _clock()) == {"nothing_due"}


def test_a_rule_holds_a_closing_while_a_period_protects(story: Story, people: dict[str, Any]) -> None:
    story.rests()
    (reason,) = story.refused(story.life("closed", "completed"), people["supervisor"]).reasons
    assert (reason.code, reason.rule) == ("clock_running", "R1")


def test_hours_count_from_the_next_full_hour_and_days_do_not(
    mini_files: Callable[..., Any], untold: Callable[..., Story]
) -> None:
    day = compile_procedure(load(mini_files(("deadline: 24 hours", "deadline: 1 day"))))
    assert untold(now=at("2026-03-02T09:10Z")).begin().clock("talk_due").due == at("2026-03-03T10:00Z")
    assert untold(day, now=at("2026-03-02T09:10Z")).begin().clock("talk_due").due == at("2026-03-04T00:00+01:00")


def test_eight_visits_in_one_hour_pay_for_one_review(story: Story) -> None:
    story.rests()
    for _ in range(8):
        story.record("visit")
    assert story.clock("visits").occurrence == 1
    assert story.clock("visits").status == "running"


def test_what_the_law_counts_goes_on_when_a_case_is_closed_and_targets_count_again_when_it_is_reopened(
    story: Story, people: dict[str, Any]
) -> None:
    story.rests(limit="10 days")
    story.goes_on(days=60)
    story.take("work.open")
    story.record("contract")
    story.do(TellEvent(event="closed", reason="completed"), people["supervisor"])
    status = {ref: run.status for ref, run in story.case.clocks.items()}
    law = {ref for ref, clock in story.procedure.clocks.items() if clock.statutory}
    assert {status[ref] for ref in status.keys() & law} == {"expired", "running"}
    assert {status[ref] for ref in status.keys() - law} <= {"cancelled", "met", "expired"}
    assert "cancelled" in {status[ref] for ref in status.keys() - law}
    story.goes_on(days=2)
    story.do(TellEvent(event="reopened"), people["supervisor"])
    assert "cancelled" not in {run.status for run in story.case.clocks.values()}


def test_a_shorter_time_limit_recorded_later_counts_at_once(story: Story) -> None:
    story.rests(limit="18 days")
    story.take("work.open")
    story.record("contract")
    was = story.clock("work.claim").due
    story.record("plan", limit="10 days")
    run = story.clock("work.claim")
    assert run.due is not None
    assert was is not None
    assert run.due < was
    assert [correction.reason for correction in run.corrections] == ["recorded_anew"]
