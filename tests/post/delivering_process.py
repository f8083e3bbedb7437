"""A process of its own that delivers until it is killed."""

import asyncio
import sys
from datetime import timedelta

from cli.folders import SHIPPED, files_of
from post.delivering import keep_delivering
from post.mail import MailServer
from sop import shelf
from sop.loader import load
from sop.procedure import compile_procedure
from store import deliveries
from store.database import Database
from worker import build_post


async def deliver(url: str, key: str, port: int) -> None:
    shelf.keep(compile_procedure(load(files_of(SHIPPED / "trm"))))
    deliveries.LEASE = timedelta(seconds=1)
    server = MailServer(host="127.0.0.1", port=port, sender="caseway@office.invalid", tls="none")
    post = build_post(Database.connect(url), bytes.fromhex(key), "https://caseway.invalid", server, gather=timedelta())
    print("delivering", flush=True)
    await keep_delivering(post, asyncio.Event())


if __name__ == "__main__":
    asyncio.run(deliver(sys.argv[1], sys.argv[2], int(sys.argv[3])))
