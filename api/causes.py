"""Why a case does not go on, as a chain of sentences: procedural, waiting for others, idle."""

from collections.abc import Iterable, Iterator

from api.actions import Actions
from api.door import Visit
from api.queue_views import owed_view
from api.stuck_views import CauseView, StuckView
from sop.case import Case
from sop.conditions import Reason
from sop.outlook import lost, ways_out
from sop.procedure import Move, Procedure
from store.queues import Halted, Idle, OwedClock


async def of_halted(visit: Visit, line: Halted) -> StuckView:
    """A case, or a SOP of it, that no step takes further."""
    procedure = await visit.parts.shelf.procedure(line.case.procedure)
    actions = Actions(procedure, visit.caller.roles)
    if line.code == "nobody_holds":
        return _nobody_holds(visit, procedure, line, actions)
    sops = [name for name in line.case.sops if lost(procedure, line.case, name)]
    sop = sops[0] if len(sops) == 1 else None
    causes = list(_never(visit, procedure, line.case, sops)) if sops else list(_nothing(visit, procedure, line.case))
    return StuckView(
        kind="procedural",
        case=line.case.id,
        country=line.case.country,
        sop=sop,
        what=_state(line.case, sop) if sop else None,
        title=procedure.words.title(sop) if sop else procedure.definition.head.title,
        since=line.since,
        responsible=line.case.responsible.id,
        causes=tuple(causes),
        actions=actions.mending(),
    )


async def of_waiting(visit: Visit, line: OwedClock) -> StuckView:
    """A clock that others owe, and that is over."""
    procedure = await visit.parts.shelf.procedure(line.procedure_hash)
    view = owed_view(procedure, line, visit.now, Actions(procedure, visit.caller.roles))
    who = " or ".join(role.title for role in view.owed_by)
    where = "" if view.abroad is None else f" in {view.abroad or 'another country'}"
    text = f"‘{view.title}’ was due {view.due:%Y-%m-%d %H:%M} UTC; it is owed by: {who}{where}."
    causes = [CauseView(code="silent", text=text, remedy="Ask again, by another way; the focal point can help.")]
    for told in view.told:
        said = f"{told.title} was told at {told.at:%Y-%m-%d %H:%M} UTC ({told.what}, {told.status})."
        causes.append(CauseView(code="told", text=said, remedy="Ask what came of it."))
    return StuckView(
        kind="waiting",
        case=line.case_id,
        country=line.country,
        sop=line.sop,
        what=line.clock,
        title=view.title,
        since=line.due,
        responsible=line.responsible,
        causes=tuple(causes),
        actions=view.actions,
    )


async def of_idle(visit: Visit, line: Idle) -> StuckView:
    """A SOP that has rested longer than its definition expects."""
    case = line.case
    procedure = await visit.parts.shelf.procedure(case.procedure)
    actions = Actions(procedure, visit.caller.roles)
    standing = case.sops[line.sop]
    state = procedure.definition.sops[line.sop].states[standing.state]
    title = procedure.words.title(line.sop)
    text = (
        f"{title} has stood at ‘{state.title}’ since {standing.since:%Y-%m-%d}; at most {state.stalled_after} is usual."
    )
    ways = ways_out(procedure, case, line.sop, visit.now)
    ready = [move for move, reasons in ways if not reasons and move.roles]
    chain = [CauseView(code="idle", text=text, remedy="Ask the responsible person what it waits for.")]
    for move in ready:
        who = procedure.roles_text(move.roles)
        chain.append(CauseView(code="possible", text=f"‘{move.title}’ is possible.", remedy=f"It is done by: {who}."))
    return StuckView(
        kind="idle",
        case=case.id,
        country=case.country,
        sop=line.sop,
        what=_state(case, line.sop),
        title=title,
        since=line.stalls_at,
        responsible=case.responsible.id,
        causes=(*chain, *_against(ways)),
        actions=(*actions.about_moves(ready), *actions.handing(), actions.speaking()[0]),
    )


def _nobody_holds(visit: Visit, procedure: Procedure, line: Halted, actions: Actions) -> StuckView:
    title, who = procedure.words.title(line.sop), procedure.roles_text(line.roles)
    cause = CauseView(
        code="nobody_holds",
        text=f"{title} is taken further only by: {who}. Nobody here holds such a role.",
        remedy="Give somebody one of these roles.",
    )
    ready = [move for move, reasons in ways_out(procedure, line.case, line.sop, visit.now) if not reasons]
    return StuckView(
        kind="procedural",
        case=line.case.id,
        country=line.case.country,
        sop=line.sop,
        what=_state(line.case, line.sop),
        title=title,
        since=line.since,
        responsible=line.case.responsible.id,
        causes=(cause,),
        actions=(*actions.about_moves(ready), *actions.speaking()),
    )


def _never(visit: Visit, procedure: Procedure, case: Case, sops: Iterable[str]) -> Iterator[CauseView]:
    """For each SOP that can never be left: that it is so, and what every way out asks for in vain."""
    for sop in sops:
        title, state = procedure.words.title(sop), procedure.words.states.get(_state(case, sop), "")
        yield CauseView(
            code="cannot_open",
            text=f"{title} stands at ‘{state}’, and no way out of it can open any more.",
            remedy="Set it by hand with a second person, or move the case to a corrected version.",
        )
        yield from _against(ways_out(procedure, case, sop, visit.now))


def _nothing(visit: Visit, procedure: Procedure, case: Case) -> Iterator[CauseView]:
    """No step at all: every SOP has ended and nobody has closed the case, or each waits for what does not come."""
    open_ = [sop for sop, standing in case.sops.items() if standing.open]
    if not open_:
        text = "Every SOP has ended, and nobody has closed the case."
        yield CauseView(code="not_closed", text=text, remedy="Close the case, or open a SOP again.")
        return
    text = "No step of the case is possible, and no clock will make one."
    yield CauseView(code="nothing_open", text=text, remedy="See what each way out asks for.")
    for sop in open_:
        yield from _against(ways_out(procedure, case, sop, visit.now))


def _against(ways: Iterable[tuple[Move, tuple[Reason, ...]]]) -> Iterator[CauseView]:
    for move, reasons in ways:
        for reason in reasons:
            yield CauseView(code=reason.code, text=f"‘{move.title}’: {reason.text}", remedy=reason.remedy)


def _state(case: Case, sop: str) -> str:
    return f"{sop}.{case.sops[sop].state}"
