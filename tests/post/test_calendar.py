"""The private calendar is read by the library that others use, and says titles and codes alone."""

import re
from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest

from post.calendar import etag_of, feed
from store.feeds import Feeds
from store.listings import Listings

pytestmark = pytest.mark.system


async def content_of(office, language: str = "en") -> bytes:
    work = await Listings(office.database).worklist("anna", office.clock())
    return await feed(work, language, office.post.procedure, "https://caseway.invalid")


async def test_each_running_clock_is_an_event_with_its_alarm(office):
    await office.tell(what="reminder", due=datetime(2026, 3, 10, 23, tzinfo=UTC))
    await office.tell(what="reminder", case_id="C2", due=datetime(2026, 3, 11, 9, 30, tzinfo=UTC))
    await office.tell(what="reminder", case_id="C3", responsible="bert")
    await office.tell(what="reminder", case_id="C4", running=False)
    read = icalendar.Calendar.from_ical(await content_of(office))
    first, second = read.walk("VEVENT")
    assert read["version"] == "2.0"
    assert first["summary"] == "Recovery and reflection period (C1)"
    assert first["dtstart"].dt == date(2026, 3, 10), "the end of 10 March in Vienna"
    assert second["dtstart"].dt == datetime(2026, 3, 11, 9, 30, tzinfo=UTC)
    assert {str(first["uid"]), str(second["uid"])} == {
        "C1.identification.reflection@caseway.invalid",
        "C2.identification.reflection@caseway.invalid",
    }
    assert [alarm["trigger"].dt for alarm in read.walk("VALARM")] == [timedelta(days=-2)] * 2
    assert all(str(event["url"]).startswith("https://caseway.invalid/v1/cases/C") for event in (first, second))


async def test_it_changes_exactly_when_something_changed(office):
    await office.tell(what="reminder")
    first = await content_of(office)
    office.clock.move(hours=1)
    assert etag_of(await content_of(office)) == etag_of(first)
    await office.tell(what="reminder", due=office.clock() + timedelta(days=3))
    assert etag_of(await content_of(office)) != etag_of(first)


async def test_nobody_is_in_it(office):
    await office.person("anna")
    await office.tell(what="reminder")
    text = (await content_of(office)).decode()
    assert "anna" not in text
    assert "ATTENDEE" not in text
    assert re.sub(r"\r\n ", "", text).count("\r\n") > 10, "lines end as the format wants"


async def test_only_the_digest_of_a_token_is_kept(office):
    feeds = Feeds(office.database)
    token = await feeds.make("anna")
    assert await feeds.person_of(token) == "anna"
    ((kept,),) = await office.rows("SELECT token_hash FROM feeds")
    assert token.encode() not in bytes(kept)
    assert await feeds.person_of(token[:-1] + "x") is None
    second = await feeds.make("anna")
    assert await feeds.person_of(token) is None
    await feeds.revoke("anna")
    assert await feeds.person_of(second) is None
    assert not await feeds.has("anna")
