"""Whether a bank can fill the paper that the rules ask for, and the papers that are the same for everybody.

Never draws for a single attempt and never touches SQL or an answer key.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from contest.provincial.rules import Cell


@dataclass(frozen=True, slots=True)
class PoolItem:
    """A question as far as the blueprint looks at it; `number` is that of contest_questions."""

    number: int
    category: str
    difficulty: int


@dataclass(frozen=True, slots=True)
class Shortage:
    """A cell that cannot always be filled: its place in the blueprint, what fits and what is needed."""

    cell: int
    have: int
    need: int


def fits(cell: Cell, item: PoolItem) -> bool:
    """Whether the question may stand in the cell."""
    return cell.category in ("", item.category) and cell.difficulty in (None, item.difficulty)


def filling_order(cells: Sequence[Cell], pool: Sequence[PoolItem]) -> list[int]:
    """The cells' places in the order in which a paper is filled: those that the fewest questions fit come first.

    A paper filled in this order never lacks a question when `shortages` found none, whichever are drawn.
    """
    return sorted(range(len(cells)), key=lambda place: (sum(fits(cells[place], item) for item in pool), place))


def shortages(cells: Sequence[Cell], pool: Sequence[PoolItem]) -> list[Shortage]:
    """The cells that some draw could find empty, because the cells filled before them may take what they need."""
    found: list[Shortage] = []
    taken: list[tuple[Cell, int]] = []
    for place in filling_order(cells, pool):
        cell = cells[place]
        mine = [item for item in pool if fits(cell, item)]
        need = cell.count + sum(min(count, sum(fits(other, item) for item in mine)) for other, count in taken)
        if len(mine) < need:
            found.append(Shortage(place, len(mine), need))
        taken.append((cell, cell.count))
    return sorted(found, key=lambda shortage: shortage.cell)


def fixed_papers(
    cells: Sequence[Cell], pool: Sequence[PoolItem], count: int, rng: random.Random, *, shuffle: bool
) -> list[tuple[int, ...]]:
    """`count` papers as question numbers; the questions least used so far come first, so that papers differ.

    With `shuffle` the order is drawn; otherwise the cells stand in their order and each by number. The pool must be
    without `shortages`.
    """
    uses = {item.number: 0 for item in pool}
    order = filling_order(cells, pool)
    papers: list[tuple[int, ...]] = []
    for _ in range(count):
        chosen: dict[int, list[int]] = {}
        used: set[int] = set()
        for place in order:
            free = [item.number for item in pool if fits(cells[place], item) and item.number not in used]
            rng.shuffle(free)
            free.sort(key=uses.__getitem__)
            chosen[place] = sorted(free[: cells[place].count])
            used.update(chosen[place])
        paper = [number for place in range(len(cells)) for number in chosen[place]]
        if shuffle:
            rng.shuffle(paper)
        for number in paper:
            uses[number] += 1
        papers.append(tuple(paper))
    return papers
