"""The private calendar: its address is the only key to it, for calendar programs cannot sign in."""

import re
from http import HTTPStatus

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.door import ROUTE
from api.errors import Problem
from api.parts import Parts
from post.calendar import etag_of, feed

router = APIRouter(tags=["post"])
ADDRESS = "/v1/calendar/{token}.ics"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


@router.get(ADDRESS, operation_id="read_calendar", response_class=Response)
async def read_calendar(request: Request, token: str) -> Response:
    """The clocks of your own cases for your calendar program. Keep this address to yourself; a new one ends it."""
    parts: Parts = request.app.state.parts
    request.scope[ROUTE] = ADDRESS
    id = await parts.feeds.person_of(token) if _TOKEN.fullmatch(token) else None
    person = await parts.people.get(id) if id else None
    if person is None:
        raise Problem("not_found")
    work = await parts.listings.worklist(person.id, parts.now())
    content = await feed(work, person.language, parts.shelf.procedure, parts.url)
    headers = {"ETag": etag_of(content)}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(None, HTTPStatus.NOT_MODIFIED, headers)
    return Response(content, headers=headers, media_type="text/calendar; charset=utf-8")
