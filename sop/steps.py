"""The two kinds of steps of a SOP, transitions and measures: what stands against them, and what they do."""

from typing import Any

from sop.arrows import NOT_OPEN, OPEN, REOPEN
from sop.case import MeasureRecord, SopStanding
from sop.commands import Advance, RecordMeasure
from sop.conditions import Reason, holds, unmet
from sop.counting import after
from sop.draft import Draft, Refusal, refuse
from sop.effects import AssessRisk
from sop.enforcement import against, holding, still_held
from sop.events import MeasureRecorded, StateEntered
from sop.fields import Field
from sop.model import Measure
from sop.procedure import Move
from sop.shapes import FactValue, made
from sop.timekeeping import happened, rebase, start

WORKING = ("in_progress", "done")
OPEN_STATUSES = ("planned", "in_progress", "declined", "not_applicable")


def find_move(draft: Draft, sop: str, name: str) -> Move:
    """The transition, or a refusal because the procedure has none of this name."""
    move = draft.procedure.moves.get(f"{sop}.{name}")
    if move is None:
        raise refuse(
            "no_such_step", "This procedure has no such transition.", "Ask for the steps of the case.", "unknown"
        )
    return move


def against_move(draft: Draft, move: Move) -> list[Reason]:
    """Everything that stands against the transition now, whoever asks; where nothing else does, the rights."""
    return _before_move(draft, move) or list(_breaks(draft, move))


def _before_move(draft: Draft, move: Move) -> list[Reason]:
    reasons = [*_case_closed(draft)]
    state = draft.state(move.sop) or NOT_OPEN
    if state not in draft.procedure.arrows[move.sop].sources(move.name):
        reasons.append(_wrong_state(draft, move, state))
    return reasons + unmet(move.needs, draft) or against(draft, f"take:{move.sop}.{move.name}")


def move_is_free(draft: Draft, move: Move) -> bool:
    """Whether nothing stands against the transition; the same as no reasons, without finding words for them."""
    state = draft.state(move.sop) or NOT_OPEN
    if draft.case.closed_at is not None or state not in draft.procedure.arrows[move.sop].sources(move.name):
        return False
    if not holds(move.needs, draft):
        return False
    name = f"{move.sop}.{move.name}"
    return not _watched(draft, name) or not (against(draft, f"take:{name}") or _breaks(draft, move))


def _breaks(draft: Draft, move: Move) -> tuple[Reason, ...]:
    """The rights that hold now and would not hold after the move: seen by trying it."""
    if not holding(draft, f"take:{move.sop}.{move.name}"):
        return ()
    try:
        _go(draft.copy(), Advance(sop=move.sop, transition=move.name), move)
    except Refusal as refusal:
        return tuple(reason for reason in refusal.refused.reasons if reason.code == "right")
    return ()


def measure_is_free(draft: Draft, sop: str, name: str, measure: Measure) -> bool:
    """Whether nothing stands against doing the measure; the same as no reasons, without finding words for them."""
    state = draft.state(sop)
    if draft.case.closed_at is not None or state is None or (measure.in_ and state not in measure.in_):
        return False
    if already_done(draft, name, measure) or not holds(measure.needs, draft):
        return False
    return not _watched(draft, name) or not against(draft, f"do:{name}")


def _watched(draft: Draft, name: str) -> bool:
    """Whether some right watches this step: most steps are none, and this is asked many times a second."""
    return draft.procedure.guard is not None and name in draft.procedure.guard.names


def take(draft: Draft, command: Advance, move: Move) -> None:
    """Take the transition: the SOP moves, clocks are met and started."""
    known_reason(command.reason, move.reasons)
    reasons = _before_move(draft, move)
    if reasons:
        raise Refusal("refused", *reasons)
    _go(draft, command, move)


def _go(draft: Draft, command: Advance, move: Move) -> None:
    rights = holding(draft, f"take:{move.sop}.{move.name}")
    source = draft.state(move.sop)
    target = draft.procedure.arrows[move.sop].follow(source or NOT_OPEN, move.name)
    assert target is not None  # noqa: S101 - `_before_move` has seen that the move leaves from here
    enter(draft, move.sop, move.name, source, target, reason=command.reason, note=command.note)
    for ref in move.starts:
        start(draft, ref)
    still_held(draft, rights)


def enter(
    draft: Draft,
    sop: str,
    name: str,
    source: str | None,
    target: str,
    *,
    reason: str | None = None,
    note: str | None = None,
) -> None:
    """The SOP stands at `target` from now on."""
    open_ = f"{sop}.{target}" not in draft.procedure.final
    draft.sops[sop] = made(SopStanding, state=target, since=draft.now, open=open_)
    draft.changes["moved_at"] = draft.now
    draft.events.append(
        made(StateEntered, sop=sop, transition=name, source=source, target=target, reason=reason, note=note)
    )
    happened(draft, f"entering:{sop}.{target}")


def against_measure(draft: Draft, sop: str, name: str, measure: Measure, *, working: bool = True) -> list[Reason]:
    """Everything that stands against recording the measure; conditions and rights ask only for work begun or done."""
    reasons = [*_case_closed(draft)]
    state = draft.state(sop)
    if state is None:
        title = draft.title(sop)
        reasons.append(
            Reason(code="not_open", text=f"{title} is not open.", remedy=f"Open {title}; it waits for nothing.")
        )
    elif measure.in_ and state not in measure.in_:
        where = " or ".join(f"‘{draft.state_title(sop, s)}’" for s in measure.in_)
        text = f"{draft.title(sop)} stands at ‘{draft.state_title(sop, state)}’; ‘{measure.title}’ belongs to {where}."
        reasons.append(Reason(code="wrong_state", text=text, remedy=f"Take {draft.title(sop)} to {where}."))
    if working:
        if already_done(draft, name, measure):
            text = f"‘{measure.title}’ is already done."
            reasons.append(Reason(code="already_done", text=text, remedy="Nothing more is asked here."))
        reasons += unmet(measure.needs, draft)
        return reasons or against(draft, f"do:{name}")
    return reasons


def already_done(draft: Draft, name: str, measure: Measure) -> bool:
    """Done, still valid, and not repeatable."""
    return not measure.repeatable and draft.done(name)


def record(draft: Draft, command: RecordMeasure) -> None:
    """Record a measure: its instance moves on, its fields become facts, its activity is asked for."""
    sop, measure = draft.procedure.measures[command.measure]
    reasons = against_measure(draft, sop, command.measure, measure, working=command.status in WORKING)
    if command.status == "declined" and not measure.declinable:
        text = f"‘{measure.title}’ protects the person and cannot be declined."
        reasons.append(Reason(code="not_declinable", text=text, remedy="Record it as done or not applicable."))
    if reasons:
        raise Refusal("refused", *reasons)
    rights = holding(draft, f"do:{command.measure}")
    former = _instance(draft, command, measure)
    fields = _fields(draft, command, measure, former)
    particulars = tuple(dict.fromkeys((*(former.particulars if former else ()), *command.particulars)))
    if command.status == "done":
        _complete(measure, {*fields, *particulars})
    number = former.number if former else len(draft.measures.get(command.measure, ())) + 1
    awaits = _assess(draft, command, measure, number, fields) if command.status == "done" else None
    entry = made(
        MeasureRecord,
        number=number,
        status=command.status,
        at=draft.now,
        by=draft.actor.id,
        fields=fields,
        particulars=particulars,
        record=command.record or (former.record if former else None),
        valid_until=_valid_until(draft, measure) if command.status == "done" else None,
        awaits=awaits,
    )
    _keep(draft, command.measure, entry)
    draft.changes["moved_at"] = draft.now
    draft.events.append(
        made(
            MeasureRecorded,
            sop=sop,
            measure=command.measure,
            number=number,
            status=command.status,
            fields=command.fields,
            particulars=command.particulars,
            record=command.record,
        )
    )
    if command.status == "done":
        _write_facts(draft, command.measure, measure, fields)
        happened(draft, f"done:{command.measure}")
    if command.status in ("done", "declined", "not_applicable"):
        happened(draft, f"settled:{command.measure}")
    still_held(draft, rights)


def accept(name: str, field: Field, value: Any) -> FactValue:
    """The value as a fact, or a refusal that names the field but never repeats the value."""
    try:
        return field.accept(value)
    except ValueError as problem:
        said = str(problem) if not isinstance(problem, UnicodeError) else "this text cannot be kept"
        text = f"‘{field.title or name}’: {said if 'wanted' in said or 'needs' in said else 'the value does not fit'}."
        raise refuse("field_malformed", text, f"Correct the field `{name}`.", "malformed") from None


def _case_closed(draft: Draft) -> list[Reason]:
    if draft.case.closed_at is None:
        return []
    return [Reason(code="case_closed", text="The case is closed.", remedy="A supervisor can open it again.")]


def _wrong_state(draft: Draft, move: Move, state: str) -> Reason:
    title = draft.title(move.sop)
    if move.name == OPEN:
        return Reason(code="already_open", text=f"{title} is already open.", remedy="Go on with its steps.")
    sources = draft.procedure.arrows[move.sop].sources(move.name)
    where = " or ".join(f"‘{draft.state_title(move.sop, source)}’" for source in sources)
    if state == NOT_OPEN:
        return Reason(code="not_open", text=f"{title} is not open.", remedy=f"Open {title}; it waits for nothing.")
    if move.name == REOPEN:
        text = f"{title} has not ended; it stands at ‘{draft.state_title(move.sop, state)}’."
        return Reason(code="wrong_state", text=text, remedy="Go on with its steps.")
    text = f"{title} stands at ‘{draft.state_title(move.sop, state)}’; this step leaves from {where}."
    return Reason(code="wrong_state", text=text, remedy=f"Take {title} to {where} first.")


def known_reason(reason: str | None, reasons: dict[str, str]) -> None:
    """Only a reason that the procedure lists may enter a command; other words belong into the vault, as a note."""
    if reasons and reason not in reasons:
        listed = "; ".join(f"{code} ({title})" for code, title in reasons.items())
        raise refuse(
            "reason_needed", "This needs one of the reasons that the procedure lists.", f"Name one of: {listed}."
        )
    if reason is not None and not reasons:
        raise refuse(
            "no_such_reason", "The procedure lists no reasons here.", "Write your words into the note.", "malformed"
        )


def _instance(draft: Draft, command: RecordMeasure, measure: Measure) -> MeasureRecord | None:
    """The instance that the command means: the named one, the open one, or None for a new one."""
    records = draft.measures.get(command.measure, ())
    if command.number is not None:
        named = next((r for r in records if r.number == command.number), None)
        if named is None:
            raise refuse(
                "no_such_instance",
                "There is no instance with this number.",
                "Look at the measures of the case.",
                "unknown",
            )
        if (
            draft.procedure.life_of_a_measure.follow(named.status, command.status) is None
            and named.status != command.status
        ):
            raise _wrong_status(measure, named.status)
        if named.status in ("done", "cancelled"):
            raise _wrong_status(measure, named.status)
        newest = draft.latest_done(command.measure)
        if newest is not None and newest.number > named.number and command.status == "done":
            text = f"A newer ‘{measure.title}’ is already done."
            raise refuse("newer_done", text, "Record a new one; what is newest counts.")
        return named
    latest = records[-1] if records else None
    if latest is not None and latest.status in OPEN_STATUSES:
        if (
            latest.status != command.status
            and draft.procedure.life_of_a_measure.follow(latest.status, command.status) is None
        ):
            if measure.repeatable:
                return None
            raise _wrong_status(measure, latest.status)
        return latest
    if latest is not None and latest.status == "done" and already_done(draft, command.measure, measure):
        raise _wrong_status(measure, "done")
    return None


def _wrong_status(measure: Measure, status: str) -> Refusal:
    text = f"‘{measure.title}’ is already {status.replace('_', ' ')}."
    return refuse("already_done" if status == "done" else "wrong_status", text, "Nothing more is asked here.")


def _fields(
    draft: Draft, command: RecordMeasure, measure: Measure, former: MeasureRecord | None
) -> dict[str, FactValue | dict[str, str]]:
    """The fields of the instance so far, with those of the command checked against their types."""
    fields: dict[str, FactValue | dict[str, str]] = dict(former.fields) if former else {}
    for name, value in command.fields.items():
        field = measure.fields.get(name)
        if field is None or field.particular:
            raise refuse(
                "no_such_field", "This measure has no such field.", "Ask for the steps of the case.", "malformed"
            )
        if field.instrument:
            try:
                answers = draft.procedure.definition.instruments[field.instrument].accept(value)
            except ValueError as problem:
                raise refuse("field_malformed", f"‘{name}’: {problem}.", "Correct the answers.", "malformed") from None
            fields[name] = dict(answers)
        else:
            fields[name] = accept(name, field, value)
    for name in command.particulars:
        field = measure.fields.get(name)
        if (field is None or not field.particular) and name != "note":
            raise refuse(
                "no_such_field", "This measure has no such field.", "Ask for the steps of the case.", "malformed"
            )
    return fields


def _complete(measure: Measure, given: set[str]) -> None:
    missing = [name for name, field in measure.fields.items() if field.required and name not in given]
    if missing:
        raise Refusal(
            "refused",
            *(
                Reason(
                    code="field_missing",
                    text=f"‘{measure.fields[name].title or name.replace('_', ' ')}’ is needed for ‘{measure.title}’.",
                    remedy=f"Fill in `{name}`.",
                )
                for name in missing
            ),
        )


def _assess(
    draft: Draft, command: RecordMeasure, measure: Measure, number: int, fields: dict[str, FactValue | dict[str, str]]
) -> str | None:
    """Ask for the score of the answers; None where the measure has no activity."""
    if measure.activity is None:
        return None
    name, field = next((n, f) for n, f in measure.fields.items() if f.instrument)
    answers = fields.get(name, {})
    effect = made(
        AssessRisk,
        id=draft.effect_id(),
        measure=command.measure,
        number=number,
        procedure=draft.procedure.hash,
        instrument=field.instrument or "",
        answers=answers if isinstance(answers, dict) else {},
    )
    draft.effects.append(effect)
    return effect.id


def _valid_until(draft: Draft, measure: Measure) -> Any:
    if measure.valid_for is None:
        return None
    return after(draft.now, measure.valid_for, draft.calendar())


def _keep(draft: Draft, name: str, entry: MeasureRecord) -> None:
    records = draft.measures.get(name, ())
    if all(r.number != entry.number for r in records):
        draft.measures[name] = (*records, entry)
    else:
        draft.measures[name] = tuple(entry if r.number == entry.number else r for r in records)


def _write_facts(draft: Draft, name: str, measure: Measure, fields: dict[str, FactValue | dict[str, str]]) -> None:
    """What is recorded as done is what conditions read; what an earlier instance found no longer counts."""
    for ref in draft.procedure.writes[name]:
        draft.facts.pop(ref, None)
    for field_name, value in fields.items():
        field = measure.fields.get(field_name)
        if isinstance(value, dict) or field is None or field.particular:
            # no fact of this version: answers that are scored, or what was begun under another one
            continue
        draft.facts[f"{name}.{field_name}"] = value
        if field.sets:
            draft.facts[field.sets] = value
    rebase(draft, {f"{name}.{field_name}" for field_name in fields})
