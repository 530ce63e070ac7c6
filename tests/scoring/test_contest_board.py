"""The boards of a contest against a sorted list, on every server there is."""

import secrets
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from scoring import contest_board, keys
from scoring.contest_board import SCORE_LIMIT, TIME_LIMIT_MS, Placed, Ranked, pack, unpack
from scoring.leaderboard import BoardLost

SCORES = st.integers(0, SCORE_LIMIT)
TIMES = st.integers(0, TIME_LIMIT_MS)


def a_contest() -> int:
    """A contest of the test's own: servers are shared, and nothing is flushed."""
    return secrets.randbits(48)


def some(count: int) -> list[Placed]:
    return [Placed(f"e{number:04}", number % 7, number % 5 * 1000) for number in range(count)]


def modelled(rows: list[Placed]) -> list[Ranked]:
    ordered = sorted(rows, key=lambda row: (-row.score, row.duration_ms, row.entry))
    return [
        Ranked(1 + sum((-o.score, o.duration_ms) < (-row.score, row.duration_ms) for o in rows), row) for row in ordered
    ]


async def stream(boards: dict[str, list[Placed]]) -> AsyncIterator[tuple[str, Placed]]:
    for board, rows in boards.items():
        for row in rows:
            yield board, row


@given(SCORES, TIMES, SCORES, TIMES)
def test_a_number_keeps_score_then_time_exactly(score: int, time: int, other_score: int, other_time: int) -> None:
    one, other = pack(score, time), pack(other_score, other_time)
    assert unpack(int(float(one))) == (score, time)
    assert (one < other) == ((-score, time) < (-other_score, other_time))


@pytest.mark.parametrize(("score", "time"), [(-1, 0), (0, -1), (SCORE_LIMIT + 1, 0), (0, TIME_LIMIT_MS + 1)])
def test_what_does_not_fit_is_refused(score: int, time: int) -> None:
    with pytest.raises(OverflowError):
        pack(score, time)


async def test_a_board_reads_back_with_competition_ranks(redis: Redis) -> None:
    contest, rows = a_contest(), some(300)
    await contest_board.update(redis, contest, {"r1": rows, "r1:commune:24133": rows[:3]})
    expected = modelled(rows)
    assert await contest_board.top(redis, contest, "r1", 400) == expected
    assert await contest_board.top(redis, contest, "r1", 5) == expected[:5]
    assert await contest_board.top(redis, contest, "r1", 0) == []
    assert await contest_board.top(redis, contest, "r1:commune:24133", 9) == modelled(rows[:3])
    assert await contest_board.size(redis, contest, "r1") == 300
    assert await contest_board.size(redis, contest, "r1", least_score=6) == sum(row.score == 6 for row in rows)
    assert await contest_board.rank_of(redis, contest, "r1", "nobody") is None
    assert await contest_board.around(redis, contest, "r1", "nobody") == ([], 0)
    for place in (0, 1, 2, 150, 297, 299):
        entry = expected[place].placed.entry
        assert await contest_board.rank_of(redis, contest, "r1", entry) == expected[place].rank
        shown, size = await contest_board.around(redis, contest, "r1", entry, 2)
        assert (shown, size) == (expected[max(0, place - 2) : place + 3], 300)
    assert any(left.rank == right.rank for left, right in pairwise(expected))


async def test_writing_again_changes_nothing_and_the_absolute_value_counts(redis: Redis) -> None:
    contest = a_contest()
    await contest_board.update(redis, contest, {"r1": [Placed("a", 9, 500), Placed("b", 8, 100)]})
    await contest_board.update(redis, contest, {"r1": [Placed("a", 7, 400)]}, {"r1": ["b"], "never": ["a"]})
    await contest_board.update(redis, contest, {"r1": [Placed("a", 7, 400)]}, {"r1": ["b"]})
    assert await contest_board.top(redis, contest, "r1", 9) == [Ranked(1, Placed("a", 7, 400))]


async def test_boards_written_anew_are_whole_and_old_ones_vanish(redis: Redis) -> None:
    contest, rows = a_contest(), some(2500)
    await contest_board.update(redis, contest, {"old": rows[:5], "r1": rows[:1]})
    assert await contest_board.mark_of(redis, contest) is None
    assert await contest_board.replace(redis, contest, stream({"r1": rows, "r2": rows[:2]}), "41 1") == 2502
    assert await contest_board.mark_of(redis, contest) == "41 1"
    assert await contest_board.size(redis, contest, "r1") == 2500
    assert await contest_board.size(redis, contest, "old") == 0
    assert await redis.ttl(keys.contest_board(contest, "r1")) == -1
    assert await contest_board.advance(redis, contest, "42 1")
    await contest_board.drop(redis, contest)
    await contest_board.drop(redis, contest)
    assert [key async for key in redis.scan_iter(match=f"hoithi:{{contest-{contest}}}:*", count=1000)] == []
    assert not await contest_board.advance(redis, contest, "43 1")  # lost boards are not declared good


async def test_a_redis_emptied_under_the_writer_leaves_nothing_half(redis: Redis) -> None:
    contest = a_contest()

    async def emptied() -> AsyncIterator[tuple[str, Placed]]:
        for row in some(1500):
            yield "r1", row
        async for key in redis.scan_iter(match=f"hoithi:{{contest-{contest}}}:*", count=1000):
            await redis.delete(key)

    with pytest.raises(BoardLost):
        await contest_board.replace(redis, contest, emptied(), "1 1")
    assert [key async for key in redis.scan_iter(match=f"hoithi:{{contest-{contest}}}:*", count=1000)] == []
