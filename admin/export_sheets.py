"""An export as a workbook, row by row, so that its size never sits in memory.

Never writes a formula or a link, whatever a text begins with. Runs in threads: not one call here may be made on the
event loop.
"""

import re
import unicodedata
from pathlib import Path
from typing import Any, NamedTuple

import xlsxwriter

from admin.export_tables import Kind, Row, Table

_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_FORMATS: dict[Kind, dict[str, Any]] = {
    Kind.TEXT: {"num_format": "@", "valign": "top"},
    Kind.WRAPPED: {"num_format": "@", "text_wrap": True, "valign": "top"},
    # Written as Excel stores them; it shows 1.234,50 where the computer is set to Vietnamese.
    Kind.WHOLE: {"num_format": "#,##0", "valign": "top"},
    Kind.MEAN: {"num_format": "#,##0.0", "valign": "top"},
    Kind.SECONDS: {"num_format": "#,##0.00", "valign": "top"},
    Kind.SHARE: {"num_format": "0.0%", "valign": "top"},
    Kind.MOMENT: {"num_format": "dd/mm/yyyy hh:mm:ss.000", "align": "left", "valign": "top"},
}
_HEADING = {"bold": True, "text_wrap": True, "valign": "vcenter", "bg_color": "#E8EEF7", "bottom": 1, "num_format": "@"}
_TEXTUAL = frozenset({Kind.TEXT, Kind.WRAPPED})
_A4 = 9
_DAY_MS = 86_400_000
_EPOCH_DAYS = 25_569
_LOCAL_MS = 7 * 3_600_000
"""Asia/Ho_Chi_Minh has been UTC+7 without summer time since 1975."""
_UNSTORABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")
_FORBIDDEN_IN_TITLE = re.compile(r"[\[\]:*?/\\]")
MAX_ROWS = 1_048_575
"""Rows a sheet can hold below its headings."""


class Style(NamedTuple):
    """The formats of one kind: plain and in the row of totals."""

    plain: Any
    total: Any


class Sheet:
    """One table as a sheet. Rows are appended; what does not fit into a sheet is refused by `append`."""

    def __init__(self, sheet: Any, table: Table, styles: dict[Kind, Style], heading: Any) -> None:
        self._sheet = sheet
        self._styles = styles
        self._kinds = [column.kind for column in table.columns]
        self._row = 0
        for place, column in enumerate(table.columns):
            sheet.set_column(place, place, column.width)
        sheet.set_row(0, 32)
        for place, column in enumerate(table.columns):
            sheet.write_string(0, place, column.heading, heading)

    @property
    def rows(self) -> int:
        """How many have been appended."""
        return self._row

    @property
    def full(self) -> bool:
        """Whether the next row needs another sheet."""
        return self._row >= MAX_ROWS

    def append(self, values: Row, *, total: bool = False) -> None:
        """One more row. Raises OverflowError when the sheet is full."""
        if self.full:
            raise OverflowError("the sheet is full")
        self._row += 1
        sheet, row = self._sheet, self._row
        for place, (kind, value) in enumerate(zip(self._kinds, values, strict=True)):
            if kind is Kind.ANY:
                kind, value = value
            style = self._styles[kind].total if total else self._styles[kind].plain
            if value is None:
                if total:
                    sheet.write_blank(row, place, None, style)
            elif kind in _TEXTUAL:
                write_text(sheet, row, place, value, style)
            elif kind is Kind.MOMENT:
                sheet.write_number(row, place, (value + _LOCAL_MS) / _DAY_MS + _EPOCH_DAYS, style)
            else:
                sheet.write_number(row, place, value, style)


def write_text(sheet: Any, row: int, place: int, value: str, style: Any) -> None:
    """A cell that is this very text and nothing else."""
    value = _UNSTORABLE.sub("\ufffd", value)
    if value.startswith("<r>") and value.endswith("</r>"):
        # The library takes such a text for markup of its own and would copy it into the file unescaped.
        sheet.write_rich_string(row, place, value[:1], value[1:2], value[2:], style)
    else:
        sheet.write_string(row, place, value, style)


class Workbook:
    """A workbook in the making at `path`. Sheets may be filled in any order; `close` writes the file."""

    def __init__(self, path: Path, title: str, print_title: str, page: str) -> None:
        """`print_title` stands above every printed page; `page` is its footer's word for page."""
        self._book = xlsxwriter.Workbook(str(path), _OPTIONS | {"tmpdir": str(path.parent)})
        self._book.set_properties({"title": title, "author": "Hội Thi"})
        self._styles = {
            kind: Style(
                self._book.add_format(shown),
                self._book.add_format(shown | {"bold": True, "top": 1, "bg_color": "#F4F6FA"}),
            )
            for kind, shown in _FORMATS.items()
        }
        self._heading = self._book.add_format(_HEADING)
        self._print_title, self._page = print_title, page
        self._closed = False

    def sheet(self, table: Table) -> Sheet:
        """A new sheet with its headings; they stand in the order they are asked for."""
        made = self._book.add_worksheet(_FORBIDDEN_IN_TITLE.sub(" ", table.title)[:31])
        self._set_print(made, table)
        return Sheet(made, table, self._styles, self._heading)

    def _set_print(self, sheet: Any, table: Table) -> None:
        sheet.freeze_panes(1, table.fixed)
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.set_margins(left=0.4, right=0.4, top=0.75, bottom=0.6)
        sheet.repeat_rows(0)
        sheet.set_header(f"&L{header_text(self._print_title, 150)}&R{header_text(table.title, 40)}")
        sheet.set_footer(f"&R{self._page} &P/&N")
        if table.fits:
            sheet.fit_to_pages(1, 0)
        elif table.fixed:
            sheet.repeat_columns(0, table.fixed - 1)

    def fill(self, table: Table) -> None:
        """A whole table."""
        sheet = self.sheet(table)
        waiting: Row | None = None
        for row in table.rows():
            if waiting is not None:
                sheet.append(waiting)
            waiting = row
        if waiting is not None:
            sheet.append(waiting, total=table.sums)
        if table.name != "about":
            self.filter(sheet, table)

    def filter(self, sheet: Sheet, table: Table) -> None:
        """Filter buttons over the rows written so far, the row of totals left out."""
        last = sheet.rows - (1 if table.sums else 0)
        sheet._sheet.autofilter(0, 0, max(last, 1), len(table.columns) - 1)

    def close(self) -> None:
        """Puts the file together; a second call does nothing."""
        if not self._closed:
            self._closed = True
            self._book.close()


def header_text(text: str, limit: int) -> str:
    """A text as it may stand in a printed header: & doubled, no control characters, not too long for Excel."""
    plain = "".join(" " if unicodedata.category(char)[0] == "C" else char for char in text)
    return plain[:limit].replace("&", "&&")
