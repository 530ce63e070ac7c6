"""Who leads: the stated order of totals and the ranks people share.

Never stores anything, and never breaks a real tie.
"""

from collections.abc import Iterable, Sequence

import msgspec


class Total(msgspec.Struct, frozen=True, gc=False):
    """What a seat has after some questions; `time_ms` sums the fair times of its credited answers.

    `out_at` is the question that put the seat out of a game of elimination; None: it is in, as all are in other games.
    """

    seat: int
    points: int
    correct: int
    time_ms: int
    out_at: int | None = None


class Standing(msgspec.Struct, frozen=True, gc=False):
    rank: int
    total: Total


_STILL_IN = -(1 << 30)


def order_key(total: Total) -> tuple[int, int, int, int]:
    """Sorts the best first: more points, then more right answers, then less time. Equal keys are a real tie.

    Before all that: who is in, and then who was put out later.
    """
    lasted = _STILL_IN if total.out_at is None else -total.out_at
    return lasted, -total.points, -total.correct, total.time_ms


def rank(totals: Iterable[Total]) -> list[Standing]:
    """Standard competition ranks (1, 2, 2, 4), best first.

    Within a tie the rows stand by seat number, which only makes the list the same on every machine.
    """
    ordered = sorted(totals, key=lambda total: (*order_key(total), total.seat))
    standings: list[Standing] = []
    shared, last_key = 0, None
    for place, total in enumerate(ordered, start=1):
        if (key := order_key(total)) != last_key:
            shared, last_key = place, key
        standings.append(Standing(shared, total))
    return standings


def gap_ahead(standings: Sequence[Standing]) -> dict[int, int]:
    """Points from each seat to the next better rank, 0 for the leaders.

    Also 0 when only right answers or time make the difference, or when the seat ahead has no more points. Takes what
    `rank` returns, in its order.
    """
    gaps: dict[int, int] = {}
    ahead_points = current_points = standings[0].total.points if standings else 0
    current_rank = 1
    for standing in standings:
        if standing.rank != current_rank:
            ahead_points, current_rank = current_points, standing.rank
        current_points = standing.total.points
        gaps[standing.total.seat] = max(0, ahead_points - current_points)
    return gaps
