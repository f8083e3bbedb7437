"""One mail to one person, made of what it carries and of what lies before them, at the moment it is sent."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from email.message import EmailMessage

from post.mail import Block, compose
from post.texts import Texts, texts_in
from post.wording import day_of, sentence, still_holds, title_of
from sop.due_days import when_due
from sop.procedure import Procedure
from store.deliveries import Carried
from store.listings import WorkLine
from store.people import Person

Procedures = Callable[[str], Awaitable[Procedure]]


async def letter(
    *,
    id: str,
    person: Person,
    to: str,
    sender: str,
    carried: Sequence[Carried],
    work: Sequence[WorkLine],
    digest: bool,
    procedure: Procedures,
    url: str,
    now: datetime,
) -> EmailMessage | None:
    """None where nothing is left to say."""
    language, texts = texts_in(person.language)
    near = await _near(texts, work, procedure, person.language, now)
    told = await _told(texts, carried, procedure, person.language, url)
    if near:
        near[-1] = Block(near[-1].heading, near[-1].lines, f"{url}/v1/worklist")
    if not near and not told:
        return None
    subject = texts.subject_digest if digest else texts.subject
    return compose(
        id=id,
        sender=sender,
        to=to,
        language=language,
        texts=texts,
        subject=subject,
        blocks=[*near, *told],
        at=now,
    )


async def _told(
    texts: Texts, carried: Sequence[Carried], procedure: Procedures, language: str, url: str
) -> list[Block]:
    """The notices by case, each sentence once: two roles of one person are told the same."""
    by_case: dict[str, list[str]] = {}
    for notice in filter(still_holds, carried):
        known = await procedure(notice.procedure_hash) if notice.procedure_hash else None
        said = sentence(texts, known, notice, language)
        lines = by_case.setdefault(notice.case_id, [])
        if said not in lines:
            lines.append(said)
    return [Block(texts.case.format(case=case), lines, f"{url}/v1/cases/{case}") for case, lines in by_case.items()]


async def _near(
    texts: Texts, work: Sequence[WorkLine], procedure: Procedures, language: str, now: datetime
) -> list[Block]:
    """What is overdue, due today and due soon in the person's own cases, the nearest first."""
    groups: dict[str, list[tuple[datetime, str]]] = {"overdue": [], "due_today": [], "due_soon": []}
    for line in work:
        known = await procedure(line.case.procedure_hash)
        for clock in line.clocks:
            group = when_due(clock.due, now, known.calendar(line.case.country)) if clock.due else None
            if clock.due and group:
                day = day_of(known, line.case.country, clock.due)
                said = f"{line.case.case_id}: {title_of(known, clock.clock, language)} ({day})"
                groups[group].append((clock.due, said))
    return [Block(getattr(texts, name), [said for _, said in sorted(lines)]) for name, lines in groups.items() if lines]
