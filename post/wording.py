"""What a notice says, in a language: titles by the procedure of the case, words of our own, a day; nothing else is known."""

from datetime import datetime
from zoneinfo import ZoneInfo

from post.texts import Texts
from sop.due_days import at_midnight, due_day
from sop.handing import THE_CASE
from sop.procedure import Procedure
from store.deliveries import Carried


def title_of(procedure: Procedure, name: str, language: str) -> str:
    """The title of a clock, a measure or a transition in this language, where the procedure has it; else its own."""
    parts = language.split("-")
    for length in range(len(parts), 0, -1):
        words = procedure.definition.head.texts.get("-".join(parts[:length]))
        if words and name in words.titles:
            return words.titles[name]
    if name in procedure.clocks:
        return procedure.clocks[name].title
    if name in procedure.measures:
        return procedure.measures[name][1].title
    return procedure.moves[name].title if name in procedure.moves else name


def day_of(procedure: Procedure, country: str, due: datetime) -> str:
    """The day in the authority's zone, with the hour where it is not the end of the day that counts."""
    calendar = procedure.calendar(country)
    if at_midnight(due, calendar):
        return due_day(due, calendar).isoformat()
    return due.astimezone(ZoneInfo(calendar.zone)).strftime("%Y-%m-%d %H:%M")


def still_holds(carried: Carried) -> bool:
    """A reminder of a clock that was met, moved or stopped meanwhile says nothing any more; what was missed stays so."""
    return carried.what not in ("reminder", "nudge") or carried.clock_runs is not False


def sentence(texts: Texts, procedure: Procedure | None, carried: Carried, language: str) -> str:
    """One notice in words. Life events and proposals are not named: their titles could tell something of the person."""
    if carried.what in ("life_event", "proposal", "offer", "reassigned", "cover"):
        words: str = getattr(texts, carried.what)
        return words
    if carried.about == THE_CASE:
        return texts.life_event
    title = title_of(procedure, carried.about, language) if procedure else carried.about
    if carried.what == "endpoint_off":
        return texts.endpoint_off.format(title=carried.about)
    if carried.what == "pause_review":
        return texts.paused.format(title=title)
    if carried.due is None or procedure is None:
        return (texts.not_taken if carried.what == "missed" else texts.asked).format(title=title)
    day = day_of(procedure, carried.country or "", carried.due)
    return (texts.missed if carried.what == "missed" else texts.reminder).format(title=title, day=day)
