"""How many attempts a person may still start.

Never counts anything itself: it is told what there is, and knows no SQL and no clock. Every attempt that was started
counts, void ones too: an organiser who gives one back changes the quota.
"""

from collections.abc import Sequence
from typing import NamedTuple

from contest.provincial.rules import Quota


class Start(NamedTuple):
    """One attempt by when it was started: the round's key and the local day."""

    round_key: str
    day: str


def refusal(quota: Quota, past: Sequence[Start], start: Start) -> str | None:
    """Why one more may not start: the code of the first limit reached, or None."""
    for code, limit, used in _limits(quota, past, start):
        if limit is not None and used >= limit:
            return code
    return None


def left(quota: Quota, past: Sequence[Start], start: Start) -> int | None:
    """How many more may start on that day in that round; None: as many as one likes."""
    rest = [max(0, limit - used) for _, limit, used in _limits(quota, past, start) if limit is not None]
    return min(rest, default=None)


def _limits(quota: Quota, past: Sequence[Start], start: Start) -> tuple[tuple[str, int | None, int], ...]:
    return (
        ("quota_day", quota.per_day, sum(one.day == start.day for one in past)),
        ("quota_round", quota.per_round, sum(one.round_key == start.round_key for one in past)),
        ("quota_total", quota.total, len(past)),
    )
