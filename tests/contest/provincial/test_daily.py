"""The daily duties are done once a day, however often and by however many they are called."""

import asyncio

from sqlalchemy import insert, update

from contest.database import Database
from contest.provincial import log, review
from contest.provincial.daily import tend
from contest.provincial.local_time import DAY_MS
from contest.provincial.tables import attempts, contests
from tests.contest.provincial.contest_fixture import OPENS, open_contest
from tests.contest.provincial.log_support import new_contest
from tests.contest.provincial.test_review import attempt, people


async def test_a_head_and_a_look_for_oddities_once_a_day(db: Database) -> None:
    contest, draft = await open_contest(db), await new_contest(db, "draft")
    rows = [attempt(contest, entry, duration_ms=1) for entry in await people(db, contest, 2)]
    async with db.write() as writer:
        await writer.execute(insert(attempts), rows)
        await log.append(writer, draft, "created", {}, OPENS)
    assert await tend(db, OPENS) == [], "an empty log has no head"
    async with db.write() as writer:
        await log.append(writer, contest, "open", {}, OPENS)
    first, second = await asyncio.gather(tend(db, OPENS), tend(db, OPENS + 1))
    assert contest in first + second
    async with db.write() as writer:
        await log.append(writer, contest, "more", {}, OPENS)
    assert await tend(db, OPENS + DAY_MS - 1) == []
    assert await tend(db, OPENS + DAY_MS) == [contest]
    async with db.read() as reader:
        assert [(head.day, head.seq) for head in await log.heads(reader, contest)] == [
            ("2026-11-20", 1),
            ("2026-11-21", 2),
        ]
        assert await log.heads(reader, draft) == []
        assert len(await review.listing(reader, contest)) == 2
    async with db.write() as writer:
        await writer.execute(update(contests).where(contests.c.id == contest).values(state="archived"))
    assert await tend(db, OPENS + 2 * DAY_MS) == []
