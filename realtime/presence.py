"""How many phones are where: each players' process tells on a beat, readers add up what is fresh.

Never the truth about answers (SQL) and never anything about who: counts only.
"""

from collections.abc import Iterable, Mapping

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from scoring import keys

FRESH_MS = 3_000
_EXPIRE_S = 60


class Entry(msgspec.Struct, frozen=True):
    """What one process says about one room. `at` is UTC wall ms, `v` the version it shows.

    `answered` and `unanswered` count phones for the current question; unanswered is None while the process does not know
    it yet, because it has held the room for less than 10 s.
    """

    at: int
    v: int
    online: int
    answered: int
    unanswered: int | None
    slow: int
    lost: int


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Entry).decode


async def write(redis: Redis, process: str, entries: Mapping[int, Entry]) -> None:
    """Tells the counts of this process, one round trip for all its rooms. Raises RedisError or OSError."""
    async with redis.pipeline(transaction=False) as pipeline:
        for round_id, entry in entries.items():
            key = keys.presence(round_id)
            pipeline.hset(key, process, _encode(entry).decode())
            pipeline.expire(key, _EXPIRE_S)
        await pipeline.execute()


async def forget(redis: Redis, process: str, round_id: int) -> None:
    """This process holds nobody of the room any more."""
    try:
        await redis.hdel(keys.presence(round_id), process)
    except (RedisError, OSError):
        return  # It is dead after FRESH_MS anyway.


async def read(redis: Redis, round_id: int, now_ms: int) -> list[Entry]:
    """The fresh entries of a room. Raises RedisError or OSError."""
    stored = await redis.hgetall(keys.presence(round_id))
    return fresh(stored.values(), now_ms)


def fresh(stored: Iterable[bytes], now_ms: int) -> list[Entry]:
    """The entries young enough to be believed; what cannot be read is left out."""
    entries: list[Entry] = []
    for value in stored:
        try:
            entry = _decode(value)
        except msgspec.MsgspecError:
            continue
        if now_ms - entry.at <= FRESH_MS:
            entries.append(entry)
    return entries


def total(entries: Iterable[Entry]) -> dict[str, int]:
    """The counts of all processes together."""
    sums = {"online": 0, "answered": 0, "slow": 0, "lost": 0}
    for entry in entries:
        for name in sums:
            sums[name] += getattr(entry, name)
    return sums
