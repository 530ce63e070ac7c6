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
        self._making: dict[Hashable, asyncio.Task[V]] = {}

    async def get(self, key: Hashable, make: Callable[[], Awaitable[V]]) -> V:
        """The value of the key, at most `seconds` old."""
        known = self._made.get(key)
        if known is not None and self._now() - known[0] < self._seconds:
            return known[1]
        making = self._making.get(key)
        if making is None:
            # A task of its own: the visitor who came first may leave while others wait.
            making = asyncio.create_task(self._make(key, make))
            self._making[key] = making
            making.add_done_callback(lambda done: None if done.cancelled() else done.exception())
        return await asyncio.shield(making)

    async def _make(self, key: Hashable, make: Callable[[], Awaitable[V]]) -> V:
        began = self._now()
        try:
            value = await make()
        finally:
            del self._making[key]
        self._made.pop(key, None)
        while len(self._made) >= self._most:
            del self._made[next(iter(self._made))]
        self._made[key] = (began, value)
        return value
