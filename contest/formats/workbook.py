"""Opening a workbook in the sandbox child and waiting for its answer, for a bounded time.

Never opens the file in this process.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from contest.errors import Invalid, TooLarge
from contest.formats import limits
from contest.formats.cells import Cell

_TOO_LARGE = frozenset({"too_many_rows", "too_many_columns", "too_many_entries", "unpacks_too_large", "file_too_heavy"})
# Only what an interpreter needs to start: no database address, no key.
_ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT") if name in os.environ}


@dataclass(frozen=True, slots=True)
class Row:
    """One row that holds something; `number` as people see it at the edge of the sheet."""

    number: int
    cells: Sequence[Cell]

    def cell(self, column: int | None) -> Cell:
        """The cell of a column from 0; empty beyond the end or for no column."""
        return self.cells[column] if column is not None and column < len(self.cells) else ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A visible worksheet without its empty rows."""

    name: str
    rows: Sequence[Row]


def sheets(data: bytes, *, max_rows: int = limits.MAX_ROWS) -> list[Sheet]:
    """The visible sheets of a workbook, at most `max_rows` rows each.

    Raises Invalid or TooLarge; blocks for less than two seconds.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-m", "contest.formats.sandbox", str(max_rows)],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=limits.MAX_WALL_SECONDS,
            env=_ENVIRONMENT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TooLarge("file_too_heavy") from None
    try:
        answer: Any = msgspec.json.decode(done.stdout) if done.returncode == 0 else None
    except msgspec.DecodeError:
        answer = None
    if not isinstance(answer, dict):
        # The child was ended by its limits (memory, processor), or calamine gave up on it.
        raise TooLarge("file_too_heavy")
    if code := answer.get("error"):
        raise (TooLarge if code in _TOO_LARGE else Invalid)(code, **answer["params"])
    return [Sheet(sheet["name"], [Row(row[0], row[1:]) for row in sheet["rows"]]) for sheet in answer["sheets"]]
