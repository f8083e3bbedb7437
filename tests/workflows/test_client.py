"""What an answer of the server means for whoever sent the command."""

import pytest
from temporalio.service import RPCError, RPCStatusCode

from workflows.client import _meaning_of_rpc
from workflows.errors import CaseBusy, CaseNotFound, EngineUnavailable, OutcomeUnknown


@pytest.mark.parametrize(
    ("said", "status", "meant"),
    [
        ("unexpected workflow task failure", RPCStatusCode.UNAVAILABLE, OutcomeUnknown),
        ("unexpected workflow task failure", RPCStatusCode.INVALID_ARGUMENT, OutcomeUnknown),
        ("no answer in time", RPCStatusCode.DEADLINE_EXCEEDED, OutcomeUnknown),
        ("nobody there", RPCStatusCode.UNAVAILABLE, EngineUnavailable),
        ("workflow not found", RPCStatusCode.NOT_FOUND, CaseNotFound),
        ("too many", RPCStatusCode.RESOURCE_EXHAUSTED, CaseBusy),
    ],
)
def test_a_command_that_may_yet_take_effect_is_never_told_as_not_sent(
    said: str, status: RPCStatusCode, meant: type[Exception]
) -> None:
    assert type(_meaning_of_rpc(RPCError(said, status, b""))) is meant
