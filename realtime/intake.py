"""Takes answers in: judges their time, hands them to the group commit, sends the receipt after it.

Never says whether an answer is right (it cannot know), and never a receipt before the commit that keeps the answer.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from contest.answering import Arrival, ReceiptStatus, Stored, accept
from contest.ids import Seat
from realtime import rooms
from realtime.batching import Batcher
from realtime.connection import Accepted, Refused, judge_arrival
from realtime.hub import Hub
from realtime.metrics import ANSWERS, COMMIT, QUEUED, SHED
from realtime.parsing import Answer
from realtime.rooms import Room
from realtime.wire import json_frame
from scoring.answer_key import Choice, parse_choice
from scoring.fairtime import Credit

BATCH, BATCH_BEHIND, QUEUE = 300, 1_000, 30_000
SPACING_S = 0.06
"""A commit costs about 1.5 ms of CPU however little it stores: at most 17 a second, and nobody notices 60 ms."""
MOST_WAITERS = 8
STORED_LATE_MS = 2_000.0
"""A repeat of an answer that has been on its way to SQL this long is told so; before, it only waits along."""
_NO_SAMPLES: deque[float] = deque()
_COUNTED = {status: ANSWERS.labels(status.value) for status in ReceiptStatus}


class Answering(rooms.Phone, Protocol):
    """A phone that answers."""

    alive: bool

    def kernel_ms(self) -> float | None:
        """What the kernel's own round trip allows, when this process ends the phone's TCP."""
        ...

    def complain(self, code: str) -> None:
        """An error frame; nothing else changes."""
        ...


Tell = Callable[[ReceiptStatus, Choice | None], None]
Waiter = tuple[Choice, Tell]


@dataclass(frozen=True, slots=True)
class _Pending:
    """An answer on its way to SQL, since when, and all who are told what becomes of it."""

    since_ms: float
    waiters: list[Waiter]


class Intake:
    """The answers of this process on their way to SQL. `run()` it beside the hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._answers: Batcher[Arrival, Stored] = Batcher(
            "answers",
            self._store,
            most=BATCH,
            most_behind=BATCH_BEHIND,
            queue=QUEUE,
            spacing_s=SPACING_S,
            told=self._count_told,
        )
        self._told: Counter[ReceiptStatus] = Counter()

    async def run(self) -> None:
        """Works until `stop()`."""
        await self._answers.run()

    def stop(self) -> None:
        """Commits what is in line and takes no more."""
        self._answers.stop()

    @property
    def failing(self) -> str | None:
        """The kind of error storage answers with now."""
        return self._answers.last_error

    def from_socket(self, phone: Answering, room: Room, answer: Answer, at_ms: float) -> None:
        """An answer that arrived on a socket at `at_ms`; its receipt goes there after the commit."""

        def tell(status: ReceiptStatus, kept: Choice | None) -> None:
            if phone.alive:
                phone.write(receipt_frame(answer.id, answer.q, status, kept))

        self._take(room, int(phone.seat.seat), answer, at_ms, tell, phone)

    async def from_http(self, room: Room, seat: int, answer: Answer, at_ms: float) -> dict[str, Any] | None:
        """The same without a socket: no delay is credited. None: it could not be stored now, send it again."""
        told: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()

        def tell(status: ReceiptStatus, kept: Choice | None) -> None:
            if not told.done():
                told.set_result(receipt(answer.id, answer.q, status, kept))

        self._take(room, seat, answer, at_ms, tell, None)
        try:
            async with asyncio.timeout(5):
                return await told
        except TimeoutError:
            return None

    def _take(self, room: Room, seat: int, answer: Answer, at_ms: float, tell: Tell, phone: Answering | None) -> None:
        person = room.people.get(seat)
        elsewhere = answer.round is not None and answer.round != room.round_id  # Of the round before in this hall.
        if person is None or person.kicked or elsewhere:
            return _count(tell, ReceiptStatus.REFUSED, None)
        current = answer.q == room.question
        if current and (kept := room.kept.get(seat)) is not None:
            # A repeat costs no storage; the canonical form decides whether it is the same.
            same = room.key is not None and parse_choice(room.key, answer.choice) == kept
            return _count(tell, ReceiptStatus.SAME if same else ReceiptStatus.KEPT_OTHER, kept)
        if current and not room.may_answer(seat):
            return _count(tell, ReceiptStatus.REFUSED, None)
        pending: _Pending | None = room.pending.get(seat) if current else None
        if pending is not None:
            waiters = pending.waiters
            # The first one is on its way to SQL: this one hears what becomes of it. Floods are not remembered.
            if len(waiters) < MOST_WAITERS and room.key is not None:
                choice = parse_choice(room.key, answer.choice)
                waiters.append((answer.choice if choice is None else choice, tell))
            if at_ms - pending.since_ms >= STORED_LATE_MS:
                _busy(phone)  # It hears that the link is alive and storage is not.
            return None
        judged = judge_arrival(
            answer,
            seat=Seat(seat),
            at_ms=at_ms,
            wall_ms=self._hub.clock.wall_ms(),
            room=room,
            stamp=room.stamps.get(seat) if phone else None,
            samples=phone.talk.samples if phone else _NO_SAMPLES,
            bucket_ms=room.bucket(seat),
            kernel_ms=phone.kernel_ms if phone else _no_kernel,
        )
        if isinstance(judged, Refused):
            if _ahead(room, answer):
                return self._hub.spawn(self._look_first(room, seat, answer, tell))
            return _count(tell, ReceiptStatus.REFUSED, None)
        return self._submit(room, seat, judged, tell, at_ms if current else None, phone)

    async def _look_first(self, room: Room, seat: int, answer: Answer, tell: Tell) -> None:
        """The phone may have seen at another process what this one has not heard of yet: SQL knows."""
        if seat in room.ahead:
            return
        room.ahead.add(seat)
        try:
            compared = await self._hub.compare_now()
        finally:
            room.ahead.discard(seat)
        # It was right: the question has just been shown to it here, and the answer is sent again like any that got no
        # receipt. If SQL cannot be asked, the same.
        if compared and _ahead(room, answer):
            _count(tell, ReceiptStatus.REFUSED, None)

    def _submit(
        self, room: Room, seat: int, judged: Accepted, tell: Tell, since_ms: float | None, phone: Answering | None
    ) -> None:
        """`since_ms` is None for an answer to a question that is over: nobody waits along with it."""
        arrival, credit = judged.arrival, judged.credit
        waiters: list[Waiter] = [(arrival.choice, tell)]
        taken = self._answers.put(arrival, lambda stored: self._stored(room, arrival, credit, waiters, stored, phone))
        if not taken:
            # No receipt: the phone keeps the answer and sends it again.
            SHED.labels("answers_full").inc()
            _busy(phone)
        elif since_ms is not None:
            room.pending[seat] = _Pending(since_ms, waiters)

    def _stored(
        self,
        room: Room,
        arrival: Arrival,
        credit: Credit,
        waiters: list[Waiter],
        stored: Stored | None,
        phone: Answering | None,
    ) -> None:
        seat = int(arrival.seat)
        pending: _Pending | None = room.pending.get(seat)
        if pending is not None and pending.waiters is waiters:
            del room.pending[seat]
        if stored is None:
            SHED.labels("answers_given_up").inc()
            _busy(phone)
            return
        status, kept = stored
        if kept is not None and room.question == arrival.question:
            room.kept[seat] = kept
        if status is ReceiptStatus.ACCEPTED:
            room.buckets[seat] = credit.bucket_ms
        for index, (choice, tell) in enumerate(waiters):
            if index and kept is not None:
                status = ReceiptStatus.SAME if choice == kept else ReceiptStatus.KEPT_OTHER
            self._told[status] += 1
            tell(status, kept)

    def _count_told(self) -> None:
        """The receipts of a whole batch at once: counting each costs as much as making it."""
        for status, count in self._told.items():
            _COUNTED[status].inc(count)
        self._told.clear()

    async def _store(self, arrivals: Sequence[Arrival]) -> Sequence[Stored]:
        QUEUED.set(len(self._answers))
        with COMMIT.time():
            return await accept(self._hub.db, arrivals)


def _ahead(room: Room, answer: Answer) -> bool:
    """Whether this names a question of the round that is not open yet, as far as this process knows."""
    if answer.q > room.picture.total:
        return False
    asked = room.question or 0
    return answer.q > asked or (answer.q == asked and room.clock is None)


def _busy(phone: Answering | None) -> None:
    if phone is not None and phone.alive:
        phone.complain("busy")


def _no_kernel() -> float | None:
    return None


def _count(tell: Tell, status: ReceiptStatus, kept: Choice | None) -> None:
    _COUNTED[status].inc()
    tell(status, kept)


class Receipt(msgspec.Struct, frozen=True, gc=False, tag_field="t", tag="receipt"):
    """The `receipt` frame."""

    id: str
    q: int
    status: ReceiptStatus
    kept: Choice | None


def receipt(answer_id: str, question: int, status: ReceiptStatus, kept: Choice | None) -> dict[str, Any]:
    """The `receipt` frame."""
    return {"t": "receipt", "id": answer_id, "q": question, "status": status.value, "kept": kept}


def receipt_frame(answer_id: str, question: int, status: ReceiptStatus, kept: Choice | None) -> bytes:
    """The `receipt` frame as bytes for a socket."""
    return json_frame(Receipt(answer_id, question, status, kept))
