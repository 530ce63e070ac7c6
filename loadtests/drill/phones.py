"""One scripted phone: it joins, answers, answers again, elsewhere and too late, loses its link and comes back; every
operation goes into the history.

Plays by the published protocol only, and never judges what it is told.
"""

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from loadtests.drill.history import FAIL, INFO, INVOKE, OK, Choice, Event, Frame, Leak
from loadtests.drill.parts import now_ms
from loadtests.drill.wire import Wire

if TYPE_CHECKING:
    from loadtests.drill.hall import Hall

RESEND_S = 2.0
TAKEN = frozenset({"accepted", "same", "kept_other"})
BAD_TICKET = 4502
_encode = msgspec.json.Encoder().encode


class Option(msgspec.Struct):
    id: str


class Asked(msgspec.Struct):
    n: int
    type: str
    options: list[Option] = []


class Told(msgspec.Struct):
    """Any frame to a phone, as far as a phone of the drill cares."""

    t: str
    v: int = 0
    phase: str = ""
    q: Any = None
    ticket: str = ""
    seat: int = 0
    id: str = ""
    status: str = ""
    kept: Choice | None = None
    code: Any = None
    points: int | None = None
    rank: int | None = None
    verdict: str | None = None


decode = msgspec.json.Decoder(Told).decode


@dataclass(slots=True)
class Pending:
    """A choice that has no receipt yet; `numbers` are the operations that sent it."""

    id: str
    q: int
    choice: Choice
    how: str
    sent_at: float
    numbers: list[int] = field(default_factory=list)


class Phone:
    """One participant, with up to two tabs; `wire` is the tab that plays."""

    def __init__(self, hall: "Hall", number: int) -> None:
        self.hall = hall
        self.who = f"p{number:04}"
        self.number = number
        self.ticket = ""
        self.seat = 0
        self.wire: Wire | None = None
        self.seated = False
        self.cut = False
        self._links = 0
        self._operations = hall.round_id * 100_000
        self._attempts = 0
        self._arriving: int | None = None
        self._arrived_by = ""
        self._seen = 0
        self._answered = 0
        self._stopped = 0
        self._timer: asyncio.TimerHandle | None = None
        self._pending: dict[str, Pending] = {}
        self._tab: tuple[int, Asked] | None = None
        self._late: Asked | None = None
        """Answered too late on purpose as soon as the key is shown."""
        self._connecting = False
        self._door: tuple[str, int] | None = None

    # History.

    def _note(self, e: str, op: str, n: int, at_ms: float | None = None, **more: Any) -> None:
        at_ms = now_ms() if at_ms is None else round(at_ms, 2)
        self.hall.recorder.add(
            Event(e, op, n, at_ms, time.time_ns() // 1_000_000, self.who, self.hall.round_id, self.seat, **more)
        )

    def _begin(self, op: str, **more: Any) -> int:
        self._operations += 1
        self._note(INVOKE, op, self._operations, **more)
        self.hall.count(1)
        return self._operations

    def _finish(self, e: str, op: str, n: int, at_ms: float | None = None, **more: Any) -> None:
        self._note(e, op, n, at_ms, **more)
        self.hall.count(-1)

    # Links.

    def connect(self) -> None:
        """Opens a link to any of the doors."""
        if not self.hall.over and self.wire is None and not self._connecting:
            self._connecting = True
            self.hall.spawn(self._connect(self.hall.rng.choice(self.hall.doors)))

    async def _connect(self, door: tuple[str, int], *, tab: bool = False) -> None:
        host, port = door
        self._links += 1
        wire = Wire(self, f"{host}:{port}", self._links)
        try:
            if self.cut:
                raise OSError("the network is cut")
            async with asyncio.timeout(5):
                await self.hall.loop.create_connection(lambda: wire, host, port)
            if wire.ended:
                raise OSError("it ended before anybody could look")
        except (OSError, TimeoutError):
            if not tab:
                self._connecting = False
                self._again()
            return
        if tab:
            older, self.wire = self.wire, wire
            self.seated = False
            if older is not None:
                self._forget_link("another tab plays on")
            self._pending.clear()  # A new tab knows nothing of what the other one sent.
        else:
            self._connecting = False
            self.wire = wire
        self._door = door
        self.hall.loop.call_later(6.0, self._too_slow, wire)

    def _too_slow(self, wire: Wire) -> None:
        if self.wire is wire and not self.seated and not self.cut:
            wire.abort()

    def _again(self) -> None:
        if not self.hall.over:
            delay = self.hall.rng.random() * min(1.5, 0.25 * 2.0 ** min(self._attempts, 4))
            self._attempts += 1
            self.hall.loop.call_later(delay, self.connect)

    def opened(self, wire: Wire) -> None:
        """The upgrade was granted: hello, or the ticket."""
        if self.wire is None:
            self.wire = wire
        if self.wire is not wire:
            return wire.abort()
        if self.cut:
            wire.cut()
        if self.ticket:
            self._arriving, self._arrived_by = self._begin("resume", link=wire.number), "resume"
            wire.send(_encode({"t": "resume", "ticket": self.ticket, "v": self._seen}))
        else:
            self._arriving, self._arrived_by = self._begin("join", link=wire.number), "join"
            name = f"Máy {self.number}"
            wire.send(_encode({"t": "hello", "code": self.hall.code, "name": name, "lang": "vi"}))
        return None

    def lost(self, wire: Wire, code: int) -> None:
        """A link has ended. A tab that was replaced stays closed; the other one plays on."""
        if wire is not self.wire:
            return
        self.wire = None
        self._forget_link(f"link lost, {code}")
        if code == BAD_TICKET:
            self.ticket = ""
            self._note(INFO, "resume", 0, told="ticket refused")
        self._again()

    def _forget_link(self, why: str) -> None:
        self.seated = False
        if self._arriving is not None:
            self._finish(INFO, self._arrived_by, self._arriving, told=why)
            self._arriving = None
        for pending in self._pending.values():
            for n in pending.numbers:
                self._finish(INFO, "answer", n, q=pending.q, id=pending.id, how=pending.how)
            pending.numbers.clear()

    # Frames.

    def text(self, wire: Wire, payload: bytes, at_ms: float) -> None:
        """One text frame."""
        hall = self.hall
        if payload.startswith(b'{"t":"state"'):
            told, frame = hall.picture(payload, at_ms)
            self._note(
                OK, "state", 0, at_ms, link=wire.number, v=told.v, phase=told.phase, q=frame.q, frame=frame.frame
            )
            if wire is self.wire:
                self._state(told, frame, at_ms)
            return
        if hall.secret in payload:
            hall.recorder.leaks.append(Leak(self.who, hall.round_id, at_ms, payload.decode()))
        told = decode(payload)
        if told.t == "you":
            self._note(
                OK, "you", 0, at_ms, link=wire.number, v=told.v, phase=hall.phase if told.v == hall.version else "",
                q=told.q or 0, kept=told.kept, points=told.points, rank=told.rank, verdict=told.verdict,
            )  # fmt: skip
        elif told.t == "receipt":
            self._receipt(told, at_ms)
        elif told.t == "welcome":
            if not self.ticket:
                hall.joined += 1
            self.ticket, self.seat = told.ticket, told.seat
        elif told.t == "error" and not self.ticket and wire is self.wire:
            wire.abort()

    def _state(self, told: Told, frame: Frame, at_ms: float) -> None:
        hall = self.hall
        if not self.seated:
            self.seated = True
            self._attempts = 0
            if self._arriving is not None:
                self._finish(OK, self._arrived_by, self._arriving, at_ms, v=told.v)
                self._arriving = None
            for pending in list(self._pending.values()):
                self._send(pending, "resend")
        self._seen = max(self._seen, told.v)
        asked = msgspec.convert(told.q, Asked) if told.q else None
        if told.phase == "open" and asked is not None:
            if self._tab is not None and self._tab[0] == asked.n:
                self._tab = None
                self._answer(asked, "tab")
            elif self._answered < asked.n and self._timer is None:
                if hall.chance(hall.habits.idle):
                    self._answered = asked.n  # It looks on, and answers too late.
                    return
                at = hall.volley_at(asked.n) + abs(hall.rng.gauss(0, hall.habits.spread_s))
                at = max(at, hall.loop.time() + hall.rng.random() * 0.05)
                self._timer = hall.loop.call_at(at, self._tap, asked)
        elif asked is not None and told.phase in ("closing", "revealed", "standings", "podium", "finished"):
            self._put_down(asked)
            if self._late is not None and told.phase != "closing":
                asked, self._late = self._late, None
                self._answer(asked, "late")

    def _put_down(self, asked: Asked) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._stopped >= asked.n:
            return
        self._stopped = asked.n
        if self.hall.chance(self.hall.habits.late if self.seat in self.hall.tapped else 0.9):
            if self.hall.chance(0.5):
                self._late = asked
            else:
                self.hall.loop.call_later(self.hall.rng.choice((0.0, 0.2, 1.5)), self._answer, asked, "late")

    def _tap(self, asked: Asked) -> None:
        self._timer = None
        hall, habits = self.hall, self.hall.habits
        if self._answered >= asked.n or hall.over:
            return
        self._answered = asked.n
        hall.tapped.add(self.seat)
        first = self._answer(asked, "first")
        if first is None:
            return
        if hall.chance(habits.duplicate):
            self._send(first, "duplicate")
        if hall.chance(habits.change):
            self._answer(asked, "change")
        if hall.chance(habits.drop) and self.wire is not None:
            self.wire.abort()
        elif hall.chance(habits.tab) and self.ticket and not self.cut:
            hall.tabs += 1
            self._tab = (asked.n, asked)
            others = [door for door in hall.doors if door != self._door] or hall.doors
            hall.spawn(self._connect(hall.rng.choice(others), tab=True))

    def _answer(self, asked: Asked, how: str) -> Pending | None:
        if self.hall.over or not self.seat:
            return None
        choice = self.hall.choices(asked.n, self.hall.rng)
        pending = Pending(f"{self.hall.rng.getrandbits(64):016x}", asked.n, choice, how, time.monotonic())
        self._pending[pending.id] = pending
        self._send(pending, how)
        return pending

    def _send(self, pending: Pending, how: str) -> None:
        if self.wire is None or not self.seated:
            return
        pending.sent_at = time.monotonic()
        pending.numbers.append(
            self._begin("answer", q=pending.q, id=pending.id, how=how, choice=pending.choice, link=self.wire.number)
        )
        self.wire.send(_encode({"t": "answer", "id": pending.id, "q": pending.q, "choice": pending.choice}))

    def nudge(self, now: float) -> None:
        """Sends again what has waited too long."""
        for pending in list(self._pending.values()):
            if now - pending.sent_at > RESEND_S and len(pending.numbers) < 8:
                self._send(pending, "resend")

    def _receipt(self, told: Told, at_ms: float) -> None:
        pending = self._pending.get(told.id)
        e = OK if told.status in TAKEN else FAIL
        given: dict[str, Any] = {"id": told.id, "q": told.q or 0, "status": told.status, "kept": told.kept}
        if told.status in TAKEN and told.q == self.hall.question and self.hall.phase in ("open", "closing"):
            self.hall.unjudged.add(self.seat)
        if pending is None or not pending.numbers:
            self._note(e, "answer", 0, at_ms, how=pending.how if pending else "", **given)
            return
        self._finish(e, "answer", pending.numbers.pop(0), at_ms, how=pending.how, **given)
        if not pending.numbers:
            del self._pending[told.id]
        else:
            # Its other sends hear the same or nothing: one receipt is all a phone waits for.
            for n in pending.numbers:
                self._finish(INFO, "answer", n, at_ms, id=told.id, q=pending.q, how=pending.how)
            del self._pending[told.id]

    def waits_for(self) -> str:
        """What is in flight of this phone, for people."""
        open_ = [f"{one.how} q{one.q} x{len(one.numbers)}" for one in self._pending.values() if one.numbers]
        return " ".join([*([self._arrived_by] if self._arriving is not None else []), *open_])

    def end(self) -> None:
        """Leaves; whatever is open stays unknown."""
        wire, self.wire = self.wire, None
        self._forget_link("the end")
        self._pending.clear()
        if self._timer is not None:
            self._timer.cancel()
        if wire is not None:
            wire.abort()
