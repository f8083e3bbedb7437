"""Group commit: what is asked while one transaction is under way is done together in the next."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Done = TypeVar("Done")


class Together(Generic[Asked, Done]):
    """One transaction at a time, for everything that waits at the moment; what is asked alone does not wait."""

    def __init__(self, work: Callable[[Sequence[Asked]], Awaitable[Sequence[Done]]], most: int = 64) -> None:
        self._work = work
        self._most = most
        self._waiting: list[tuple[Asked, asyncio.Future[Done]]] = []
        self._worker: asyncio.Task[None] | None = None

    async def do(self, asked: Asked) -> Done:
        """Do it with the others; what goes wrong for all goes wrong here too."""
        done: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, done))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._run())
        return await done

    async def _run(self) -> None:
        while self._waiting:
            together, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            try:
                found = await self._work([asked for asked, _ in together])
            except ValueError as error:
                await self._one_by_one(together, error)
            except Exception as error:
                _fail(together, error)
            else:
                for (_, done), one in zip(together, found, strict=True):
                    if not done.done():
                        done.set_result(one)

    async def _one_by_one(self, together: list[tuple[Asked, asyncio.Future[Done]]], error: Exception) -> None:
        """What cannot be kept must not hold up the others: each is tried alone."""
        if len(together) == 1:
            _fail(together, error)
            return
        for asked, done in together:
            try:
                (one,) = await self._work([asked])
            except Exception as own:
                _fail([(asked, done)], own)
            else:
                if not done.done():
                    done.set_result(one)


def _fail(together: Sequence[tuple[Asked, "asyncio.Future[Done]"]], error: Exception) -> None:
    for _, done in together:
        if not done.done():
            done.set_exception(error)
