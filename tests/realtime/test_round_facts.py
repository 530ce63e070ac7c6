"""A live round writes who took part when it is over, in the same transaction, and only then."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from sqlalchemy import insert, select, update

from contest.answering import accept
from contest.clock import ManualClock
from contest.database import Database
from contest.errors import Conflict
from contest.festival.tables import festivals, live_events
from contest.ids import Seat
from contest.phases import CommandName
from contest.round_state import Command
from contest.statistics.tables import participation_facts
from contest.statistics.verify import verify
from contest.tables import rounds, seats
from realtime.round_runner import RoundRunner
from scoring.redis_client import connect
from tests.contest.support import SINGLE, T0, arrival, new_round, seat

C = CommandName
OPENED = (C.NEXT, C.NEXT)
WHOLE = (C.CLOSE, C.SETTLE, C.NEXT, C.NEXT, C.NEXT)


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[Redis]:
    """There is none: what counts does not ask it."""
    client = connect(f"unix://{tmp_path}/nobody.sock")
    yield client
    await client.aclose()


async def facts(db: Database) -> list[tuple[str, str | None, int | None, int | None]]:
    c = participation_facts.c
    async with db.read() as reader:
        rows = await reader.execute(select(c.source, c.commune, c.festival_id, c.live_event_id).order_by(c.id))
        return [tuple(row) for row in rows]


@pytest.mark.parametrize("way", ["to the podium and on", "ended by the host"])
async def test_who_answered_is_in_the_ledger_when_the_round_is_over(db: Database, redis: Redis, way: str) -> None:
    runner = RoundRunner(db, redis, ManualClock(T0), "http://10.0.0.5:8000")
    record = await new_round(db, SINGLE)
    await seat(db, record, "Lan", "Hoa", "Mai", unit="24133")
    async with db.write() as writer:
        same = {"created_at": 1, "updated_at": 1, "settings": {}}
        await writer.execute(
            insert(festivals).values(
                id=5,
                slug="nh",
                title="Ngày hội",
                title_fold="ngay hoi",
                first_day="2026-10-10",
                last_day="2026-10-10",
                created_by="system",
                **same,
            )
        )
        await writer.execute(
            insert(live_events).values(
                id=9, festival_id=5, kind="live_round", title="Đố vui", starts_at=1, round_id=record.id, **same
            )
        )
    for name in OPENED:
        await runner.apply(record.id, Command(name), actor="account:1")
    answers = [arrival(record, n, ["a"]) for n in (1, 2)]
    await accept(db, answers)
    async with db.write() as writer:
        await writer.execute(update(seats).where(seats.c.seat == Seat(2)).values(kicked=True))
    steps = WHOLE if way == "to the podium and on" else (C.FINISH,)
    for name in steps:
        assert await facts(db) == []
        await runner.apply(record.id, Command(name), actor="account:1", due=True)
    assert await facts(db) == [(f"{record.id}:1", "24133", 5, 9)]
    with pytest.raises(Conflict, match="round_over"):
        await runner.apply(record.id, Command(C.FINISH), actor="account:1")
    assert len(await facts(db)) == 1


async def test_a_round_that_was_called_off_counts_nobody(db: Database, redis: Redis) -> None:
    runner = RoundRunner(db, redis, ManualClock(T0), "http://10.0.0.5:8000")
    record = await new_round(db, SINGLE)
    await seat(db, record, "Lan")
    await runner.apply(record.id, Command(C.FINISH), actor="account:1")
    assert await facts(db) == []


async def test_a_rehearsal_counts_nobody(db: Database, redis: Redis) -> None:
    runner = RoundRunner(db, redis, ManualClock(T0), "http://10.0.0.5:8000")
    record = await new_round(db, SINGLE)
    await seat(db, record, "Máy 1")
    for name in OPENED:
        await runner.apply(record.id, Command(name), actor="account:1")
    await accept(db, [arrival(record, 1, ["a"])])
    async with db.write() as writer:
        await writer.execute(update(rounds).values(rehearsal=True))
    await runner.apply(record.id, Command(C.FINISH), actor="account:1")
    assert await facts(db) == []
    assert (await verify(db)).ok
