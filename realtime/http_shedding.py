"""Requests that give way when the process is short of time: they wait a moment, and are turned away if it lasts.

Which request is how important is this module's; when what gives way is `realtime.shedding`'s. A stall of a moment turns
nobody away. Never looks at who asks.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from realtime.metrics import SHED
from realtime.problems import language_of, problem
from realtime.shedding import Measure, Priority

HOLD_S = 2.0
LOOK_S = 0.05
MOST_HELD = 512
"""Requests that wait at the same time; beyond, they are turned away at once."""

Rank = Callable[[str, str], Priority]
"""(method, path) → how important a request is."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """Paths that begin with `start` and end with `end`."""

    start: str
    priority: Priority
    end: str = ""
    writes: bool | None = None

    def fits(self, path: str, writes: bool) -> bool:
        return (
            path.startswith(self.start) and path.endswith(self.end) and (self.writes is None or self.writes is writes)
        )


_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_PLAYERS = (
    _Rule("/static/", Priority.ANSWERS),
    _Rule("/healthz", Priority.ANSWERS),
    _Rule("/readyz", Priority.ANSWERS),
    _Rule("/api/answer", Priority.ANSWERS),
    _Rule("/api/attempts/", Priority.ANSWERS),
    _Rule("/api/state", Priority.RETURNS),
    _Rule("/api/festivals/", Priority.RETURNS, end="/state", writes=False),
    _Rule("/api/festivals/", Priority.RETURNS, end="/stage", writes=False),
    _Rule("/api/festivals/", Priority.RETURNS, end="/launch/beat"),
    _Rule("/api/contests/", Priority.RANKS, end="/me/rank"),
    _Rule("/api/contests/", Priority.COUNTS, end="/standings"),
    _Rule("/api/", Priority.JOINS),
    _Rule("/m", Priority.COUNTS),
    _Rule("/c/", Priority.COUNTS, end="/standings"),
    _Rule("/c/", Priority.COUNTS, end="/participation"),
    _Rule("/c/", Priority.COUNTS, end="/participation.csv"),
    _Rule("/c/", Priority.COUNTS, end="/log"),
    _Rule("/sitemap.xml", Priority.COUNTS),
    _Rule("/c", Priority.JOINS),
    _Rule("/f", Priority.JOINS),
    _Rule("/g/", Priority.JOINS),
)


def players_rank(method: str, path: str) -> Priority:
    """Of the players' server. What no rule names is a page or a file that is ready in memory."""
    writes = method not in _READS
    for rule in _PLAYERS:
        if rule.fits(path, writes):
            return rule.priority
    return Priority.ANSWERS


class Shed:
    """The middleware. `now_measure(scope, priority)` tells what happens in this process now."""

    def __init__(self, app: ASGIApp, rank: Rank, now_measure: Callable[[Scope, Priority], Measure]) -> None:
        self._app = app
        self._rank = rank
        self._measure = now_measure
        self._held = 0
        self._turn = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        priority = self._rank(scope["method"], scope["path"])
        measure = self._measure(scope, priority)
        if measure is Measure.HALVE:
            self._turn = not self._turn
        if measure is not Measure.SERVE and (measure is not Measure.HALVE or self._turn):
            measure = await self._hold(scope, priority)
            if measure not in (Measure.SERVE, Measure.HALVE):
                SHED.labels(f"http_{priority.name.lower()}").inc()
                lang = language_of(Headers(scope=scope).get("accept-language", ""))
                refusal = problem(503, "busy", lang, headers={"Retry-After": str(random.randint(1, 10))})
                return await refusal(scope, receive, send)
        await self._app(scope, receive, send)

    async def _hold(self, scope: Scope, priority: Priority) -> Measure:
        if self._held >= MOST_HELD:
            return Measure.REFUSE
        self._held += 1
        loop = asyncio.get_running_loop()
        until = loop.time() + HOLD_S
        try:
            while (measure := self._measure(scope, priority)) is not Measure.SERVE and loop.time() < until:  # noqa: ASYNC110
                await asyncio.sleep(LOOK_S)
            return measure
        finally:
            self._held -= 1
