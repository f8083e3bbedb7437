"""A line of a queue as callers read it: what is owed, since when, by whose rule, by whom, and who was told."""

from datetime import datetime
from typing import Literal

from api.actions import Actions, ActionView
from api.views import Shown, SourceView, is_legal, source_view
from sop.procedure import Procedure
from store.queues import OwedClock


class RoleView(Shown):
    role: str
    title: str


class ToldView(Shown):
    """Who was told of this end of the clock; `status` is how far the message has come."""

    role: str
    title: str
    what: str
    at: datetime
    status: str


class OwedView(Shown):
    """A clock that somebody has to keep.

    `statutory` is law or an internal target; `legal` says that the length itself is law, `default` that it is our own.
    `owed_by` are the roles that owe, the nearest first; `abroad` is the country where it is owed in another one, empty
    where nobody has recorded which.
    """

    case: str
    country: str
    sop: str
    sop_title: str
    clock: str
    title: str
    kind: Literal["period", "deadline", "review"]
    due: datetime
    overdue_since: datetime | None
    statutory: bool
    legal: bool
    default: bool
    source: SourceView | None
    owed_by: tuple[RoleView, ...]
    responsible: str
    abroad: str | None
    told: tuple[ToldView, ...]
    actions: tuple[ActionView, ...]


class OwedClocksView(Shown):
    """A page as of `at`; `cursor` fetches the next one, with the same filters."""

    at: datetime
    clocks: tuple[OwedView, ...]
    cursor: str | None


class UnassignedView(Shown):
    """`why`: `offered` to a colleague who has not taken it; `unknown`, a responsible person who is nobody here."""

    case: str
    country: str
    why: Literal["offered", "unknown"]
    responsible: str
    offered_to: str | None
    since: datetime
    opened_at: datetime
    actions: tuple[ActionView, ...]


class UnassignedPage(Shown):
    """A page as of `at`; `cursor` fetches the next one, with the same filters."""

    at: datetime
    cases: tuple[UnassignedView, ...]
    cursor: str | None


def owed_view(procedure: Procedure, line: OwedClock, now: datetime, actions: Actions) -> OwedView:
    """The line with its titles, its law and what can be done about it."""
    law = procedure.clock(line.clock, line.anchor, line.country) if line.clock in procedure.clocks else None
    source = law.source if law else None
    sop = procedure.definition.sops.get(line.sop)
    return OwedView(
        case=line.case_id,
        country=line.country,
        sop=line.sop,
        sop_title=sop.title if sop else line.sop,
        clock=line.clock,
        title=law.title if law else line.clock,
        kind=line.kind,
        due=line.due,
        overdue_since=line.due if line.due <= now else None,
        statutory=line.statutory,
        legal=is_legal(law),
        default=source is not None and source.evidence == "D",
        source=source_view(source),
        owed_by=tuple(RoleView(role=role, title=procedure.role_title(role)) for role in line.owes),
        responsible=line.responsible,
        abroad=line.counterpart,
        told=tuple(
            ToldView(role=one.role, title=procedure.role_title(one.role), what=one.what, at=one.at, status=one.status)
            for one in line.told
        ),
        actions=actions.about_clock(line.clock, law, line.due, now) if law else (),
    )
