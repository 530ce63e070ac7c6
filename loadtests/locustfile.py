"""Locust users that play a live round: for hundreds of phones with Locust's own reports; thousands are the swarm's.

`locust -f loadtests/locustfile.py --headless -u 50 -r 10 -t 60s --host ws://127.0.0.1:8000 --code 123456`. Reports
"join", "resume", "answer→receipt" and "open→seen" (how long after the first user here a user saw the
question). Imports nothing of the platform.
"""

import os
import random
import socket
import ssl
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import gevent
import msgspec
from gevent.event import AsyncResult, Event
from locust import User, events, task
from locust.argument_parser import LocustArgumentParser
from locust.exception import StopUser
from websockets.utils import generate_key

from loadtests import frames
from loadtests.phone import FINAL_PHASES, Bye, Problem, Receipt, State, ToPhone, Welcome, decode, pick

_encode = msgspec.json.Encoder().encode
_first_seen: dict[int, float] = {}
JOIN_S, RECEIPT_S, OPEN_S = 15.0, 15.0, 10.0


def add_code(parser: LocustArgumentParser) -> None:
    """The round's code, typed or in the environment."""
    parser.add_argument("--code", default=os.environ.get("CODE", ""), help="the six digits of the round (or CODE)")


events.init_command_line_parser.add_listener(add_code)  # type: ignore[no-untyped-call]


class Disconnected(ConnectionError):
    """The link is gone; `code` is the close code when the server gave one."""

    def __init__(self, code: int = 1006) -> None:
        super().__init__(f"closed {code}")
        self.code = code


class Socket:
    """A WebSocket over an ordinary socket; Locust has made those give way to other users."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        tls = parts.scheme in ("wss", "https")
        host = parts.hostname or "127.0.0.1"
        plain = socket.create_connection((host, parts.port or (443 if tls else 80)), timeout=JOIN_S)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = ssl.create_default_context().wrap_socket(plain, server_hostname=host) if tls else plain
        key = generate_key()
        self._socket.sendall(frames.handshake(parts.netloc, "/ws", key))
        self._rest = b""
        while (found := frames.response(self._rest)) is None:
            self._rest += self._read()
        head, self._rest = found
        if not head.accepts(key):
            raise Disconnected(head.status)
        self._socket.settimeout(None)

    def _read(self) -> bytes:
        data = self._socket.recv(65_536)
        if not data:
            raise Disconnected
        return data

    def texts(self) -> Iterator[bytes]:
        """The text frames as they come; answers pings. Ends with Disconnected."""
        parts: list[bytes] = []
        while True:
            received, self._rest = frames.split(self._rest)
            for frame in received:
                if frame.opcode == frames.PING:
                    self._write(frames.PONG, frame.payload)
                elif frame.opcode == frames.CLOSE:
                    raise Disconnected(frames.close_code(frame.payload))
                elif frame.opcode in (frames.TEXT, frames.CONTINUATION):
                    parts.append(frame.payload)
                    if frame.final:
                        yield b"".join(parts)
                        parts.clear()
            self._rest += self._read()

    def send(self, value: Any) -> None:
        """One JSON text frame."""
        self._write(frames.TEXT, _encode(value))

    def _write(self, opcode: int, payload: bytes) -> None:
        self._socket.sendall(frames.masked(opcode, payload, os.urandom(4)))

    def close(self) -> None:
        """Cuts the link."""
        self._socket.close()


class Player(User):
    """One participant."""

    def on_start(self) -> None:
        self.ticket: str | None = None
        self.seen = 0
        self.answered = 0
        self.state: State | None = None
        self.changed = Event()
        self.arrived = Event()
        self.receipts: dict[str, AsyncResult] = {}
        self.refused: str | None = None
        self.link: Socket | None = None
        self.reader: Any = None
        self._connect("join")

    def on_stop(self) -> None:
        self._cut()

    @task(20)
    def answer(self) -> None:
        """Waits for the next open question, thinks, answers, and waits for the receipt."""
        question = self._wait_open()
        if question is None:
            return
        gevent.sleep(random.uniform(0.2, 3.0))
        if self.state is None or self.state.phase != "open" or self.state.q is None or self.state.q.n != question.n:
            return
        self.answered = question.n
        name = os.urandom(8).hex()
        frame = {"t": "answer", "id": name, "q": question.n, "choice": pick(question, random.Random())}
        began = time.monotonic()
        result = self.receipts[name] = AsyncResult()
        for _ in range(3):
            try:
                if self.link is None:
                    self._connect("resume")
                assert self.link is not None
                self.link.send(frame)
                receipt: Receipt = result.get(timeout=RECEIPT_S / 3)
            except (OSError, gevent.Timeout):
                continue
            wrong = None if receipt.status in ("accepted", "same", "kept_other") else RuntimeError(receipt.status)
            self._report("answer→receipt", began, wrong)
            break
        else:
            self._report("answer→receipt", began, TimeoutError("no receipt"))
        self.receipts.pop(name, None)

    @task(1)
    def resume(self) -> None:
        """Loses the link and takes the seat again."""
        self._cut()
        gevent.sleep(random.uniform(0.1, 1.0))
        self._connect("resume")

    def _wait_open(self) -> Any:
        until = time.monotonic() + OPEN_S
        while time.monotonic() < until:
            state = self.state
            if self.refused is not None or (state is not None and state.phase in FINAL_PHASES):
                raise StopUser
            if state is not None and state.phase == "open" and state.q is not None and state.q.n > self.answered:
                return state.q
            if self.link is None:
                self._connect("resume")
            self.changed.clear()
            self.changed.wait(timeout=1.0)
        return None

    def _connect(self, name: str) -> None:
        began = time.monotonic()
        self.arrived.clear()
        try:
            self.link = Socket(self.host or "")
            self.reader = gevent.spawn(self._listen, self.link)
            if self.ticket is None:
                code = self.environment.parsed_options.code
                player = f"Locust {random.randrange(10**9)}"
                self.link.send({"t": "hello", "code": code, "name": player})
            else:
                self.link.send({"t": "resume", "ticket": self.ticket, "v": self.seen})
            if not self.arrived.wait(timeout=JOIN_S):
                raise TimeoutError("no seat")
            if self.refused is not None:
                raise RuntimeError(self.refused)
        except (OSError, RuntimeError) as problem:
            self._report(name, began, problem)
            self._cut()
            gevent.sleep(random.uniform(0, 2))
            if self.refused is not None:
                raise StopUser from problem
            return
        self._report(name, began)

    def _cut(self) -> None:
        link, self.link = self.link, None
        if link is not None:
            link.close()
        if self.reader is not None and self.reader is not gevent.getcurrent():
            self.reader.kill(block=False)

    def _listen(self, link: Socket) -> None:
        try:
            for text in link.texts():
                self._hear(decode(text), time.monotonic())
        except (OSError, frames.BadFrame, msgspec.MsgspecError) as problem:
            if isinstance(problem, Disconnected) and problem.code >= 4500:
                self.refused = str(problem)
            if self.link is link:
                self.link = None
            link.close()
            self.arrived.set()

    def _hear(self, frame: ToPhone, at: float) -> None:
        match frame:
            case Welcome(ticket):
                self.ticket = ticket
            case State():
                if frame.v > self.seen and frame.phase == "open" and self.arrived.is_set():
                    first = _first_seen.setdefault(frame.v, at)
                    self._report("open→seen", first, now=at)
                self.seen, self.state = max(self.seen, frame.v), frame
                self.arrived.set()
                self.changed.set()
            case Receipt():
                if (waiting := self.receipts.get(frame.id)) is not None:
                    waiting.set(frame)
            case Problem(code):
                self.refused = code
                self.arrived.set()
            case Bye():
                pass

    def _report(self, name: str, began: float, problem: BaseException | None = None, now: float | None = None) -> None:
        took = ((time.monotonic() if now is None else now) - began) * 1000
        self.environment.events.request.fire(
            request_type=name, name=name, response_time=took, response_length=0, exception=problem, context={}
        )
