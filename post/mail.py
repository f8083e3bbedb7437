"""Mails: what goes into one, and its way to the server."""

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import Literal

import aiosmtplib
from aiosmtplib import errors

from post.texts import Texts
from post.undelivered import Undelivered

WITHIN = 30.0
"""Seconds that the server has for one answer."""
WHOLE = 90.0
"""Seconds for all of it: less than the time for which a delivery is ours."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """The server that takes our mails. `starttls` and `tls` go on only over a connection that is proved and encrypted."""

    host: str
    port: int
    sender: str
    tls: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    """Who vouches for the server, where that is not a public authority."""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a mail: lines under a heading, and where to read on."""

    heading: str
    lines: Sequence[str]
    link: str | None = None


def compose(
    *, id: str, sender: str, to: str, language: str, texts: Texts, subject: str, blocks: Sequence[Block], at: datetime
) -> EmailMessage:
    """Text and HTML with the same words. The Message-ID follows from the delivery: a mail sent twice carries it twice."""
    domain = sender.rpartition("@")[2]
    message = EmailMessage()
    message["From"] = Address("Caseway", addr_spec=sender)
    message["To"] = Address(addr_spec=to)
    message["Subject"] = subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{id}@{domain}>"
    message["List-Id"] = f"Caseway <post.caseway.{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_text(texts, blocks))
    message.add_alternative(_html(texts, blocks, language), subtype="html")
    message["Content-Language"] = language  # only now: whatever is set as content takes such headers away
    return message


async def send(server: MailServer, message: EmailMessage) -> None:
    """Hand it to the server; raises `Undelivered`."""
    try:
        context = None if server.tls == "none" else ssl.create_default_context(cafile=server.ca_file)
        async with asyncio.timeout(WHOLE):
            await aiosmtplib.send(
                message,
                hostname=server.host,
                port=server.port,
                username=server.user,
                password=server.password,
                use_tls=server.tls == "tls",
                start_tls=server.tls == "starttls",
                tls_context=context,
                timeout=WITHIN,
            )
    except errors.SMTPRecipientsRefused as refused:
        codes = [one.code for one in refused.recipients]
        raise Undelivered(f"smtp_{codes[0]}", final=all(code >= 500 for code in codes)) from None
    except (errors.SMTPRecipientRefused, errors.SMTPDataError) as refused:
        raise Undelivered(f"smtp_{refused.code}", final=refused.code >= 500) from None
    except errors.SMTPResponseException as refused:
        # the server refuses us, not this mail: that is for those who run it, and the mail waits
        raise Undelivered(f"smtp_{refused.code}") from None
    except (errors.SMTPTimeoutError, TimeoutError):
        raise Undelivered("smtp_timeout") from None
    except errors.SMTPServerDisconnected:
        raise Undelivered("smtp_disconnected") from None
    except (errors.SMTPException, OSError):
        raise Undelivered("smtp_no_connection") from None


def _text(texts: Texts, blocks: Sequence[Block]) -> str:
    parts = []
    for block in blocks:
        lines = [block.heading, *(f"- {line}" for line in block.lines)]
        if block.link:
            lines.append(f"{texts.open}: {block.link}")
        parts.append("\n".join(lines))
    return "\n\n".join([*parts, texts.footer]) + "\n"


def _html(texts: Texts, blocks: Sequence[Block], language: str) -> str:
    """Plain HTML: nothing is fetched when it is read, so nobody learns that it was."""
    parts = []
    for block in blocks:
        lines = "".join(f"<li>{escape(line)}</li>" for line in block.lines)
        link = f'<p><a href="{escape(block.link)}">{escape(texts.open)}</a></p>' if block.link else ""
        parts.append(f"<h2>{escape(block.heading)}</h2><ul>{lines}</ul>{link}")
    body = "".join(parts)
    return (
        f'<!doctype html><html lang="{escape(language)}"><head><meta charset="utf-8"><title>Caseway</title></head>'
        f"<body>{body}<p>{escape(texts.footer)}</p></body></html>\n"
    )
