"""What goes wrong at the door: one table from code to status, one way to say it; nothing here repeats what was sent."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sop.conditions import Reason
from sop.problems import Problem as Finding
from store.errors import CaseErased, DatabaseUnavailable, VersionTaken
from workflows.errors import (
    CaseBusy,
    CaseNotFound,
    CommandFailed,
    CommandRefused,
    EngineUnavailable,
    OutcomeUnknown,
)

MEDIA_TYPE = "application/problem+json"


class Row(NamedTuple):
    """One line of the table: the status, the title, and what the caller can do about it."""

    status: int
    title: str
    detail: str


TABLE: dict[str, Row] = {
    "bad_request": Row(400, "Bad request", "The request could not be understood."),
    "not_json": Row(400, "Not JSON", "The body is not JSON text in UTF-8."),
    "idempotency_key_malformed": Row(
        400, "Idempotency-Key malformed", "Send one Idempotency-Key of 1 to 200 visible ASCII characters, or none."
    ),
    "if_match_malformed": Row(400, "If-Match malformed", 'Send the ETag of the case, for example If-Match: "12".'),
    "unauthenticated": Row(401, "Not signed in", "Send one header Authorization: Bearer with a valid token."),
    "forbidden": Row(403, "Not for your role", "Your role may not do this."),
    "not_found": Row(404, "No such address", "There is nothing at this address; see /docs."),
    "case_not_found": Row(404, "No such case", "There is no case with this id."),
    "unknown": Row(404, "No such step", "The procedure of this case has nothing of this name."),
    "record_not_found": Row(404, "No such record", "The case has no record with this id, or it was erased."),
    "procedure_not_found": Row(404, "No such procedure", "No procedure of this name and version is published."),
    "plan_not_found": Row(404, "No such plan", "There is no plan with this id, or it does not look at this case."),
    "not_enrolled": Row(404, "Not enrolled", "Nobody has entered how you are reached: ask those who run the system."),
    "webhook_not_found": Row(404, "No such webhook", "You have no webhook with this id."),
    "filter_not_found": Row(404, "No such filter", "There is no filter of this name that you may use."),
    "reassignment_not_found": Row(404, "No such reassignment", "There is no reassignment with this id."),
    "method_not_allowed": Row(405, "Method not allowed", "This address knows other methods; see the Allow header."),
    "refused": Row(409, "Not possible now", "Something stands against it; the reasons say what and how to go on."),
    "version_taken": Row(
        409, "Version taken", "This version is published with another content. Give the change a version of its own."
    ),
    "not_in_force": Row(409, "Not in force", "This version is not in force yet, or waits for a second person."),
    "plan_paused": Row(409, "The plan is paused", "Let it go on first."),
    "body_too_slow": Row(408, "Body too slow", "The body did not arrive in time."),
    "case_erased": Row(410, "Erased", "The particulars of this case were erased and cannot be read again."),
    "stale": Row(412, "The case has moved on", "Read the case again, then decide anew."),
    "body_too_large": Row(413, "Body too large", "A body holds at most 1 MB."),
    "unsupported_media_type": Row(415, "Not application/json", "Send the body as application/json, not compressed."),
    "malformed": Row(422, "Malformed", "Something does not fit; `where` or `reasons` say what."),
    "definition_invalid": Row(422, "Not a procedure yet", "The files have errors; `problems` says what and where."),
    "key_reused": Row(
        422, "Idempotency-Key used before", "This key belongs to another request. Take a new key for a new request."
    ),
    "case_busy": Row(429, "The case is busy", "Too many are at work on this case at once. Repeat it in a moment."),
    "headers_too_large": Row(431, "Headers too large", "The headers hold at most 16 KB, and 100 of them."),
    "internal": Row(500, "Something broke", "The fault lies with this system. It has been noted."),
    "command_failed": Row(
        500, "Something broke", "The fault lies with this system. The case is unharmed and nothing has changed."
    ),
    "engine_unavailable": Row(
        503, "The engine is away", "It may not have happened. Repeat it with the same Idempotency-Key: it counts once."
    ),
    "store_unavailable": Row(503, "The database is away", "Nothing has changed. Repeat it in a moment."),
    "drawing_unavailable": Row(
        503,
        "Cannot be drawn here",
        "Install Graphviz on the server; the text form is at the same address, ?format=text.",
    ),
    "not_ready": Row(503, "Not ready", "A part that is needed does not answer; `where` names it."),
    "outcome_unknown": Row(
        504, "Not known yet", "It may have happened. Repeat it with the same Idempotency-Key: it counts once."
    ),
}
"""Every code that the door answers with. Codes are stable; a client may rely on them."""

_RETRY = {
    "case_busy": "1",
    "engine_unavailable": "2",
    "store_unavailable": "2",
    "not_ready": "2",
    "outcome_unknown": "1",
}
_BELOW: dict[type[Exception], str] = {
    CaseNotFound: "case_not_found",
    CaseBusy: "case_busy",
    OutcomeUnknown: "outcome_unknown",
    EngineUnavailable: "engine_unavailable",
    CommandFailed: "command_failed",
    DatabaseUnavailable: "store_unavailable",
    CaseErased: "case_erased",
    VersionTaken: "version_taken",
}
_BY_STATUS = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large", 415: "unsupported_media_type"}


class Where(BaseModel):
    """A place in the request and the rule that it breaks; never the value."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: str
    rule: str


class ProblemBody(BaseModel):
    """A problem as RFC 9457 writes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str
    title: str
    status: int
    detail: str
    code: str
    reasons: tuple[Reason, ...] | None = None
    where: tuple[Where, ...] | None = None
    problems: tuple[Finding, ...] | None = None


class Problem(Exception):
    """Something is wrong with the request, or with what it needs; `code` is a row of the table."""

    def __init__(
        self,
        code: str,
        detail: str | None = None,
        *,
        reasons: tuple[Reason, ...] = (),
        where: Iterable[tuple[str, str]] = (),
        problems: Iterable[Finding] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.code, self.detail, self.reasons = code, detail, reasons
        self.where = tuple(Where(at=at, rule=rule) for at, rule in where)
        self.problems = tuple(problems)
        self.headers = headers or {}


def render(problem: Problem) -> Response:
    """The one way in which a problem leaves the house."""
    row = TABLE[problem.code]
    body = ProblemBody(
        type=f"/docs#{problem.code}",
        title=row.title,
        status=row.status,
        detail=problem.detail or row.detail,
        code=problem.code,
        reasons=problem.reasons or None,
        where=problem.where or None,
        problems=problem.problems or None,
    )
    headers = dict(problem.headers)
    if problem.code in _RETRY:
        headers["Retry-After"] = _RETRY[problem.code]
    content = body.model_dump_json(exclude_none=True)
    return Response(content, status_code=row.status, media_type=MEDIA_TYPE, headers=headers)


def refusal(refused: CommandRefused, sent: Iterable[str] = ()) -> Problem:
    """A refusal of the engine. What was sent is blotted out of its sentences where they speak of a wrong value."""
    decided = refused.refused
    reasons = decided.reasons
    if decided.code in ("malformed", "unknown"):
        reasons = tuple(_blotted(reason, sent) for reason in reasons)
    return Problem(decided.code, reasons=reasons)


def trouble_below(error: Exception) -> Problem:
    """What the errors of the engine and of the store mean for the caller."""
    return Problem(next((code for kind, code in _BELOW.items() if isinstance(error, kind)), "internal"))


def of_status(status: int, headers: Mapping[str, str] | None) -> Problem:
    """A problem that the framework found before any of our code ran."""
    fallback = "bad_request" if status < 500 else "internal"
    return Problem(_BY_STATUS.get(status, fallback), headers=headers)


def _blotted(reason: Reason, sent: Iterable[str]) -> Reason:
    texts = {"text": reason.text, "remedy": reason.remedy}
    for value in sent:
        if len(value) > 2:
            texts = {key: text.replace(value, "…") for key, text in texts.items()}
    return reason.model_copy(update=texts)


async def on_problem(request: Request, error: Exception) -> Response:
    """Renders our own problems; the visit's headers (the idempotency key) go with them."""
    assert isinstance(error, Problem)  # noqa: S101 - registered for Problem only
    return render(error)


async def on_error_below(request: Request, error: Exception) -> Response:
    """Renders the errors of the rooms below."""
    if isinstance(error, CommandRefused):
        return render(refusal(error, request.scope.get("caseway.sent", ())))
    return render(trouble_below(error))


async def on_status(request: Request, error: Exception) -> Response:
    """Renders what the framework refuses by itself: no such address, no such method."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for HTTPException only
    headers = dict(error.headers or {})
    if "Allow" in headers:
        # the framework tells the methods of the first route that fits; an address may have several
        fitting = (route for route in request.app.routes if isinstance(route, Route) and route.methods)
        known = {m for route in fitting if route.path_regex.match(request.scope["path"]) for m in route.methods or ()}
        headers["Allow"] = ", ".join(sorted(known))
    return render(of_status(error.status_code, headers))


ERRORS_BELOW: tuple[type[Exception], ...] = (CommandRefused, *_BELOW)
