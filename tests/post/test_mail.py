"""What a mail says, and what becomes of it when the server refuses, stalls or goes away."""

import asyncio
import io
import itertools
import logging
import re
import ssl
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path

import pytest
import structlog

from post import mail, webhooks
from post.delivering import MOST_TRIES, keep_delivering, pause_after
from post.mail import MailServer
from post.texts import Texts, languages, texts_in
from runtime.logs import configure_logs
from sop.model import Translation

pytestmark = pytest.mark.system


async def test_a_mail_says_what_and_when_and_nothing_else(office):
    await office.person("anna")
    await office.tell(due=office.clock() - timedelta(hours=1))
    await office.go()
    (mail,) = office.sink.taken
    assert mail["Subject"] == "Caseway: something to look at"
    assert parseaddr(str(mail["To"]))[1] == "anna@staff.invalid"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Id"] == "Caseway <post.caseway.office.invalid>"
    assert re.fullmatch(r"<[0-9a-f]{32}@office\.invalid>", str(mail["Message-ID"]))
    assert mail.get_content_type() == "multipart/alternative"
    text = mail.get_body(("plain",)).get_content()
    html = mail.get_body(("html",)).get_content()
    for part in (text, html):
        assert "Case C1" in part
        assert "‘Recovery and reflection period’ was due on 2026-03-02 12:00 and is overdue." in part
        assert "https://caseway.invalid/v1/cases/C1" in part
    assert not re.search(r"<(img|script|link|iframe)|src=|url\(", html), "nothing is fetched by reading it"
    assert "anna" not in text


async def test_a_day_is_said_as_the_authority_counts_it(office):
    await office.person("anna")
    midnight = office.clock().replace(hour=23)  # the end of 2 March in Vienna
    await office.tell(what="reminder", due=midnight)
    await office.go()
    assert "is due on 2026-03-02." in office.sink.taken[0].get_body(("plain",)).get_content()


async def test_it_speaks_the_language_of_its_receiver_with_the_titles_that_there_are(office):
    titles = {"identification.reflection": "Рок за опоравак"}
    head = office.procedure.definition.head
    head.texts["sr"] = Translation(status="draft", titles=titles)
    try:
        await office.person("anna", language="sr-Cyrl-RS")
        await office.tell()
        await office.go()
    finally:
        del head.texts["sr"]
    text = office.sink.taken[0].get_body(("plain",)).get_content()
    assert "„Рок за опоравак“ је имало рок" in text
    assert office.sink.taken[0]["Content-Language"] == "sr"


async def test_who_minds_a_pause_is_asked_although_its_clock_does_not_run(office):
    """The control: a reminder of a clock that does not run is not sent."""
    await office.person("anna")
    await office.tell(what="reminder", due=office.clock() + timedelta(days=3), running=False)
    await office.tell(what="pause_review", due=None, running=False)
    await office.round()
    await office.round(seconds=61)
    (mail,) = office.sink.taken
    text = mail.get_body(("plain",)).get_content()
    assert "is paused. Please say whether it must stay so." in text
    assert "is due on" not in text


@pytest.mark.parametrize("language", languages())
def test_every_language_has_every_word_and_every_hole(language):
    tag, texts = texts_in(language)
    assert tag == language
    english = texts_in("en")[1]
    for name in Texts.model_fields:
        holes = set(re.findall(r"\{\w*\}", getattr(texts, name)))
        assert holes == set(re.findall(r"\{\w*\}", getattr(english, name))), name
    assert texts.status == ("reviewed" if language == "en" else "draft")


def test_the_promised_languages_are_there_and_others_are_read_in_a_near_one():
    promised = {"en", "sr", "bs", "hr", "sq", "mk", "ro", "bg", "sl", "de", "fr", "it", "es", "nl", "el", "no"}
    assert promised <= set(languages())
    read = {tag: texts_in(tag)[0] for tag in ("nb-NO", "cnr-ME", "sr-Latn-RS", "de-AT", "tr", "zz")}
    assert read == {
        "nb-NO": "no", "cnr-ME": "sr-Latn", "sr-Latn-RS": "sr-Latn", "de-AT": "de", "tr": "en", "zz": "en",
    }  # fmt: skip


async def test_what_the_clock_no_longer_says_is_not_sent(office):
    await office.person("anna")
    soon = office.clock() + timedelta(days=3)
    await office.tell(what="reminder", due=soon)
    await office.round()
    await office.tell(what="life_event", about="went_missing", due=None, ends=soon, running=False, case_id="C1")
    await office.round()
    await office.round(seconds=61)
    assert len(office.sink.taken) == 1, "the reminder had nothing left to say"
    text = office.sink.taken[0].get_body(("plain",)).get_content()
    assert "is due on" not in text, "the clock was met while the mail was waiting"
    assert "Something happened in this case." in text
    assert "missing" not in text, "what happened to a person is not for a mail"


async def test_a_refusal_for_now_is_tried_again_with_the_same_id(office):
    await office.person("anna")
    office.sink.answers.extend(["451 try later", "HANG UP".lower()])
    await office.tell()
    await office.go()
    assert office.sink.taken == []
    assert await office.rows("SELECT status, attempts, error FROM deliveries") == [("due", 1, "smtp_451")]
    (first,) = await office.rows("SELECT id FROM deliveries")
    await office.round(seconds=10)
    assert await office.rows("SELECT attempts FROM deliveries") == [(1,)], "not before its time"
    await office.round(seconds=40)
    assert await office.rows("SELECT attempts, error FROM deliveries") == [(2, "smtp_disconnected")]
    await office.round(minutes=2)
    assert await office.rows("SELECT status FROM deliveries") == [("sent",)]
    assert office.sink.ids() == [f"<{first[0]}@office.invalid>"]


@pytest.fixture
def log():
    """Everything that is logged."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logs("test", stream, logging.DEBUG)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


async def test_a_refusal_for_good_is_dead_at_once_and_can_be_replayed(office, log):
    await office.person("anna")
    office.sink.at_rcpt.append("550 no such user anna@staff.invalid here")
    await office.tell()
    await office.go()
    (dead,) = await office.deliveries.dead()
    assert (dead.error, dead.attempts, dead.person) == ("smtp_550", 1, "anna")
    assert "delivery_dead" in log.getvalue()
    assert "staff.invalid" not in log.getvalue() + dead.model_dump_json()
    assert await office.deliveries.replay("nothing", office.clock()) == 0
    assert await office.deliveries.replay(dead.id, office.clock()) == 1
    await office.round()
    assert office.sink.ids() == [f"<{dead.id}@office.invalid>"]
    assert await office.deliveries.dead() == []


async def test_after_so_many_tries_it_is_dead(office):
    await office.person("anna")
    office.sink.answers.extend(["451 try later"] * MOST_TRIES)
    await office.tell()
    await office.round()
    for _ in range(MOST_TRIES):
        await office.round(hours=8)
    (dead,) = await office.deliveries.dead()
    assert (dead.attempts, dead.error) == (MOST_TRIES, "smtp_451")
    assert office.sink.taken == []


def test_pauses_grow_and_end_in_days_not_in_weeks():
    pauses = [pause_after(attempt) for attempt in range(1, MOST_TRIES)]
    assert timedelta(seconds=30) <= pauses[0] <= timedelta(seconds=38)
    assert all(later < 2.5 * earlier for earlier, later in itertools.pairwise(pauses))
    assert timedelta(days=2) < sum(pauses, timedelta()) < timedelta(days=4)


async def test_a_server_that_is_away_loses_nothing(office, database):
    office.post = type(office.post)(**{**_fields(office.post), "server": None})
    await office.person("anna")
    await office.tell()
    await office.go()
    await office.tell()
    await office.round(hours=5)
    counts = await office.deliveries.counts(office.clock())
    assert (counts.mails_waiting, counts.dead) == (1, 0)
    away = MailServer(host="127.0.0.1", port=1, sender="caseway@office.invalid", tls="none")
    office.post = type(office.post)(**{**_fields(office.post), "server": away})
    await office.round()
    assert await office.rows("SELECT status, error FROM deliveries") == [("due", "smtp_no_connection")]


def _fields(post):
    return {name: getattr(post, name) for name in post.__dataclass_fields__}


async def test_mails_go_encrypted_to_a_server_that_proves_who_it_is(office, serving, certificate):
    key, ca = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(key)
    for tls, given in (("starttls", {"starttls": context}), ("tls", {"tls": context})):
        sink = await serving(**given)
        server = MailServer(host="localhost", port=sink.port, sender="caseway@office.invalid", tls=tls, ca_file=ca)
        office.post = type(office.post)(**{**_fields(office.post), "server": server})
        await office.person("anna")
        await office.tell()
        await office.go()
        assert len(sink.taken) == 1, tls
        office.clock.move(hours=1)


@pytest.mark.parametrize("weak", ["no starttls", "another authority"])
async def test_no_mail_leaves_in_clear_or_to_a_stranger(office, serving, certificate, weak):
    key, ca = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(key)
    sink = await serving() if weak == "no starttls" else await serving(starttls=context)
    known = ca if weak == "no starttls" else None
    server = MailServer(host="localhost", port=sink.port, sender="caseway@office.invalid", ca_file=known)
    office.post = type(office.post)(**{**_fields(office.post), "server": server})
    await office.person("anna")
    await office.tell()
    await office.go()
    assert sink.taken == []
    assert await office.rows("SELECT status, error FROM deliveries") == [("due", "smtp_no_connection")]


def test_the_texts_are_in_the_wheel():
    assert (Path(mail.__file__).parent / "texts" / "en.yaml").is_file()


async def test_a_program_that_does_not_answer_holds_up_no_mail(office, monkeypatch):
    monkeypatch.setattr(webhooks, "WITHIN", 5.0)
    over = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()
        await writer.wait_closed()

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}/"
    await office.person("anna")
    await office.post.endpoints.add("anna", url, ())
    await office.tell()
    await office.round()
    office.clock.move(seconds=61)
    await office.rows("UPDATE deliveries SET next_at = created_at")
    stop = asyncio.Event()
    going = asyncio.create_task(keep_delivering(office.post, stop))
    async with asyncio.timeout(4):
        while not office.sink.taken:
            await asyncio.sleep(0.05)
    stop.set()
    await going
    over.set()
    silent.close()
    await silent.wait_closed()


async def test_a_server_that_stalls_is_given_up(office, monkeypatch):
    monkeypatch.setattr(mail, "WHOLE", 0.3)
    office.sink.pause = 2
    await office.person("anna")
    await office.tell()
    await office.go()
    assert await office.rows("SELECT status, error FROM deliveries") == [("due", "smtp_timeout")]
