"""Pub/sub between processes: hears the rooms of this process, hands over each message, and comes back when Redis does.

In a Cluster every room's channel is heard where its slot is, over one connection to each node that has any, and moves
with the slot. Never the only way news travels: every process also compares versions with SQL once a second. A Redis
that dies, restarts empty, fails over or hangs costs at most that second.
"""

import asyncio
import time
from collections.abc import Callable

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from realtime.line import Line
from scoring import keys
from scoring.channels import server_of
from scoring.redis_cluster import ClusterRedis, Node

_log = structlog.get_logger(__name__)
_PLACE_EVERY_S = 0.5
_ASK_EVERY_S = 5.0
"""So often the Cluster is asked where the channels are, and at every turn while a connection is lost."""


class Broker:
    """The channels of all rooms of a process. `run()` it in a task group."""

    def __init__(self, redis: Redis, on_message: Callable[[bytes], None], on_gap: Callable[[], None]) -> None:
        """`on_message` gets each payload; `on_gap` is called when messages may have been missed."""
        self._redis = redis
        self._on_message = on_message
        self._on_gap = on_gap
        self._wanted: set[str] = {keys.all_rooms_channel()}
        self._lines: dict[Node | None, tuple[Line, asyncio.Task[None]]] = {}
        self._placed: dict[str, Node | None] = {}
        self._replace = asyncio.Event()
        self._lost = False

    @property
    def connected(self) -> bool:
        """Whether every wanted channel is heard, as far as is known."""
        lines = {server: line for server, (line, _) in self._lines.items()}
        placed = [lines.get(self._placed[channel]) for channel in self._wanted if channel in self._placed]
        return len(placed) == len(self._wanted) and all(line is not None and line.connected for line in placed)

    async def subscribe(self, round_id: int) -> None:
        """From now on hears that room; without Redis, as soon as it is back."""
        channel = keys.room_channel(round_id)
        self._wanted.add(channel)
        if channel not in self._placed:
            try:
                self._placed[channel] = await server_of(self._redis, channel)
            except (RedisError, OSError):
                return
        if (found := self._lines.get(self._placed[channel])) is not None:
            await found[0].subscribe(channel)
        else:
            self._replace.set()

    def unsubscribe(self, round_id: int) -> None:
        """No longer hears that room."""
        channel = keys.room_channel(round_id)
        self._wanted.discard(channel)
        if (found := self._lines.get(self._placed.pop(channel, None))) is not None:
            found[0].wanted.discard(channel)

    async def publish(self, round_id: int, payload: bytes) -> bool:
        """Tells every process that holds the room; false when Redis did not take it."""
        try:
            await self._redis.publish(keys.room_channel(round_id), payload)
        except (RedisError, OSError):
            return False
        return True

    async def run(self) -> None:
        """Listens until cancelled."""
        asked = time.monotonic()
        async with asyncio.TaskGroup() as group:
            try:
                while True:
                    now = time.monotonic()
                    astray = self._lost or any(not line.connected for line, _ in self._lines.values())
                    fresh = astray or now - asked > _ASK_EVERY_S
                    asked = now if fresh else asked
                    self._lost = False
                    self._replace.clear()
                    await self._find(fresh=fresh)
                    await self._arrange(group)
                    try:
                        async with asyncio.timeout(_PLACE_EVERY_S if isinstance(self._redis, ClusterRedis) else None):
                            await self._replace.wait()
                    except TimeoutError:
                        continue
            finally:
                for _, task in self._lines.values():
                    task.cancel()
                self._lines.clear()

    async def _find(self, *, fresh: bool) -> None:
        """Where each channel is; what nobody answers for stays where it was."""
        for channel in list(self._wanted):
            try:
                server = await server_of(self._redis, channel, fresh=fresh)
            except (RedisError, OSError) as error:
                _log.debug("channel_not_placed", reason=type(error).__name__)
                if fresh:
                    self._lost = True
                    return  # Nobody answers: not worth asking once for each room.
                continue
            fresh = False
            if channel in self._wanted:  # Still: somebody may have left meanwhile.
                self._placed[channel] = server

    async def _arrange(self, group: asyncio.TaskGroup) -> None:
        """A line to each server that has channels, and none to others."""
        wanted: dict[Node | None, set[str]] = {}
        for channel, server in self._placed.items():
            wanted.setdefault(server, set()).add(channel)
        for server, channels in wanted.items():
            if server not in self._lines:
                line = Line(self._redis, server, self._on_message, self._on_gap, self._line_lost)
                self._lines[server] = (line, group.create_task(line.run()))
            await self._lines[server][0].carry(channels)
        for server in self._lines.keys() - wanted.keys():
            self._lines.pop(server)[1].cancel()

    def _line_lost(self) -> None:
        self._lost = True
        self._replace.set()
