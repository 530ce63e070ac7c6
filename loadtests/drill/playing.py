"""One round of a drill from the lobby to the end, with a fault at a chosen moment of every question.

Never judges, and never knows how a fault is made (`nemesis`).
"""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Sequence

from loadtests.drill.hall import Hall
from loadtests.drill.host import Host
from loadtests.drill.nemesis import Field
from loadtests.drill.plan import AT_CLOSE

SECONDS = 8
"""For every question; the host closes it when all answers are in."""
SETTLE_S = 25.0
MOST_AWAITED = 60
"""Operations in flight that a strike waits for at most: more may never be at once on a busy machine."""


class Playing:
    """`play` once."""

    def __init__(
        self, round_id: int, hall: Hall, host: Host, field: Field, rng: random.Random, say: Callable[[str], None]
    ) -> None:
        self._round_id = round_id
        self._hall = hall
        self._host = host
        self._field = field
        self._rng = rng
        self._say = say

    async def play(self, joining: Sequence[str], main: Sequence[str], ending: Sequence[str]) -> None:
        """Crash points while people join, a fault in each question (or two, with a plus), crash points at the end."""
        hall, field = self._hall, self._field
        try:
            for name in joining:
                field.arm(name, 2)
            await hall.come(rate=400.0)
            await field.healed()
            field.disarm()
            for number, names in enumerate(main, 1):
                await self._question(number, names)
            await self._finish(len(main), ending)
        finally:
            await hall.leave()
            field.disarm()

    async def _question(self, number: int, names: str) -> None:
        hall, field = self._hall, self._field
        faults = names.split("+")
        closing = [name for name in faults if name in AT_CLOSE]
        volley = [name for name in faults if name not in AT_CLOSE]
        began = time.monotonic()
        await field.prepare(volley)
        for name in filter(field.is_armed_before, closing):
            field.arm(name, 1)
        # Before the opening: on a busy machine the host hears of it when the answers are in.
        striking = [asyncio.get_running_loop().create_task(self._strike(number, name)) for name in volley]
        await self._host.drive(self._round_id, number, "open")
        await hall.until_phase(number, "open", 20)
        await self._answered(number, striking)
        closed = time.monotonic()
        striking += [
            asyncio.get_running_loop().create_task(self._at_close(number, name))
            for name in closing
            if not field.is_armed_before(name)
        ]
        for _ in range(40):
            if await self._host.command(self._round_id, "close") is not None or hall.phase != "open":
                break
            await asyncio.sleep(0.2)
        await asyncio.gather(*striking)
        await self._host.drive(self._round_id, number, "revealed", within_s=90)
        await hall.until_phase(number, "revealed", 30)
        shown = time.monotonic()
        await field.healed()
        field.disarm()
        if not await hall.settled(SETTLE_S):
            self._say(f"not settled after {SETTLE_S:.0f} s: {hall.unsettled()}")
        if self._rng.random() < 0.1:
            await self._host.command(self._round_id, "void", question=self._rng.randrange(1, number + 1))
        self._say(
            f"round {self._round_id} question {number}: {names} (answers {closed - began:.1f} s, "
            f"reveal {shown - closed:.1f} s, calm {time.monotonic() - shown:.1f} s; {field.landed_count} faults landed)"
        )

    async def _strike(self, number: int, name: str) -> None:
        await self._hall.until_phase(number, "open", 60)
        want = self._rng.randrange(20, max(21, min(MOST_AWAITED, self._hall.joined // 2)))
        if not await self._hall.until_in_flight(want, 5.0):
            return
        if self._field.is_armed_before(name):
            # Not sooner: a late answer to the question before would set it off.
            self._field.arm(name, 1)
        else:
            await self._field.strike(name)

    async def _answered(self, number: int, striking: "Sequence[asyncio.Task[None]]") -> None:
        """Returns when the answers are in, or the question has moved on."""
        hall = self._hall
        least, until = time.monotonic() + 0.8, time.monotonic() + SECONDS + 2
        while time.monotonic() < until and hall.question == number and hall.phase == "open":
            busy = any(not task.done() for task in striking)
            if not busy and hall.in_flight == 0 and time.monotonic() > least:
                return
            await asyncio.sleep(0.05)

    async def _at_close(self, number: int, name: str) -> None:
        await self._hall.until_phase(number, "closing", 10)
        await asyncio.sleep(self._rng.random())
        await self._field.strike(name)

    async def _finish(self, last: int, ending: Sequence[str]) -> None:
        hall, field = self._hall, self._field
        await self._host.drive(self._round_id, last, "podium")
        for name in ending:
            field.arm(name, field.passings_at_end)
        await self._host.drive(self._round_id, last, "finished", within_s=90)
        await hall.until_phase(last, "finished", 20)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(field.all_reached(), 6)
        await field.healed()
        await hall.settled(5)
