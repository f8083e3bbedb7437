"""A case begins with the newest version of its country, and with the base where the country has none."""

from datetime import UTC, datetime, timedelta

import pytest

from api.shelf import Shelf
from sop.loader import content_hash, files_of_composition, load
from store.procedures import PublishedProcedure

NOW = datetime(2027, 1, 1, tzinfo=UTC)
HEAD = """\
procedure: shelved
version: "{version}"
title: Shelved
sops: [stay]
starts-with: stay
roles: {{case_manager: Case manager}}
opened-by: [case_manager]
calendars: {{default: {{zone: Europe/Vienna}}}}
facts: {{}}
"""
STAY = """\
sop: stay
title: Stay
initial: in_house
states: {in_house: {title: In the house}, gone: {title: Gone, final: true}}
transitions: {go: {title: Go, from: in_house, to: gone, by: [case_manager]}}
clocks:
  rest: {title: Rest, period: {at-least: 30 days}, starts: {case: opened}}
"""
SERBIA = """\
overlay: rs
version: "1"
title: Serbia
country: RS
calendar: {zone: Europe/Belgrade, source: {document: A list, evidence: K}}
clocks:
  stay.rest:
    - {period: 90 days, source: {law: A law, evidence: K}}
"""


def row(version: str, country: str | None, day: int) -> PublishedProcedure:
    files = {
        "procedure.yaml": HEAD.format(version=version).encode(),
        "stay.yaml": STAY.encode(),
        "overlays/rs.yaml": SERBIA.encode(),
    }
    overlay = country.lower() if country else None
    definition = load(files, overlay)
    return PublishedProcedure(
        hash=content_hash(definition),
        name="shelved",
        version=definition.head.version,
        country=country,
        title="Shelved",
        files={name: content.decode() for name, content in files_of_composition(files, overlay).items()},
        published_at=datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=day),
        published_by="x",
        why="",
        in_force_from=datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=day),
    )


class Rows:
    def __init__(self, *rows: PublishedProcedure) -> None:
        self.rows = list(rows)

    async def all(self) -> list[PublishedProcedure]:
        return self.rows

    async def get(self, hash: str) -> PublishedProcedure | None:
        return next((row for row in self.rows if row.hash == hash), None)

    async def known_hashes(self) -> frozenset[str]:
        return frozenset(row.hash for row in self.rows)

    async def in_force(self, name: str, now: datetime, country: str | None = None) -> list[str]:
        theirs = [row for row in self.rows if row.name == name and row.country in (None, country)]
        return [
            row.hash
            for row in sorted(theirs, key=lambda row: (row.country is not None, row.published_at), reverse=True)
        ]


@pytest.mark.parametrize(
    ("country", "version", "length"), [("RS", "1+rs.1", "90 days"), ("AT", "2", "at least 30 days"), (None, "2", "at least 30 days")]
)  # fmt: skip
async def test_the_newest_of_the_country_or_of_the_base(country: str | None, version: str, length: str) -> None:
    shelf = Shelf(Rows(row("1", None, 0), row("1", "RS", 1), row("2", None, 2)))
    newest = await shelf.newest("shelved", NOW, country)
    assert newest is not None
    assert newest.version == version
    assert newest.clocks["stay.rest"].length.in_words() == length


async def test_where_there_is_neither_there_is_nothing() -> None:
    assert await Shelf(Rows(row("1", "RS", 0))).newest("shelved", NOW, "AT") is None
    assert await Shelf(Rows()).newest("shelved", NOW, "RS") is None


async def test_a_row_is_loaded_with_its_overlay_and_keeps_no_other_files() -> None:
    serbian = row("1", "RS", 0)
    assert set(serbian.files) == {"procedure.yaml", "stay.yaml", "overlays/rs.yaml"}
    assert set(row("1", None, 0).files) == {"procedure.yaml", "stay.yaml"}
    procedure = await Shelf(Rows(serbian)).procedure(serbian.hash)
    assert (procedure.country, procedure.hash) == ("RS", serbian.hash)
