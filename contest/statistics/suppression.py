"""Small cells hidden in what the public sees, in such a way that no hidden number follows from those shown.

A cell of 1 to 4 persons is hidden. Where one cell of a row or column is hidden alone, its number is the total less the
others, so a second one is hidden with it (the smallest that is not nothing), and more until those hidden together are
at least five. A table of rows and columns may give a number away even so: where the hidden cells hang together by one
cell alone, that cell is the sum of what is on one side of it; then one more is hidden beside it.

Never counts and never reads SQL. Which of the hidden cells were small is not told.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Final, TypeVar

SMALLEST: Final = 5
"""Fewer persons than this, but some, are not shown."""
TOTAL: Final = ""
"""The row and the column of totals."""

Cell = tuple[str, str]
K = TypeVar("K")


def small(people: int) -> bool:
    """Whether a cell of so many persons is hidden for its own sake."""
    return 0 < people < SMALLEST


def hidden_in_line(parts: Mapping[K, int], *, total_shown: bool = True, more: Collection[K] = ()) -> set[K]:
    """The parts of one sum that are hidden; `more` are hidden for other reasons.

    With `total_shown` none follows from the total and the rest. Hides everything rather than too little.
    """
    gone = {key for key, people in parts.items() if small(people)} | {key for key in more if key in parts}
    if not gone or not total_shown:
        return gone
    for key in _cheapest_first(parts, gone):
        if len(gone) > 1 and sum(parts[one] for one in gone) >= SMALLEST:
            break
        gone.add(key)
    return gone


def hidden_in_table(cells: Mapping[Cell, int]) -> set[Cell]:
    """The cells (row, column) that are hidden in a table whose totals stand in the row and the column `TOTAL`.

    Every row is to add up to its total, every column too; the totals are hidden like other cells where they are small.
    Cells that are missing are nothing.
    """
    gone = {cell for cell, people in cells.items() if small(people)}
    lines = _lines(cells)
    open_lines = set(lines)
    while True:
        while open_lines:
            # One at a time in a fixed order, so that equal tables are hidden equally.
            line = min(open_lines)
            open_lines.discard(line)
            for cell in _to_fill(line, lines[line], cells, gone):
                gone.add(cell)
                open_lines |= {("row", cell[0]), ("column", cell[1])} - {line}
        alone = _alone(gone)
        if alone is None:
            return gone
        beside = _beside(alone, lines, cells, gone)
        if beside is None:
            return gone
        gone.add(beside)
        open_lines |= {("row", beside[0]), ("column", beside[1])}


Line = tuple[str, str]


def _lines(cells: Iterable[Cell]) -> dict[Line, list[Cell]]:
    found: defaultdict[Line, list[Cell]] = defaultdict(list)
    for cell in cells:
        found["row", cell[0]].append(cell)
        found["column", cell[1]].append(cell)
    return found


def _to_fill(line: Line, members: list[Cell], cells: Mapping[Cell, int], gone: set[Cell]) -> list[Cell]:
    """What has to go beside the cells of the line that are gone: until they are two, and their parts at least five."""
    part = 1 if line[0] == "row" else 0
    here = [cell for cell in members if cell in gone]
    more: list[Cell] = []
    if not here:
        return more
    for cell in sorted((cell for cell in members if cell not in gone), key=lambda cell: _cost(cell, cells[cell])):
        known = here + more
        if len(known) > 1 and sum(cells[one] for one in known if one[part] != TOTAL) >= SMALLEST:
            break
        more.append(cell)
    return more


def _cost(cell: Cell, people: int) -> tuple[int, int, Cell]:
    """Small parts first, then empty ones, totals last."""
    if TOTAL in cell:
        return (2 if cell != (TOTAL, TOTAL) else 3), people, cell
    return (0 if people else 1), people, cell


def _alone(gone: set[Cell]) -> Cell | None:
    """A hidden cell that is the only tie between two parts of the hidden ones, and so can be reckoned: a bridge of the
    graph whose nodes are rows and columns and whose edges are hidden cells."""
    near: defaultdict[Line, list[Cell]] = defaultdict(list)
    for cell in sorted(gone):
        near["row", cell[0]].append(cell)
        near["column", cell[1]].append(cell)
    found: list[Cell] = []
    seen: dict[Line, int] = {}
    low: dict[Line, int] = {}
    for start in sorted(near):
        if start in seen:
            continue
        seen[start] = low[start] = len(seen)
        stack: list[tuple[Line, Cell | None, int]] = [(start, None, 0)]
        while stack:
            node, came_by, place = stack.pop()
            if place < len(near[node]):
                stack.append((node, came_by, place + 1))
                cell = near[node][place]
                if cell == came_by:
                    continue
                other: Line = ("column", cell[1]) if node[0] == "row" else ("row", cell[0])
                if other in seen:
                    low[node] = min(low[node], seen[other])
                else:
                    seen[other] = low[other] = len(seen)
                    stack.append((other, cell, 0))
            elif came_by is not None:
                before: Line = ("column", came_by[1]) if node[0] == "row" else ("row", came_by[0])
                low[before] = min(low[before], low[node])
                if low[node] > seen[before]:
                    found.append(came_by)
    return min(found, default=None)


def _beside(alone: Cell, lines: Mapping[Line, list[Cell]], cells: Mapping[Cell, int], gone: set[Cell]) -> Cell | None:
    spare = [cell for line in (("row", alone[0]), ("column", alone[1])) for cell in lines[line] if cell not in gone]
    if not spare:
        spare = [cell for cell in cells if cell not in gone]
    return min(spare, key=lambda cell: _cost(cell, cells[cell]), default=None)


def _cheapest_first(parts: Mapping[K, int], gone: set[K]) -> list[K]:
    order = list(parts)
    return sorted(
        (key for key in order if key not in gone), key=lambda key: (not parts[key], parts[key], order.index(key))
    )
