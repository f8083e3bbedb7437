"""Every call under /v1 comes in here: who is calling, what is sent, whether it was answered before."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from api import intake
from api.callers import Caller
from api.errors import Problem
from api.parts import Parts
from api.views import Behind
from sop.commands import Command, Submission
from store.answers import Answer
from store.errors import DatabaseUnavailable

VISIT, HEADERS, SENT, ROUTE = "caseway.visit", "caseway.headers", "caseway.sent", "caseway.route"
"""Where the rooms of the door leave each other what they know of a request, in its ASGI scope."""

_LASTING = ("location", "etag", "content-type")
_log = structlog.get_logger("api")


@dataclass(frozen=True, slots=True)
class Visit:
    """One request, once it is known who is calling and what is sent."""

    parts: Parts
    caller: Caller
    now: datetime
    key: str = ""
    """The idempotency key, bound to the caller and the address, and not to be guessed back."""
    body: str = ""
    """A keyed digest of the body: the body may hold particulars, so a plain digest could be guessed back."""
    expected_seq: int | None = None

    def submission(self, command: Command) -> Submission:
        return Submission(
            key=self.key,
            body=self.body,
            actor=self.caller.actor,
            command=command,
            expected_seq=self.expected_seq,
        )

    def new_id(self, what: str) -> str:
        """An id of our own for something new; the same request, repeated, makes the same id."""
        return keyed(self.parts.secret, what, self.key, self.body)[:24]


class Unkept(Response):
    """An answer of which no copy is kept: what it holds is shown to the caller, and stands nowhere else."""


class Passing(Unkept):
    """An answer that is not whole: the same key, sent again later, brings the whole one."""

    def __init__(self, known: Behind, headers: Mapping[str, str]) -> None:
        super().__init__(known.model_dump_json(), HTTPStatus.ACCEPTED, dict(headers), "application/json")


class _Read(Request):
    """A request whose body was read, and read strictly, before the framework asks for it."""

    def __init__(self, request: Request, sent: dict[str, Any]) -> None:
        super().__init__(request.scope, request.receive)
        self._sent = sent

    async def body(self) -> bytes:
        return b"{}"

    async def json(self) -> Any:
        return self._sent


class Door(APIRoute):
    """A route under /v1. There is no way to have one that lets strangers in."""

    longest_text = intake.LONGEST_TEXT

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()
        changes = bool((self.methods or set()) - {"GET", "HEAD"})
        template = self.path_format

        async def handle(request: Request) -> Response:
            parts: Parts = request.app.state.parts
            request.scope[ROUTE] = template
            caller = parts.callers.who(request)
            if changes:
                return await _change(request, inner, parts, caller, self.longest_text)
            request.scope[VISIT] = Visit(parts=parts, caller=caller, now=parts.now())
            return await inner(request)

        return handle


class DoorForFiles(Door):
    """A route that takes whole files as texts; the body as a whole is as large as any."""

    longest_text = intake.LARGEST_BODY


def door(tag: str, route: type[Door] = Door) -> APIRouter:
    """A router whose every route asks who is calling."""
    # our own intake has read and checked the body before the framework asks for its type
    return APIRouter(prefix="/v1", route_class=route, tags=[tag], strict_content_type=False)


async def _visit(request: Request) -> Visit:
    visit: Visit = request.scope[VISIT]
    return visit


Visiting = Annotated[Visit, Depends(_visit)]


def keyed(secret: bytes, *texts: str) -> str:
    """A digest that nobody can make without the secret; 32 letters of hex."""
    return hmac.new(secret, "\0".join(texts).encode(), hashlib.sha256).hexdigest()[:32]


async def _change(
    request: Request,
    inner: Callable[[Request], Coroutine[Any, Any, Response]],
    parts: Parts,
    caller: Caller,
    longest_text: int,
) -> Response:
    """A call that may change something: at most once for one key, however often it is sent."""
    own = intake.idempotency_key(request)
    name = own or secrets.token_urlsafe(18)
    request.scope.setdefault(HEADERS, []).append((b"idempotency-key", name.encode()))
    expected = intake.expected_seq(request)
    sent = await intake.read_object(request, longest_text)
    free = {name: value for name, value in sent.items() if name != "status"}  # a word of ours, not the caller's
    request.scope[SENT] = (*intake.texts_of(free), *map(str, request.path_params.values()))
    address = f"{request.method} {request.scope['path']}"
    key = keyed(parts.secret, "key", caller.id, address, name)
    body = keyed(parts.secret, "body", json.dumps(sent, sort_keys=True, separators=(",", ":")))
    if own and (kept := await _find(parts, caller, key)):
        return _again(kept, body)
    visit = Visit(parts, caller, parts.now(), key, body, expected)
    request.scope[VISIT] = visit
    response = await inner(_Read(request, sent))
    if response.status_code >= 300 or not own or isinstance(response, Unkept):
        # under a key of our own making nobody can ask again before having seen this answer
        return response
    return await _keep(visit, request.scope[ROUTE], response)


async def _find(parts: Parts, caller: Caller, key: str) -> Answer | None:
    try:
        return await parts.answers.find(caller.id, key)
    except DatabaseUnavailable:
        # The engine itself counts a key only once, so a database that is away need not stop the caller.
        _log.warning("answer not looked up")
        return None


async def _keep(visit: Visit, route: str, response: Response) -> Response:
    """Two at once with the same key both get what was kept first."""
    mine = Answer(
        caller=visit.caller.id,
        key=visit.key,
        route=route,
        body_hash=visit.body,
        status=response.status_code,
        headers={name: value for name, value in response.headers.items() if name in _LASTING},
        body=bytes(response.body),
        at=visit.now,
    )
    try:
        kept = await visit.parts.answers.keep(mine)
    except DatabaseUnavailable:
        _log.warning("answer not kept")
        return _behind(response)
    return response if kept.body == mine.body else _again(kept, visit.body)


def _behind(response: Response) -> Response:
    """What could not be kept cannot be said again: only what every repetition will say is said."""
    said = json.loads(bytes(response.body))
    if "seq" not in said:
        raise Problem("outcome_unknown")
    known = Behind(id=said["id"], seq=said["seq"], proposal=said.get("proposal"), consent=said.get("consent"))
    return Passing(known, {name: value for name, value in response.headers.items() if name in ("location", "etag")})


def _again(kept: Answer, body: str) -> Response:
    if not hmac.compare_digest(kept.body_hash, body):
        raise Problem("key_reused")
    return Response(kept.body, status_code=kept.status, headers=kept.headers)
