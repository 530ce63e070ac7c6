"""Which servers stand behind a Redis URL, and which of them answer from here. For people who look after them.

Never changes anything there.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from scoring.redis_client import SentinelRedis
from scoring.redis_cluster import ClusterRedis

SLOTS = 16_384
FIRST_SHARDED = 7
"""The first major version that knows sharded pub/sub."""


@dataclass(frozen=True, slots=True)
class Topology:
    """What was found. Servers are named host:port."""

    server: str
    """Name and version."""
    ms: float
    """How long one command took."""
    masters: tuple[str, ...] = ()
    replicas: int = 0
    unreachable: tuple[str, ...] = ()
    """Servers that are known and do not answer from here."""
    alone: tuple[str, ...] = ()
    """Masters without a replica that could take over."""
    unserved: int = 0
    """Slots of a Cluster that no master serves."""
    sentinels: int = 0
    """Sentinels that answer."""


async def look(redis: Redis) -> Topology:
    """Asks around. Raises RedisError or OSError when nobody answers, or when there is no master."""
    if isinstance(redis, ClusterRedis):
        return await _cluster(redis)
    info = await redis.info("server")
    ms = await _ms(redis.ping())
    if not isinstance(redis, SentinelRedis):
        return Topology(_named(info), ms)
    return await _watched(redis, _named(info), ms)


def _named(info: Mapping[str, Any]) -> str:
    return f"Valkey {info['valkey_version']}" if "valkey_version" in info else f"Redis {info['redis_version']}"


async def _ms(question: Awaitable[Any]) -> float:
    began = time.monotonic()
    await question
    return round((time.monotonic() - began) * 1000, 1)


async def _answers(client: Redis) -> bool:
    try:
        await client.ping()
    except (RedisError, OSError):
        return False
    return True


async def _watched(redis: SentinelRedis, server: str, ms: float) -> Topology:
    role: list[Any] = await redis.execute_command("ROLE")
    host, port = await redis.sentinels.discover_master(redis.service)
    replicas: Sequence[Mapping[str, Any]] = []
    answering = 0
    silent: list[str] = []
    for sentinel in redis.sentinels.sentinels:
        try:
            replicas = await sentinel.sentinel_slaves(redis.service) or replicas
            answering += 1
        except (RedisError, OSError):
            at = sentinel.connection_pool.connection_kwargs
            silent.append(f"{at['host']}:{at['port']}")
    silent += [f"{one['ip']}:{one['port']}" for one in replicas if one["is_sdown"] or one["is_odown"]]
    master = f"{host}:{port}"
    in_step = len(role[2])
    return Topology(server, ms, (master,), in_step, tuple(silent), () if in_step else (master,), sentinels=answering)


async def _cluster(redis: ClusterRedis) -> Topology:
    known: Mapping[str, Mapping[str, Any]] = await redis.execute_command("CLUSTER NODES", target_nodes="random")
    asked = redis.nodes.get_default_node()
    here = {}
    for address, node in known.items():
        if "noaddr" not in node["flags"]:
            host, _, port = address.rpartition(":")
            # A node alone in its Cluster does not know its own address.
            here[f"{node['hostname'] or host or asked.host}:{port}"] = node
    clients = {name: redis.node(_address(name)) for name in here}
    try:
        living = dict(zip(here, await asyncio.gather(*map(_answers, clients.values())), strict=True))
        one = next((clients[name] for name, alive in living.items() if alive), None)
        info = await one.info("server") if one is not None else {"redis_version": "?"}
        ms = await _ms(redis.exists("hoithi"))
    finally:
        for client in clients.values():
            with contextlib.suppress(RedisError, OSError):
                await client.aclose()
    masters = {name: node for name, node in here.items() if node["slots"]}
    followers = [node for name, node in here.items() if "slave" in node["flags"] and living[name]]
    followed = {node["master_id"] for node in followers}
    served = sum(_count(node["slots"]) for name, node in masters.items() if living[name])
    return Topology(
        server=_named(info),
        ms=ms,
        masters=tuple(sorted(masters)),
        replicas=len(followers),
        unreachable=tuple(sorted(name for name, alive in living.items() if not alive)),
        alone=tuple(sorted(name for name, node in masters.items() if node["node_id"] not in followed)),
        unserved=SLOTS - served,
    )


def _address(name: str) -> tuple[str, int]:
    host, _, port = name.rpartition(":")
    return host, int(port)


def _count(ranges: Iterable[list[str]]) -> int:
    return sum(int(ends[-1]) - int(ends[0]) + 1 for ends in ranges)
