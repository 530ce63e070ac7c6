"""What is wrong anywhere between the things and the numbers is found; what is lost is counted anew."""

import random

from sqlalchemy import insert, text, update

from contest.clock import ManualClock
from contest.database import Database
from contest.provincial.tables import entries
from contest.rounds import RoundRecord
from contest.statistics import contest_facts, counting, ledger, live_facts, recount, rollups
from contest.statistics.facts import Fact, FactKind
from contest.statistics.rebuild import rebuild
from contest.statistics.verify import verify
from contest.tables import answers, rounds
from tests.contest.provincial.contest_fixture import enter, open_contest, rules
from tests.contest.statistics.test_sources import NOON, OPEN_RULES, hand_in, void
from tests.contest.statistics.world import NOW, a_fact
from tests.contest.support import T0, new_round, seat


async def played(db: Database, people: int) -> RoundRecord:
    """A finished round in which everybody answered, without its facts."""
    record = await new_round(db)
    await seat(db, record, *(f"Người {n}" for n in range(people)))
    same = {"choice": '["a"]', "answer_id": "x", "accepted_at": T0, "elapsed_ms": 1, "credit_ms": 0, "fair_ms": 1}
    async with db.write() as writer:
        rows = [{"round_id": record.id, "question": 1, "seat": n + 1} for n in range(people)]
        await writer.execute(insert(answers), [row | same | {"evidence": "{}"} for row in rows])
        await writer.execute(update(rounds).values(phase="finished", finished_at=T0))
    return record


async def wrong(db: Database) -> set[str]:
    return {one.where for one in (await verify(db)).differences}


async def do(db: Database, statement: str) -> None:
    async with db.write() as writer:
        await writer.execute(text(statement))


async def test_the_whole_way_is_compared(db: Database) -> None:
    contest = await open_contest(db, rules(**OPEN_RULES))
    people = await enter(db, contest, 3)
    handed = [await hand_in(db, contest, one, NOON) for one in people]
    await void(db, contest, "attempt", handed[0], NOON)
    record = await played(db, 4)
    async with db.write() as writer:
        await live_facts.record_round(writer, record.id, now_ms=T0)
        await ledger.same_person(writer, 2, 4, now_ms=T0)
    assert (await verify(db)).waiting == 3 + 1 + 4 + 1
    await counting.run(db, NOON)
    verdict = await verify(db)
    assert verdict.ok, verdict.differences
    assert (verdict.owed, verdict.living, verdict.streamed, verdict.waiting) == (6, 6, 8, 0)
    assert verdict.cells > 20
    # Each kind of damage is seen where it is, and what can be counted anew is right again.
    await do(db, "UPDATE rollups SET people = people + 1 WHERE period = 'all' AND place = 'p' AND facet = 'all'")
    await do(db, "DELETE FROM rollups WHERE place = 'c:-' AND facet = 'kind:live_round'")
    assert await wrong(db) == {"cells"}
    await rebuild(db, ManualClock(NOON))
    assert await wrong(db) == set()
    async with db.write() as writer:
        await ledger.void(writer, FactKind.LIVE_ROUND, f"{record.id}:1", reason="thử", actor="system", now_ms=NOON)
        await ledger.record(writer, [Fact(FactKind.PLEDGE, "77", NOON)], now_ms=NOON)
    await counting.run(db, NOON)
    told = (await verify(db)).differences
    assert {(one.what, one.expected, one.found) for one in told} == {
        (f"live_round {record.id}:1", "a fact", "nothing"),
        ("pledge 77", "nothing", "a fact"),
    }
    await do(db, "DELETE FROM fact_stream WHERE seq = 2")
    assert "stream" in await wrong(db)


async def test_missing_facts_are_written_from_the_things(db: Database) -> None:
    contest = await open_contest(db, rules(**OPEN_RULES))
    people = await enter(db, contest, 3)
    for one in people:
        await hand_in(db, contest, one, NOON)
    await played(db, 4)
    await do(db, "DELETE FROM participation_facts")
    async with db.write() as writer:
        await writer.execute(update(entries).where(entries.c.id == people[0]).values(channel="synthetic"))
    async with db.read() as reader:
        assert len(await recount.owed(reader)) == 6
    assert (await verify(db)).wrong == 6
    for _ in range(2):
        async with db.write() as writer:
            await live_facts.mend(writer)
            await contest_facts.mend(writer, actor="system", now_ms=NOON)
    await counting.run(db, NOON)
    verdict = await verify(db)
    assert verdict.ok, verdict.differences
    assert verdict.streamed == 6


async def test_a_rebuild_gives_the_same_numbers(db: Database) -> None:
    dice = random.Random(5)
    async with db.write() as writer:
        await ledger.record(writer, [a_fact(dice, n, people=40) for n in range(300)], now_ms=NOW)
        for n in range(20):
            await ledger.same_person(writer, dice.randrange(2, 42), dice.randrange(2, 42), now_ms=NOW)
            kind = (await writer.execute(text(f"SELECT kind FROM participation_facts WHERE source = '{n}'"))).scalars()
            await ledger.void(writer, FactKind(kind.first() or ""), str(n), reason="thử", actor="system", now_ms=NOW)
    await counting.run(db, NOW, limit=50)
    async with db.read() as reader:
        before = await rollups.read(reader, ["all", "d:2026-10-01"], ["p", "c:-"], ["all", "kind:checkin"])
        assert await rollups.counted_until(reader) == (
            await reader.scalar(text("SELECT max(seq) FROM fact_stream")),
            NOW,
        )
    assert await rebuild(db, ManualClock(NOW)) == 2
    async with db.read() as reader:
        after = await rollups.read(reader, ["all", "d:2026-10-01"], ["p", "c:-"], ["all", "kind:checkin"])
        assert await reader.scalar(text("SELECT count(*) FROM rollups WHERE generation <> 2")) == 0
    assert before == after
    assert len(before) > 3
    assert {one.where for one in (await verify(db)).differences} == {"sources"}
