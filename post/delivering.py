"""The delivering loop: addresses what waits, plans digests, sends what is due; any number of processes may run it."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from post import mail, webhooks
from post.addressing import GATHER, addressing
from post.hours import next_digest, quiet_until
from post.letters import letter
from post.undelivered import Undelivered
from sop.procedure import Procedure
from sop.shelf import ProcedureNotLoaded
from store.deliveries import Deliveries, Delivery
from store.endpoints import Endpoints
from store.errors import DatabaseUnavailable
from store.listings import Listings
from store.notices import Notices
from store.people import People

EVERY = 1.0
BREATH = 0.5
"""So many seconds between two rounds where much waits: whoever advances a case meanwhile comes first."""
MOST_TRIES = 20
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=6)
AT_ONCE = 20

_log = structlog.get_logger("post")


@dataclass(frozen=True, slots=True)
class Post:
    """What the loop needs. `server` None: no mail server is set, and mails wait."""

    notices: Notices
    deliveries: Deliveries
    people: People
    endpoints: Endpoints
    listings: Listings
    procedure: Callable[[str], Awaitable[Procedure]]
    url: str
    """Where people find this system: links begin with it."""
    server: mail.MailServer | None
    now: Callable[[], datetime]
    private_webhooks: bool = False
    gather: timedelta = GATHER


async def keep_delivering(post: Post, stop: asyncio.Event) -> None:
    """Go on until told to stop; what is under way then is finished first.

    Mails and calls go in loops of their own, so that a program that does not answer holds up no mail.
    """
    await asyncio.gather(
        _keep(stop, lambda: _prepare(post)),
        _keep(stop, lambda: _send(post, mails=True)),
        _keep(stop, lambda: _send(post, mails=False)),
    )


async def once_round(post: Post) -> int:
    """Everything once; how many deliveries were tried."""
    await _prepare(post)
    return await _send(post, mails=True) + await _send(post, mails=False)


async def _keep(stop: asyncio.Event, work: Callable[[], Awaitable[int]]) -> None:
    while not stop.is_set():
        done = 0
        try:
            done = await work()
        except DatabaseUnavailable:
            _log.warning("post_waits_for_database")
        except Exception as error:  # whatever it is, the next round may be better, and the loop must not end
            _log.error("post_round_failed", exc_info=error)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), EVERY if done < AT_ONCE else BREATH)


async def _prepare(post: Post) -> int:
    now = post.now()
    addressed = await post.notices.address(addressing(now, post.gather), now)
    for person in await post.deliveries.without_digest():
        if at := next_digest(person, now):
            await post.deliveries.plan_digest(person.id, at, now)
    return addressed


async def _send(post: Post, *, mails: bool) -> int:
    if mails and post.server is None:
        return 0
    taken = await post.deliveries.take(post.now(), mails=mails, limit=AT_ONCE)
    await asyncio.gather(*(_deliver(post, delivery) for delivery in taken))
    return len(taken)


async def _deliver(post: Post, delivery: Delivery) -> None:
    try:
        if delivery.endpoint is None:
            await _mail(post, delivery)
        else:
            await _call(post, delivery, delivery.endpoint)
    except Undelivered as failed:
        await _failed(post, delivery, failed)
    except ProcedureNotLoaded:
        await _failed(post, delivery, Undelivered("procedure_not_loaded"))
    except DatabaseUnavailable:
        # the lease runs out and the delivery comes again, with the same id
        _log.warning("post_waits_for_database")
    except Exception as error:
        _log.error("delivery_failed", exc_info=error)
        await _failed(post, delivery, Undelivered("internal"))


async def _mail(post: Post, delivery: Delivery) -> None:
    person = await post.people.get(delivery.person)
    if person is None or person.address is None or post.server is None:
        raise Undelivered("no_address", final=True)
    now = post.now()
    if not delivery.urgent and delivery.case_id and (until := quiet_until(person, now)):
        await post.deliveries.postpone(delivery, until)
        return
    carried = await post.deliveries.contents(delivery.id)
    work = [] if delivery.case_id or person.digest_at is None else await post.listings.worklist(person.id, now)
    message = await letter(
        id=delivery.id,
        person=person,
        to=person.address,
        sender=post.server.sender,
        carried=carried,
        work=work,
        digest=not delivery.case_id,
        procedure=post.procedure,
        url=post.url,
        now=now,
    )
    if message is None:
        await post.deliveries.done(delivery, "nothing", now)
        return
    await mail.send(post.server, message)
    await post.deliveries.done(delivery, "sent", post.now())


async def _call(post: Post, delivery: Delivery, id: str) -> None:
    now = post.now()
    found = await post.endpoints.with_secrets(id, now)
    if found is None:
        raise Undelivered("endpoint_off", final=True)
    endpoint, secrets = found
    notice = (await post.deliveries.contents(delivery.id))[0]
    url = f"{post.url}/v1/cases/{notice.case_id}"
    body = webhooks.event(notice.what, notice.case_id, notice.seq, url, notice.at)
    try:
        await webhooks.call(endpoint.url, secrets, delivery.id, now, body, private=post.private_webhooks)
    except Undelivered as failed:
        if await post.endpoints.failed(id, delivery.case_id, now, gone=failed.final):
            _log.warning("endpoint_switched_off", code=failed.code)
            return
        raise
    await post.endpoints.answered(id)
    await post.deliveries.done(delivery, "sent", post.now())


async def _failed(post: Post, delivery: Delivery, failed: Undelivered) -> None:
    now = post.now()
    if failed.final or delivery.attempts >= MOST_TRIES:
        await post.deliveries.done(delivery, "dead", now, failed.code)
        _log.warning("delivery_dead", code=failed.code, attempt=delivery.attempts)
        return
    await post.deliveries.again(delivery, now + pause_after(delivery.attempts), failed.code)
    _log.info("delivery_tried", code=failed.code, attempt=delivery.attempts)


def pause_after(attempts: int) -> timedelta:
    """Twice as long after each try, and up to a quarter more, so that what failed together does not return together."""
    pause = min(FIRST_PAUSE * (1 << min(attempts - 1, 20)), LONGEST_PAUSE)
    return pause * (1 + random.random() / 4)  # noqa: S311 - spreads load, keeps no secret
