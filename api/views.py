"""A case as callers read it: what the engine knows, with the titles of things, and nothing that identifies anybody."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from sop.case import Case, ClockRun, ClockStatus, MeasureStatus
from sop.clocks import Clock, Source
from sop.counting import Way, by_weekends_only
from sop.durations import Duration
from sop.machine import facts
from sop.procedure import Procedure
from sop.shapes import FactValue


class Shown(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ProcedureView(Shown):
    name: str
    version: str
    hash: str


class SopView(Shown):
    title: str
    state: str
    state_title: str
    since: datetime
    open: bool


class MeasureView(Shown):
    sop: str
    name: str
    title: str
    number: int
    status: MeasureStatus
    at: datetime
    by: str
    fields: dict[str, FactValue | dict[str, str]]
    particulars: tuple[str, ...]
    record: str | None
    valid_until: datetime | None
    awaits_result: bool


class LengthView(Shown):
    iso: str
    text: str


class SourceView(Shown):
    law: str | None
    article: str | None
    document: str | None
    evidence: str
    confidence: str | None
    in_force_from: date | None
    until: date | None


class PauseView(Shown):
    """`review_at` is when somebody is asked whether the pause must go on; none where a life event paused it."""

    since: datetime
    until: datetime | None
    review_at: datetime | None
    by: str
    reason: str


class ExtensionView(Shown):
    length: LengthView
    was_due: datetime | None
    at: datetime
    by: str
    reason: str


class CorrectionView(Shown):
    """What was counted before: from when, how long, until when."""

    was: datetime
    was_budget: LengthView | None
    was_due: datetime | None
    at: datetime
    by: str
    reason: str


class ClockView(Shown):
    """`legal` says that the law sets it; our own defaults (evidence D) are never shown as law.

    `weekends_only` says that its due day lies beyond the years of which the holidays are listed, the last of which is
    `holidays_until`: it may come a day too early. `missed_at` stays, whatever came later.
    """

    name: str
    sop: str
    title: str
    kind: Literal["period", "deadline", "review"]
    statutory: bool
    legal: bool
    status: ClockStatus
    run: int
    anchor: datetime
    budget: LengthView
    due: datetime | None
    counting: str
    zone: str
    weekends_only: bool
    holidays_until: int | None
    overdue: bool
    missed_at: datetime | None
    over_at: datetime | None
    over_reason: str | None
    source: SourceView | None
    pauses: tuple[PauseView, ...]
    extensions: tuple[ExtensionView, ...]
    corrections: tuple[CorrectionView, ...]


class ConsentView(Shown):
    id: str
    purpose: str
    title: str
    given_at: datetime
    by: str
    until: datetime | None
    withdrawn_at: datetime | None
    in_force: bool
    record: str | None


class CoverView(Shown):
    """Who acts for the responsible case manager, from and until when."""

    by: str
    since: datetime
    until: datetime


class ResponsibleView(Shown):
    id: str
    since: datetime
    offered_to: str | None
    cover: CoverView | None


class ProposalView(Shown):
    id: str
    title: str
    by: str
    at: datetime
    confirmed_by: tuple[str, ...]


class CaseView(Shown):
    """A case as it stands."""

    id: str
    country: str
    procedure: ProcedureView
    seq: int
    opened_at: datetime
    closed_at: datetime | None
    closed_reason: str | None
    sops: dict[str, SopView]
    measures: tuple[MeasureView, ...]
    clocks: tuple[ClockView, ...]
    consents: tuple[ConsentView, ...]
    facts: dict[str, FactValue]
    responsible: ResponsibleView
    proposals: tuple[ProposalView, ...]


class Taken(CaseView):
    """The case after an accepted call. `recorded` is false while the database is behind; nothing is lost by that."""

    recorded: bool
    proposal: str | None = None
    """Set where the step waits for a second person: the id under which to confirm it."""
    consent: str | None = None


class Behind(Shown):
    """An accepted call while the database is behind: durable, but the case cannot be shown yet. The same key, sent
    again later, brings the whole answer."""

    id: str
    seq: int
    recorded: Literal[False] = False
    proposal: str | None = None
    consent: str | None = None


def case_view(procedure: Procedure, case: Case, now: datetime) -> CaseView:
    """Overdue and in force are derived here, from `now`."""
    head = procedure.definition.head
    known = facts(procedure, case, now)
    return CaseView(
        id=case.id,
        country=case.country,
        procedure=ProcedureView(name=head.procedure, version=head.version, hash=procedure.hash),
        seq=case.seq,
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        closed_reason=case.closed_reason,
        sops=_sops(procedure, case),
        measures=_measures(procedure, case),
        clocks=tuple(
            _clock(procedure, name, run, procedure.way_of(name, run.anchor, case.country, known.get), now)
            for name, run in sorted(case.clocks.items())
        ),
        consents=_consents(procedure, case, now),
        facts=dict(sorted(known.items())),
        responsible=ResponsibleView(**case.responsible.model_dump()),
        proposals=tuple(
            ProposalView(id=one.id, title=one.title, by=one.by, at=one.at, confirmed_by=one.confirmed_by)
            for one in case.proposals.values()
        ),
    )


def _sops(procedure: Procedure, case: Case) -> dict[str, SopView]:
    views = {}
    for name, standing in sorted(case.sops.items()):
        sop = procedure.definition.sops.get(name)
        state = sop.states.get(standing.state) if sop else None
        views[name] = SopView(
            title=sop.title if sop else name,
            state=standing.state,
            state_title=state.title if state else standing.state,
            since=standing.since,
            open=standing.open,
        )
    return views


def _measures(procedure: Procedure, case: Case) -> tuple[MeasureView, ...]:
    views = []
    for name, records in sorted(case.measures.items()):
        sop, measure = procedure.measures.get(name, ("", None))
        for record in records:
            views.append(
                MeasureView(
                    sop=sop,
                    name=name,
                    title=measure.title if measure else name,
                    number=record.number,
                    status=record.status,
                    at=record.at,
                    by=record.by,
                    fields=record.fields,
                    particulars=record.particulars,
                    record=record.record,
                    valid_until=record.valid_until,
                    awaits_result=record.awaits is not None,
                )
            )
    return tuple(views)


def _clock(procedure: Procedure, name: str, run: ClockRun, found: tuple[Clock | None, Way], now: datetime) -> ClockView:
    clock, (calendar, rule) = found
    source = clock.source if clock else None
    total = run.budget
    for extension in run.extensions:
        total = total + extension.length
    return ClockView(
        name=name,
        sop=name.partition(".")[0],
        title=clock.title if clock else name,
        kind=clock.kind if clock else "deadline",
        statutory=clock.statutory if clock else False,
        legal=is_legal(clock),
        status=run.status,
        run=run.run,
        anchor=run.anchor,
        budget=_length(run.budget),
        due=run.due,
        counting=rule.title,
        zone=calendar.zone,
        weekends_only=run.due is not None and by_weekends_only(run.due, total, calendar, rule),
        holidays_until=calendar.covers.until if calendar.covers else None,
        overdue=run.overdue(now),
        missed_at=run.missed_at,
        over_at=run.over_at,
        over_reason=run.over_reason,
        source=source_view(source),
        pauses=tuple(PauseView(**one.model_dump()) for one in run.pauses),
        extensions=tuple(
            ExtensionView(length=_length(one.length), was_due=one.was_due, at=one.at, by=one.by, reason=one.reason)
            for one in run.extensions
        ),
        corrections=tuple(
            CorrectionView(
                was=one.was,
                was_budget=_length(one.was_budget) if one.was_budget else None,
                was_due=one.was_due,
                at=one.at,
                by=one.by,
                reason=one.reason,
            )
            for one in run.corrections
        ),
    )


def _length(length: Duration) -> LengthView:
    return LengthView(iso=length.iso(), text=str(length))


def is_legal(clock: Clock | None) -> bool:
    """Whether the law sets this clock; a length that is our own default never counts as law."""
    return clock is not None and clock.statutory and clock.source is not None and clock.source.evidence != "D"


def source_view(source: Source | None) -> SourceView | None:
    if source is None:
        return None
    return SourceView(**source.model_dump())


def _consents(procedure: Procedure, case: Case, now: datetime) -> tuple[ConsentView, ...]:
    titles = procedure.definition.head.consents
    return tuple(
        ConsentView(
            id=one.id,
            purpose=one.purpose,
            title=titles[one.purpose].title if one.purpose in titles else one.purpose,
            given_at=one.given_at,
            by=one.by,
            until=one.until,
            withdrawn_at=one.withdrawn_at,
            in_force=one.in_force(now),
            record=one.record,
        )
        for one in sorted(case.consents.values(), key=lambda one: (one.given_at, one.id))
    )
