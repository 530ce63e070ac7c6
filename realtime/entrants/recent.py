"""What was made a moment ago and may be shown again: a thousand visitors in the same second cost one query.

Never keeps anything that is of one person.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Recent(Generic[V]):
    """Values by key, each made by one task while others wait for it; a failure is told to all of them and not kept."""

    def __init__(self, seconds: float, *, most: int = 500, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._most = most
        self._now = monotonic
        self._made: dict[Hashable, tuple[float, V]] = {}
        self._making: dict[Hashable, asyncio.Future[V]] = {}

    async def get(self, key: Hashable, make: Callable[[], Awaitable[V]]) -> V:
        """The value of the key, at most `seconds` old."""
        known = self._made.get(key)
        if known is not None and self._now() - known[0] < self._seconds:
            return known[1]
        waiting = self._making.get(key)
        if waiting is not None:
            return await asyncio.shield(waiting)
        made: asyncio.Future[V] = asyncio.get_running_loop().create_future()
        self._making[key] = made
        began = self._now()
        try:
            value = await make()
        except BaseException as error:
            told = error if isinstance(error, Exception) else RuntimeError("given up")
            made.set_exception(told)
            made.exception()  # nobody may be waiting
            raise
        else:
            made.set_result(value)
        finally:
            del self._making[key]
        self._made.pop(key, None)
        while len(self._made) >= self._most:
            del self._made[next(iter(self._made))]
        self._made[key] = (began, value)
        return value
