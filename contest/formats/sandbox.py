"""The child process that opens a workbook: limited in memory, processor and time, so that a bomb costs nobody else.

Run as `python -m contest.formats.sandbox [ROWS]`, the file on stdin, one JSON object on stdout: {"sheets": [...]} or
{"error": code, "params": {...}}. Imports nothing heavy; never writes a file and never sees a secret.
"""

import io
import json
import sys
import zipfile
from typing import Any

from contest.formats import limits

_SYMLINK, _TYPE_BITS = 0xA000, 0xF000
_CHUNK = 1 << 20
_MARKUP = (".xml", ".rels", ".vml")


class _Refused(Exception):
    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def main() -> None:
    """Reads stdin, answers on stdout; a memory error is an answer too, an abort is left to the parent to see."""
    _confine()
    if len(sys.argv) > 1:
        # In this process only: lists of people are longer than quizzes.
        limits.MAX_ROWS = int(sys.argv[1])
    data = sys.stdin.buffer.read(limits.MAX_FILE_BYTES + 1)
    try:
        answer: dict[str, Any] = {"sheets": _open(data)}
    except _Refused as refused:
        answer = {"error": refused.code, "params": refused.params}
    except MemoryError:
        answer = {"error": "file_too_heavy", "params": {}}
    sys.stdout.write(json.dumps(answer, ensure_ascii=True))


def _confine() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits; the wall clock of the parent remains.
        return
    resource.setrlimit(resource.RLIMIT_AS, (limits.MAX_MEMORY_BYTES, limits.MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.MAX_CPU_SECONDS, limits.MAX_CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _open(data: bytes) -> list[dict[str, Any]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check(archive, len(data))
            if not any(entry.filename.startswith("xl/") for entry in archive.infolist()):
                raise _Refused("not_xlsx")
            _scan(archive)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, ValueError):
        raise _Refused("xlsx_damaged") from None
    except RuntimeError:  # an encrypted entry
        raise _Refused("xlsx_locked") from None
    except Exception as error:
        if type(error).__module__ == "zlib":
            raise _Refused("xlsx_damaged") from None
        raise
    return _sheets(data)


def _check(archive: zipfile.ZipFile, size: int) -> None:
    """What the directory declares; `_scan` then proves that it does not lie."""
    entries = archive.infolist()
    if len(entries) > limits.MAX_ENTRIES:
        raise _Refused("too_many_entries", limit=limits.MAX_ENTRIES)
    total = 0
    for entry in entries:
        name = entry.filename
        if (
            (entry.external_attr >> 16) & _TYPE_BITS == _SYMLINK
            or name.startswith(("/", "\\"))
            or ".." in name.split("/")
        ):
            raise _Refused("xlsx_unsafe")
        if name.lower().endswith((".zip", ".xlsx", ".xlsm", ".gz", ".7z", ".rar")):
            raise _Refused("xlsx_unsafe")
        if entry.file_size > limits.RATIO_FREE_BYTES and entry.file_size > limits.MAX_RATIO * max(
            entry.compress_size, 1
        ):
            raise _Refused("unpacks_too_large")
        total += entry.file_size
    if total > limits.MAX_UNPACKED_BYTES or total > limits.MAX_RATIO * max(size, limits.RATIO_FREE_BYTES):
        raise _Refused("unpacks_too_large")
    if len({entry.filename for entry in entries}) < len(entries):
        raise _Refused("xlsx_unsafe")


def _scan(archive: zipfile.ZipFile) -> None:
    """Unpacks everything once, keeping nothing: sizes and checksums are true, no entities, not too many rows."""
    for entry in archive.infolist():
        markup = entry.filename.lower().endswith(_MARKUP)
        sheet = markup and entry.filename.startswith("xl/worksheets/")
        rows, tail = 0, b""
        with archive.open(entry) as stream:
            while chunk := stream.read(_CHUNK):
                if not markup:
                    continue
                block = tail + chunk
                # UTF-16 would hide the words from this search; no program that writes workbooks uses it.
                if b"<!" in block and (b"<!DOCTYPE" in block or b"<!ENTITY" in block):
                    raise _Refused("xlsx_unsafe")
                if block[:2] in (b"\xff\xfe", b"\xfe\xff") or (not tail and b"\0" in block[:64]):
                    raise _Refused("xlsx_unsafe")
                rows += sheet and chunk.count(b"<row")
                if rows > 100 * limits.MAX_ROWS:
                    raise _Refused("too_many_rows", limit=limits.MAX_ROWS)
                tail = block[-16:]


def _sheets(data: bytes) -> list[dict[str, Any]]:
    import python_calamine as calamine

    try:
        workbook = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    except calamine.PasswordError:
        raise _Refused("xlsx_locked") from None
    except (calamine.CalamineError, OSError, ValueError):
        raise _Refused("xlsx_damaged") from None
    found: list[dict[str, Any]] = []
    budget = limits.MAX_SHEET_CHARS
    for meta in workbook.sheets_metadata:
        if meta.typ is not calamine.SheetTypeEnum.WorkSheet or meta.visible is not calamine.SheetVisibleEnum.Visible:
            continue
        if len(found) == limits.MAX_SHEETS:
            break
        try:
            sheet = workbook.get_sheet_by_name(meta.name)
        except (calamine.CalamineError, OSError, ValueError):
            raise _Refused("xlsx_damaged") from None
        rows, budget = _rows(sheet, budget)
        found.append({"name": meta.name, "rows": rows})
    return found


def _rows(sheet: Any, budget: int) -> tuple[list[list[Any]], int]:
    """The rows that hold anything, each as [number, cells …]; numbers count from 1 as people see them."""
    if sheet.start is None:
        return [], budget
    first_row, first_column = sheet.start
    if first_column + sheet.width > limits.MAX_SHEET_COLUMNS:
        raise _Refused("too_many_columns", limit=limits.MAX_SHEET_COLUMNS)
    if sheet.height * sheet.width > limits.MAX_GRID_CELLS:
        raise _Refused("too_many_rows", limit=limits.MAX_ROWS)
    # calamine gives either the used area alone or everything from A1; the area is enough when its corner is known.
    rows: list[list[Any]] = []
    for offset, values in enumerate(sheet.to_python(skip_empty_area=True)):
        cells = [_cell(value) for value in values[: max(0, limits.MAX_COLUMNS - first_column)]]
        if all(cell == "" or cell is None for cell in cells):
            continue
        budget -= sum(len(cell) for cell in cells if isinstance(cell, str))
        if budget < 0:
            raise _Refused("file_too_heavy")
        rows.append([first_row + offset + 1, *[""] * first_column, *cells])
        if len(rows) > limits.MAX_ROWS:
            raise _Refused("too_many_rows", limit=limits.MAX_ROWS)
    return rows, budget


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return value[: limits.MAX_CELL_CHARS]
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else ""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


if __name__ == "__main__":
    main()
