"""A Redis Cluster behind the same face as one server, for callers that know nothing of slots.

The library routes, follows moved slots and asks the nodes for the new order after a failover. This adds what it lacks
here: one time-out for the whole of that, one kind of error, scripts that load themselves where they are missing, and
sharded publishing. Never decides what is stored.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NoReturn, cast

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.client import Pipeline
from redis.asyncio.cluster import ClusterNode, ClusterPipeline
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.commands.core import AsyncScript
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, RedisClusterException
from redis.exceptions import TimeoutError as RedisTimeout

from scoring.redis_cancelling import heeding_cancel
from scoring.redis_url import ClusterAddress

Node = tuple[str, int]


@asynccontextmanager
async def _bounded(seconds: float) -> AsyncIterator[None]:
    """Every failure of the cluster client as a RedisError, in time."""
    try:
        with heeding_cancel():
            async with asyncio.timeout(seconds):
                yield
    except TimeoutError:
        raise RedisTimeout("the cluster did not answer in time") from None
    except RedisClusterException as error:
        # No subclass of RedisError there, although it says no more than that nobody answers for a slot.
        raise RedisConnectionError(str(error)) from error


class ClusterRedis(Redis):
    """A client of a whole Cluster. Commands with several keys need them in one slot."""

    def __init__(self, address: ClusterAddress, limits: Mapping[str, Any], whole_timeout_s: float) -> None:
        super().__init__()  # Its pool is never used: every command goes through the cluster client.
        self.nodes = RedisCluster(
            startup_nodes=[ClusterNode(host, port) for host, port in address.nodes],
            # A missing shard must not take the others with it.
            require_full_coverage=False,
            # A moved slot is followed by itself; starting anew would cut off whatever else is under way.
            reinitialize_steps=0,
            **limits,
            **address.options,
        )
        self._node_options = {**limits, **address.options, "retry": Retry(NoBackoff(), retries=0)}
        self._timeout_s = whole_timeout_s

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """See Redis."""
        async with _bounded(self._timeout_s):
            return await self.nodes.execute_command(*args, **options)

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        """See Redis; without a transaction its commands may be of any slots, and each node's are sent at once."""
        return cast(Pipeline, _Pipeline(self.nodes, transaction, self._timeout_s))  # type: ignore[abstract]

    def register_script(self, script: Any) -> AsyncScript:  # type: ignore[override]
        """See Redis."""
        return _Script(self, script)

    def publish(self, channel: Any, message: Any, **_: Any) -> Any:
        """To the channel's own shard only: an unsharded message would go to every node, whoever listens there."""
        return self.execute_command("SPUBLISH", channel, message)

    def pubsub(self, **_: Any) -> NoReturn:
        """Channels are heard node by node: see `scoring.channels`."""
        raise NotImplementedError("scoring.channels listens in a cluster")

    def ping(self, **_: Any) -> Any:
        """Whether any node answers."""
        return self.execute_command("PING", target_nodes=RedisCluster.RANDOM)

    def time(self, **_: Any) -> NoReturn:
        """Nodes have clocks of their own: ask for the time in a script, where the key is."""
        raise NotImplementedError("a cluster has no time of its own")

    async def owner(self, channel: str, *, fresh: bool = False) -> Node:
        """Which node answers for the channel's slot, as far as is known; `fresh`: ask the cluster again.

        Raises RedisError when nobody does.
        """
        async with _bounded(self._timeout_s):
            if fresh:
                await self.nodes.nodes_manager.initialize()
            await self.nodes.initialize()
            node = self.nodes.get_node_from_key(channel)
        if node is None:
            raise RedisConnectionError("no node answers for this channel")
        return str(node.host), int(node.port)

    def node(self, node: Node) -> Redis:
        """A client of one node alone, without retries; the caller closes it."""
        return Redis(host=node[0], port=node[1], **self._node_options)

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Closes every connection."""
        await self.nodes.aclose()
        await super().aclose(close_connection_pool)


class _Pipeline(ClusterPipeline):
    def __init__(self, cluster: RedisCluster, transaction: bool, timeout_s: float) -> None:
        super().__init__(cluster, transaction or None)
        self._timeout_s = timeout_s

    async def __aenter__(self) -> "_Pipeline":
        return self  # Nothing is asked before `execute`, where it is bounded.

    async def execute(self, raise_on_error: bool = True, allow_redirections: bool = True) -> list[Any]:
        async with _bounded(self._timeout_s):
            return await super().execute(raise_on_error, allow_redirections)


class _Script(AsyncScript):
    async def __call__(self, keys: Any = None, args: Any = None, client: Any = None) -> Any:
        given = [len(keys or ()), *(keys or ()), *(args or ())]
        redis = client or self.registered_client
        try:
            return await redis.execute_command("EVALSHA", self.sha, *given)
        except NoScriptError:
            # Loads it where it is missing. SCRIPT LOAD would go to all masters and fail with the dead one.
            return await redis.execute_command("EVAL", self.script, *given)
