"""Nothing hidden from the public can be reckoned from what is shown: by linear algebra, on any table."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from contest.statistics.suppression import SMALLEST, TOTAL, Cell, hidden_in_line, hidden_in_table, small

NUMBERS = st.sampled_from([0, 0, 0, 1, 2, 3, 4, 5, 6, 9, 20, 400])


def reckoned(lines: list[list[tuple[object, int]]], gone: set[object]) -> set[object]:
    """The unknowns that the equations (each a list of (unknown, factor)) fix: unit vectors in their row space."""
    names = sorted(gone, key=str)
    rows = [[Fraction(sum(f for cell, f in line if cell == name)) for name in names] for line in lines]
    rank = 0
    for place in range(len(names)):
        pivot = next((n for n in range(rank, len(rows)) if rows[n][place]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        rows[rank] = [value / rows[rank][place] for value in rows[rank]]
        for n in range(len(rows)):
            if n != rank and rows[n][place]:
                rows[n] = [a - rows[n][place] * b for a, b in zip(rows[n], rows[rank], strict=True)]
        rank += 1
    return {names[row.index(1)] for row in rows if sum(1 for value in row if value) == 1}


@st.composite
def tables(draw: st.DrawFn) -> dict[Cell, int]:
    rows = [f"r{n}" for n in range(draw(st.integers(2, 7)))]
    columns = [f"c{n}" for n in range(draw(st.integers(2, 5)))]
    cells = {(row, column): draw(NUMBERS) for row in rows for column in columns}
    for row in rows:
        cells[row, TOTAL] = sum(cells[row, column] for column in columns)
    for column in [*columns, TOTAL]:
        cells[TOTAL, column] = sum(cells[row, column] for row in rows)
    return cells


def equations(cells: dict[Cell, int]) -> list[list[tuple[object, int]]]:
    rows, columns = sorted({row for row, _ in cells}), sorted({column for _, column in cells})
    across = [[((row, column), -1 if column == TOTAL else 1) for column in columns] for row in rows]
    return across + [[((row, column), -1 if row == TOTAL else 1) for row in rows] for column in columns]


@given(tables())
@settings(max_examples=150, deadline=None)
def test_no_hidden_cell_of_a_table_follows_from_the_shown_ones(cells: dict[Cell, int]) -> None:
    gone = hidden_in_table(cells)
    assert {cell for cell, people in cells.items() if small(people)} <= gone
    if gone != set(cells):
        assert not reckoned(equations(cells), set(gone))
    for row in {row for row, _ in cells}:
        here = [cell for cell in gone if cell[0] == row and cell[1] != TOTAL]
        if here and (row, TOTAL) not in gone:
            assert len(here) > 1
            assert sum(cells[cell] for cell in here) >= SMALLEST


@given(st.dictionaries(st.integers(0, 30), NUMBERS, min_size=1, max_size=12))
def test_no_hidden_part_of_a_sum_follows_from_the_others(parts: dict[int, int]) -> None:
    gone = hidden_in_line(parts)
    assert {key for key, people in parts.items() if small(people)} <= gone
    if gone and gone != set(parts):
        assert len(gone) > 1
        assert sum(parts[key] for key in gone) >= SMALLEST
    assert hidden_in_line(parts, total_shown=False) == {key for key, people in parts.items() if small(people)}


def test_nothing_is_hidden_without_need() -> None:
    assert hidden_in_line({"a": 5, "b": 0, "c": 700}) == set()
    assert hidden_in_line({"a": 3, "b": 9, "c": 700}) == {"a", "b"}
    assert hidden_in_line({"a": 1, "b": 1, "c": 9, "d": 700}) == {"a", "b", "c"}
    assert hidden_in_line({"a": 3, "b": 0}) == {"a", "b"}
    assert hidden_in_line({"a": 9, "b": 90, "c": 700}, more=["b"]) == {"a", "b"}
    large = {("r", "c"): 9, ("r", TOTAL): 9, (TOTAL, "c"): 9, (TOTAL, TOTAL): 9}
    assert hidden_in_table(large) == set()


def test_a_province_is_hidden_in_a_moment_and_always_alike() -> None:
    cells: dict[Cell, int] = {}
    for n in range(103):
        for g in range(5):
            cells[f"c{n}", f"g{g}"] = (n * 7 + g * 13) % 23 if n % 3 else n * 50
    for n in range(103):
        cells[f"c{n}", TOTAL] = sum(cells[f"c{n}", f"g{g}"] for g in range(5))
    for column in ["g0", "g1", "g2", "g3", "g4", TOTAL]:
        cells[TOTAL, column] = sum(cells[f"c{n}", column] for n in range(103))
    gone = hidden_in_table(cells)
    assert gone == hidden_in_table(dict(reversed(cells.items())))
    assert len(gone) < len(cells) / 2
    assert not {cell for cell in gone if cell[0] == TOTAL}
