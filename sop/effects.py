"""Effects: what a decision asks of the outside world, as values. Each has an id, so that doing it twice is doing it once."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from sop.shapes import Value


class AssessRisk(Value):
    """Score the answers to an instrument; the result comes back as `ReportResult`."""

    kind: Literal["assess_risk"] = "assess_risk"
    id: str
    measure: str
    number: int
    procedure: str
    instrument: str
    answers: dict[str, str]


What = Literal[
    "reminder", "missed", "life_event", "proposal", "offer", "reassigned", "cover", "nudge", "escalated", "pause_review"
]


class Tell(Value):
    """Tell the holders of a role something about a case, by code: a reminder, an escalation, a life event."""

    kind: Literal["tell"] = "tell"
    id: str
    case_id: str
    to: str
    what: What
    about: str
    due: datetime | None = None


Effect = Annotated[AssessRisk | Tell, Field(discriminator="kind")]
