"""Moves live rounds that move by themselves: the guarantee that none hangs, whoever was killed.

It keeps nothing but the moment, on the monotonic clock, at which each deadline it has seen will have passed; so a jump
of the wall clock neither closes a question early nor keeps it open. Two timekeepers do no harm: the second step is
refused by the version.
"""

import asyncio
import math
from dataclasses import dataclass

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from contest import rounds
from contest.audit import SYSTEM
from contest.clock import Clock
from contest.database import Database
from contest.errors import Refused
from contest.ids import RoundId
from contest.phases import CommandName, Phase
from contest.round_state import AUTOMATIC_STEP, SETTLE_MARGIN_MS, Command
from contest.rounds import Due
from realtime import presence
from realtime.buzzer_watch import BuzzerWatch
from realtime.round_runner import RoundRunner
from scoring import leaderboard
from scoring.fairtime import PRESETS

_log = structlog.get_logger(__name__)

SWEEP_MS, BUZZER_SWEEP_MS, LEAST_PAUSE_MS = 250, 100, 10
"""Rounds that others moved, and that everybody has answered, are found so late; what is known to be due is on time."""
REBUILD_MS = 3_000
FAILED_PAUSE_MS = 500
MIN_OPEN_MS = 1_000
"""A question stays open at least this long, however fast everybody answers."""
LONGEST_CLOSING_MS = max(preset.cap_with_kernel_ms for preset in PRESETS.values()) + SETTLE_MARGIN_MS
"""Closing has no button: if the clock was set between the close and its first sight here, a hall would sit and wait."""


@dataclass(frozen=True, slots=True)
class _Watched:
    version: int
    due_at_ms: float
    seen_at_ms: float


class Timekeeper:
    """`run` until told to stop; `sweep` does one pass."""

    def __init__(self, db: Database, redis: "Redis", runner: RoundRunner, clock: Clock) -> None:
        self._db = db
        self._redis = redis
        self._runner = runner
        self._clock = clock
        self._watched: dict[RoundId, _Watched] = {}
        self._pause_until_ms: dict[RoundId, float] = {}
        self._rebuild_at_ms = 0.0
        self._buzzers = BuzzerWatch(db)

    async def run(self, stop: asyncio.Event) -> None:
        """Sweeps until `stop` is set; a database that is away is waited for."""
        while not stop.is_set():
            try:
                await self.sweep()
                await self._rebuild_lost_boards()
            except (SQLAlchemyError, OSError) as error:
                _log.warning("timekeeper_waits_for_sql", reason=type(error).__name__)
                await asyncio.sleep(0.5)
            try:
                await asyncio.wait_for(stop.wait(), self._pause_s())
            except TimeoutError:
                continue

    def _pause_s(self) -> float:
        """Until the next pass: at the latest when something known falls due."""
        now_ms = self._clock.monotonic_ms()
        longest_ms = BUZZER_SWEEP_MS if self._buzzers.waiting else SWEEP_MS
        due_at = (max(one.due_at_ms, self._pause_until_ms.get(id, 0.0)) for id, one in self._watched.items())
        return max(LEAST_PAUSE_MS, min(longest_ms, min(due_at, default=math.inf) - now_ms)) / 1000

    async def sweep(self) -> int:
        """Applies every automatic step that is due; how many."""
        async with self._db.read() as reader:
            waiting = await rounds.due(reader)
        now_ms, wall_ms = self._clock.monotonic_ms(), self._clock.wall_ms()
        watched: dict[RoundId, _Watched] = {}
        steps = 0
        for due in waiting:
            known = self._watched.get(due.id)
            if known is None or known.version != due.version:
                left_ms = max(0, due.deadline_ms - wall_ms)
                if due.phase is Phase.CLOSING:
                    left_ms = min(left_ms, LONGEST_CLOSING_MS)
                known = _Watched(due.version, now_ms + left_ms, now_ms)
            watched[due.id] = known
            if now_ms < self._pause_until_ms.get(due.id, 0.0):
                continue
            if now_ms >= known.due_at_ms:
                steps += await self._step(due, AUTOMATIC_STEP[due.phase])
            elif due.phase is Phase.OPEN and now_ms - known.seen_at_ms >= MIN_OPEN_MS and await self._quiet(due):
                steps += await self._step(due, CommandName.ALL_ANSWERED)
            elif due.phase is Phase.OPEN and await self._buzzers.over(due, now_ms):
                steps += await self._step(due, CommandName.PRESSED)
        self._watched = watched
        self._buzzers.forget({due.id for due in waiting if due.phase is Phase.OPEN})
        return steps

    async def _step(self, due: Due, name: CommandName) -> int:
        try:
            await self._runner.apply(due.id, Command(name), actor=SYSTEM, expected=due.version, due=True)
        except Refused:
            return 0  # Somebody else was faster: the round has moved on.
        except Exception as error:
            # One round that cannot be moved must not keep all the others standing; it is tried again a little later.
            _log.error("step_failed", round_id=due.id, step=name.value, exc_info=error)
            self._pause_until_ms[due.id] = self._clock.monotonic_ms() + FAILED_PAUSE_MS
            return 0
        self._pause_until_ms.pop(due.id, None)
        return 1

    async def _quiet(self, due: Due) -> bool:
        """Whether every phone that could still answer has answered."""
        try:
            entries = await presence.read_all(self._redis, due.id)
        except (RedisError, OSError):
            return False  # The deadline closes it.
        return presence.everybody_answered(entries, due.version, self._clock.wall_ms())

    async def _rebuild_lost_boards(self) -> None:
        """Writes again what Redis has lost: the boards of rounds in play whose totals are newer than the boards."""
        now_ms = self._clock.monotonic_ms()
        if now_ms < self._rebuild_at_ms:
            return
        self._rebuild_at_ms = now_ms + REBUILD_MS
        async with self._db.read() as reader:
            scored = await rounds.scored(reader, since_ms=self._clock.wall_ms() - 3_600_000)
        for round_id, version in scored.items():
            try:
                there = await leaderboard.board_version(self._redis, round_id)
                if there is None or there < version:
                    _log.info("leaderboard_rebuilt", round_id=round_id)
                    await self._runner.refresh(round_id)
            except (RedisError, OSError):
                return  # Redis is away; the next pass tries again.
            except Refused:
                continue  # It has been deleted meanwhile.
