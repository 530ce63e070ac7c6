"""The one clock: wall time for people, monotonic time for durations.

Nothing below the composition roots calls `time` or `datetime.now` directly; rules take the time as an argument.
"""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """Aware UTC wall time, for display, day quotas and contest windows."""
        ...

    def wall_ms(self) -> int:
        """UTC wall time in milliseconds since 1970, as stored."""
        ...

    def monotonic_ms(self) -> float:
        """Milliseconds on a clock that never jumps, the same for every process of one machine."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def wall_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic_ms(self) -> float:
        return time.monotonic() * 1000


class ManualClock:
    """A clock that moves only when told; the double used by tests."""

    def __init__(self, wall_ms: int = 1_790_000_000_000) -> None:
        self._wall_ms = wall_ms
        self._monotonic_ms = 1_000.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._wall_ms / 1000, UTC)

    def wall_ms(self) -> int:
        return self._wall_ms

    def monotonic_ms(self) -> float:
        return self._monotonic_ms

    def advance(self, ms: int) -> None:
        """Moves both clocks forward by `ms`."""
        self._wall_ms += ms
        self._monotonic_ms += ms

    def jump_wall(self, ms: int) -> None:
        """Moves the wall clock only, as an operator or NTP step would."""
        self._wall_ms += ms
