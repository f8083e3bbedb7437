"""Around every call: the headers that every answer has, the count of calls, the net under what nobody foresaw."""

import hashlib
import traceback
from base64 import b64encode
from collections import Counter
from pathlib import PurePath
from time import perf_counter

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.door import HEADERS, ROUTE
from api.errors import Problem, render
from workshop.svg import STYLE

_CSP = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_DOCS_CSP = b"default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_STYLE_HASH = b64encode(hashlib.sha256(STYLE.encode()).digest())
_DRAWING_CSP = b"default-src 'none'; style-src 'sha256-" + _STYLE_HASH + b"'; frame-ancestors 'none'"
_ALWAYS = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
LARGEST_HEADERS = 16 * 1024
MOST_HEADERS = 100
_METHODS = frozenset({"GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS"})
_log = structlog.get_logger("api")


class Tally:
    """How many calls came, by method, address and status, and how long they took in all."""

    def __init__(self) -> None:
        self.calls: Counter[tuple[str, str, int]] = Counter()
        self.seconds: dict[str, float] = {}

    def add(self, scope: Scope, status: int, took: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = str(scope.get(ROUTE, "none"))
        self.calls[method, route, status] += 1
        self.seconds[route] = self.seconds.get(route, 0.0) + took

    def text(self) -> str:
        """The Prometheus text format; addresses are templates, so no id of a case is in it."""
        lines = ["# TYPE caseway_http_requests_total counter"]
        for (method, route, status), count in sorted(self.calls.items()):
            labels = f'method="{method}",route="{route}",code="{status}"'
            lines.append(f"caseway_http_requests_total{{{labels}}} {count}")
        lines.append("# TYPE caseway_http_request_seconds_total counter")
        for route, seconds in sorted(self.seconds.items()):
            lines.append(f'caseway_http_request_seconds_total{{route="{route}"}} {seconds:.6f}')
        return "\n".join(lines) + "\n"


class Porch:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, tally: Tally) -> None:
        self._app = app
        self._tally = tally

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        own: list[tuple[bytes, bytes]] = []
        scope[HEADERS] = own
        status = 0
        began = perf_counter()
        drawing = scope["path"].endswith("/diagram.svg")
        policy = _DOCS_CSP if scope["path"] == "/docs" else _DRAWING_CSP if drawing else _CSP

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message.get("headers", ()), *_ALWAYS, (b"content-security-policy", policy), *own]
                message = {**message, "headers": headers}
            await send(message)

        try:
            if too_large(scope):
                await render(Problem("headers_too_large", headers={"Connection": "close"}))(scope, receive, send_on)
                return
            await self._app(scope, receive, send_on)
        except ClientDisconnect:
            status = status or 499
        except Exception as error:
            _note(error, scope)
            if status:
                raise
            await render(Problem("internal"))(scope, receive, send_on)
        finally:
            self._tally.add(scope, status, perf_counter() - began)


def too_large(scope: Scope) -> bool:
    """The server stops headers that do not end; those that came in one piece are measured here."""
    headers = scope["headers"]
    return len(headers) > MOST_HEADERS or sum(len(name) + len(value) for name, value in headers) > LARGEST_HEADERS


def _note(error: Exception, scope: Scope) -> None:
    """The kind of the error and where it came up; its text may hold what was sent, so it is not kept."""
    frames = traceback.extract_tb(error.__traceback__)[-12:]
    places = [f"{PurePath(frame.filename).name}:{frame.lineno}" for frame in frames]
    _log.error("request failed", error=type(error).__qualname__, frames=places, route=scope.get(ROUTE, "none"))
