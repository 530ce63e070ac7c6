"""One phone's conversation as a state machine: what a frame means now, and how long its owner really took.

Pure: times (ms on one monotonic clock) and the room are arguments, the outcome is a value. Never touches a socket, SQL
or Redis, and never knows which answer is right.

    new ──hello/resume──→ joining ──seated──→ seated ──leave, close──→ gone

Anything but hello or resume while new is an Unexpected conversation and ends it; a second hello or resume is refused.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Protocol

import msgspec

from contest.answering import Arrival
from contest.ids import QuestionNumber, RoundId, Seat
from realtime.parsing import Answer, ChooseTeam, Hello, Leave, PhoneFrame, React, Resume, Unexpected
from realtime.protocol import CloseCode
from realtime.question_clock import QuestionClock
from scoring.answer_key import AnswerKey, Choice, parse_choice
from scoring.fairtime import BASE_SAMPLES, Credit, Evidence, Preset, base_rtt, credit, is_in_time, uncredited

MOST_UNEXPECTED = 5
"""Frames that are none of the protocol's before a seated phone is cut."""
PONGS_AWAITED = 4
PONG_LIMIT_MS = 20_000.0


class Stage(Enum):
    """Where a conversation stands."""

    NEW = auto()
    JOINING = auto()
    SEATED = auto()
    GONE = auto()


# Outcomes of a frame.


@dataclass(frozen=True, slots=True)
class Join:
    """Ask for a seat; welcome or error follows."""

    hello: Hello


@dataclass(frozen=True, slots=True)
class TakeSeat:
    """Look the ticket up; welcome or close follows."""

    ticket: str


class Submit(msgspec.Struct, frozen=True, gc=False):
    """Hand the answer to the room."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Complain:
    """Tell the phone that this was no frame; the conversation goes on."""

    code: str


@dataclass(frozen=True, slots=True)
class End:
    """Close the socket with this code."""

    code: int
    error: str | None = None


@dataclass(frozen=True, slots=True)
class NotYet:
    """An answer that overtook its seat: nothing is said, the phone sends it again until its receipt."""


@dataclass(frozen=True, slots=True)
class TakeTeam:
    """The seat takes a team of the host's list."""

    team: str


@dataclass(frozen=True, slots=True)
class Cheer:
    """A reaction for the stage."""

    kind: str


Outcome = Join | TakeSeat | TakeTeam | Submit | Cheer | NotYet | Complain | End


class Stamp(msgspec.Struct, gc=False):
    """When a seat was shown the options of one question by this process, and how the pong came back.

    `own_send` is false when the seat came after the options had gone out: its time runs from the room's opening then.
    `nonce` is what the ping behind the options carried, `pinged_ms` when that went out.
    """

    question: int
    sent_ms: float
    paused_before_ms: float
    own_send: bool
    rtt_ms: float | None = None
    nonce: bytes = b""
    pinged_ms: float = 0.0

    def pong(self, nonce: bytes, now_ms: float) -> bool:
        """The pong of the ping behind the options, which counts once; false when it is not that one."""
        if self.rtt_ms is not None or not nonce or nonce != self.nonce:
            return False
        self.rtt_ms = now_ms - self.pinged_ms
        return True


@dataclass(slots=True)
class Conversation:
    """The state of one socket: its stage, its pings, and the round trips measured at random moments."""

    stage: Stage = Stage.NEW
    unexpected: int = 0
    samples: deque[float] = field(default_factory=lambda: deque(maxlen=BASE_SAMPLES))
    awaited: dict[bytes, float] = field(default_factory=dict)
    """Pings at random moments that have no pong yet, and when they went out."""

    def receive(self, frame: PhoneFrame | Unexpected) -> Outcome:
        """What to do about a frame; moves new → joining and anything → gone by itself."""
        if self.stage is Stage.SEATED and type(frame) is Answer:
            return Submit(frame)  # What phones send nearly always is asked first.
        match frame:
            case Unexpected(code):
                return self._unexpected(code)
            case Hello() if self.stage is Stage.NEW:
                self.stage = Stage.JOINING
                return Join(frame)
            case Resume() if self.stage is Stage.NEW:
                self.stage = Stage.JOINING
                return TakeSeat(frame.ticket)
            case Answer() if self.stage is Stage.JOINING:
                return NotYet()
            case ChooseTeam(team) if self.stage is Stage.SEATED:
                return TakeTeam(team)
            case React(kind) if self.stage is Stage.SEATED:
                return Cheer(kind)
            case React() if self.stage is Stage.JOINING:
                return NotYet()
            case Leave():
                return self._end(1000)
            case _:
                if self.stage is Stage.NEW:
                    return self._end(CloseCode.NO_HELLO)
                return self._unexpected("bad_frame")

    def seated(self) -> None:
        """The seat was found or made."""
        self.stage = Stage.SEATED

    def turned_away(self) -> None:
        """No seat this time; the phone may say hello again on the same socket."""
        self.stage = Stage.NEW

    def _unexpected(self, code: str) -> Outcome:
        if code == "bad_text":
            return self._end(1007)
        self.unexpected += 1
        if self.stage is Stage.NEW or self.unexpected >= MOST_UNEXPECTED:
            return self._end(CloseCode.BAD_FRAME, code)
        return Complain(code)

    def _end(self, code: int, error: str | None = None) -> End:
        self.stage = Stage.GONE
        return End(code, error)

    # Pings. A nonce is good for one pong; what was not sent by us is not believed.

    def ping_sent(self, nonce: bytes, now_ms: float) -> None:
        """A ping with this nonce went out at a moment nobody could foresee."""
        if len(self.awaited) >= PONGS_AWAITED:
            del self.awaited[next(iter(self.awaited))]
        self.awaited[nonce] = now_ms

    def pong(self, nonce: bytes, now_ms: float) -> bool:
        """A pong came. Forged, repeated and unsolicited ones change nothing and are false."""
        sent_ms = self.awaited.pop(nonce, None)
        if sent_ms is None:
            return False
        self.samples.append(now_ms - sent_ms)
        return True

    def silent(self, now_ms: float) -> bool:
        """Whether the oldest ping has waited too long for its pong."""
        return any(now_ms - sent_ms > PONG_LIMIT_MS for sent_ms in self.awaited.values())


class RoomView(Protocol):
    """What the rule for answers may see of a room."""

    @property
    def round_id(self) -> RoundId: ...

    @property
    def question(self) -> int | None: ...

    @property
    def accepting(self) -> int | None: ...

    @property
    def clock(self) -> QuestionClock | None: ...

    @property
    def key(self) -> AnswerKey | None: ...

    @property
    def preset(self) -> Preset: ...

    @property
    def cap_ms(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Refused:
    """An answer that cannot be one; the receipt goes out at once."""


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """To be handed to SQL (which may still say late). `credit` becomes the seat's when SQL takes it."""

    arrival: Arrival
    credit: Credit


def judge_arrival(
    answer: Answer,
    *,
    seat: Seat,
    at_ms: float,
    wall_ms: int,
    room: RoomView,
    stamp: Stamp | None,
    samples: deque[float],
    bucket_ms: int,
    kernel_ms: Callable[[], float | None],
) -> Accepted | Refused:
    """What an answer is worth storing: in time by its own clock, or only to be told what is kept.

    `at_ms` is the arrival stamped before any queue. `stamp` None: over HTTP, so no credit.
    """
    if room.question is None or answer.q > room.question:
        return Refused()
    if answer.q < room.question or room.clock is None or room.key is None:
        if answer.q == room.question:
            return Refused()
        return Accepted(_too_late(answer, answer.choice, seat, room, wall_ms), uncredited(room.preset, 0, bucket_ms))
    choice = parse_choice(room.key, answer.choice)
    if choice is None:
        return Refused()
    clock = room.clock
    sent, before = (stamp.sent_ms, stamp.paused_before_ms) if stamp else (clock.began_ms, 0.0)
    elapsed = clock.elapsed(sent, before, at_ms)
    kernel = None
    base = 0.0 if stamp is None else base_rtt(list(samples), stamp.rtt_ms)
    if stamp is None or not stamp.own_send:
        measured = uncredited(room.preset, elapsed, bucket_ms)
    else:
        kernel = kernel_ms()
        evidence = Evidence(elapsed, stamp.rtt_ms, base, kernel, answer.think, bucket_ms)
        measured = credit(room.preset, evidence)
    if clock.paused_at is not None and at_ms - _under_way(stamp, kernel, measured, room) > clock.paused_at:
        # Tapped while the clock stood still: not late, for the question goes on, but it cannot count now.
        return Refused()
    in_time = room.accepting == answer.q and is_in_time(
        measured.elapsed_ms, measured.credit_ms, clock.limit_for(sent, before), room.cap_ms
    )
    arrival = Arrival(
        round_id=room.round_id,
        question=QuestionNumber(answer.q),
        seat=seat,
        answer_id=answer.id,
        choice=choice,
        accepted_at=wall_ms,
        elapsed_ms=measured.elapsed_ms,
        credit_ms=measured.credit_ms,
        fair_ms=measured.fair_ms,
        evidence=_evidence(stamp, base, kernel, answer.think, bucket_ms, measured),
        in_time=in_time,
    )
    return Accepted(arrival, measured)


def _under_way(stamp: Stamp | None, kernel: float | None, measured: Credit, room: RoomView) -> float:
    """How long ago an answer that arrives in a pause may have been tapped on options that were still shown.

    News of the pause takes as long to the phone as the answer takes back: a whole round trip, as the server saw it.
    """
    if stamp is None or not stamp.own_send or stamp.rtt_ms is None:
        return measured.credit_ms
    seen = stamp.rtt_ms if kernel is None else min(stamp.rtt_ms, kernel)
    return max(measured.credit_ms, min(seen, room.cap_ms))


def _too_late(answer: Answer, choice: Choice, seat: Seat, room: RoomView, wall_ms: int) -> Arrival:
    """An answer to a question that is over: never stored, only told what is kept."""
    number = QuestionNumber(answer.q)
    return Arrival(room.round_id, number, seat, answer.id, choice, wall_ms, 0, 0, 0, "{}", in_time=False)


def _evidence(
    stamp: Stamp | None, base: float, kernel: float | None, think: float | None, bucket_ms: int, measured: Credit
) -> str:
    """Everything the rule looked at, compact JSON, so that a reviewer can repeat it. ms; absent means unknown."""
    if stamp is None:
        return f'{{"via":"http","flags":{int(measured.flags)}}}'
    rtt = "" if stamp.rtt_ms is None else f'"rtt":{stamp.rtt_ms:.1f},'
    bound = "" if kernel is None else f'"kernel":{kernel:.1f},'
    claim = "" if think is None else f'"think":{think:.1f},'
    return (
        f'{{"via":"{"ws" if stamp.own_send else "late"}",{rtt}"base":{base:.1f},{bound}{claim}'
        f'"bucket":{bucket_ms},"flags":{int(measured.flags)}}}'
    )
