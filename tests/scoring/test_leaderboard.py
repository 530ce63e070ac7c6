"""The Redis boards against a model of ten lines, on every server there is."""

import asyncio
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from redis.asyncio import Redis

import scoring
from scoring import keys
from scoring.leaderboard import (
    CHUNK,
    BoardLost,
    board_version,
    drop,
    rank_of,
    top,
    unit_top,
    write_totals,
)
from scoring.redis_client import connect
from scoring.standings import Standing, Total, rank

UNITS = ["24133", "24175", "a}b"]
Rows = list[tuple[Total, str | None]]


def a_round() -> int:
    """A round of the test's own: servers are shared, and nothing is flushed."""
    return secrets.randbits(48)


def some_rows(seats: int, points: int = 100) -> Rows:
    return [
        (Total(seat, points * (seat % 7), seat % 3, seat % 5 * 10), (*UNITS, None)[seat % 4])
        for seat in range(1, seats + 1)
    ]


async def keys_of(redis: Redis, round_id: int) -> set[bytes]:
    return {key async for key in redis.scan_iter(match=f"hoithi:{{{round_id}}}:*", count=1000)}


async def test_a_board_reads_back_with_competition_ranks(redis: Redis) -> None:
    round_id = a_round()
    tie = [Total(seat, 500, 1, 70) for seat in (12, 3)]
    rows = [Total(5, 900, 2, 10), *tie, Total(1, 100, 1, 10)]
    assert await write_totals(redis, round_id, 4, [(total, "24133") for total in rows])
    expected = [Standing(1, rows[0]), Standing(2, tie[1]), Standing(2, tie[0]), Standing(4, rows[3])]
    assert await top(redis, round_id, 10) == expected
    assert await top(redis, round_id, 2) == expected[:2]
    assert await top(redis, round_id, 0) == []
    assert await unit_top(redis, round_id, "24133", 10) == expected
    assert await unit_top(redis, round_id, "24175", 10) == []
    assert [await rank_of(redis, round_id, seat) for seat in (5, 3, 12, 1, 77)] == [1, 2, 2, 4, None]
    assert await board_version(redis, round_id) == 4


async def test_the_largest_totals_are_exact(redis: Redis) -> None:
    round_id = a_round()
    rows = [Total(seat, 2**20 - 1, 255, seat * 10) for seat in range(1, 6)]
    await write_totals(redis, round_id, 1, [(total, None) for total in rows])
    assert await top(redis, round_id, 9) == rank(rows)
    assert [await rank_of(redis, round_id, seat) for seat in range(1, 6)] == [1, 2, 3, 4, 5]


async def test_who_lasted_longer_stands_before_who_has_more_points(redis: Redis) -> None:
    round_id = a_round()
    most = 2**20 - 1
    rows = [Total(1, 0, 0, 10), Total(2, most, 255, 10, 3), Total(3, most, 255, 20, 3), Total(4, 1, 1, 0, 12)]
    await write_totals(redis, round_id, 1, [(total, "24133") for total in rows])
    assert await top(redis, round_id, 9) == await unit_top(redis, round_id, "24133", 9) == rank(rows)
    assert [await rank_of(redis, round_id, seat) for seat in (1, 4, 2, 3)] == [1, 2, 3, 4]


async def test_a_total_too_large_changes_nothing(redis: Redis) -> None:
    round_id = a_round()
    with pytest.raises(OverflowError):
        await write_totals(redis, round_id, 1, [(Total(1, 1, 1, 10), None), (Total(2, 2**20, 1, 10), None)])
    assert await keys_of(redis, round_id) == set()


async def test_an_older_version_changes_nothing_and_leaves_nothing_behind(redis: Redis) -> None:
    round_id = a_round()
    await write_totals(redis, round_id, 10, some_rows(6))
    before = await keys_of(redis, round_id)
    assert not await write_totals(redis, round_id, 9, some_rows(9, points=500))
    assert await board_version(redis, round_id) == 10
    assert await top(redis, round_id, 99) == rank(total for total, _ in some_rows(6))
    assert await keys_of(redis, round_id) == before


async def test_everything_expires_within_a_day(redis: Redis) -> None:
    round_id = a_round()
    await write_totals(redis, round_id, 1, some_rows(8))
    found = await keys_of(redis, round_id)
    assert len(found) == 3 + len(UNITS)
    for key in found:
        assert keys.ROUND_TTL_S - 30 <= await redis.ttl(key) <= keys.ROUND_TTL_S


async def test_many_seats_are_written_in_chunks(redis: Redis) -> None:
    round_id = a_round()
    rows = some_rows(12 * CHUNK + 345)
    assert await write_totals(redis, round_id, 1, rows)
    expected = rank(total for total, _ in rows)
    assert await top(redis, round_id, 50) == expected[:50]
    assert await redis.zcard(keys.board(round_id)) == len(rows)
    last = expected[-1]
    assert await rank_of(redis, round_id, last.total.seat) == last.rank
    await drop(redis, round_id)
    assert await keys_of(redis, round_id) == set()


async def test_a_reader_never_sees_a_mixture(redis: Redis) -> None:
    round_id = a_round()
    seats = 2 * CHUNK
    seen: set[int] = set()

    async def write() -> None:
        for version in range(1, 16):
            rows: Rows = [(Total(seat, version, 0, 0), "24133") for seat in range(1, seats + 1)]
            assert await write_totals(redis, round_id, version, rows)

    async with asyncio.TaskGroup() as tasks:
        writer = tasks.create_task(write())
        while not writer.done():
            for rows in (await top(redis, round_id, seats), await unit_top(redis, round_id, "24133", seats)):
                versions = {row.total.points for row in rows}
                assert len(versions) == (1 if rows else 0)
                assert len(rows) in (0, seats)
                seen |= versions
    assert len(seen) > 1


async def test_writers_that_race_leave_the_newest(redis: Redis) -> None:
    round_id = a_round()
    versions = [3, 9, 1, 8, 9, 2, 7]
    async with asyncio.TaskGroup() as tasks:
        for version in versions:
            rows: Rows = [(Total(seat, version, 0, 0), UNITS[version % 3]) for seat in range(1, 1500 + version)]
            tasks.create_task(write_totals(redis, round_id, version, rows))
    board = await top(redis, round_id, 9999)
    assert {row.total.points for row in board} == {9}
    assert len(board) == 1508
    assert await board_version(redis, round_id) == 9
    assert len(await keys_of(redis, round_id)) == 4


async def test_an_emptied_redis_is_written_again(redis: Redis) -> None:
    round_id = a_round()
    await write_totals(redis, round_id, 5, some_rows(5))
    await redis.script_flush()  # as after a restart: no data, no scripts
    await redis.unlink(*await keys_of(redis, round_id))
    assert await board_version(redis, round_id) is None
    assert await write_totals(redis, round_id, 5, some_rows(5))
    assert await top(redis, round_id, 9) == rank(total for total, _ in some_rows(5))


class _Robber(Redis):
    """A client whose staged boards vanish before they are put in place, `times` times, as by a FLUSHALL."""

    times = 0

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        staged = next((arg for arg in args if "board-staging" in str(arg)), None)
        if self.times and args[0] == "EVALSHA" and staged:
            self.times -= 1
            await self.unlink(staged)
        return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("times", [1, 2])
async def test_a_board_lost_under_the_write_is_never_half_there(redis_url: str, times: int) -> None:
    robber = cast(_Robber, _Robber.from_url(redis_url))
    round_id = a_round()
    await write_totals(robber, round_id, 1, some_rows(4))
    robber.times = times
    if times == 1:
        assert await write_totals(robber, round_id, 2, some_rows(8))
        assert len(await top(robber, round_id, 99)) == 8
    else:
        with pytest.raises(BoardLost):
            await write_totals(robber, round_id, 2, some_rows(8))
        assert len(await top(robber, round_id, 99)) == 4
        assert await board_version(robber, round_id) == 1
    assert robber.times == 0
    assert not [key for key in await keys_of(robber, round_id) if b"staging" in key]
    await robber.aclose()


def test_every_script_says_what_it_takes() -> None:
    scripts = sorted(Path(scoring.__file__).parent.joinpath("lua").glob("*.lua"))
    assert scripts
    for script in scripts:
        header = script.read_text("utf-8").split("\n\nlocal", 1)[0]
        assert "-- KEYS[1]" in header, script
        assert "-- ARGV[1]" in header, script


class Boards(RuleBasedStateMachine):
    """Drives the Redis boards and a dictionary with the same calls; they must agree after each."""

    url = ""
    loop: asyncio.AbstractEventLoop

    def __init__(self) -> None:
        super().__init__()
        self.redis = connect(self.url)
        self.round_id = a_round()
        self.version: int | None = None
        self.rows: dict[int, tuple[Total, str | None]] = {}

    seats = st.dictionaries(
        st.integers(1, 12),
        st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(0, 1), st.none() | st.sampled_from(UNITS)),
        max_size=8,
    )

    @rule(version=st.integers(0, 6), seats=seats, twice=st.booleans())
    def write(self, version: int, seats: dict[int, tuple[int, int, int, str | None]], twice: bool) -> None:
        rows = {seat: (Total(seat, p * 100, c, t * 10), unit) for seat, (p, c, t, unit) in seats.items()}
        accepted = self.version is None or version >= self.version
        for _ in range(1 + twice):
            wrote = self.loop.run_until_complete(write_totals(self.redis, self.round_id, version, list(rows.values())))
            assert wrote is accepted
        if accepted:
            self.version, self.rows = version, rows

    @rule()
    def drop(self) -> None:
        self.loop.run_until_complete(drop(self.redis, self.round_id))
        self.version, self.rows = None, {}

    @invariant()
    def agrees(self) -> None:
        self.loop.run_until_complete(self._compare())

    async def _compare(self) -> None:
        assert await board_version(self.redis, self.round_id) == self.version
        expected = rank(total for total, _ in self.rows.values())
        for n in (3, 99):
            assert await top(self.redis, self.round_id, n) == expected[:n]
        ranks = {row.total.seat: row.rank for row in expected}
        for seat in (1, 2, 12):
            assert await rank_of(self.redis, self.round_id, seat) == ranks.get(seat)
        for unit in UNITS:
            of_unit = rank(total for total, its in self.rows.values() if its == unit)
            assert await unit_top(self.redis, self.round_id, unit, 99) == of_unit
        units = {its for _, its in self.rows.values() if its is not None}
        boards = (1 + bool(self.rows) + bool(units) + len(units)) if self.version is not None else 0
        assert len(await keys_of(self.redis, self.round_id)) == boards

    def teardown(self) -> None:
        self.loop.run_until_complete(drop(self.redis, self.round_id))
        self.loop.run_until_complete(self.redis.aclose())


@pytest.fixture
def own_loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


def test_the_boards_agree_with_a_dictionary(redis_url: str, own_loop: asyncio.AbstractEventLoop) -> None:
    machine = type("BoardsHere", (Boards,), {"url": redis_url, "loop": own_loop})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=30,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
