"""Every event is a sentence that a person reads, and no sentence names a particular."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, get_args

import pytest

from sop.commands import Drop, OfferCase, RecordMeasure, TakeCase, TellEvent, WithdrawConsent
from sop.durations import Duration
from sop.events import ClockCarried, ClockSet, Event, ProcedureAdopted, StateCarried, StateSet
from sop.words import sentence

Story = Any
EVERY_KIND = {kind.model_fields["kind"].default for kind in get_args(get_args(Event)[0])}


@pytest.fixture
def told(untold: Callable[..., Story], people: dict[str, Any]) -> list[tuple[Any, str]]:
    """A story in which everything happens."""
    story = untold().begin(wish="stay", age=17)
    story.do(OfferCase(to="berta"))
    story.do(TakeCase(), people["cm"].model_copy(update={"id": "berta"}))
    story.do(
        RecordMeasure(
            sop="care", measure="plan", status="done", particulars=("goal",), record="v1", fields={"nap": "2 days"}
        )
    )
    story.rests()
    story.do(story.extend(), people["authority"])
    story.do(story.pause(), people["authority"])
    story.goes_on(days=2)
    story.do(story.resume(), people["authority"])
    story.do(story.correct(story.now), people["supervisor"])
    story.record("visit")
    story.do(TellEvent(event="went_missing"))
    story.do(TellEvent(event="found"))
    story.goes_on(days=45)
    story.do(WithdrawConsent(consent_id="k1"))
    story.do(story.end(), people["authority"])
    story.do(Drop(proposal=next(iter(story.case.proposals))), people["authority"])
    story.do(story.end(), people["authority"])
    story.do(story.confirm(), people["supervisor"])
    story.take("care.decline", reason="wish")
    story.do(TellEvent(event="closed", reason="completed"), people["supervisor"])
    story.do(TellEvent(event="reopened"), people["supervisor"])
    again = untold().begin().rests()
    again.goes_on(days=200)
    events = (*story.events, *again.events, *of_other_versions(story.now))
    return [(event, sentence(story.procedure, event)) for event in events]


def of_other_versions(now: datetime) -> tuple[Event, ...]:
    """What happens to a case by coordinators and supervisors; tests/sop/test_adopting.py makes it happen."""
    later, days = now + timedelta(days=9), Duration(days=9)
    stood = StateCarried(was_sop="help", was_state="fresh", sop="care", state="new")
    carried = ClockCarried(
        clock="care.rest", was_budget=Duration(days=5), budget=days, was_due=now, due=later, kept=False
    )
    return (
        ProcedureAdopted(was="a", procedure="b", was_version="1", version="2", states=(stood,)),
        carried,
        carried.model_copy(update={"kept": True}),
        StateSet(sop="care", source="new", target="resting", note="r1"),
        ClockSet(clock="care.rest", was_due=now, anchor=now, budget=days, due=later, note="r1"),
        ClockSet(clock="care.rest", was_due=now, anchor=None, budget=None, due=None, note="r1"),
    )


def test_every_kind_of_event_has_its_sentence(told: list[tuple[Any, str]]) -> None:
    assert {event.kind for event, _ in told} == EVERY_KIND
    for event, text in told:
        assert text.endswith("."), event
        assert text != "Something happened."
        assert "None" not in text
        assert "_" not in text, text


def test_sentences_say_what_happened_in_the_words_of_the_procedure(told: list[tuple[Any, str]]) -> None:
    said = {text for _, text in told}
    for text in (
        "The case was opened in AT, under A small procedure 1.",
        "It became known: Wish – ‘To stay’; Age – 17.",
        "Care was opened; it stands at ‘New’.",
        "Care: Begin to rest; it stands at ‘Resting’.",
        "Care: Decline (The person wishes it); it stands at ‘Declined’.",
        "‘Risk check’ is done.",
        "The person gave consent: To be helped.",
        "‘Time to rest’ is paused (In hospital).",
        "‘Time to rest’ was ended early (The person has rested).",
        "‘Time to rest’ is over. That ends no help.",
        "The case was closed: All is done.",
        "Gone missing.",
        "The case follows A small procedure 2 from here on, before it was 1. Care stands at ‘New’.",
        "Care was set to ‘Resting’ by hand, by two persons.",
        "‘Time to rest’ no longer applies; set by hand, by two persons.",
    ):
        assert text in said, (text, sorted(said))
