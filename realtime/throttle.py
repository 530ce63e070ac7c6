"""How often somebody may try: fixed windows counted in Redis, and always in this process too.

The counters in the process keep a limit when Redis is down or has been emptied; it is never open-ended. Keys carry
digests, never names or addresses.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from redis.asyncio import Redis
from redis.exceptions import RedisError

from contest.errors import Refused
from contest.tickets import digest
from scoring.keys import rate_limit_prefix

_SCRIPT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('PTTL', KEYS[1])}
"""
_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `attempts` in `window_ms`; `name` separates what is counted."""

    name: str
    attempts: int
    window_ms: int


class Throttled(Refused):
    """Too many attempts; `retry_after_s` says when to come again."""

    http_status: ClassVar = 429

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("too_many_attempts", minutes=max(1, -(-retry_after_s // 60)))
        self.retry_after_s = retry_after_s


class Throttle:
    """Counts attempts. One per process."""

    def __init__(self, redis: Redis, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._monotonic = monotonic
        self._windows: dict[str, tuple[int, float]] = {}

    async def attempt(self, checks: Sequence[tuple[Limit, str]]) -> None:
        """Counts one attempt against every limit *before* it is made, so that parallel guesses are counted too.

        Raises Throttled when any limit is exceeded.
        """
        wait_ms = 0.0
        for limit, subject in checks:
            count, left_ms = await self._count(limit, _key(limit, subject))
            if count > limit.attempts:
                wait_ms = max(wait_ms, left_ms)
        if wait_ms:
            raise Throttled(max(1, round(wait_ms / 1000)))

    async def forgive(self, checks: Sequence[tuple[Limit, str]]) -> None:
        """Forgets the attempts: the caller has shown who they are."""
        for limit, subject in checks:
            key = _key(limit, subject)
            self._windows.pop(key, None)
            try:
                await self._redis.delete(key)
            except RedisError:
                continue

    async def _count(self, limit: Limit, key: str) -> tuple[int, float]:
        count, left_ms = self._count_here(limit, key)
        try:
            reply = await self._redis.eval(_SCRIPT, 1, key, str(limit.window_ms))
        except RedisError:
            return count, left_ms
        if int(reply[0]) > count:
            count, left_ms = int(reply[0]), max(1.0, float(reply[1]))
        return count, left_ms

    def _count_here(self, limit: Limit, key: str) -> tuple[int, float]:
        now = self._monotonic() * 1000
        count, ends = self._windows.get(key, (0, 0.0))
        if ends <= now:
            count, ends = 0, now + limit.window_ms
            if len(self._windows) >= _REMEMBERED:
                self._windows = {k: w for k, w in self._windows.items() if w[1] > now}
                # Still full of live windows: drop the one that ends first rather than grow for ever.
                if len(self._windows) >= _REMEMBERED:
                    del self._windows[min(self._windows, key=lambda k: self._windows[k][1])]
        self._windows[key] = (count + 1, ends)
        return count + 1, ends - now


def _key(limit: Limit, subject: str) -> str:
    return f"{rate_limit_prefix()}:{limit.name}:{digest(subject)[:24]}"
