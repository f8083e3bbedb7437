"""What can go wrong between a caller and a case."""

from sop.decision import Refused

BEHIND = "behind"


class CaseError(Exception):
    """Root of what the client raises; `code` is stable."""

    code = "case_error"


class CaseNotFound(CaseError):
    """There is no case with this id."""

    code = "case_not_found"


class CommandRefused(CaseError):
    """The case refused the command; `refused` says why, and nothing has changed."""

    code = "refused"

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.code, *(reason.code for reason in refused.reasons))
        self.refused = refused


class CommandFailed(CaseError):
    """The engine failed on this one command; the case goes on."""

    code = "command_failed"


class CaseBusy(CaseError):
    """Too many commands wait for this case; come again in a second."""

    code = "case_busy"


class OutcomeUnknown(CaseError):
    """No answer in time: the command may still take effect. Ask again with the same idempotency key."""

    code = "outcome_unknown"


class EngineUnavailable(CaseError):
    """The workflow engine cannot be reached, or the database is too far behind."""

    code = "engine_unavailable"
