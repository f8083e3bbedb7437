"""The page that lists calls and error codes, and the OpenAPI document behind it; neither asks another server."""

from html import escape
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from api.errors import MEDIA_TYPE, TABLE, ProblemBody
from api.feed import ADDRESS

router = APIRouter(include_in_schema=False)
_CHANGES = ("post", "delete", "put", "patch")
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key and body give the same answer and one effect; made up for you where you send none.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[\\x21-\\x7e]+$"},
    "example": "6f1f0c1e-open-1",
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of the case you decided by; 412 `stale` where it has moved on.",
    "schema": {"type": "string"},
    "example": '"12"',
}
_CSS = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b }
code { font-size: .95em } td, th { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0 }
h2 { margin-top: 2rem; border-bottom: 1px solid #ccc }
@media (prefers-color-scheme: dark) { body { color: #eee; background: #161616 } a { color: #9cf } }
"""


@router.get("/openapi.json")
async def openapi(request: Request) -> Response:
    return JSONResponse(request.app.openapi())


@router.get("/docs")
async def docs(request: Request) -> Response:
    return HTMLResponse(page(request.app.openapi()))


@router.get("/docs/style.css")
async def style() -> Response:
    return Response(_CSS, media_type="text/css")


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, made once: with sign-in, our own headers and our own problems."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title, version=app.version, summary=app.summary, description=app.description, routes=app.routes
        )
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        problem = ProblemBody.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(problem.pop("$defs", {}))
        schemas["Problem"] = problem
        made["components"]["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
        for path, operations in made["paths"].items():
            for verb, operation in operations.items():
                _describe(path, verb, operation)
        app.openapi_schema = made
    return app.openapi_schema


def _describe(path: str, verb: str, operation: dict[str, Any]) -> None:
    example = {"type": "/docs#refused", "status": 409, "code": "refused"}
    example |= {"title": TABLE["refused"].title, "detail": TABLE["refused"].detail}
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}}
    operation["responses"].pop("422", None)
    operation["responses"]["default"] = {"description": "A problem; its `code` is stable.", "content": content}
    if not path.startswith("/v1/") or path == ADDRESS:
        return
    operation["security"] = [{"bearer": []}]
    if verb in _CHANGES:
        operation.setdefault("parameters", []).extend([_KEY, _IF_MATCH])
        if "requestBody" in operation:
            operation["requestBody"]["required"] = False


def page(schema: dict[str, Any]) -> str:
    """Plain HTML, readable without scripts."""
    calls = "".join(
        f"<tr><td><code>{verb.upper()}&nbsp;{escape(path)}</code></td>"
        f"<td>{escape(operation.get('description') or operation.get('summary', ''))}</td></tr>"
        for path, operations in schema["paths"].items()
        for verb, operation in operations.items()
    )
    codes = "".join(
        f'<tr id="{code}"><td><code>{code}</code></td><td>{row.status}</td>'
        f"<td>{escape(row.title)}. {escape(row.detail)}</td></tr>"
        for code, row in TABLE.items()
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Caseway: calls</title>'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/docs/style.css">'
        "<h1>Caseway: calls</h1><p>Every call under <code>/v1</code> needs <code>Authorization: Bearer …</code>. "
        'Programs read <a href="/openapi.json">openapi.json</a>.</p>'
        f"<h2>Calls</h2><table>{calls}</table>"
        f"<h2>Error codes</h2><table><tr><th>code<th>status<th>meaning</tr>{codes}</table></html>"
    )
