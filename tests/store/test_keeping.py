"""Procedures and answers are each kept once; who comes second is told what holds."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from store.answers import Answer, Answers
from store.database import Database
from store.errors import VersionTaken
from store.procedures import Procedures

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


async def publish(procedures: Procedures, hash: str, version: str, at: datetime = NOON) -> bool:
    return await procedures.publish(
        hash=hash,
        name="trm",
        version=version,
        title="TRM",
        files={"a.yaml": "x: ö"},
        by="c",
        why="w",
        at=at,
    )


async def test_a_version_is_published_once_and_never_changes(database: Database) -> None:
    procedures = Procedures(database)
    assert sorted(await asyncio.gather(*(publish(procedures, "h1", "1") for _ in range(5)))) == [False] * 4 + [True]
    with pytest.raises(VersionTaken) as caught:
        await publish(procedures, "h2", "1")
    assert caught.value.code == "version_taken"
    assert await publish(procedures, "h2", "2", NOON + timedelta(hours=1))
    assert [each.hash for each in await procedures.all()] == ["h1", "h2"]
    newest = await procedures.newest("trm")
    assert newest is not None
    assert (newest.version, newest.files) == ("2", {"a.yaml": "x: ö"})
    assert await procedures.newest("other") is None
    assert await procedures.known_hashes() == {"h1", "h2"}
    assert (await procedures.get("h1")) == (await procedures.all())[0]


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
