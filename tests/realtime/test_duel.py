"""A duel on both databases: who is chosen, who was first, what the host rules, and everything reckoned again."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from admin import export_data, round_views
from contest import closing, rounds
from contest.answering import accept
from contest.clock import ManualClock
from contest.database import Database
from contest.errors import Conflict, Invalid
from contest.ids import Seat
from contest.model import Question
from contest.phases import CommandName, Phase
from contest.round_state import Command
from contest.rounds import RoundRecord
from contest.seats import SeatRecord, of_round
from contest.tables import answers, audit_log
from contest.tables import rounds as rounds_table
from realtime import picture as pictures
from realtime.rooms import Room
from realtime.round_runner import RoundRunner
from realtime.timekeeper import Timekeeper
from scoring.redis_client import connect
from tests.contest.support import POLL, SINGLE, T0, arrival, new_round, seat

C = CommandName
# What is stored does not depend on the kind of Redis: its own tests run with both.
pytestmark = pytest.mark.parametrize("redis_server", ["valkey"], indirect=True)


@dataclass
class Hall:
    """One duel and its host."""

    db: Database
    runner: RoundRunner
    keeper: Timekeeper
    clock: ManualClock
    record: RoundRecord = field(init=False)

    async def opened(self, *questions: Question, people: int = 4, **settings: Any) -> None:
        given = {"mode": "duel", "reading_seconds": 0, "shuffle": False, **settings}
        self.record = await new_round(self.db, *(questions or (SINGLE, SINGLE, SINGLE)), **given)
        await seat(self.db, self.record, *(f"Bạn {number}" for number in range(1, people + 1)))

    async def do(self, *names: CommandName, **more: Any) -> RoundRecord:
        for name in names:
            self.record = await self.runner.apply(self.record.id, Command(name, **more), actor="account:1", due=True)
        return self.record

    async def ask(self) -> None:
        """From the lobby or a reveal to the next open question."""
        if self.record.state.phase is Phase.REVEALED:
            await self.do(C.NEXT)
        await self.do(C.NEXT, C.BEGIN)

    async def answer(self, *given: tuple[int, Any, int]) -> None:
        """Seat, choice and net milliseconds; a link of 80 ms is in the elapsed time."""
        number = self.record.state.question or 0
        made = [arrival(self.record, who, choice, question=number, fair_ms=max(500, ms)) for who, choice, ms in given]
        late = [
            msgspec.structs.replace(one, elapsed_ms=ms + 80, credit_ms=80)
            for one, (_, _, ms) in zip(made, given, strict=True)
        ]
        await accept(self.db, late)

    async def settle(self) -> None:
        await self.do(C.CLOSE, C.SETTLE)

    async def round(self, *given: tuple[int, Any, int]) -> None:
        await self.ask()
        await self.answer(*given)
        await self.settle()

    async def picture(self) -> dict[str, Any]:
        loaded = await pictures.load(self.db, self.record.id, "http://x")
        return {**loaded.picture.player, **loaded.picture.stage}

    async def points(self) -> dict[int, int]:
        async with self.db.read() as reader:
            listed = await round_views.standings(reader, await rounds.load(reader, self.record.id), 10)
        return {row["seat"]: row["points"] for row in listed}

    async def check(self) -> None:
        """Stored totals and verdicts are what the stored answers and rulings make."""
        async with self.db.read() as reader:
            record = await rounds.load(reader, self.record.id)
            in_play, recounted = await closing.replay_round(reader, record)
            assert {one.seat: one.total for one in in_play} == dict(recounted.totals)
            for row in await reader.execute(select(answers).where(answers.c.verdict.is_not(None))):
                scored = recounted.scored.get((row.question, row.seat))
                assert scored is None or (row.verdict, row.points) == (scored.judgement.verdict, scored.award.points)
            gathered = await export_data.begin(reader, record.id)
            for number in range(1, gathered.asked + 1):
                async for page in export_data.pages(reader, record.id, number):
                    gathered.take(page)
                gathered.close(number)
            gathered.compare()
        assert gathered.differing == 0


@pytest.fixture
async def hall(db: Database, redis_url: str) -> AsyncIterator[Hall]:
    redis, clock = connect(redis_url), ManualClock(T0)
    runner = RoundRunner(db, redis, clock, "http://x")
    yield Hall(db, runner, Timekeeper(db, redis, runner, clock), clock)
    await redis.aclose()


async def test_speed_from_the_choice_of_finalists_to_the_podium(hall: Hall) -> None:
    await hall.opened(SINGLE, POLL, SINGLE, SINGLE, people=5, duel_points=2)
    with pytest.raises(Conflict, match="finalists_needed"):
        await hall.do(C.NEXT)
    with pytest.raises(Conflict, match="finalists_unknown"):
        await hall.do(C.FINALISTS, seats=(1, 99))
    with pytest.raises(Invalid, match="finalists_whom"):
        await hall.do(C.FINALISTS)
    with pytest.raises(Conflict, match="no_round_before"):
        await hall.do(C.FINALISTS, count=2)
    await hall.do(C.FINALISTS, seats=(3, 1))
    # Seat 2 only watches: it may guess, was faster, and gets nothing.
    await hall.round((1, ["b"], 900), (3, ["b"], 700), (2, ["b"], 300))
    shown = (await hall.picture())["duel"]
    assert [(face["seat"], face["points"]) for face in shown["faces"]] == [(3, 1), (1, 0)]
    assert [(shot["seat"], shot["place"], shot["behind"]) for shot in shown["shots"]] == [(3, 1, 0), (1, 2, 200)]
    assert shown["took"] == [3]
    # A poll between is everybody's and moves nothing.
    await hall.round((2, ["a"], 500), (1, ["b"], 500))
    assert (await hall.picture())["duel"]["shots"] == []
    # A photo finish gives both the point; nobody leads by it.
    await hall.round((1, ["b"], 640), (3, ["b"], 600))
    assert await hall.points() == {3: 2, 1: 1}
    assert hall.record.state.won_by == 3
    await hall.check()
    assert (await hall.do(C.NEXT, C.NEXT)).state.phase is Phase.PODIUM
    assert [row["seat"] for row in (await hall.picture())["top"]] == [3, 1]
    state = (await hall.do(C.NEXT)).state
    assert (state.phase, state.ended_early) == (Phase.FINISHED, False)


async def test_without_the_first_question_or_its_winner_another_has_won(hall: Hall) -> None:
    await hall.opened(people=3, duel_points=1)
    await hall.do(C.FINALISTS, seats=(1, 2, 3))
    await hall.round((1, ["b"], 600), (2, ["b"], 900), (3, ["a"], 550))
    assert (await hall.points(), hall.record.state.won_by) == ({1: 1, 2: 0, 3: 0}, 1)
    assert [shot["place"] for shot in (await hall.picture())["duel"]["shots"]] == [1, 2, None]
    await hall.runner.change_seat(hall.record.id, C.KICK, Seat(1), actor="account:1")
    async with hall.db.read() as reader:
        hall.record = await rounds.load(reader, hall.record.id)
    assert (await hall.points(), hall.record.state.won_by) == ({2: 1, 3: 0}, 2)
    assert hall.record.state.finalists == (2, 3)
    await hall.check()
    await hall.do(C.VOID, question=1)
    assert (await hall.points(), hall.record.state.won_by) == ({2: 0, 3: 0}, None)
    assert (await hall.picture())["duel"]["shots"] == []
    await hall.check()


async def test_the_buzzer_keeps_the_key_until_the_host_has_ruled(hall: Hall) -> None:
    await hall.opened(duel="buzzer", duel_penalty=1)
    await hall.do(C.FINALISTS, seats=(1, 2, 3))
    await hall.round((1, "bell", 420), (2, "bell", 380), (3, "bell", 900))
    seen = await hall.picture()
    assert not {"right", "why", "counts"} & seen.keys()
    assert (seen["duel"]["judging"], seen["duel"]["turn"]) == (True, [2, 1])
    with pytest.raises(Conflict, match="judge_not_turn"):
        await hall.do(C.JUDGE, seat=3, right=True)
    # In the photo finish the host may ask either.
    await hall.do(C.JUDGE, seat=1, right=False)
    assert (await hall.picture())["duel"]["turn"] == [2]
    await hall.do(C.JUDGE, seat=2, right=False)
    await hall.do(C.JUDGE, seat=3, right=True)
    seen = await hall.picture()
    assert (seen["right"], seen["duel"]["judging"], seen["duel"]["took"]) == (["b"], False, [3])
    assert await hall.points() == {3: 1, 1: 0, 2: 0}
    await hall.check()
    # The host misheard: what was ruled after it is gone, and the key is secret again.
    await hall.do(C.JUDGE, seat=2, right=None)
    assert (await hall.points(), (await hall.picture())["duel"]["turn"]) == ({1: 0, 2: 0, 3: 0}, [2])
    assert "right" not in await hall.picture()
    await hall.do(C.JUDGE, seat=2, right=True)
    assert await hall.points() == {2: 1, 1: 0, 3: 0}
    await hall.round((2, "bell", 300), (1, "bell", 800))
    await hall.do(C.JUDGE, seat=2, right=False)
    # Nobody falls below nothing; what was earned can be lost.
    assert await hall.points() == {1: 0, 2: 0, 3: 0}
    await hall.do(C.JUDGE, seat=1, right=False)
    assert (await hall.picture())["right"] == ["b"]
    await hall.check()
    await hall.do(C.NEXT)
    with pytest.raises(Conflict, match="judge_not_turn"):
        await hall.do(C.JUDGE, seat=3, right=True)
    await hall.do(C.NEXT)
    with pytest.raises(Conflict, match="not_now"):
        await hall.do(C.JUDGE, seat=1, right=True)
    async with hall.db.read() as reader:
        query = select(audit_log.c.detail).where(audit_log.c.action == "round.judge").order_by(audit_log.c.id)
        told = list(await reader.scalars(query))
    assert told[0] == {"question": 1, "seat": 1, "right": False}
    assert len(told) == 7


async def test_the_buzzer_closes_by_itself_when_slow_links_have_had_their_chance(hall: Hall) -> None:
    await hall.opened(duel="buzzer", auto=True)
    await hall.do(C.FINALISTS, seats=(1, 2))
    await hall.ask()
    hall.clock.advance(1_500)
    await hall.keeper.sweep()
    # A watcher's press is none.
    await hall.answer((3, "bell", 100))
    hall.clock.advance(1_000)
    assert await hall.keeper.sweep() == 0
    await hall.answer((1, "bell", 600))
    assert await hall.keeper.sweep() == 0
    hall.clock.advance(hall.record.cap_ms - 1)
    assert await hall.keeper.sweep() == 0
    hall.clock.advance(1)
    assert await hall.keeper.sweep() == 1
    await hall.keeper.sweep()
    hall.clock.advance(5_000)
    assert await hall.keeper.sweep() == 1
    async with hall.db.read() as reader:
        hall.record = await rounds.load(reader, hall.record.id)
    # The autopilot waits for the host's word.
    assert (hall.record.state.phase, hall.record.state.deadline_ms) == (Phase.REVEALED, None)
    await hall.do(C.JUDGE, seat=1, right=True)
    assert hall.record.state.deadline_ms is not None


async def test_the_best_of_the_round_before_meet(hall: Hall) -> None:
    await hall.opened(SINGLE, people=5, mode="points")
    await hall.round((4, ["b"], 600), (2, ["b"], 900), (5, ["b"], 900), (1, ["a"], 600))
    await hall.do(C.NEXT, C.NEXT, C.NEXT)
    first = hall.record
    await hall.opened(people=5)
    async with hall.db.write() as writer:
        both = rounds_table.c.id.in_([first.id, hall.record.id])
        await writer.execute(rounds_table.update().where(both).values(hall_id=7))
    # Seats 2 and 5 are level: whoever ties with the last one in comes along.
    assert (await hall.do(C.FINALISTS, count=2)).state.finalists == (4, 2, 5)
    assert (await hall.do(C.FINALISTS, seats=(5, 4))).state.finalists == (5, 4)
    with pytest.raises(Conflict, match="finalists_too_many"):
        await hall.do(C.FINALISTS, count=9)


async def test_only_finalists_are_waited_for(hall: Hall) -> None:
    await hall.opened(duel="buzzer")
    await hall.do(C.FINALISTS, seats=(1, 2))
    await hall.ask()
    picture = (await pictures.load(hall.db, hall.record.id, "http://x")).picture
    room = Room.loaded(picture, None, await _seats(hall), {1: "bell"}, 0.0, T0)
    room.home = {1, 2, 3, 4}
    room.away = {2: 20_000.0, 3: 20_000.0, 4: 20_000.0}
    assert (room.entry(20_000.0, T0).answered, room.entry(20_000.0, T0).unanswered) == (1, 1)
    room.kept[2] = "bell"
    assert (room.entry(20_000.0, T0).answered, room.entry(20_000.0, T0).unanswered) == (2, 0)
    # Others have no buzzer, whatever their page sends.
    assert [room.may_answer(number) for number in (1, 2, 3)] == [True, True, False]


async def _seats(hall: Hall) -> list[SeatRecord]:
    async with hall.db.read() as reader:
        return await of_round(reader, hall.record.id)
