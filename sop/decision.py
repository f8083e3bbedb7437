"""What a decision comes to: the case after it, what happened and what is to be done; or a refusal with its reasons."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from sop.case import Case
from sop.conditions import Reason
from sop.effects import Effect
from sop.events import Batch, Event
from sop.shapes import Value

RefusalCode = Literal["refused", "forbidden", "unknown", "malformed", "stale", "key_reused"]


class Decision(Value):
    """The command is accepted: the case after it, the events and the effects."""

    case: Case
    events: tuple[Event, ...]
    effects: tuple[Effect, ...] = ()
    proposal: str | None = None
    """Set where the step waits for a second person: the id under which to confirm it."""


class Refused(Value):
    """The command is refused and nothing has changed.

    `refused` conditions are unmet · `forbidden` the role may not · `unknown` no such step, clock or consent ·
    `malformed` a value does not fit its field · `stale` the case has moved on since `expected_seq` ·
    `key_reused` the idempotency key belongs to another command.
    """

    code: RefusalCode
    reasons: tuple[Reason, ...]


class Step(Value):
    """A step that is possible now (`reasons` empty), or not yet possible and why."""

    kind: Literal["transition", "measure"]
    sop: str
    name: str
    title: str
    roles: tuple[str, ...]
    fields: dict[str, Any]
    reasons: tuple[Reason, ...] = ()
    asked: bool = False
    """A clock has asked for it, or it was planned."""


class Options(Value):
    """What can be done now, and what is not yet possible."""

    open: tuple[Step, ...]
    blocked: tuple[Step, ...]


class Receipt(BaseModel):
    """The answer to an accepted command: from now on it is durable.

    A newer worker may say more than an older door knows, so what is unknown here is passed over.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    case_id: str
    seq: int
    body: str
    """The hash of the body that was accepted under this key, to tell another body from a repetition."""
    repeated: bool = False
    proposal: str | None = None
    batch: Batch | None = None
    """What the ledger does not have yet, for the sender to write; None where the case writes it itself."""
