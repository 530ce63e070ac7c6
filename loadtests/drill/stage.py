"""A projector that looks on: every distinct picture it is shown goes into the history, for its secrets are the phones'.

Never judges, and comes back by itself when its link breaks.
"""

import asyncio
import random
from collections.abc import Sequence

import msgspec

from loadtests.drill.history import Frame, Recorder
from loadtests.drill.phones import Told, decode
from loadtests.drill.wire import Wire


class Stage:
    """One projector of one round. `watch()` until cancelled."""

    def __init__(self, recorder: Recorder, round_id: int, token: str, doors: Sequence[tuple[str, int]]) -> None:
        self._recorder = recorder
        self._round_id = round_id
        self._hello = msgspec.json.encode({"t": "stage", "token": token})
        self._doors = list(doors)
        self._seen: set[tuple[int, str]] = set()
        self._gone = asyncio.Event()

    async def watch(self) -> None:
        """Looks on, through any of the doors."""
        loop = asyncio.get_running_loop()
        while True:
            host, port = random.choice(self._doors)
            self._gone.clear()
            wire = Wire(self, f"{host}:{port}", 0, path="/ws/stage")
            try:
                await loop.create_connection(lambda wire=wire: wire, host, port)  # type: ignore[misc]
                await self._gone.wait()
            except OSError:
                pass
            finally:
                wire.abort()
            await asyncio.sleep(0.5)

    def opened(self, wire: Wire) -> None:
        """Says who it is."""
        wire.send(self._hello)

    def lost(self, wire: Wire, code: int) -> None:
        """Comes again."""
        self._gone.set()

    def text(self, wire: Wire, payload: bytes, at_ms: float) -> None:
        """Writes down what has not been seen of this version yet."""
        told = decode(payload)
        if told.t != "state" or (told.v, told.phase) in self._seen:
            return
        self._seen.add((told.v, told.phase))
        self._recorder.frames.append(self._frame(told, payload, at_ms))

    def _frame(self, told: Told, payload: bytes, at_ms: float) -> Frame:
        number = told.q["n"] if told.q else 0
        frames = len(self._recorder.frames)
        return Frame(frames + 1, self._round_id, told.v, told.phase, number, at_ms, payload.decode(), shown_to="stage")
