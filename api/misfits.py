"""What does not fit the shape of a call, told by place and rule; a value, or a name that the caller made up, never."""

from collections.abc import Iterable

from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import Response

from api.errors import Problem, render
from api.shapes import KNOWN

_PLACES = ("body", "query", "header")


async def on_misfit(request: Request, error: Exception) -> Response:
    """A part of the path that does not fit is an address that does not exist."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it only
    found = error.errors()
    if any(one["loc"][:1] == ("path",) for one in found):
        return render(Problem("not_found"))
    where = dict.fromkeys((place_of(one["loc"]), str(one["type"])) for one in found)
    return render(Problem("malformed", where=list(where)[:20]))


def place_of(location: Iterable[object]) -> str:
    """As far as the names are ours: keys that the caller made up may be a person's name."""
    first, *rest = location
    path = [str(first) if first in _PLACES else "body"]
    for part in rest:
        if not isinstance(part, int) and part not in KNOWN:
            break
        path.append(str(part))
    return ".".join(path)
