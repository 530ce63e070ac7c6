"""Several count, several write, some commit late, some die in the middle: every fact counts once."""

import asyncio
import random
import sys
import time
from typing import Any

import pytest
from sqlalchemy import text

from contest.clock import ManualClock
from contest.database import Database
from contest.provincial.local_time import local_day
from contest.statistics import counting, counting_state, ledger
from contest.statistics.facts import Fact, FactKind
from contest.statistics.rebuild import rebuild
from tests.contest.statistics.naive import naive_cells
from tests.contest.statistics.world import NOW, World, a_fact


def checkin(number: int) -> Fact:
    return Fact(FactKind.CHECKIN, str(number), NOW, person=2 + number % 7)


async def test_who_commits_late_is_not_skipped(postgres_db: Database) -> None:
    db = postgres_db
    async with db.write() as late:
        await ledger.record(late, [checkin(1)], now_ms=NOW)
        async with db.write() as quick:
            await ledger.record(quick, [checkin(2)], now_ms=NOW)
        # The second was there first, but the first has the lower number: nobody may go past it.
        assert await counting.run(db, NOW) == 0
        await ledger.record(late, [checkin(3)], now_ms=NOW)
    assert await counting.run(db, NOW) == 3


async def test_many_write_and_many_count(world: World, migrated_url: str) -> None:
    others = [Database(migrated_url) for _ in range(3)]
    done = asyncio.Event()
    found: list[int] = []

    async def write(db: Database, first: int) -> None:
        dice = random.Random(first)
        for number in range(first, first + 25):
            fact = a_fact(dice, number)
            world.facts[fact.source] = fact
            async with db.write() as writer:
                await ledger.record(writer, [fact], now_ms=world.now)
                if not db.is_sqlite:
                    await asyncio.sleep(dice.random() / 200)

    async def count(db: Database) -> None:
        while not done.is_set():
            found.append(await counting.run(db, world.now, limit=7))
            await asyncio.sleep(0)

    try:
        counters = [asyncio.create_task(count(db)) for db in (world.db, others[0])]
        await asyncio.gather(*(write(db, 1000 * n) for n, db in enumerate(others)))
        await rebuild(world.db, ManualClock(world.now - 10**6))
        done.set()
        await asyncio.gather(*counters)
    finally:
        for other in others:
            await other.close()
    counted = sum(found) + await counting.run(world.db, world.now)
    assert counted == sum(fact.release_at <= world.now for fact in world.facts.values())
    assert await world.cells() == world.expected()
    assert await world.stream() == list(range(1, counted + 1))


async def test_a_step_that_fails_has_done_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(3)
    await world.record(*(a_fact(dice, n) for n in range(30)))
    await counting.run(world.db, world.now)
    before = await world.cells()
    await world.record(*(a_fact(dice, n) for n in range(30, 60)))
    await world.take_back("4")
    await world.join(2, 3)
    real = counting.writes_of

    def broken(plan: Any, now_ms: int) -> Any:
        return [*real(plan, now_ms), counting_state.Write(counting_state.STREAM, [(1, 1, 1)])]

    monkeypatch.setattr(counting, "writes_of", broken)
    with pytest.raises(Exception, match=r"UNIQUE|unique"):
        await counting.run(world.db, world.now)
    assert await world.cells() == before
    monkeypatch.setattr(counting, "writes_of", real)
    await counting.run(world.db, world.now)
    assert await world.cells() == world.expected()


_COUNT = """
import asyncio, sys
from contest.database import Database
from contest.statistics import counting
async def main():
    db = Database(sys.argv[1])
    print("counting", flush=True)
    await counting.run(db, int(sys.argv[2]), limit=3)
asyncio.run(main())
"""


async def test_killed_at_any_moment_it_goes_on_where_it_was(db: Database, migrated_url: str) -> None:
    dice = random.Random(9)
    facts = [a_fact(dice, n) for n in range(400)]
    async with db.write() as writer:
        await ledger.record(writer, facts, now_ms=NOW)
    sizes = []
    for _ in range(2):
        command = [sys.executable, "-c", _COUNT, migrated_url, str(NOW)]
        child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        assert child.stdout is not None
        assert await child.stdout.readline() == b"counting\n"
        await asyncio.sleep(0.05 + dice.random() / 5)
        child.kill()
        await child.wait()
        async with db.read() as reader:
            sizes.append(await reader.scalar(text("SELECT count(*) FROM fact_stream")))
    assert sizes[0] < 400
    world = World(db)
    world.facts = {fact.source: fact for fact in facts}
    async with db.read() as reader:
        state = await counting_state.load(reader)
    deadline = time.monotonic() + 20
    while await counting.run(db, NOW) and time.monotonic() < deadline:
        pass
    got = await world.cells()
    there = [(local_day(fact.occurred_at), fact) for fact in facts if fact.release_at <= NOW]
    expected = naive_cells(there, {})
    assert state is None or state.seq == sizes[-1]
    assert {cell: row for cell, row in got.items() if not cell[2].startswith("ind:")} == expected


async def test_a_database_copied_from_another_cluster_is_counted_on(postgres_db: Database) -> None:
    db = postgres_db
    async with db.write() as writer:
        await ledger.record(writer, [checkin(n) for n in range(5)], now_ms=NOW)
    assert await counting.run(db, NOW) == 5
    async with db.write() as writer:
        await ledger.record(writer, [checkin(n) for n in range(5, 8)], now_ms=NOW)
    async with db.write() as writer:
        await writer.execute(text("UPDATE participation_facts SET xid = xid + 1000000000"))
        await writer.execute(text("UPDATE rollup_state SET xid = xid + 1000000000"))
    assert await counting.run(db, NOW) == 3
    async with db.write() as writer:
        await ledger.record(writer, [checkin(8)], now_ms=NOW)
    assert await counting.run(db, NOW) == 1
