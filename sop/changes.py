"""What a line of the ledger has changed of its case, as JSON: put together again, the changes of all lines are the case."""

import json
from collections.abc import Iterable
from typing import Any

from pydantic_core import to_json

from sop.case import Case

_BY_NAME = ("sops", "facts", "measures", "clocks", "consents", "proposals")
"""The parts of a case that are kept by name: of these only the names that changed are said, None where one has gone."""


def changes(before: Case | None, after: Case) -> str:
    """The whole case where there was none; otherwise the parts that are not as they were."""
    if before is None:
        return to_json(after).decode()
    said: dict[str, Any] = {}
    for name in Case.model_fields:
        was, now = getattr(before, name), getattr(after, name)
        if now is was or now == was:
            continue
        said[name] = _named(was, now) if name in _BY_NAME else now
    return to_json(said).decode()


def put_together(lines: Iterable[str]) -> Case:
    """The case after all of its lines, given as JSON in their order from the first on. `ValueError` where they are none."""
    case: dict[str, Any] | None = None
    for line in lines:
        said = json.loads(line)
        if case is None:
            case = said
            continue
        for name, value in said.items():
            if name in _BY_NAME:
                parts = case[name] | value
                case[name] = {key: part for key, part in parts.items() if part is not None}
            else:
                case[name] = value
    if case is None:
        raise ValueError("there are no lines")
    return Case.model_validate_json(to_json(case))


def _named(was: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    changed = {key: value for key, value in now.items() if key not in was or was[key] != value}
    return changed | dict.fromkeys(was.keys() - now.keys())
