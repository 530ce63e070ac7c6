"""The keeper against SQL: every change reaches the boards, and lost boards come back."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from sqlalchemy import update

from contest.clock import ManualClock
from contest.database import Database
from contest.provincial import log, turnout
from contest.provincial.tables import contests, entries
from realtime.entrants.board_keeper import BoardKeeper
from scoring import contest_board, keys
from scoring.redis_client import connect
from tests.support.contest_crowd import DAY_MS, MONDAY, Crowd, rules_of

RULES = rules_of(rounds=2, ranking={"overall": "best", "freeze_minutes": 60})
OPENS, CLOSES = RULES.rounds[0].opens_at, RULES.rounds[0].closes_at


@pytest.fixture
async def redis(one_redis: str) -> AsyncIterator[Redis]:
    client = connect(one_redis)
    yield client
    await client.aclose()


async def board(redis: Redis, crowd: Crowd, name: str = "r1") -> list[tuple[str, int, int]]:
    rows = await contest_board.top(redis, crowd.id, name, 50)
    return [(row.placed.entry, row.placed.score, row.placed.duration_ms) for row in rows]


async def test_boards_follow_papers_voids_and_losses(db: Database, redis: Redis) -> None:
    crowd, clock = await Crowd.of(db, RULES), ManualClock(OPENS + 60_000)
    keeper = BoardKeeper(db, redis, clock)
    an, binh, staff = await crowd.person(), await crowd.person(commune="24175"), await crowd.person(excluded=True)
    await keeper.beat()
    assert await board(redis, crowd) == []
    first = await crowd.paper(an, 7, at=OPENS, duration_ms=9000)
    await crowd.paper(binh, 8, at=OPENS, duration_ms=9000)
    await crowd.paper(staff, 10, at=OPENS, duration_ms=9000)
    await keeper.beat()
    assert await board(redis, crowd) == [(binh.public_id, 8, 9000), (an.public_id, 7, 9000)]
    assert await board(redis, crowd, "r1:commune:24175") == [(binh.public_id, 8, 9000)]
    best = await crowd.paper(an, 9, at=OPENS + 1000, duration_ms=5000)
    await crowd.paper(an, 2, at=OPENS + 2000, duration_ms=1000)
    await keeper.beat()
    expected = [(an.public_id, 9, 5000), (binh.public_id, 8, 9000)]
    assert await board(redis, crowd) == await board(redis, crowd, "overall") == expected
    # Redis is emptied; the next beat brings the same boards.
    await contest_board.drop(redis, crowd.id)
    await keeper.beat()
    assert await board(redis, crowd) == await board(redis, crowd, "overall") == expected
    await crowd.void(best, clock.wall_ms())
    await crowd.void(first, clock.wall_ms())
    await keeper.beat()
    assert await board(redis, crowd) == [(binh.public_id, 8, 9000), (an.public_id, 2, 1000)]
    async with db.write() as writer:
        await writer.execute(update(entries).where(entries.c.id == binh.entry).values(void_at=1))
        await log.append(writer, crowd.id, log.ENTRY_VOID, {"entry": binh.entry}, clock.wall_ms())
    await keeper.beat()
    assert await board(redis, crowd, "r1:commune:24175") == []
    assert await board(redis, crowd) == await board(redis, crowd, "overall") == [(an.public_id, 2, 1000)]
    async with db.write() as writer:
        await writer.execute(
            update(contests).where(contests.c.id == crowd.id).values(state="archived", archived_at=clock.wall_ms())
        )
    await keeper.beat()
    assert await contest_board.mark_of(redis, crowd.id) is None


async def test_frozen_boards_stand_still_also_when_written_anew(db: Database, redis: Redis) -> None:
    crowd, clock = await Crowd.of(db, RULES), ManualClock(CLOSES - 2 * 3_600_000)
    keeper = BoardKeeper(db, redis, clock)
    an, binh = await crowd.person(), await crowd.person()
    await crowd.paper(an, 7, at=OPENS)
    await keeper.beat()
    await crowd.paper(binh, 9, at=CLOSES - 1_800_000)
    clock.jump_wall(2 * 3_600_000 - 60_000)
    for _ in range(2):
        await keeper.beat()
        assert [row[1] for row in await board(redis, crowd)] == [7]
        await contest_board.drop(redis, crowd.id)
    clock.jump_wall(60_000 + 605_000)
    await keeper.beat()
    assert [row[1] for row in await board(redis, crowd)] == [9, 7]


async def test_one_worker_at_a_time_writes_and_another_takes_over(db: Database, redis: Redis) -> None:
    crowd, clock = await Crowd.of(db, RULES), ManualClock(OPENS + 60_000)
    one, other = BoardKeeper(db, redis, clock), BoardKeeper(db, redis, clock)
    await one.beat()
    await crowd.paper(await crowd.person(), 7, at=OPENS)
    await other.beat()
    assert await board(redis, crowd) == []
    await redis.delete(keys.contest_board_lease(crowd.id))  # as when its time has run out
    await other.beat()
    assert len(await board(redis, crowd)) == 1


async def test_the_daily_snapshot_is_taken(db: Database, redis: Redis) -> None:
    crowd = await Crowd.of(db, RULES)
    await crowd.paper(await crowd.person(), 7, at=OPENS)
    clock = ManualClock(MONDAY + DAY_MS // 2)
    for _ in range(2):
        await BoardKeeper(db, redis, clock).beat()
    async with db.read() as reader:
        taken = await turnout.latest(reader, crowd.id, RULES, MONDAY + 99 * DAY_MS)
    assert taken is not None
    assert (taken.day, taken.all.people) == ("2026-11-02", 1)
