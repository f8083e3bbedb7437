"""Procedures and answers are each kept once; who comes second is told what holds."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from store.answers import Answer, Answers
from store.database import Database
from store.errors import VersionTaken
from store.procedures import Procedures, PublishedProcedure

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


async def publish(
    procedures: Procedures,
    hash: str,
    version: str,
    at: datetime = NOON,
    country: str | None = None,
    pictures: dict[str, str] | None = None,
    **more: Any,
) -> bool:
    row = {
        "hash": hash,
        "name": "trm",
        "version": version,
        "title": "TRM",
        "files": {"a.yaml": "x: ö"},
        "country": country,
    }
    row |= {"published_by": "c", "why": "w", "published_at": at, "in_force_from": at} | more
    return await procedures.publish(PublishedProcedure.model_validate(row), pictures)


async def test_a_version_is_published_once_and_never_changes(database: Database) -> None:
    procedures = Procedures(database)
    assert sorted(await asyncio.gather(*(publish(procedures, "h1", "1") for _ in range(5)))) == [False] * 4 + [True]
    with pytest.raises(VersionTaken) as caught:
        await publish(procedures, "h2", "1")
    assert caught.value.code == "version_taken"
    assert await publish(procedures, "h2", "2", NOON + timedelta(hours=1))
    assert [each.hash for each in await procedures.all()] == ["h1", "h2"]
    later = NOON + timedelta(days=1)
    assert await procedures.in_force("trm", later) == ["h2", "h1"]
    assert await procedures.in_force("trm", NOON) == ["h1"]
    assert await procedures.in_force("other", later) == []
    kept = await procedures.get("h2")
    assert kept is not None
    assert (kept.version, kept.files) == ("2", {"a.yaml": "x: ö"})
    assert [(head.hash, head.files) for head in await procedures.heads()] == [("h1", {}), ("h2", {})]
    assert await procedures.known_hashes() == {"h1", "h2"}
    assert (await procedures.get("h1")) == (await procedures.all())[0]


async def test_a_version_that_waits_for_a_second_person_does_not_count_until_another_confirms_it(
    database: Database,
) -> None:
    procedures = Procedures(database)
    await publish(procedures, "h1", "1", waits_for_second=True)
    assert await procedures.in_force("trm", NOON) == []
    assert not await procedures.confirm("h1", "c", NOON)
    assert await procedures.confirm("h1", "another", NOON)
    assert not await procedures.confirm("h1", "a third", NOON)
    assert await procedures.in_force("trm", NOON) == ["h1"]
    kept = await procedures.get("h1")
    assert kept is not None
    assert (kept.confirmed_by, kept.confirmed_at) == ("another", NOON)


async def test_a_version_counts_from_its_day_on(database: Database) -> None:
    procedures = Procedures(database)
    await publish(procedures, "h1", "1")
    await publish(procedures, "h2", "2", in_force_from=NOON + timedelta(days=7))
    assert await procedures.in_force("trm", NOON + timedelta(days=6)) == ["h1"]
    assert await procedures.in_force("trm", NOON + timedelta(days=7)) == ["h2", "h1"]


async def test_each_country_has_versions_of_its_own_beside_the_base(database: Database) -> None:
    procedures = Procedures(database)
    assert await publish(procedures, "base", "1")
    assert await publish(procedures, "rs1", "1", country="RS")
    assert await publish(procedures, "at1", "1", country="AT")
    assert await publish(procedures, "base2", "2", NOON + timedelta(hours=1))
    for country, hash in ((None, "other"), ("RS", "other")):
        with pytest.raises(VersionTaken, match="RS" if country else "trm 1 is"):
            await publish(procedures, hash, "1", country=country)
    first = {
        country: (await procedures.in_force("trm", NOON + timedelta(days=1), country))[0]
        for country in (None, "RS", "AT", "XK")
    }
    assert first == {None: "base2", "RS": "rs1", "AT": "at1", "XK": "base2"}


async def test_the_first_answer_to_a_key_holds_for_everybody(database: Database) -> None:
    answers = Answers(database)

    def answer(number: int) -> Answer:
        headers = {"etag": str(number)}
        body = bytes([0, 255, number])
        return Answer(caller="anna", key="k", route="r", body_hash="h", status=200, headers=headers, body=body, at=NOON)

    held = await asyncio.gather(*(answers.keep(answer(number)) for number in range(8)))
    assert len({one.body for one in held}) == 1
    assert await answers.find("anna", "k") == held[0]
    assert await answers.find("berta", "k") is None
    assert await answers.forget_older_than(NOON) == 0
    assert await answers.forget_older_than(NOON + timedelta(seconds=1)) == 1
    assert await answers.find("anna", "k") is None


async def test_the_drawings_of_a_version_are_kept_with_it_once(database: Database) -> None:
    procedures = Procedures(database)
    await publish(procedures, "h1", "1", pictures={"": "<svg>all</svg>", "care": "<svg>care</svg>"})
    await publish(procedures, "h1", "1", pictures={"": "<svg>other</svg>"})
    assert await procedures.picture("h1", "") == "<svg>all</svg>"
    assert await procedures.picture("h1", "work") is None
    for svg in ("<svg>first</svg>", "<svg>second</svg>"):
        await procedures.keep_picture("h1", "work", svg)
    assert await procedures.picture("h1", "work") == "<svg>first</svg>"
    with pytest.raises(VersionTaken):
        await publish(procedures, "h2", "1", pictures={"": "<svg>lost</svg>"})
    assert await procedures.picture("h2", "") is None
