"""The list of what is stuck, as callers read it."""

from datetime import datetime
from typing import Literal

from api.actions import ActionView
from api.views import Shown


class CauseView(Shown):
    """One link of the chain: what is so, and what to do about it. Codes are stable, sentences are not."""

    code: str
    text: str
    remedy: str


class StuckView(Shown):
    """One thing that is stuck. `what` is the state or the clock, as `sop.name`; none where it is the whole case.

    `country`, `responsible` and `title` are null for a case of which the tables know nothing yet.
    """

    kind: Literal["technical", "procedural", "waiting", "idle"]
    case: str
    country: str | None
    sop: str | None
    what: str | None
    title: str | None
    since: datetime
    responsible: str | None
    causes: tuple[CauseView, ...]
    actions: tuple[ActionView, ...]


class EngineView(Shown):
    """Whether the engine answered in time, whether a worker takes its work, and whether there is more than is listed.

    `asked: false` means that technical trouble is not known beyond what the tables show.
    """

    asked: bool
    workers: bool | None
    more: bool


class StuckPage(Shown):
    """A page as of `at`; `cursor` fetches the next one, with the same filters."""

    at: datetime
    engine: EngineView | None
    lines: tuple[StuckView, ...]
    cursor: str | None
