"""The order of `standings.order_key` as one number that a Redis sorted set keeps exactly.

Never orders by seat: a tie stays a tie.
"""

import struct

from scoring.standings import Total

# A sorted set's score is a double, which holds integers exactly up to 53 bits only. But positive doubles stand in the
# order of their bit patterns, read as integers: so a pattern of 9 + 20 + 8 + 25 = 62 bits is a score of its own.
LASTED_BITS, POINTS_BITS, CORRECT_BITS, TIME_BITS = 9, 20, 8, 25
TIME_UNIT_MS = 10  # fair times are rounded to 10 ms, so nothing is lost
POINTS_LIMIT = (1 << POINTS_BITS) - 1
"""1,048,575 points: 419 questions of double points with the longest streak."""
CORRECT_LIMIT = (1 << CORRECT_BITS) - 1
"""255 right answers."""
TIME_LIMIT_MS = ((1 << TIME_BITS) - 1) * TIME_UNIT_MS
"""335,544 s, almost four days of thinking."""

_SLOWEST = (1 << TIME_BITS) - 1
_STILL_IN = (1 << LASTED_BITS) - 1
OUT_LIMIT = _STILL_IN - 1
"""Whoever was put out later than this stands with those who were put out by question 510."""
# Above the patterns of zero and of the subnormal numbers, which not every reader of decimals gets right.
_NORMAL = 1 << 52
_DOUBLE, _BITS = struct.Struct(">d"), struct.Struct(">Q")


def pack(total: Total) -> int:
    """A number that is larger for the better total and equal for a real tie.

    How long the seat lasted, points, right answers and the inverted time, high bits first. A time that is no multiple
    of 10 ms is rounded down. Raises OverflowError beyond the limits of this module, and for negative values.
    """
    units = total.time_ms // TIME_UNIT_MS
    if not (0 <= total.points <= POINTS_LIMIT and 0 <= total.correct <= CORRECT_LIMIT and 0 <= units <= _SLOWEST):
        raise OverflowError(f"this total does not fit the leaderboard: {total}")
    lasted = _STILL_IN if total.out_at is None else min(total.out_at, OUT_LIMIT)
    return ((lasted << POINTS_BITS | total.points) << CORRECT_BITS | total.correct) << TIME_BITS | (_SLOWEST - units)


def unpack(packed: int, seat: int) -> Total:
    """The total that `pack` encoded (the seat is not in the number)."""
    rest, inverted = divmod(packed, 1 << TIME_BITS)
    rest, correct = divmod(rest, 1 << CORRECT_BITS)
    lasted, points = divmod(rest, 1 << POINTS_BITS)
    out_at = None if lasted == _STILL_IN else lasted
    return Total(seat, points, correct, (_SLOWEST - inverted) * TIME_UNIT_MS, out_at)


def score(total: Total) -> float:
    """The score of a total: smaller for the better one, so that boards ascend from the best."""
    return -float(_DOUBLE.unpack(_BITS.pack(pack(total) + _NORMAL))[0])


def total_of(found: float, seat: int) -> Total:
    """The total whose `score` this is."""
    return unpack(int(_BITS.unpack(_DOUBLE.pack(-found))[0]) - _NORMAL, seat)
