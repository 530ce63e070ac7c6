"""One subscription connection of a process, kept up: subscribes to what is wanted and comes back when its server does.

Knows nothing of rooms, nor where a channel belongs (`realtime.broker` does).
"""

import asyncio
import time
from collections.abc import Callable

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from scoring.channels import Wire, wire_to
from scoring.redis_cluster import Node

_log = structlog.get_logger(__name__)
_POLL_S = 0.25
_PING_EVERY_S, _SILENT_S = 3.0, 8.0
_FIRST_PAUSE_S, _LAST_PAUSE_S = 0.1, 2.0


class Line:
    """`run()` it as a task; change `wanted` at any time."""

    def __init__(
        self,
        redis: Redis,
        server: Node | None,
        on_message: Callable[[bytes], None],
        on_gap: Callable[[], None],
        on_lost: Callable[[], None],
    ) -> None:
        """`server` is a node of a Cluster, None for the only server there is. `on_lost`: it has to begin anew."""
        self._redis, self._server = redis, server
        self._on_message, self._on_gap, self._on_lost = on_message, on_gap, on_lost
        self._wire: Wire | None = None
        self._subscribed: set[str] = set()
        self.wanted: set[str] = set()
        self._connected = False

    @property
    def connected(self) -> bool:
        """Whether everything wanted is heard."""
        return self._connected and self.wanted <= self._subscribed

    async def carry(self, channels: set[str]) -> None:
        """From now on these and no others; what is new here may have said something on the way."""
        self.wanted = channels
        if self._wire is not None and (new := channels - self._subscribed):
            for channel in new:
                await self.subscribe(channel)
            self._on_gap()

    async def subscribe(self, channel: str) -> None:
        """Hears the channel when this returns, or as soon as the server is back."""
        self.wanted.add(channel)
        if self._wire is None or channel in self._subscribed:
            return
        try:
            # Now and not at the listener's next turn: what is said in between would be lost.
            await self._wire.subscribe(channel)
            self._subscribed.add(channel)
        except (RedisError, OSError) as error:
            _log.debug("subscribe_failed", reason=type(error).__name__)

    async def run(self) -> None:
        """Listens until cancelled."""
        pause = _FIRST_PAUSE_S
        while True:
            wire = wire_to(self._redis, self._server)
            try:
                await self._listen(wire)
            except Exception as error:
                # Whatever it is, rooms live on by comparing versions; the next connection starts clean.
                if self._connected or not isinstance(error, RedisError | OSError | TimeoutError):
                    _log.warning("broker_lost", reason=type(error).__name__)
            finally:
                pause = _FIRST_PAUSE_S if self._connected else min(_LAST_PAUSE_S, pause * 2)
                self._connected = False
                self._wire = None
                try:
                    await wire.aclose()
                except Exception as error:
                    _log.debug("broker_close_failed", reason=type(error).__name__)
            self._on_lost()
            await asyncio.sleep(pause)

    async def _listen(self, wire: Wire) -> None:
        self._subscribed = set()
        heard = pinged = time.monotonic()
        while True:
            if missing := self.wanted - self._subscribed:
                await wire.subscribe(*missing)
                self._subscribed |= missing
            if surplus := self._subscribed - self.wanted:
                await wire.unsubscribe(*surplus)
                self._subscribed -= surplus
            if missing:
                self._wire = wire
                if not self._connected:
                    self._connected = True
                    _log.info("broker_connected", channels=len(self._subscribed))
                self._on_gap()
            if not self._subscribed:
                await asyncio.sleep(_POLL_S)
                continue
            anything, payload = await wire.next(_POLL_S)
            now = time.monotonic()
            if payload is not None:
                self._on_message(payload)
            if wire.gap:
                wire.gap = False
                self._on_gap()
            if anything:
                heard = now
            elif now - heard > _SILENT_S:
                raise TimeoutError
            if now - pinged > _PING_EVERY_S:
                pinged = now
                await wire.ping()
