"""One synthetic phone: joins, answers, keeps an answer until its receipt, comes back when its link breaks.

Plays by the published protocol only and knows no right answer. Sockets are `loadtests.link`'s, many phones
`loadtests.crew`'s.
"""

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from loadtests.figures import TAKEN

if TYPE_CHECKING:
    from loadtests.crew import Crew
    from loadtests.link import Link

FINAL_ERRORS = frozenset({"code_unknown", "round_locked", "round_over", "name_invalid", "unit_unknown"})
FINAL_PHASES = frozenset({"finished", "cancelled"})
EDGE_S = 1.0
"""An answer tapped this shortly before the question stopped may come late without being lost."""
WORDS = ("Hà Nội", "Bắc Ninh", "VNeID", "chuyển đổi số", "dữ liệu")


class Option(msgspec.Struct, frozen=True):
    id: str


class Question(msgspec.Struct, frozen=True):
    """What a phone needs of a question to answer it."""

    n: int
    type: str
    options: list[Option]
    left: float | None = None


class State(msgspec.Struct, frozen=True, tag_field="t", tag="state"):
    v: int
    phase: str
    q: Question | None


class Welcome(msgspec.Struct, frozen=True, tag_field="t", tag="welcome"):
    ticket: str
    seat: int


class You(msgspec.Struct, frozen=True, tag_field="t", tag="you"):
    q: int | None
    of: int = 0
    verdict: str | None = None


class Receipt(msgspec.Struct, frozen=True, tag_field="t", tag="receipt"):
    id: str
    q: int
    status: str
    kept: list[str] | int | float | str | None


class Problem(msgspec.Struct, frozen=True, tag_field="t", tag="error"):
    code: str


class Bye(msgspec.Struct, frozen=True, tag_field="t", tag="bye"):
    code: int
    spread: int = 0


ToPhone = State | Welcome | You | Receipt | Problem | Bye
decode = msgspec.json.Decoder(ToPhone).decode
_encode = msgspec.json.Encoder().encode


def pick(question: Question, rng: random.Random) -> Any:
    """A random choice that is possible for the question's type."""
    ids = [option.id for option in question.options]
    if question.type == "numeric":
        return rng.randrange(0, 101)
    if question.type == "text" or not ids:
        return rng.choice(WORDS)
    if question.type == "ordering":
        return rng.sample(ids, len(ids))
    if question.type == "multi":
        return rng.sample(ids, rng.randrange(1, len(ids) + 1))
    return [rng.choice(ids)]


def same(kind: str, first: Any, kept: Any) -> bool:
    """Whether what is kept is what was tapped, whatever canonical form it is kept in."""
    if kind == "cloud" and isinstance(first, str):
        return bool(kept == [first])
    if isinstance(first, list) and isinstance(kept, list) and kind != "ordering":
        return sorted(first) == sorted(kept)
    return bool(first == kept)


@dataclass(slots=True)
class Sent:
    """An answer on its way. `kind` is `first` for the tap that counts, else what it is meant to provoke."""

    id: str
    question: int
    kind: str
    text: bytes
    tapped_at: float
    sent_at: float
    times: int = 1


class Phone:
    """One participant. Its methods are called by the link; times are seconds of the monotonic clock."""

    __slots__ = (
        "accepted", "attempts", "crew", "deaf", "done", "doubtful", "first", "kind", "link", "number", "of", "open",
        "painted_at", "resting", "seen", "silent", "started_at", "stopped", "tapped", "ticket", "timer",
    )  # fmt: skip

    def __init__(self, crew: "Crew", number: int) -> None:
        self.crew = crew
        self.number = number
        self.link: Link | None = None
        self.ticket: str | None = None
        self.seen = 0
        self.of = 0
        self.tapped = 0
        self.stopped = 0
        self.accepted = 0
        self.first: Any = None
        self.kind = ""
        self.painted_at = 0.0
        self.timer: Any = None
        self.open: dict[str, Sent] = {}
        self.doubtful: list[Sent] = []
        self.attempts = 0
        self.started_at = 0.0
        self.resting = False
        self.done = False
        self.deaf = False
        every = crew.plan.silent_every
        self.silent = every > 0 and number % every == 1 % every

    # The link's side.

    def greeting(self) -> bytes:
        """The first frame on a new link."""
        if self.ticket is not None:
            return _encode({"t": "resume", "ticket": self.ticket, "v": self.seen})
        name = f"Máy thử {self.number}"
        return _encode({"t": "hello", "code": self.crew.plan.code, "name": name, "lang": "vi"})

    def hear(self, payload: bytes, at: float) -> None:
        """One text frame. Raises msgspec.MsgspecError for what is none of the protocol's."""
        if payload.startswith(b'{"t":"state"'):
            self._state(self.crew.picture(payload), at)
            return
        frame = decode(payload)
        match frame:
            case Receipt():
                self._receipt(frame, at)
            case You():
                self.of = frame.of or self.of
                if frame.verdict is not None and frame.q is not None:
                    self._result(frame.q, at)
            case Welcome():
                if self.ticket is None:
                    self.crew.tally.joined += 1
                    self.crew.tally.joined_at.append(at)
                    self.crew.tally.join_ms.append((at - self.started_at) * 1000)
                self.ticket = frame.ticket
            case Problem(code):
                self._problem(code)
            case Bye(code, spread_ms):
                self.resting = code < 4500
                if self.link is not None:
                    self.link.spread_s = spread_ms / 1000
            case State():
                self._state(frame, at)

    def _problem(self, code: str) -> None:
        self.crew.tally.errors[code] += 1
        if self.ticket is None and code in FINAL_ERRORS:
            self.finish()
        elif self.ticket is None and self.link is not None:
            self.link.abort()

    def _state(self, state: State, at: float) -> None:
        crew, link = self.crew, self.link
        if link is not None and not link.seated:
            link.seated = True
            self.attempts = 0
            if link.resumed:
                crew.tally.resume_ms.append((at - self.started_at) * 1000)
                crew.tally.back_at.append(at)
            for sent in list(self.open.values()):
                self._send_again(sent, at)
        elif state.v > self.seen:
            crew.tally.see(state.v, state.phase, state.q.n if state.q else None, at)
        if state.v <= self.seen:
            return
        self.seen = state.v
        question = state.q
        if state.phase == "open" and question is not None:
            if link is not None and not self.tapped and crew.chance(crew.plan.deaf):
                # Its window fills, its pongs never come: what the server does about it is not this phone's to see.
                crew.tally.deaf += 1
                self.deaf = True
                link.transport.pause_reading()
                self.finish()
                return
            if self.tapped < question.n and self.timer is None and not self.silent:
                self._plan_tap(question, at)
        else:
            self._put_down(state, at)
        if state.phase in FINAL_PHASES:
            self.finish()

    def _plan_tap(self, question: Question, at: float) -> None:
        crew = self.crew
        self.painted_at = at
        wait = crew.rng.random() * crew.plan.spread_s
        if question.left is not None:
            wait = min(wait, max(0.0, question.left - crew.plan.margin_s))
        self.timer = crew.loop.call_later(wait, self._tap, question)

    def _put_down(self, state: State, at: float) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        question = state.q
        if question is None or state.phase in ("get_ready", "paused") or self.stopped >= question.n:
            return
        self.stopped = question.n
        self.crew.stopped.setdefault(question.n, at)
        if self.tapped < question.n and not self.silent:
            self.crew.tally.missed += 1
        self._judge_doubtful()
        if self.tapped == question.n and self.crew.chance(self.crew.plan.late):
            self._send(question.n, pick(question, self.crew.rng), "late", at)

    def _result(self, question: int, at: float) -> None:
        self.crew.result(question, at)
        if self.crew.plan.questions is not None and question >= self.crew.plan.questions:
            self.finish()

    # Answering.

    def _tap(self, question: Question) -> None:
        self.timer = None
        crew, plan = self.crew, self.crew.plan
        at = time.monotonic()
        if crew.chance(plan.impossible):
            self._send(question.n, [], "impossible", at)
        self.tapped, self.kind = question.n, question.type
        self.first = pick(question, crew.rng)
        crew.tally.tapped += 1
        sent = self._send(question.n, self.first, "first", at)
        if crew.chance(plan.duplicate):
            self._send_again(sent, at)
        if crew.chance(plan.change):
            self._send(question.n, pick(question, crew.rng), "change", at)
        if crew.chance(plan.drop) and self.link is not None:
            self.link.abort()

    def _send(self, question: int, choice: Any, kind: str, at: float) -> Sent:
        frame = {"t": "answer", "id": f"{self.crew.rng.getrandbits(64):016x}", "q": question, "choice": choice}
        if self.crew.plan.think and self.painted_at:
            frame["think"] = round((at - self.painted_at) * 1000)
        sent = Sent(str(frame["id"]), question, kind, _encode(frame), at, at)
        self.open[sent.id] = sent
        self.crew.waiting.add(self)
        if self.link is not None and self.link.seated:
            self.link.send(sent.text)
        return sent

    def _send_again(self, sent: Sent, at: float) -> None:
        sent.times += 1
        sent.sent_at = at
        self.crew.tally.resent += 1
        if self.link is not None and self.link.seated:
            self.link.send(sent.text)

    def nudge(self, now: float) -> None:
        """Sends again what has waited too long for its receipt."""
        for sent in list(self.open.values()):
            if now - sent.sent_at > self.crew.plan.resend_s * min(sent.times, 4):
                self._send_again(sent, now)

    def _receipt(self, receipt: Receipt, at: float) -> None:
        tally = self.crew.tally
        tally.receipts[receipt.status] += 1
        if receipt.status == "accepted":
            if self.accepted == receipt.q:
                tally.double += 1
            self.accepted = receipt.q
        sent = self.open.pop(receipt.id, None)
        if not self.open:
            self.crew.waiting.discard(self)
        if sent is None or sent.kind != "first":
            tally.extras[f"{sent.kind if sent else 'repeat'} {receipt.status}"] += 1
        elif receipt.status in TAKEN:
            tally.answered += 1
            tally.ack_ms.append((at - sent.tapped_at) * 1000)
        else:
            self.doubtful.append(sent)
            if self.stopped >= sent.question:
                self._judge_doubtful()
        if receipt.status in TAKEN and receipt.q == self.tapped and not same(self.kind, self.first, receipt.kept):
            tally.altered += 1
        if self.done and not self.open:
            self._leave()

    def _judge_doubtful(self) -> None:
        for sent in self.doubtful:
            stopped = self.crew.stopped.get(sent.question)
            if stopped is not None and sent.tapped_at > stopped - EDGE_S:
                self.crew.tally.cut_off += 1
            else:
                self.crew.tally.lost += 1
        self.doubtful.clear()

    # Coming to an end.

    def finish(self) -> None:
        """Plays no more; leaves when the last receipt is here."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        if not self.done:
            self.done = True
            self.crew.ended += 1
        if not self.open:
            self._leave()

    def _leave(self) -> None:
        if self.link is not None and not self.deaf:
            self.link.close()

    def account(self) -> None:
        """At the very end: what still has no receipt is lost."""
        self._judge_doubtful()
        self.crew.tally.lost += sum(sent.kind == "first" for sent in self.open.values())
