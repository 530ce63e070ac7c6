"""The rooms of this process: loads them from SQL, keeps them at the newest version, tells everybody in them.

Never judges an answer (`realtime.intake`) nor seats anybody (`realtime.seating`). News comes by the broker; once a
second one query for all rooms finds what was missed, so nothing depends on Redis.
"""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

import msgspec
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from contest import answering, rounds, seats
from contest.clock import Clock
from contest.database import Database
from contest.errors import NotFound
from contest.ids import QuestionNumber, RoundId
from realtime import hall_rows, presence, results
from realtime import picture as pictures
from realtime.broker import Broker
from realtime.fanout import fan_out
from realtime.links import LATE_LOOP_MS
from realtime.metrics import LAG, ROOMS, SHED
from realtime.moving import move
from realtime.pinging import Pinger
from realtime.protocol import CloseCode
from realtime.rooms import Room
from realtime.shedding import Measure, Priority, measure
from scoring import keys

_log = structlog.get_logger(__name__)
MARKS_EVERY_S = 1.0
NOTICE_S = 0.25
"""A notice that is not here so long after SQL had its version is taken for lost."""
BEAT_S = 0.5
SEATS_REFRESH_MS = 5_000
REFRESH_MS = 1_500
"""An unchanged count is told again this often, for readers take older ones for dead."""
IDLE_MS = 60_000.0
LAG_EVERY_S = 0.05
COUNTS_AT_LEAST_S = 2.0
"""Counts may be left out, but readers take a longer silence for death."""


_SOME = frozenset({Measure.SERVE, Measure.HALVE})


class RoomMessage(msgspec.Struct, frozen=True):
    """What may come on a room's channel: the round runner's notices, and fences between players' processes."""

    kind: str
    round_id: int
    picture: pictures.Picture | None = None
    people_version: int | None = None
    sender: str | None = None
    seats: list[tuple[int, int]] = []


_decode = msgspec.json.Decoder(RoomMessage).decode


class Hub:
    """The registry of rooms. `run()` it in a task group; every background task is one of its own group's."""

    def __init__(self, db: Database, redis: Redis, clock: Clock, join_url: str, process: str) -> None:
        self.db = db
        self.redis = redis
        self.clock = clock
        self.join_url = join_url
        self.process = process
        self.rooms: dict[RoundId, Room] = {}
        self.broker = Broker(redis, self._on_message, self._on_gap)
        self.pinger = Pinger(clock)
        self.lag_ms = 0.0
        self.draining = False
        """It will stop: nobody new comes in, and others should be asked."""
        self.leaving = False
        """It sends everybody elsewhere now."""
        self.db_ok = True
        self._loading: dict[RoundId, asyncio.Future[Room]] = {}
        self._group: asyncio.TaskGroup | None = None
        self._check = asyncio.Event()
        self._comparing: list[asyncio.Future[bool]] = []
        self._ahead: dict[RoundId, int] = {}
        """The version of SQL that a room had not heard of when they were last compared."""
        self._told: dict[RoundId, presence.Entry] = {}
        self._told_seats: dict[RoundId, tuple[float, set[int] | None]] = {}

    # Tasks.

    async def run(self) -> None:
        """Runs until cancelled."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            group.create_task(self.broker.run())
            group.create_task(self._watch_versions())
            group.create_task(self._beat())
            group.create_task(self._measure_lag())
            group.create_task(self.pinger.run())

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """A task of the hub's group. Its failure is logged, never anybody else's end."""
        assert self._group is not None
        self._group.create_task(_guarded(work))

    def measure(self, priority: Priority) -> Measure:
        """What happens to work of this priority in this process now."""
        return measure(priority, self.lag_ms)

    # Rooms.

    def find_ticket(self, ticket_hash: str) -> tuple[Room, int] | None:
        """The room and seat of a ticket this process knows."""
        for room in self.rooms.values():
            seat = room.tickets.get(ticket_hash)
            if seat is not None:
                return room, seat
        return None

    async def room(self, round_id: RoundId) -> Room:
        """The room, loaded at first need. Raises NotFound, or what SQL raises."""
        if (room := self.rooms.get(round_id)) is not None:
            return room
        if (loading := self._loading.get(round_id)) is not None:
            return await asyncio.shield(loading)
        future: asyncio.Future[Room] = asyncio.get_running_loop().create_future()
        self._loading[round_id] = future
        try:
            room = await self._load(round_id)
        except BaseException as error:
            self.broker.unsubscribe(round_id)
            future.set_exception(error if isinstance(error, Exception) else ConnectionError("cancelled"))
            future.exception()  # Seen here, whoever else waits or not.
            raise
        finally:
            del self._loading[round_id]
        self.rooms[round_id] = room
        ROOMS.set(len(self.rooms))
        future.set_result(room)
        if room.picture.player.get("overall"):
            self.spawn(self._learn_overall(room))
        return room

    async def _load(self, round_id: RoundId) -> Room:
        # Subscribed first: what happens while SQL is read is then heard, and what was heard too early is asked again.
        await self.broker.subscribe(round_id)
        loaded = await pictures.load(self.db, round_id, self.join_url)
        async with self.db.read() as reader:
            people = await seats.of_round(reader, round_id)
            number = loaded.picture.question
            kept = await answering.kept(reader, round_id, QuestionNumber(number)) if number else {}
        self._check.set()
        now_ms, wall_ms = self.clock.monotonic_ms(), self.clock.wall_ms()
        return Room.loaded(
            loaded.picture,
            loaded.results,
            people,
            {int(seat): choice for seat, choice in kept.items()},
            now_ms,
            wall_ms,
        )

    def drop(self, room: Room) -> None:
        """Forgets a room nobody here is in."""
        self.rooms.pop(room.round_id, None)
        self._told.pop(room.round_id, None)
        self._ahead.pop(room.round_id, None)
        self._told_seats.pop(room.round_id, None)
        self.broker.unsubscribe(room.round_id)
        ROOMS.set(len(self.rooms))
        self.spawn(presence.forget(self.redis, self.process, room.round_id))

    # News.

    def _on_message(self, payload: bytes) -> None:
        try:
            message = _decode(payload)
        except msgspec.MsgspecError:
            _log.warning("room_message_unreadable", bytes=len(payload))
            return
        room = self.rooms.get(RoundId(message.round_id))
        if room is None:
            return
        if message.picture is not None:
            self.show(room, message.picture)
        elif message.kind == "people":
            self._check.set()
        elif message.kind == "fence" and message.sender and message.sender != self.process:
            self._fence(room, message.sender, message.seats)

    def _on_gap(self) -> None:
        self._check.set()

    def show(self, room: Room, picture: pictures.Picture) -> None:
        """Takes a picture, whoever brought it, and shows it when it is newer."""
        before = room.picture
        if room.apply(picture, self.clock.monotonic_ms(), self.clock.wall_ms()):
            if picture.next_round is not None:
                # Nobody needs to see how this one ended: they see the lobby of the next.
                self.spawn(move(room, self.room, self.clock))
                return
            known = before.player.get("overall") and before.results_version == picture.results_version
            if picture.player.get("overall") and not known:
                self.spawn(self._learn_overall(room))
            self.spawn(fan_out(room, self.clock, self._read_results))

    def _fence(self, room: Room, sender: str, moved: list[tuple[int, int]]) -> None:
        """Seats that came back at another process: whoever came later has them."""
        for seat, gen in moved:
            phone = room.phones.get(seat)
            if phone is not None and (phone.gen, self.process) > (gen, sender):
                continue
            room.moved_away(seat)
            if phone is not None:
                phone.goodbye(CloseCode.REPLACED)

    async def _read_results(self, room: Room) -> bool:
        """Brings the results the picture names: one read of Redis, else from SQL."""
        version = room.picture.results_version
        assert version is not None
        try:
            blob = await self.redis.get(keys.results(room.round_id, version))
            if blob is not None:
                assert isinstance(blob, bytes)
                room.results, room.results_version = results.decode(blob), version
                return True
        except (RedisError, OSError, msgspec.MsgspecError) as error:
            _log.info("results_not_in_redis", round_id=room.round_id, reason=type(error).__name__)
        try:
            loaded = await pictures.load(self.db, room.round_id, self.join_url)
        except Exception as error:
            _log.warning("results_not_read", round_id=room.round_id, exc_info=error)
            return False
        if loaded.results is None or loaded.picture.results_version is None:
            return False
        room.results, room.results_version = loaded.results, loaded.picture.results_version
        room.apply(loaded.picture, self.clock.monotonic_ms(), self.clock.wall_ms())
        return True

    async def _learn_overall(self, room: Room) -> None:
        """Brings everybody's place over all rounds of the hall: one query for a hall, when the host shows it."""
        room.overall = await hall_rows.places(self.db, room.round_id)
        room.you_wanted = True
        await fan_out(room, self.clock, self._read_results)

    async def _watch_versions(self) -> None:
        while True:
            try:
                async with asyncio.timeout(MARKS_EVERY_S):
                    await self._check.wait()
                # A burst of joins is one question to SQL, not one each.
                await asyncio.sleep(0.05)
            except TimeoutError:
                pass
            self._check.clear()
            asked, self._comparing = self._comparing, []
            try:
                await self._compare(at_once=bool(asked))
                self.db_ok = True
                for one in asked:
                    if not one.done():
                        one.set_result(True)
            except Exception as error:
                if self.db_ok:
                    _log.warning("versions_not_compared", exc_info=error)
                self.db_ok = False
                for one in asked:
                    if not one.done():
                        one.set_result(False)
                await asyncio.sleep(0.25)

    async def compare_now(self) -> bool:
        """Compares with SQL; any number of callers share one query. False: SQL did not answer."""
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._comparing.append(done)
        self._check.set()
        return await done

    async def _compare(self, *, at_once: bool) -> None:
        """`at_once`: somebody waits for what SQL says; else a notice that is on its way is given a moment to come."""
        if not self.rooms:
            async with self.db.read() as reader:
                await rounds.marks(reader, [])
            return
        async with self.db.read() as reader:
            marks = await rounds.marks(reader, list(self.rooms))
        now_ms = self.clock.monotonic_ms()
        for room in list(self.rooms.values()):
            mark = marks.get(room.round_id)
            if mark is None:
                for phone in list(room.phones.values()):
                    phone.goodbye(CloseCode.ROUND_OVER)
                self.drop(room)
                continue
            if mark.people_version > room.people_version:
                await self._read_people(room, mark.people_version)
            if mark.version > room.picture.version:
                if not at_once and self.broker.connected and self._ahead.get(room.round_id, 0) <= room.picture.version:
                    # Reading a large room from SQL holds everybody up, and most often the notice is only a little late.
                    self._ahead[room.round_id] = mark.version
                    asyncio.get_running_loop().call_later(NOTICE_S, self._check.set)
                    continue
                try:
                    loaded = await pictures.load(self.db, room.round_id, self.join_url)
                except NotFound:
                    continue
                self.show(room, loaded.picture)
            elif room.picture.next_round is not None:
                if room.moved_to is None:
                    self.spawn(move(room, self.room, self.clock))
            elif room.behind:
                self.spawn(fan_out(room, self.clock, self._read_results))
            if room.idle_since_ms is not None and now_ms - room.idle_since_ms > IDLE_MS:
                self.drop(room)

    async def _read_people(self, room: Room, version: int) -> None:
        async with self.db.read() as reader:
            changed = await seats.of_round(reader, room.round_id, newer_than=room.people_version)
        for person in changed:
            room.meet(person)
        newest = max((person.people_version for person in changed), default=version)
        room.people_version = max(room.people_version, version, newest)

    # Beats.

    async def _beat(self) -> None:
        last = 0.0
        while True:
            await asyncio.sleep(BEAT_S if self.measure(Priority.COUNTS) is Measure.SERVE else 2 * BEAT_S)
            if self.measure(Priority.COUNTS) not in _SOME and time.monotonic() - last < COUNTS_AT_LEAST_S:
                SHED.labels("counts").inc()
                continue
            last = time.monotonic()
            try:
                await self._tell_presence()
            except (RedisError, OSError) as error:
                _log.debug("presence_not_written", reason=type(error).__name__)
            except Exception as error:
                _log.error("presence_failed", exc_info=error)

    async def _tell_presence(self) -> None:
        now_ms, wall_ms = self.clock.monotonic_ms(), self.clock.wall_ms()
        news: dict[int, presence.Entry] = {}
        for round_id, room in self.rooms.items():
            entry = room.entry(now_ms, wall_ms)
            told = self._told.get(round_id)
            if told is None or wall_ms - told.at >= REFRESH_MS or msgspec.structs.replace(told, at=wall_ms) != entry:
                news[round_id] = entry
        seats = self._changed_seats(now_ms)
        if news or seats:
            await presence.write(self.redis, self.process, news, seats)
            self._told |= {RoundId(round_id): entry for round_id, entry in news.items()}
            self._told_seats |= {RoundId(round_id): (now_ms, numbers) for round_id, numbers in seats.items()}

    def _changed_seats(self, now_ms: float) -> dict[int, set[int] | None]:
        """Who is there, for the rooms where that has changed; now and then for all, as Redis may forget."""
        changed: dict[int, set[int] | None] = {}
        for round_id, room in self.rooms.items():
            numbers = None if len(room.phones) > presence.SEATS_TOLD else room.online(now_ms)
            told = self._told_seats.get(round_id)
            if told is None or told[1] != numbers or now_ms - told[0] >= SEATS_REFRESH_MS:
                changed[round_id] = numbers
        return changed

    async def _measure_lag(self) -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(LAG_EVERY_S)
            late_ms = max(0.0, (time.monotonic() - before - LAG_EVERY_S) * 1000)
            # Up at once, down over about a second: one stall must not be forgotten before anybody looked.
            self.lag_ms = max(late_ms, self.lag_ms * 0.9)
            LAG.set(self.lag_ms / 1000)
            if late_ms > LATE_LOOP_MS:
                for room in self.rooms.values():
                    room.was_late(late_ms)


async def _guarded(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception as error:
        _log.error("task_failed", exc_info=error)
