"""The vault: particulars of a case, encrypted under the case's own key, which is wrapped by the root key."""

from collections.abc import Mapping
from datetime import UTC, datetime

from pydantic import TypeAdapter
from pydantic_core import to_json
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from casefile.particulars import Particulars, particulars_of
from store import sealing
from store.database import Database
from store.errors import CaseErased, RecordTaken, Unreadable
from store.tables import CaseKeyRow, ParticularsRow

_KEYS = CaseKeyRow.__table__  # type: ignore[attr-defined]
_RECORDS = ParticularsRow.__table__  # type: ignore[attr-defined]
_PARTICULARS = TypeAdapter(Particulars)

_KEY_VERSION = 1


class Vault:
    """A ciphertext is bound to its case, its record, the version of the key and its purpose: none can be moved."""

    def __init__(self, database: Database, root_key: bytes) -> None:
        if len(root_key) != sealing.KEY_BYTES:
            raise ValueError(f"the root key has {sealing.KEY_BYTES} bytes")
        self._database = database
        self._root = root_key

    async def put(self, case_id: str, record_id: str, particulars: Mapping[str, object]) -> None:
        """Keep a record once. The same again changes nothing; other particulars under its id are `RecordTaken`."""
        kept = particulars_of(particulars)

        async def work(connection: AsyncConnection) -> None:
            key, version = await self._key(connection, case_id, make=True)
            row = {
                "case_id": case_id,
                "record_id": record_id,
                "ciphertext": sealing.seal(key, to_json(kept), case_id, record_id, str(version), "particulars"),
                "created_at": datetime.now(UTC),
            }
            added = insert(_RECORDS).values(row).on_conflict_do_nothing().returning(_RECORDS.c.record_id)
            if (await connection.execute(added)).scalar_one_or_none() is not None:
                return
            sealed = await _sealed(connection, case_id, record_id)
            if sealed is None or _opened(key, version, sealed, case_id, record_id) != kept:
                raise RecordTaken("this record holds other particulars; a record is never rewritten")

        await self._database.transact(work)

    async def get(self, case_id: str, record_id: str) -> Particulars | None:
        """None where there is no such record; `CaseErased` where it can never be read again."""

        async def work(connection: AsyncConnection) -> Particulars | None:
            sealed = await _sealed(connection, case_id, record_id)
            if sealed is None:
                return None
            key, version = await self._key(connection, case_id, make=False)
            return _opened(key, version, sealed, case_id, record_id)

        return await self._database.read(work)

    async def records(self, case_id: str) -> dict[str, Particulars]:
        """Every record of the case, the oldest first."""

        async def work(connection: AsyncConnection) -> dict[str, Particulars]:
            mine = select(_RECORDS.c.record_id, _RECORDS.c.ciphertext).where(_RECORDS.c.case_id == case_id)
            rows = (await connection.execute(mine.order_by(_RECORDS.c.created_at, _RECORDS.c.record_id))).all()
            if not rows:
                return {}
            key, version = await self._key(connection, case_id, make=False)
            return {name: _opened(key, version, sealed, case_id, name) for name, sealed in rows}

        return await self._database.read(work)

    async def opens(self) -> bool | None:
        """Whether the root key opens the key of some case; None where no case has one."""

        async def work(connection: AsyncConnection) -> bool | None:
            newest = select(_KEYS).where(_KEYS.c.wrapped.is_not(None)).order_by(_KEYS.c.case_id.desc()).limit(1)
            row = (await connection.execute(newest)).one_or_none()
            if row is None:
                return None
            try:
                sealing.unseal(self._root, row.wrapped, row.case_id, str(row.version), "case key")
            except Unreadable:
                return False
            return True

        return await self._database.read(work)

    async def erase(self, case_id: str) -> None:
        """Destroy the key and the records of a case; a tombstone stays, so that no new key is ever made for it."""

        async def work(connection: AsyncConnection) -> None:
            tombstone = {"case_id": case_id, "wrapped": None, "version": _KEY_VERSION}
            await connection.execute(insert(_KEYS).values(tombstone).on_conflict_do_nothing())
            await connection.execute(update(_KEYS).where(_KEYS.c.case_id == case_id).values(wrapped=None))
            await connection.execute(delete(_RECORDS).where(_RECORDS.c.case_id == case_id))

        await self._database.transact(work)

    async def _key(self, connection: AsyncConnection, case_id: str, *, make: bool) -> tuple[bytes, int]:
        # FOR SHARE: `erase` waits for a record that is being written, and deletes it too
        query = select(_KEYS.c.wrapped, _KEYS.c.version).where(_KEYS.c.case_id == case_id)
        query = query.with_for_update(read=True) if make else query
        row = (await connection.execute(query)).one_or_none()
        if row is None and make:
            wrapped = sealing.seal(self._root, sealing.new_key(), case_id, str(_KEY_VERSION), "case key")
            values = {"case_id": case_id, "wrapped": wrapped, "version": _KEY_VERSION}
            await connection.execute(insert(_KEYS).values(values).on_conflict_do_nothing())
            row = (await connection.execute(query)).one()
        if row is None:
            raise Unreadable("the key of this case is missing")
        if row.wrapped is None:
            raise CaseErased("the particulars of this case were erased")
        return sealing.unseal(self._root, row.wrapped, case_id, str(row.version), "case key"), row.version


async def _sealed(connection: AsyncConnection, case_id: str, record_id: str) -> bytes | None:
    query = select(_RECORDS.c.ciphertext).where(_RECORDS.c.case_id == case_id, _RECORDS.c.record_id == record_id)
    found: bytes | None = (await connection.execute(query)).scalar_one_or_none()
    return found


def _opened(key: bytes, version: int, sealed: bytes, case_id: str, record_id: str) -> Particulars:
    plain = sealing.unseal(key, sealed, case_id, record_id, str(version), "particulars")
    return _PARTICULARS.validate_json(plain)
