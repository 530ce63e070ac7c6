"""Everybody of one round: when they all answer, what they were shown, how much is in flight, and a network to cut.

Never judges, and never speaks for a phone (`phones`).
"""

import asyncio
import random
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from loadtests.drill.history import Choice, Frame, Recorder
from loadtests.drill.phones import Phone, Told, decode

PEAK_S = 0.2
ORDER = ("get_ready", "open", "closing", "revealed", "standings", "podium", "finished")
_LEFT = re.compile(rb'"left":(?:null|[0-9.]+)')


@dataclass(frozen=True, slots=True)
class Habits:
    """What phones do beyond answering once: shares from 0 to 1, times in seconds."""

    volley_s: float = 0.4
    spread_s: float = 0.012
    duplicate: float = 0.2
    change: float = 0.15
    tab: float = 0.08
    late: float = 0.25
    idle: float = 0.08
    drop: float = 0.02


class Hall:
    """Everybody of one round. `secret` is what stands in every secret of its questions."""

    def __init__(
        self,
        recorder: Recorder,
        *,
        round_id: int,
        code: str,
        doors: Sequence[tuple[str, int]],
        phones: int,
        seed: int,
        secret: str,
        habits: Habits,
        choices: Callable[[int, random.Random], Choice],
    ) -> None:
        self.recorder = recorder
        self.round_id = round_id
        self.code = code
        self.doors = list(doors)
        self.rng = random.Random(seed)
        self.secret = secret.encode()
        self.habits = habits
        self.choices = choices
        self.loop = asyncio.get_running_loop()
        self.in_flight = 0
        self._peak = (0.0, 0)
        self.joined = 0
        self.tabs = 0
        self.tapped: set[int] = set()
        self.unjudged: set[int] = set()
        """Seats whose answer to the current question was acknowledged and is not revealed."""
        self.phase = ""
        self.question = 0
        self.version = 0
        self.cut = False
        self.over = False
        self._volleys: dict[int, float] = {}
        self._frames: dict[bytes, tuple[Told, Frame]] = {}
        self._bodies: dict[bytes, Frame] = {}
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        self._phase_waiting: list[tuple[int, str, asyncio.Future[None]]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.phones = [Phone(self, number) for number in range(phones)]

    # What nemeses and the host wait for.

    async def until_in_flight(self, count: int, within_s: float) -> bool:
        """Returns at the moment so many operations are in flight; false when they never were in that time."""
        if self.in_flight >= count:
            return True
        waiting: asyncio.Future[None] = self.loop.create_future()
        self._waiting.append((count, waiting))
        try:
            await asyncio.wait_for(waiting, within_s)
        except TimeoutError:
            return False
        return True

    def _is_past(self, question: int, phase: str) -> bool:
        if self.question != question or self.phase not in ORDER:
            return self.question > question
        return ORDER.index(self.phase) >= ORDER.index(phase)

    async def until_phase(self, question: int, phase: str, within_s: float) -> bool:
        """Returns when a phone has been shown this phase of this question, or a later one."""
        if self._is_past(question, phase):
            return True
        waiting: asyncio.Future[None] = self.loop.create_future()
        self._phase_waiting.append((question, phase, waiting))
        try:
            await asyncio.wait_for(waiting, within_s)
        except TimeoutError:
            return False
        return True

    def just_now(self) -> int:
        """The most operations in flight a moment ago: who dies breaks links before its death is noticed."""
        at, peak = self._peak
        return max(self.in_flight, peak if self.loop.time() - at <= PEAK_S else 0)

    def count(self, change: int) -> None:
        """One operation more or less in flight."""
        self.in_flight += change
        now = self.loop.time()
        if self.in_flight >= self._peak[1] or now - self._peak[0] > PEAK_S:
            self._peak = (now, self.in_flight)
        if change > 0 and self._waiting:
            for count, waiting in self._waiting:
                if self.in_flight >= count and not waiting.done():
                    waiting.set_result(None)
            self._waiting = [one for one in self._waiting if not one[1].done()]

    def picture(self, payload: bytes, at_ms: float) -> tuple[Told, Frame]:
        """A state frame, read once however many phones get the same bytes."""
        known = self._frames.get(payload)
        if known is not None:
            return known
        told = decode(payload)
        body = _LEFT.sub(b'"left":null', payload)
        frame = self._bodies.get(body)
        if frame is None:
            number = told.q["n"] if told.q else 0
            frame = Frame(
                len(self.recorder.frames) + 1, self.round_id, told.v, told.phase, number, at_ms, body.decode()
            )
            self.recorder.frames.append(frame)
            self._bodies[body] = frame
            self._moved(told, number)
        if len(self._frames) > 128:
            self._frames.clear()
        self._frames[payload] = (told, frame)
        return told, frame

    def _moved(self, told: Told, question: int) -> None:
        if told.v <= self.version:
            return
        self.version, self.phase = told.v, told.phase
        if question != self.question:
            self.question = question
            self.tapped.clear()
            self.unjudged.clear()
        if told.phase == "revealed":
            self.unjudged.clear()
        for number, phase, waiting in self._phase_waiting:
            if self._is_past(number, phase) and not waiting.done():
                waiting.set_result(None)
        self._phase_waiting = [one for one in self._phase_waiting if not one[2].done()]

    def volley_at(self, question: int) -> float:
        """When everybody answers this question, on the loop's clock."""
        return self._volleys.setdefault(question, self.loop.time() + self.habits.volley_s)

    def chance(self, share: float) -> bool:
        """Whether to do what a share of the phones does."""
        return self.rng.random() < share

    def spawn(self, work: Any) -> None:
        """A task that lives no longer than the hall."""
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # The whole hall.

    async def come(self, rate: float) -> None:
        """Everybody joins, so many a second; returns when all have a seat or a minute has passed."""
        for index, phone in enumerate(self.phones):
            self.loop.call_later(index / rate, phone.connect)
        until = time.monotonic() + len(self.phones) / rate + 60
        while self.joined < len(self.phones) and time.monotonic() < until:  # noqa: ASYNC110 (there is a deadline too)
            await asyncio.sleep(0.05)
        self.spawn(self._sweep())

    async def _sweep(self) -> None:
        while not self.over:
            await asyncio.sleep(0.25)
            now = time.monotonic()
            for phone in self.phones:
                phone.nudge(now)

    async def cut_off(self, seconds: float, share: float = 1.0) -> int:
        """No packet passes between this share of the phones and the platform for a while; how many were cut."""
        chosen = [phone for phone in self.phones if self.chance(share)]
        self.cut = True
        for phone in chosen:
            phone.cut = True
            if phone.wire is not None:
                phone.wire.cut()
        await asyncio.sleep(seconds)
        self.cut = False
        for phone in chosen:
            phone.cut = False
            if phone.wire is None:
                continue
            if self.chance(0.5):
                phone.wire.heal()
            else:
                phone.wire.abort()
        return len(chosen)

    async def settled(self, within_s: float) -> bool:
        """Returns when nothing is in flight any more and everybody is there."""
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            if self.in_flight == 0 and all(phone.seated for phone in self.phones if phone.seat):
                return True
            await asyncio.sleep(0.05)
        return False

    def unsettled(self) -> str:
        """Who is not there or still waits, for people."""
        away = [phone.who for phone in self.phones if phone.seat and not phone.seated]
        waiting = [f"{phone.who} {phone.waits_for()}" for phone in self.phones if phone.waits_for()]
        return f"{len(away)} away {away[:3]}, {len(waiting)} wait {waiting[:3]}"

    async def leave(self) -> None:
        """The end of the round: what has no receipt now never gets one."""
        self.over = True
        for phone in self.phones:
            phone.end()
        await asyncio.sleep(0.1)
        for task in list(self._tasks):
            task.cancel()
