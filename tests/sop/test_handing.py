"""Giving a case over, covering a leave, reminding by hand, telling the next role, remarking: beside the procedure."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from sop import handing
from sop.case import Actor, Responsible
from sop.commands import Comment, CoverCase, Escalate, Nudge, OfferCase, Reassign, TakeCase, TellEvent
from sop.draft import Draft
from sop.effects import Tell
from sop.loader import load
from sop.procedure import Procedure, compile_procedure

Story = Any
BERTA, CARLA = (Actor(id=name, roles=("case_manager",)) for name in ("berta", "carla"))
STRANGER = Actor(id="x", roles=("visitor",))
GIVE = Reassign(to="berta", reason="leave")
TALK = "care.talk_due"
RIGHT = (
    "rights:\n  somebody:\n    title: Somebody is responsible\n    source: {law: A law, evidence: K}\n"
    "    responsible: true\n"
)


@pytest.fixture
def guarded(mini_files: Callable[..., dict[str, bytes]]) -> Procedure:
    return compile_procedure(load({**mini_files(), "rights.yaml": RIGHT.encode()}))


def tells(story: Story) -> list[tuple[str, str, str]]:
    told = [(effect.to, effect.what, effect.about) for effect in story.effects if isinstance(effect, Tell)]
    story.effects = []
    return told


def test_a_supervisor_gives_a_case_over_at_once_and_nobody_else_does(story: Story, people: dict[str, Any]) -> None:
    for actor in (people["cm"], BERTA, people["guardian"], STRANGER):
        assert story.refused(GIVE, actor).code == "forbidden"
    story.do(OfferCase(to="carla"))
    (event,) = story.do(GIVE, people["supervisor"])
    assert (event.kind, event.was, event.to, event.reason) == ("case_reassigned", "anna", "berta", "leave")
    assert story.case.responsible == Responsible(id="berta", since=story.now)
    assert tells(story)[-1] == ("responsible", "reassigned", "case")
    assert story.codes(TakeCase(), CARLA) == {"not_offered"}
    assert story.codes(GIVE, people["supervisor"]) == {"already_responsible"}
    assert story.codes(Reassign(to="carla", reason="boredom"), people["supervisor"]) == {"reason_needed"}


def test_who_relies_on_who_had_it_is_refused_where_another_has_it_by_now(story: Story, people: dict[str, Any]) -> None:
    relying = Reassign(to="carla", reason="left", was="anna")
    story.do(GIVE, people["supervisor"])
    assert story.codes(relying, people["supervisor"]) == {"not_theirs"}
    story.do(relying.model_copy(update={"was": "berta"}), people["supervisor"])
    assert story.case.responsible.id == "carla"


def test_the_right_lets_a_supervisor_give_a_case_over_and_no_silent_change(
    guarded: Procedure, untold: Callable[..., Story], people: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    story = untold(guarded).begin()
    story.do(GIVE, people["supervisor"])

    def silent(draft: Draft, command: Reassign) -> None:
        draft.changes["responsible"] = Responsible(id=command.to, since=draft.now)

    monkeypatch.setattr(handing, "_reassign", silent)
    assert story.codes(Reassign(to="carla", reason="leave"), people["supervisor"]) == {"right"}
    monkeypatch.setattr(handing, "roles_for", lambda *_: ("case_manager",))
    assert story.codes(Reassign(to="anna", reason="leave")) == {"right"}


def test_no_decision_leaves_a_case_without_somebody_responsible(
    guarded: Procedure, untold: Callable[..., Story], people: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    story = untold(guarded).begin()

    def gap(draft: Draft, command: CoverCase) -> None:
        draft.changes["responsible"] = draft.case.responsible.model_copy(update={"id": ""})

    monkeypatch.setattr(handing, "_cover", gap)
    assert story.codes(CoverCase(to="berta", until=story.now + timedelta(days=1))) == {"right"}


def test_a_cover_acts_for_who_is_responsible_and_ends_by_itself(story: Story) -> None:
    since, until = story.now + timedelta(days=1), story.now + timedelta(days=8)
    (event,) = story.do(CoverCase(to="berta", since=since, until=until))
    assert (event.by, event.since, event.until) == ("berta", since, until)
    assert tells(story)[-1] == ("responsible", "cover", "case")
    for days, acts in ((0, False), (1, True), (7.9, True), (8, False)):
        assert story.case.responsible.acts("berta", story.now + timedelta(days=days)) is acts
    assert story.refused(OfferCase(to="carla"), BERTA).code == "forbidden"
    story.goes_on(days=2)
    assert story.refused(CoverCase(to="carla", until=until), BERTA).code == "forbidden"
    story.do(OfferCase(to="carla"), BERTA)
    assert story.case.responsible.id == "anna"
    story.goes_on(days=7)
    assert story.refused(OfferCase(to="dora"), BERTA).code == "forbidden"
    assert story.codes(CoverCase(to=None)) == {"no_cover"}


def test_a_cover_is_called_off_and_lapses_with_a_reassignment(story: Story, people: dict[str, Any]) -> None:
    cover = CoverCase(to="berta", until=story.now + timedelta(days=8))
    assert story.codes(CoverCase(to=None)) == {"no_cover"}
    story.do(cover)
    assert story.kinds(story.do(CoverCase(to=None), people["supervisor"])) == ["cover_ended"]
    assert story.case.responsible.cover is None
    story.do(cover)
    story.do(Reassign(to="carla", reason="left"), people["supervisor"])
    assert story.case.responsible.cover is None


def test_a_cover_has_an_end_that_lies_ahead(story: Story) -> None:
    now = story.now
    assert story.codes(CoverCase(to="berta")) == {"field_missing"}
    assert story.codes(CoverCase(to="berta", until=(now + timedelta(days=1)).replace(tzinfo=None))) == {"field_missing"}
    for until in (now, now - timedelta(days=1), now + timedelta(days=400)):
        assert story.codes(CoverCase(to="berta", until=until)) == {"field_malformed"}
    assert story.codes(CoverCase(to="anna", until=now + timedelta(days=1))) == {"already_responsible"}


def test_who_owes_is_reminded_once_a_day_unless_a_supervisor_says_so(story: Story, people: dict[str, Any]) -> None:
    nudge = Nudge(clock=TALK)
    assert story.refused(nudge, STRANGER).code == "forbidden"
    (event,) = story.do(nudge, BERTA)
    assert (event.kind, event.to, event.due) == ("nudged", ("case_manager",), story.clock("talk_due").due)
    assert tells(story)[-1] == ("case_manager", "nudge", TALK)
    assert story.codes(nudge) == {"nudged_today"}
    assert story.codes(nudge, people["supervisor"]) == {"nudged_today"}
    assert story.refused(Nudge(clock=TALK, again=True)).code == "forbidden"
    story.do(Nudge(clock=TALK, again=True), people["supervisor"])
    story.goes_on(hours=23)
    assert story.codes(nudge) == {"nudged_today"}
    story.goes_on(hours=1)
    story.do(nudge)


def test_only_a_clock_that_runs_is_spoken_of(story: Story, people: dict[str, Any]) -> None:
    for command in (Nudge, Escalate):
        assert story.refused(command(clock="care.unheard")).code == "unknown"
        assert story.codes(command(clock="care.rest")) == {"clock_not_running"}
    story.rests()
    story.do(story.pause(), people["authority"])
    assert story.codes(Nudge(clock="care.rest")) == {"clock_paused"}
    story.do(Escalate(clock="care.rest"))
    assert tells(story)[-1] == ("supervisor", "escalated", "care.rest")


def test_the_next_role_of_the_ladder_is_told_and_then_the_supervisor(story: Story) -> None:
    rungs = story.clock("talk_due").rungs
    assert [story.do(Escalate(clock=TALK))[0].to for _ in range(3)] == ["supervisor", "authority", "supervisor"]
    assert story.clock("talk_due").rungs == rungs
    assert [what for _, what, _ in tells(story)] == ["escalated"] * 3
    story.goes_on(days=4)
    assert [(to, what) for to, what, _ in tells(story) if what == "missed"] == [
        ("supervisor", "missed"),
        ("authority", "missed"),
    ]


def test_after_the_first_rung_the_next_role_is_the_second(story: Story) -> None:
    story.goes_on(hours=25)
    assert story.do(Escalate(clock=TALK))[0].to == "authority"


def test_a_case_as_a_whole_is_brought_before_the_supervisor(story: Story) -> None:
    assert story.do(Escalate())[0].to == "supervisor"
    assert tells(story)[-1] == ("supervisor", "escalated", "case")


def test_a_remark_holds_no_words_only_where_they_are_kept(story: Story) -> None:
    assert story.refused(Comment(note="r1"), STRANGER).code == "forbidden"
    (event,) = story.do(Comment(note="r1"))
    assert event.model_dump() == {"kind": "commented", "note": "r1"}


def test_nothing_of_it_is_done_on_a_closed_case(story: Story, people: dict[str, Any]) -> None:
    story.do(TellEvent(event="closed", reason="untraceable"), people["supervisor"])
    until = story.now + timedelta(days=1)
    for command in (GIVE, CoverCase(to="berta", until=until), Nudge(clock=TALK), Escalate(), Comment(note="r1")):
        assert story.codes(command, people["supervisor"]) == {"case_closed"}
