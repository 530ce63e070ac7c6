"""What both parts of the recount share: splitting a group into an order, and dealing prizes from its top (§5.3, §6).

Never imports anything of the first reckoning.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from contest.provincial.frozen import Award, Decision

T = TypeVar("T")
H = TypeVar("H", int, str)


def split(groups: Iterable[list[T]], measure: Callable[[T], Any]) -> list[list[T]]:
    """Every group taken apart by a measure, the smallest first; whoever measures the same stays together."""
    made: list[list[T]] = []
    for group in groups:
        if len(group) == 1:
            made.append(group)
            continue
        apart: dict[Any, list[T]] = defaultdict(list)
        for one in group:
            apart[measure(one)].append(one)
        made += [apart[value] for value in sorted(apart)]
    return made


def decided(
    groups: list[list[T]], decisions: Iterable[Decision], ranking: str, audience: str, name: Callable[[T], str]
) -> list[list[T]]:
    """The groups with every recorded decision for this ranking taken as a further step (§5.3)."""
    for decision in decisions:
        if (decision.ranking, decision.audience) == (ranking, audience):
            places = {listed: place for place, listed in reversed(list(enumerate(decision.order)))}
            beyond = len(decision.order)

            def place(one: T, places: dict[str, int] = places, beyond: int = beyond) -> int:
                return places.get(name(one), beyond)

            groups = split(groups, place)
    return groups


@dataclass(slots=True)
class Hands(Generic[H]):
    """Who holds a prize and who may yet come to hold one, within the reach of one prize for each person."""

    holding: set[H] = field(default_factory=set)
    pending: set[H] = field(default_factory=set)


def deal(groups: Iterable[list[H]], count: int, hands: Hands[H]) -> list[tuple[H | None, list[H]]]:
    """The seats of one level in one ranking, in order: their holder, or None and between whom they are undecided."""
    seats: list[tuple[H | None, list[H]]] = []
    for group in groups:
        left = count - len(seats)
        remaining = sorted(one for one in group if one not in hands.holding)
        if not left:
            break
        if not remaining:
            continue
        if len(remaining) > left or any(one in hands.pending for one in remaining):
            hands.pending.update(remaining)
            seats += [(None, remaining)] * left
            break
        hands.holding.update(remaining)
        seats += [(one, []) for one in remaining]
    return seats


def awards_of(ranking: str, audience: str, prize: str, seats: Iterable[tuple[Any, list[Any]]]) -> list[Award]:
    """The seats of `deal` as awards, their places numbered from 1."""
    return [
        Award(
            ranking, audience, prize, place, None if holder is None else str(holder), tuple(str(one) for one in between)
        )
        for place, (holder, between) in enumerate(seats, 1)
    ]
