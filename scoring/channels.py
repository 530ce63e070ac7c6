"""Hearing what is published: one connection to one server, with plain or, in a Cluster, sharded pub/sub.

Never comes back by itself in a Cluster: who listens asks there anew where the channel is. What was published while
nobody listened is gone; `Wire.gap` says when that may have been so.
"""

import contextlib
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from scoring.redis_cancelling import heeding_cancel
from scoring.redis_cluster import ClusterRedis, Node

_MESSAGES = frozenset({"message", "smessage"})
_SUBSCRIBED = frozenset({"subscribe", "ssubscribe"})


class ChannelMoved(RedisConnectionError):
    """The server no longer answers for a channel that was heard there."""


class Wire:
    """A subscription connection. One task reads; any may subscribe."""

    def __init__(self, pubsub: PubSub, own: Redis | None) -> None:
        """`own` is the client of a Cluster's node, which then is sharded and closed with the wire."""
        self._pubsub = pubsub
        self._own = own
        self._wanted: set[str] = set()
        self._confirmed: set[str] = set()
        self.gap = False
        """Set when the connection was renewed underneath: something may have been missed. Whoever reads clears it."""

    async def subscribe(self, *channels: str) -> None:
        """From now on hears them. Raises RedisError or OSError."""
        self._wanted.update(channels)
        with heeding_cancel():
            if self._own is None:
                await self._pubsub.subscribe(*channels)
                return
            for channel in channels:  # One command must not name two slots.
                await self._pubsub.ssubscribe(channel)

    async def unsubscribe(self, *channels: str) -> None:
        """No longer hears them. Raises RedisError or OSError."""
        self._wanted.difference_update(channels)
        self._confirmed.difference_update(channels)
        with heeding_cancel():
            if self._own is None:
                await self._pubsub.unsubscribe(*channels)
                return
            for channel in channels:
                await self._pubsub.sunsubscribe(channel)

    async def next(self, timeout_s: float) -> tuple[bool, bytes | None]:
        """Whether anything came in time, and the payload if it was a message.

        Raises ChannelMoved, another RedisError or OSError: then close it and begin anew.
        """
        with heeding_cancel():
            message: dict[str, Any] | None = await self._pubsub.get_message(timeout=timeout_s)
        if message is None:
            return False, None
        kind = message["type"]
        if kind in _MESSAGES:
            return True, message["data"]
        if kind in _SUBSCRIBED:
            channel = message["channel"].decode()
            self.gap = self.gap or channel in self._confirmed
            self._confirmed.add(channel)
        elif kind == "sunsubscribe" and message["channel"].decode() in self._wanted:
            raise ChannelMoved("the slot has moved")
        return True, None

    async def ping(self) -> None:
        """Makes a living server say something. Raises RedisError or OSError."""
        with heeding_cancel():
            await self._pubsub.ping()

    async def aclose(self) -> None:
        """Closes the connection, whatever state it is in."""
        with contextlib.suppress(RedisError, OSError):
            await self._pubsub.aclose()  # type: ignore[no-untyped-call]
        if self._own is not None:
            with contextlib.suppress(RedisError, OSError):
                await self._own.aclose()


async def server_of(redis: Redis, channel: str, *, fresh: bool = False) -> Node | None:
    """The node where a Cluster's channel is heard; None without a Cluster, where there is one server.

    `fresh`: ask the Cluster instead of trusting what is known. Raises RedisError.
    """
    return await redis.owner(channel, fresh=fresh) if isinstance(redis, ClusterRedis) else None


def wire_to(redis: Redis, server: Node | None) -> Wire:
    """A connection to that server; opened with the first subscription."""
    if server is None:
        return Wire(redis.pubsub(), None)
    assert isinstance(redis, ClusterRedis)
    own = redis.node(server)
    return Wire(own.pubsub(), own)


async def listen(redis: Redis, channel: str) -> Wire:
    """A wire that hears one channel, wherever that is now. Raises RedisError or OSError."""
    wire = wire_to(redis, await server_of(redis, channel))
    try:
        await wire.subscribe(channel)
    except BaseException:
        await wire.aclose()
        raise
    return wire
