"""What gives way when a process is short of time: one table, read by everything that sheds.

Pure: how late the loop is comes as an argument. Never turns anybody away itself; `realtime.http_shedding` does for
requests, the gateway for sockets, seating for joins, beats for counts.
"""

from enum import Enum, IntEnum, auto
from typing import Final


class Priority(IntEnum):
    """What a process does, the most important first; it sheds from the bottom."""

    ANSWERS = 0
    """Answers and their receipts, close and reveal, commands of the host, files and pages that are ready in memory."""
    RETURNS = 1
    """Coming back to a seat; the opening of a question; the picture asked for by HTTP."""
    JOINS = 2
    """New seats, cards and entries; scans at the gate, which wait on the staff's phones."""
    RANKS = 3
    """Somebody's own rank and result, asked for."""
    COUNTS = 4
    """Counters, boards, public figures, statistics, lists and exports."""


class Measure(Enum):
    """What happens to it."""

    SERVE = auto()
    HALVE = auto()
    """Half as often, or every other one later."""
    HOLD = auto()
    """Waits in line."""
    OFF = auto()
    """Left out while it lasts."""
    REFUSE = auto()
    """What would begin is turned away with a time to come again; what has begun is served."""


_S, _H, _W, _O, _R = Measure.SERVE, Measure.HALVE, Measure.HOLD, Measure.OFF, Measure.REFUSE
FEWER_COUNTS_MS, NO_COUNTS_MS, HOLD_JOINS_MS, NO_NEWCOMERS_MS = 50.0, 100.0, 250.0, 500.0

TABLE: Final[tuple[tuple[float, tuple[Measure, ...]], ...]] = (
    # From this lateness of the loop on (ms): answers, returns, joins, ranks, counts.
    (NO_NEWCOMERS_MS, (_S, _R, _R, _R, _R)),
    (HOLD_JOINS_MS, (_S, _S, _W, _W, _O)),
    (NO_COUNTS_MS, (_S, _S, _S, _S, _O)),
    (FEWER_COUNTS_MS, (_S, _S, _S, _S, _H)),
)


def measure(priority: Priority, lag_ms: float) -> Measure:
    """What happens to work of this priority in a process whose loop is `lag_ms` late."""
    for from_ms, row in TABLE:
        if lag_ms >= from_ms:
            return row[priority]
    return Measure.SERVE
