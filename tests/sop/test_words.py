"""Every event is a sentence that a person reads, and no sentence names a particular."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, get_args

import pytest

from sop.case import Actor
from sop.commands import (
    Adopt,
    Comment,
    CoverCase,
    Drop,
    Escalate,
    Nudge,
    OfferCase,
    Reassign,
    RecordMeasure,
    SetClock,
    SetState,
    TakeCase,
    TellEvent,
    WithdrawConsent,
)
from sop.decision import Decision
from sop.events import Event
from sop.loader import load
from sop.machine import decide
from sop.procedure import Procedure, compile_procedure
from sop.words import sentence

Story = Any
COORDINATOR = Actor(id="cora", roles=("coordinator",))
EVERY_KIND = {kind.model_fields["kind"].default for kind in get_args(get_args(Event)[0])}


@pytest.fixture
def told(untold: Callable[..., Story], people: dict[str, Any], later: Procedure) -> list[tuple[Any, str]]:
    """Stories in which everything happens."""
    story = untold().begin(wish="stay", age=17)
    story.do(OfferCase(to="berta"))
    story.do(TakeCase(), people["cm"].model_copy(update={"id": "berta"}))
    handed(story, people)
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
    again.do(again.pause(), people["authority"])
    again.goes_on(days=40)
    again.do(again.resume(), people["authority"])
    again.goes_on(days=200)
    events = [(event, sentence(story.procedure, event)) for event in (*story.events, *again.events)]
    return [*events, *((event, sentence(later, event)) for event in by_hand(untold().begin(), people, later))]


def handed(story: Story, people: dict[str, Any]) -> None:
    """What people do beside the procedure."""
    story.do(Reassign(to="carla", reason="leave"), people["supervisor"])
    story.do(CoverCase(to="dora", until=story.now + timedelta(days=1)), people["supervisor"])
    story.do(CoverCase(to=None), people["supervisor"])
    story.do(Nudge(clock="care.talk_due"))
    story.do(Escalate(clock="care.talk_due"))
    story.do(Escalate())
    story.do(Comment(note="r9"))


@pytest.fixture
def later(mini_files: Callable[..., dict[str, bytes]]) -> Procedure:
    """A second version, with another time for the first talk and another name for the first state."""
    files = mini_files(
        ('version: "1"\ntitle: A small', 'version: "2"\ntitle: A small'), ("deadline: 24 hours", "deadline: 48 hours"),
        ("  new: {title: New}", "  fresh: {title: Fresh}"), ("initial: new", "initial: fresh"),
        ("from: [new, asleep]", "from: [fresh, asleep]"),
    )  # fmt: skip
    files["migrations/m.yaml"] = b'migration: m\nfrom: ["1"]\nstates: {care.new: care.fresh}'
    return compile_procedure(load(files))


def by_hand(story: Story, people: dict[str, Any], later: Procedure) -> list[Any]:
    """What happens to a case that moves and is repaired."""
    moved = decide(story.procedure, story.case, Adopt(procedure=later.hash), COORDINATOR, story.now, later)
    assert isinstance(moved, Decision)
    story.case, story.procedure, story.events = moved.case, later, []
    story.do(SetState(sop="care", state="asleep", note="r1"), people["supervisor"])
    story.do(story.confirm(), COORDINATOR)
    for values in ({}, {"length": "3 days", "anchor": story.now}):
        story.do(SetClock.model_validate({"clock": "care.talk_due", "note": "r2", **values}), people["supervisor"])
        story.do(story.confirm(), COORDINATOR)
    return [*moved.events, *story.events]


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
        "A supervisor gave the case to another responsible case manager (on leave).",
        "Another user acts for the responsible case manager from 2026-03-02 09:00 UTC to 2026-03-03 09:00 UTC.",
        "Nobody acts for the responsible case manager any more; that was called off.",
        "Case manager reminded by hand: ‘First talk’ (2026-03-02 14:00 UTC).",
        "Supervisor told by hand: ‘First talk’.",
        "Supervisor told by hand: the case as a whole.",
        "A remark was made; its words stand with the particulars.",
        "It became known: Wish – ‘To stay’; Age – 17.",
        "Care was opened; it stands at ‘New’.",
        "Care: Begin to rest; it stands at ‘Resting’.",
        "Care: Decline (The person wishes it); it stands at ‘Declined’.",
        "‘Risk check’ is done.",
        "The person gave consent: To be helped.",
        "‘Time to rest’ is paused (In hospital), to be looked at again on 2026-04-01 08:00 UTC.",
        "Case manager asked: must ‘Time to rest’ stay paused (In hospital)? Paused since 2026-03-02 09:00 UTC; asked again on "
        "2026-05-01 08:00 UTC.",
        "‘Time to rest’ was ended early (The person has rested).",
        "‘Time to rest’ is over. That ends no help.",
        "The case was closed: All is done.",
        "Gone missing.",
        "The case follows A small procedure 2 from here on, before it was 1. Care stands at ‘Fresh’.",
        "‘First talk’ counts by the new version: 48 hours instead of 24 hours, until 2026-03-04 10:00 UTC instead of 2026-03-03 10:00 UTC.",
        "Care was set to ‘Asleep’ by hand, by two persons.",
        "‘First talk’ no longer applies; set by hand, by two persons.",
        "‘First talk’ counts 3 days from 2026-03-02 09:00 UTC, until 2026-03-05 23:00 UTC; set by hand, by two persons.",
    ):
        assert text in said, (text, sorted(said))
