"""Saved filters are kept by owner and name, seen by their role, and bounded."""

from store import filters
from store.database import Database
from store.filters import Filter, Filters


def of(owner: str, name: str, choices: str = "{}", shared_with: str | None = None) -> Filter:
    return Filter(owner=owner, name=name, choices=choices, shared_with=shared_with)


async def test_a_filter_is_kept_once_by_name_and_seen_by_its_role(database: Database) -> None:
    kept = Filters(database)
    assert await kept.keep(of("b", "law", shared_with="case_manager"))
    assert await kept.keep(of("c", "own"))
    assert await kept.keep(of("a", "rs"))
    assert await kept.keep(of("a", "rs", '{"country": "RS"}'))
    assert await kept.seen_by("a", ["case_manager"]) == [
        of("a", "rs", '{"country": "RS"}'),
        of("b", "law", shared_with="case_manager"),
    ]
    assert await kept.seen_by("a", ["police"]) == [of("a", "rs", '{"country": "RS"}')]
    assert await kept.seen_by("a", ["case_manager"], owner="c", name="own") == []
    assert [await kept.remove("a", "law"), await kept.remove("a", "rs")] == [False, True]
    assert await kept.seen_by("a", []) == []


async def test_one_person_keeps_only_so_many(database: Database) -> None:
    kept = Filters(database)
    for number in range(filters.MOST):
        assert await kept.keep(of("a", f"n{number}"))
    assert not await kept.keep(of("a", "one_more"))
    assert await kept.keep(of("a", "n1", shared_with="police")), "what is there may change"
    assert await kept.keep(of("b", "n1"))
