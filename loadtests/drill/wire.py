"""One WebSocket of a scripted phone, with a network that can be cut.

Never decides what a phone says (`phones`).
"""

import asyncio
import random
import time
from typing import Protocol, cast

from websockets.utils import generate_key

from loadtests import frames
from loadtests.frames import BadFrame


class Ears(Protocol):
    """Whoever listens to a wire."""

    def opened(self, wire: "Wire") -> None: ...

    def text(self, wire: "Wire", payload: bytes, at_ms: float) -> None: ...

    def lost(self, wire: "Wire", code: int) -> None: ...


class Wire(asyncio.Protocol):
    """Speaks WebSocket over one TCP connection. `code` 1006: the link broke."""

    def __init__(self, ears: Ears, host_header: str, number: int, path: str = "/ws") -> None:
        self.number = number
        self.ears = ears
        self.upgraded = False
        self.ended = False
        self._host, self._path = host_header, path
        self._key = generate_key()
        self._rest = b""
        self._parts: list[bytes] = []
        self._code = 1006
        self._held: list[bytes] | None = None
        self._transport = cast(asyncio.Transport, None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._out(frames.handshake(self._host, self._path, self._key))

    def data_received(self, data: bytes) -> None:
        at_ms = time.monotonic() * 1000
        data = self._rest + data if self._rest else data
        try:
            if not self.upgraded:
                found = frames.response(data)
                if found is None:
                    self._rest = data
                    return
                head, data = found
                self._rest = b""
                if not head.accepts(self._key):
                    self._transport.abort()
                    return
                self.upgraded = True
                self.ears.opened(self)
            received, self._rest = frames.split(data)
        except BadFrame:
            self._transport.abort()
            return
        for frame in received:
            if frame.opcode == frames.PING:
                self._out(frames.masked(frames.PONG, frame.payload, _mask()))
            elif frame.opcode in (frames.TEXT, frames.CONTINUATION):
                self._parts.append(frame.payload)
                if frame.final:
                    whole = b"".join(self._parts)
                    self._parts.clear()
                    self.ears.text(self, whole, at_ms)
            elif frame.opcode == frames.CLOSE:
                self._code = frames.close_code(frame.payload)
                self._out(frames.masked(frames.CLOSE, frame.payload[:2], _mask()))
                self._transport.close()

    def send(self, text: bytes) -> None:
        """Sends a text frame, now or when the network is back."""
        self._out(frames.masked(frames.TEXT, text, _mask()))

    def _out(self, data: bytes) -> None:
        if self._held is not None:
            self._held.append(data)
        elif not self._transport.is_closing():
            self._transport.write(data)

    def cut(self) -> None:
        """Nothing passes from now on, in either direction, and neither end is told."""
        if self._held is None and self._transport is not None and not self._transport.is_closing():
            self._held = []
            self._transport.pause_reading()

    def heal(self) -> None:
        """What was held goes on its way."""
        held, self._held = self._held, None
        if held is not None and not self._transport.is_closing():
            self._transport.resume_reading()
            for data in held:
                self._transport.write(data)

    def abort(self) -> None:
        """Breaks the connection as a phone in a tunnel does."""
        if self._transport is not None:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
        self.ears.lost(self, self._code)


def _mask() -> bytes:
    return random.getrandbits(32).to_bytes(4, "big")
