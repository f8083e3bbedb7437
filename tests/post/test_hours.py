"""Quiet hours hold back what can wait, and nothing that the law demands; a digest comes once a day at its hour."""

from datetime import UTC, datetime, time, timedelta

import pytest

from post.hours import next_digest, quiet_until
from store.people import Person


def someone(**wishes: object) -> Person:
    given = {"id": "anna", "roles": ("case_manager",), "countries": ("AT",), "zone": "Europe/Vienna", **wishes}
    return Person.model_validate(given)


NIGHT = {"quiet_from": time(20), "quiet_until": time(7)}


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-03-02T18:59Z", None),
        ("2026-03-02T19:00Z", "2026-03-03T06:00Z"),
        ("2026-03-03T02:00Z", "2026-03-03T06:00Z"),
        ("2026-03-03T06:00Z", None),
        # the night in which summer time begins, and the one in which it ends
        ("2026-03-28T22:00Z", "2026-03-29T05:00Z"),
        ("2026-10-24T22:00Z", "2026-10-25T06:00Z"),
    ],
)
def test_quiet_hours_span_midnight_and_follow_the_zone(now, until):
    expected = datetime.fromisoformat(until) if until else None
    assert quiet_until(someone(**NIGHT), datetime.fromisoformat(now)) == expected


def test_quiet_hours_may_lie_within_a_day():
    noon = someone(quiet_from=time(12), quiet_until=time(13))
    assert quiet_until(noon, datetime(2026, 3, 2, 11, 30, tzinfo=UTC)) == datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert quiet_until(noon, datetime(2026, 3, 2, 12, tzinfo=UTC)) is None
    assert quiet_until(someone(), datetime(2026, 3, 2, 2, tzinfo=UTC)) is None


def test_an_hour_that_summer_time_leaves_out_still_ends_the_quiet():
    person = someone(quiet_from=time(1), quiet_until=time(2, 30))
    now = datetime(2026, 3, 29, 0, 50, tzinfo=UTC)
    until = quiet_until(person, now)
    assert until is not None
    assert now < until <= now + timedelta(hours=1)


def test_the_digest_comes_at_its_hour_in_its_zone():
    person = someone(digest_at=time(8, 30))
    assert next_digest(person, datetime(2026, 3, 2, 7, 29, tzinfo=UTC)) == datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
    assert next_digest(person, datetime(2026, 3, 2, 7, 30, tzinfo=UTC)) == datetime(2026, 3, 3, 7, 30, tzinfo=UTC)
    assert next_digest(person, datetime(2026, 3, 28, 8, 0, tzinfo=UTC)) == datetime(2026, 3, 29, 6, 30, tzinfo=UTC)
    assert next_digest(someone(), datetime(2026, 3, 2, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"quiet_from": time(1)},
        {"quiet_from": time(1), "quiet_until": time(1)},
        {"zone": "Vienna"},
        {"address": "no address"},
        {"roles": ()},
        {"countries": ("Austria",)},
    ],
)
def test_a_person_that_does_not_fit_is_refused(wrong):
    with pytest.raises(ValueError):
        someone(**wrong)


@pytest.mark.system
async def test_what_can_wait_waits_for_the_morning_and_a_missed_deadline_of_the_law_does_not(office):
    await office.person("anna", **NIGHT)
    office.clock.at = datetime(2026, 3, 2, 21, tzinfo=UTC)
    due = office.clock() + timedelta(days=4)
    await office.tell(what="reminder", due=due)
    await office.tell(what="missed", due=office.clock(), ends=due, statutory=False)
    await office.go()
    await office.round(hours=2)
    assert office.sink.taken == []
    await office.tell(what="missed", due=due, statutory=True)
    await office.go()
    assert len(office.sink.taken) == 1
    urgent = office.sink.taken[0].get_body(("plain",)).get_content()
    assert urgent.count("- ") == 1
    assert "is overdue" in urgent
    office.clock.at = datetime(2026, 3, 3, 6, 0, 1, tzinfo=UTC)
    await office.round()
    assert len(office.sink.taken) == 2
    assert office.sink.taken[1].get_body(("plain",)).get_content().count("- ") == 2


@pytest.mark.system
async def test_a_mail_that_is_tried_again_keeps_the_quiet_too(office):
    await office.person("anna", **NIGHT)
    office.clock.at = datetime(2026, 3, 2, 18, 58, tzinfo=UTC)
    office.sink.answers.append("451 later")
    await office.tell(what="missed", statutory=False)
    await office.go()
    await office.round(minutes=5)
    assert office.sink.taken == []
    assert await office.rows("SELECT attempts FROM deliveries") == [(1,)], "what was not tried is no try"
    office.clock.at = datetime(2026, 3, 3, 6, 0, 1, tzinfo=UTC)
    await office.round()
    assert len(office.sink.taken) == 1


@pytest.mark.system
async def test_a_digest_says_once_a_day_what_is_near_and_what_was_told(office):
    await office.person("anna", digest_at="08:30", zone="Europe/Vienna")
    office.clock.at = datetime(2026, 3, 2, 5, tzinfo=UTC)
    await office.tell(what="reminder", due=office.clock() + timedelta(days=1))
    await office.tell(case_id="C2", what="offer", about="responsible", due=None, ends=office.clock())
    await office.tell(
        case_id="C3", what="offer", about="responsible", due=None, ends=office.clock() + timedelta(days=90)
    )
    await office.go()
    assert office.sink.taken == []
    office.clock.at = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
    await office.round()
    (mail,) = office.sink.taken
    assert mail["Subject"] == "Caseway: your day"
    text = mail.get_body(("plain",)).get_content()
    assert text.index("Overdue") < text.index("C2: Recovery and reflection period (2026-03-02 06:00)")
    assert text.index("Due soon") < text.index("C1: Recovery and reflection period (2026-03-03 06:00)")
    assert "C3: " not in text, "what lies far ahead is not near"
    assert "Case C3" in text
    await office.round(hours=10)
    assert len(office.sink.taken) == 1
    office.clock.at = datetime(2026, 3, 3, 7, 30, tzinfo=UTC)
    await office.round()
    assert len(office.sink.taken) == 2
    assert "Something happened" not in office.sink.taken[1].get_body(("plain",)).get_content()


@pytest.mark.system
async def test_a_day_with_nothing_to_say_sends_no_digest(office):
    await office.person("anna", digest_at="08:30")
    await office.round()
    await office.round(days=1)
    assert office.sink.taken == []
    assert await office.rows("SELECT status FROM deliveries ORDER BY next_at LIMIT 1") == [("nothing",)]


@pytest.mark.system
async def test_a_missed_deadline_of_the_law_does_not_wait_for_the_digest(office):
    await office.person("anna", digest_at="08:30")
    await office.tell(what="missed", statutory=True)
    await office.go()
    assert [mail["Subject"] for mail in office.sink.taken] == ["Caseway: something to look at"]


@pytest.mark.system
async def test_a_life_event_goes_at_night_and_waits_for_no_digest(office):
    await office.person("anna", **NIGHT)
    await office.person("berta", digest_at="08:30")
    office.clock.at = datetime(2026, 3, 2, 21, tzinfo=UTC)
    for case_id, person in (("C1", "anna"), ("C2", "berta")):
        await office.tell(case_id=case_id, what="life_event", about="went_missing", due=None, responsible=person)
        await office.tell(case_id=case_id, what="offer", about="responsible", due=None, responsible=person)
    await office.go()
    assert [mail.get_body(("plain",)).get_content().count("Something happened") for mail in office.sink.taken] == [1, 1]
    assert "offered" not in "".join(mail.get_body(("plain",)).get_content() for mail in office.sink.taken)


@pytest.mark.system
async def test_who_wants_no_digest_any_more_gets_at_once_what_was_gathered(office):
    await office.person("anna", digest_at="08:30")
    await office.tell(what="offer", about="responsible", due=None)
    await office.go()
    await office.person("anna")
    await office.round()
    assert len(office.sink.taken) == 1
    await office.round(days=2)
    assert len(office.sink.taken) == 1
