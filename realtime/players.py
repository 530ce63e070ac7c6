"""Everything a players' process is made of, put together, started and stopped.

Never a rule of its own: rooms, seating and intake do the work.
"""

import asyncio
import math
import os
import secrets
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog
from redis.asyncio import Redis
from sqlalchemy import event

from contest.clock import Clock
from contest.database import Database
from contest.phases import Phase
from realtime.choosing import Choosing
from realtime.fanout import opening, state_frame
from realtime.handshake import Policy
from realtime.hub import Hub
from realtime.intake import Intake
from realtime.limits import Admission
from realtime.metrics import STATEMENTS
from realtime.protocol import CloseCode
from realtime.rooms import Phone, Room
from realtime.seating import Seating
from realtime.shedding import Measure, Priority
from realtime.wire import json_frame

_log = structlog.get_logger(__name__)
RECONNECTS_PER_MS = 0.3
"""How many phones a process takes back in one ms: what a goodbye's spread is reckoned with."""
SLICE = 500
LEAST_SPREAD_MS = 500
POLLING_KEPT_MS = 60_000.0
"""A seat that plays by HTTP and was silent for so long is new at the door."""
_ASKING = frozenset({Phase.GET_READY, Phase.OPEN, Phase.CLOSING})


class Players:
    """One players' process. Use as `async with players.running():`."""

    def __init__(
        self,
        db: Database,
        redis: Redis,
        clock: Clock,
        *,
        join_url: str,
        policy: Policy,
        max_connections: int,
        drain_s: float = 60.0,
        process: str | None = None,
    ) -> None:
        self._drain_s = drain_s
        self.clock = clock
        self.policy = policy
        self.join_url = join_url
        event.listen(db.engine.sync_engine, "before_cursor_execute", _count_statement)
        self.hub = Hub(db, redis, clock, join_url, process or f"{os.getpid()}-{secrets.token_hex(3)}")
        self.seating = Seating(self.hub)
        self.intake = Intake(self.hub)
        self.choosing = Choosing(self.hub)
        self.admission = Admission.of(max_connections, clock.monotonic_ms() / 1000)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Runs the background tasks; at the end what is queued is committed."""
        hub = asyncio.create_task(self.hub.run(), name="hub")
        workers = [
            asyncio.create_task(self.seating.run(), name="seating"),
            asyncio.create_task(self.intake.run(), name="intake"),
            asyncio.create_task(self.choosing.run(), name="choosing"),
        ]
        stopping = False

        def ended(task: asyncio.Task[None]) -> None:
            # A part that died leaves a process that looks alive: better that the supervisor starts a new one.
            if not stopping and not task.cancelled():
                _log.critical("part_died", part=task.get_name(), exc_info=task.exception())
                os.kill(os.getpid(), signal.SIGTERM)

        for task in (hub, *workers):
            task.add_done_callback(ended)
        try:
            # One turn of the loop, so that the hub's group is there before the first phone.
            await asyncio.sleep(0)
            yield
        finally:
            stopping = True
            self.seating.stop()
            self.intake.stop()
            self.choosing.stop()
            _, late = await asyncio.wait(workers, timeout=8)
            if late:
                _log.warning("stopped_with_work_left", tasks=[task.get_name() for task in late])
            for task in (*late, hub):
                task.cancel()
            await asyncio.gather(*workers, hub, return_exceptions=True)

    def catch_up(self, phone: Phone, room: Room) -> None:
        """Shows the newest picture to a phone that was behind."""
        frames = state_frame(room, self.clock) + json_frame(room.you(phone.seat.seat))
        frames += opening(room, phone, self.clock.monotonic_ms(), os.urandom(8), own_send=True)
        phone.write(frames)

    def may_poll(self, room: Room, seat: int) -> bool:
        """Whether a seat may ask by HTTP: always who does already, others through the same door as sockets."""
        now_s = asyncio.get_running_loop().time()
        known = self.clock.monotonic_ms() - room.polled.get(seat, -math.inf) < POLLING_KEPT_MS
        return known or self.admission.may_poll(now_s)

    def hold_joins(self) -> bool:
        """Whether newcomers of any kind wait in line now."""
        return self.hub.measure(Priority.JOINS) is not Measure.SERVE

    def turns_away(self, *, returns: bool) -> str | None:
        """Why a new socket is not taken now; None: it is, and `admission.leave` has to follow."""
        hub = self.hub
        now = asyncio.get_running_loop().time()
        return self.admission.refuses(now, returns=returns, lag_ms=hub.lag_ms, draining=hub.draining)

    @property
    def busy_with_question(self) -> bool:
        """Whether a question is being asked in any room here, or its results are on their way to the phones."""
        return any(
            (room.phones or room.polling(self.clock.monotonic_ms())) and (room.phase in _ASKING or room.behind)
            for room in self.hub.rooms.values()
        )

    async def drain(self, close_doors: Callable[[], None]) -> None:
        """Sends everybody elsewhere: never inside an open question if that ends soon, and spread over time.

        While the question lasts the doors stay open to who comes back to a seat and who plays by HTTP; newcomers and
        whoever asks for readiness are sent away at once.
        """
        hub = self.hub
        hub.draining = True
        loop = asyncio.get_running_loop()
        end = loop.time() + self._drain_s
        while self.busy_with_question and loop.time() < end:  # noqa: ASYNC110 (rooms have no common signal)
            await asyncio.sleep(0.1)
        close_doors()
        hub.leaving = True
        phones = [phone for room in hub.rooms.values() for phone in room.phones.values()]
        spread = max(LEAST_SPREAD_MS, int(len(phones) / RECONNECTS_PER_MS))
        for start in range(0, len(phones), SLICE):
            for phone in phones[start : start + SLICE]:
                phone.goodbye(CloseCode.DRAIN, spread=spread)
            await asyncio.sleep(0.02)

    async def unready(self) -> dict[str, str]:
        """What this process cannot do now: part → reason. Empty: it can work."""
        problems: dict[str, str] = {}
        try:
            async with asyncio.timeout(2), self.hub.db.read() as reader:
                await reader.exec_driver_sql("SELECT 1")
        except Exception as error:
            problems["database"] = type(error).__name__
        if self.intake.failing:
            problems["storing"] = self.intake.failing
        try:
            async with asyncio.timeout(2):
                await self.hub.redis.exists("hoithi")
        except Exception as error:
            problems["redis"] = type(error).__name__
        if self.hub.draining:
            problems["draining"] = "stopping"
        return problems


def _count_statement(*_: object) -> None:
    STATEMENTS.inc()
