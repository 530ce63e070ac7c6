"""The one way to a Redis connection: time-outs and retries fit for a service that may be lost at any moment.

Whether the URL names one server, a master behind Sentinel or a Cluster, callers hold a `Redis`. Never decides what is
stored there.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import MasterNotFoundError, Sentinel
from redis.backoff import ConstantBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeout

from scoring.redis_cancelling import heeding_cancel
from scoring.redis_cluster import ClusterRedis
from scoring.redis_url import BadRedisUrl, ClusterAddress, SentinelAddress, SingleAddress, parse

# Redis is only ever a faster copy of the truth, so waiting for a dead one must cost less than doing without:
# refused, unreachable or hung, a command fails within about a second and the caller goes on from SQL.
CONNECT_TIMEOUT_S = 0.25
COMMAND_TIMEOUT_S = 0.5
RETRY_PAUSE_S = 0.05
WHOLE_TIMEOUT_S = 1.5
"""Behind Sentinel and in a Cluster a command may ask several servers in turn, each with the limits above."""


def connect(url: str) -> Redis:
    """A client for any URL of `scoring.redis_url`; replies are bytes.

    Opens nothing until the first command; close it with `aclose()`. A command is tried twice, writes too, so every
    write through it must be one that may be repeated. `redis.RedisError` covers all its failures. Commands that block
    on the server may not be sent. In a Cluster all keys of a script or a transaction must share a hash tag, a pipeline
    need not; `publish` is sharded there, and is heard through `scoring.channels` only. Raises BadRedisUrl, a
    ValueError.
    """
    address = parse(url)
    match address:
        case SingleAddress():
            return _single(address)
        case SentinelAddress():
            return _behind_sentinel(address)
        case ClusterAddress():
            return ClusterRedis(address, limits(), WHOLE_TIMEOUT_S)


def limits() -> dict[str, Any]:
    """What every connection of ours is made with."""
    return {
        "decode_responses": False,
        "socket_connect_timeout": CONNECT_TIMEOUT_S,
        "socket_timeout": COMMAND_TIMEOUT_S,
        "retry": Retry(ConstantBackoff(RETRY_PAUSE_S), retries=1),
    }


def _single(address: SingleAddress) -> Redis:
    try:
        client = SingleRedis.from_url(address.url, **limits())
        # An option that no connection knows would show only at the first command, as a TypeError.
        client.connection_pool.make_connection()  # type: ignore[no-untyped-call]
    except (ValueError, TypeError):
        raise BadRedisUrl("address") from None  # The library's own words may repeat a part of a password.
    client.connection_pool.reset()  # type: ignore[no-untyped-call]
    return client


class SingleRedis(Redis):
    """One server."""

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """See Redis."""
        with heeding_cancel():
            return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        """See Redis."""
        return _SinglePipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)


class _SinglePipeline(Pipeline):
    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        with heeding_cancel():
            return await super().execute(raise_on_error)


@asynccontextmanager
async def _master() -> AsyncIterator[None]:
    """One time-out for finding the master and for what it is asked."""
    try:
        with heeding_cancel():
            async with asyncio.timeout(WHOLE_TIMEOUT_S):
                yield
    except TimeoutError:
        raise RedisTimeout("no master answered in time") from None
    except MasterNotFoundError:
        # The library's words name every sentinel with all its options.
        raise RedisConnectionError("no sentinel that answers knows this service") from None


class SentinelRedis(Redis):
    """The present master. Asks the sentinels anew at each new connection, which a failover makes necessary."""

    sentinels: Sentinel
    service: str

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """See Redis."""
        async with _master():
            return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        """See Redis."""
        return _SentinelPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Closes the connections to master and sentinels."""
        await super().aclose(close_connection_pool)
        await self.sentinels.aclose()


class _SentinelPipeline(Pipeline):
    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        async with _master():
            return await super().execute(raise_on_error)


def _behind_sentinel(address: SentinelAddress) -> SentinelRedis:
    sentinel = Sentinel(
        list(address.sentinels),
        sentinel_kwargs={**limits(), **address.sentinel_options},
        **limits(),
    )  # type: ignore[no-untyped-call]
    client: SentinelRedis = sentinel.master_for(
        address.service, redis_class=SentinelRedis, db=address.database, **address.options
    )
    client.sentinels, client.service = sentinel, address.service
    return client
