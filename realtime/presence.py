"""How many phones are where, and in rooms a host can overlook, whose.

Each players' process tells on a beat, readers add up what is fresh. Never the truth about answers (SQL), and of people
only the numbers of their seats.
"""

from collections.abc import Iterable, Mapping

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from scoring import keys

FRESH_MS = 3_000
MISSED_MS = 15_000
"""So long after a process fell silent its phones may still be on their way to another one."""
_EXPIRE_S = 60
SEATS_TOLD = 2_000
"""Of larger rooms only the counts are told: nobody looks for one phone among so many."""


class Entry(msgspec.Struct, frozen=True):
    """What one process says about one room. `at` is UTC wall ms, `v` the version it shows.

    `answered` and `unanswered` count phones for the current question; unanswered is None while the process does not
    know it yet, because it has held the room for less than 10 s. `reactions` count since the process loaded the room.
    `good`, `weak` and `slow` count links, `ahead_ms` is their way (`realtime.links`); `lost` phones lost their link in
    this question, and `lag_ms` is how late the process itself was at most in it.
    """

    at: int
    v: int
    online: int
    answered: int
    unanswered: int | None
    slow: int = 0
    lost: int = 0
    reactions: dict[str, int] = {}
    good: int = 0
    weak: int = 0
    ahead_ms: float = 0.0
    lag_ms: int = 0


_TOO_MANY = b"-"
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Entry).decode


async def write(
    redis: Redis, process: str, entries: Mapping[int, Entry], seats: Mapping[int, Iterable[int] | None] | None = None
) -> None:
    """Tells the counts of this process, in one round trip; and who is in the rooms of `seats` (None: too many).

    Raises RedisError or OSError.
    """
    async with redis.pipeline(transaction=False) as pipeline:
        for round_id, entry in entries.items():
            key = keys.presence(round_id)
            pipeline.hset(key, process, _encode(entry).decode())
            pipeline.expire(key, _EXPIRE_S)
            pipeline.expire(keys.online(round_id), _EXPIRE_S)
        for round_id, numbers in (seats or {}).items():
            listed = _TOO_MANY if numbers is None else ",".join(map(str, numbers)).encode()
            pipeline.hset(keys.online(round_id), process, listed)
            pipeline.expire(keys.online(round_id), _EXPIRE_S)
        await pipeline.execute()


async def forget(redis: Redis, process: str, round_id: int) -> None:
    """This process holds nobody of the room any more."""
    try:
        await redis.hdel(keys.presence(round_id), process)
        await redis.hdel(keys.online(round_id), process)
    except (RedisError, OSError):
        return  # It is dead after FRESH_MS anyway.


async def read(redis: Redis, round_id: int, now_ms: int) -> list[Entry]:
    """The fresh entries of a room. Raises RedisError or OSError."""
    return fresh(await _stored(redis, round_id), now_ms)


async def read_all(redis: Redis, round_id: int) -> list[Entry]:
    """All entries of a room, also of processes that have fallen silent. Raises RedisError or OSError."""
    return _decoded(await _stored(redis, round_id))


async def _stored(redis: Redis, round_id: int) -> Iterable[bytes | str]:
    stored = await redis.hgetall(keys.presence(round_id))
    return list(stored.values())


async def online_seats(redis: Redis, round_id: int, now_ms: int) -> set[int] | None:
    """Who is there, or None when a process has not told: the room is too large, or Redis has just been emptied.

    Raises RedisError or OSError.
    """
    async with redis.pipeline(transaction=False) as pipeline:
        pipeline.hgetall(keys.presence(round_id))
        pipeline.hgetall(keys.online(round_id))
        told, seats = await pipeline.execute()
    listed = [seats.get(process, _TOO_MANY) for process, entry in told.items() if fresh([entry], now_ms)]
    if _TOO_MANY in listed:
        return None
    return {int(number) for numbers in listed for number in numbers.split(b",") if number}


def fresh(stored: Iterable[bytes | str], now_ms: int) -> list[Entry]:
    """The entries young enough to be believed; what cannot be read is left out."""
    return [entry for entry in _decoded(stored) if now_ms - entry.at <= FRESH_MS]


def _decoded(stored: Iterable[bytes | str]) -> list[Entry]:
    entries: list[Entry] = []
    for value in stored:
        try:
            entries.append(_decode(value))
        except msgspec.MsgspecError:
            continue
    return entries


class Summary(msgspec.Struct, frozen=True):
    """The counts of all processes together."""

    online: int = 0
    answered: int = 0
    slow: int = 0
    lost: int = 0
    good: int = 0
    weak: int = 0
    lag_ms: int = 0
    """The latest of all processes in this question."""


def summary(entries: Iterable[Entry]) -> Summary:
    """The fresh entries added up."""
    known = list(entries)
    return Summary(
        online=sum(entry.online for entry in known),
        answered=sum(entry.answered for entry in known),
        slow=sum(entry.slow for entry in known),
        lost=sum(entry.lost for entry in known),
        good=sum(entry.good for entry in known),
        weak=sum(entry.weak for entry in known),
        lag_ms=max((entry.lag_ms for entry in known), default=0),
    )


def everybody_answered(entries: Iterable[Entry], version: int, now_ms: int) -> bool:
    """Whether no phone is left that could still answer; False whenever that is not certain.

    Takes the entries of silent processes too: one that died took phones with it, and until these have had the time to
    come back elsewhere nobody can say that all have answered. With no phone connected at all the hall has lost its
    network: the deadline closes then.
    """
    online = answered = 0
    for entry in entries:
        done = entry.v == version and entry.unanswered == 0
        age_ms = now_ms - entry.at
        if age_ms <= FRESH_MS:
            if not done:
                return False
            online += entry.online
            answered += entry.answered
        elif age_ms <= MISSED_MS and entry.online and not done:
            return False
    return online > 0 and answered > 0
