"""One synthetic entrant of a contest: starts, saves answers over a connection that is kept alive, hands in.

Speaks the published HTTP only. Latencies run from the moment a request was due, so a server that stalls cannot hide it
by keeping the entrant from asking.
"""

import asyncio
import json
import random
from array import array
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

from loadtests.figures import quantile

KINDS = ("start", "save", "submit")
GIVE_UP_S = 15.0
"""For the answer to one request."""
PATIENCE_S = 60.0
"""For a server that is not there."""
TRIES = 5


@dataclass(frozen=True, slots=True)
class Plan:
    """What every entrant does. `attempt_s` is from the start to handing in, the saves spread over it."""

    host: str
    port: int
    slug: str
    attempt_s: float
    saves: int


@dataclass(slots=True)
class Tally:
    """What the entrants of one process saw."""

    started: int = 0
    submitted: int = 0
    saved: int = 0
    lost: int = 0
    """Answers that were acknowledged and are missing from what the result counts."""
    connects: int = 0
    again: int = 0
    answered: int = 0
    """Of all papers together, as their results say."""
    ms: dict[str, "array[float]"] = field(default_factory=lambda: {kind: array("d") for kind in KINDS})
    statuses: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    lag_ms: "array[float]" = field(default_factory=lambda: array("d"))

    def add(self, other: "Tally") -> None:
        """Takes in the tally of another process."""
        for name in ("started", "submitted", "saved", "lost", "connects", "again", "answered"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for kind in KINDS:
            self.ms[kind].extend(other.ms[kind])
        self.statuses.update(other.statuses)
        self.errors.update(other.errors)
        self.lag_ms.extend(other.lag_ms)

    def report(self) -> dict[str, Any]:
        """The figures; times are ms."""
        figures: dict[str, Any] = {
            "started": self.started,
            "saved": self.saved,
            "submitted": self.submitted,
            "answered": self.answered,
            "lost": self.lost,
            "connects": self.connects,
            "sent_again": self.again,
        }
        for kind in KINDS:
            for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0)):
                value = quantile(self.ms[kind], share)
                figures[f"{kind}_{name}_ms"] = None if value is None else round(value, 1)
        figures["statuses"] = dict(sorted(self.statuses.items()))
        figures["errors"] = dict(sorted(self.errors.items()))
        lag = quantile(self.lag_ms, 0.99)
        figures["driver_lag_p99_ms"] = None if lag is None else round(lag, 1)
        return figures


@dataclass(slots=True)
class _Request:
    kind: str
    due: float
    head: bytes
    body: bytes
    position: int = 0
    tries: int = 0


class Entrant(asyncio.Protocol):
    """One person with one phone; `done` is called when the paper is in, or nothing more can come."""

    def __init__(self, plan: Plan, cookie: str, tally: Tally, rng: random.Random, done: Any) -> None:
        self._plan = plan
        self._cookie = cookie
        self._tally = tally
        self._rng = rng
        self._done = done
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._buffer = b""
        self._waiting: deque[_Request] = deque()
        self._timeout: asyncio.TimerHandle | None = None
        self._attempt = ""
        self._bearer = ""
        self._questions: list[dict[str, Any]] = []
        self._seq = 0
        self._acknowledged: set[int] = set()
        self._ended = False

    def begin(self) -> None:
        """Starts the attempt now."""
        head = f"POST /api/contests/{self._plan.slug}/attempts HTTP/1.1\r\nCookie: hoithi_entrant={self._cookie}\r\n"
        self._ask(_Request("start", self._loop.time(), head.encode(), b'{"device":"swarm"}'))

    # The connection.

    def _ask(self, request: _Request) -> None:
        self._waiting.append(request)
        if len(self._waiting) == 1:
            self._send()

    def _send(self) -> None:
        request = self._waiting[0]
        if self._transport is None or self._transport.is_closing():
            if self._connecting is None or self._connecting.done():
                self._connecting = self._loop.create_task(self._connect())
            return
        request.tries += 1
        body = request.body
        self._transport.write(
            b"%bHost: %b:%d\r\nContent-Length: %d\r\n\r\n%b"
            % (request.head, self._plan.host.encode(), self._plan.port, len(body), body)
        )
        if self._timeout is None:
            self._timeout = self._loop.call_later(GIVE_UP_S, self._too_long)

    async def _connect(self) -> None:
        pause, until = 0.05, self._loop.time() + PATIENCE_S
        while self._loop.time() < until and not self._ended:
            try:
                self._tally.connects += 1
                await self._loop.create_connection(lambda: self, self._plan.host, self._plan.port)
                return
            except OSError as error:
                self._tally.errors[type(error).__name__] += 1
                await asyncio.sleep(pause * self._rng.random())
                pause = min(2.0, pause * 2)
        self._end()

    def connection_made(self, transport: Any) -> None:
        """Sends what waits."""
        self._transport = transport
        self._buffer = b""
        if self._waiting:
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        """An idle connection may be closed by the server at any time; a request that was cut is sent again."""
        self._transport = None
        self._stop_waiting()
        if self._waiting and not self._ended:
            request = self._waiting[0]
            if request.tries:
                self._tally.again += 1
            if request.tries >= TRIES:
                self._tally.errors["gave_up"] += 1
                self._end()
            else:
                self._send()

    def _too_long(self) -> None:
        self._timeout = None
        self._tally.errors["timeout"] += 1
        if self._transport is not None:
            self._transport.abort()

    def _stop_waiting(self) -> None:
        if self._timeout is not None:
            self._timeout.cancel()
            self._timeout = None

    def data_received(self, data: bytes) -> None:
        """Collects one answer."""
        self._buffer = self._buffer + data if self._buffer else data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self._buffer) < end + 4 + length:
            return
        body, status = self._buffer[end + 4 : end + 4 + length], self._buffer[9:12].decode()
        self._buffer = b""
        self._stop_waiting()
        if self._waiting:
            self._answered(self._waiting.popleft(), status, body)
        if self._waiting and not self._ended:
            self._send()

    # The attempt.

    def _answered(self, request: _Request, status: str, body: bytes) -> None:
        if status == "503" and request.tries < TRIES:
            self._tally.statuses[f"{request.kind} 503"] += 1
            self._tally.again += 1
            self._loop.call_later(0.5 + self._rng.random(), self._ask, request)
            return
        self._tally.ms[request.kind].append((self._loop.time() - request.due) * 1000)
        if status != "200":
            self._tally.statuses[f"{request.kind} {status}"] += 1
            self._tally.errors[body[:120].decode("utf-8", "replace")] += 1
            if request.kind != "save":
                self._end()
            return
        told = json.loads(body)
        if request.kind == "start":
            self._started(told)
        elif request.kind == "save":
            self._tally.statuses[f"save {told['status']}"] += 1
            if told["status"] in ("saved", "same"):
                self._tally.saved += 1
                self._acknowledged.add(request.position)
        else:
            self._tally.submitted += 1
            self._tally.answered += told["result"]["answered"]
            self._tally.lost += len(self._acknowledged) - told["result"]["answered"]
            self._end()

    def _started(self, told: dict[str, Any]) -> None:
        self._tally.started += 1
        self._attempt, self._questions = told["attempt"], told["questions"]
        self._bearer = f"Authorization: Bearer {told['ticket']}\r\n"
        step = self._plan.attempt_s / (self._plan.saves + 1)
        now = self._loop.time()
        for number in range(self._plan.saves):
            at = now + step * (number + self._rng.random())
            self._loop.call_at(at, self._save, number % len(self._questions) + 1)
        self._loop.call_at(now + self._plan.attempt_s, self._submit)

    def _save(self, position: int) -> None:
        if self._ended:
            return
        question = self._questions[position - 1]
        options = [option["id"] for option in question["options"]]
        kind = question["type"]
        choice: Any = self._rng.randrange(100)
        if options:
            choice = self._rng.sample(options, len(options)) if kind == "ordering" else [self._rng.choice(options)]
        elif kind == "text":
            choice = "Đắk Lắk"
        self._seq += 1
        head = f"PUT /api/attempts/{self._attempt}/answers/{position} HTTP/1.1\r\n{self._bearer}"
        body = json.dumps({"choice": choice, "seq": self._seq}).encode()
        self._ask(_Request("save", self._loop.time(), head.encode(), body, position))

    def _submit(self) -> None:
        if not self._ended:
            head = f"POST /api/attempts/{self._attempt}/submit HTTP/1.1\r\n{self._bearer}"
            self._ask(_Request("submit", self._loop.time(), head.encode(), b'{"answers":[]}'))

    def _end(self) -> None:
        if self._ended:
            return
        self._ended = True
        self._stop_waiting()
        if self._transport is not None:
            self._transport.close()
        self._done()
