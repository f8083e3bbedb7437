"""What a case carries from one run of its workflow to the next. Passed through the sandbox, so built once per process."""

from sop.case import Case
from sop.effects import AssessRisk
from sop.events import Entry
from sop.shapes import Value


class Known(Value):
    """A command that was accepted: enough to give the same answer again."""

    body: str
    seq: int
    proposal: str | None = None


class Carried(Value):
    """Everything that goes on into the next run of the same case."""

    case_id: str
    case: Case | None = None
    recent: dict[str, Known] = {}
    pending: tuple[Entry, ...] = ()
    """Lines of which the case does not know yet that the ledger has them."""
    owes: int = 0
    """Up to which line the case itself writes them; those after it are with the door that sent the command."""
    effects: tuple[AssessRisk, ...] = ()
