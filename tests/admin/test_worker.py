"""The worker forgets what has expired and nothing else, however many of it run."""

import asyncio
import json
import os
from pathlib import Path

from sqlalchemy import insert, select, update

from admin.worker import ABANDONED_MS, NEVER_STARTED_MS, beat, every, sweep
from contest import rounds as round_rows
from contest.clock import ManualClock
from contest.database import Database
from contest.model import Option, Question, RoundSettings
from contest.tables import accounts, rounds, staff_sessions
from scoring.answer_key import QuestionType

QUESTION = Question(
    type=QuestionType.SINGLE,
    stem_vi="?",
    options=(Option(id="a", text_vi="A"), Option(id="b", text_vi="B")),
    answer=("a",),
)
HOUR_MS = 3_600_000


async def make_round(db: Database, created_at: int, **columns: object) -> int:
    made = await round_rows.create(
        db,
        title="Vòng",
        quiz_id=None,
        questions=(QUESTION,),
        settings=RoundSettings(),
        created_by="system",
        now_ms=created_at,
    )
    if columns:
        async with db.write() as writer:
            await writer.execute(update(rounds).where(rounds.c.id == made.id).values(**columns))
    return made.id


async def active(db: Database) -> set[int]:
    async with db.read() as reader:
        return {row.id for row in await reader.execute(select(rounds.c.id).where(rounds.c.code_active))}


async def test_codes_of_rounds_that_are_over_or_left_alone_come_back(db: Database) -> None:
    clock = ManualClock()
    now = clock.wall_ms()
    yesterday = now - ABANDONED_MS
    kept = {
        await make_round(db, now - HOUR_MS),
        await make_round(db, now - 3 * ABANDONED_MS),  # prepared days ago, code on the invitations
        await make_round(db, yesterday - HOUR_MS, started_at=now - 2 * HOUR_MS),
        await make_round(db, yesterday - HOUR_MS, started_at=yesterday, deadline_ms=now + 5_000),  # being played
        await make_round(db, yesterday, started_at=yesterday + 1),
    }
    for freed in ({"started_at": yesterday, "finished_at": yesterday}, {"started_at": yesterday}):
        await make_round(db, yesterday - HOUR_MS, **freed)
    await make_round(db, now - NEVER_STARTED_MS)
    await asyncio.gather(sweep(db, clock), sweep(db, clock))
    assert await active(db) == kept


async def test_expired_sessions_go(db: Database) -> None:
    clock = ManualClock()
    now = clock.wall_ms()
    async with db.write() as writer:
        await writer.execute(insert(accounts).values(id=1, name="An", name_key="an", role="host", created_at=now))
        for name, expires_at in (("old", now), ("new", now + 1)):
            await writer.execute(
                insert(staff_sessions).values(
                    token_hash=name, account_id=1, created_at=now, seen_at=now, expires_at=expires_at
                )
            )
    await sweep(db, clock)
    async with db.read() as reader:
        assert list((await reader.execute(select(staff_sessions.c.token_hash))).scalars()) == ["new"]


async def test_a_beat_is_whole_and_leaves_nothing_else(tmp_path: Path) -> None:
    clock = ManualClock()
    path = tmp_path / "deep" / "worker.heartbeat"
    await beat(path, clock)
    clock.advance(2_000)
    await beat(path, clock)
    assert json.loads(path.read_text()) == {"at": clock.wall_ms(), "pid": os.getpid()}
    assert os.listdir(path.parent) == [path.name]


async def test_a_failed_turn_does_not_end_the_work() -> None:
    stop = asyncio.Event()
    turns = 0

    async def work() -> None:
        nonlocal turns
        turns += 1
        if turns == 1:
            raise OSError("no space left")
        stop.set()

    await asyncio.wait_for(every(0.01, stop, work), 2)
    assert turns == 2
