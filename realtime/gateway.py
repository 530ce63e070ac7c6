"""The phones' sockets: a thin protocol between uvicorn's upgrade and the sans-I/O core of `websockets`.

Its own are the short path for what phones send nearly always (one short text frame, one pong), the ping in the same
write as the question, and the cut of whoever does not read. The core stays the judge of everything else. What a frame
means is `realtime.connection`'s. Other upgrade paths than /ws are handed to uvicorn's own class.
"""

import asyncio
import random
from typing import Any, cast

import structlog
from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from contest.catalogue import error_text
from contest.joining import Hello
from contest.seats import SeatRecord
from realtime.connection import Cheer, Complain, Conversation, End, Join, Stage, Submit, TakeSeat, TakeTeam
from realtime.guest_cookie import guest_of_cookies
from realtime.handshake import refusal_response, review
from realtime.kernel_rtt import kernel_ms
from realtime.limits import phone_bucket
from realtime.metrics import CUTS, SHED, SOCKETS
from realtime.parsing import parse_phone_frame
from realtime.players import Players
from realtime.protocol import FIRST_FRAME_SECONDS, MAX_PHONE_FRAME, CloseCode
from realtime.reactions import LEAST_GAP_MS
from realtime.rooms import Room
from realtime.seating import RETRY_SPREAD_MS, welcome_frame
from realtime.wire import json_frame, masked_size, ping_frame, short_pong, short_text

_log = structlog.get_logger(__name__)

DROP_ABOVE, CUT_ABOVE = 32 * 1024, 64 * 1024
STALLED_S = 5.0
CLOSE_S = 3.0
FRAGMENTS_S = 5.0
SLICE, MOST_AFTER_CLOSE = 4 * 1024, 4
RETURNING = "/ws?back"
"""Where phones with a ticket knock: known before the upgrade, the ticket itself is not in any address."""
_BROKEN = frozenset({1003, 1007, 1008})
"""Said to whoever broke the protocol: no answer is waited for."""
_NO_CODE = 1005
_NOBODY = cast(SeatRecord, None)


class Outlet(asyncio.Protocol):
    """Shows pictures to one socket.

    Its fields come first in memory, side by side: a hall is thousands of these, none of them in any cache.
    """

    __slots__ = ("_closing", "_stalled", "alive", "transport")

    transport: asyncio.Transport
    alive: bool
    _closing: bool
    _stalled: asyncio.TimerHandle | None


class Gateway(Outlet):
    """One socket. Made by uvicorn for every WebSocket upgrade."""

    __slots__ = (
        "_admitted", "_after_close", "_behind", "_budget", "_cheered_ms", "_connections", "_core", "_delegate",
        "_direct", "_ended", "_guest", "_loop", "_made_with", "_parts", "_players", "_returns", "_timer",
        "_unparsed", "_upgrade_ms", "address", "gen", "lang", "room", "seat", "talk", "ticket",
    )  # fmt: skip

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._made_with = (config, server_state, app_state)
        self._players: Players = app_state["players"]
        self._connections = server_state.connections
        self._loop = asyncio.get_running_loop()
        self._delegate: WebSocketsSansIOProtocol | None = None
        self.transport: asyncio.Transport = cast(asyncio.Transport, None)
        self._core = ServerProtocol(max_size=MAX_PHONE_FRAME)
        self._unparsed = 0
        self._parts: list[bytes] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._behind = False
        self._closing = False
        self._ended = False
        self._after_close = 0
        self._admitted = False
        self._direct = True
        self._upgrade_ms: float | None = None
        self._returns = False
        self._guest: str | None = None
        self._cheered_ms = -LEAST_GAP_MS
        self._budget = phone_bucket(self._loop.time())
        # What rooms, seating and intake see.
        self.talk = Conversation()
        self.room: Room | None = None
        self.seat: SeatRecord = _NOBODY
        self.gen = 0
        self.ticket = ""
        self.lang = "vi"
        self.address = ""
        self.alive = False

    # asyncio.Protocol.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._connections.add(self)  # type: ignore[arg-type]

    def data_received(self, data: bytes) -> None:
        if self._delegate is not None:
            self._delegate.data_received(data)
            return
        at_ms = self._players.clock.monotonic_ms()
        if self.alive and not self._unparsed and self._parts is None and not self._closing:
            if (text := short_text(data)) is not None:
                self._text(text, at_ms)
                return
            if (nonce := short_pong(data)) is not None:
                self._pong(nonce, at_ms)
                return
        if self._core.state is State.CONNECTING:
            self._by_core(data, at_ms)
            return
        # In slices: a quarter of a megabyte of tiny frames must not be parsed when the first hundred were too many.
        for start in range(0, len(data), SLICE):
            if self._closing:
                self._after_close += 1
                if self._after_close > MOST_AFTER_CLOSE:
                    # The other side's half of the closing handshake is short; whoever pours on is not listened to.
                    self.transport.pause_reading()
                    return
            self._by_core(data[start : start + SLICE], at_ms)

    def eof_received(self) -> None:
        if self._delegate is not None:
            self._delegate.eof_received()

    def pause_writing(self) -> None:
        if self._delegate is not None:
            self._delegate.pause_writing()
        elif self._stalled is None:
            self._stalled = self._loop.call_later(STALLED_S, self._cut_slow)

    def resume_writing(self) -> None:
        if self._delegate is not None:
            self._delegate.resume_writing()
            return
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
        if self._behind and self.alive and self.room is not None:
            self._behind = False
            self._players.catch_up(self, self.room)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._delegate is not None:
            self._delegate.connection_lost(exc)
            return
        self._connections.discard(self)
        self._gone(lost=True)
        for timer in (self._timer, self._stalled):
            if timer is not None:
                timer.cancel()
        if self._admitted:
            self._admitted = False
            self._players.admission.leave()
            SOCKETS.dec()

    def shutdown(self) -> None:
        """uvicorn is stopping: the drain has said goodbye to most by then."""
        if self.alive:
            self.goodbye(CloseCode.DRAIN)
        else:
            self.transport.close()

    # The core's side.

    def _by_core(self, data: bytes, at_ms: float) -> None:
        core = self._core
        if core.state is State.CONNECTING and not _is_ours(data):
            self._hand_over(data)
            return
        if core.state is not State.CONNECTING:
            self._unparsed += len(data)
        core.receive_data(data)
        if core.state is State.OPEN:
            self._flush_core()  # Pongs, before whatever the frames behind the pings bring about.
        for item in core.events_received():
            if isinstance(item, Request):
                self._handshake(item)
            else:
                assert isinstance(item, Frame)
                self._unparsed -= masked_size(len(item.data))
                self._frame(item, at_ms)
        self._flush_core()

    def _flush_core(self) -> None:
        for output in self._core.data_to_send():
            if self._ended:
                continue  # Half closed: the core may go on answering, nobody is sent it.
            if output:
                self.transport.write(output)
            else:  # The core's way to say that the TCP connection ends here.
                self._end_soon(now=True)
        if self._core.state is not State.OPEN and self.alive:
            farewell = self._core.close_rcvd
            # A page that is loaded again closes with 1001: it will be back in a moment.
            # Without a code a page drops a link that looks dead to it.
            lost = farewell is None or farewell.code == _NO_CODE
            self._gone(lost=lost, for_good=farewell is not None and farewell.code == 1000)
            if self._core.close_sent is not None:
                CUTS.labels(str(self._core.close_sent.code)).inc()

    def _hand_over(self, data: bytes) -> None:
        config, state, app_state = self._made_with
        self._connections.discard(self)
        self._delegate = WebSocketsSansIOProtocol(config=config, server_state=state, app_state=app_state)
        self._delegate.connection_made(self.transport)
        self._delegate.data_received(data)
        # uvicorn makes this object the transport's protocol when we return; after that the delegate may take over.
        self._loop.call_soon(self.transport.set_protocol, self._delegate)

    def _handshake(self, request: Request) -> None:
        players = self._players
        verdict = review(request, self.transport.get_extra_info("peername"), players.policy)
        self._returns = request.path == RETURNING
        if verdict.refused is None and (reason := players.turns_away(returns=self._returns)):
            SHED.labels(f"sockets_{reason}").inc()
            verdict = verdict.busy(random.randint(1, 10))
        if verdict.refused is not None:
            self.transport.write(refusal_response(verdict))
            self.transport.close()
            self._closing = True
            return
        self._admitted = True
        SOCKETS.inc()
        response = self._core.accept(request)
        self._core.send_response(response)
        if response.status_code != 101:
            return
        self.address, self._direct, self._upgrade_ms = verdict.address, verdict.direct, verdict.kernel_ms
        self._guest = guest_of_cookies("; ".join(request.headers.get_all("Cookie")))
        self.alive = True
        self.transport.set_write_buffer_limits(high=DROP_ABOVE, low=DROP_ABOVE // 4)
        self._timer = self._loop.call_later(FIRST_FRAME_SECONDS, self._no_hello)

    def _frame(self, frame: Frame, at_ms: float) -> None:
        if self._closing or not self.alive:
            return
        if frame.opcode is Opcode.PONG:
            self._pong(bytes(frame.data), at_ms)
        elif frame.opcode is Opcode.BINARY:
            self.close(1003)
        elif frame.opcode is Opcode.TEXT and frame.fin:
            self._text(bytes(frame.data), at_ms)
        elif frame.opcode in (Opcode.TEXT, Opcode.CONT):
            self._part(frame, at_ms)
        elif not self._budget.take(self._loop.time()):
            self.close(1008)

    def _pong(self, nonce: bytes, at_ms: float) -> None:
        if self.room is not None and self.room.pong(self.seat.seat, nonce, at_ms):
            return
        # Pongs nobody asked for are allowed, but not in floods.
        if not self.talk.pong(nonce, at_ms) and not self._budget.take(self._loop.time()):
            self.close(1008)

    def _part(self, frame: Frame, at_ms: float) -> None:
        if self._parts is None:
            self._parts = []
            if self._timer is None:
                self._timer = self._loop.call_later(FRAGMENTS_S, self._never_ended)
        self._parts.append(bytes(frame.data))
        if frame.fin:
            whole, self._parts = b"".join(self._parts), None
            self._disarm()
            self._text(whole, at_ms)
        elif not self._budget.take(self._loop.time()):
            self.close(1008)

    # The conversation's side.

    def _text(self, text: bytes, at_ms: float) -> None:
        if not self._budget.take(self._loop.time()):
            self.close(1008)
            return
        outcome = self.talk.receive(parse_phone_frame(text))
        match outcome:
            case Submit(answer):
                if self.room is not None:
                    self._players.intake.from_socket(self, self.room, answer, at_ms)
            case Join(hello):
                self._disarm()
                self.lang = hello.lang
                if self._returns and not self._players.admission.join_after_all(self._loop.time()):
                    SHED.labels("hello_on_a_return").inc()
                    self.goodbye(CloseCode.TRY_LATER, spread=RETRY_SPREAD_MS)
                    return
                self._returns = False
                wish = Hello(hello.code, hello.name, hello.unit, hello.group, hello.lang, self._guest, hello.team)
                self._players.seating.hello(self, wish)
            case TakeSeat(ticket):
                self._disarm()
                self._players.seating.resume(self, ticket)
            case TakeTeam(team):
                if self.room is not None:
                    self._players.choosing.from_socket(self, self.room, team)
            case Cheer(kind):
                if self.room is not None and at_ms - self._cheered_ms >= LEAST_GAP_MS:
                    self._cheered_ms = at_ms
                    self.room.cheer(kind)
            case Complain(code):
                self.write(self._error(code))
            case End(code, error):
                if error is not None:
                    self.write(self._error(error))
                self.close(code)

    def refuse(self, code: str) -> None:
        """An error frame; the phone may say hello again on this socket."""
        self.talk.turned_away()
        self.write(self._error(code))
        self._disarm()
        # Somebody has to type another code or name first; a socket that never does is not kept for ever.
        self._timer = self._loop.call_later(120, self._no_hello)

    def complain(self, code: str) -> None:
        """An error frame; nothing else changes."""
        self.write(self._error(code))

    def renamed(self, seat: SeatRecord, of: int) -> None:
        """The host changed the name: the welcome is said again with the new one."""
        self.write(welcome_frame(self.ticket, seat, of))

    def _error(self, code: str) -> bytes:
        return json_frame({"t": "error", "code": code, "message": error_text(self.lang, code)})

    # Writing.

    def write(self, frames: bytes) -> None:
        """Hands bytes to the socket; a phone with too much unread is cut."""
        if not self.alive or self._closing:
            return
        self.transport.write(frames)
        # The transport says by pause_writing when there is more than DROP_ABOVE unread.
        if self._stalled is not None and self.transport.get_write_buffer_size() > CUT_ABOVE:
            self._cut_slow()

    def show(self, frames: bytes) -> bool:
        """Like `write`, but skipped for a phone that is behind: it sees the newest picture when it has caught up."""
        if self._stalled is not None:
            self._behind = True
            return False
        if self.alive and not self._closing:
            self.transport.write(frames)
        return True

    def goodbye(self, code: int, *, spread: int = 0) -> None:
        """Says bye and closes."""
        if self.alive and not self._closing:
            self.transport.write(json_frame({"t": "bye", "code": code, "spread": spread}))
            self.close(code)

    def close(self, code: int) -> None:
        """Starts the closing handshake; the connection ends with it or CLOSE_S later."""
        if self._closing or self._core.state is not State.OPEN:
            return
        self._closing = True
        CUTS.labels(str(code)).inc()
        self._gone(lost=code == CloseCode.SLOW, for_good=code == 1000 or code >= 4500)
        if code == 1000 or code >= 3000 or code in _BROKEN:
            self._core.send_close(code)
        for output in self._core.data_to_send():
            self.transport.write(output)
        self._end_soon(now=code in _BROKEN)

    def _end_soon(self, *, now: bool = False) -> None:
        self._closing = True
        for timer in (self._timer, self._stalled):
            if timer is not None:
                timer.cancel()
        if self._core.close_rcvd is not None or self._core.state is State.CLOSED:
            self.transport.close()
        elif now and self.transport.can_write_eof():
            # The other side sees the end at once; closing altogether might overtake what it has not read yet.
            self._ended = True
            self.transport.write_eof()
        self._timer = self._loop.call_later(CLOSE_S, self.transport.abort)

    def _cut_slow(self) -> None:
        self._stalled = None
        self.close(CloseCode.SLOW)

    def _no_hello(self) -> None:
        self.goodbye(CloseCode.NO_HELLO)

    def _never_ended(self) -> None:
        self.close(1008)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _gone(self, *, lost: bool, for_good: bool = False) -> None:
        self.alive = False
        self.talk.stage = Stage.GONE
        if self.room is not None:
            self.room.leave(self, self._players.clock.monotonic_ms(), lost=lost, for_good=for_good)
            self.room = None

    # Round trips.

    def ping(self, nonce: bytes, now_ms: float) -> bool:
        """What `Pinger` asks when it is time."""
        if not self.alive or self._closing:
            return False
        if self.talk.silent(now_ms):
            self.close(CloseCode.SLOW)
            return False
        if self._stalled is None:
            self.talk.ping_sent(nonce, now_ms)
            self.transport.write(ping_frame(nonce))
        return True

    def kernel_ms(self) -> float | None:
        """A kernel's bound on this phone's round trip: ours, or a proxy's at the upgrade; None where neither tells."""
        return kernel_ms(self.transport.get_extra_info("socket").fileno()) if self._direct else self._upgrade_ms


def _is_ours(request: bytes) -> bool:
    target = request.split(b" ", 2)[1] if request.count(b" ", 0, 64) else b""
    return target == b"/ws" or target.startswith(b"/ws?")
