"""From a command to its answer: particulars to the vault, the command to the engine, the case to the caller."""

from collections.abc import Mapping
from http import HTTPStatus

import structlog
from starlette.responses import Response

from api.door import Passing, Visit
from api.errors import Problem
from api.views import Behind, Taken, case_view
from casefile.code import is_case_id
from casefile.particulars import Particulars, particulars_of
from sop.case import Case
from sop.commands import Command
from sop.procedure import Procedure
from store.errors import DatabaseUnavailable
from workflows.client import Accepted

_log = structlog.get_logger("api")


async def submit(
    visit: Visit,
    case_id: str,
    command: Command,
    *,
    consent: str | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    """Ask the engine; answer with the case as it stands afterwards, or 202 where a second person must confirm."""
    accepted = await visit.parts.cases.submit(checked(case_id), visit.submission(command))
    return await answer(visit, accepted, consent=consent, status=status)


async def answer(
    visit: Visit, accepted: Accepted, *, consent: str | None = None, status: HTTPStatus = HTTPStatus.OK
) -> Response:
    """The case after an accepted command. What was accepted is never answered with an error, recorded or not."""
    receipt, case = accepted.receipt, accepted.case
    if receipt.proposal:
        status = HTTPStatus.ACCEPTED
    headers = {"ETag": etag(receipt.seq), "Location": f"/v1/cases/{receipt.case_id}"}
    procedure = await _procedure_or_none(visit, case) if case else None
    if case is None or procedure is None:
        # only what the receipt says, which a repetition says again: the case itself may have moved on by then
        behind = Behind(id=receipt.case_id, seq=receipt.seq, proposal=receipt.proposal, consent=consent)
        return Passing(behind, headers)
    headers["ETag"] = etag(case.seq)
    view = case_view(procedure, case, visit.now)
    taken = Taken.model_construct(None, **dict(view), recorded=True, proposal=receipt.proposal, consent=consent)
    return Response(taken.model_dump_json(), status, headers, "application/json")


async def keep(visit: Visit, case_id: str, given: Mapping[str, object]) -> str | None:
    """Put particulars into the vault; the id of their record, or None where nothing was given.

    They are written before the command that names the record, so that no command ever names a record that is not
    there. The same request, repeated, writes the same record.
    """
    particulars = _fit(given)
    if not particulars:
        return None
    record = "r" + visit.new_id("record")
    await visit.parts.vault.put(case_id, record, particulars)
    return record


def _fit(given: Mapping[str, object]) -> Particulars:
    """The particulars as the vault takes them; a problem names the rule that they break and nothing of theirs."""
    try:
        return particulars_of(given)
    except ValueError as error:
        rule = str(error).rpartition(": ")[2]
        raise Problem("malformed", where=[("body.particulars", rule)]) from None


async def note(visit: Visit, case_id: str, given: Mapping[str, str | None]) -> str | None:
    """Keep free words of a step with the particulars of a case that exists; the id of their record."""
    words = {name: text for name, text in given.items() if text is not None}
    if not words:
        return None
    await find(visit, case_id)
    return await keep(visit, case_id, words)


async def find(visit: Visit, case_id: str, *, fresh: bool = False) -> Case:
    """The case as recorded; as the engine has it where that is asked for, or where nothing is recorded yet."""
    case = None
    if not fresh:
        try:
            case = await visit.parts.ledger.get(checked(case_id))
        except DatabaseUnavailable:
            _log.warning("ledger away")
    case = case or await visit.parts.cases.look(checked(case_id))
    if case is None:
        raise Problem("case_not_found")
    return case


async def procedure_of(visit: Visit, case: Case) -> Procedure:
    """The version to which the case is pinned."""
    return await visit.parts.shelf.procedure(case.procedure)


def checked(case_id: str) -> str:
    """An id that no case can have is answered like one that no case has."""
    if not is_case_id(case_id):
        raise Problem("case_not_found")
    return case_id


def etag(seq: int) -> str:
    return f'"{seq}"'


async def _procedure_or_none(visit: Visit, case: Case) -> Procedure | None:
    try:
        return await procedure_of(visit, case)
    except DatabaseUnavailable:
        return None
