"""Saved filters: what somebody chooses from lists again and again, shared with a role where they wish."""

from collections.abc import Sequence

from sop.shapes import Value
from store.database import Database

MOST = 100
"""So many filters at the most of one person."""

_KEEP = f"""
INSERT INTO filters (owner, name, shared_with, choices)
SELECT %(owner)s, %(name)s, %(shared_with)s, CAST(%(choices)s AS jsonb)
WHERE EXISTS (SELECT 1 FROM filters WHERE owner = %(owner)s AND name = %(name)s)
      OR (SELECT count(*) FROM filters WHERE owner = %(owner)s) < {MOST}
ON CONFLICT (owner, name) DO UPDATE SET shared_with = excluded.shared_with, choices = excluded.choices
RETURNING name
"""  # noqa: S608
_SEEN = """
SELECT owner, name, shared_with, choices::text AS choices FROM filters
WHERE (owner = %(user)s OR shared_with = ANY(%(roles)s))
      AND (CAST(%(owner)s AS text) IS NULL OR owner = %(owner)s)
      AND (CAST(%(name)s AS text) IS NULL OR name = %(name)s)
ORDER BY owner <> %(user)s, owner, name
"""
_REMOVE = "DELETE FROM filters WHERE owner = %s AND name = %s RETURNING name"


class Filter(Value):
    """A filter of one person. `choices` is a JSON object: names of filters of the lists, with their values."""

    owner: str
    name: str
    shared_with: str | None
    choices: str


class Filters:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, kept: Filter) -> bool:
        """Keep it, in place of one of the same name; False where its owner has too many already."""
        return bool(await self._database.rows(_KEEP, kept.model_dump()))

    async def seen_by(
        self, user: str, roles: Sequence[str], *, owner: str | None = None, name: str | None = None
    ) -> list[Filter]:
        """Their own first, then those that are shared with one of their roles; all, or those of this owner and name."""
        given = {"user": user, "roles": list(roles), "owner": owner, "name": name}
        return [Filter.model_validate(row) for row in await self._database.rows(_SEEN, given)]

    async def remove(self, owner: str, name: str) -> bool:
        """Whether there was one."""
        return await self._database.at_once(_REMOVE, (owner, name)) is not None
