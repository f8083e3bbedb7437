"""A light HTTP client: one kept connection, one call at a time, no more than the benchmarks and the harness need."""

import asyncio
import contextlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_IDLE = 10.0


class Unknown(Exception):
    """No whole answer came: the call may have taken effect or not."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Wire:
    """A connection to one door; opened when it is needed, again after it broke."""

    def __init__(self, port: int, host: str = "127.0.0.1", patience: float = 30.0) -> None:
        self._host, self._port, self._patience = host, port, patience
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._used = 0.0

    async def call(
        self,
        method: str,
        path: str,
        token: str = "",
        body: Mapping[str, Any] | bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send and read the whole answer; raise `Unknown` where the connection breaks or nothing comes in time."""
        raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._host}:{self._port}", f"Content-Length: {len(raw)}"]
        lines += ["Content-Type: application/json"] if raw else []
        lines += [f"Authorization: Bearer {token}"] if token else []
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        request = ("\r\n".join(lines) + "\r\n\r\n").encode() + raw
        try:
            async with asyncio.timeout(self._patience):
                return await self._sent(request)
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            await self.close()
            raise Unknown(type(error).__name__) from None
        except BaseException:
            await self.close()
            raise

    async def _sent(self, request: bytes) -> Answer:
        if time.monotonic() - self._used > _IDLE:
            await self.close()  # the server hangs up on the idle, and might do so just now
        self._used = time.monotonic()
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port, limit=1 << 20)
        reader, writer = self._streams
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status, *fields = head.split("\r\n")[:-2]
        headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        answer = Answer(
            int(status.split(" ", 2)[1]), headers, await reader.readexactly(int(headers.get("content-length", "0")))
        )
        if headers.get("connection", "").lower() == "close":
            await self.close()
        return answer

    async def close(self) -> None:
        streams, self._streams = self._streams, None
        if streams is not None:
            streams[1].close()
            with contextlib.suppress(OSError, TimeoutError):
                await asyncio.wait_for(streams[1].wait_closed(), 1)
