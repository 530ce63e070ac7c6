"""Group commit without a task of its own: whoever comes first works for all who wait meanwhile.

Never answers before the work has returned, and never knows what the work is.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Together(Generic[T, R]):
    """`work` gives one result for each item, in order; its failure is told to all of the batch."""

    def __init__(self, work: Callable[[Sequence[T]], Awaitable[Sequence[R]]], *, most: int) -> None:
        self._work = work
        self._most = most
        self._lock = asyncio.Lock()
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []

    async def ask(self, value: T) -> R:
        """The result of `value`, worked on together with whatever else waits."""
        mine: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((value, mine))
        async with self._lock:
            while not mine.done():
                batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._run(batch)
        return mine.result()

    async def _run(self, batch: list[tuple[T, asyncio.Future[R]]]) -> None:
        try:
            results = await self._work([value for value, _ in batch])
        except BaseException as error:
            told = error if isinstance(error, Exception) else RuntimeError("the batch was given up")
            for _, future in batch:
                if not future.done():
                    future.set_exception(told)
            if not isinstance(error, Exception):
                raise
            return
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():
                future.set_result(result)
