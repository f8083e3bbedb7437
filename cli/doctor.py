"""`caseway doctor`: every part of the running system by name; fine, or what is wrong and the mend."""

import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console

from runtime.ending import end
from runtime.settings import Settings, SettingsInvalid

if TYPE_CHECKING:
    from store.database import Database
    from workflows.client import CaseClient

PATIENCE = 15.0
"""So many seconds one part has to answer."""
READS_WITHIN = 120.0
"""So many for reading every published procedure."""
LEAST_SPACE = 1_000_000_000
MOST_SKEW = timedelta(seconds=2)
LONGEST_IN_OUTBOX = timedelta(minutes=10)
HOUSE_EVERY = timedelta(hours=1)
START = "Start the system with `caseway up`, or look at its logs."


@dataclass(frozen=True)
class Part:
    """One part: whether it is fine, what was found, and what to do where it is not."""

    part: str
    fine: bool
    said: str
    mend: str = ""


def doctor(
    format_: Annotated[Literal["full", "json"], typer.Option("--format", help="for people, or for programs")] = "full",
) -> None:
    """Look at every part of the system. Exit 0 all is fine, 1 something is not, 2 could not run."""
    try:
        settings = Settings()
    except ValueError as invalid:
        print(f"The settings cannot be read: {type(invalid).__name__}. Look at the variables CASEWAY_….")
        end(2)
    with Console(stderr=True).status("looking at every part") as status:
        found = asyncio.run(_Doctor(settings, status.update).looked())
    fine = all(part.fine for part in found)
    if format_ == "json":
        print(json.dumps({"fine": fine, "parts": [asdict(part) for part in found]}, indent=1))
    else:
        _print(found, fine=fine)
    # the SDK may abort the interpreter where it ends on its own
    end(0 if fine else 1)


def _print(found: list[Part], *, fine: bool) -> None:
    width = max(len(part.part) for part in found)
    for part in found:
        print(f"{'fine ' if part.fine else 'WRONG'} {part.part:{width}}  {part.said}")
        if not part.fine and part.mend:
            print(f"      {'':{width}}  {part.mend}")
    wrong = sum(not part.fine for part in found)
    print("All is fine." if fine else f"{wrong} of {len(found)} parts are not fine.")


class _Doctor:
    """Asks one part after the other; a part that cannot be asked is not fine, and stops no other."""

    def __init__(self, settings: Settings, telling: Callable[[str], None]) -> None:
        self._settings = settings
        self._telling = telling
        self._found: list[Part] = []

    async def looked(self) -> list[Part]:
        await self._ask("keys", self._keys)
        await self._ask("disk", self._disk)
        database = await self._database()
        client, cases = await self._temporal(database)
        if database is not None:
            for name, look in (
                ("migrations", self._migrations),
                ("clock", self._clock),
                ("vault", self._vault),
                ("procedures", self._procedures),
                ("ledger", self._ledger),
                ("housekeeping", self._housekeeping),
                ("post", self._post),
            ):
                within = READS_WITHIN if name == "procedures" else PATIENCE
                await self._ask(name, partial(look, database), within)
        if client is not None and cases is not None:
            await self._ask("retention", lambda: self._retention(client))
            await self._ask("worker", lambda: self._worker(cases))
            if database is not None:
                await self._ask("cases", lambda: self._cases(database, cases))
        if database is not None:
            await database.close()
        return self._found

    async def _ask(self, name: str, look: Callable[[], Awaitable[Part]], within: float = PATIENCE) -> None:
        self._telling(f"looking at {name}")
        try:
            async with asyncio.timeout(within):
                part = await look()
        except TimeoutError:
            part = Part(name, False, f"no answer within {within:.0f} seconds", START)
        except SettingsInvalid as invalid:
            part = Part(name, False, str(invalid), START)
        except Exception as error:  # a doctor says what is wrong with every part, whatever it is
            part = Part(name, False, f"could not be asked: {type(error).__name__}", START)
        self._found.append(part)

    async def _keys(self) -> Part:
        keys, folder = self._settings.keys, self._settings.data_dir / "keys"
        wanted = ["payload", "root", "ids", *(["postgres"] if self._settings.database_url is None else [])]
        for name in wanted:
            getattr(keys, name)
        open_ = [name for name in wanted if (folder / name).stat().st_mode & 0o077]
        if open_:
            mend = f"chmod 600 {' '.join(str(folder / name) for name in open_)}"
            return Part("keys", False, f"others can read: {', '.join(open_)}", mend)
        return Part("keys", True, f"{len(wanted)} keys, for their owner alone")

    async def _disk(self) -> Part:
        usage = await asyncio.to_thread(shutil.disk_usage, self._settings.data_dir)
        said = f"{usage.free / 1e9:.1f} of {usage.total / 1e9:.1f} GB free"
        return Part("disk", usage.free >= LEAST_SPACE, said, "Make room, or move the data folder.")

    async def _database(self) -> "Database | None":
        from store.database import Database
        from store.diagnosis import Diagnosis
        from store.errors import DatabaseUnavailable

        opened: list[Database] = []

        async def look() -> Part:
            database = Database.connect(self._settings.database, connections=2)
            try:
                server = await Diagnosis(database).server()
            except DatabaseUnavailable:
                await database.close()
                return Part("database", False, "does not answer", START)
            opened.append(database)
            return Part("database", True, f"PostgreSQL {server.version.split()[0]} answers")

        await self._ask("database", look)
        return opened[0] if opened else None

    async def _temporal(self, database: "Database | None") -> "tuple[Any, CaseClient | None]":
        from api.shelf import Shelf
        from runtime.temporal import TemporalUnreachable, connect
        from store.procedures import Procedures
        from workflows.bookkeeping import Bookkeeping
        from workflows.client import CaseClient

        clients: list[Any] = []

        async def look() -> Part:
            try:
                clients.append(await connect(self._settings, "doctor", patience=3))
            except TemporalUnreachable:
                return Part("temporal", False, "does not answer", START)
            return Part("temporal", True, f"namespace {self._settings.namespace} answers")

        await self._ask("temporal", look)
        if not clients:
            return None, None
        if database is None:
            return clients[0], None
        book = Bookkeeping(database, Shelf(Procedures(database)).procedure)
        return clients[0], CaseClient(clients[0], self._settings.task_queue, book)

    async def _migrations(self, database: "Database") -> Part:
        from store.diagnosis import Diagnosis, newest

        applied, wanted = await Diagnosis(database).applied(), newest()
        if applied == wanted:
            return Part("migrations", True, f"the tables are those of this release ({wanted})")
        said = f"the tables are at {applied or 'nothing'}, this release wants {wanted}"
        return Part("migrations", False, said, "Run `caseway prepare`.")

    async def _clock(self, database: "Database") -> Part:
        from store.diagnosis import Diagnosis

        before = datetime.now(UTC)
        server = (await Diagnosis(database).server()).now
        middle = before + (datetime.now(UTC) - before) / 2
        skew = abs(server - middle)
        said = f"{skew.total_seconds():.2f} s between this machine and the database"
        return Part("clock", skew <= MOST_SKEW, said, "Set both by the same time server (NTP).")

    async def _vault(self, database: "Database") -> Part:
        from store.vault import Vault

        opens = await Vault(database, self._settings.keys.root).opens()
        if opens is False:
            return Part("vault", False, "the root key does not open what is kept", "Put the former `keys/root` back.")
        return Part("vault", True, "the root key opens it" if opens else "nothing is kept in it yet")

    async def _procedures(self, database: "Database") -> Part:
        from sop.loader import content_hash, load
        from sop.problems import DefinitionInvalid
        from store.procedures import Procedures

        unread, changed = [], []
        rows = await Procedures(database).all()
        for row in rows:
            name = f"{row.name} {row.version}"
            try:
                files = {path: text.encode() for path, text in row.files.items()}
                definition = await asyncio.to_thread(load, files, row.overlay)
            except DefinitionInvalid:
                unread.append(name)
                continue
            if content_hash(definition) != row.hash:
                changed.append(name)
        if unread:
            return Part("procedures", False, f"cannot be read: {', '.join(unread)}", "Go back to the former release.")
        if changed:
            mend = "Compare with a copy of the database: a published version never changes."
            return Part("procedures", False, f"are not what was published: {', '.join(changed)}", mend)
        if not rows:
            return Part("procedures", False, "none is published", "Run `caseway prepare`.")
        return Part("procedures", True, f"{len(rows)} published, each as its hash says")

    async def _ledger(self, database: "Database") -> Part:
        from store.diagnosis import Diagnosis

        late, oldest = await Diagnosis(database).behind()
        if late:
            said = f"behind by {late} lines, the oldest for {oldest.total_seconds():.0f} s"
            return Part("ledger", False, said, "Wait a minute; then see whether the worker runs.")
        return Part("ledger", True, "no line is late")

    async def _housekeeping(self, database: "Database") -> Part:
        from store.housekeeping import Housekeeping

        house = Housekeeping(database)
        found, last = await house.discrepancies(), await house.place("compare")
        if found:
            kinds = sorted({one.kind for one in found})
            named = ", ".join(f"{sum(one.kind == kind for one in found)} {kind}" for kind in kinds)
            return Part("housekeeping", False, f"ledger and workflows differ: {named}", _mend(kinds))
        if last is None:
            return Part("housekeeping", True, "it has not come round yet")
        ago = datetime.now(UTC) - last[1]
        said = f"last round {ago.total_seconds() / 60:.0f} minutes ago"
        return Part(
            "housekeeping", ago <= HOUSE_EVERY, said, "See whether the worker runs, and the schedule keep-house."
        )

    async def _post(self, database: "Database") -> Part:
        from store.deliveries import Deliveries
        from store.diagnosis import Diagnosis

        now = datetime.now(UTC)
        counts = await Deliveries(database, self._settings.keys.post).counts(now)
        waiting = next((one for one in await Diagnosis(database).outbox() if one.status == "waiting"), None)
        said = f"{counts.mails_waiting} mails and {counts.calls_waiting} calls wait, {counts.dead} are dead"
        if counts.dead:
            return Part("post", False, said, "See `caseway post dead`, then `caseway post replay`.")
        if waiting is not None and now - waiting.since > LONGEST_IN_OUTBOX:
            since = f"{waiting.since:%Y-%m-%d %H:%M} UTC"
            return Part("post", False, f"{waiting.count} messages wait since {since}", "See whether the worker runs.")
        if self._settings.smtp_host is None:
            # a system for trying out has none; elsewhere people must be told
            fine = self._settings.demo or not counts.mails_waiting
            return Part(
                "post", fine, f"{said}; no mail server is set here", "Set CASEWAY_SMTP_HOST and CASEWAY_SMTP_FROM."
            )
        return Part("post", True, said)

    async def _retention(self, client: Any) -> Part:
        from runtime.temporal import RETENTION, retention

        kept = await retention(client)
        said = f"closed executions are kept for {kept.total_seconds() / 86_400:.0f} days"
        return Part("retention", kept >= RETENTION, said, f"Set the namespace to {RETENTION.days} days or more.")

    async def _worker(self, cases: "CaseClient") -> Part:
        away = await cases.ready()
        if away:
            return Part("worker", False, "nobody serves the task queue", START)
        return Part("worker", True, f"serves the task queue {self._settings.task_queue}")

    async def _cases(self, database: "Database", cases: "CaseClient") -> Part:
        from store.diagnosis import Diagnosis
        from workflows.errors import CaseError

        case_id = await Diagnosis(database).a_case()
        if case_id is None:
            return Part("cases", True, "none is open yet")
        try:
            await cases.look(case_id)
        except CaseError as error:
            return Part("cases", False, f"{case_id} does not answer: {error.code}", "See the log of the worker.")
        return Part("cases", True, "a case answers")


def _mend(kinds: Sequence[str]) -> str:
    mends = {
        "workflow_gone": "`caseway rebuild --begin-again`",
        "no_workflow": "`caseway rebuild --begin-again`",
        "row_missing": "`caseway rebuild --from-workflows`",
        "row_behind": "`caseway rebuild --from-workflows`",
        "row_differs": "`caseway rebuild`",
        "row_ahead": "bring Temporal's data back from a copy no older than the database",
    }
    return f"{'; '.join(dict.fromkeys(mends[kind] for kind in kinds))}; see docs/operations.md."
