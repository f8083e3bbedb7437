"""The proof of `responsible`: whoever asks for whatever, somebody is responsible, by the own yes or by a supervisor."""

from collections.abc import Iterator
from typing import Any

from sop.case import Responsible
from sop.decision import Refused
from sop.rights import Right
from workshop.course import Course
from workshop.finding import Finder
from workshop.verdicts import Replay, Verdict, shortened

PEOPLE = ("case_manager", "guardian", "supervisor")
"""Who holds the case at first, who may take it over, and who may offer it beside the holder."""


def responsibility_verdict(finder: Finder, name: str, right: Right) -> Verdict:
    """Every holder and every offer that can come about, and everything that anybody can then ask of the case."""
    begun = finder.opened()
    waiting = [begun] if begun else []
    seen = {_standing(course) for course in waiting}
    tried = 0
    for course in waiting:  # grows while it is walked
        for step in _asked(finder, course):
            tried += 1
            after = course.then(**step)
            if isinstance(after, Refused):
                continue
            if not _rightly(course.case.responsible, after.case.responsible, step):
                return _broken(finder, name, right, after, tried)
            if _standing(after) not in seen:
                seen.add(_standing(after))
                waiting.append(after)
    return Verdict(name, right, "proved", (), tried)


def _standing(course: Course) -> tuple[str, str | None]:
    return course.case.responsible.id, course.case.responsible.offered_to


def _asked(finder: Finder, course: Course) -> Iterator[dict[str, Any]]:
    """Everything that concerns who is responsible, by everybody; and every other step that is possible at once."""
    for who in PEOPLE:
        yield {"take_over": True, "as": who}
        yield from ({"offer": to, "as": who} for to in PEOPLE)
        yield from ({"reassign": to, "as": who} for to in PEOPLE)
    for event in finder.definition.head.life_events:
        reasons = finder.definition.head.life_events[event].reasons
        yield {"event": event, **({"reason": next(iter(reasons))} if reasons else {})}
    yield from ({"consent": purpose} for purpose in finder.definition.head.consents)
    for move in finder.procedure.moves.values():
        if move.roles:
            reason = {"reason": next(iter(move.reasons))} if move.reasons else {}
            yield {"take": f"{move.sop}.{move.name}", **reason}
    yield from ({"record": measure} for measure in finder.procedure.measures)


def _rightly(before: Responsible, after: Responsible, step: dict[str, Any]) -> bool:
    """Somebody is responsible; whoever is newly so has taken what was offered, or has it from a supervisor."""
    if not after.id:
        return False
    taken = "take_over" in step and before.offered_to == after.id == f"demo-{step['as']}"
    given = step.get("as") == "supervisor" and after.id == f"demo-{step.get('reassign')}"
    return after.id == before.id or taken or given


def _broken(finder: Finder, name: str, right: Right, course: Course, tried: int) -> Verdict:
    why = "The responsibility passes on without a yes of the receiver and without a supervisor."
    replay = Replay(finder.definition, name)
    story = course.scenario(f"Breaks a right: {right.title}", why)
    if not replay.breaks(story):
        return Verdict(name, right, "broken", (), tried, why=why)
    return Verdict(name, right, "broken", (), tried, why=why, story=shortened(story, replay.breaks))
