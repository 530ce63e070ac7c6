"""Moving a stored round: one wins, everybody is told, and losing Redis loses nothing."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from sqlalchemy import select, update

from contest import closing, rounds, seats
from contest.answering import accept
from contest.clock import ManualClock
from contest.database import Database
from contest.errors import Conflict, Invalid, NotFound
from contest.ids import RoundId, Seat
from contest.model import Question
from contest.phases import CommandName, Phase
from contest.round_state import Command
from contest.rounds import RoundRecord
from contest.tables import answers, audit_log
from contest.tables import rounds as rounds_table
from contest.tables import seats as seats_table
from realtime import picture as pictures
from realtime import presence, results
from realtime.round_runner import Notice, RoundRunner, decode_notice
from realtime.timekeeper import LONGEST_CLOSING_MS, MIN_OPEN_MS, REBUILD_MS, Timekeeper
from scoring import keys, leaderboard
from scoring.redis_client import connect
from scoring.tiebreak import CORRECT_LIMIT
from tests.contest.support import EVERY_TYPE, RIGHT, SINGLE, T0, arrival, new_round, seat

C = CommandName
URL = "http://10.0.0.5:8000"


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = connect(redis_url)
    yield client
    await client.aclose()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(T0)


@pytest.fixture
async def runner(db: Database, redis: Redis, clock: ManualClock) -> RoundRunner:
    return RoundRunner(db, redis, clock, URL)


async def fresh_round(db: Database, redis: Redis, *questions: Question, **settings: object) -> RoundRecord:
    """A new round of which the shared Redis knows nothing: databases start their ids anew, the server does not."""
    record = await new_round(db, *questions, **settings)
    await leaderboard.drop(redis, record.id)
    await redis.delete(keys.presence(record.id))
    return record


async def run(runner: RoundRunner, round_id: RoundId, *names: CommandName) -> RoundRecord:
    for name in names:
        record = await runner.apply(round_id, Command(name), actor="account:1", due=True)
    return record


async def test_a_refused_command_changes_nothing(db: Database, redis: Redis, runner: RoundRunner) -> None:
    record = await fresh_round(db, redis, SINGLE)
    with pytest.raises(Conflict, match="not_now"):
        await runner.apply(record.id, Command(C.CLOSE), actor="account:1")
    with pytest.raises(Conflict, match="stale"):
        await runner.apply(record.id, Command(C.NEXT), actor="account:1", expected=7)
    with pytest.raises(NotFound):
        await runner.apply(RoundId(99_999), Command(C.NEXT), actor="account:1")
    async with db.read() as reader:
        assert await rounds.load(reader, record.id) == record
        acts = await reader.scalars(select(audit_log.c.action))
        assert acts.all() == ["round.create"]


async def test_two_hosts_pressing_at_once_move_the_round_once(db: Database, redis: Redis, runner: RoundRunner) -> None:
    record = await fresh_round(db, redis, SINGLE)
    presses = [runner.apply(record.id, Command(C.NEXT), actor=f"account:{n}", expected=1) for n in (1, 2, 3)]
    outcomes = await asyncio.gather(*presses, return_exceptions=True)
    assert sum(isinstance(outcome, RoundRecord) for outcome in outcomes) == 1
    assert all(isinstance(outcome, RoundRecord | Conflict) for outcome in outcomes)
    async with db.read() as reader:
        assert (await rounds.load(reader, record.id)).state.version == 2


async def test_every_change_is_told_once_to_every_process(db: Database, redis: Redis, runner: RoundRunner) -> None:
    record = await fresh_round(db, redis, SINGLE)
    await seat(db, record, "Lan")
    async with redis.pubsub() as pubsub:
        await pubsub.subscribe(keys.room_channel(record.id))
        await run(runner, record.id, C.NEXT, C.NEXT)
        await runner.change_seat(record.id, C.HIDE_NAME, Seat(1), actor="account:1")
        notices: list[Notice] = []
        async with asyncio.timeout(10):
            async for message in pubsub.listen():
                if message["type"] == "message":
                    notices.append(decode_notice(message["data"]))
                if len(notices) == 3:
                    break
    assert [(notice.kind, notice.picture and notice.picture.version) for notice in notices] == [
        ("state", 2),
        ("state", 3),
        ("people", None),
    ]
    assert notices[1].picture is not None
    assert notices[1].picture.accepting == 1


async def test_a_question_that_is_asked_again_gives_nothing_and_tells_nothing(
    db: Database, redis: Redis, runner: RoundRunner
) -> None:
    record = await fresh_round(db, redis, SINGLE, SINGLE)
    await seat(db, record, "Lan", "Hoa")
    before = await run(runner, record.id, C.NEXT, C.NEXT)
    await accept(db, [arrival(record, 1, ["b"]), arrival(record, 2, ["a"])])
    presses = [
        runner.apply(record.id, Command(C.REPLAY, question=1), actor="account:1", expected=before.state.version)
        for _ in range(3)
    ]
    outcomes = await asyncio.gather(*presses, return_exceptions=True)
    (again,) = [outcome for outcome in outcomes if isinstance(outcome, RoundRecord)]
    assert [str(o) for o in outcomes if not isinstance(o, RoundRecord)] == ["stale", "stale"]
    assert (len(again.questions), again.state.question) == (3, 2)
    first, copy = again.questions[:2]
    assert [o.id for o in copy.options] != [o.id for o in first.options]
    assert copy.key.right == first.key.right
    # What was on its way to the withdrawn question is late, and what is stored of it is never judged.
    stored = await accept(db, [arrival(record, 1, ["a"], question=1, answer_id="new"), arrival(record, 1, ["b"])])
    assert [one.status for one in stored] == ["kept_other", "same"]
    picture = (await pictures.load(db, record.id, URL)).picture
    assert (picture.player["again"], picture.player["q"]["n"], picture.player["q"]["of"]) == (True, 2, 3)
    assert picture.host["voids"] == [1]
    await run(runner, record.id, C.BEGIN)
    await accept(db, [arrival(record, 2, ["b"], question=2)])
    after = await run(runner, record.id, C.CLOSE, C.SETTLE)
    await runner.apply(record.id, Command(C.VOID, question=2), actor="account:1")
    async with db.read() as reader:
        verdicts = (await reader.execute(select(answers.c.question, answers.c.verdict))).all()
        acts = (await reader.execute(select(audit_log.c.detail).where(audit_log.c.action == "round.replay"))).all()
        assert {row.seat: row.points for row in await seats.of_round(reader, record.id)} == {1: 0, 2: 0}
        in_play, counted = await closing.replay_round(reader, await rounds.load(reader, record.id))
        assert {seat.seat: seat.total for seat in in_play} == counted.totals
    assert sorted(map(tuple, verdicts), key=str) == [(1, None), (1, None), (2, "none")]
    assert [row.detail for row in acts] == [{"question": 1}]
    assert after.state.withdrawn == (1,)


async def test_a_round_that_ends_after_a_withdrawal_shows_no_key(
    db: Database, redis: Redis, runner: RoundRunner
) -> None:
    why = SINGLE.model_copy(update={"explanation_vi": "Vì b."})
    record = await fresh_round(db, redis, why)
    await run(runner, record.id, C.NEXT, C.NEXT, C.REPLAY, C.FINISH)
    picture = (await pictures.load(db, record.id, URL)).picture
    assert picture.phase == "finished"
    assert "right" not in picture.player
    assert "Vì b." not in json.dumps([picture.player, picture.stage])


async def test_the_reveal_writes_totals_boards_and_results(db: Database, redis: Redis, runner: RoundRunner) -> None:
    record = await fresh_round(db, redis, SINGLE)
    await seat(db, record, "Lan", unit="24133")
    await seat(db, record, "Hoa", "Mai")
    await run(runner, record.id, C.NEXT, C.NEXT)
    await accept(db, [arrival(record, 1, ["b"]), arrival(record, 2, ["a"]), arrival(record, 3, ["b"], fair_ms=900)])
    after = await run(runner, record.id, C.CLOSE, C.SETTLE)
    assert [(s.rank, s.total.seat) for s in await leaderboard.top(redis, record.id, 10)] == [(1, 3), (2, 1), (3, 2)]
    assert [s.total.seat for s in await leaderboard.unit_top(redis, record.id, "24133", 5)] == [1]
    blob = await redis.get(keys.results(record.id, after.state.version))
    assert blob is not None
    told = results.decode(blob)
    assert told == (await pictures.load(db, record.id, URL)).results
    assert (told.rows[1].rank, told.rows[1].gap, told.rows[1].award) == (2, 0, 1000)
    assert (told.rows[2].verdict, told.rows[2].gap) == ("wrong", 1000)


async def test_totals_that_outgrow_a_board_leave_none_and_are_told_all_the_same(
    db: Database, redis: Redis, runner: RoundRunner
) -> None:
    record = await fresh_round(db, redis, SINGLE)
    await seat(db, record, "Lan")
    async with db.write() as writer:  # What a day of rounds may carry along.
        await writer.execute(update(seats_table).values(base_correct=CORRECT_LIMIT, correct=CORRECT_LIMIT))
    await run(runner, record.id, C.NEXT, C.NEXT)
    await accept(db, [arrival(record, 1, ["b"])])
    after = await run(runner, record.id, C.CLOSE, C.SETTLE)
    assert await leaderboard.top(redis, record.id, 1) == []
    assert await leaderboard.board_version(redis, record.id) == after.state.version
    told = (await pictures.load(db, record.id, URL)).results
    assert told is not None
    assert told.rows[1].rank == 1


async def test_voiding_an_earlier_question_scores_again(db: Database, redis: Redis, runner: RoundRunner) -> None:
    record = await fresh_round(db, redis, SINGLE, SINGLE)
    await seat(db, record, "Lan")
    for question in (1, 2):
        await run(runner, record.id, C.NEXT, C.NEXT)
        await accept(db, [arrival(record, 1, ["b"], question=question)])
        await run(runner, record.id, C.CLOSE, C.SETTLE, C.NEXT)
    assert (await leaderboard.top(redis, record.id, 1))[0].total.points == 2000
    after = await runner.apply(record.id, Command(C.VOID, question=1), actor="account:1")
    assert (await leaderboard.top(redis, record.id, 1))[0].total.points == 1000
    assert after.state.scored_version == after.state.version


async def test_people_can_be_changed_until_the_end(db: Database, redis: Redis, runner: RoundRunner) -> None:
    record = await fresh_round(db, redis, SINGLE)
    await seat(db, record, "Lan", "Hoa")
    await runner.change_seat(record.id, C.RENAME, Seat(1), actor="account:1", new_name="  Mai ")
    with pytest.raises(Conflict, match="name_taken"):
        await runner.change_seat(record.id, C.RENAME, Seat(2), actor="account:1", new_name="mai")
    with pytest.raises(Invalid, match="name_too_long"):
        await runner.change_seat(record.id, C.RENAME, Seat(2), actor="account:1", new_name="x" * 40)
    with pytest.raises(NotFound, match="seat_unknown"):
        await runner.change_seat(record.id, C.KICK, Seat(9), actor="account:1")
    await runner.change_seat(record.id, C.KICK, Seat(2), actor="account:1")
    await run(runner, record.id, C.FINISH)
    with pytest.raises(Conflict, match="round_over"):
        await runner.change_seat(record.id, C.KICK, Seat(1), actor="account:1")


async def test_nothing_of_the_key_is_in_a_picture_before_the_reveal(
    db: Database, redis: Redis, runner: RoundRunner
) -> None:
    record = await fresh_round(db, redis, *[replace_why(q) for q in EVERY_TYPE])
    await seat(db, record, "Lan")
    shown_keys = {"right", "why", "counts"}
    for number, right in enumerate(RIGHT, 1):
        for names in ((C.NEXT,), (C.NEXT,), (C.PAUSE,), (C.RESUME,), (C.CLOSE,)):
            await run(runner, record.id, *names)
            if names == (C.RESUME,):
                await accept(db, [arrival(record, 1, right, question=number)])
            loaded = await pictures.load(db, record.id, URL)
            frames = pictures.player_frame(loaded.picture, T0) + pictures.stage_frame(loaded.picture, T0)
            assert not shown_keys & (loaded.picture.player.keys() | loaded.picture.stage.keys())
            assert "GIẢI THÍCH".encode() not in frames
        revealed = await run(runner, record.id, C.SETTLE)
        shown = (await pictures.load(db, record.id, URL)).picture.player
        assert shown["why"] == "GIẢI THÍCH"
        assert (shown["right"] is None) is (revealed.question(number).type == "poll")
        await run(runner, record.id, C.NEXT)


def replace_why(question: Question) -> Question:
    return question.model_copy(update={"explanation_vi": "GIẢI THÍCH"})


async def test_losing_redis_stops_nothing(db: Database, clock: ManualClock) -> None:
    dead = connect("redis://127.0.0.1:1/0")
    runner = RoundRunner(db, dead, clock, URL)
    record = await new_round(db, SINGLE)
    await seat(db, record, "Lan")
    await run(runner, record.id, C.NEXT, C.NEXT)
    await accept(db, [arrival(record, 1, ["b"])])
    after = await run(runner, record.id, C.CLOSE, C.SETTLE)
    assert after.state.phase is Phase.REVEALED
    assert (await pictures.load(db, record.id, URL)).results is not None
    await dead.aclose()


class TestTimekeeper:
    """The sweep, with a clock that moves only when told."""

    @pytest.fixture
    def timekeeper(self, db: Database, redis: Redis, runner: RoundRunner, clock: ManualClock) -> Timekeeper:
        return Timekeeper(db, redis, runner, clock)

    async def phase(self, db: Database, record: RoundRecord) -> Phase:
        async with db.read() as reader:
            return (await rounds.load(reader, record.id)).state.phase

    async def test_a_question_opens_closes_and_is_revealed_by_itself(
        self, db: Database, redis: Redis, runner: RoundRunner, timekeeper: Timekeeper, clock: ManualClock
    ) -> None:
        record = await fresh_round(db, redis, SINGLE)
        await run(runner, record.id, C.NEXT)
        assert await timekeeper.sweep() == 0
        for ms, expected in ((3_000, Phase.OPEN), (20_000, Phase.CLOSING), (1_300, Phase.REVEALED)):
            clock.advance(ms - 1)
            assert await timekeeper.sweep() == 0
            clock.advance(1)
            assert await timekeeper.sweep() == 1
            assert await self.phase(db, record) is expected
            await timekeeper.sweep()

    async def test_a_jump_of_the_wall_clock_neither_cuts_nor_stretches_a_question(
        self, db: Database, redis: Redis, runner: RoundRunner, timekeeper: Timekeeper, clock: ManualClock
    ) -> None:
        record = await fresh_round(db, redis, SINGLE)
        await run(runner, record.id, C.NEXT, C.NEXT)
        await timekeeper.sweep()
        clock.jump_wall(60_000)
        clock.advance(19_999)
        assert await timekeeper.sweep() == 0
        clock.jump_wall(-120_000)
        clock.advance(1)
        assert await timekeeper.sweep() == 1
        assert await self.phase(db, record) is Phase.CLOSING

    async def test_a_clock_set_back_just_after_the_close_does_not_keep_the_hall_waiting(
        self, db: Database, redis: Redis, runner: RoundRunner, timekeeper: Timekeeper, clock: ManualClock
    ) -> None:
        record = await fresh_round(db, redis, SINGLE)
        await run(runner, record.id, C.NEXT, C.NEXT, C.CLOSE)
        clock.jump_wall(-60_000)
        assert await timekeeper.sweep() == 0
        clock.advance(LONGEST_CLOSING_MS)
        assert await timekeeper.sweep() == 1
        assert await self.phase(db, record) is Phase.REVEALED

    async def test_a_new_timekeeper_finds_what_a_killed_one_left(
        self, db: Database, redis: Redis, runner: RoundRunner, clock: ManualClock
    ) -> None:
        record = await fresh_round(db, redis, SINGLE)
        await run(runner, record.id, C.NEXT, C.NEXT)
        clock.advance(600_000)
        assert await Timekeeper(db, redis, runner, clock).sweep() == 1
        assert await self.phase(db, record) is Phase.CLOSING

    async def test_two_timekeepers_do_no_harm(
        self, db: Database, redis: Redis, runner: RoundRunner, clock: ManualClock
    ) -> None:
        record = await fresh_round(db, redis, SINGLE)
        await run(runner, record.id, C.NEXT, C.NEXT)
        clock.advance(20_000)
        pair = [Timekeeper(db, redis, runner, clock) for _ in range(2)]
        assert sum(await asyncio.gather(*(one.sweep() for one in pair))) == 1
        assert await self.phase(db, record) is Phase.CLOSING

    async def test_a_round_that_cannot_be_moved_keeps_no_other_standing(
        self, db: Database, redis: Redis, runner: RoundRunner, clock: ManualClock
    ) -> None:
        broken, sound = [await fresh_round(db, redis, SINGLE) for _ in range(2)]
        for record in (broken, sound):
            await run(runner, record.id, C.NEXT, C.NEXT)
        async with db.write() as writer:
            await writer.execute(
                update(rounds_table).where(rounds_table.c.id == broken.id).values(state={"phase": "of another version"})
            )
        clock.advance(20_000)
        assert await Timekeeper(db, redis, runner, clock).sweep() == 1
        assert await self.phase(db, sound) is Phase.CLOSING

    async def test_a_question_closes_early_only_when_everybody_has_answered(
        self, db: Database, redis: Redis, runner: RoundRunner, timekeeper: Timekeeper, clock: ManualClock
    ) -> None:
        record = await fresh_round(db, redis, SINGLE)
        version = (await run(runner, record.id, C.NEXT, C.NEXT)).state.version

        async def tell(process: str, answered: int, unanswered: int | None, v: int = version) -> None:
            entry = presence.Entry(clock.wall_ms(), v, answered + (unanswered or 0), answered, unanswered)
            await presence.write(redis, process, {record.id: entry})

        await tell("one", 5, 0)
        assert await timekeeper.sweep() == 0, "not in the first second"
        clock.advance(MIN_OPEN_MS)
        for others in ((1, 1, version), (1, None, version), (1, 0, version - 1)):
            await tell("one", 5, 0)
            await tell("two", others[0], others[1], others[2])
            assert await timekeeper.sweep() == 0, others
        await tell("two", 2, 0)
        assert await timekeeper.sweep() == 1
        assert await self.phase(db, record) is Phase.CLOSING

    async def test_lost_leaderboards_are_written_again(
        self, db: Database, redis: Redis, runner: RoundRunner, timekeeper: Timekeeper, clock: ManualClock
    ) -> None:
        record = await fresh_round(db, redis, SINGLE)
        await seat(db, record, "Lan")
        await run(runner, record.id, C.NEXT, C.NEXT)
        await accept(db, [arrival(record, 1, ["b"])])
        await run(runner, record.id, C.CLOSE, C.SETTLE)
        await leaderboard.drop(redis, record.id)
        assert await leaderboard.top(redis, record.id, 1) == []
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(timekeeper.run(stop))
            for _ in range(100):
                clock.advance(REBUILD_MS)
                await asyncio.sleep(0.05)
                if await leaderboard.top(redis, record.id, 1):
                    break
            stop.set()
        assert (await leaderboard.top(redis, record.id, 1))[0].total.points == 1000


async def test_seconds_left_follow_the_phase(
    db: Database, redis: Redis, runner: RoundRunner, clock: ManualClock
) -> None:
    record = await fresh_round(db, redis, SINGLE)
    await run(runner, record.id, C.NEXT, C.NEXT)
    shown = (await pictures.load(db, record.id, URL)).picture
    assert pictures.left_seconds(shown, clock.wall_ms() + 7_460) == 12.5
    assert pictures.left_seconds(shown, clock.wall_ms() + 99_000) == 0
    clock.advance(5_000)
    await run(runner, record.id, C.PAUSE)
    assert pictures.left_seconds((await pictures.load(db, record.id, URL)).picture, T0 + 999_000) == 15
