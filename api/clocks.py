"""Clocks: lengthening, pausing, ending and correcting what counts time."""

import re
from typing import Literal

from starlette.responses import Response

from api import shapes
from api.door import Visit, Visiting, door
from api.errors import Problem
from api.submissions import checked, find, note, procedure_of, submit
from api.views import Taken
from sop import commands

router = door("clocks")
_REFERENCE = re.compile(r"[a-z][a-z0-9_]{0,63}\.[a-z][a-z0-9_]{0,63}", re.ASCII)
_BARE = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
OTHER = "other"
"""The code of a reason that was given in free words."""

_COMMANDS: dict[str, type[commands.ExtendClock] | type[commands.EndClock]] = {
    "extend": commands.ExtendClock,
    "end": commands.EndClock,
}


@router.post("/cases/{case_id}/clocks/{name}/correct", operation_id="correct_clock", response_model=Taken)
async def correct_clock(visit: Visiting, case_id: str, name: str, sent: shapes.CorrectClock) -> Response:
    """Set right the moment from which a clock counts; the wrong one stays visible."""
    clock = await _clock(visit, case_id, name)
    reason, record = await _reason(visit, case_id, clock, sent)
    command = commands.CorrectClock(clock=clock, anchor=sent.anchor, reason=reason, note=record)
    return await submit(visit, case_id, command)


@router.post("/cases/{case_id}/clocks/{name}/resume", operation_id="resume_clock", response_model=Taken)
async def resume_clock(visit: Visiting, case_id: str, name: str, sent: shapes.ResumeClock) -> Response:
    """Let a paused clock count again."""
    clock = await _clock(visit, case_id, name)
    reason, record = await _reason(visit, case_id, clock, sent)
    return await submit(visit, case_id, commands.ResumeClock(clock=clock, reason=reason, note=record))


@router.post("/cases/{case_id}/clocks/{name}/pause", operation_id="pause_clock", response_model=Taken)
async def pause_clock(visit: Visiting, case_id: str, name: str, sent: shapes.PauseClock) -> Response:
    """Stop the counting for a reason that the SOP lists; on the review date somebody is asked whether it must go on."""
    clock = await _clock(visit, case_id, name)
    reason, record = await _reason(visit, case_id, clock, sent)
    command = commands.PauseClock(clock=clock, reason=reason, review_at=sent.review_at, note=record)
    return await submit(visit, case_id, command)


@router.post("/cases/{case_id}/clocks/{name}/{verb}", operation_id="mind_clock", response_model=Taken)
async def mind_clock(
    visit: Visiting, case_id: str, name: str, verb: Literal["extend", "end"], sent: shapes.MindClock
) -> Response:
    """Extend a clock, or end a period early; within what the SOP allows."""
    clock = await _clock(visit, case_id, name)
    reason, record = await _reason(visit, case_id, clock, sent)
    return await submit(visit, case_id, _COMMANDS[verb](clock=clock, reason=reason, note=record))


async def _clock(visit: Visit, case_id: str, name: str) -> str:
    """`sop.clock`; the bare name of a clock will do where only one SOP has it."""
    checked(case_id)
    if _REFERENCE.fullmatch(name):
        return name
    if not _BARE.fullmatch(name):
        raise Problem("unknown")
    procedure = await procedure_of(visit, await find(visit, case_id))
    found = [ref for ref in procedure.clocks if ref.endswith(f".{name}")]
    if len(found) == 1:
        return found[0]
    raise Problem("unknown", "Several SOPs have a clock of this name; write sop.clock." if found else None)


async def _reason(visit: Visit, case_id: str, clock: str, sent: shapes.MindClock) -> tuple[str, str | None]:
    """The code of the reason and the record of the words: what the procedure does not list is free text."""
    definition = (await procedure_of(visit, await find(visit, case_id))).clocks.get(clock)
    listed = (definition.pause, definition.ends_early) if definition else ()
    known = {code for one in listed if one for code in one.reasons}
    code = sent.reason if sent.reason in known else OTHER
    free = None if code == sent.reason else sent.reason
    return code, await note(visit, case_id, {"reason": free, "authority": sent.authority, "note": sent.note})
