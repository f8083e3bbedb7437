"""The whole way on a real server: a deadline passes, nobody asks, and a person has a mail."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from post.calendar import feed
from sop import timekeeping
from sop.case import Actor
from sop.commands import OpenCase, Submission
from worker import build_worker, loaded_procedure
from workflows.bookkeeping import Bookkeeping
from workflows.client import CaseClient

pytestmark = pytest.mark.system
CASE = "TEST0000001"
CLOCK = "identification.case_manager_due"
FACTS = {"age_group": "adult", "nationality": "ZW", "cannot_consent": True}


@pytest_asyncio.fixture
async def cases(skipping: WorkflowEnvironment, office) -> AsyncIterator[CaseClient]:
    book = Bookkeeping(office.database, loaded_procedure)
    async with build_worker(skipping.client, office.database, "post"):
        yield CaseClient(skipping.client, "post", book)


async def opened_and_forgotten(skipping: WorkflowEnvironment, office, cases: CaseClient) -> None:
    """A case is opened, and then nobody does anything for three days."""
    office.clock.at = await skipping.get_current_time()
    await office.person("anna", roles="case_manager")
    await office.person("sara", roles="supervisor coordinator")
    command = OpenCase.model_validate(
        {
            "case_id": CASE,
            "procedure": office.procedure.hash,
            "country": "AT",
            "facts": FACTS,
            "responsible": "anna",
        }
    )
    actor = Actor(id="opener", roles=("first_point_of_notification",))
    await cases.open(Submission(key="open", body="body", actor=actor, command=command))
    await skipping.sleep(timedelta(days=3))
    office.clock.at = await skipping.get_current_time()
    for _ in range(100):
        if await office.rows(f"SELECT 1 FROM outbox WHERE what = 'missed' AND about = '{CLOCK}'"):
            break
        await asyncio.sleep(0.02)
    await office.go()


def overdue_mails(office) -> list[str]:
    texts = [mail.get_body(("plain",)).get_content() for mail in office.sink.taken]
    title = office.procedure.clocks[CLOCK].title
    return [text for text in texts if CASE in text and f"‘{title}’ was due" in text and "is overdue" in text]


async def test_a_missed_deadline_tells_a_person(skipping, office, cases):
    await opened_and_forgotten(skipping, office, cases)
    assert len(overdue_mails(office)) == 1
    work = await office.post.listings.worklist("anna", office.clock())
    calendar = await feed(work, "en", office.post.procedure, office.post.url)
    assert b"VEVENT" in calendar
    bodies = [part.get_content() for mail in office.sink.taken for part in mail.walk() if not part.is_multipart()]
    for text in (calendar.decode(), *bodies):
        for word in (*map(str, FACTS.values()), *FACTS, "anna", "sara", "Austria"):
            assert word not in text, "nothing of the person, and nobody's name"


async def test_without_the_arming_of_clocks_nobody_is_told(skipping, office, cases, monkeypatch):
    """Negative control: the mail comes from the clock and from nothing else."""
    whole = timekeeping.armed

    def never_rings(draft, ref, run):
        return whole(draft, ref, run).model_copy(update={"rungs": ()})

    monkeypatch.setattr(timekeeping, "armed", never_rings)
    await opened_and_forgotten(skipping, office, cases)
    case = await cases.look(CASE)
    assert case is not None
    assert case.clocks[CLOCK].overdue(office.clock()), "the case is open and late, and only the arming is missing"
    assert overdue_mails(office) == []
