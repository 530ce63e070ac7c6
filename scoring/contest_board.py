"""The provisional boards of a contest in Redis: who leads by score and time, among up to half a million people.

Never the truth and never the final order: boards hold absolute values written from SQL and can be written anew at any
time. Knows no rule of a contest: the caller says which boards there are and who stands on them with what.
"""

import itertools
import secrets
from collections.abc import AsyncIterable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, cast

from redis.asyncio import Redis
from redis.commands.core import AsyncScript

from scoring import keys
from scoring.leaderboard import CHUNK, BoardLost

# A sorted set's score is a double: integers are exact up to 53 bits. 23 + 30 = 53.
SCORE_BITS, TIME_BITS = 23, 30
SCORE_LIMIT = (1 << SCORE_BITS) - 1
"""8,388,607 points: the longest paper in the most rounds comes to 600,000."""
TIME_LIMIT_MS = (1 << TIME_BITS) - 1
"""Twelve days: sixty papers of four hours come to ten."""
_COMMANDS_PER_TRIP = 500


@dataclass(frozen=True, slots=True)
class Placed:
    """What an entry stands on a board with: its public id, its score and its time in milliseconds."""

    entry: str
    score: int
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Ranked:
    """A row of a board with its competition rank."""

    rank: int
    placed: Placed


def pack(score: int, duration_ms: int) -> int:
    """A number that is smaller for the better: more points, then less time. Raises OverflowError beyond the limits."""
    if not (0 <= score <= SCORE_LIMIT and 0 <= duration_ms <= TIME_LIMIT_MS):
        raise OverflowError(f"this does not fit a board: {score} points, {duration_ms} ms")
    return (SCORE_LIMIT - score) << TIME_BITS | duration_ms


def unpack(packed: int) -> tuple[int, int]:
    """Score and milliseconds of a packed number."""
    lost, duration_ms = divmod(packed, 1 << TIME_BITS)
    return SCORE_LIMIT - lost, duration_ms


@cache
def _source(name: str) -> str:
    return files("scoring").joinpath("lua", name).read_text("utf-8")


def _script(redis: Redis, name: str) -> AsyncScript:
    return redis.register_script(_source(name))


async def update(
    redis: Redis,
    contest_id: int,
    boards: Mapping[str, Iterable[Placed]],
    gone: Mapping[str, Iterable[str]] | None = None,
) -> None:
    """Puts entries in their places, and takes the `gone` ones off; all others stay. A repeat changes nothing.

    Raises OverflowError beyond the limits of `pack`, and RedisError.
    """
    pending: list[tuple[str, dict[str, int]]] = []
    for board, rows in boards.items():
        items = iter(rows)
        while chunk := {row.entry: pack(row.score, row.duration_ms) for row in itertools.islice(items, CHUNK)}:
            pending.append((board, chunk))
    for start in range(0, len(pending), _COMMANDS_PER_TRIP):
        async with redis.pipeline(transaction=False) as pipe:
            part = pending[start : start + _COMMANDS_PER_TRIP]
            pipe.sadd(keys.contest_boards(contest_id), *{board for board, _ in part})
            for board, chunk in part:
                pipe.zadd(keys.contest_board(contest_id, board), chunk)
            await pipe.execute()
    removals = [(board, list(entries)) for board, entries in (gone or {}).items()]
    async with redis.pipeline(transaction=False) as pipe:
        for board, entries in removals:
            for begin in range(0, len(entries), CHUNK):
                pipe.zrem(keys.contest_board(contest_id, board), *entries[begin : begin + CHUNK])
        if len(pipe):
            await pipe.execute()


async def replace(redis: Redis, contest_id: int, rows: AsyncIterable[tuple[str, Placed]], mark: str) -> int:
    """Makes these (board, row) pairs all the boards of the contest, whole and at once; returns how many rows.

    Readers see the old boards or the new ones. Boards without rows vanish. Raises BoardLost when Redis was emptied
    meanwhile (the old state, which is none, stays), OverflowError and RedisError.
    """
    write = secrets.token_hex(8)
    waiting: dict[str, dict[str, int]] = {}
    sizes: dict[str, int] = {}
    count = 0
    async for board, placed in rows:
        chunk = waiting.setdefault(board, {})
        chunk[placed.entry] = pack(placed.score, placed.duration_ms)
        count += 1
        if len(chunk) >= CHUNK:
            await _stage(redis, contest_id, write, {board: waiting.pop(board)}, sizes)
    while waiting:
        # What is left of many small boards, in parts: nobody waits for all of it.
        part: dict[str, dict[str, int]] = {}
        while waiting and sum(map(len, part.values())) < CHUNK:
            board, chunk = waiting.popitem()
            part[board] = chunk
        await _stage(redis, contest_id, write, part, sizes)
    written = await _script(redis, "contest_board_commit.lua")(
        keys=[keys.contest_board_mark(contest_id), keys.contest_boards(contest_id)],
        args=[
            mark,
            keys.contest_board(contest_id, ""),
            keys.contest_board_staging(contest_id, write, ""),
            *(item for board, size in sizes.items() for item in (board, size)),
        ],
    )
    if not int(written):
        raise BoardLost("the staged boards were gone before they could be put in their places")
    return count


async def _stage(
    redis: Redis, contest_id: int, write: str, chunks: Mapping[str, dict[str, int]], sizes: dict[str, int]
) -> None:
    if not chunks:
        return
    async with redis.pipeline(transaction=False) as pipe:
        for board, chunk in chunks.items():
            key = keys.contest_board_staging(contest_id, write, board)
            pipe.zadd(key, chunk)
            pipe.expire(key, keys.CONTEST_STAGING_TTL_S)
        added = await pipe.execute()
    # What was really added: a member that came twice is there once.
    for board, number in zip(chunks, added[::2], strict=True):
        sizes[board] = sizes.get(board, 0) + int(number)


async def rank_of(redis: Redis, contest_id: int, board: str, entry: str) -> int | None:
    """The competition rank of an entry, None when it is not on the board."""
    found = await _script(redis, "board_rank.lua")(keys=[keys.contest_board(contest_id, board)], args=[entry])
    return None if found is None else int(found)


async def around(redis: Redis, contest_id: int, board: str, entry: str, reach: int = 2) -> tuple[list[Ranked], int]:
    """An entry with up to `reach` neighbours on either side, best first, and how many are on the board.

    Nothing and 0 when the entry is not on it.
    """
    script = _script(redis, "contest_board_around.lua")
    found = cast("list[Any] | None", await script(keys=[keys.contest_board(contest_id, board)], args=[entry, reach]))
    if found is None:
        return [], 0
    first, start, size, *values = found
    rows = [(member.decode(), int(float(score))) for member, score in zip(values[::2], values[1::2], strict=True)]
    return _ranked(rows, int(first), int(start)), int(size)


def _ranked(rows: Iterable[tuple[str, int]], first: int = 1, start: int = 0) -> list[Ranked]:
    """Rows from the place `start` on, the first of rank `first`: from the first change on, places are ranks."""
    ranked: list[Ranked] = []
    rank, last = first, None
    for place, (member, number) in enumerate(rows, start + 1):
        if last is not None and number != last:
            rank = place
        last = number
        ranked.append(Ranked(rank, Placed(member, *unpack(number))))
    return ranked


async def top(redis: Redis, contest_id: int, board: str, n: int) -> list[Ranked]:
    """The first `n` rows; a tie that `n` cuts off keeps the first ids."""
    if n <= 0:
        return []
    key = keys.contest_board(contest_id, board)
    rows = cast("list[tuple[bytes, float]]", await redis.zrange(key, 0, n - 1, withscores=True))
    return _ranked((member.decode(), int(score)) for member, score in rows)


async def size(redis: Redis, contest_id: int, board: str, *, least_score: int = 0) -> int:
    """How many stand on the board with at least this score. Exact: see contest.provincial.counts before showing it."""
    key = keys.contest_board(contest_id, board)
    if least_score <= 0:
        return int(await redis.zcard(key))
    return int(await redis.zcount(key, "-inf", pack(least_score, TIME_LIMIT_MS)))


async def mark_of(redis: Redis, contest_id: int) -> str | None:
    """The mark the boards were last written with; None when there are none, so that they have to be written anew."""
    found = cast("bytes | None", await redis.get(keys.contest_board_mark(contest_id)))
    return None if found is None else found.decode()


async def advance(redis: Redis, contest_id: int, mark: str) -> bool:
    """Sets the mark after an update; False when the boards were lost meanwhile, and then nothing is set."""
    return bool(await redis.set(keys.contest_board_mark(contest_id), mark, xx=True))


async def drop(redis: Redis, contest_id: int) -> None:
    """Removes all boards of a contest. A repeat is harmless; writing them anew brings them back."""
    await _script(redis, "contest_board_drop.lua")(
        keys=[keys.contest_board_mark(contest_id), keys.contest_boards(contest_id)],
        args=[keys.contest_board(contest_id, "")],
    )
