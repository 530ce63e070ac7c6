"""Carries out what moves a live round: the pure step, one transaction, then everybody is told.

Any process may run it; the compare-and-set on the version decides whose step counts. After the commit it refreshes the
Redis leaderboard and publishes the new picture; both are allowed to fail, because every gateway compares versions with
SQL once a second. Never holds a socket.
"""

import random
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from contest import audit, closing, question_list, rounds, seats
from contest.clock import Clock
from contest.closing import Judged
from contest.database import Database, Reader
from contest.errors import Conflict, Invalid
from contest.games import duel, duel_people, golden_bell, words
from contest.games.next_round import Wanted, move_on
from contest.ids import QuestionNumber, RoundId, Seat
from contest.model import Mode
from contest.phases import AUTOMATIC, SEAT_COMMANDS, CommandName, Phase
from contest.round_state import Command, Refusal, advance, seat_command_allowed
from contest.rounds import RoundRecord
from contest.seats import SeatRecord
from contest.statistics import live_facts
from realtime import bell_rows, cloud_rows, duel_rows, hall_rows, results, team_rows
from realtime import picture as pictures
from scoring import keys, leaderboard
from scoring.standings import Standing, rank

_log = structlog.get_logger(__name__)


_BELL_ONLY = frozenset({CommandName.RESCUE, CommandName.RESCUE_QUESTION})
_SEATS_NOTED = 200
"""So many seats are named in the audit log; all of them are in `rescues`."""


class Notice(msgspec.Struct, frozen=True, omit_defaults=True):
    """What travels on a room's channel. kind: state (with a picture), people (changed up to `people_version`)."""

    kind: str
    round_id: int
    picture: pictures.Picture | None = None
    people_version: int | None = None


encode_notice = msgspec.json.Encoder().encode
decode_notice = msgspec.json.Decoder(Notice).decode


class RoundRunner:
    """Applies commands and automatic steps to live rounds. Safe to have many of, in many processes."""

    def __init__(self, db: Database, redis: "Redis", clock: Clock, join_url: str) -> None:
        self._db = db
        self._redis = redis
        self._clock = clock
        self._join_url = join_url

    async def apply(
        self,
        round_id: RoundId,
        command: Command,
        *,
        actor: str,
        expected: int | None = None,
        due: bool = False,
    ) -> RoundRecord:
        """The round after `command`.

        `expected` is the version the caller saw; another one is Conflict("stale"). `due` is the timekeeper's word that
        the deadline has passed on its monotonic clock. Raises Conflict with the refusal's
        code when the phase does not allow it, NotFound for an unknown round; then nothing has changed.
        """
        now_ms = self._clock.wall_ms()
        answered: dict[int, Judged] = {}
        async with self._db.write() as writer:
            record = await rounds.load(Reader(writer), round_id, lock=True)
            if expected is not None and expected != record.state.version:
                raise Conflict("stale")
            if command.name is CommandName.FINALISTS and duel.is_duel(record):
                command = await duel.chosen(Reader(writer), record, command)
            if command.name in _BELL_ONLY and record.settings.mode is not Mode.GOLDEN_BELL:
                raise Conflict("golden_bell_only")
            outcome = advance(await golden_bell.plan_of(Reader(writer), record), record.state, command, now_ms, due=due)
            if isinstance(outcome, Refusal):
                raise Conflict(outcome.code)
            questions = None
            if command.name is CommandName.REPLAY:
                assert record.state.question is not None
                questions = question_list.with_copy(record.questions, record.state.question, random.SystemRandom())
            elif command.name is CommandName.INSERT and command.ask is not None:
                questions = question_list.insert_after(record.questions, record.state.question or 0, command.ask)
            after = replace(record, state=outcome, questions=questions or record.questions)
            if command.name is CommandName.JUDGE:
                after = replace(after, state=await duel.judged(Reader(writer), after, command))
            in_play: list[SeatRecord] = []
            rescued: list[int] = []
            if command.name is CommandName.SETTLE:
                assert outcome.question is not None
                in_play, answered = await closing.close_question(writer, after, outcome.question)
            elif command.name is CommandName.RESCUE:
                in_play, rescued = await golden_bell.rescue(writer, after, command, now_ms)
            elif outcome.scored_version == outcome.version:
                in_play = await closing.recount(writer, after)
            if outcome.scored_version == outcome.version:
                after = replace(after, state=await duel.settled(Reader(writer), after, in_play, now_ms))
            if not await rounds.save_state(writer, record, after.state, now_ms, questions=questions):
                raise Conflict("stale")
            if outcome.phase is Phase.FINISHED and record.state.phase is not Phase.FINISHED:
                await live_facts.record_round(writer, round_id, now_ms=now_ms)
            if command.name not in AUTOMATIC:
                await audit.record(
                    writer,
                    actor=actor,
                    action=f"round.{command.name}",
                    subject=f"round:{round_id}",
                    now_ms=now_ms,
                    detail=_detail(command, record.state.question, rescued),
                )
        await self._tell(after, in_play, answered)
        return after

    async def move_on(self, round_id: RoundId, wanted: Wanted, *, actor: str) -> RoundRecord:
        """The next round of the hall; everybody who is there follows. Raises what `next_round.move_on` raises."""
        moved = await move_on(self._db, round_id, wanted, actor=actor, now_ms=self._clock.wall_ms())
        await self._tell(moved.old, [], {})
        return moved.new

    async def change_seat(
        self, round_id: RoundId, name: CommandName, seat: Seat, *, actor: str, new_name: str | None = None
    ) -> RoundRecord:
        """Kicks, renames, allows or hides one seat's name; scoped to this round.

        Raises NotFound("seat_unknown"), Invalid for an unusable name, Conflict("name_taken" | "round_over").
        """
        assert name in SEAT_COMMANDS
        now_ms = self._clock.wall_ms()
        async with self._db.write() as writer:
            record = await rounds.load(Reader(writer), round_id, lock=True)
            if refusal := seat_command_allowed(record.state, name):
                raise Conflict(refusal.code)
            if name is CommandName.RENAME:
                if not new_name:
                    raise Invalid("name_empty")
                changed = await seats.change(writer, round_id, seat, name=new_name)
            elif name is CommandName.KICK:
                changed = await seats.change(writer, round_id, seat, kicked=True)
            else:
                changed = await seats.change(writer, round_id, seat, hidden=name is CommandName.HIDE_NAME)
            anew = await duel_people.changed(writer, record, seat, kicked=name is CommandName.KICK, now_ms=now_ms)
            # No names in the audit log: the seat's number says who, as long as the seat exists.
            await audit.record(
                writer,
                actor=actor,
                action=f"round.{name}",
                subject=f"round:{round_id}",
                now_ms=now_ms,
                detail={"seat": seat},
            )
        if anew or name is CommandName.KICK:
            await self.refresh(round_id)
        await self._publish(Notice("people", round_id=round_id, people_version=changed.people_version))
        return record

    async def words(
        self, round_id: RoundId, question: int | None, keys: Collection[str], on: bool | None, *, actor: str
    ) -> RoundRecord:
        """Lets words of a cloud be seen, hides them, or lets them wait again; `question` None: of the present one.

        The stage asks for itself; phones are told when what they see has changed. Raises what `words.decide` raises.
        """
        now_ms = self._clock.wall_ms()
        async with self._db.write() as writer:
            record = await rounds.load(Reader(writer), round_id, lock=True)
            if record.state.phase is Phase.CANCELLED:
                raise Conflict("round_over")
            number = record.state.question if question is None else question
            count, others = await words.decide(writer, record, number, keys, on, actor=actor, now_ms=now_ms)
            anew = others and number == record.state.question and record.state.accepting is None
            if anew:
                state = replace(record.state, version=record.state.version + 1)
                if not await rounds.save_state(writer, record, state, now_ms):
                    raise Conflict("stale")
                record = replace(record, state=state)
            # Not the words themselves: what people typed is no matter of the log.
            await audit.record(
                writer,
                actor=actor,
                action="round.words",
                subject=f"round:{round_id}",
                now_ms=now_ms,
                detail={"question": number, "words": count, "on": on},
            )
        if anew:
            await self._tell(record, [], {})
        return record

    async def refresh(self, round_id: RoundId) -> None:
        """Writes the round's leaderboard and results to Redis from SQL and tells everybody; harmless at any time."""
        async with self._db.read() as reader:
            record = await rounds.load(reader, round_id)
        await self._tell(record, [], {}, store=True)

    async def _tell(
        self,
        record: RoundRecord,
        in_play: list[SeatRecord],
        answered: dict[int, Judged],
        *,
        store: bool = False,
    ) -> None:
        """`in_play` and `answered` spare a query when the step has them at hand."""
        state = record.state
        last = closing.judged_count(record)
        store = store or state.scored_version == state.version
        # Before and while a question is open nothing per seat is shown: its frames must not wait for such a query.
        ranked = store or (last > 0 and state.phase not in (Phase.GET_READY, Phase.OPEN, Phase.CLOSING))
        if ranked and last:
            async with self._db.read() as reader:
                in_play = in_play or [s for s in await seats.of_round(reader, record.id) if not s.kicked]
                answered = answered or await closing.judged(reader, record, QuestionNumber(last))
        people = {int(seat.seat): seat for seat in in_play}
        standings = rank(seat.total for seat in duel.ranked(record, in_play))
        floor = await bell_rows.look(self._db, record, in_play, answered, last)
        picture = pictures.build(
            record,
            standings=standings,
            people=people,
            answered=answered if state.question == last else {},
            join_url=self._join_url,
            hall=await self._hall(record),
            floor=floor,
            duel=await duel_rows.look_anew(self._db, record),
            words=await cloud_rows.look_anew(self._db, record),
        )
        if store and last:
            back = floor.back if floor else ()
            teams = team_rows.own_teams(record, people)
            await self._store(record, picture, results.make(last, standings, answered, teams, back))
        await self._publish(Notice("state", round_id=record.id, picture=picture))
        if store and last:
            # Behind the news: a hall waits for its results, and nobody in it for a board.
            await self._store_board(record, picture.version, standings, people)

    async def _hall(self, record: RoundRecord) -> dict[str, Any] | None:
        if not record.state.overall:
            return None
        async with self._db.read() as reader:
            return await hall_rows.stage_view(reader, record)

    async def _store(self, record: RoundRecord, picture: pictures.Picture, made: results.Results) -> None:
        key = keys.results(record.id, picture.results_version or 0)
        try:
            await self._redis.set(key, results.encode(made), ex=keys.ROUND_TTL_S)
        except (RedisError, OSError) as error:
            _log.warning("results_not_written", round_id=record.id, reason=type(error).__name__)

    async def _store_board(
        self, record: RoundRecord, version: int, standings: list[Standing], people: dict[int, SeatRecord]
    ) -> None:
        rows = [(standing.total, people[standing.total.seat].unit) for standing in standings]
        try:
            try:
                await leaderboard.write_totals(self._redis, record.id, version, rows)
            except OverflowError:
                # Totals carried through a long day may outgrow what a board can hold: none is better than a wrong one,
                # and with the version on it nobody tries again all the time.
                _log.warning("leaderboard_too_small", round_id=record.id)
                await leaderboard.write_totals(self._redis, record.id, version, [])
        except (RedisError, OSError) as error:
            _log.warning("leaderboard_not_written", round_id=record.id, reason=type(error).__name__)

    async def _publish(self, notice: Notice) -> None:
        try:
            await self._redis.publish(keys.room_channel(notice.round_id), encode_notice(notice))
        except (RedisError, OSError) as error:
            _log.warning("notice_not_published", round_id=notice.round_id, reason=type(error).__name__)


def _detail(command: Command, now: int | None, rescued: Sequence[int] = ()) -> dict[str, object]:
    question = now if command.name is CommandName.REPLAY else command.question
    given: dict[str, object] = {"seconds": command.seconds, "question": question, "on": command.on}
    if command.name is CommandName.FINALISTS:
        given["seats"] = list(command.seats or ())
    if command.name is CommandName.JUDGE:
        given |= {"question": now, "seat": command.seat, "right": command.right}
    if command.ask is not None:
        given |= {"question": (now or 0) + 1, "type": command.ask.type.value}
    if rescued:
        given |= {"question": now, "rescued": len(rescued), "seats": list(rescued[:_SEATS_NOTED])}
    return {key: value for key, value in given.items() if value is not None}
