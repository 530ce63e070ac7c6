"""Workbooks made on the spot, as Kahoot's template and its imitations look."""

import io
from collections.abc import Callable, Sequence
from typing import Any

import openpyxl
import pytest

Rows = Sequence[Sequence[Any]]
MakeWorkbook = Callable[..., bytes]
KAHOOT_HEADER = (
    "Question - max 120 characters",
    "Answer 1 - max 75 characters",
    "Answer 2 - max 75 characters",
    "Answer 3 - max 75 characters",
    "Answer 4 - max 75 characters",
    "Time limit (sec) – 5, 10, 20, 30, 60, 90, 120, or 240 secs",
    "Correct answer(s) - choose at least one",
)


@pytest.fixture
def make_workbook() -> MakeWorkbook:
    """`rows` from row 1 column A on; further sheets by name."""

    def make(rows: Rows, **others: Rows) -> bytes:
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.title = "Sheet1"
        for name, content in (("", rows), *others.items()):
            target = book.create_sheet(name) if name else sheet
            for number, row in enumerate(content, start=1):
                for column, value in enumerate(row, start=1):
                    if value is not None:
                        target.cell(number, column, value)
        file = io.BytesIO()
        book.save(file)
        return file.getvalue()

    return make


@pytest.fixture
def make_kahoot(make_workbook: MakeWorkbook) -> MakeWorkbook:
    """A Kahoot sheet with its headings in `header_row`; `numbered` puts the column of numbers before them."""

    def make(rows: Rows, *, header_row: int = 8, numbered: bool = True, numbers: int = 100) -> bytes:
        above: list[list[Any]] = [[] for _ in range(header_row - 1)]
        if header_row >= 3:
            above[1] = [None, "Quiz template"]
        lead: tuple[Any, ...] = (None,) if numbered else ()
        filled = [(*((place,) if numbered else ()), *row) for place, row in enumerate(rows, start=1)]
        empty = [(place,) for place in range(len(rows) + 1, numbers + 1)] if numbered else []
        return make_workbook([*above, (*lead, *KAHOOT_HEADER), *filled, *empty])

    return make
