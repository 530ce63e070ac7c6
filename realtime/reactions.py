"""Reactions from phones: how many of each a process has heard in a room, and what is new since the stage last looked.

Pure, and never more than a handful of numbers: a reaction is neither stored nor anybody's. Each process counts up for
as long as it holds the room; the stage shows the difference, so a beat that is lost or heard twice changes nothing.
"""

from collections.abc import Iterable, Mapping

LEAST_GAP_MS = 900.0
"""Between two reactions of one phone; what comes sooner is dropped without a word."""


class Hearing:
    """What one stage has been shown so far."""

    def __init__(self) -> None:
        self._seen: dict[str, int] | None = None

    def fresh(self, told: Iterable[Mapping[str, int]]) -> dict[str, int]:
        """How often each kind came since the last call, from what every process counts now.

        The first call is the beginning: what was before it is nobody's news. A process that is gone takes its count
        with it; that is no negative reaction.
        """
        now: dict[str, int] = {}
        for counts in told:
            for kind, count in counts.items():
                now[kind] = now.get(kind, 0) + count
        before, self._seen = self._seen, now
        if before is None:
            return {}
        gained = {kind: count - before.get(kind, 0) for kind, count in now.items()}
        return {kind: count for kind, count in gained.items() if count > 0}
