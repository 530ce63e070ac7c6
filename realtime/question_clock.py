"""The time of one open question on this process's monotonic clock: its pauses, extensions and its end.

Pure: the arrival of a picture is an argument. Never knows a phone (`realtime.connection`) and never trusts the wall
clock but to place a question that was opened before this process knew its room.
"""

import math
from dataclasses import dataclass, replace

from contest.phases import Phase

EARLY_MS = 150.0
"""A close that comes this much before the time is up was the host's (or everybody had answered), not the clock's."""


@dataclass(frozen=True, slots=True)
class QuestionClock:
    """One opened question. All times in ms; `began_ms` is when its options first went out from this process."""

    question: int
    limit_ms: int
    began_ms: float
    paused_at: float | None = None
    paused_ms: float = 0.0
    closed_early_at: float | None = None
    closed: bool = False

    def elapsed(self, sent_ms: float, paused_before_ms: float, at_ms: float) -> float:
        """Time from a send to `at_ms` without the pauses in between; `paused_before_ms` is `paused_ms` at that send."""
        end = at_ms if self.paused_at is None else min(at_ms, self.paused_at)
        return max(0.0, end - sent_ms - (self.paused_ms - paused_before_ms))

    def limit_for(self, sent_ms: float, paused_before_ms: float) -> int:
        """The longest elapsed time less credit that is in time for options sent then."""
        if self.closed_early_at is None:
            return self.limit_ms
        closed = math.ceil(self.elapsed(sent_ms, paused_before_ms, self.closed_early_at))
        return min(self.limit_ms, closed)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a picture says about time."""

    phase: Phase
    question: int | None
    seconds: int | None
    opened_ms: int | None
    paused_from: Phase | None
    left_ms: int | None


def follow(clock: QuestionClock | None, seen: Seen, now_ms: float, wall_ms: int, *, live: bool) -> QuestionClock | None:
    """The clock after a picture came in at `now_ms` (monotonic) and `wall_ms` (UTC).

    `live`: this process held the room before the question opened, so the picture itself is the opening.
    """
    number, seconds = seen.question, seen.seconds
    if number is None or seconds is None or seen.phase in (Phase.LOBBY, Phase.GET_READY):
        return None
    paused = seen.phase is Phase.PAUSED
    if paused and seen.paused_from is Phase.GET_READY:
        return None
    if clock is None or clock.question != number:
        began = now_ms if live else _placed(seen, seconds, now_ms, wall_ms)
        clock = QuestionClock(number, seconds * 1000, began)
    if clock.limit_ms != seconds * 1000:
        clock = replace(clock, limit_ms=seconds * 1000)
    if paused and seen.paused_from is Phase.OPEN and clock.paused_at is None:
        clock = replace(clock, paused_at=now_ms)
    elif seen.phase is Phase.OPEN and clock.paused_at is not None:
        clock = replace(clock, paused_at=None, paused_ms=clock.paused_ms + now_ms - clock.paused_at)
    if seen.phase is Phase.CLOSING and not clock.closed:
        early = clock.elapsed(clock.began_ms, 0.0, now_ms) < clock.limit_ms - EARLY_MS
        clock = replace(clock, closed=True, closed_early_at=now_ms if early else None)
    return clock


def _placed(seen: Seen, seconds: int, now_ms: float, wall_ms: int) -> float:
    if seen.phase is Phase.PAUSED and seen.left_ms is not None:
        return now_ms - (seconds * 1000 - seen.left_ms)
    if seen.opened_ms is None:
        return now_ms
    return now_ms - max(0, wall_ms - seen.opened_ms)
