"""Who is told of what: the responsible, else every holder there, else the supervisors; each person once for one cause."""

import asyncio
from datetime import timedelta

import pytest

from post.delivering import once_round
from sop.case import Cover
from store.outbox import Outbox

pytestmark = pytest.mark.system


async def told(office) -> list[str]:
    return sorted(address.split("@")[0] for address in office.sink.to())


async def test_the_responsible_is_told_alone_where_they_hold_the_role(office):
    await office.person("anna")
    await office.person("bert")
    await office.tell(responsible="anna")
    await office.go()
    assert await told(office) == ["anna"]


async def test_otherwise_every_holder_of_the_role_in_that_country(office):
    await office.person("anna", roles="supervisor")
    await office.person("bert", countries="DE AT")
    await office.person("cora", countries="*")
    await office.person("dora", countries="DE")
    await office.person("emil", roles="shelter")
    await office.tell(responsible="anna")
    await office.go()
    assert await told(office) == ["bert", "cora"]
    assert [one.status for one in await Outbox(office.database).of_case("C1")] == ["addressed"]


async def test_who_acts_for_the_responsible_is_told_beside_them_as_long_as_it_lasts(office):
    for name in ("anna", "bert", "cora"):
        await office.person(name)
    now = office.clock()
    cover = Cover(by="bert", since=now + timedelta(hours=1), until=now + timedelta(hours=3))
    await office.tell(cover=cover)
    await office.go()
    assert await told(office) == ["anna"]
    office.clock.move(hours=1)
    await office.tell(cover=cover)
    await office.go()
    assert await told(office) == ["anna", "anna", "bert"]
    office.clock.move(hours=2)
    await office.tell(cover=cover)
    await office.go()
    assert await told(office) == ["anna", "anna", "anna", "bert"]


async def test_who_gets_a_case_is_told_whatever_role_they_hold_and_who_covers_it_beforehand(office):
    await office.person("greta", roles="guardian")
    await office.person("cora")
    await office.tell(to="responsible", what="reassigned", about="case", due=None, responsible="greta")
    await office.go()
    assert await told(office) == ["greta"]
    assert "This case was given to you." in office.sink.taken[0].get_body(("plain",)).get_content()
    cover = Cover(by="cora", since=office.clock() + timedelta(days=1), until=office.clock() + timedelta(days=3))
    until = cover.until
    await office.tell(to="responsible", what="cover", about="case", due=until, responsible="greta", cover=cover)
    await office.go()
    assert await told(office) == ["cora", "greta", "greta"]


async def test_what_is_said_by_hand_has_its_words(office):
    await office.person("anna", roles="case_manager supervisor")
    soon = office.clock() + timedelta(days=5)
    await office.tell(what="nudge", due=soon)
    await office.tell(to="supervisor", what="escalated", about="case", due=None, ends=soon)
    await office.go()
    (mail,) = office.sink.taken
    text = mail.get_body(("plain",)).get_content()
    assert "is due on 2026-03-07" in text
    assert "Something happened in this case." in text
    assert "escalated" not in text


async def test_nobody_holds_it_so_the_supervisors_of_the_country_are_told_and_it_is_marked(office):
    await office.person("anna", roles="shelter")
    await office.person("bert", address=None)
    await office.person("sara", roles="supervisor")
    await office.person("sven", roles="supervisor", countries="DE")
    await office.tell()
    await office.go()
    assert await told(office) == ["sara"]
    assert [one.status for one in await Outbox(office.database).of_case("C1")] == ["no_holder"]


async def test_what_nobody_at_all_heard_is_told_when_somebody_comes(office):
    await office.tell()
    await office.go()
    assert office.sink.taken == []
    await office.person("anna")
    await office.go()
    assert await told(office) == ["anna"]
    await office.person("anna", language="de")
    await office.go()
    assert len(office.sink.taken) == 1


async def test_two_roles_of_one_person_are_told_once(office):
    await office.person("anna", roles="case_manager supervisor")
    await office.tell(roles=("supervisor",))
    await office.go()
    assert await told(office) == ["anna"]
    assert await office.rows("SELECT count(*) FROM notices") == [(1,)]


async def test_the_same_moment_of_a_clock_is_never_told_twice_and_another_one_is(office):
    await office.person("anna")
    await office.tell()
    await office.go()
    # as after a crash between the sending and the mark: the message waits once more
    await office.rows("UPDATE outbox SET status = 'waiting'")
    await office.go()
    assert len(office.sink.taken) == 1
    await office.tell()
    await office.go()
    assert len(office.sink.taken) == 2


async def at_odds(office) -> set[str]:
    """Where the outbox, which the lists of supervisors read, and the notices of persons do not say the same."""
    tells = {one.id: one for case in ("C1", "C2", "C3") for one in await Outbox(office.database).of_case(case)}
    notices = await office.rows("SELECT tell, case_id, what, about, due, seq FROM notices")
    causes = {tuple(rest) for _, *rest in notices}
    unheard = {
        id
        for id, one in tells.items()
        if one.status == "addressed" and (one.case_id, one.what, one.about, one.due, one.seq) not in causes
    }
    unsaid = {tell for tell, *_ in notices if tell not in tells or tells[tell].status == "waiting"}
    return unheard | unsaid


async def test_what_the_lists_say_was_told_and_what_persons_were_told_agree(office):
    await office.person("anna", roles="case_manager supervisor")
    await office.person("bert")
    await office.tell(roles=("supervisor",))
    await office.tell(case_id="C2", what="reminder", due=office.clock() + timedelta(days=5), responsible="nobody")
    await office.tell(case_id="C3", to="shelter", responsible="bert")
    assert await at_odds(office) == set(), "what waits was told to nobody yet"
    await office.go()
    statuses = [(await Outbox(office.database).of_case(case))[0].status for case in ("C1", "C2", "C3")]
    assert statuses == ["addressed", "addressed", "no_holder"]
    assert await at_odds(office) == set()
    lost = await office.rows("DELETE FROM notices WHERE case_id = 'C2' RETURNING tell")
    assert await at_odds(office) == {tell for (tell,) in lost} != set(), "the control: a lost notice is seen"
    await office.rows("UPDATE outbox SET status = 'waiting' WHERE case_id = 'C1'")
    assert "C1:1:0" in await at_odds(office), "the control: a mark that was lost is seen"


async def test_who_proposed_a_step_is_not_asked_to_confirm_it(office):
    await office.person("anna")
    await office.person("bert")
    await office.tell(what="proposal", about="p1", due=None, actor="anna", responsible="anna")
    await office.go()
    assert await told(office) == ["bert"]


async def test_messages_about_one_case_go_together_and_those_of_another_case_do_not(office):
    await office.person("anna")
    soon = office.clock() + timedelta(days=5)
    for case_id in ("C1", "C1", "C2"):
        await office.tell(case_id=case_id, what="reminder", due=soon)
    await office.tell(what="reminder", about="early_risk_assessment", due=None, ends=soon)
    await office.go()
    assert len(office.sink.taken) == 2
    first = next(mail for mail in office.sink.taken if "C1" in mail.get_body(("plain",)).get_content())
    text = first.get_body(("plain",)).get_content()
    assert text.count("- ") == 2, "the same sentence stands once"
    assert "C2" not in text


async def test_a_notice_that_comes_while_its_mail_leaves_gets_a_mail_of_its_own(office):
    await office.person("anna")
    await office.tell()
    await office.round()
    office.sink.pause = 0.3
    office.clock.move(seconds=61)
    leaving = asyncio.create_task(once_round(office.post))
    await asyncio.sleep(0.15)
    await office.tell()
    await leaving
    await office.go()
    assert len(set(office.sink.ids())) == len(office.sink.taken) == 2


async def test_many_workers_share_the_work_and_nobody_is_told_twice(office):
    for name in ("anna", "bert", "cora"):
        await office.person(name)
    for number in range(12):
        await office.tell(case_id=f"C{number}", responsible="nobody")
    await asyncio.gather(*(once_round(office.post) for _ in range(4)))
    office.clock.move(seconds=61)
    for _ in range(3):
        await asyncio.gather(*(once_round(office.post) for _ in range(4)))
    assert len(office.sink.taken) == 36
    assert len(set(office.sink.ids())) == 36
