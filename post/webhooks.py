"""Webhooks as Standard Webhooks 1.0 writes them: thin events, signed; never to a machine inside the network."""

import asyncio
import base64
import hashlib
import hmac
import json
import socket
import ssl
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

import httpx

from post.undelivered import Undelivered

WITHIN = 10.0
LONGEST_URL = 500
_NAT64 = ip_network("64:ff9b::/96")


class BadUrl(ValueError):
    """Why an address cannot be a webhook, in one sentence."""


def checked_url(url: str, *, private: bool) -> str:
    """The address of a webhook as it may be kept: https, a host, no user. Where it leads is asked at each call."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise BadUrl("this is no address") from None
    if len(url) > LONGEST_URL or not url.isascii() or any(c.isspace() or not c.isprintable() for c in url):
        raise BadUrl(f"an address has at most {LONGEST_URL} printable ASCII characters")
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        raise BadUrl("a webhook is called over https")
    if not host or port == 0 or parts.username is not None or parts.password is not None or parts.fragment:
        raise BadUrl("an address has a host, and neither a user nor a fragment")
    return url


def event(what: str, case_id: str, seq: int, url: str, at: datetime) -> bytes:
    """Codes only; whoever may know more reads it at `url` with a token of their own."""
    said = {"type": f"case.{what}", "timestamp": at.isoformat(), "case": case_id, "seq": seq, "url": url}
    return json.dumps(said, separators=(",", ":")).encode()


def signature(secrets: Sequence[str], id: str, at: datetime, body: bytes) -> str:
    """HMAC-SHA256 over id, timestamp and body; one for each secret that is valid now."""
    said = b".".join((id.encode(), str(int(at.timestamp())).encode(), body))
    keys = (base64.b64decode(secret.removeprefix("whsec_")) for secret in secrets)
    return " ".join(f"v1,{base64.b64encode(hmac.digest(key, said, hashlib.sha256)).decode()}" for key in keys)


async def call(url: str, secrets: Sequence[str], id: str, at: datetime, body: bytes, *, private: bool) -> None:
    """One call; raises `Undelivered`. Redirects are failures, and nothing of the answer is read but its status."""
    try:
        parts = urlsplit(checked_url(url, private=private))
    except BadUrl:
        raise Undelivered("url_refused") from None
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    pinned = await _resolve(host, port, private=private)
    headers = {
        "Host": parts.netloc,
        "Content-Type": "application/json",
        "User-Agent": "Caseway",
        "webhook-id": id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature(secrets, id, at, body),
    }
    # the name was resolved once, and that very address is called: a second answer of the name server changes nothing
    target = httpx.URL(url).copy_with(host=str(pinned), port=port)
    extensions = {"sni_hostname": host}
    try:
        async with (
            asyncio.timeout(2 * WITHIN),
            httpx.AsyncClient(verify=_trusted(), trust_env=False, timeout=WITHIN) as client,
            client.stream("POST", target, content=body, headers=headers, extensions=extensions) as answer,
        ):
            status = answer.status_code
    except (httpx.TimeoutException, TimeoutError):
        raise Undelivered("http_timeout") from None
    except (httpx.HTTPError, ValueError, OSError):
        raise Undelivered("http_no_connection") from None
    if not 200 <= status < 300:
        raise Undelivered(f"http_{status}", final=status == httpx.codes.GONE)


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities of this machine, as for mail; made once, for that takes its time."""
    return ssl.create_default_context()


async def _resolve(host: str, port: int, *, private: bool) -> IPv4Address | IPv6Address:
    """The first address of the name. One that lies inside, among however many outside, and the name is refused."""
    try:
        async with asyncio.timeout(WITHIN):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [ip_address(str(one[4][0]).partition("%")[0]) for one in found]
    except (OSError, UnicodeError, ValueError, TimeoutError):
        raise Undelivered("http_no_such_host") from None
    if not addresses:
        raise Undelivered("http_no_such_host")
    if not private and not all(is_public(address) for address in addresses):
        raise Undelivered("private_target")
    return addresses[0]


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether it lies on the open internet; an address inside an address counts as the inner one."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast
