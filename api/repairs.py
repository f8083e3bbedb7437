"""Repair of one case by hand, for a record that no step of the procedure puts right."""

from starlette.responses import Response

from api.door import Visiting, door
from api.errors import Problem
from api.shapes import Repair
from api.submissions import checked, note, submit
from api.views import Taken
from sop import commands
from sop.durations import Duration

router = door("cases")


@router.post("/cases/{case_id}/repair", operation_id="repair_case", response_model=Taken)
async def repair_case(visit: Visiting, case_id: str, sent: Repair) -> Response:
    """Set by hand where an SOP stands, or what a clock counts: 202, for a second person has to confirm it."""
    checked(case_id)
    by_state, by_clock = (sent.sop, sent.state), (sent.clock, sent.anchor, sent.length)
    if any(by_state) is any(by_clock) or (any(by_state) and not all(by_state)) or (any(by_clock) and not sent.clock):
        detail = "Name an SOP and its state; or a clock, with its anchor and length, or with neither to take it away."
        raise Problem("malformed", detail, where=[("body", "one_of")])
    length = _length(sent.length)
    why = await note(visit, case_id, {"why": sent.why})
    if sent.clock is not None:
        values = {"clock": sent.clock, "anchor": sent.anchor, "length": length, "note": why}
        return await submit(visit, case_id, commands.SetClock.model_validate(values))
    return await submit(
        visit, case_id, commands.SetState.model_validate({"sop": sent.sop, "state": sent.state, "note": why})
    )


def _length(text: str | None) -> Duration | None:
    try:
        return Duration.parse(text) if text is not None else None
    except ValueError:
        raise Problem("malformed", "Write for example ‘30 days’.", where=[("body.length", "duration")]) from None
