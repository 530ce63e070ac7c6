"""Attempts in real SQL, on both databases: limits, answers, handing in, and what may be seen of it."""

import asyncio
import json
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from contest.database import Database
from contest.provincial import attempt_views, attempts, log
from contest.provincial.attempts import (
    NotStarted,
    NotSubmitted,
    SaveStatus,
    SaveWish,
    SentAnswer,
    Shelf,
    Started,
    StartWish,
    Submitted,
    SubmitWish,
)
from contest.provincial.papers import as_shown
from contest.provincial.rules import Prediction, Quota
from contest.provincial.tables import attempts as attempts_table
from contest.provincial.tables import contest_log, contest_questions, entries
from contest.tickets import digest
from tests.contest.provincial.contest_fixture import (
    DAY,
    OPENS,
    SECRET,
    enter,
    open_contest,
    publish_key,
    right_answer,
    rules,
)

NOON = OPENS + 12 * 3_600_000


async def _start(db: Database, contest: int, entry: int, now: int = NOON, *, shelf: Shelf | None = None) -> Started:
    (started,) = await attempts.start(db, [StartWish(contest, entry)], now, shelf=shelf)
    assert isinstance(started, Started), started
    return started


async def _save(
    db: Database,
    started: Started,
    position: int,
    raw: Any,
    seq: int,
    now: int = NOON + 1_000,
    *,
    shelf: Shelf | None = None,
) -> SaveStatus:
    wish = SaveWish(started.attempt, started.ticket, position, raw, seq)
    (saved,) = await attempts.save(db, [wish], now, shelf=shelf)
    return saved.status


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


async def test_the_server_ends_what_nobody_handed_in(db: Database) -> None:
    contest = await open_contest(db)
    gone, late, again = await enter(db, contest, 3)
    shelf = Shelf()
    started = {one: await _start(db, contest, one, shelf=shelf) for one in (gone, late, again)}
    for one in started.values():
        assert await _save(db, one, 1, _right(one, 1), 1, NOON + 5_000) is SaveStatus.SAVED
    limit = started[gone].deadline_at
    # On its way at the limit: taken, and the time is the limit's.
    assert await _save(db, started[late], 2, _right(started[late], 2), 2, limit + 4_999) is SaveStatus.SAVED
    assert await _save(db, started[late], 3, _right(started[late], 3), 3, limit + 5_001) is SaveStatus.OVER
    sent = (SentAnswer(4, _right(started[late], 4), 4),)
    (done,) = await attempts.submit(db, [SubmitWish(started[late].attempt, started[late].ticket, sent)], limit + 5_000)
    assert isinstance(done, Submitted)
    assert (done.duration_ms, done.submitted_at, done.by_server, done.score) == (600_000, limit, False, 3)
    assert await attempts.expire(db, limit + 6_000, shelf=shelf) == 0
    # Whoever comes back before the worker finds the old attempt ended, and the quota used.
    (refused,) = await attempts.start(db, [StartWish(contest, again)], limit + 8_000)
    assert refused == NotStarted("quota_day")
    assert await attempts.expire(db, limit + 8_000, shelf=shelf) == 1
    assert await attempts.expire(db, limit + 8_000, shelf=shelf) == 0
    async with db.read() as reader:
        for entry in (gone, again):
            (mine,) = await attempt_views.mine(reader, rules(result="score"), entry)
            assert (mine.state, mine.by_server, mine.duration_ms, mine.score) == ("submitted", True, 600_000, 1)
            assert mine.submitted_at == limit
        kinds = Counter(await reader.scalars(select(contest_log.c.kind)))
    assert kinds == {log.ATTEMPT: 3}
    (told,) = await attempts.submit(db, [SubmitWish(started[gone].attempt, started[gone].ticket, sent)], limit + 9_000)
    assert isinstance(told, Submitted)
    assert (told.again, told.by_server, told.score) == (True, True, 1)


async def test_one_device_at_a_time(db: Database) -> None:
    contest = await open_contest(db)
    (entry,) = await enter(db, contest)
    phone = await _start(db, contest, entry)
    assert await _save(db, phone, 1, _right(phone, 1), 5) is SaveStatus.SAVED
    tablet = await _start(db, contest, entry, NOON + 60_000)
    assert (tablet.attempt, tablet.resumed, tablet.left_ms) == (phone.attempt, True, 540_000)
    assert tablet.paper == phone.paper
    assert tablet.kept == {1: (_right(phone, 1), 5)}
    assert await _save(db, phone, 2, _right(phone, 2), 6) is SaveStatus.MOVED
    assert await attempts.submit(db, [SubmitWish(phone.attempt, phone.ticket)], NOON) == [NotSubmitted("moved")]
    assert await attempts.look(db, phone.attempt, phone.ticket, NOON) == NotSubmitted("moved")
    assert await _save(db, tablet, 2, _right(phone, 2), 6) is SaveStatus.SAVED
    found = await attempts.look(db, tablet.attempt, tablet.ticket, NOON + 61_000)
    assert isinstance(found, Started)
    assert set(found.kept) == {1, 2}
    assert await attempts.submit(db, [SubmitWish("x" * 22, "t")], NOON) == [NotSubmitted("attempt_unknown")]


async def test_the_phones_own_order_decides_which_answer_stays(db: Database) -> None:
    contest = await open_contest(db)
    (entry,) = await enter(db, contest)
    one = await _start(db, contest, entry)
    right = _right(one, 1)
    wishes = [SaveWish(one.attempt, one.ticket, 1, raw, seq) for raw, seq in ((right, 2), (None, 3), (right, 1))]
    first, last, old = await attempts.save(db, wishes, NOON)
    assert (last.status, last.kept) == (SaveStatus.SAVED, (None, 3))
    assert [first.status, old.status] == [SaveStatus.STALE, SaveStatus.STALE]
    assert old.kept == (None, 3)
    assert await _save(db, one, 1, None, 3) is SaveStatus.SAME
    assert await _save(db, one, 1, right, 3) is SaveStatus.STALE
    assert await _save(db, one, 1, right, 4) is SaveStatus.SAVED
    for position, raw in ((11, right), (-1, right), (1, {"a": 1}), (1, ["zz"]), (0, -1), (0, 1.5), (0, "nhiều")):
        assert await _save(db, one, position, raw, 9) is SaveStatus.REFUSED
    assert await _save(db, one, 1, right, 2**53) is SaveStatus.REFUSED


@pytest.mark.parametrize("rightly_first", [True, False])
async def test_of_two_with_one_number_sent_along_the_first_counts(db: Database, rightly_first: bool) -> None:
    contest = await open_contest(db)
    (entry,) = await enter(db, contest)
    one = await _start(db, contest, entry)
    asked = [one.questions[item.question] for item in one.paper.items]
    place = next(index for index, question in enumerate(asked) if question.options)
    right = right_answer(asked[place])
    wrong = next([option.id] for option in asked[place].options if [option.id] != right)
    pair = (right, wrong) if rightly_first else (wrong, right)
    sent = tuple(SentAnswer(place + 1, choice, 1) for choice in pair)
    (done,) = await attempts.submit(db, [SubmitWish(one.attempt, one.ticket, sent)], NOON)
    assert isinstance(done, Submitted)
    assert (done.correct, done.answered) == (int(rightly_first), 1)


async def test_a_prediction_that_is_asked_for(db: Database) -> None:
    contest = await open_contest(db, rules(prediction=Prediction(required=True)))
    entry, other = await enter(db, contest, 2)
    one, two = await _start(db, contest, entry), await _start(db, contest, other)
    wish = SubmitWish(one.attempt, one.ticket)
    assert await attempts.submit(db, [wish], NOON) == [NotSubmitted("prediction_missing")]
    (done,) = await attempts.submit(db, [SubmitWish(one.attempt, one.ticket, (SentAnswer(0, 12, 1),))], NOON)
    assert isinstance(done, Submitted)
    assert done.prediction == 12
    # At the limit a paper without it is accepted: nothing more can come.
    (done,) = await attempts.submit(db, [SubmitWish(two.attempt, two.ticket)], two.deadline_at)
    assert isinstance(done, Submitted)
    assert done.prediction is None


async def test_when_nobody_may_start(db: Database) -> None:
    contest = await open_contest(db)
    active, void = await enter(db, contest, 2)
    (invited,) = await enter(db, contest, state="invited")
    async with db.write() as writer:
        await writer.execute(update(entries).where(entries.c.id == void).values(void_at=1))
    wishes = [StartWish(contest, one) for one in (active, void, invited, 10**9)]
    told = [one.code for one in await attempts.start(db, wishes, OPENS - 1) if isinstance(one, NotStarted)]
    assert told == ["not_open", "entry_void", "not_entered", "not_entered"]
    assert await attempts.start(db, [StartWish(contest, session="nobody")], NOON) == [NotStarted("signed_out")]
    assert await attempts.start(db, [StartWish(contest + 1, active)], NOON) == [NotStarted("not_entered")]
    # The last moment of a round: the attempt may take its time.
    started = await _start(db, contest, active, OPENS + 3 * DAY - 1)
    assert (started.round_key, started.left_ms) == ("r2", 600_000)
    assert await attempts.start(db, [StartWish(contest, void)], OPENS + 3 * DAY) == [NotStarted("entry_void")]


async def test_a_corrected_key_counts_from_the_next_paper_on(db: Database) -> None:
    contest = await open_contest(db, questions=10)
    (entry,) = await enter(db, contest)
    shelf = Shelf()
    one = await _start(db, contest, entry, shelf=shelf)
    place = next(n for n, item in enumerate(one.paper.items, 1) if one.questions[item.question].id == "Q1")
    row = one.paper.items[place - 1].question
    assert await _save(db, one, place, ["c"], 1, shelf=shelf) is SaveStatus.SAVED
    async with db.write() as writer:
        body = one.questions[row].model_copy(update={"answer": ("c",)}).model_dump(mode="json")
        await writer.execute(
            insert(contest_questions).values(
                contest_id=contest, pool="", number=1, revision=2, body=body, reason="sai đáp án", created_at=NOON
            )
        )
    (done,) = await attempts.submit(db, [SubmitWish(one.attempt, one.ticket)], NOON + 1, shelf=shelf)
    assert isinstance(done, Submitted)
    assert done.correct == 1
    await publish_key(db, contest, "r1", NOON + 2)
    async with db.read() as reader:
        lines = await attempt_views.review(reader, entry, one.attempt, "vi")
    assert lines is not None
    assert (lines[place - 1].right, lines[place - 1].correct) == (["c"], True)
    assert SECRET in lines[place - 1].why


async def test_what_a_phone_sees_holds_no_key(db: Database) -> None:
    contest = await open_contest(db)
    (entry,) = await enter(db, contest)
    one = await _start(db, contest, entry)
    shown = as_shown(one.paper, one.questions, "vi")
    assert {field for line in shown for field in line} == {"n", "type", "text", "unit", "options"}
    assert {field for line in shown for option in line["options"] for field in option} == {"id", "text"}
    assert SECRET not in json.dumps(shown, ensure_ascii=False)
