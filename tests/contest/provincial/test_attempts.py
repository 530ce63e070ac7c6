"""Attempts in real SQL, on both databases: limits, answers, handing in, and what may be seen of it."""

import asyncio
import json
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from contest.database import Database
from contest.provincial import attempts
from contest.provincial.attempts import (
    NotStarted,
    SaveStatus,
    SaveWish,
    SentAnswer,
    Shelf,
    Started,
    StartWish,
    Submitted,
    SubmitWish,
)
from contest.provincial.rules import Quota
from contest.provincial.tables import attempts as attempts_table
from contest.provincial.tables import contest_log
from contest.tickets import digest
from tests.contest.provincial.contest_fixture import (
    OPENS,
    enter,
    open_contest,
    right_answer,
    rules,
)

NOON = OPENS + 12 * 3_600_000


async def _start(db: Database, contest: int, entry: int, now: int = NOON, **more: Any) -> Started:
    (started,) = await attempts.start(db, [StartWish(contest, entry, **more)], now)
    assert isinstance(started, Started), started
    return started


def _right(started: Started, position: int) -> Any:
    return right_answer(started.questions[started.paper.items[position - 1].question])


async def test_an_attempt_from_start_to_result(db: Database) -> None:
    contest = await open_contest(db)
    (entry,) = await enter(db, contest)
    shelf = Shelf()
    (started,) = await attempts.start(db, [StartWish(contest, session=digest(f"token-{entry}"))], NOON, shelf=shelf)
    assert isinstance(started, Started)
    assert (started.ordinal, started.round_key, started.left_ms, started.resumed) == (1, "r1", 600_000, False)
    wishes = [SaveWish(started.attempt, started.ticket, n, _right(started, n), 1) for n in range(1, 8)]
    wishes.append(SaveWish(started.attempt, started.ticket, 0, "1.500", 1))
    saved = await attempts.save(db, wishes, NOON + 1000, shelf=shelf)
    assert {one.status for one in saved} == {SaveStatus.SAVED}
    assert saved[-1].kept == (1500, 1)
    # Two more come along with the submission, one of them wrong.
    sent = (SentAnswer(8, _right(started, 8), 2), SentAnswer(9, ["nothing"], 2), SentAnswer(1, ["a"], 1))
    (done,) = await attempts.submit(db, [SubmitWish(started.attempt, started.ticket, sent)], NOON + 90_000, shelf=shelf)
    assert isinstance(done, Submitted)
    assert (done.score, done.correct, done.of, done.answered) == (8, 8, 10, 8)
    assert (done.duration_ms, done.by_server, done.prediction) == (90_000, False, Decimal(1500))
    (again,) = await attempts.submit(db, [SubmitWish(started.attempt, started.ticket)], NOON + 95_000)
    assert isinstance(again, Submitted)
    assert again.again
    assert (again.score, again.submitted_at, again.duration_ms) == (8, done.submitted_at, 90_000)
    async with db.read() as reader:
        lines = [json.loads(body) for body in await reader.scalars(select(contest_log.c.body))]
        digests = list(await reader.scalars(select(attempts_table.c.answers_digest)))
    assert [(line["attempt"], line["score"], line["prediction"]) for line in lines] == [(started.attempt, 8, "1500")]
    assert digests == [lines[0]["answers"]]


async def test_a_hundred_parallel_starts_keep_the_limit(db: Database, migrated_url: str) -> None:
    contest = await open_contest(db, rules(quota=Quota(per_day=None, per_round=3)))
    (entry,) = await enter(db, contest)
    others = [Database(migrated_url, pool_size=5) for _ in range(2)]
    try:
        for round_trip in range(5):
            outcomes = await asyncio.gather(
                *(
                    attempts.start([db, *others][n % 3], [StartWish(contest, entry)] * 4, NOON + round_trip)
                    for n in range(25)
                )
            )
            answers = [one for some in outcomes for one in some]
            fresh = {one.attempt for one in answers if isinstance(one, Started)}
            if round_trip < 3:
                assert len(fresh) == 1
                assert all(isinstance(one, Started) for one in answers)
                (attempt,) = fresh
                async with db.read() as reader:
                    ticket = await reader.scalar(
                        select(attempts_table.c.ticket_hash).where(attempts_table.c.public_id == attempt)
                    )
                holder = next(one for one in answers if isinstance(one, Started) and digest(one.ticket) == ticket)
                await attempts.submit(db, [SubmitWish(attempt, holder.ticket)], NOON + round_trip)
            else:
                assert {one.code for one in answers if isinstance(one, NotStarted)} == {"quota_round"}
                assert not fresh
    finally:
        for other in others:
            await other.close()
    async with db.read() as reader:
        ordinals = list(await reader.scalars(select(attempts_table.c.ordinal).order_by(attempts_table.c.ordinal)))
    assert ordinals == [1, 2, 3]
