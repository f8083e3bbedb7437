"""Months and years in seconds: clocks fire once, in order, never early; a pause moves the end, an extension too."""

from datetime import datetime, timedelta

from sop.case import Case
from sop.commands import Advance, ExtendClock, GiveConsent, PauseClock, RecordMeasure, ResumeClock

REFLECTION = "identification.reflection"


async def test_a_reflection_of_30_days_with_reminders_extension_and_pause(quick_desk):
    desk = quick_desk
    case_id = await in_reflection(desk)
    begun = (await desk.look(case_id)).clocks[REFLECTION]
    assert begun.due is not None
    assert begun.due - begun.anchor >= timedelta(days=30)
    await desk.pass_time(days=5)
    await desk.send(case_id, PauseClock(clock=REFLECTION, reason="hospital"), role="competent_authority")
    await desk.pass_time(days=4)
    assert (await desk.look(case_id)).clocks[REFLECTION].status == "paused"
    await desk.send(case_id, ResumeClock(clock=REFLECTION, reason="hospital"), role="competent_authority")
    resumed = (await desk.look(case_id)).clocks[REFLECTION]
    assert resumed.due is not None
    assert timedelta(days=4) <= resumed.due - begun.due <= timedelta(days=6)
    await desk.send(case_id, ExtendClock(clock=REFLECTION, reason="other"), role="competent_authority")
    extended = (await desk.look(case_id)).clocks[REFLECTION]
    assert extended.due is not None
    assert extended.due - resumed.due >= timedelta(days=28)
    now = await desk.env.get_current_time()
    await desk.env.sleep(extended.due - now - timedelta(minutes=1))
    assert (await desk.look(case_id)).clocks[REFLECTION].status == "running"
    await desk.env.sleep(timedelta(minutes=2))
    case = await desk.look(case_id)
    assert case.clocks[REFLECTION].status == "expired"
    assert case.measures["reflection_decision"][-1].status == "planned"
    await only_in_time(desk, case_id, REFLECTION, reminders=2)


async def test_a_paused_period_wakes_the_case_on_its_review_date_and_again(quick_desk):
    desk = quick_desk
    case_id = await in_reflection(desk)
    review_at = await desk.env.get_current_time() + timedelta(days=3)
    pause = PauseClock(clock=REFLECTION, reason="hospital", review_at=review_at)
    await desk.send(case_id, pause, role="competent_authority")

    async def asked() -> list[datetime]:
        entries = await every_entry(desk, case_id)
        return [entry.at for entry in entries for event in entry.events if event.kind == "pause_reviewed"]

    await desk.env.sleep(timedelta(days=2, hours=23))
    assert await asked() == []
    await desk.env.sleep(timedelta(hours=2))
    (first,) = await asked()
    assert review_at <= first < review_at + timedelta(minutes=1)
    await desk.env.sleep(timedelta(days=32))
    assert len(await asked()) == 2
    assert (await desk.look(case_id)).clocks[REFLECTION].status == "paused"
    await desk.send(case_id, ResumeClock(clock=REFLECTION, reason="hospital"), role="competent_authority")
    await desk.env.sleep(timedelta(days=70))
    assert len(await asked()) == 2
    assert (await desk.look(case_id)).clocks[REFLECTION].status == "expired"


async def test_three_years_of_reviews(quick_desk):
    """A plan is reviewed for three years; whoever forgets is told, and the reviews stay where the plan put them."""
    desk = quick_desk
    case_id = await with_a_plan(desk)
    clock = "long_term_assistance.plan_review"
    anchor = (await desk.look(case_id)).clocks[clock].anchor
    for _ in range(12):
        run = (await desk.look(case_id)).clocks[clock]
        if run.status != "running":
            break
        assert run.due is not None
        now = await desk.env.get_current_time()
        await desk.env.sleep(run.due - now + timedelta(hours=1))
        assert (await desk.look(case_id)).clocks[clock].missed_at is not None
        await desk.send(case_id, await done(desk, "review_of_plan"), role=first_role(desk, "review_of_plan"))
    run = (await desk.look(case_id)).clocks[clock]
    assert run.anchor == anchor
    assert await desk.env.get_current_time() - anchor > timedelta(days=2 * 365)
    await only_in_time(desk, case_id, clock)


async def only_in_time(desk, case_id: str, clock: str, reminders: int | None = None) -> None:
    """No event of the clock lies before its moment, none is there twice, and they are in order."""
    told: list[tuple[datetime, str]] = []
    for entry in await every_entry(desk, case_id):
        for event in entry.events:
            if getattr(event, "clock", None) != clock:
                continue
            if event.kind in ("clock_missed", "clock_expired"):
                assert entry.at >= event.due
                told.append((event.due, event.kind))
            if event.kind == "reminder_sent" and not event.missed:
                assert entry.at < event.due
                told.append((entry.at, "reminder"))
    assert len(told) == len(set(told))
    if reminders is not None:
        assert [kind for _, kind in told].count("reminder") == reminders


async def every_entry(desk, case_id: str):
    found = []
    while page := await desk.ledger.entries(case_id, found[-1].seq if found else 0):
        found += page
    return found


async def in_reflection(desk) -> str:
    case_id = await desk.open({"age_group": "adult", "cannot_consent": True})
    await desk.send(case_id, await done(desk, "early_risk_assessment"), role="case_manager")
    await take(desk, case_id, "find_reasonable_grounds", "identification")
    await desk.send(case_id, await done(desk, "recovery_and_reflection"), role="case_manager")
    await take(desk, case_id, "grant_reflection", "identification")
    return case_id


async def with_a_plan(desk) -> str:
    """Take what is possible in long-term assistance until its plan is active."""
    case_id = await desk.open({"age_group": "adult"})
    await take(desk, case_id, "open")
    for number, purpose in enumerate(desk.procedure.definition.head.consents):
        await desk.send(case_id, GiveConsent(consent_id=f"c{number}", purpose=purpose))
    for name in ("individual_assistance_plan", "plan_consent"):
        await desk.send(case_id, await done(desk, name), role=first_role(desk, name))
    await take(desk, case_id, "agree_plan")
    await take(desk, case_id, "start_plan")
    return case_id


async def take(desk, case_id: str, transition: str, sop: str = "long_term_assistance") -> Case:
    role = desk.procedure.moves[f"{sop}.{transition}"].roles[0]
    await desk.send(case_id, Advance(sop=sop, transition=transition), role=role)
    return await desk.look(case_id)


def first_role(desk, measure: str) -> str:
    return desk.procedure.measures[measure][1].who[0]


async def done(desk, name: str) -> RecordMeasure:
    """The measure done, with something harmless in every field that it needs."""
    sop, measure = desk.procedure.measures[name]
    fields: dict[str, object] = {}
    for field_name, field in measure.fields.items():
        if not field.required or field.particular:
            continue
        match field.kind:
            case "yes-no":
                fields[field_name] = True
            case "one-of":
                fields[field_name] = next(iter(field.one_of))
            case "many-of":
                fields[field_name] = [next(iter(field.many_of))]
            case "instrument":
                items = desk.procedure.definition.instruments[field.instrument].items
                fields[field_name] = dict.fromkeys(items, "no")
            case "number":
                fields[field_name] = 1
            case "date":
                fields[field_name] = (await desk.env.get_current_time()).date().isoformat()
            case "country":
                fields[field_name] = "RS"
            case "duration":
                fields[field_name] = "30 days"
    particulars = [n for n, field in measure.fields.items() if field.required and field.particular]
    return RecordMeasure.model_validate(
        {"sop": sop, "measure": name, "status": "done", "fields": fields, "particulars": particulars, "record": "r1"}
    )
