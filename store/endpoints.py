"""Webhooks: where programs of a person are called, each with a secret of its own, sealed."""

import base64
import secrets
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from sop.shapes import Value
from store import sealing
from store.database import Database

ROTATION = timedelta(hours=24)
"""How long the former secret signs beside the new one."""
MOST_FAILURES = 20
"""Failed calls without a good one between them, after which an endpoint is switched off."""
MOST_ENDPOINTS = 10


class Endpoint(Value):
    """`kinds` are the kinds of notices that it is called for; empty means all. `off_at`: since when it is not called."""

    id: str
    person: str
    url: str
    kinds: tuple[str, ...]
    failures: int = 0
    off_at: datetime | None = None


_COLUMNS = "id, person, url, kinds, failures, off_at"
_OFF = (
    "UPDATE endpoints SET off_at = :now WHERE id = :id",
    """
    UPDATE deliveries SET status = 'dead', error = 'endpoint_off', done_at = :now
    WHERE endpoint = :id AND status = 'due'
    """,
    """
    INSERT INTO outbox (id, case_id, to_role, what, about, due, created_at, status)
    VALUES (:tell, :case_id, 'supervisor', 'endpoint_off', :id, :now, :now, 'waiting')
    """,
)


class Endpoints:
    """Secrets are sealed under `key`, each bound to its endpoint."""

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._key = key

    async def of_person(self, person: str) -> list[Endpoint]:
        async def work(connection: AsyncConnection) -> list[Endpoint]:
            query = text(f"SELECT {_COLUMNS} FROM endpoints WHERE person = :person ORDER BY id")  # noqa: S608
            return [
                Endpoint.model_validate(dict(row._mapping))
                for row in await connection.execute(query, {"person": person})
            ]

        return await self._database.read(work)

    async def add(self, person: str, url: str, kinds: tuple[str, ...]) -> tuple[Endpoint, str]:
        """The endpoint and its secret, which is never shown again; `ValueError` where the person has too many."""
        endpoint = Endpoint(id=f"ep_{secrets.token_hex(8)}", person=person, url=url, kinds=kinds)
        secret = _new_secret()

        async def work(connection: AsyncConnection) -> None:
            counted = text("SELECT id FROM endpoints WHERE person = :person FOR UPDATE")
            if len((await connection.execute(counted, {"person": person})).all()) >= MOST_ENDPOINTS:
                raise ValueError(f"a person has at most {MOST_ENDPOINTS} webhooks")
            added = (
                "INSERT INTO endpoints (id, person, url, kinds, secret) VALUES (:id, :person, :url, :kinds, :secret)"
            )
            row = {"id": endpoint.id, "person": person, "url": url, "kinds": list(kinds)}
            await connection.execute(text(added), row | {"secret": self._sealed(secret, endpoint.id)})

        await self._database.transact(work)
        return endpoint, secret

    async def rotate(self, person: str, id: str, now: datetime) -> str | None:
        """A new secret, and the endpoint switched on; the former one signs too for a day. None: no such endpoint."""
        secret = _new_secret()
        statement = text("""
            UPDATE endpoints SET former_secret = secret, former_until = :until, secret = :secret, failures = 0, off_at = NULL
            WHERE id = :id AND person = :person
        """)
        given = {"id": id, "person": person, "until": now + ROTATION, "secret": self._sealed(secret, id)}

        async def work(connection: AsyncConnection) -> bool:
            return (await connection.execute(statement, given)).rowcount > 0

        return secret if await self._database.transact(work) else None

    async def remove(self, person: str, id: str, now: datetime) -> bool:
        """Whether there was one; what was on its way to it is dead."""

        async def work(connection: AsyncConnection) -> bool:
            gone = text("DELETE FROM endpoints WHERE id = :id AND person = :person")
            if not (await connection.execute(gone, {"id": id, "person": person})).rowcount:
                return False
            await connection.execute(text(_OFF[1]), {"id": id, "now": now})
            return True

        return await self._database.transact(work)

    async def with_secrets(self, id: str, now: datetime) -> tuple[Endpoint, tuple[str, ...]] | None:
        """The endpoint with the secrets that sign now, the newest first; None where it is gone or switched off."""

        async def work(connection: AsyncConnection) -> tuple[Endpoint, tuple[str, ...]] | None:
            query = text(f"""
                SELECT {_COLUMNS}, secret, CASE WHEN former_until > :now THEN former_secret END AS former
                FROM endpoints WHERE id = :id AND off_at IS NULL
            """)  # noqa: S608 - constants of this module
            row = (await connection.execute(query, {"id": id, "now": now})).one_or_none()
            if row is None:
                return None
            found = {name: row._mapping[name] for name in Endpoint.model_fields}
            sealed = [bytes(one) for one in (row.secret, row.former) if one is not None]
            opened = (sealing.unseal(self._key, one, id, "webhook secret").decode() for one in sealed)
            return Endpoint.model_validate(found), tuple(opened)

        return await self._database.read(work)

    async def answered(self, id: str) -> None:
        """A good call: what failed before it no longer counts."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(
                text("UPDATE endpoints SET failures = 0 WHERE id = :id AND failures > 0"), {"id": id}
            )

        await self._database.transact(work)

    async def failed(self, id: str, case_id: str, now: datetime, *, gone: bool = False) -> bool:
        """Count a failed call; whether it switched the endpoint off, in which case the supervisors are told."""

        async def work(connection: AsyncConnection) -> bool:
            counted = text(
                "UPDATE endpoints SET failures = failures + 1 WHERE id = :id AND off_at IS NULL RETURNING failures"
            )
            failures = (await connection.execute(counted, {"id": id})).scalar_one_or_none()
            if failures is None or (failures < MOST_FAILURES and not gone):
                return False
            given = {"id": id, "now": now, "case_id": case_id, "tell": f"{id}:off:{secrets.token_hex(4)}"}
            for statement in _OFF:
                await connection.execute(text(statement), given)
            return True

        return await self._database.transact(work)

    def _sealed(self, secret: str, id: str) -> bytes:
        return sealing.seal(self._key, secret.encode(), id, "webhook secret")


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
