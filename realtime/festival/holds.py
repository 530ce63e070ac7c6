"""Who is pressing a launch's button right now: a hash in Redis for each run, on Redis' own clock for all processes.

Never decides anything (`contest.festival.launching` does). Everything here may be lost at any moment: then every press
begins anew with its next beat, which delays a launch and never fires one.
"""

from dataclasses import dataclass, field
from typing import Any, cast

from redis.asyncio import Redis

from contest.festival.launching import GRACE_MS, Hold
from scoring import keys

KEPT_MS = 60_000
CROWD_FRESH_MS = 6_000
"""Guests' phones beat every two seconds, and one beat may be lost."""
MOST_CROWD = 5_000

# The rule of `launching.beaten`, on the server's clock. An idle phone (a second page of the same link) never lets go of
# a button that another page holds. A clock of the test's own may come as ARGV[4].
_BEAT = """
local now = tonumber(ARGV[4])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local before = redis.call('HGET', KEYS[1], ARGV[1])
local press, since, last = string.match(before or '', '^([^:]*):(%d+):(%d+)$')
local fresh = press and press ~= '' and now - last <= tonumber(ARGV[5]) and now >= tonumber(last)
local kept
if ARGV[3] == 'down' then
  if not (fresh and press == ARGV[2]) then since = now end
  kept = ARGV[2] .. ':' .. string.format('%.0f', since) .. ':' .. string.format('%.0f', now)
elseif fresh and press ~= ARGV[2] then
  kept = before
else
  kept = ':0:' .. string.format('%.0f', now)
end
redis.call('HSET', KEYS[1], ARGV[1], kept)
redis.call('PEXPIRE', KEYS[1], ARGV[6])
return {string.format('%.0f', now), redis.call('HGETALL', KEYS[1])}
"""


# Each asks the time where the key is: the nodes of a Cluster have clocks of their own.
_NOW = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
"""
_LOOK = _NOW + "return {string.format('%.0f', now), redis.call('HGETALL', KEYS[1])}"
_CROWD_BEAT = (
    _NOW
    + """
redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""
)
_CROWD_SIZE = _NOW + "return redis.call('ZCOUNT', KEYS[1], string.format('%.0f', now - tonumber(ARGV[1])), '+inf')"
_CROWD = (
    _NOW
    + """
return redis.call('ZRANGEBYSCORE', KEYS[1], string.format('%.0f', now - tonumber(ARGV[1])), '+inf', 'LIMIT', 0, ARGV[2])
"""
)


@dataclass(frozen=True, slots=True)
class Holds:
    """What Redis knows of a run at `now` on its clock."""

    now: int
    by_delegate: dict[int, Hold] = field(default_factory=dict)


async def beat(
    redis: Redis, live_event_id: int, run: int, delegate: int, press: str, *, down: bool, now: int | None = None
) -> Holds:
    """A phone says whether its button is held; `press` is its id of this press, "" for a page that only shows itself.

    May be repeated. Raises RedisError.
    """
    reply: Any = await redis.eval(
        _BEAT,
        1,
        keys.launch_holds(live_event_id, run),
        str(delegate),
        press,
        "down" if down and press else "up",
        "" if now is None else str(now),
        str(GRACE_MS),
        str(KEPT_MS),
    )
    return _holds(reply)


async def look(redis: Redis, live_event_id: int, run: int) -> Holds:
    """What is held now. Raises RedisError."""
    return _holds(await redis.eval(_LOOK, 1, keys.launch_holds(live_event_id, run)))


def _holds(reply: Any) -> Holds:
    flat = cast(list[bytes], reply[1])
    return Holds(int(reply[0]), _read(dict(zip(flat[::2], flat[1::2], strict=True))))


def _read(found: dict[bytes, bytes]) -> dict[int, Hold]:
    holds = {}
    for member, value in found.items():
        press, since, last = value.decode().split(":")
        holds[int(member)] = Hold(press or None, int(since), int(last))
    return holds


async def crowd_beat(redis: Redis, live_event_id: int, run: int, guest_id: int, *, down: bool) -> None:
    """A guest holds along, or lets go. Raises RedisError."""
    key = keys.launch_crowd(live_event_id, run)
    if not down:
        await redis.zrem(key, str(guest_id))
        return
    await redis.eval(_CROWD_BEAT, 1, key, str(guest_id), str(KEPT_MS))


async def crowd_size(redis: Redis, live_event_id: int, run: int) -> int:
    """How many guests hold along. Raises RedisError."""
    key = keys.launch_crowd(live_event_id, run)
    return int(await redis.eval(_CROWD_SIZE, 1, key, str(CROWD_FRESH_MS)))


async def crowd(redis: Redis, live_event_id: int, run: int) -> list[int]:
    """Which guests hold along. Raises RedisError."""
    key = keys.launch_crowd(live_event_id, run)
    found: Any = await redis.eval(_CROWD, 1, key, str(CROWD_FRESH_MS), str(MOST_CROWD))
    return [int(member) for member in cast(list[bytes], found)]
