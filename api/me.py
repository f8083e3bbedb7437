"""How you are reached: your own mail, quiet hours, digest, webhooks and calendar. Nobody else's."""

from datetime import time
from typing import Annotated, Literal

from pydantic import StrictStr, StringConstraints, ValidationError
from starlette.responses import Response

from api.door import Unkept, Visit, Visiting, door
from api.errors import Problem
from api.shapes import Sent
from api.views import Shown
from post.webhooks import BadUrl, checked_url
from store.people import Person

router = door("post")

Hour = Annotated[StrictStr, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Kind = Literal["reminder", "missed", "life_event", "proposal", "offer", "endpoint_off"]


class Quiet(Sent):
    """When you want quiet, in your own zone; it may span midnight."""

    begins: Hour
    ends: Hour


class MyPost(Sent):
    """What you wish. `address` none: no mails. `digest_at` none: told at once. `quiet` none: at any hour."""

    language: StrictStr = "en"
    address: StrictStr | None = None
    zone: StrictStr = "Europe/Vienna"
    quiet: Quiet | None = None
    digest_at: Hour | None = None


class NewEndpoint(Sent):
    """Where your program is called; `kinds` empty: for everything that you are told."""

    url: StrictStr
    kinds: tuple[Kind, ...] = ()


class Nothing(Sent):
    """No body is needed."""


class EndpointView(Shown):
    id: str
    url: str
    kinds: tuple[str, ...]
    failures: int
    on: bool


class PostView(Shown):
    """Your settings, and what is known of you: `roles` and `countries` are kept by those who run the system."""

    id: str
    roles: tuple[str, ...]
    countries: tuple[str, ...]
    language: str
    address: str | None
    zone: str
    quiet: dict[str, str] | None
    digest_at: str | None
    webhooks: tuple[EndpointView, ...]
    calendar: bool
    """Whether a calendar address is in force."""


class SecretView(Shown):
    """Shown this once."""

    id: str
    secret: str


class CalendarView(Shown):
    """Shown this once."""

    url: str


@router.get("/me/post", operation_id="read_my_post", response_model=PostView)
async def read_my_post(visit: Visiting) -> Response:
    """How you are reached."""
    return await _view(visit, await _me(visit))


@router.put("/me/post", operation_id="set_my_post", response_model=PostView)
async def set_my_post(visit: Visiting, sent: MyPost) -> Response:
    """Set how you are reached. What is left out goes back to what it is without a wish."""
    known = await _me(visit)
    wishes = {
        "language": sent.language,
        "address": sent.address,
        "zone": sent.zone,
        "quiet_from": _time(sent.quiet.begins) if sent.quiet else None,
        "quiet_until": _time(sent.quiet.ends) if sent.quiet else None,
        "digest_at": _time(sent.digest_at) if sent.digest_at else None,
    }
    try:
        person = Person.model_validate(known.model_dump() | wishes)
    except ValidationError as error:
        places = [str(one["loc"][0]) if one["loc"] else "quiet" for one in error.errors()]
        raise Problem("malformed", where=[(f"body.{place}", "unfit") for place in places]) from None
    await visit.parts.people.keep(person, visit.now)
    return await _view(visit, person)


@router.post("/me/webhooks", operation_id="add_webhook", response_model=SecretView)
async def add_webhook(visit: Visiting, sent: NewEndpoint) -> Response:
    """Have a program of yours called. The secret is shown now and never again; each sending makes another webhook."""
    me = await _me(visit)
    try:
        url = checked_url(sent.url, private=visit.parts.private_webhooks)
        endpoint, secret = await visit.parts.endpoints.add(me.id, url, sent.kinds)
    except BadUrl:
        raise Problem("malformed", where=[("body.url", "https_address")]) from None
    except ValueError:
        raise Problem("malformed", where=[("body", "too_many_webhooks")]) from None
    return Unkept(SecretView(id=endpoint.id, secret=secret).model_dump_json(), media_type="application/json")


@router.post("/me/webhooks/{id}/secret", operation_id="rotate_webhook", response_model=SecretView)
async def rotate_webhook(visit: Visiting, id: str, sent: Nothing) -> Response:
    """A new secret; the former one signs too for a day. An endpoint that was switched off is on again."""
    secret = await visit.parts.endpoints.rotate(visit.caller.id, id, visit.now)
    if secret is None:
        raise Problem("webhook_not_found")
    return Unkept(SecretView(id=id, secret=secret).model_dump_json(), media_type="application/json")


@router.delete("/me/webhooks/{id}", operation_id="remove_webhook", response_model=PostView)
async def remove_webhook(visit: Visiting, id: str) -> Response:
    """Call this program no longer."""
    if not await visit.parts.endpoints.remove(visit.caller.id, id, visit.now):
        raise Problem("webhook_not_found")
    return await _view(visit, await _me(visit))


@router.post("/me/calendar", operation_id="make_calendar", response_model=CalendarView)
async def make_calendar(visit: Visiting, sent: Nothing) -> Response:
    """A new private address for your calendar, shown now and never again; the former one ends."""
    token = await visit.parts.feeds.make((await _me(visit)).id)
    view = CalendarView(url=f"{visit.parts.url}/v1/calendar/{token}.ics")
    return Unkept(view.model_dump_json(), media_type="application/json")


@router.delete("/me/calendar", operation_id="end_calendar", response_model=PostView)
async def end_calendar(visit: Visiting) -> Response:
    """End the private address of your calendar."""
    me = await _me(visit)
    await visit.parts.feeds.revoke(me.id)
    return await _view(visit, me)


async def _me(visit: Visit) -> Person:
    person = await visit.parts.people.get(visit.caller.id)
    if person is None:
        raise Problem("not_enrolled")
    return person


async def _view(visit: Visit, person: Person) -> Response:
    begin, end = person.quiet_from, person.quiet_until
    view = PostView(
        id=person.id,
        roles=person.roles,
        countries=person.countries,
        language=person.language,
        address=person.address,
        zone=person.zone,
        quiet={"begins": f"{begin:%H:%M}", "ends": f"{end:%H:%M}"} if begin and end else None,
        digest_at=f"{person.digest_at:%H:%M}" if person.digest_at else None,
        webhooks=tuple(
            EndpointView(id=one.id, url=one.url, kinds=one.kinds, failures=one.failures, on=one.off_at is None)
            for one in await visit.parts.endpoints.of_person(person.id)
        ),
        calendar=await visit.parts.feeds.has(person.id),
    )
    # it holds the address, so no copy of it is kept for repetitions
    return Unkept(view.model_dump_json(), media_type="application/json")


def _time(hour: str) -> time:
    return time.fromisoformat(hour)
