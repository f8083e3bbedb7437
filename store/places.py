"""Where a page of a list ended, as a text that callers hand back; what this module did not write it does not read."""

import base64
import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from casefile.code import is_case_id

_NAME = re.compile(r"[a-z0-9_.]{0,130}", re.ASCII)
LONGEST = 400


def written(queue: str, place: Sequence[Any]) -> str:
    """The place as a text; `queue` names the list, so that no list takes the place of another."""
    said = [part.isoformat() if isinstance(part, datetime) else part for part in place]
    return base64.urlsafe_b64encode(json.dumps([queue, *said]).encode()).decode().rstrip("=")


def read(cursor: str, queues: dict[str, str]) -> tuple[str, tuple[Any, ...]]:
    """The list and the place. `queues` says for each list what its places are made of, a letter for each part.

    `b` yes or no, `t` moment, `c` case, `n` name. `ValueError` for anything else.
    """
    try:
        if len(cursor) > LONGEST:
            raise ValueError
        queue, *parts = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
        kinds = queues[queue]
        return queue, tuple([_part(kind, part) for kind, part in zip(kinds, parts, strict=True)])
    except (ValueError, TypeError, KeyError, RecursionError):
        raise ValueError("this cursor does not come from this list") from None


def _part(kind: str, part: Any) -> Any:
    if kind == "t":
        moment = datetime.fromisoformat(part)
        if moment.tzinfo is None:
            raise ValueError
        return moment
    fits = {
        "b": isinstance(part, bool),
        "c": isinstance(part, str) and is_case_id(part),
        "n": isinstance(part, str) and _NAME.fullmatch(part) is not None,
    }
    if not fits[kind]:
        raise ValueError
    return part
