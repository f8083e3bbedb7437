"""The timeline: what happened to a case, in words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import structlog
from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from api.door import Visit, Visiting, door
from api.particulars import READERS
from api.shapes import Sent
from api.shelf import Shelf
from api.submissions import find
from api.views import Shown
from sop.events import CaseOpened, Entry, Event, ProcedureAdopted
from sop.handed import Commented
from sop.procedure import Procedure
from sop.words import sentence
from store.errors import CaseErased

router = door("cases")
_log = structlog.get_logger("api")


class TimelineQuery(Sent):
    """Which part of the timeline."""

    after: Annotated[int, Field(ge=0, le=1_000_000_000, description="the seq after which to begin")] = 0
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class HappeningView(Shown):
    """One thing that happened. `record` is where its particulars are kept, if it has any; `words` are those of a
    remark, for those who may read particulars."""

    kind: str
    text: str
    record: str | None
    words: str | None


class EntryView(Shown):
    """One accepted command and everything that happened by it."""

    seq: int
    at: datetime
    actor: str
    role: str
    command: str
    happened: tuple[HappeningView, ...]


class TimelineView(Shown):
    """`next` is the `after` of the next page; none where there is no more yet."""

    id: str
    entries: tuple[EntryView, ...]
    next: int | None


@router.get("/cases/{case_id}/timeline", operation_id="read_timeline", response_model=TimelineView)
async def read_timeline(visit: Visiting, case_id: str, page: Annotated[TimelineQuery, Query()]) -> Response:
    """What happened, in sentences, from the beginning; page by `after`."""
    await find(visit, case_id)
    entries = await visit.parts.ledger.entries(case_id, page.after, page.limit + 1)
    story = await _told_until(visit, case_id, page.after)
    shown = tuple([await _entry(visit, story, entry) for entry in entries[: page.limit]])
    following = shown[-1].seq if len(entries) > page.limit else None
    view = TimelineView.model_construct(id=case_id, entries=shown, next=following)
    return Response(view.model_dump_json(), media_type="application/json")


@dataclass
class _Story:
    """The teller of one case: each event is told in the words of the version that the case followed then."""

    shelf: Shelf
    procedure: Procedure | None = None

    async def tell(self, event: Event) -> str:
        if isinstance(event, CaseOpened | ProcedureAdopted):
            self.procedure = await self.shelf.procedure(event.procedure)
        assert self.procedure is not None  # noqa: S101 - the first event of a case opens it
        return sentence(self.procedure, event)


async def _told_until(visit: Visit, case_id: str, after: int) -> _Story:
    """A teller who knows which version the case followed after this seq."""
    story = _Story(visit.parts.shelf)
    for event in await visit.parts.ledger.versions(case_id, after):
        await story.tell(event)
    return story


async def _words(visit: Visit, case_id: str, event: Event) -> str | None:
    """What a remark says; none for those who may not read it, and none once it was erased."""
    if not isinstance(event, Commented) or not visit.caller.actor.holds(READERS):
        return None
    try:
        kept = await visit.parts.vault.get(case_id, event.note)
    except CaseErased:
        return None
    _log.info("particulars read", role=visit.caller.roles[0], case_id=case_id)
    words = (kept or {}).get("text")
    return words if isinstance(words, str) else None


async def _entry(visit: Visit, story: _Story, entry: Entry) -> EntryView:
    happened = [
        HappeningView(
            kind=event.kind,
            text=await story.tell(event),
            record=getattr(event, "record", None) or getattr(event, "note", None),
            words=await _words(visit, entry.case_id, event),
        )
        for event in entry.events
    ]
    return EntryView(
        seq=entry.seq, at=entry.at, actor=entry.actor, role=entry.role, command=entry.command, happened=tuple(happened)
    )
