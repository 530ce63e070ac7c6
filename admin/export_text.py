"""An export as text: one table as CSV, or all of them as one JSON document.

Never lets a text of the CSV become a formula in the spreadsheet that opens it. Runs in threads.
"""

import csv
import io
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from admin.export_tables import Kind, Row, Table

LOCAL = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
_FORMULA_START = frozenset("=+-@\t\r\0＝＋－＠")
_BOM = "\ufeff"


def local_time(ms: int) -> datetime:
    """A stored moment in the province's local time."""
    return datetime.fromtimestamp(ms // 1000, UTC).replace(microsecond=ms % 1000 * 1000).astimezone(LOCAL)


def safe(text: str) -> str:
    """The text with an apostrophe before it when a spreadsheet could take it for a formula."""
    # Some programs drop leading spaces first, so what follows them is looked at too.
    if text[:1] in _FORMULA_START or text.lstrip()[:1] in _FORMULA_START:
        return f"'{text}" if text else text
    return text


def _csv_cell(kind: Kind, value: Any) -> Any:
    if kind is Kind.ANY:
        kind, value = value
    if value is None:
        return ""
    if kind in (Kind.TEXT, Kind.WRAPPED):
        return safe(value)
    if kind is Kind.MOMENT:
        return local_time(value).strftime("%Y-%m-%d %H:%M:%S.") + f"{value % 1000:03d}"
    return round(value, 6) if isinstance(value, float) else value


class CsvFile:
    """One table as CSV (RFC 4180, UTF-8 with BOM, CRLF) at `path`."""

    def __init__(self, path: Path, table: Table) -> None:
        self._file = open(path, "w", encoding="utf-8", errors="replace", newline="")
        self._kinds = [column.kind for column in table.columns]
        self._writer = csv.writer(self._file)
        self._file.write(_BOM)
        self._writer.writerow(safe(column.heading) for column in table.columns)

    def append(self, rows: Iterable[Row]) -> None:
        self._writer.writerows(
            [_csv_cell(kind, value) for kind, value in zip(self._kinds, row, strict=True)] for row in rows
        )

    def close(self) -> None:
        self._file.close()


def _json_value(kind: Kind, value: Any) -> Any:
    if kind is Kind.ANY:
        kind, value = value
    if kind is Kind.MOMENT and value is not None:
        return local_time(value).isoformat(timespec="milliseconds")
    return value


class JsonFile:
    """All tables as one document at `path`: {"about": {…}, "standings": [{…}], …, "answers": [{…}]}.

    The answers come first in time and last in the file: they wait in a file beside it.
    """

    def __init__(self, path: Path, answers: Table) -> None:
        self._path = path
        self._names, self._kinds = _names(answers)
        self._waiting: BinaryIO = open(path.with_suffix(".answers"), "w+b")
        self._first = True

    def append(self, rows: Iterable[Row]) -> None:
        """More rows of the list of answers."""
        buffer = io.BytesIO()
        for row in rows:
            buffer.write(b"\n" if self._first else b",\n")
            self._first = False
            buffer.write(_object(self._names, self._kinds, row))
        self._waiting.write(buffer.getvalue())

    def finish(self, about: Table, tables: Iterable[Table]) -> None:
        """The other tables, then the answers taken so far."""
        facts = {key: _json_value(Kind.ANY, value) for key, value in about.rows()}
        with open(self._path, "wb") as file:
            file.write(b'{"about":' + msgspec.json.encode(facts))
            for table in tables:
                names, kinds = _names(table)
                lines = (_object(names, kinds, row) for row in table.rows())
                file.write(b',\n"' + table.name.encode() + b'":[')
                for place, line in enumerate(lines):
                    file.write((b",\n" if place else b"\n") + line)
                file.write(b"\n]")
            file.write(b',\n"answers":[')
            self._waiting.seek(0)
            shutil.copyfileobj(self._waiting, file)
            file.write(b"\n]}\n")

    def close(self) -> None:
        self._waiting.close()


def _names(table: Table) -> tuple[list[str], list[Kind]]:
    return [column.key for column in table.columns], [column.kind for column in table.columns]


def _object(names: list[str], kinds: list[Kind], row: Row) -> bytes:
    values = (_json_value(kind, value) for kind, value in zip(kinds, row, strict=True))
    return msgspec.json.encode(dict(zip(names, values, strict=True)))
