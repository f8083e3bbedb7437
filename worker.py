"""Composition root of the worker: builds the activities with what they need, serves the workflows."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog
import uvloop
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.worker import Worker

from activities.housekeeping import HousekeepingActivities
from activities.ledger import LedgerActivities
from activities.risk import assess_risk
from post.addressing import GATHER
from post.delivering import Post, keep_delivering
from post.mail import MailServer
from runtime.ending import end
from runtime.logs import configure_logs
from runtime.settings import Settings
from runtime.temporal import connect
from sop import shelf
from sop.loader import load
from sop.procedure import Procedure, compile_procedure
from store.awaited import Awaited
from store.cases import CaseLedger
from store.database import Database
from store.deliveries import Deliveries
from store.endpoints import Endpoints
from store.housekeeping import Housekeeping
from store.listings import Listings
from store.notices import Notices
from store.people import People
from store.procedures import Procedures
from workflows.bookkeeping import Bookkeeping
from workflows.case import CaseWorkflow
from workflows.client import CaseClient
from workflows.containment import Containment
from workflows.housekeeping import HouseEngine, KeepHouseWorkflow, keep_house
from workflows.latecomers import keep_looking
from workflows.sandbox import CaseRunner

LOOK_FOR_PROCEDURES = 1.0
CACHED_CASES = 5_000
LAST_ROUND = 4.0
"""Seconds that mails under way have to be finished when the worker stops; what is not comes again."""

_log = structlog.get_logger("worker")


def build_worker(client: Client, database: Database, task_queue: str) -> Worker:
    """The worker with its real wiring; tests build theirs here too."""
    book = Bookkeeping(database, loaded_procedure)
    engine = HouseEngine(client, task_queue, CaseClient(client, task_queue, book))
    return Worker(
        client,
        task_queue=task_queue,
        workflows=[CaseWorkflow, KeepHouseWorkflow],
        workflow_runner=CaseRunner(),
        activities=[
            LedgerActivities(CaseLedger(database)).record,
            assess_risk,
            HousekeepingActivities(engine, Housekeeping(database), book.write).compare,
        ],
        interceptors=[Containment()],
        max_cached_workflows=CACHED_CASES,
        max_concurrent_workflow_task_polls=20,
        nonsticky_to_sticky_poll_ratio=0.5,
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
        graceful_shutdown_timeout=timedelta(seconds=5),
        identity="worker",
    )


async def load_published(database: Database) -> None:
    """Make every published procedure known to this process that is not yet."""
    procedures = Procedures(database)
    known = shelf.loaded()
    if await procedures.known_hashes() <= known:
        return
    for row in await procedures.all():
        if row.hash not in known:
            files = {name: text.encode() for name, text in row.files.items()}
            shelf.keep(compile_procedure(load(files, row.overlay), row.hash))


async def loaded_procedure(digest: str) -> Procedure:
    """The procedure with this hash, as far as this process has loaded it."""
    return shelf.get(digest)


async def keep_loading(database: Database, failed: Callable[[Exception], Awaitable[None]]) -> None:
    """Look every second for what was published meanwhile; a database that is away is asked again."""
    while True:
        await asyncio.sleep(LOOK_FOR_PROCEDURES)
        try:
            await load_published(database)
        except Exception as error:
            await failed(error)


def mail_server(settings: Settings) -> MailServer | None:
    """Where mails go; None where none is set, and they wait."""
    if settings.smtp_host is None or settings.smtp_from is None:
        return None
    return MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.smtp_from,
        tls=settings.smtp_tls,
        user=settings.smtp_user,
        password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
        ca_file=settings.smtp_ca,
    )


def build_post(
    database: Database,
    key: bytes,
    url: str,
    server: MailServer | None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    private_webhooks: bool = False,
    gather: timedelta = GATHER,
) -> Post:
    """The post with its real wiring; tests build theirs here too."""
    return Post(
        notices=Notices(database, key),
        deliveries=Deliveries(database, key),
        people=People(database, key),
        endpoints=Endpoints(database, key),
        listings=Listings(database),
        procedure=loaded_procedure,
        url=url,
        server=server,
        now=now,
        private_webhooks=private_webhooks,
        gather=gather,
    )


async def serve(settings: Settings) -> None:
    """Serve until told to stop; work under way is finished first."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    database = Database.connect(settings.database)
    client = await connect(settings, "worker")
    await load_published(database)

    async def failed(error: Exception) -> None:
        _log.warning("procedures_not_loaded", error=type(error).__name__)

    book = Bookkeeping(database, loaded_procedure)
    cases = CaseClient(client, settings.task_queue, book)
    beside = [
        asyncio.create_task(keep_loading(database, failed)),
        asyncio.create_task(keep_looking(cases, book, Awaited(database))),
    ]
    server = mail_server(settings)
    post = build_post(
        database, settings.keys.post, settings.found_at, server, private_webhooks=settings.webhooks_private
    )
    delivering = asyncio.create_task(keep_delivering(post, stop))
    if server is None:
        _log.warning("mails_wait_no_server_set")
    try:
        await keep_house(client, settings.task_queue)
    except RPCError as error:  # cases go on without
        _log.warning("housekeeping_not_scheduled", error=type(error).__name__)
    async with build_worker(client, database, settings.task_queue):
        _log.info("worker_started")
        await stop.wait()
    await asyncio.wait({delivering}, timeout=LAST_ROUND)
    beside.append(delivering)
    for task in beside:
        task.cancel()
    await database.close()


def main() -> None:
    """Entry point of `python -m worker`."""
    settings = Settings()
    configure_logs("worker")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings))
        end(0)


if __name__ == "__main__":
    main()
