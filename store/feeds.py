"""Private calendar feeds: the token is the only key, and only its digest is kept."""

import hashlib
import secrets

from store.database import Database

_KEEP = """
INSERT INTO feeds (person, token_hash) VALUES (%s, %s)
ON CONFLICT (person) DO UPDATE SET token_hash = excluded.token_hash
"""


class Feeds:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def make(self, person: str) -> str:
        """A new token; the former one opens nothing any more."""
        token = secrets.token_urlsafe(32)
        await self._database.at_once(_KEEP, (person, _digest(token)))
        return token

    async def revoke(self, person: str) -> None:
        await self._database.at_once("DELETE FROM feeds WHERE person = %s", (person,))

    async def person_of(self, token: str) -> str | None:
        """Whose calendar this token opens."""
        row = await self._database.at_once("SELECT person FROM feeds WHERE token_hash = %s", (_digest(token),))
        return None if row is None else str(row[0])

    async def has(self, person: str) -> bool:
        return await self._database.at_once("SELECT 1 FROM feeds WHERE person = %s", (person,)) is not None


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
