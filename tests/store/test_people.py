"""People and what is on its way to them: addresses and secrets are sealed, and who goes takes what is theirs along."""

import itertools
from datetime import UTC, datetime, time, timedelta

import pytest

from store.database import Database
from store.deliveries import Deliveries
from store.endpoints import MOST_ENDPOINTS, Endpoints
from store.errors import Unreadable
from store.feeds import Feeds
from store.people import People, Person

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
KEY = bytes(range(32))
ANNA = Person(
    id="anna",
    roles=("case_manager", "guardian"),
    countries=("AT", "DE"),
    language="sr-Latn",
    address="anna@staff.invalid",
    zone="Europe/Belgrade",
    quiet_from=time(20),
    quiet_until=time(7),
    digest_at=time(8, 30),
)


async def test_a_person_comes_back_as_they_were_kept(database: Database) -> None:
    people = People(database, KEY)
    await people.keep(ANNA, NOON)
    assert await people.get("anna") == ANNA
    changed = ANNA.model_copy(update={"address": None, "digest_at": None, "roles": ("supervisor",)})
    await people.keep(changed, NOON)
    assert await people.all() == [changed]
    assert await people.get("bert") is None


async def test_the_address_is_sealed_and_bound_to_its_person(database: Database) -> None:
    people = People(database, KEY)
    for id in ("anna", "bert"):
        await people.keep(ANNA.model_copy(update={"id": id, "address": f"{id}@staff.invalid"}), NOON)
    kept = await database.all_at_once("SELECT address FROM people ORDER BY id", ())
    assert all(b"staff" not in bytes(row[0]) for row in kept)
    await database.at_once("UPDATE people SET address = (SELECT address FROM people WHERE id = 'bert')", ())
    with pytest.raises(Unreadable):
        await people.get("anna")
    with pytest.raises(Unreadable):
        await People(database, bytes(32)).get("bert")


async def test_the_secret_of_a_webhook_is_sealed_and_bound_to_it(database: Database) -> None:
    endpoints = Endpoints(database, KEY)
    endpoint, secret = await endpoints.add("anna", "https://hook.invalid/", ())
    assert await endpoints.with_secrets(endpoint.id, NOON) == (endpoint, (secret,))
    ((kept,),) = await database.all_at_once("SELECT secret FROM endpoints", ())
    assert secret.encode() not in bytes(kept)
    other, _ = await endpoints.add("anna", "https://other.invalid/", ())
    await database.at_once("UPDATE endpoints SET secret = (SELECT secret FROM endpoints WHERE id = %s)", (other.id,))
    with pytest.raises(Unreadable):
        await endpoints.with_secrets(endpoint.id, NOON)


async def test_a_person_has_only_so_many_webhooks(database: Database) -> None:
    endpoints = Endpoints(database, KEY)
    for _ in range(MOST_ENDPOINTS):
        await endpoints.add("anna", "https://hook.invalid/", ())
    with pytest.raises(ValueError, match="at most"):
        await endpoints.add("anna", "https://hook.invalid/", ())
    await endpoints.add("bert", "https://hook.invalid/", ())


async def test_who_is_removed_takes_webhooks_calendar_and_mails_along(database: Database) -> None:
    people, deliveries = People(database, KEY), Deliveries(database, KEY)
    await people.keep(ANNA, NOON)
    await Endpoints(database, KEY).add("anna", "https://hook.invalid/", ())
    token = await Feeds(database).make("anna")
    await deliveries.plan_digest("anna", NOON, NOON)
    assert await people.remove("anna", NOON)
    assert not await people.remove("anna", NOON)
    assert await Feeds(database).person_of(token) is None
    assert await Endpoints(database, KEY).of_person("anna") == []
    assert await deliveries.take(NOON, mails=True) == []
    assert [dead.error for dead in await deliveries.dead()] == ["person_removed"]


async def test_a_delivery_belongs_to_one_try_at_a_time(database: Database) -> None:
    deliveries = Deliveries(database, KEY)
    await deliveries.plan_digest("anna", NOON, NOON)
    (first,) = await deliveries.take(NOON, mails=True)
    assert await deliveries.take(NOON + timedelta(minutes=1), mails=True) == []
    later = NOON + timedelta(minutes=3)
    (second,) = await deliveries.take(later, mails=True)
    assert (second.id, second.attempts) == (first.id, 2)
    assert not await deliveries.done(first, "sent", later), "its time was over: it is not for this try to say"
    assert await deliveries.done(second, "sent", later)


async def test_only_one_digest_is_planned(database: Database) -> None:
    people, deliveries = People(database, KEY), Deliveries(database, KEY)
    await people.keep(ANNA, NOON)
    assert await deliveries.without_digest() == [ANNA]
    for _ in range(2):
        await deliveries.plan_digest("anna", NOON, NOON)
    assert await deliveries.without_digest() == []
    assert len(await deliveries.take(NOON, mails=True)) == 1


@pytest.mark.parametrize(("country", "held"), [("AT", True), ("IT", False), ("", False)])
def test_a_role_is_held_in_a_country(country: str, held: bool) -> None:
    assert ANNA.holds("guardian", country) is held
    assert not ANNA.holds("supervisor", country)
    everywhere = ANNA.model_copy(update={"countries": ("*",)})
    assert everywhere.holds("guardian", country)


def test_quiet_hours_are_whole_or_none() -> None:
    for begin, end in itertools.product((None, time(1)), repeat=2):
        fits = (begin is None) and (end is None)
        given = ANNA.model_dump() | {"quiet_from": begin, "quiet_until": end}
        if fits:
            Person.model_validate(given)
        else:
            with pytest.raises(ValueError):
                Person.model_validate(given)
