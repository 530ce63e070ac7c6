"""The golden bell on both databases: who is out, rescues, voids and kicks, and what everybody is told of it."""

from collections.abc import AsyncIterator, Mapping

import pytest
from redis.asyncio import Redis
from sqlalchemy import event, select

from contest import closing, rounds, seats
from contest.answering import accept
from contest.clock import ManualClock
from contest.database import Database, Reader
from contest.errors import Conflict, Invalid
from contest.games import golden_bell
from contest.ids import RoundId, Seat
from contest.phases import CommandName, Phase
from contest.round_state import Command
from contest.rounds import RoundRecord
from contest.tables import audit_log, rescues
from realtime import picture as pictures
from realtime.round_runner import RoundRunner
from scoring import keys, leaderboard
from scoring.redis_client import connect
from tests.contest.support import POLL, SINGLE, T0, arrival, new_round, seat

C = CommandName
URL = "http://10.0.0.5:8000"
RIGHT, WRONG = ["b"], ["a"]


class Hall:
    """A golden bell round and the quick way through its questions."""

    def __init__(self, db: Database, redis: Redis, record: RoundRecord) -> None:
        self.db, self.redis, self.id, self.record = db, redis, record.id, record
        self.runner = RoundRunner(db, redis, ManualClock(T0), URL)

    async def do(self, *names: CommandName, **given: object) -> RoundRecord:
        for name in names:
            self.record = await self.runner.apply(self.id, Command(name, **given), actor="account:1", due=True)  # type: ignore[arg-type]
        return self.record

    async def ask(self, answers: Mapping[int, list[str]], *, ms: int = 1_000) -> RoundRecord:
        """Asks the next question, takes these answers, and shows the standings."""
        if self.record.state.phase is Phase.REVEALED:
            await self.do(C.NEXT)
        record = await self.do(C.NEXT, C.NEXT)
        number = record.state.question
        assert number is not None
        assert record.state.accepting == number
        arrivals = [
            arrival(record, seat, choice, question=number, fair_ms=ms + seat) for seat, choice in answers.items()
        ]
        if arrivals:
            await accept(self.db, arrivals)
        return await self.do(C.CLOSE, C.SETTLE)

    async def out(self) -> dict[int, int | None]:
        """Who is out since when; and that a recount of the stored answers says the same."""
        async with self.db.read() as reader:
            record = await rounds.load(reader, self.id)
            in_play, recounted = await closing.replay_round(reader, record)
            assert {one.seat: one.total for one in in_play} == dict(recounted.totals)
            return {int(one.seat): one.out_at for one in in_play}

    async def shown(self) -> pictures.Loaded:
        return await pictures.load(self.db, self.id, URL)


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = connect(redis_url)
    yield client
    await client.aclose()


async def hall(db: Database, redis: Redis, people: int, questions: int = 4, **settings: object) -> Hall:
    record = await new_round(
        db, *[SINGLE] * questions, mode="golden_bell", shuffle=False, reading_seconds=0, **settings
    )
    await leaderboard.drop(redis, record.id)
    await redis.delete(keys.presence(record.id))
    await seat(db, record, *(f"Bạn {n}" for n in range(1, people + 1)))
    return Hall(db, redis, record)


async def test_a_game_to_its_last_survivor(db: Database, redis: Redis) -> None:
    game = await hall(db, redis, 4)
    assert game.record.plan.seconds == (10,) * 4, "as on television"
    await game.ask({1: RIGHT, 2: RIGHT, 3: RIGHT, 4: WRONG})
    assert await game.out() == {1: None, 2: None, 3: None, 4: 1}
    shown = (await game.shown()).picture
    assert shown.player["bell"] | {"fun": True} == {
        "left": 3, "out": 1, "went": 1, "back": 0, "rescue": False, "rescue_next": False, "fun": True,
        "decided": False, "last": None, "winners": 3,
    }  # fmt: skip
    assert shown.stage["floor"] == "iiix"
    assert [person["name"] for person in shown.host["went"]] == ["Bạn 4"]
    # What is answered for fun is kept, judged, and never counts.
    await game.ask({1: RIGHT, 2: WRONG, 4: RIGHT})
    assert await game.out() == {1: None, 2: 2, 3: 2, 4: 1}
    loaded = await game.shown()
    assert loaded.results is not None
    four = loaded.results.rows[4]
    assert (four.verdict, four.award, four.points, four.out) == ("right", 0, 0, 1)
    assert loaded.picture.player["bell"]["decided"]
    board = [standing.total.seat for standing in await leaderboard.top(redis, game.id, 9)]
    assert board == [1, 2, 3, 4]
    record = await game.do(C.NEXT, C.NEXT)
    assert record.state.phase is Phase.PODIUM, "two questions are left, and nobody to ask"
    assert (await game.do(C.NEXT)).state.ended_early is False


async def test_a_void_brings_back_whom_the_question_put_out(db: Database, redis: Redis) -> None:
    game = await hall(db, redis, 4)
    await game.ask({1: RIGHT, 2: WRONG, 4: RIGHT})
    await game.ask({1: RIGHT, 2: RIGHT, 3: RIGHT, 4: RIGHT})
    assert await game.out() == {1: None, 2: 1, 3: 1, 4: None}
    await game.do(C.VOID, question=1)
    assert await game.out() == {1: None, 2: None, 3: None, 4: None}, "for fun became for real"
    await game.do(C.VOID, question=2)
    await game.ask({1: RIGHT, 2: RIGHT, 3: WRONG, 4: WRONG})
    await game.runner.change_seat(game.id, C.KICK, Seat(2), actor="account:1")
    assert await game.out() == {1: None, 3: 3, 4: 3}
    shown = (await game.shown()).picture
    assert (shown.player["bell"]["left"], shown.stage["floor"]) == (1, "i.xx")
    record = await game.do(C.NEXT, C.NEXT)
    assert record.state.phase is Phase.PODIUM, "the kick decided it"


async def test_rescues_by_hand(db: Database, redis: Redis) -> None:
    game = await hall(db, redis, 5, rescues_allowed=3, rescue_from=2)
    await game.ask({1: RIGHT, 2: RIGHT, 3: RIGHT, 4: WRONG, 5: WRONG}, ms=500)
    with pytest.raises(Conflict, match="rescue_too_early"):
        await game.do(C.RESCUE, all=True)
    await game.ask({1: RIGHT, 2: WRONG, 3: WRONG})
    before = game.record
    for wrong, code in (
        ({}, Invalid),
        ({"seats": (1,)}, Conflict),
        ({"seats": (9,)}, Conflict),
        ({"count": 0}, Invalid),
    ):
        with pytest.raises(code):
            await game.do(C.RESCUE, **wrong)
    async with db.read() as reader:
        assert await rounds.load(reader, game.id) == before, "a refused rescue changes nothing"
        assert (await reader.scalars(select(rescues.c.seat))).all() == []
    # 2 and 3 lasted longer; 2 was quicker at the first question.
    await game.do(C.RESCUE, count=1)
    assert await game.out() == {1: None, 2: None, 3: 2, 4: 1, 5: 1}
    loaded = await game.shown()
    assert loaded.results is not None
    assert (loaded.picture.stage["floor"], loaded.picture.player["bell"]["back"]) == ("irxoo", 1)
    assert [seat for seat, row in loaded.results.rows.items() if row.back] == [2]
    await game.do(C.NEXT)
    await game.do(C.RESCUE, seats=(5, 4, 5))
    await game.ask({1: RIGHT, 2: RIGHT, 4: WRONG, 5: RIGHT})
    assert await game.out() == {1: None, 2: None, 3: 2, 4: 3, 5: None}
    await game.do(C.VOID, question=1)
    assert await game.out() == {1: None, 2: None, 3: 2, 4: 3, 5: None}
    await game.do(C.RESCUE, all=True)
    assert await game.out() == dict.fromkeys(range(1, 6))
    with pytest.raises(Conflict, match="rescues_used_up"):
        await game.do(C.RESCUE, all=True)
    async with db.read() as reader:
        acts = await reader.execute(select(audit_log.c.detail).where(audit_log.c.action == "round.rescue"))
        assert [row.detail["seats"] for row in acts] == [[2], [4, 5], [3, 4]]
    board = [standing.total.out_at for standing in await leaderboard.top(redis, game.id, 9)]
    assert board == [None] * 5


async def test_a_rescue_question_is_for_those_who_are_out(db: Database, redis: Redis) -> None:
    game = await hall(db, redis, 4, questions=5)
    with pytest.raises(Conflict, match="not_now"):
        await game.do(C.RESCUE_QUESTION, on=True)
    await game.ask({1: RIGHT, 2: RIGHT, 3: RIGHT, 4: RIGHT})
    with pytest.raises(Conflict, match="rescue_nobody"):
        await game.do(C.RESCUE_QUESTION, on=True)
    await game.ask({1: RIGHT})
    assert (await game.shown()).picture.player["bell"]["decided"]
    await game.do(C.RESCUE_QUESTION, on=True)
    assert not (await game.shown()).picture.player["bell"]["decided"], "somebody may come back"
    record = await game.ask({2: RIGHT, 3: WRONG})
    assert (record.state.rescue_questions, record.state.rescue_next) == ((3,), False)
    assert await game.out() == {1: None, 2: None, 3: 2, 4: 2}, "who is in rests, and is safe"
    loaded = await game.shown()
    assert loaded.results is not None
    assert (loaded.results.rows[2].back, loaded.results.rows[2].award) == (True, 0)
    assert loaded.picture.stage["floor"] == "iroo"
    with pytest.raises(Conflict, match="rescues_used_up"):
        await game.do(C.RESCUE, all=True)
    await game.do(C.VOID, question=3)
    assert await game.out() == {1: None, 2: 2, 3: 2, 4: 2}, "and the right to one is given back"
    await game.do(C.RESCUE, seats=(3,))
    assert await game.out() == {1: None, 2: 2, 3: None, 4: 2}


async def test_a_rescue_question_is_never_asked_of_nobody(db: Database, redis: Redis) -> None:
    game = await hall(db, redis, 3, questions=5, rescues_allowed=2)
    await game.ask({1: RIGHT, 2: RIGHT})
    await game.do(C.RESCUE_QUESTION, on=True)
    record = await game.do(C.RESCUE, seats=(3,))
    assert not record.state.rescue_next, "the only one who was out is back by hand"
    record = await game.ask({1: RIGHT, 2: RIGHT})
    assert (record.state.rescue_questions, await game.out()) == ((), {1: None, 2: None, 3: 2})
    await game.do(C.RESCUE_QUESTION, on=True)
    await game.runner.change_seat(game.id, C.KICK, Seat(3), actor="account:1")
    record = await game.ask({1: RIGHT, 2: WRONG})
    assert (record.state.rescue_questions, record.state.rescue_next) == ((), False)
    assert await game.out() == {1: None, 2: 3}


async def test_nobody_right_is_a_shared_bell(db: Database, redis: Redis) -> None:
    game = await hall(db, redis, 3, rescues_allowed=0)
    await game.ask({1: RIGHT, 2: RIGHT})
    await game.ask({1: WRONG, 2: WRONG})
    bell = (await game.shown()).picture.player["bell"]
    assert (bell["left"], bell["last"], bell["decided"]) == (0, 2, True)
    assert [person["seat"] for person in (await game.shown()).picture.stage["floor_people"]] == [1, 2, 3]
    record = await game.do(C.NEXT, C.NEXT)
    assert record.state.phase is Phase.PODIUM
    record = await game.do(C.NEXT)
    assert (record.state.phase, record.state.ended_early) == (Phase.FINISHED, False)


async def test_who_comes_late_watches_and_may_be_let_in(db: Database, redis: Redis) -> None:
    record = await new_round(db, POLL, SINGLE, SINGLE, SINGLE, mode="golden_bell", shuffle=False)
    await seat(db, record, "Lan")
    game = Hall(db, redis, record)
    await game.ask({1: ["a"]})
    (after_poll,) = await seat(db, record, "Mai")
    assert after_poll.seat.out_at is None, "a poll puts nobody out"
    await game.ask({1: RIGHT, 2: RIGHT})
    (late,) = await seat(db, record, "Muộn")
    assert late.seat.out_at == 2
    assert await game.out() == {1: None, 2: None, 3: 2}
    await game.do(C.RESCUE, seats=(3,))
    await game.ask({1: RIGHT, 2: WRONG, 3: RIGHT})
    assert await game.out() == {1: None, 2: 3, 3: None}


async def test_other_modes_know_no_rescue(db: Database, redis: Redis) -> None:
    game = Hall(db, redis, await new_round(db, SINGLE))
    for name in (C.RESCUE, C.RESCUE_QUESTION):
        with pytest.raises(Conflict, match="golden_bell_only"):
            await game.do(name)
    assert (await game.shown()).picture.player["bell"] is None


async def test_a_reveal_writes_few_statements_however_many_seats(db: Database, redis: Redis) -> None:
    """What the game itself adds: one statement for a question, also for a whole hall."""
    game = await hall(db, redis, 3)
    async with db.read() as reader:
        record = await rounds.load(reader, RoundId(game.id))
    said: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    event.listen(db.engine.sync_engine, "before_cursor_execute", note)
    try:
        async with db.write() as writer:
            await golden_bell.store_out(writer, record, ((number, 7) for number in range(1, 18_329)))
    finally:
        event.remove(db.engine.sync_engine, "before_cursor_execute", note)
    assert len([one for one in said if one.startswith("UPDATE")]) == 1
    async with db.read() as reader:
        assert [one.out_at for one in await seats.of_round(Reader(reader), record.id)] == [7, 7, 7]
