"""The process behind the door: reads the settings, connects, serves until it is told to stop."""

import asyncio
import gc
import signal
from datetime import UTC, datetime

import uvicorn
import uvloop

from api.app import create_app
from api.callers import Callers, read_demo_users, write_demo_users
from api.parts import Parts
from api.porch import LARGEST_HEADERS
from api.shelf import Shelf
from runtime.ending import end
from runtime.logs import configure_logs
from runtime.settings import Settings
from runtime.temporal import connect
from store.answers import Answers
from store.cases import CaseLedger
from store.compliance import Compliance
from store.database import Database
from store.endpoints import Endpoints
from store.feeds import Feeds
from store.filters import Filters
from store.listings import Listings
from store.people import People
from store.plans import Plans
from store.procedures import Procedures
from store.queues import Queues
from store.reassignments import Reassignments
from store.summary import Summaries
from store.vault import Vault
from workflows.bookkeeping import Bookkeeping
from workflows.client import CaseClient
from workflows.trouble import Engine

MOST_AT_ONCE = 512
SELDOM = (50_000, 20, 50)
"""When garbage is looked for. Compiled procedures are a hundred thousand things that never become any: looked through at
Python's usual pace, they cost every tenth list of cases a third of a second."""


def main() -> None:
    """Serve; ends by itself only where it cannot start."""
    configure_logs("api")
    gc.set_threshold(*SELDOM)
    settings = Settings()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings))
        end(0)


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; calls that are under way are answered first."""
    database = Database.connect(settings.database)
    try:
        app = create_app(await parts_of(settings, database))
        # uvicorn raises the signal again once it has stopped; that must not kill us before we have tidied up
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        await uvicorn.Server(
            uvicorn.Config(
                app,
                host=settings.host,
                port=settings.port,
                http="h11",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                limit_concurrency=MOST_AT_ONCE,
                h11_max_incomplete_event_size=LARGEST_HEADERS,
                timeout_keep_alive=30,
                timeout_graceful_shutdown=15,
            )
        ).serve()
    finally:
        await database.close()


async def parts_of(settings: Settings, database: Database) -> Parts:
    """The real parts of one instance."""
    client = await connect(settings, role="api")
    procedures = Procedures(database)
    shelf = Shelf(procedures)
    return Parts(
        cases=CaseClient(client, settings.task_queue, Bookkeeping(database, shelf.procedure)),
        ledger=CaseLedger(database),
        listings=Listings(database),
        vault=Vault(database, settings.keys.root),
        answers=Answers(database),
        shelf=shelf,
        database=database,
        callers=await _callers(settings, shelf),
        secret=settings.keys.ids,
        now=lambda: datetime.now(UTC),
        procedures=procedures,
        plans=Plans(database),
        queues=Queues(database),
        summaries=Summaries(database),
        compliance=Compliance(database),
        engine=Engine(client, settings.task_queue),
        people=People(database, settings.keys.post),
        endpoints=Endpoints(database, settings.keys.post),
        feeds=Feeds(database),
        url=settings.found_at,
        mails=settings.smtp_host is not None,
        private_webhooks=settings.webhooks_private,
        reassignments=Reassignments(database),
        filters=Filters(database),
        by_two=settings.publish_by_two,
        numbers_only=settings.numbers_only_roles,
        smallest=settings.smallest_figure,
    )


async def _callers(settings: Settings, shelf: Shelf) -> Callers:
    """The demo's users: one for each role of the published procedures. Without the demo nobody is let in yet."""
    if not settings.demo:
        return Callers({})
    path = settings.data_dir / "demo-users.json"
    roles = sorted({role for procedure in await shelf.all() for role in procedure.definition.head.roles})
    write_demo_users(path, roles)
    return read_demo_users(path)


if __name__ == "__main__":
    main()
