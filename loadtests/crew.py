"""The phones of one process: lets them join at the planned rate, brings them back, and ends in time.

Never talks to anything but the one address of its plan.
"""

import asyncio
import os
import random
import ssl
import time
from array import array
from dataclasses import dataclass

from loadtests.figures import Tally
from loadtests.link import Link
from loadtests.phone import Phone, State, decode

CONNECT_S = 15.0
SWEEP_S = 0.25
LAST_RECEIPTS_S = 3.0
CROWD_S, MOST_CROWD_S = 0.0005, 10.0
"""As the page: a link that ends without a word is taken up again within so much for each phone of the room."""
OPENING_EXTRA = 4 + 10
"""The header of a picture of 126 bytes or more, and the ping that comes in the same write when a question opens."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one process's phones do. Shares are from 0 to 1, times in seconds."""

    host: str
    port: int
    path: str
    tls: bool
    host_header: str
    code: str
    phones: int
    first: int
    """The number of this process's first phone."""
    join_rate: float
    spread_s: float
    timeout_s: float
    seed: int
    think: bool = True
    questions: int | None = None
    duplicate: float = 0.0
    change: float = 0.0
    late: float = 0.0
    impossible: float = 0.0
    drop: float = 0.0
    deaf: float = 0.0
    """The share that stops reading at the first open question."""
    silent_every: int = 0
    """One in so many phones answers nothing and only watches: it is told when a question stops."""
    margin_s: float = 0.3
    resend_s: float = 3.0
    sources: tuple[str, ...] = ()
    parent: int = 0
    """The process that must live for this one to go on."""


def backoff_s(attempt: int, rng: random.Random) -> float:
    """Full jitter: random(0, min(20 s, 0.5 s · 2^n))."""
    return rng.random() * min(20.0, 0.5 * 2.0 ** min(attempt, 10))


class Crew:
    """Runs a plan. `run()` once."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.tally = Tally(phones=plan.phones)
        self.rng = random.Random(plan.seed)
        self.loop: asyncio.AbstractEventLoop
        self.waiting: set[Phone] = set()
        self.stopped: dict[int, float] = {}
        """When any phone of this process first saw a question stop."""
        self.playing = False
        self.ended = 0
        self._phones: list[Phone] = []
        self._pictures: dict[bytes, State] = {}
        self._arriving: set[Phone] = set()
        self._group: asyncio.TaskGroup
        self._over = False
        self._tls = ssl.create_default_context() if plan.tls else None

    # What phones ask.

    def chance(self, share: float) -> bool:
        """Whether to do what a share of the phones does."""
        return share > 0 and self.rng.random() < share

    def picture(self, payload: bytes) -> State:
        """A state frame, read once however many phones get the same bytes."""
        known = self._pictures.get(payload)
        if known is None:
            frame = decode(payload)
            assert isinstance(frame, State)
            if len(self._pictures) > 64:
                self._pictures.clear()
            known = self._pictures[payload] = frame
            self.playing = self.playing or frame.q is not None
            if frame.phase == "open":
                self.tally.open_bytes = max(self.tally.open_bytes, len(payload) + OPENING_EXTRA)
        return known

    def result(self, question: int, at: float) -> None:
        """One phone has its own result of a question."""
        self.tally.results.setdefault(question, array("d")).append(at)

    def parted(self, phone: Phone, link: Link) -> None:
        """A link has ended: the phone comes back unless it was told to stop."""
        self._arriving.discard(phone)
        if not (phone.done and link.code == 1000):
            self.tally.closes[str(link.code)] += 1
        if self._over or (phone.done and not phone.open):
            return
        if link.code >= 4500:
            phone.finish()
            return
        if phone.ticket is not None:
            self.tally.reconnects += 1
            if link.seated and link.spread_s is None:
                self.tally.gone_at.append(time.monotonic())
        # A page is never told why an upgrade failed, so what a busy door says about coming again is not looked at.
        if link.spread_s is not None:
            delay = self.rng.random() * link.spread_s
        else:
            delay = backoff_s(phone.attempts, self.rng)
            if not phone.attempts:
                delay = max(delay, self.rng.random() * min(MOST_CROWD_S, phone.of * CROWD_S))
        phone.attempts += 1
        self.loop.call_later(delay, self._come, phone)

    # Running.

    async def run(self) -> Tally:
        """Plays until every phone has ended or the time is up; what has no receipt then is lost."""
        self.loop = asyncio.get_running_loop()
        self._phones = [Phone(self, self.plan.first + index) for index in range(self.plan.phones)]
        until = time.monotonic() + self.plan.timeout_s
        async with asyncio.TaskGroup() as group:
            self._group = group
            helpers = [group.create_task(self._join()), group.create_task(self._sweep())]
            helpers.append(group.create_task(self._measure_lag()))
            while time.monotonic() < until and self.ended < len(self._phones):
                if self.plan.parent and os.getppid() != self.plan.parent:
                    break
                await asyncio.sleep(SWEEP_S)
            for phone in self._phones:
                phone.finish()
            last = time.monotonic() + LAST_RECEIPTS_S
            while self.waiting and time.monotonic() < last:  # noqa: ASYNC110 (there is a deadline too)
                await asyncio.sleep(0.05)
            self._over = True
            for helper in helpers:
                helper.cancel()
            for phone in self._phones:
                phone.account()
                if phone.link is not None:
                    phone.link.close()
            await asyncio.sleep(0.2)
            for phone in self._phones:
                if phone.link is not None:
                    phone.link.abort()
        return self.tally

    async def _join(self) -> None:
        began = time.monotonic()
        for index, phone in enumerate(self._phones):
            wait = began + index / self.plan.join_rate - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            self._come(phone)

    def _come(self, phone: Phone) -> None:
        if not self._over and not (phone.done and not phone.open):
            self._group.create_task(self._connect(phone))

    async def _connect(self, phone: Phone) -> None:
        phone.started_at = time.monotonic()
        sources = self.plan.sources
        local = (sources[phone.number % len(sources)], 0) if sources else None
        try:
            async with asyncio.timeout(CONNECT_S):
                await self.loop.create_connection(
                    lambda: Link(phone), self.plan.host, self.plan.port, ssl=self._tls, local_addr=local
                )
            self._arriving.add(phone)
        except (OSError, TimeoutError) as problem:
            self.tally.errors[f"connect {type(problem).__name__}"] += 1
            if not self._over:
                phone.attempts += 1
                self.loop.call_later(backoff_s(phone.attempts, self.rng), self._come, phone)

    async def _sweep(self) -> None:
        """Sends again what waits, and gives up links that never got a seat."""
        while True:
            await asyncio.sleep(SWEEP_S)
            now = time.monotonic()
            for phone in list(self.waiting):
                phone.nudge(now)
            for phone in list(self._arriving):
                if phone.link is None or phone.link.seated:
                    self._arriving.discard(phone)
                elif now - phone.started_at > CONNECT_S:
                    phone.link.abort()

    async def _measure_lag(self) -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.05)
            self.tally.lag_ms.append(max(0.0, (time.monotonic() - before - 0.05) * 1000))
