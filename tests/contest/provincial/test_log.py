"""The log of a contest: what is chained, and that writers side by side make one chain."""

import asyncio
import hashlib

import pytest
from sqlalchemy import select

from contest.database import Database
from contest.provincial import log
from contest.provincial.tables import contest_log
from tests.contest.provincial.log_support import NOW, new_contest


def test_a_line_is_hashed_over_all_it_says() -> None:
    """The format is part of what is published: it must never change."""
    text = 'hoithi/log/1\n7\n1\n5\nopen\n{"b":"Đắk Lắk","x":1}\n' + "0" * 64
    (line,) = log.chain(7, None, [("open", {"x": 1, "b": "Đắk Lắk"})], 5)
    assert line.body == '{"b":"Đắk Lắk","x":1}'
    assert line.hash == hashlib.sha256(text.encode()).hexdigest()
    assert line.hash == "193b0185bafea14704d9e2f437416c4e9abf880e87fc555cf0e0e8b1081ed4ee"


def test_answers_have_one_digest_however_they_were_shuffled() -> None:
    first = log.answers_digest([(3, '["a"]'), (1, None), (2, "12")])
    assert first == log.answers_digest([(1, None), (2, "12"), (3, '["a"]')])
    assert first != log.answers_digest([(1, None), (2, "12"), (3, '["b"]')])
    assert first != log.answers_digest([(1, None), (2, "12"), (4, '["a"]')])


async def test_lines_follow_one_another_and_a_failed_transaction_leaves_none(db: Database) -> None:
    contest = await new_contest(db, "one")
    async with db.write() as writer:
        assert await log.append_many(writer, contest, [], NOW) == 0
        assert await log.append(writer, contest, "open", {}, NOW) == 1
        assert await log.append_many(writer, contest, [("a", {"n": 1}), ("a", {"n": 2})], NOW) == 3

    async def fails() -> None:
        async with db.write() as writer:
            await log.append(writer, contest, "lost", {}, NOW)
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        await fails()
    async with db.write() as writer:
        assert await log.append(writer, contest, "close", {}, NOW) == 4
    assert [line.kind for line in await stored(db, contest)] == ["open", "a", "a", "close"]


async def test_writers_side_by_side_make_one_chain(db: Database, migrated_url: str) -> None:
    """Two engines, as two processes have."""
    contest, other = await new_contest(db, "one"), await new_contest(db, "two")
    second = Database(migrated_url)

    async def writes(database: Database, name: str) -> None:
        for number in range(10):
            facts = [(name, {"n": number, "i": i}) for i in range(3)]
            async with database.write() as writer:
                await log.append_many(writer, contest, facts, NOW)
                await log.append(writer, other, name, {}, NOW)

    async with asyncio.TaskGroup() as group:
        for database, name in ((db, "a"), (second, "b"), (db, "c"), (second, "d")):
            group.create_task(writes(database, name))
    await second.close()
    lines = await stored(db, contest)
    assert [line.seq for line in lines] == list(range(1, 121))
    previous = log.GENESIS
    for line in lines:
        assert line.prev_hash == previous
        assert line.hash == log.line_hash(*line[:6])
        previous = line.hash


async def test_the_head_of_a_day_is_published_once(db: Database) -> None:
    contest = await new_contest(db, "one")
    async with db.write() as writer:
        assert await log.publish_head(writer, contest, "2026-11-22", NOW) is None
        await log.append(writer, contest, "open", {}, NOW)
        first = await log.publish_head(writer, contest, "2026-11-22", NOW)
        await log.append(writer, contest, "more", {}, NOW)
        assert await log.publish_head(writer, contest, "2026-11-22", NOW + 1) == first
        second = await log.publish_head(writer, contest, "2026-11-23", NOW + 2)
    lines = await stored(db, contest)
    assert first is not None
    assert second is not None
    assert [first.hash, second.hash] == [line.hash for line in lines]
    async with db.read() as reader:
        assert await log.heads(reader, contest) == [first, second]


async def stored(db: Database, contest: int) -> list[log.Line]:
    async with db.read() as reader:
        found = await reader.execute(
            select(contest_log).where(contest_log.c.contest_id == contest).order_by(contest_log.c.seq)
        )
        return [log.Line(*row) for row in found]
