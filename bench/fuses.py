"""Cases with a clock that runs out at a moment of our choosing, and what the ledger says of how it acted."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import psycopg

from bench.system import System
from bench.wire import Wire
from bench.workload import BUDGET, FUSED

AT_ONCE = 8
Work = Callable[[Wire], Awaitable[str]]


@dataclass(frozen=True)
class Acted:
    """What the ledger has of the fused clock of one case, since it was set: kinds of events, and by how much it was late."""

    case_id: str
    kinds: tuple[str, ...]
    late: tuple[float, ...]
    """Seconds after its moment, for every time that it was missed."""
    told: int
    """Messages in the outbox about it."""


class Fuses:
    """Sets clocks over HTTP, as a supervisor would, and reads what became of them from the tables."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._wires = [Wire(system.port, patience=60) for _ in range(AT_ONCE)]

    async def open(self, count: int) -> list[str]:
        """So many cases whose clock runs, but for a day yet."""
        return await self._shared([self._opened] * count)

    async def light(self, due: dict[str, datetime]) -> None:
        """The clock of each case is due at its moment."""

        def one(case: str, moment: datetime) -> Work:
            async def set_(wire: Wire) -> str:
                anchor = (moment - BUDGET).isoformat().replace("+00:00", "Z")
                body = {"reason": "other", "anchor": anchor}
                await self._done(wire, "supervisor", f"/v1/cases/{case}/clocks/{FUSED}/correct", body)
                return case

            return set_

        await self._shared([one(case, moment) for case, moment in due.items()])

    async def acted(self, cases: list[str], within: float) -> list[Acted]:
        """How each has acted, once all have, or when that has taken too long."""
        loop = asyncio.get_running_loop()
        until = loop.time() + within
        while True:
            found = await self._read(cases)
            if all("clock_missed" in one.kinds and one.told for one in found) or loop.time() > until:
                return found
            await asyncio.sleep(0.5)

    async def close(self) -> None:
        await asyncio.gather(*(wire.close() for wire in self._wires))

    async def _shared(self, works: list[Work]) -> list[str]:
        left = iter(works)
        done: list[str] = []

        async def caller(wire: Wire) -> None:
            for work in left:
                done.append(await work(wire))

        await asyncio.gather(*(caller(wire) for wire in self._wires))
        return done

    async def _opened(self, wire: Wire) -> str:
        sent = {"procedure": "trm", "country": "AT", "facts": {"age_group": "adult"}, "particulars": {}}
        case = (await self._done(wire, "case_manager", "/v1/cases", sent))["id"]
        await self._done(wire, "case_manager", f"/v1/cases/{case}/proceedings/transitions/open", {})
        advice = {"status": "done", "fields": {"time_left": "24 hours"}}
        path = f"/v1/cases/{case}/proceedings/measures/compensation_advice"
        await self._done(wire, "legal_representative", path, advice)
        return str(case)

    async def _done(self, wire: Wire, role: str, path: str, body: dict[str, object]) -> dict[str, object]:
        answer = await wire.call("POST", path, self._system.tokens[role], body)
        assert answer.status in (200, 201), answer.body
        found: dict[str, object] = answer.json
        return found

    async def _read(self, cases: list[str]) -> list[Acted]:
        query = """
            SELECT e.case_id, array_agg(v->>'kind' ORDER BY e.seq, n),
                   array_remove(array_agg(extract(epoch FROM e.at - (v->>'due')::timestamptz)::float8 ORDER BY e.seq, n)
                       FILTER (WHERE v->>'kind' = 'clock_missed'), NULL),
                   (SELECT count(*) FROM outbox o WHERE o.case_id = e.case_id AND o.about = %s AND o.what = 'missed')
            FROM entries e, jsonb_array_elements(e.events) WITH ORDINALITY AS x (v, n)
            WHERE e.case_id = ANY(%s) AND v->>'clock' = %s
              AND v->>'kind' IN ('clock_missed', 'reminder_sent')
            GROUP BY e.case_id
        """
        try:
            connection = await self._system.database()
        except psycopg.OperationalError:  # it is on its way back
            return [Acted(case, (), (), 0) for case in cases]
        async with connection:
            rows = await (await connection.execute(query.encode(), (FUSED, cases, FUSED))).fetchall()
        found = {str(row[0]): Acted(str(row[0]), tuple(row[1]), tuple(row[2] or ()), int(row[3])) for row in rows}  # type: ignore[arg-type,call-overload]
        return [found.get(case, Acted(case, (), (), 0)) for case in cases]
