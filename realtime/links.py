"""How good the phones' links are, from the round trips the server measured at random moments.

Pure: samples go in, counts come out. Only for the host's eyes and for the moment the stage shows the options; what an
answer is credited is `scoring.fairtime`'s.
"""

import math
from collections.abc import Collection, Sequence
from itertools import islice
from typing import Protocol

import msgspec

GOOD_MS, WEAK_MS = 300.0, 800.0
"""Round trips up to these are a good and a slow link; beyond the longest cap of fair time a link is very slow."""
LATE_LOOP_MS = 100.0
"""A question in which a process was later than this is marked for the host: arrivals were stamped too late."""
MOST_LOOKED_AT = 600
"""Of more phones only every second, third, … is looked at: a count for the host must not cost answers their time."""
STAGE_AT_MOST_MS = 500.0
_RECENT = 3


class Links(msgspec.Struct, frozen=True):
    """How many phones have a good, a slow and a very slow link; `ahead_ms`: one way, for nine phones of ten."""

    good: int = 0
    weak: int = 0
    slow: int = 0
    ahead_ms: float = 0.0


class Measured(Protocol):
    """A phone's measured round trips, the newest last."""

    @property
    def samples(self) -> Sequence[float]: ...


def usual_ms(samples: Sequence[float]) -> float | None:
    """The middle one of the last three round trips: one lost packet makes no slow link. None: nothing measured yet."""
    count = min(_RECENT, len(samples))
    if not count:
        return None
    return sorted(samples[-1 - back] for back in range(count))[(count - 1) // 2]


def look(phones: Collection[Measured]) -> Links:
    """The links of these phones; those of many are reckoned from a part of them."""
    step = max(1, math.ceil(len(phones) / MOST_LOOKED_AT))
    usual = [ms for phone in islice(phones, 0, None, step) if (ms := usual_ms(phone.samples)) is not None]
    if not usual:
        return Links()
    usual.sort()
    good = sum(1 for ms in usual if ms <= GOOD_MS)
    slow = sum(1 for ms in usual if ms > WEAK_MS)
    ahead_ms = usual[math.ceil(0.9 * len(usual)) - 1] / 2
    return Links(good * step, (len(usual) - good - slow) * step, slow * step, round(ahead_ms, 1))


def stage_waits_s(ahead_ms: Sequence[float]) -> float:
    """How long the stage holds the options back so that the hall's screen is not faster than nine phones of ten.

    `ahead_ms` is what each process found; the slowest counts, but nobody waits longer than half a second.
    """
    return min(STAGE_AT_MOST_MS, max(ahead_ms, default=0.0)) / 1000
