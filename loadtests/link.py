"""One socket of a synthetic phone: the upgrade, frames in and out, a pong at once for every ping.

Never decides what a phone does (`loadtests.phone`).
"""

import asyncio
import random
import time
from typing import TYPE_CHECKING, cast

import msgspec
from websockets.utils import generate_key

from loadtests import frames
from loadtests.frames import BadFrame, Received

if TYPE_CHECKING:
    from loadtests.phone import Phone


class Link(asyncio.Protocol):
    """Speaks WebSocket for one phone over one TCP connection."""

    def __init__(self, phone: "Phone") -> None:
        self.phone = phone
        self.crew = phone.crew
        self.transport: asyncio.Transport = cast(asyncio.Transport, None)
        self.upgraded = False
        self.seated = False
        self.resumed = phone.ticket is not None
        self.spread_s: float | None = None
        self.code = 1006
        self.closing = False
        self._key = generate_key()
        self._rest = b""
        self._parts: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.phone.link = self
        plan = self.crew.plan
        path = plan.path + ("?back" if self.resumed else "")
        self.transport.write(frames.handshake(plan.host_header, path, self._key))

    def data_received(self, data: bytes) -> None:
        at = time.monotonic()
        try:
            if not self.upgraded:
                data = self._upgrade(self._rest + data)
            elif self._rest:
                data = self._rest + data
            if not data or not self.upgraded:
                return
            received, self._rest = frames.split(data)
            tally = self.crew.tally
            if self.crew.playing:
                tally.bytes += len(data) - len(self._rest)
            for frame in received:
                self._frame(frame, at)
        except (BadFrame, msgspec.MsgspecError) as problem:
            self.crew.tally.errors[f"unreadable {type(problem).__name__}"] += 1
            self.abort()

    def _upgrade(self, data: bytes) -> bytes:
        found = frames.response(data)
        if found is None:
            self._rest = data
            return b""
        head, rest = found
        self._rest = b""
        if not head.accepts(self._key):
            self.crew.tally.turned_away += 1
            self.abort()
            return b""
        self.upgraded = True
        self.send(self.phone.greeting())
        return rest

    def _frame(self, frame: Received, at: float) -> None:
        opcode = frame.opcode
        if opcode == frames.PING:
            self._write(frames.PONG, frame.payload)
            return
        if opcode == frames.TEXT and frame.final:
            if self.crew.playing:
                self.crew.tally.frames += 1
            self.phone.hear(frame.payload, at)
        elif opcode in (frames.TEXT, frames.CONTINUATION):
            self._parts.append(frame.payload)
            if frame.final:
                whole = b"".join(self._parts)
                self._parts.clear()
                self.phone.hear(whole, at)
        elif opcode == frames.CLOSE:
            self.code = frames.close_code(frame.payload)
            if not self.closing:
                self._write(frames.CLOSE, frame.payload[:2])
            self.transport.close()

    def send(self, text: bytes) -> None:
        """Sends a text frame."""
        self._write(frames.TEXT, text)

    def _write(self, opcode: int, payload: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(frames.masked(opcode, payload, random.getrandbits(32).to_bytes(4, "big")))

    def close(self) -> None:
        """Says goodbye properly."""
        if not self.closing:
            self.closing = True
            self.code = 1000
            self._write(frames.CLOSE, b"\x03\xe8")

    def abort(self) -> None:
        """Breaks the connection as a phone in a tunnel does."""
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.phone.link is self:
            self.phone.link = None
            self.crew.parted(self.phone, self)
