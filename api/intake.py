"""What is read of a request before anything else: headers of ours, and a body that is JSON and nothing stranger."""

import asyncio
import json
import math
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from starlette.requests import Request

from api.errors import Problem

LARGEST_BODY = 1_000_000
DEEPEST = 32
LARGEST_INTEGER = 2**53
LONGEST_TEXT = 10_000
LONGEST_LIST = 1_000
LONGEST_WAIT = 15.0
"""Seconds in which a body has to arrive."""

_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_ETAG = re.compile(r'"(0|[1-9][0-9]{0,9})"')
_ESCAPED = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


class Unfit(Exception):
    """The body is JSON, but of a kind that is not taken; `rule` says which."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def idempotency_key(request: Request) -> str | None:
    """The caller's own key; None where there is none."""
    values = request.headers.getlist("idempotency-key")
    if not values:
        return None
    if len(values) > 1 or not _KEY.fullmatch(values[0]):
        raise Problem("idempotency_key_malformed")
    return values[0]


def expected_seq(request: Request) -> int | None:
    """The seq that the caller relies on; None where there is none, or where any will do."""
    values = request.headers.getlist("if-match")
    if not values or values == ["*"]:
        return None
    found = _ETAG.fullmatch(values[0])
    if len(values) > 1 or not found:
        raise Problem("if_match_malformed")
    return int(found[1])


async def read_object(request: Request, longest: int = LONGEST_TEXT) -> dict[str, Any]:
    """The body as a JSON object; no body at all counts as an empty one. `longest` is how long a text may be."""
    raw = await _read(request)
    if not raw:
        return {}
    _check_media_type(request)
    return parse_object(raw, longest)


def parse_object(raw: bytes, longest: int = LONGEST_TEXT) -> dict[str, Any]:
    """Raise `Problem` for whatever two readers of JSON could understand in two ways, or a database could not keep."""
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_no_twins,
            parse_constant=_no_constant,
            parse_int=_integer,
            parse_float=_float,
        )
        if not isinstance(value, dict):
            raise Unfit("not_an_object")
        _check_shape(value, longest, texts=_ESCAPED.search(raw) is not None)
    except Unfit as unfit:
        raise Problem("malformed", where=[("body", unfit.rule)]) from None
    except RecursionError:
        raise Problem("malformed", where=[("body", "too_deep")]) from None
    except ValueError:
        raise Problem("not_json") from None
    return value


def texts_of(value: Any) -> Iterator[str]:
    """Every text that was sent as a value, so that an answer can be kept from repeating it."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)


async def _read(request: Request) -> bytes:
    """Stops at the limit, whatever Content-Length says; what is left is read and thrown away by the server."""
    length = request.headers.get("content-length", "0")
    if length.isascii() and length.isdigit() and (len(length) > 12 or int(length) > LARGEST_BODY):
        raise Problem("body_too_large", headers={"Connection": "close"})
    body = bytearray()
    try:
        async with asyncio.timeout(LONGEST_WAIT):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LARGEST_BODY:
                    raise Problem("body_too_large", headers={"Connection": "close"})
    except TimeoutError:
        raise Problem("body_too_slow", headers={"Connection": "close"}) from None
    return bytes(body)


def _check_media_type(request: Request) -> None:
    values = request.headers.getlist("content-type")
    if len(values) != 1 or request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem("unsupported_media_type")
    kind, *parameters = (part.strip().lower() for part in values[0].split(";"))
    charset = [parameter.replace('"', "") for parameter in parameters if parameter]
    if kind != "application/json" or any(part not in ("charset=utf-8", "charset=utf8") for part in charset):
        raise Problem("unsupported_media_type")


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unfit("duplicate_key")
    return found


def _no_constant(name: str) -> NoReturn:
    raise Unfit("not_a_number")


def _integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > LARGEST_INTEGER:
        raise Unfit("number_too_large")
    return int(text)


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number) or len(text) > 400:
        raise Unfit("number_too_large")
    return number


def _check_shape(value: Any, longest: int, texts: bool) -> None:
    """Level by level, so that depth costs no stack. Escapes are the only way by which a bad character gets in."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise Unfit("too_deep")
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                if texts:
                    for key in item:
                        _check_text(key)
                below.extend(item.values())
            elif isinstance(item, list):
                if len(item) > LONGEST_LIST:
                    raise Unfit("list_too_long")
                below.extend(item)
            elif isinstance(item, str):
                if len(item) > longest:
                    raise Unfit("text_too_long")
                if texts:
                    _check_text(item)
        level = below


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise Unfit("nul_character")
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise Unfit("lone_surrogate")
