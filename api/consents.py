"""Consents: what the person agrees to, purpose by purpose, and takes back as easily."""

from http import HTTPStatus

from starlette.responses import Response

from api import shapes
from api.cases import own_id
from api.door import Visiting, door
from api.submissions import checked, find, keep, note, submit
from api.views import Taken
from sop import commands

router = door("consents")


@router.post(
    "/cases/{case_id}/consents", operation_id="give_consent", status_code=HTTPStatus.CREATED, response_model=Taken
)
async def give_consent(visit: Visiting, case_id: str, sent: shapes.GiveConsent) -> Response:
    """Record the person's consent for one purpose; the answer's `consent` is its id."""
    checked(case_id)
    record = None
    if sent.particulars:
        await find(visit, case_id)
        record = await keep(visit, case_id, sent.particulars)
    consent = "c" + visit.new_id("consent")
    command = commands.GiveConsent(consent_id=consent, purpose=sent.purpose, until=sent.until, record=record)
    return await submit(visit, case_id, command, consent=consent, status=HTTPStatus.CREATED)


@router.delete("/cases/{case_id}/consents/{consent}", operation_id="withdraw_consent", response_model=Taken)
async def withdraw_consent(visit: Visiting, case_id: str, consent: str, sent: shapes.WithdrawConsent) -> Response:
    """Record that the person takes a consent back; in force at once."""
    checked(case_id)
    record = await note(visit, case_id, {"note": sent.note})
    command = commands.WithdrawConsent(consent_id=own_id(consent), note=record)
    return await submit(visit, case_id, command, consent=command.consent_id)
