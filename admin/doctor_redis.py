"""What the doctor says of a Redis: one server, one behind Sentinel, or a Cluster.

Never mends anything and never shows the URL, which may hold a password.
"""

from collections.abc import Iterator
from typing import Any

from redis.exceptions import RedisError

from admin.opening import reason_of
from admin.trouble import words
from scoring.redis_client import connect
from scoring.redis_topology import FIRST_SHARDED, Topology, look
from scoring.redis_url import BadRedisUrl, ClusterAddress, SentinelAddress, parse

SLOW_MS = 20
FEWEST_SENTINELS = 3
Line = tuple[str, str, dict[str, Any]]
"""Level, code and what the sentence `cli.doctor.<level>.<code>` takes."""


async def examine_redis(url: str) -> list[Line]:
    """The lines about the Redis of this URL; the first one is about whether it works at all."""
    try:
        address = parse(url)
        client = connect(url)
    except BadRedisUrl as problem:
        return [("bad", "redis_down", {"reason": words(f"trouble.redis_url_{problem.code}")})]
    try:
        found = await look(client)
    except (RedisError, OSError) as problem:
        return [("bad", "redis_down", {"reason": reason_of(problem)})]
    finally:
        await client.aclose()
    shown = {"server": found.server, "ms": found.ms, "masters": len(found.masters), "replicas": found.replicas}
    if isinstance(address, ClusterAddress):
        return list(_of_cluster(found, shown))
    if isinstance(address, SentinelAddress):
        return list(_of_sentinels(found, shown, len(address.sentinels)))
    return [("warn", "redis_slow", shown) if found.ms > SLOW_MS else ("ok", "redis", shown)]


def _of_cluster(found: Topology, shown: dict[str, Any]) -> Iterator[Line]:
    if found.unserved:
        yield "bad", "redis_slots", {**shown, "slots": found.unserved}
    elif found.ms > SLOW_MS:
        yield "warn", "redis_slow", shown
    else:
        yield "ok", "redis_cluster", shown
    version = found.server.split()[-1].split(".")[0]
    if version.isdigit() and int(version) < FIRST_SHARDED:
        yield "bad", "redis_old", shown
    yield from _weak(found)


def _of_sentinels(found: Topology, shown: dict[str, Any], named: int) -> Iterator[Line]:
    shown = {**shown, "master": found.masters[0], "sentinels": found.sentinels}
    yield ("warn", "redis_slow", shown) if found.ms > SLOW_MS else ("ok", "redis_sentinel", shown)
    if named < FEWEST_SENTINELS:
        yield "warn", "redis_sentinels", {"named": named, "wanted": FEWEST_SENTINELS}
    yield from _weak(found)


def _weak(found: Topology) -> Iterator[Line]:
    if found.unreachable:
        yield "warn", "redis_unreachable", {"names": ", ".join(found.unreachable)}
    if found.alone:
        yield "warn", "redis_alone", {"names": ", ".join(found.alone)}
