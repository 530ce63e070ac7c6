"""Redis pub/sub between processes: subscribes to rooms, hands over each message, and comes back when Redis does.

Never the only way news travels: every process also compares versions with SQL once a second. A Redis that dies,
restarts empty or hangs costs at most that second.
"""

import asyncio
import time
from collections.abc import Callable

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from scoring import keys

_log = structlog.get_logger(__name__)
_PING_EVERY_S, _SILENT_S = 3.0, 8.0
_FIRST_PAUSE_S, _LAST_PAUSE_S = 0.1, 2.0


class Broker:
    """One subscription connection for all rooms of a process. `run()` it in a task group."""

    def __init__(self, redis: Redis, on_message: Callable[[bytes], None], on_gap: Callable[[], None]) -> None:
        """`on_message` gets each payload; `on_gap` is called when messages may have been missed."""
        self._redis = redis
        self._on_message = on_message
        self._on_gap = on_gap
        self._wanted: set[str] = {keys.all_rooms_channel()}
        self._subscribed: set[str] = set()
        self._pubsub: PubSub | None = None
        self.connected = False

    async def subscribe(self, round_id: int) -> None:
        """From now on hears that room; without Redis, as soon as it is back."""
        channel = keys.room_channel(round_id)
        self._wanted.add(channel)
        if self._pubsub is None or channel in self._subscribed:
            return
        try:
            # Now and not at the listener's next turn: what is said in between would be lost.
            await self._pubsub.subscribe(channel)
            self._subscribed.add(channel)
        except (RedisError, OSError) as error:
            _log.debug("subscribe_failed", reason=type(error).__name__)

    def unsubscribe(self, round_id: int) -> None:
        """No longer hears that room."""
        self._wanted.discard(keys.room_channel(round_id))

    async def publish(self, round_id: int, payload: bytes) -> bool:
        """Tells every process that holds the room; false when Redis did not take it."""
        try:
            await self._redis.publish(keys.room_channel(round_id), payload)
        except (RedisError, OSError):
            return False
        return True

    async def run(self) -> None:
        """Listens until cancelled."""
        pause = _FIRST_PAUSE_S
        while True:
            pubsub = self._redis.pubsub()
            try:
                await self._listen(pubsub)
            except Exception as error:
                # Whatever it is, rooms live on by comparing versions; the next connection starts clean.
                if self.connected or not isinstance(error, RedisError | OSError | TimeoutError):
                    _log.warning("broker_lost", reason=type(error).__name__)
            finally:
                pause = _FIRST_PAUSE_S if self.connected else min(_LAST_PAUSE_S, pause * 2)
                self.connected = False
                self._pubsub = None
                try:
                    await pubsub.aclose()  # type: ignore[no-untyped-call]
                except Exception as error:
                    _log.debug("broker_close_failed", reason=type(error).__name__)
            await asyncio.sleep(pause)

    async def _listen(self, pubsub: PubSub) -> None:
        self._subscribed = set()
        heard = pinged = time.monotonic()
        while True:
            if missing := self._wanted - self._subscribed:
                await pubsub.subscribe(*missing)
                self._subscribed |= missing
            if surplus := self._subscribed - self._wanted:
                await pubsub.unsubscribe(*surplus)
                self._subscribed -= surplus
            if missing:
                self._pubsub = pubsub
                if not self.connected:
                    self.connected = True
                    _log.info("broker_connected", channels=len(self._subscribed))
                self._on_gap()
            message = await pubsub.get_message(timeout=0.25)
            now = time.monotonic()
            if message is not None:
                heard = now
                if message["type"] == "message":
                    self._on_message(message["data"])
            elif now - heard > _SILENT_S:
                raise TimeoutError
            if now - pinged > _PING_EVERY_S:
                pinged = now
                await pubsub.ping()
