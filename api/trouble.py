"""Technical trouble as lines of the list: what the tables show and what the engine says, put together for each case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.actions import ActionView
from api.door import Visit
from api.stuck_views import CauseView, StuckView
from store.queues import CaseHead, Suspect, Wanted
from workflows.trouble import EngineLook, Trouble

UNHEARD = timedelta(minutes=2)
"""A clock that is over for so long, and of which nothing has been heard, waits for an engine that stands still."""
UNANSWERED = timedelta(minutes=5)
UNWRITTEN = timedelta(seconds=30)

_ENGINE = "See at /readyz which part does not answer, and in the worker's log why."
_TEXTS = {
    "clock_unheard": ("A clock is over, and the engine has not minded it.", _ENGINE),
    "result_missing": ("An activity owes its result.", _ENGINE),
    "line_missing": ("A command was sent, and its line is not in the ledger.", "Send it again under the same key."),
    "rows_differ": (
        "Its rows and its workflow do not say the same.",
        "See `caseway doctor`; `caseway rebuild` makes the rows anew.",
    ),
    "task_failing": (
        "The engine fails at this case, {attempts} times so far.",
        "See the worker's log; a case whose version has not arrived goes on by itself once it has.",
    ),
    "task_waiting": ("No worker has taken the work of this case.", "Start a worker, or another one."),
    "activity_failing": ("The activity ‘{activity}’ fails again and again, {attempts} times so far.", _ENGINE),
    "not_running": (
        "The engine has no running case of this id.",
        "Look whether the case was opened; see docs/operations.md on restoring.",
    ),
    "no_worker": ("No worker takes work from the engine's queue.", "Start a worker."),
}
LOOK = (
    ActionView(call="readyz", name=None, title="See which part does not answer", roles=(), yours=True),
    ActionView(call="read_timeline", name=None, title="See what happened last", roles=(), yours=True),
)
"""No call of the door repairs the machinery: these two say more."""


@dataclass(frozen=True, slots=True)
class TechnicalLook:
    """What the tables and the engine say at one moment."""

    suspects: Sequence[Suspect]
    engine: EngineLook

    @property
    def said(self) -> dict[str, bool | None]:
        """What is shown of the engine."""
        workers = self.engine.workers if self.engine.asked else None
        return {"asked": self.engine.asked, "workers": workers, "more": self.engine.more}

    @property
    def cases(self) -> tuple[str, ...]:
        """Every case in trouble."""
        named = [*(one.case_id for one in self.suspects), *(one.case_id for one in self.engine.troubles)]
        return tuple(dict.fromkeys(named))


async def technical_look(visit: Visit) -> TechnicalLook:
    """Look at the tables, then ask the engine; it is asked about the cases that the tables find strange, too."""
    now = visit.now
    suspects = await visit.parts.queues.suspects(now - UNHEARD, now - UNANSWERED, now - UNWRITTEN)
    engine = await visit.parts.engine.look([one.case_id for one in suspects])
    return TechnicalLook(suspects, engine)


async def technical_lines(visit: Visit, look: TechnicalLook, wanted: Wanted) -> list[StuckView]:
    """A line for each case in trouble, the longest first."""
    heads = await visit.parts.queues.heads(look.cases)
    lines = []
    for case_id in look.cases:
        head = heads.get(case_id)
        if not _is_wanted(head, wanted):
            continue
        mine = [one for one in look.suspects if one.case_id == case_id]
        trouble = next((one for one in look.engine.troubles if one.case_id == case_id), None)
        lines.append(_line(case_id, head, mine, trouble, look.engine))
    return sorted(lines, key=lambda line: (line.since, line.case))


def _is_wanted(head: CaseHead | None, wanted: Wanted) -> bool:
    if wanted.country is None and wanted.sop is None and wanted.responsible is None:
        return True
    return (
        head is not None
        and wanted.country in (None, head.country)
        and wanted.responsible in (None, head.responsible)
        and (wanted.sop is None or wanted.sop in head.sops)
    )


def _line(
    case_id: str,
    head: CaseHead | None,
    suspects: Sequence[Suspect],
    trouble: Trouble | None,
    engine: EngineLook,
) -> StuckView:
    since: list[datetime] = [one.since for one in suspects]
    chain = [_cause(one.code, one.since) for one in suspects]
    if trouble is not None:
        since.append(trouble.since)
        chain.append(_cause(trouble.code, trouble.since, trouble.attempts, trouble.activity))
    if engine.asked and not engine.workers:
        chain.append(_cause("no_worker"))
    return StuckView(
        kind="technical",
        case=case_id,
        country=head.country if head else None,
        sop=None,
        what=None,
        title=None,
        since=min(since),
        responsible=head.responsible if head else None,
        causes=tuple(chain),
        actions=LOOK,
    )


def _cause(code: str, since: datetime | None = None, attempts: int = 0, activity: str | None = None) -> CauseView:
    text, remedy = _TEXTS[code]
    said = text.format(attempts=attempts or "several", activity=activity)
    return CauseView(code=code, text=f"{said} Since {since:%Y-%m-%d %H:%M} UTC." if since else said, remedy=remedy)
