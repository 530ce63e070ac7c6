"""The order of `standings.order_key` as one number that a Redis sorted set keeps exactly.

Never orders by seat: a tie stays a tie.
"""

from scoring.standings import Total

# A sorted set's score is a double: integers are exact up to 53 bits. 20 + 8 + 25 = 53.
POINTS_BITS, CORRECT_BITS, TIME_BITS = 20, 8, 25
TIME_UNIT_MS = 10  # fair times are rounded to 10 ms, so nothing is lost
POINTS_LIMIT = (1 << POINTS_BITS) - 1
"""1,048,575 points: 419 questions of double points with the longest streak."""
CORRECT_LIMIT = (1 << CORRECT_BITS) - 1
"""255 right answers."""
TIME_LIMIT_MS = ((1 << TIME_BITS) - 1) * TIME_UNIT_MS
"""335,544 s, almost four days of thinking."""

_SLOWEST = (1 << TIME_BITS) - 1


def pack(total: Total) -> int:
    """A number that is larger for the better total and equal for a real tie.

    Points, right answers and the inverted time, high bits first. A time that is no multiple of 10 ms is rounded
    down. Raises OverflowError beyond the limits of this module, and for negative values.
    """
    units = total.time_ms // TIME_UNIT_MS
    if not (0 <= total.points <= POINTS_LIMIT and 0 <= total.correct <= CORRECT_LIMIT and 0 <= units <= _SLOWEST):
        raise OverflowError(f"this total does not fit the leaderboard: {total}")
    return (total.points << CORRECT_BITS | total.correct) << TIME_BITS | (_SLOWEST - units)


def unpack(packed: int, seat: int) -> Total:
    """The total that `pack` encoded (the seat is not in the number)."""
    points_and_correct, inverted = divmod(packed, 1 << TIME_BITS)
    points, correct = divmod(points_and_correct, 1 << CORRECT_BITS)
    return Total(seat, points, correct, (_SLOWEST - inverted) * TIME_UNIT_MS)
