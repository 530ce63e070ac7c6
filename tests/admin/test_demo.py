"""The demo province is complete, playable and filled in once."""

import asyncio

from sqlalchemy import func, select

from admin import demo_movement
from admin.demo import seed_demo
from contest import question_bank
from contest.database import Database
from contest.ids import QuizId
from contest.provincial import contests
from contest.provincial.local_time import local_day
from contest.provincial.tables import contest_questions
from contest.provincial.windows import round_at
from contest.statistics import denominators, standing
from contest.tables import quizzes, units

NOW_MS = 1_790_000_000_000


async def test_units_bank_and_a_ready_quiz_once(db: Database) -> None:
    assert sorted(await asyncio.gather(seed_demo(db, NOW_MS), seed_demo(db, NOW_MS))) == [False, True]
    assert not await seed_demo(db, NOW_MS + 1)
    async with db.read() as reader:
        assert (await reader.execute(select(func.count()).select_from(units))).scalar_one() == 102
        rows = (await reader.execute(select(quizzes.c.id, quizzes.c.is_bank).order_by(quizzes.c.is_bank))).all()
        ready, bank = [await question_bank.get(reader, QuizId(row.id)) for row in rows]
    assert [row.is_bank for row in rows] == [False, True]
    assert (len(ready.questions), len(bank.questions)) == (20, 60)
    in_bank = {stored.question.id for stored in bank.questions}
    assert {stored.question.id for stored in ready.questions} <= in_bank


async def test_a_contest_is_open_from_today(db: Database) -> None:
    await seed_demo(db, NOW_MS)
    async with db.read() as reader:
        (contest,) = await contests.listing(reader)
        asked = (await reader.execute(select(func.count()).select_from(contest_questions))).scalar_one()
    assert (contest.state, contest.rules_version, asked) == ("open", 1, 60)
    assert contest.rules is not None
    assert round_at(contest.rules, NOW_MS) == contest.rules.rounds[0]


async def test_what_an_organiser_archived_stays_away(db: Database) -> None:
    await seed_demo(db, NOW_MS)
    async with db.write() as writer:
        for (quiz_id,) in (await writer.execute(select(quizzes.c.id))).all():
            await question_bank.archive(writer, QuizId(quiz_id), now_ms=NOW_MS)
    await seed_demo(db, NOW_MS + 1)
    async with db.read() as reader:
        left = await reader.execute(select(func.count()).select_from(quizzes).where(quizzes.c.archived_at.is_(None)))
        assert left.scalar_one() == 0


async def test_the_movement_has_its_targets_and_sample_numbers_once(db: Database) -> None:
    async with db.write() as writer:
        assert await demo_movement.seed(writer, NOW_MS)
        assert not await demo_movement.seed(writer, NOW_MS + 1)
    today = local_day(NOW_MS)
    async with db.read() as reader:
        stands = await standing.indicators_of_all(reader, today)
        sizes = await denominators.listing(reader)
    assert {one.source for one in sizes} == {"Số liệu mẫu"}
    statuses = {str(one.progress.status) for place in ("c:24561", "c:24133", "p") for one in stands[place]}
    assert {"behind", "ahead", "on_track"} <= statuses
    held = [one for one in stands["c:24561"] if one.target is not None]
    assert len(held) == 10
    assert all(one.target and one.target.start_day < today < one.target.deadline_day for one in held)
