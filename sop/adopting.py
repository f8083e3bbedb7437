"""Moving a case to another version of its procedure: all of it, with every right that it has, or nothing."""

from sop.adopting_clocks import carry_clocks, leave_clocks, start_new_clocks
from sop.adopting_rights import against_rights
from sop.case import MeasureRecord, SopStanding
from sop.conditions import Reason
from sop.draft import Draft, Refusal
from sop.events import ProcedureAdopted, StateCarried
from sop.fields import Field
from sop.migration import NOTHING_RENAMED, Migration
from sop.model import Measure
from sop.procedure import Procedure
from sop.shapes import FactValue
from sop.steps import OPEN_STATUSES

WAIT = "Move this case later, or publish a version that still knows it."


def adopt(draft: Draft, new: Procedure) -> None:
    """The case goes on under `new`; where anything stands against it, every reason is named and nothing has changed.

    States keep their names unless the version's `migrations/` say otherwise. What was recorded stays. Clocks keep their
    anchor, pauses and extensions and count by the new lengths; a period that runs never ends sooner by that.
    """
    old = draft.procedure
    reasons = _against(draft, new)
    if reasons:
        raise Refusal("refused", *reasons)
    renamed = migration_of(old, new)
    stood, ran = dict(draft.sops), dict(draft.clocks)
    reasons = [
        *_carry_states(draft, new, renamed),
        *_carry_facts(draft, new, renamed),
        *_carry_measures(draft, new, renamed),
        *_against_consents(draft, new, renamed),
        *leave_clocks(draft, new, renamed),
    ]
    draft.procedure = new
    draft.changes["procedure"] = new.hash
    moved = _moved(stood, draft.sops)
    draft.events.append(
        ProcedureAdopted(was=old.hash, procedure=new.hash, was_version=old.version, version=new.version, states=moved)
    )
    reasons += [*carry_clocks(draft, old, renamed), *start_new_clocks(draft, old, renamed)]
    reasons += against_rights(draft, old, ran, moved, renamed) if not reasons else ()
    if reasons:
        raise Refusal("refused", *reasons)


def migration_of(old: Procedure, new: Procedure) -> Migration:
    """What `new` says about cases that come from `old`; where it says nothing, every name stays.

    What is said of a version of the base is said of what a country has made of it, unless that is named itself.
    """
    for version in (old.version, old.version.partition("+")[0]):
        for migration in new.definition.migrations.values():
            if version in migration.from_:
                return migration
    return NOTHING_RENAMED


def _against(draft: Draft, new: Procedure) -> list[Reason]:
    """What stands against any move at all."""
    old, reasons = draft.procedure, []
    if draft.closed:
        reasons.append(Reason(code="case_closed", text="The case is closed.", remedy="A supervisor can open it again."))
    if old.hash == new.hash:
        text = f"The case already follows {new.name} {new.version}."
        reasons.append(Reason(code="already_adopted", text=text, remedy="Nothing more is asked here."))
    if old.name != new.name:
        text = f"The case follows ‘{old.name}’, and this is a version of ‘{new.name}’."
        reasons.append(Reason(code="other_procedure", text=text, remedy="Choose a version of the same procedure."))
    theirs = new.definition.head.country
    if theirs != (draft.case.country if theirs else old.definition.head.country):
        whose = f"the version of {theirs}" if theirs else "the base, without what the country has adapted"
        text = f"The case belongs to {draft.case.country}, and this is {whose}."
        reasons.append(Reason(code="other_country", text=text, remedy="Choose a version of its own country."))
    for proposal in draft.proposals.values():
        text = f"‘{proposal.title}’ waits for a second person, who would confirm it under other rules."
        reasons.append(Reason(code="proposal_waits", text=text, remedy="Confirm it or drop it first."))
    for name, records in draft.measures.items():
        if any(record.awaits for record in records):
            text = f"The result of ‘{draft.title(name)}’ has not come yet."
            reasons.append(Reason(code="result_awaited", text=text, remedy="Try again in a moment."))
    return reasons


def _carry_states(draft: Draft, new: Procedure, renamed: Migration) -> list[Reason]:
    reasons: list[Reason] = []
    carried: dict[str, SopStanding] = {}
    for sop, standing in draft.sops.items():
        was = f"{sop}.{standing.state}"
        target = renamed.states.get(was, was)
        now_sop, now_state = target.split(".")
        here = f"{draft.title(sop)} stands at ‘{draft.state_title(sop, standing.state)}’"
        if now_sop in carried:
            text = f"{here}, and another SOP of the case already takes its place."
            reasons.append(Reason(code="name_taken", text=text, remedy="Correct the file in `migrations/`."))
        elif target not in new.words.states:
            if standing.open or now_sop in new.definition.sops:
                text = f"{here}, which {new.version} does not have."
                remedy = f"Say in `migrations/` under `states` where `{was}` leads, and publish that version."
                reasons.append(Reason(code="state_gone", text=text, remedy=remedy))
            carried[sop] = standing
        elif (target in new.final) is standing.open and was not in renamed.states:
            now = "the end" if target in new.final else "no end"
            text = f"{here}, which is {now} of it in {new.version}."
            remedy = f"Say in `migrations/` under `states` where `{was}` leads; `{was}: {was}` will do."
            reasons.append(Reason(code="state_final_changed", text=text, remedy=remedy))
        else:
            carried[now_sop] = SopStanding(state=now_state, since=standing.since, open=target not in new.final)
    draft.sops = carried
    return reasons


def _moved(before: dict[str, SopStanding], after: dict[str, SopStanding]) -> tuple[StateCarried, ...]:
    """Every SOP that has another name or stands somewhere else than before."""
    return tuple(
        StateCarried(was_sop=was_sop, was_state=was.state, sop=sop, state=now.state)
        for (was_sop, was), (sop, now) in zip(before.items(), after.items(), strict=False)
        if (was_sop, was.state) != (sop, now.state)
    )


def _carry_facts(draft: Draft, new: Procedure, renamed: Migration) -> list[Reason]:
    """A fact that the new version cannot read as it is would change what conditions say; so it stands against it."""
    reasons: list[Reason] = []
    facts: dict[str, FactValue] = {}
    for was, value in draft.facts.items():
        name = renamed.facts.get(was) or _of_measure(was, renamed)
        value = _recoded(value, renamed.values.get(name, {}))
        if name in facts:
            text = f"‘{draft.title(was)}’ would take the place of ‘{new.words.title(name)}’."
            reasons.append(Reason(code="name_taken", text=text, remedy="Correct the file in `migrations/`."))
        elif not _fits(new.words.facts.get(name), value) and _fits(draft.procedure.words.facts.get(was), value):
            text = f"‘{new.words.title(name)}’ is recorded with a value that {new.version} does not have."
            remedy = (
                f"Record it anew, or say in `migrations/` under `values` what its codes of `{name}` are called now."
            )
            reasons.append(Reason(code="fact_does_not_fit", text=text, remedy=remedy))
        facts[name] = value
    draft.facts = facts
    return reasons


def _of_measure(fact: str, renamed: Migration) -> str:
    where, name = fact.split(".")
    return f"{renamed.measures.get(where, where)}.{name}"


def _recoded(value: FactValue, codes: dict[str, str]) -> FactValue:
    if isinstance(value, tuple):
        return tuple(codes.get(part, part) for part in value)
    return codes.get(value, value) if isinstance(value, str) else value


def _fits(field: Field | None, value: FactValue) -> bool:
    """Whether the value is one of the field; a fact that nobody reads any more stays as it is."""
    if field is None:
        return True
    try:
        field.accept(value)
    except ValueError:
        return False
    return True


def _carry_measures(draft: Draft, new: Procedure, renamed: Migration) -> list[Reason]:
    """Records stay, also of measures that are no more; work that is under way must fit what it will be measured by."""
    reasons: list[Reason] = []
    carried: dict[str, tuple[MeasureRecord, ...]] = {}
    for was, records in draft.measures.items():
        name = renamed.measures.get(was, was)
        if name in carried:
            text = f"‘{draft.title(was)}’ would take the place of ‘{new.words.title(name)}’."
            reasons.append(Reason(code="name_taken", text=text, remedy="Correct the file in `migrations/`."))
        known = new.measures.get(name)
        for record in records:
            if known and record.status in OPEN_STATUSES and not _goes_on(record, known[1], new):
                text = f"‘{draft.title(was)}’ (no. {record.number}) has begun with values that {new.version} lacks."
                reasons.append(Reason(code="fact_does_not_fit", text=text, remedy="Finish or cancel it first."))
        carried[name] = records
    draft.measures = carried
    return reasons


def _goes_on(record: MeasureRecord, measure: Measure, new: Procedure) -> bool:
    for name, value in record.fields.items():
        field = measure.fields.get(name)
        if field is None or field.particular:
            continue
        if field.instrument:
            try:
                new.definition.instruments[field.instrument].accept(value)
            except ValueError:
                return False
        elif isinstance(value, dict) or not _fits(field, value):
            return False
    return True


def _against_consents(draft: Draft, new: Procedure, renamed: Migration) -> list[Reason]:
    """A consent was given to the words that were put to the person; to other words it was not given."""
    reasons = []
    before, after = draft.procedure.definition.head.consents, new.definition.head.consents
    for purpose in dict.fromkeys(one.purpose for one in draft.consents.values() if one.in_force(draft.now)):
        if purpose not in after or purpose not in before or purpose in renamed.same_consents:
            continue
        if after[purpose].title != before[purpose].title:
            text = (
                f"The person consented to: {before[purpose].title}. In {new.version} it reads: {after[purpose].title}."
            )
            remedy = "Name a purpose with another meaning anew; or list it in `migrations/` under `same-consents`."
            reasons.append(Reason(code="consent_reworded", text=text, remedy=remedy))
    return reasons
