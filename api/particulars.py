"""Particulars: what identifies a person, read one record at a time by those who work with the person."""

import structlog
from pydantic import JsonValue
from starlette.responses import JSONResponse, Response

from api.cases import own_id
from api.door import Visiting, door
from api.errors import Problem
from api.submissions import checked
from api.views import Shown

router = door("particulars")
READERS = ("case_manager", "guardian", "supervisor")
_log = structlog.get_logger("api")


class RecordView(Shown):
    """One record of the vault."""

    id: str
    case: str
    particulars: dict[str, JsonValue]


@router.get("/cases/{case_id}/particulars/{record}", operation_id="read_particulars", response_model=RecordView)
async def read_particulars(visit: Visiting, case_id: str, record: str) -> Response:
    """Read one record. Who read which is noted."""
    if not visit.caller.actor.holds(READERS):
        raise Problem("forbidden")
    found = await visit.parts.vault.get(checked(case_id), own_id(record))
    if found is None:
        raise Problem("record_not_found")
    _log.info("particulars read", role=visit.caller.roles[0], case_id=case_id)
    return JSONResponse({"id": record, "case": case_id, "particulars": found})
