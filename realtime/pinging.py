"""When each phone is pinged: at moments nobody can foresee, in one sweep for all that are due.

Never measures anything (`realtime.connection`) and never touches a socket itself.
"""

import asyncio
import os
import random
from typing import Protocol

from contest.clock import Clock

TICK_S = 0.1
QUICK_PINGS = 6
QUICK_S, USUAL_S = (0.3, 1.5), (15.0, 30.0)
"""A few soon after sitting down, to know the link before the first question; then rarely: two pings cost an answer."""
_SLOTS = 512


class Pinged(Protocol):
    """A phone that may be pinged."""

    def ping(self, nonce: bytes, now_ms: float) -> bool:
        """Pings it, unless it does not read just now; false when it has gone and is not to be pinged again."""
        ...


class Pinger:
    """A wheel of ticks with the phones due in each: a timer for every phone costs more than the ping. `run()` it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wheel: list[list[tuple[Pinged, int]]] = [[] for _ in range(_SLOTS)]
        self._at = 0

    def sit_down(self, phone: Pinged) -> None:
        """From now on this phone is pinged until it has gone."""
        self._plan(phone, 0)

    def _plan(self, phone: Pinged, pings: int) -> None:
        after_s = random.uniform(*(QUICK_S if pings < QUICK_PINGS else USUAL_S))
        self._wheel[(self._at + round(after_s / TICK_S)) % _SLOTS].append((phone, pings))

    def tick(self) -> None:
        """Pings whoever is due."""
        self._at = (self._at + 1) % _SLOTS
        due, self._wheel[self._at] = self._wheel[self._at], []
        if not due:
            return
        # One for all of a tick: who learns it from another phone can only make the own way look shorter.
        nonce, now_ms = os.urandom(8), self._clock.monotonic_ms()
        for phone, pings in due:
            if phone.ping(nonce, now_ms):
                self._plan(phone, pings + 1)

    async def run(self) -> None:
        """Ticks until cancelled; a late loop makes up for what it missed."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += TICK_S
            await asyncio.sleep(due - loop.time())
            self.tick()
