"""A mail server that keeps what it takes, and a case whose clock has something to say."""

import asyncio
import email
import email.policy
import ssl
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
import pytest_asyncio
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from post.delivering import Post, once_round
from post.mail import MailServer
from sop.case import Case, ClockRun, Cover, Responsible
from sop.durations import Duration
from sop.effects import Tell
from sop.events import Entry
from sop.procedure import Procedure
from store.cases import CaseLedger, ClockMeta, LedgerWrite
from store.database import Database
from store.deliveries import Deliveries
from store.people import People, Person
from worker import build_post

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""A Monday; 13:00 in Vienna."""
KEY = bytes(range(32))
CLOCK = "identification.reflection"
HANG_UP = "hang up"


@dataclass
class Sink:
    """A mail server. `answers` holds what it says to the next mails instead of taking them; a pause makes it slow."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    answers: deque[str] = field(default_factory=deque)
    at_rcpt: deque[str] = field(default_factory=deque)
    pause: float = 0.0
    encrypted: list[bool] = field(default_factory=list)
    users: list[bytes] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - the name is the library's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.at_rcpt:
            return self.at_rcpt.popleft()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.answers.popleft() if self.answers else ""
        if answer == HANG_UP:
            server.transport.close()
            return ""
        if answer:
            return answer
        content = envelope.content
        assert isinstance(content, bytes)
        message = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.taken.append(message)
        self.encrypted.append(session.ssl is not None)
        await asyncio.sleep(self.pause)
        return "250 taken"

    def ids(self) -> list[str]:
        return [str(message["Message-ID"]) for message in self.taken]

    def to(self) -> list[str]:
        return [str(message["To"]) for message in self.taken]


Serving = Callable[..., Awaitable[Sink]]


@pytest_asyncio.fixture
async def serving() -> AsyncIterator[Serving]:
    """Starts mail servers on free ports of this machine."""
    servers = []

    async def serve(tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None, **more: object) -> Sink:
        sink = Sink()
        loop = asyncio.get_running_loop()

        def protocol() -> SMTP:
            return SMTP(sink, loop=loop, hostname="sink.invalid", tls_context=starttls, **more)  # type: ignore[arg-type]

        server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=tls)
        servers.append(server)
        sink.port = server.sockets[0].getsockname()[1]
        return sink

    yield serve
    for server in servers:
        server.close()


@pytest_asyncio.fixture
async def sink(serving: Serving) -> Sink:
    return await serving()


@dataclass
class Clock:
    """The time of a test."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class Office:
    """The post of a test over a real database, with a clock that the test moves."""

    database: Database
    procedure: Procedure
    sink: Sink
    clock: Clock
    post: Post
    people: People
    deliveries: Deliveries
    seqs: dict[str, int] = field(default_factory=dict)

    async def person(self, id: str, roles: str = "case_manager", countries: str = "AT", **more: object) -> None:
        given = {"address": f"{id}@staff.invalid", **more}
        person = Person.model_validate(
            {"id": id, "roles": tuple(roles.split()), "countries": tuple(countries.split()), **given}
        )
        await self.people.keep(person, self.clock())

    async def tell(
        self,
        to: str = "case_manager",
        what: str = "missed",
        case_id: str = "C1",
        about: str = CLOCK,
        due: datetime | None = NOON,
        responsible: str = "anna",
        statutory: bool = True,
        actor: str = "clock",
        running: bool = True,
        ends: datetime | None = None,
        roles: tuple[str, ...] = (),
        cover: Cover | None = None,
    ) -> int:
        """A line of the ledger with a message for each role; the seq of it."""
        seq = self.seqs[case_id] = self.seqs.get(case_id, 0) + 1
        tells = tuple(
            Tell.model_validate(
                {"id": f"{case_id}:{seq}:{n}", "case_id": case_id, "to": role, "what": what, "about": about, "due": due}
            )
            for n, role in enumerate((to, *roles))
        )
        entry = Entry(
            case_id=case_id,
            seq=seq,
            at=self.clock(),
            actor=actor,
            role="clock",
            command="tick",
            key=f"k{seq}",
            events=(),
            tells=tells,
        )
        run = ClockRun(
            run=1,
            status="running" if running else "met",
            anchor=NOON - timedelta(days=30),
            budget=Duration.parse("30 days"),
            due=ends or due or NOON,
            armed_at=NOON,
        )
        case = Case(
            id=case_id,
            procedure=self.procedure.hash,
            country="AT",
            opened_at=NOON - timedelta(days=40),
            seq=seq,
            responsible=Responsible(id=responsible, since=NOON, cover=cover),
            sops={},
            facts={},
            moved_at=self.clock(),
            clocks={CLOCK: run},
        )
        clocks = {CLOCK: ClockMeta(kind="deadline", statutory=statutory, sop="identification")}
        write = LedgerWrite(entries=(entry,), case=case, procedure_name="trm", procedure_version="1.0", clocks=clocks)
        await CaseLedger(self.database).append([write])
        return seq

    async def round(self, **later: float) -> int:
        """One round of the loop, so much later."""
        self.clock.move(**later)
        return await once_round(self.post)

    async def go(self, **later: float) -> None:
        """What waits is addressed, the gathering is over, and it is sent."""
        await self.round()
        await self.round(**(later or {"seconds": 61}))

    async def rows(self, statement: str) -> list[tuple[object, ...]]:
        return await self.database.all_at_once(statement, ())  # type: ignore[arg-type]


@pytest.fixture
def office(database: Database, shipped: Procedure, sink: Sink) -> Office:
    clock = Clock()
    server = MailServer(host="127.0.0.1", port=sink.port, sender="caseway@office.invalid", tls="none")
    post = build_post(database, KEY, "https://caseway.invalid", server, now=clock, private_webhooks=True)
    return Office(database, shipped, sink, clock, post, post.people, post.deliveries)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A key with its certificate for `localhost`, in one file; and the certificate alone, as its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("certificate")
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = made.public_bytes(serialization.Encoding.PEM)
    (folder / "server.pem").write_bytes(private + public)
    (folder / "ca.pem").write_bytes(public)
    return folder / "server.pem", folder / "ca.pem"
