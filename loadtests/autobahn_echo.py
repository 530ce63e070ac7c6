"""The gateway as an echo: `python -m loadtests.autobahn_echo PORT` is what the Autobahn suite talks to.

Handshake, framing, fragments, pings, closing and the short paths are the gateway's own. Changed are only what a phone's
conversation decides: texts and binaries come back instead of being parsed, may be a megabyte, and have no rate.
"""

import asyncio
import sys
import time
from types import SimpleNamespace
from typing import Any

import uvicorn
from websockets.frames import Frame, Opcode
from websockets.server import ServerProtocol

from realtime.gateway import Gateway
from realtime.handshake import Policy
from realtime.parsing import Unexpected, parse_phone_frame
from realtime.wire import text_frame

LARGEST = 1 << 20
_BINARY = b"\x82"


class _Endless:
    """A budget that is never spent."""

    def take(self, now: float) -> bool:
        """Always."""
        return True


class Echo(Gateway):
    """One socket of the suite."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._core = ServerProtocol(max_size=LARGEST)
        self._budget: Any = _Endless()
        self._binary = False

    def _frame(self, frame: Frame, at_ms: float) -> None:
        if frame.opcode is Opcode.BINARY and not self._closing and self.alive:
            self._binary = True
            frame = Frame(Opcode.TEXT, frame.data, frame.fin)
        super()._frame(frame, at_ms)

    def _text(self, text: bytes, at_ms: float) -> None:
        self._disarm()
        binary, self._binary = self._binary, False
        if not binary and parse_phone_frame(text) == Unexpected("bad_text"):
            self.close(1007)
            return
        frame = text_frame(text)
        self.transport.write(_BINARY + frame[1:] if binary else frame)

    def _no_hello(self) -> None:
        """The suite greets nobody."""

    def pause_writing(self) -> None:
        """The suite reads as it likes."""


async def _app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await receive()
        scope["state"]["players"] = SimpleNamespace(
            clock=SimpleNamespace(monotonic_ms=lambda: time.monotonic() * 1000),
            policy=Policy(origins=frozenset(), proxies=frozenset()),
            turns_away=lambda *, returns: None,
            admission=SimpleNamespace(leave=lambda: None),
        )
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})


def main() -> None:
    """Serves until it is told to stop."""
    config = uvicorn.Config(
        _app, host="127.0.0.1", port=int(sys.argv[1]), ws=Echo, ws_per_message_deflate=False, log_level="warning"
    )
    asyncio.run(uvicorn.Server(config).serve())


if __name__ == "__main__":
    main()
