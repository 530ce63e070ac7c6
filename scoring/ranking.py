"""Standing in order by several values: who comes before whom, who shares a rank, and which value decided.

Never knows what the values mean or where they come from; what is ranked gives one comparable value for each step, the
smaller the better.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Generic, NamedTuple, TypeVar

T = TypeVar("T")
Step = Callable[[T], Any]
"""One value of an item, comparable with that of every other item; the smaller one stands before."""


class Place(NamedTuple, Generic[T]):
    """An item with its rank: 1 + the number of items before it; those that no step tells apart share it."""

    rank: int
    item: T


def ranked(items: Iterable[T], steps: Sequence[Step[T]], shown: Step[T]) -> list[Place[T]]:
    """The items in order. `shown` orders those that share a rank, and decides nothing; it must tell all items apart,
    so that the order in which the items were given makes no difference."""

    def key(item: T) -> tuple[Any, ...]:
        return tuple(step(item) for step in steps)

    keyed = sorted(((key(item), shown(item), item) for item in items), key=lambda one: one[:2])
    places: list[Place[T]] = []
    for _, group in groupby(keyed, key=lambda one: one[0]):
        rank = len(places) + 1
        places.extend(Place(rank, item) for _, _, item in group)
    return places


def deciding(first: T, second: T, steps: Sequence[Step[T]]) -> int | None:
    """The place of the first step that tells the two apart, from 0; None when none does."""
    return next((place for place, step in enumerate(steps) if step(first) != step(second)), None)


def by_list(order: Sequence[str]) -> Callable[[str], int]:
    """A step from a decided order: earlier names first, names that are not in it last and equal."""
    places: dict[str, int] = {}
    for place, name in enumerate(order):
        places.setdefault(name, place)
    return lambda name: places.get(name, len(order))


# --- seats -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seat:
    """One seat, from place 1: its holder, or None with those between whom it is undecided."""

    place: int
    holder: str | None
    tied: tuple[str, ...] = ()


def deal(
    groups: Iterable[Sequence[str]],
    count: int,
    *,
    passed_over: Callable[[str], bool],
    pending: Callable[[str], bool],
) -> list[Seat]:
    """Deals `count` seats to groups of tied names, the best group first.

    Names that are passed over count for nothing. A group that does not fit into the seats left, or in which somebody is
    pending, leaves all of them undecided. Seats with nobody left for them are not listed.
    """
    seats: list[Seat] = []
    for group in groups:
        left = count - len(seats)
        if left <= 0:
            break
        rest = [name for name in group if not passed_over(name)]
        if not rest:
            continue
        start = len(seats) + 1
        if len(rest) > left or any(pending(name) for name in rest):
            seats.extend(Seat(place, None, tuple(rest)) for place in range(start, count + 1))
            break
        seats.extend(Seat(place, name) for place, name in enumerate(rest, start=start))
    return seats
