"""The live totals of a round in Redis: everybody's board and one board per unit.

Never the truth: boards are written whole, as absolute totals, and can be rebuilt at any time. Never judges or
adds up.
"""

import itertools
import secrets
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import cast

from redis.asyncio import Redis
from redis.commands.core import AsyncScript
from redis.exceptions import RedisError

from scoring import keys
from scoring.standings import Standing, Total, rank
from scoring.tiebreak import score as score_of
from scoring.tiebreak import total_of

CHUNK = 1_000
"""Members per command: nobody waits for more than about a millisecond of a write."""
_CHUNKS_PER_TRIP = 10
_ATTEMPTS = 2
_Scores = Mapping[str, float]


class BoardLost(RedisError):
    """Redis was emptied under a write, twice; write again later."""


@cache
def _source(name: str) -> str:
    return files("scoring").joinpath("lua", name).read_text("utf-8")


def _script(redis: Redis, name: str) -> AsyncScript:
    # A registered script is called by its hash, and loads itself again after a restart or FLUSHALL.
    return redis.register_script(_source(name))


def _member(seat: int) -> str:
    return f"{seat:010d}"  # of one width: members with equal scores stand in the order of their seats


async def write_totals(redis: Redis, round_id: int, version: int, rows: Sequence[tuple[Total, str | None]]) -> bool:
    """Make these the boards of the round: all its seats, each with its unit if it has one.

    Absolute and whole: a seat or unit that is not in `rows` vanishes, a repeat changes nothing. Readers see the
    old boards or the new ones, never a mixture. Returns False, having changed nothing, when the boards there have
    a newer `version`. Raises OverflowError for a total beyond the limits of `tiebreak`, and RedisError.
    """
    everybody: dict[str, float] = {}
    by_unit: dict[str, dict[str, float]] = {}
    for total, unit in rows:
        member, score = _member(total.seat), score_of(total)
        everybody[member] = score
        if unit is not None:
            by_unit.setdefault(unit, {})[member] = score
    for _ in range(_ATTEMPTS):
        # A name of its own for every try: two writers must not mix their chunks.
        write = secrets.token_hex(8)
        await _stage(redis, round_id, write, everybody, by_unit)
        outcome = await _commit(redis, round_id, version, write, everybody, by_unit)
        if outcome >= 0:
            return outcome == 1
    raise BoardLost("the staged leaderboard was gone before it could be put in its place")


async def _stage(redis: Redis, round_id: int, write: str, everybody: _Scores, by_unit: Mapping[str, _Scores]) -> None:
    boards = [(keys.board_staging(round_id, write), everybody)]
    boards += [(keys.board_staging(round_id, write, unit), scores) for unit, scores in by_unit.items()]
    chunks = ((key, chunk) for key, scores in boards for chunk in _chunks(scores))
    while trip := list(itertools.islice(chunks, _CHUNKS_PER_TRIP)):
        async with redis.pipeline(transaction=False) as pipe:
            for key, chunk in trip:
                pipe.zadd(key, chunk)
                pipe.expire(key, keys.STAGING_TTL_S)
            await pipe.execute()


def _chunks(scores: _Scores) -> Iterator[dict[str, float]]:
    items = iter(scores.items())
    while chunk := dict(itertools.islice(items, CHUNK)):
        yield chunk


async def _commit(
    redis: Redis,
    round_id: int,
    version: int,
    write: str,
    everybody: _Scores,
    by_unit: Mapping[str, _Scores],
) -> int:
    sizes = [item for unit, scores in by_unit.items() for item in (unit, len(scores))]
    outcome = await _script(redis, "board_commit.lua")(
        keys=[
            keys.board_version(round_id),
            keys.board(round_id),
            keys.board_units(round_id),
            keys.board_staging(round_id, write),
        ],
        args=[
            version,
            keys.ROUND_TTL_S,
            len(everybody),
            keys.unit_board(round_id, ""),
            keys.board_staging(round_id, write, ""),
            *sizes,
        ],
    )
    return int(outcome)


async def top(redis: Redis, round_id: int, n: int) -> list[Standing]:
    """The first `n` rows with competition ranks; a tie cut off by `n` keeps its lowest seats."""
    return await _first(redis, keys.board(round_id), n)


async def unit_top(redis: Redis, round_id: int, unit: str, n: int) -> list[Standing]:
    """The first `n` rows among the seats of one unit, ranked within the unit."""
    return await _first(redis, keys.unit_board(round_id, unit), n)


async def _first(redis: Redis, key: str, n: int) -> list[Standing]:
    if n <= 0:
        return []
    rows = cast("list[tuple[bytes, float]]", await redis.zrange(key, 0, n - 1, withscores=True))
    # The rows begin at the very top, so their ranks follow from themselves.
    return rank(total_of(score, int(member)) for member, score in rows)


async def rank_of(redis: Redis, round_id: int, seat: int) -> int | None:
    """The competition rank of a seat, None when it is not on the board. For one seat, not for a whole room."""
    found = await _script(redis, "board_rank.lua")(keys=[keys.board(round_id)], args=[_member(seat)])
    return None if found is None else int(found)


async def board_version(redis: Redis, round_id: int) -> int | None:
    """The version the boards show; None when there are none, so that they have to be written again."""
    found = await redis.get(keys.board_version(round_id))
    return None if found is None else int(found)


async def drop(redis: Redis, round_id: int) -> None:
    """Remove all boards of a round. A repeat is harmless; a later write brings them back."""
    await _script(redis, "board_drop.lua")(
        keys=[keys.board_version(round_id), keys.board(round_id), keys.board_units(round_id)],
        args=[keys.unit_board(round_id, "")],
    )
