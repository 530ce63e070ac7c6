"""Judging and awarding on both databases: what is stored equals a replay of the answers, whatever is voided."""

import random

from sqlalchemy import select

from contest import closing, rounds, seats
from contest.answering import accept
from contest.clock import ManualClock
from contest.database import Database, Reader
from contest.ids import QuestionNumber, RoundId, Seat
from contest.phases import CommandName
from contest.round_state import Command, RoundState, advance
from contest.rounds import RoundRecord
from contest.tables import answers
from scoring.answer_key import Verdict
from tests.contest.support import EVERY_TYPE, RIGHT, SINGLE, T0, arrival, new_round, seat, step


async def settle(db: Database, record: RoundRecord) -> RoundRecord:
    """Closes and reveals the open question as the round runner does."""
    await step(db, record.id, CommandName.CLOSE)
    async with db.write() as writer:
        before = await rounds.load(Reader(writer), record.id, lock=True)
        assert before.state.question
        await closing.close_question(writer, before, before.state.question)
    return await step(db, record.id, CommandName.SETTLE)


async def void(db: Database, record: RoundRecord, number: int) -> RoundRecord:
    async with db.write() as writer:
        before = await rounds.load(Reader(writer), record.id, lock=True)
        state = advance(before.plan, before.state, Command(CommandName.VOID, question=number), T0)
        assert isinstance(state, RoundState)
        await rounds.save_state(writer, before, state, T0)
        after = await rounds.load(Reader(writer), record.id)
        await closing.recount(writer, after)
    return after


async def totals(db: Database, round_id: RoundId) -> dict[int, tuple[int, int, int]]:
    async with db.read() as reader:
        return {s.seat: (s.points, s.correct, s.time_ms) for s in await seats.of_round(reader, round_id)}


async def assert_equals_replay(db: Database, record: RoundRecord) -> None:
    async with db.read() as reader:
        fresh = await rounds.load(reader, record.id)
        in_play, recounted = await closing.replay_round(reader, fresh)
        assert {s.seat: s.total for s in in_play} == dict(recounted.totals)
        assert {s.seat: s.streak for s in in_play} == dict(recounted.streaks)
        rows = await reader.execute(
            select(answers).where(answers.c.round_id == record.id, answers.c.verdict.is_not(None))
        )
        for row in rows:
            scored = recounted.scored.get((row.question, row.seat))
            if scored is not None:
                assert (row.verdict, row.points) == (scored.judgement.verdict, scored.award.points)


async def test_a_question_of_every_type_is_judged_and_awarded(db: Database) -> None:
    record = await new_round(db, scoring="exact", shuffle=False)
    await seat(db, record, "Lan", "Hoa")
    for number, right in enumerate(RIGHT, 1):
        await step(db, record.id, CommandName.NEXT, CommandName.NEXT)
        await accept(db, [arrival(record, 1, right, question=number)])
        record = await settle(db, record)
        await step(db, record.id, CommandName.NEXT)
    scored = len(EVERY_TYPE) - 1  # the poll has no right answer
    assert await totals(db, record.id) == {1: (1000 * scored, scored, 1000 * scored), 2: (0, 0, 0)}
    await assert_equals_replay(db, record)
    async with db.read() as reader:
        shown = await closing.judged(reader, record, QuestionNumber(2))
    assert (shown[1].verdict, shown[1].points, shown[1].choice) == (Verdict.RIGHT, 1000, ["a", "c"])
    assert 2 not in shown


async def test_a_crowd_under_every_scoring_equals_its_replay(db: Database) -> None:
    rng = random.Random(7)
    for scoring in ("exact", "gentle", "kahoot"):
        record = await new_round(db, SINGLE, SINGLE, SINGLE, scoring=scoring, streak_bonus=True, shuffle=False)
        await seat(db, record, *[f"Người {n}" for n in range(60)])
        for number in (1, 2, 3):
            await step(db, record.id, CommandName.NEXT, CommandName.NEXT)
            await accept(
                db,
                [
                    arrival(record, who, [rng.choice("abcd")], question=number, fair_ms=rng.randrange(500, 20_000, 10))
                    for who in range(1, 61)
                    if rng.random() < 0.9
                ],
            )
            record = await settle(db, record)
            await assert_equals_replay(db, record)
            await step(db, record.id, CommandName.NEXT)
        record = await void(db, record, 2)
        await assert_equals_replay(db, record)
        assert max(points for points, _, _ in (await totals(db, record.id)).values()) > 0


async def test_a_void_takes_a_question_out_of_every_total(db: Database) -> None:
    record = await new_round(db, SINGLE, SINGLE, shuffle=False)
    await seat(db, record, "Lan")
    for number in (1, 2):
        await step(db, record.id, CommandName.NEXT, CommandName.NEXT)
        await accept(db, [arrival(record, 1, ["b"], question=number)])
        record = await settle(db, record)
        await step(db, record.id, CommandName.NEXT)
    assert await totals(db, record.id) == {1: (2000, 2, 2000)}
    record = await void(db, record, 1)
    assert await totals(db, record.id) == {1: (1000, 1, 1000)}
    async with db.read() as reader:
        shown = await closing.judged(reader, record, QuestionNumber(1))
    assert (shown[1].verdict, shown[1].points) == (Verdict.NONE, 0)


async def test_a_kicked_seat_is_out_of_the_totals(db: Database) -> None:
    record = await new_round(db, SINGLE)
    await seat(db, record, "Lan", "Hoa")
    await step(db, record.id, CommandName.NEXT, CommandName.NEXT)
    await accept(db, [arrival(record, 1, ["b"]), arrival(record, 2, ["b"])])
    async with db.write() as writer:
        await seats.change(writer, record.id, Seat(1), kicked=True)
    record = await settle(db, record)
    assert await totals(db, record.id) == {1: (0, 0, 0), 2: (1000, 1, 1000)}
    await assert_equals_replay(db, record)


def test_the_manual_clock_moves_only_when_told() -> None:
    clock = ManualClock(T0)
    clock.advance(250)
    clock.jump_wall(-60_000)
    assert (clock.wall_ms(), clock.monotonic_ms()) == (T0 - 59_750, 1_250.0)
    assert clock.now().year == 2026
