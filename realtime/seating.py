"""Who gets a seat here: joins and resumes in batches, and the newest connection of a ticket wins.

Never one SQL query per phone, and never a limit that a hall behind one address would feel, but for wrong room codes.
"""

import asyncio
import os
from collections.abc import Sequence
from enum import Enum
from typing import Final, Protocol

import msgspec
import structlog

from contest import answering, seats
from contest.errors import NotFound
from contest.ids import QuestionNumber, RoundId, Seat
from contest.joining import Admitted, Hello, NotAdmitted, join
from contest.seats import SeatRecord
from contest.tickets import digest
from realtime import rooms
from realtime.batching import Batcher
from realtime.fanout import opening, state_frame
from realtime.hub import Hub
from realtime.limits import HELLOS_IN_PROGRESS, HELLOS_WAITING, WrongCodes
from realtime.metrics import JOINS, RESUMES
from realtime.protocol import CloseCode
from realtime.rooms import Room
from realtime.shedding import Measure, Priority
from realtime.wire import json_frame
from scoring.answer_key import Choice

_log = structlog.get_logger(__name__)
GATHER_S = 0.02
JOIN_SPACING_S = 0.1
"""A batch of joins costs about 5 ms of CPU however small: ten a second, and a stream of joins costs half."""
LOOK_SPACING_S = 0.2
"""A hall that comes back asks SQL five times a second, however many phones it has; a lone phone at once."""
RETRY_SPREAD_MS = 5_000

Joined = Admitted | NotAdmitted
Found = tuple[RoundId, SeatRecord]


class NoSeat(Enum):
    """SQL was asked and nobody has this ticket. None beside it always means: SQL could not be asked now."""

    NO_SEAT = "no seat"


NO_SEAT: Final = NoSeat.NO_SEAT
KeptQuery = tuple[RoundId, int, int]


class Newcomer(rooms.Phone, Protocol):
    """A phone that wants a seat."""

    room: Room | None
    ticket: str
    lang: str
    address: str
    alive: bool

    def refuse(self, code: str) -> None:
        """An error frame; the phone may say hello again."""
        ...


class Seating:
    """The door of this process. `run()` it beside the hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._wrong = WrongCodes()
        self._fences: dict[RoundId, list[tuple[int, int]]] = {}
        self._joins: Batcher[Hello, Joined] = Batcher(
            "joins",
            self._join,
            most=HELLOS_IN_PROGRESS,
            queue=HELLOS_WAITING,
            spacing_s=JOIN_SPACING_S,
            hold=lambda: hub.measure(Priority.JOINS) is not Measure.SERVE,
        )
        self._tickets: Batcher[str, Found | NoSeat] = Batcher(
            "tickets", self._look_up, most=1_000, gather_s=GATHER_S, spacing_s=LOOK_SPACING_S
        )
        self._kept: Batcher[KeptQuery, Choice | None] = Batcher(
            "kept", self._read_kept, most=1_000, gather_s=GATHER_S, spacing_s=LOOK_SPACING_S
        )

    async def run(self) -> None:
        """Works until `stop()`."""
        async with asyncio.TaskGroup() as group:
            for batcher in (self._joins, self._tickets, self._kept):
                group.create_task(batcher.run())

    def stop(self) -> None:
        """Finishes what is in line and takes no more."""
        for batcher in (self._joins, self._tickets, self._kept):
            batcher.stop()

    # Joining.

    def hello(self, phone: Newcomer, hello: Hello) -> None:
        """Seats a phone by room code after the commit, or tells it why not."""
        if not self._wrong.may_ask(phone.address, hello.code, self._now_s()):
            JOINS.labels("slow_down").inc()
            phone.refuse("slow_down")
            return
        phone.lang = hello.lang
        if not self._joins.put(hello, lambda joined: self._joined(phone, hello, joined), wanted=lambda: phone.alive):
            phone.goodbye(CloseCode.TRY_LATER, spread=RETRY_SPREAD_MS)

    async def hello_by_http(self, hello: Hello, address: str) -> Joined | None:
        """The same without a socket; None: too busy now."""
        if not self._wrong.may_ask(address, hello.code, self._now_s()):
            return NotAdmitted("slow_down")
        joined = await self._joins.ask(hello)
        self._count(joined, hello, address)
        if isinstance(joined, Admitted):
            (await self._hub.room(joined.round_id)).meet(joined.seat)
        return joined

    def _joined(self, phone: Newcomer, hello: Hello, joined: Joined | None) -> None:
        self._count(joined, hello, phone.address)
        if not phone.alive:
            return
        if joined is None:
            phone.goodbye(CloseCode.TRY_LATER, spread=RETRY_SPREAD_MS)
        elif isinstance(joined, NotAdmitted):
            phone.refuse(joined.code)
        else:
            phone.ticket = joined.ticket
            self._enter(phone, joined.round_id, joined.seat, of=joined.of)

    def _count(self, joined: Joined | None, hello: Hello, address: str) -> None:
        right = None if joined is None else not (isinstance(joined, NotAdmitted) and joined.code == "code_unknown")
        self._wrong.answered(address, hello.code, self._now_s(), right=right)
        if isinstance(joined, NotAdmitted):
            JOINS.labels(joined.code).inc()
        else:
            JOINS.labels("busy" if joined is None else "admitted").inc()

    def may_ask(self, address: str, code: str) -> bool:
        """Whether this address may ask about a code without joining; tell `asked` what came of it."""
        return self._wrong.may_ask(address, code, self._now_s())

    def asked(self, address: str, code: str, *, right: bool | None) -> None:
        """What came of it; None: it could not be looked up."""
        self._wrong.answered(address, code, self._now_s(), right=right)

    async def _join(self, hellos: Sequence[Hello]) -> Sequence[Joined]:
        return await join(self._hub.db, hellos, self._hub.clock.wall_ms())

    # Coming back.

    def resume(self, phone: Newcomer, ticket: str) -> None:
        """Gives a phone the seat of its ticket; from memory when this process knows it."""
        phone.ticket = ticket
        ticket_hash = digest(ticket)
        if known := self._hub.find_ticket(ticket_hash):
            room, seat = known
            self._enter(phone, room.round_id, room.people[seat])
            return
        wanted = self._tickets.put(ticket_hash, lambda found: self._found(phone, found), wanted=lambda: phone.alive)
        if not wanted:
            phone.goodbye(CloseCode.TRY_LATER, spread=RETRY_SPREAD_MS)

    async def seat_of(self, ticket: str) -> tuple[Room, int] | NoSeat | None:
        """The room and seat of a ticket, for requests without a socket. None: too busy now."""
        ticket_hash = digest(ticket)
        if known := self._hub.find_ticket(ticket_hash):
            return known
        found = await self._tickets.ask(ticket_hash)
        if found is None or found is NO_SEAT:
            return found
        try:
            room = await self._hub.room(found[0])
        except NotFound:
            return NO_SEAT
        except Exception as error:
            _log.warning("room_not_loaded", round_id=found[0], exc_info=error)
            return None
        room.meet(found[1])
        return room, int(found[1].seat)

    async def learn_kept(self, room: Room, seat: int) -> None:
        """Makes sure that the room knows what is stored of this seat for its current question."""
        question = room.question
        # Not even of a seat at home here: requests of one phone may go to several processes in turn.
        if question is None or room.clock is None or room.picture.revealed or seat in room.kept or seat in room.phones:
            return
        choice = await self._kept.ask((room.round_id, question, seat))
        if choice is not None and room.question == question:
            room.kept.setdefault(seat, choice)

    def _found(self, phone: Newcomer, found: Found | NoSeat | None) -> None:
        if not phone.alive:
            return
        if found is None:
            # A phone that is told its ticket is bad throws it away: never because storage is slow.
            RESUMES.labels("busy").inc()
            phone.goodbye(CloseCode.TRY_LATER, spread=RETRY_SPREAD_MS)
        elif found is NO_SEAT:
            RESUMES.labels("unknown").inc()
            phone.goodbye(CloseCode.BAD_TICKET)
        else:
            self._enter(phone, *found)

    async def _look_up(self, hashes: Sequence[str]) -> Sequence[Found | NoSeat]:
        async with self._hub.db.read() as reader:
            found = await seats.by_tickets(reader, hashes)
        return [found.get(ticket_hash, NO_SEAT) for ticket_hash in hashes]

    async def _read_kept(self, queries: Sequence[KeptQuery]) -> Sequence[Choice | None]:
        wanted: dict[tuple[RoundId, int], list[Seat]] = {}
        for round_id, question, seat in queries:
            wanted.setdefault((round_id, question), []).append(Seat(seat))
        stored: dict[KeptQuery, Choice] = {}
        async with self._hub.db.read() as reader:
            for (round_id, question), asked in wanted.items():
                kept = await answering.kept(reader, round_id, QuestionNumber(question), asked)
                stored |= {(round_id, question, int(seat)): choice for seat, choice in kept.items()}
        return [stored.get(query) for query in queries]

    # Sitting down.

    def _enter(self, phone: Newcomer, round_id: RoundId, person: SeatRecord, *, of: int | None = None) -> None:
        room = self._hub.rooms.get(round_id)
        if room is None:
            self._hub.spawn(self._enter_later(phone, round_id, person, of))
            return
        if of is None and room.clock is not None and person.seat not in room.kept and person.seat not in room.home:
            self._enter_with_kept(phone, room, person)
        else:
            self._sit(phone, room, person, of)

    async def _enter_later(self, phone: Newcomer, round_id: RoundId, person: SeatRecord, of: int | None) -> None:
        try:
            await self._hub.room(round_id)
        except Exception as error:
            _log.warning("room_not_loaded", round_id=round_id, exc_info=error)
            phone.goodbye(CloseCode.TRY_LATER, spread=RETRY_SPREAD_MS)
            return
        if phone.alive:
            self._enter(phone, round_id, person, of=of)

    def _enter_with_kept(self, phone: Newcomer, room: Room, person: SeatRecord) -> None:
        """A seat that may have answered at another process: what it said there is read before it is told anything."""
        question, seat = room.question, int(person.seat)
        assert question is not None
        room.unknown_kept.add(seat)

        def known(choice: Choice | None) -> None:
            room.unknown_kept.discard(seat)
            if choice is not None and room.question == question:
                room.kept.setdefault(seat, choice)
            if phone.alive:
                self._sit(phone, room, person, None)

        if not self._kept.put((room.round_id, question, seat), known):
            room.unknown_kept.discard(seat)
            phone.goodbye(CloseCode.TRY_LATER, spread=RETRY_SPREAD_MS)

    def _sit(self, phone: Newcomer, room: Room, person: SeatRecord, of: int | None) -> None:
        hub = self._hub
        room.meet(person)
        phone.seat = person = room.people[person.seat]
        if person.kicked:
            RESUMES.labels("kicked").inc()
            phone.goodbye(CloseCode.KICKED)
            return
        if room.picture.next_round is not None:
            hub.spawn(self._follow(phone, room, person, of))
            return
        now_ms = hub.clock.monotonic_ms()
        phone.gen = hub.clock.wall_ms()
        phone.room = room
        here = int(person.seat) in room.home
        older = room.enter(phone)
        if of is None:
            # A phone that comes back beside its own link has lost that one: a gap in the radio tells nobody here.
            room.came_back(int(person.seat), here=here and older is None)
        if older is not None and older is not phone:
            older.goodbye(CloseCode.REPLACED)
        phone.talk.seated()
        hub.pinger.sit_down(phone)
        frames = state_frame(room, hub.clock) + json_frame(room.you(person.seat))
        frames += opening(room, phone, now_ms, os.urandom(8), own_send=False)
        if of is None:
            RESUMES.labels("seated").inc()
            self._fence(room.round_id, int(person.seat), phone.gen)
            phone.write(frames)
        else:
            phone.write(welcome_frame(phone.ticket, person, of) + frames)

    async def _follow(self, phone: Newcomer, room: Room, person: SeatRecord, of: int | None) -> None:
        """The hall has gone on while this phone was on its way in."""
        next_round = room.picture.next_round
        assert next_round is not None
        try:
            new = await self._hub.room(RoundId(next_round))
        except Exception as error:
            _log.warning("room_not_loaded", round_id=next_round, exc_info=error)
            phone.goodbye(CloseCode.TRY_LATER, spread=RETRY_SPREAD_MS)
            return
        there = new.people.get(int(person.seat))
        if not phone.alive:
            return
        if there is None:
            phone.goodbye(CloseCode.BAD_TICKET)
        else:
            self._enter(phone, new.round_id, there, of=of)

    def _fence(self, round_id: RoundId, seat: int, gen: int) -> None:
        waiting = self._fences.get(round_id)
        if waiting is not None:
            waiting.append((seat, gen))
            return
        self._fences[round_id] = [(seat, gen)]
        self._hub.spawn(self._send_fences(round_id))

    async def _send_fences(self, round_id: RoundId) -> None:
        await asyncio.sleep(GATHER_S)
        moved = self._fences.pop(round_id)
        notice = {"kind": "fence", "round_id": round_id, "sender": self._hub.process, "seats": moved}
        # Without Redis two phones of one seat may stay connected; SQL still keeps one answer for both.
        await self._hub.broker.publish(round_id, msgspec.json.encode(notice))

    def _now_s(self) -> float:
        return self._hub.clock.monotonic_ms() / 1000


def welcome(ticket: str, person: SeatRecord, of: int) -> dict[str, object]:
    """The `welcome` frame."""
    return {"t": "welcome", "ticket": ticket, "seat": person.seat, "name": person.name, "of": of}


def welcome_frame(ticket: str, person: SeatRecord, of: int) -> bytes:
    """The `welcome` frame as bytes for a socket."""
    return json_frame(welcome(ticket, person, of))
