"""Tables as files: a workbook of several, or one as CSV.

Never lets a text become a formula: `export_sheets` and `export_text` see to it. Call in threads.
"""

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from admin.contests.document_words import DocumentWords
from admin.export_sheets import Workbook
from admin.export_tables import Column, Kind, Table
from admin.export_text import CsvFile

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV: Final = "text/csv; charset=utf-8"
PDF: Final = "application/pdf"
ZIP: Final = "application/zip"

Defined = Sequence[tuple[str, Kind, float]]
"""Name of the column (its heading is `documents.column.<name>`), kind, width."""


def table(
    words: DocumentWords, name: str, defined: Defined, rows: Iterable[tuple[object, ...]], fixed: int = 1
) -> Table:
    """A table whose rows are there already."""
    kept = list(rows)
    columns = tuple(Column(key, words.text(f"column.{key}"), kind, width) for key, kind, width in defined)
    return Table(name, words.text(f"table.{name}"), columns, lambda: kept, fixed=fixed)


def about(words: DocumentWords, items: Iterable[tuple[str, object, Kind]]) -> Table:
    """What the file says of itself: names (`documents.about.<name>`) and values."""
    columns = (
        Column("item", words.text("column.item"), Kind.TEXT, 34),
        Column("value", words.text("column.fact"), Kind.ANY, 90),
    )
    rows = [(words.text(f"about.{name}"), (kind, value)) for name, value, kind in items]
    return Table("about", words.text("table.about"), columns, lambda: rows)


def workbook(words: DocumentWords, title: str, tables: Iterable[Table]) -> bytes:
    """The tables as the sheets of one file, in order."""
    with tempfile.TemporaryDirectory(prefix="hoithi-export-") as folder:
        path = Path(folder) / "file.xlsx"
        book = Workbook(path, title, title, words.text("page_word"))
        try:
            for one in tables:
                book.fill(one)
        finally:
            book.close()
        return path.read_bytes()


def csv(one: Table) -> bytes:
    """One table as CSV that a spreadsheet opens."""
    with tempfile.TemporaryDirectory(prefix="hoithi-export-") as folder:
        path = Path(folder) / "file.csv"
        file = CsvFile(path, one)
        try:
            file.append(one.rows())
        finally:
            file.close()
        return path.read_bytes()
