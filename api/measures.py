"""Measures: the work that is done for a person, recorded; what identifies anybody goes to the vault by itself."""

from typing import Any

from starlette.responses import Response

from api import shapes
from api.cases import named, refuse_field
from api.door import Visiting, door
from api.errors import Problem
from api.submissions import find, keep, procedure_of, submit
from api.views import Taken
from sop import commands
from sop.model import Measure

router = door("measures")


@router.post("/cases/{case_id}/{sop}/measures/{name}", operation_id="record_measure", response_model=Taken)
async def record_measure(visit: Visiting, case_id: str, sop: str, name: str, sent: shapes.RecordMeasure) -> Response:
    """Record a measure as planned, in progress, done, declined, not applicable or cancelled."""
    case = await find(visit, case_id)
    procedure = await procedure_of(visit, case)
    home, measure = procedure.measures.get(named(name), ("", None))
    if measure is None or home != sop:
        raise Problem("unknown")
    fields, particulars = _split(measure, sent.fields)
    words = {"note": sent.note} if sent.note else {}
    command = commands.RecordMeasure(
        sop=sop,
        measure=name,
        status=sent.status,
        number=sent.number,
        fields=fields,
        particulars=tuple(particulars),
        record=await keep(visit, case_id, {**words, **particulars}),
    )
    return await submit(visit, case_id, command)


def _split(measure: Measure, sent: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What becomes facts, and what must not."""
    known = measure.fields
    if any(name not in known for name in sent):
        raise refuse_field("body.fields", "unknown", list(known))
    wrong = [name for name, value in sent.items() if isinstance(value, dict) is not (known[name].kind == "instrument")]
    if wrong:
        raise Problem("malformed", where=[(f"body.fields.{name}", "kind") for name in wrong])
    particulars = {name: value for name, value in sent.items() if known[name].particular}
    return {name: value for name, value in sent.items() if name not in particulars}, particulars
