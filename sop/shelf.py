"""The procedures that this process has loaded, by content hash: compiled once, and the same for worker, API and tests."""

from sop.conditions import Reason
from sop.procedure import Procedure

_LOADED: dict[str, Procedure] = {}

NOT_ARRIVED = Reason(
    code="version_not_arrived", text="This version has not arrived at the engine yet.", remedy="Try again in a second."
)
"""Why a case cannot be moved to a version that was published a moment ago."""


class ProcedureNotLoaded(Exception):
    """A case's procedure has not arrived in this process: its workflow task is retried until it has, it never guesses."""

    code = "procedure_not_loaded"


def keep(procedure: Procedure) -> None:
    """Make a procedure known; the same hash is the same procedure."""
    _LOADED.setdefault(procedure.hash, procedure)


def loaded() -> set[str]:
    return set(_LOADED)


def get(digest: str) -> Procedure:
    """The procedure with this hash; raises `ProcedureNotLoaded`."""
    try:
        return _LOADED[digest]
    except KeyError:
        raise ProcedureNotLoaded(digest[:12]) from None
