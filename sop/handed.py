"""Events of what people do about a case beside its procedure: who acts for it, who was reminded, what was remarked."""

from datetime import datetime
from typing import Literal

from sop.shapes import Value


class CaseReassigned(Value):
    """A supervisor has given the case to another responsible case manager, who was not asked. `reason` is a code."""

    kind: Literal["case_reassigned"] = "case_reassigned"
    was: str
    to: str
    reason: str
    note: str | None = None


class CoverArranged(Value):
    """Somebody acts for the responsible case manager from `since` until `until`; it ends by itself."""

    kind: Literal["cover_arranged"] = "cover_arranged"
    by: str
    since: datetime
    until: datetime


class CoverEnded(Value):
    """The cover was called off before its time."""

    kind: Literal["cover_ended"] = "cover_ended"
    by: str


class Nudged(Value):
    """Somebody had those reminded who owe what a clock waits for; `due` is when it is or was due."""

    kind: Literal["nudged"] = "nudged"
    clock: str
    to: tuple[str, ...]
    due: datetime


class Escalated(Value):
    """Somebody had a role told now: about a clock, or about the case as a whole."""

    kind: Literal["escalated"] = "escalated"
    clock: str | None
    to: str


class Commented(Value):
    """A remark was made; its words are particulars, kept under `note`."""

    kind: Literal["commented"] = "commented"
    note: str
