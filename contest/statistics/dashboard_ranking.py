"""Communes held against each other fairly: by rate, not by how many people live there.

Never knows what is counted. A commune of which nobody has said how many people it has is not ranked: it stands apart.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

SMALL_BASE: Final = 100
"""Of fewer people one alone moves the rate by more than a point: such a rate is marked."""
_FULL = 10_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One commune before ranking. `count` None: nobody has said; `size` of how many; `rate_bp` when reported so;
    `heads` of the count had no names and may be the same people twice."""

    code: str
    count: int | None
    size: int | None
    rate_bp: int | None = None
    heads: int = 0


@dataclass(frozen=True, slots=True)
class Ranked:
    """One line of the ranking; equal rates (of two decimals, as they are shown) share a rank."""

    rank: int
    shared: bool
    code: str
    count: int | None
    size: int | None
    rate_bp: int
    small_base: bool
    heads: int = 0


def rate_bp(count: int, size: int) -> int:
    """The rate in hundredths of a percent, halves up."""
    return (2 * count * _FULL + size) // (2 * size)


def ranked(entries: Iterable[Entry]) -> tuple[list[Ranked], list[Entry]]:
    """Those that have a rate, the highest first, and those that have none, the highest count first.

    Entries of one rate keep the order they came in, so give them in the order of the dictionary.
    """
    rated: list[tuple[int, Entry]] = []
    apart: list[Entry] = []
    for entry in entries:
        if entry.count is not None and entry.size:
            rated.append((rate_bp(entry.count, entry.size), entry))
        elif entry.rate_bp is not None:
            rated.append((entry.rate_bp, entry))
        else:
            apart.append(entry)
    rated.sort(key=lambda one: -one[0])
    apart.sort(key=lambda one: -(one.count or 0))
    rates = [rate for rate, _ in rated]
    found = []
    rank = 0
    for place, (rate, entry) in enumerate(rated):
        if place == 0 or rate != rates[place - 1]:
            rank = place + 1
        shared = rates.count(rate) > 1
        small = bool(entry.size) and (entry.size or 0) < SMALL_BASE
        found.append(Ranked(rank, shared, entry.code, entry.count, entry.size, rate, small, entry.heads))
    return found, apart
