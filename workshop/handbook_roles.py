"""The part of the handbook that each role reads first: what it may do, with a box to tick, and what it is told."""

from sop.procedure import Procedure
from workshop.html import Html, listing, tag, together
from workshop.phrases import Phrases
from workshop.spoken import how_long, standing_of


def checklists(procedure: Procedure, phrases: Phrases) -> Html:
    """One checklist for each role of the procedure."""
    return together(
        tag("article", tag("h3", title, id=f"role-{role}"), _checklist(procedure, phrases, role))
        for role, title in procedure.definition.head.roles.items()
    )


def _checklist(procedure: Procedure, phrases: Phrases, role: str) -> Html:
    parts: list[Html] = []
    for sop in procedure.definition.sops.values():
        tasks = [
            tag("a", f"{measure.title}: {measure.when}", href=f"#measure-{name}")
            for name, measure in sop.measures.items()
            if role in measure.who
        ]
        tasks += [
            tag("a", f"Step: {move.title}", href=f"#step-{sop.sop}-{name}")
            for name, move in sop.transitions.items()
            if role in move.by
        ]
        tasks += [
            tag("a", f"Confirm as second person: {one.title}", href=f"#{kind}-{name}")
            for kind, found in (
                ("measure", sop.measures.items()),
                (f"step-{sop.sop}", sop.transitions.items()),
            )
            for name, one in found
            if role in one.second_person
        ]
        if tasks:
            parts += [tag("h4", sop.title), listing(tasks, class_="tick")]
    events = [event.title for event in procedure.definition.head.life_events.values() if role in event.by]
    told = _told(procedure, phrases, role)
    parts += [tag("h4", "Tells the case that"), listing(events, class_="tick")] if events else []
    parts += [tag("h4", "Is told"), listing(told)] if told else []
    return together(parts) if parts else tag("p", "This procedure gives the role nothing to do or to know.")


def _told(procedure: Procedure, phrases: Phrases, role: str) -> list[str]:
    found = []
    for sop in procedure.definition.sops.values():
        for clock in sop.clocks.values():
            if clock.remind and role in clock.reminds:
                found.append(f"before ‘{clock.title}’ is over ({how_long(phrases, clock)}; {standing_of(clock)})")
            found += [f"when ‘{clock.title}’ is missed" for one in clock.when_missed if one.tell == role]
    events = procedure.definition.head.life_events.values()
    return found + [f"on ‘{event.title}’" for event in events if role in event.tells]
