"""Lists of people, units and numbers as organisers keep them: a table with headings, from a workbook or CSV.

Never opens a workbook in this process and never decides what a row means.
"""

import asyncio
import csv
import io
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from contest.errors import Invalid, TooLarge
from contest.formats import workbook
from contest.formats.cells import as_text
from contest.formats.limits import MAX_COLUMNS, MAX_FILE_BYTES
from contest.formats.reading import decode
from contest.formats.workbook import Row
from scoring.folding import fold

MAX_ROWS = 20_000
_HEADER_ROWS = 20
_ZIP, _OLD_OFFICE = b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1")
_threads = ThreadPoolExecutor(1, thread_name_prefix="people-import")

# On the folded heading.
_HEADINGS = {
    "full_name": r"ho va ten(?: khai sinh)?|ho ten|ten(?: thi sinh| day du)?|full name|name",
    "phone": r"(?:so )?(?:dien thoai|dt|sdt|di dong)(?: di dong| lien he| lien lac)?|phone(?: number)?|mobile",
    "birth_date": r"(?:ngay(?: thang)?(?: nam)? )?sinh(?: ngay)?|ngay sinh.*|birth ?date|date of birth|dob",
    "commune": r"(?:ma )?(?:xa(?: phuong)?|phuong(?: xa)?)|xa phuong.*|commune(?: code)?|ward",
    "target_group": r"(?:nhom )?doi tuong|(?:target )?group",
    "id_number": r"(?:so )?(?:dinh danh|cccd|can cuoc)(?: ca nhan| cong dan)?|id(?: number)?",
    "sex": r"gioi tinh|sex|gender",
    "unit_code": r"ma (?:don vi|truong|chi bo|co quan)|unit code|code|ma(?: so)?",
    "unit": r"(?:ten )?(?:don vi|truong|co quan|chi bo|noi cong tac)(?: cong tac)?|unit(?: name)?|school",
    "value": r"(?:tong )?so (?:nguoi|luong|dan|hoc sinh|doan vien|dang vien|can bo|dan tu.*)|mau so|si so"
    r"|people|number|value",
    "source": r"nguon|can cu|source",
    "reason": r"ly do|reason|ghi chu",
}
_SIGNS = re.compile(r"[/(),.;:\-*]")
_PATTERNS = [(name, re.compile(pattern)) for name, pattern in _HEADINGS.items()]


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table: `number` as people see it in their file, the text of each named column.

    `numbers` are the cells that a workbook holds as numbers, as it holds them: a text of digits may be read otherwise.
    """

    number: int
    cells: Mapping[str, str]
    numbers: Mapping[str, float] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """The text of a column; empty where there is none."""
        return self.cells.get(name, "")


async def read_async(
    filename: str, data: bytes, needed: Sequence[str], headings: Mapping[str, str] | None = None
) -> list[Line]:
    """`read` in a thread; one file at a time, so that live rounds keep the machine."""
    return await asyncio.get_running_loop().run_in_executor(_threads, read, filename, data, tuple(needed), headings)


def read(filename: str, data: bytes, needed: Sequence[str], headings: Mapping[str, str] | None = None) -> list[Line]:
    """The rows under the first headings that name every column of `needed`.

    `headings` are columns of the list's own, by name the pattern of their folded heading; they come before the shared.
    Raises Invalid or TooLarge with the codes of the question files: file_too_large, file_empty, not_xlsx, xls_old,
    header_missing, too_many_rows, csv_broken, encoding_unknown and the workbook's.
    """
    if len(data) > MAX_FILE_BYTES:
        raise TooLarge("file_too_large", limit=MAX_FILE_BYTES // 1_000_000)
    if data.startswith(_OLD_OFFICE):
        raise Invalid("xls_old")
    if not data.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise Invalid("file_empty")
    if data.startswith(_ZIP):
        tables = [sheet.rows for sheet in workbook.sheets(data, max_rows=MAX_ROWS)]
    elif filename.lower().endswith((".xlsx", ".xlsm", ".xls")):
        raise Invalid("not_xlsx")
    else:
        text, _ = decode(data)
        tables = [_csv_rows(text, delimiter) for delimiter in ",;\t|"]
    patterns = [(name, re.compile(pattern)) for name, pattern in (headings or {}).items()] + _PATTERNS
    for rows in tables:
        for place, row in enumerate(rows[:_HEADER_ROWS]):
            columns = _columns(row, patterns)
            if set(needed) <= set(columns):
                return [line for one in rows[place + 1 :] if (line := _line(one, columns)) is not None]
    raise Invalid("header_missing")


def _columns(row: Row, patterns: Sequence[tuple[str, re.Pattern[str]]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, cell in enumerate(row.cells):
        key = fold(_SIGNS.sub(" ", cell)) if isinstance(cell, str) and len(cell) <= 100 else ""
        name = next((name for name, pattern in patterns if pattern.fullmatch(key)), None)
        if name is not None:
            found.setdefault(name, place)
    return found


def _line(row: Row, columns: Mapping[str, int]) -> Line | None:
    cells = {name: as_text(row.cell(place)) for name, place in columns.items()}
    held = {name: row.cell(place) for name, place in columns.items()}
    numbers = {
        name: float(cell) for name, cell in held.items() if isinstance(cell, int | float) and not isinstance(cell, bool)
    }
    return Line(row.number, cells, numbers) if any(cells.values()) else None


def _csv_rows(text: str, delimiter: str) -> list[Row]:
    rows: list[Row] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(Row(line, cells[:MAX_COLUMNS]))
                if len(rows) > MAX_ROWS + _HEADER_ROWS:
                    raise TooLarge("too_many_rows", limit=MAX_ROWS)
            line = reader.line_num + 1
    except csv.Error:
        raise Invalid("csv_broken", line=line) from None
    return rows
