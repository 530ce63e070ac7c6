"""When a launch fires: a pure function of who has held the button since when.

All moments are on one clock, that of whoever keeps the holds. Never touches SQL, Redis or a clock, and never fires
anything: `contest.festival.launches` does, once.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

BEAT_MS: Final = 500
"""How often a phone says that it is still pressed."""
GRACE_MS: Final = 1_600
"""A gap between two beats that still counts as one press: three lost or late ones are too many."""


@dataclass(frozen=True, slots=True)
class Hold:
    """What is known of one button. `press` is the phone's id of this press, None while it is not pressed; `since` and
    `last` are the first and the latest beat of the press (`last`: of the phone)."""

    press: str | None
    since: int
    last: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How a launch stands. `together_since`: since when enough have held at once; `share`: how full the ring is, in
    thousandths; `fires`: now."""

    present: frozenset[int]
    holding: frozenset[int]
    missing: int
    together_since: int | None
    share: int
    fires: bool


def beaten(before: Hold | None, press: str | None, now: int) -> Hold:
    """The hold after a beat. A gap that is too long, a release or another press begins anew."""
    if press is None:
        return Hold(None, 0, now)
    if before is not None and before.press == press and 0 <= now - before.last <= GRACE_MS:
        return Hold(press, before.since, now)
    return Hold(press, now, now)


def standing(
    holds: Mapping[int, Hold], called: Collection[int], needed: int | None, hold_ms: int, now: int
) -> Standing:
    """`called`: whose buttons count; `needed`: how many of them must be held at once, None: all.

    Fires only when each of enough phones has said, in beats without a long gap, that it was held from one common moment
    until `hold_ms` later. Nobody called: never.
    """
    present = frozenset(one for one, hold in holds.items() if 0 <= now - hold.last <= 2 * GRACE_MS)
    fresh = {one: hold for one, hold in holds.items() if hold.press is not None and 0 <= now - hold.last <= GRACE_MS}
    counted = [hold for one, hold in fresh.items() if one in called]
    wanted = len(called) if needed is None else max(1, min(needed, len(called)))
    missing = max(0, wanted - len(counted))
    if not called or missing:
        return Standing(present, frozenset(fresh), missing, None, 0, False)
    # Any start may be the common one: with some to spare, who pressed first need not be who holds on.
    together, proven = None, 0
    for start in sorted({hold.since for hold in counted}):
        lasting = sorted((hold.last - start for hold in counted if hold.since <= start), reverse=True)
        if len(lasting) >= wanted and (together is None or lasting[wanted - 1] > proven):
            together, proven = start, lasting[wanted - 1]
    share = max(0, min(1000, 1000 * proven // hold_ms))
    return Standing(present, frozenset(fresh), 0, together, share, proven >= hold_ms)
