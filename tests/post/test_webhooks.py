"""Webhooks: signed as the standard says, thin, tried again, switched off when nobody answers, and never aimed inside."""

import asyncio
import json
import ssl
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from ipaddress import ip_address

import pytest
import pytest_asyncio
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from post import webhooks
from post.undelivered import Undelivered
from post.webhooks import BadUrl, checked_url, is_public
from store import endpoints
from store.outbox import Outbox

pytestmark = pytest.mark.system


@dataclass
class Receiver:
    """A web server of one address, on bytes."""

    port: int = 0
    calls: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: deque[str] = field(default_factory=deque)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers["content-length"]))
        self.calls.append((headers, body))
        answer = self.answers.popleft() if self.answers else "204 No Content"
        if answer != "nothing":
            writer.write(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        writer.close()


@pytest_asyncio.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()


async def hooked(office, receiver, kinds=(), **more):
    await office.person("anna", address=None, **more)
    url = f"http://127.0.0.1:{receiver.port}/caseway"
    return await office.post.endpoints.add("anna", url, kinds)


async def test_a_call_is_signed_and_says_no_more_than_codes(office, receiver, monkeypatch):
    _, secret = await hooked(office, receiver)
    seq = await office.tell()
    await office.round()
    ((headers, body),) = receiver.calls
    assert json.loads(body) == {
        "type": "case.missed",
        "timestamp": office.clock().isoformat(),
        "case": "C1",
        "seq": seq,
        "url": "https://caseway.invalid/v1/cases/C1",
    }
    assert headers["webhook-timestamp"] == str(int(office.clock().timestamp()))
    verifier = Webhook(secret)
    with pytest.raises(WebhookVerificationError):
        verifier.verify(body, headers)  # the time of this test is long ago
    monkeypatch.setattr(verifier, "_Webhook__verify_timestamp", lambda _: office.clock())
    verifier.verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        verifier.verify(body.replace(b"C1", b"C2"), headers)
    assert await office.rows("SELECT status FROM deliveries") == [("sent",)]


async def test_while_a_secret_changes_both_sign_and_after_a_day_only_the_new_one(office, receiver, monkeypatch):
    endpoint, first = await hooked(office, receiver)
    second = await office.post.endpoints.rotate("anna", endpoint.id, office.clock())
    for expected in (2, 1):
        await office.tell()
        await office.round()
        headers, body = receiver.calls[-1]
        assert len(headers["webhook-signature"].split()) == expected
        for secret in (second, first)[:expected]:
            verifier = Webhook(secret)
            monkeypatch.setattr(verifier, "_Webhook__verify_timestamp", lambda _: office.clock())
            verifier.verify(body, headers)
        office.clock.move(hours=25)
    assert await office.post.endpoints.rotate("bert", endpoint.id, office.clock()) is None


async def test_only_the_kinds_that_were_asked_for_are_called(office, receiver):
    await hooked(office, receiver, ("proposal",))
    await office.tell(what="missed")
    await office.tell(what="proposal", about="p1", due=None)
    await office.round()
    assert [json.loads(body)["type"] for _, body in receiver.calls] == ["case.proposal"]


@pytest.mark.parametrize("trouble", ["500 No", "302 Found\r\nLocation: http://127.0.0.1/", "nothing"])
async def test_a_call_that_fails_is_made_again_with_the_same_id(office, receiver, trouble):
    await hooked(office, receiver)
    receiver.answers.append(trouble)
    await office.tell()
    await office.round()
    await office.round(seconds=40)
    ids = [headers["webhook-id"] for headers, _ in receiver.calls]
    assert len(ids) == 2
    assert len(set(ids)) == 1
    assert await office.rows("SELECT status, attempts FROM deliveries") == [("sent", 2)]
    assert await office.rows("SELECT failures FROM endpoints") == [(0,)]


async def test_who_never_answers_is_switched_off_and_the_supervisors_are_told(office, receiver, monkeypatch):
    monkeypatch.setattr(endpoints, "MOST_FAILURES", 3)
    endpoint, _ = await hooked(office, receiver)
    await office.person("sara", roles="supervisor")
    receiver.answers.extend(["500 No"] * 3)
    await office.tell()
    for _ in range(5):
        await office.round(hours=1)
    assert len(receiver.calls) == 3
    (known,) = await office.post.endpoints.of_person("anna")
    assert known.off_at is not None
    told = [(one.what, one.to_role, one.about) for one in await Outbox(office.database).of_case("C1")]
    assert ("endpoint_off", "supervisor", endpoint.id) in told
    (mail,) = office.sink.taken
    assert endpoint.id in mail.get_body(("plain",)).get_content()
    assert [dead.error for dead in await office.deliveries.dead()] == ["endpoint_off"]
    # a new secret switches it on again, and what is dead can be replayed
    await office.post.endpoints.rotate("anna", endpoint.id, office.clock())
    await office.deliveries.replay(None, office.clock())
    await office.round()
    assert len(receiver.calls) == 4


async def test_an_endpoint_that_says_it_is_gone_is_switched_off_at_once(office, receiver):
    await hooked(office, receiver)
    receiver.answers.append("410 Gone")
    await office.tell()
    await office.round()
    (known,) = await office.post.endpoints.of_person("anna")
    assert known.off_at is not None


@pytest.mark.parametrize(
    ("host", "public"),
    [
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("192.168.1.1", False),
        ("0.0.0.0", False),  # noqa: S104
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("1.1.1.1", True),
        ("2606:4700:4700::1111", True),
        ("::ffff:1.1.1.1", True),
    ],
)
def test_what_lies_inside_is_known_under_every_name(host, public):
    assert is_public(ip_address(host)) is public


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"])
async def test_a_call_never_goes_inside(office, receiver, host):
    """With the check taken away the receiver is called: see the negative control below."""
    with pytest.raises(Undelivered) as refused:
        await webhooks.call(
            f"https://{host}:{receiver.port}/", ["whsec_YQ=="], "msg_1", office.clock(), b"{}", private=False
        )
    assert refused.value.code in ("private_target", "http_no_such_host")
    assert receiver.calls == []


async def test_without_the_check_the_same_call_would_go_inside(office, receiver, monkeypatch):
    """Negative control."""
    monkeypatch.setattr(webhooks, "is_public", lambda _: True)
    monkeypatch.setattr(webhooks, "WITHIN", 1.0)
    with pytest.raises(Undelivered) as refused:
        await webhooks.call(
            f"https://127.0.0.1:{receiver.port}/", ["whsec_YQ=="], "msg_1", office.clock(), b"{}", private=False
        )
    assert refused.value.code in ("http_no_connection", "http_timeout"), "it was dialled, and answered no TLS"


async def test_a_name_is_resolved_once_and_that_address_is_called(office, receiver, monkeypatch):
    """A name server that answers otherwise the second time finds nobody asking."""
    loop = asyncio.get_running_loop()
    real, asked = loop.getaddrinfo, []

    async def resolve(host, *arguments, **more):
        asked.append(host)
        return await real("127.0.0.1" if host == "hook.invalid" else host, *arguments, **more)

    monkeypatch.setattr(loop, "getaddrinfo", resolve)
    url = f"http://hook.invalid:{receiver.port}/x?y=1"
    await webhooks.call(url, ["whsec_YQ=="], "msg_1", office.clock(), b"{}", private=True)
    assert asked.count("hook.invalid") == 1
    assert receiver.calls[0][0]["host"] == f"hook.invalid:{receiver.port}"


async def test_the_certificate_must_be_of_the_name_and_not_of_the_address(office, certificate, monkeypatch):
    key, ca = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(key)
    made = Receiver()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    monkeypatch.setattr(webhooks, "_trusted", lambda: ssl.create_default_context(cafile=ca))
    for host, works in (("localhost", True), ("127.0.0.1", False)):
        call = webhooks.call(f"https://{host}:{port}/", ["whsec_YQ=="], "m", office.clock(), b"{}", private=True)
        if works:
            await call
        else:
            with pytest.raises(Undelivered, match="http_no_connection"):
                await call
    assert len(made.calls) == 1
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize(
    "url",
    ["", "hook", "ftp://h.invalid/", "https:///x", "https://u@h.invalid/", "https://h.invalid/#f", "https://h:x/",
     "https://h.invalid/ x", "https://h.invalid/" + "x" * 500, "https://[::1/"],
)  # fmt: skip
def test_an_address_that_cannot_be_a_webhook_is_refused(url):
    with pytest.raises(BadUrl):
        checked_url(url, private=True)
    with pytest.raises(BadUrl):
        checked_url("http://h.invalid/", private=False)
