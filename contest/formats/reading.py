"""The one door for files: what is this, may it be read, and the report of its questions.

Never trusts a file's name: the content decides, the name only breaks ties and titles the quiz.
"""

import asyncio
import codecs
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import PurePath

from contest.errors import Invalid, TooLarge
from contest.formats import aiken, gift, json_bank, table, workbook
from contest.formats.cells import printable
from contest.formats.limits import MAX_FILE_BYTES, MAX_LINES
from contest.formats.report import ImportReport, Note

_ZIP = b"PK\x03\x04"
_OLD_OFFICE = bytes.fromhex("d0cf11e0a1b11ae1")
_AT_ONCE = 2
"""Files read at the same time in one process; more wait, so that uploads cannot take the machine from a live round."""
_WORKBOOK_NAMES = (".xlsx", ".xlsm", ".xls")
_threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="import")


async def read_async(filename: str, data: bytes, *, title: str | None = None) -> ImportReport:
    """`read` in a thread (and workbooks in a child process of it): the event loop goes on."""
    return await asyncio.get_running_loop().run_in_executor(_threads, partial(read, filename, data, title=title))


def read(filename: str, data: bytes, *, title: str | None = None) -> ImportReport:
    """Reads the questions of a JSON bank, Kahoot or Wayground workbook, table, Aiken or GIFT file.

    The report names every question of the file as imported or skipped. Raises TooLarge or Invalid when the file as a
    whole cannot be read: file_too_large, file_empty, not_xlsx, xls_old, xlsx_damaged, xlsx_locked, xlsx_unsafe,
    unpacks_too_large, file_too_heavy, too_many_rows, too_many_columns, too_many_entries, too_many_questions,
    encoding_unknown, not_text, json_broken, json_without_questions, header_missing, csv_broken, format_unknown,
    no_questions. Workbooks take at most two seconds.
    """
    if len(data) > MAX_FILE_BYTES:
        raise TooLarge("file_too_large", limit=MAX_FILE_BYTES // 1_000_000)
    name = filename.lower()
    if data.startswith(_ZIP):
        report = table.read_sheets(workbook.sheets(data))
    elif data.startswith(_OLD_OFFICE):
        raise Invalid("xls_old")
    elif not data.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise Invalid("file_empty")
    elif name.endswith(_WORKBOOK_NAMES) or data.startswith(b"PK"):
        raise Invalid("not_xlsx")
    else:
        text, notes = decode(data)
        report = _with_notes(_read_text(name, text), notes)
    if not report.questions and not report.skipped:
        raise Invalid("no_questions")
    return _titled(report, title or report.title or _title_from(filename))


def decode(data: bytes) -> tuple[str, list[Note]]:
    """The text of a file in NFC: UTF-8 or UTF-16 with or without a mark, else the Vietnamese code page 1258."""
    notes: list[Note] = []
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif b"\0" in data[:4096]:
        even, odd = data[:4096:2].count(0), data[1:4096:2].count(0)
        if min(even, odd) * 10 > max(even, odd):
            raise Invalid("not_text")
        encoding = "utf-16-le" if odd > even else "utf-16-be"
    else:
        encoding = "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        if encoding != "utf-8-sig":
            raise Invalid("encoding_unknown") from None
        try:
            text = data.decode("cp1258")
        except UnicodeDecodeError:
            raise Invalid("encoding_unknown") from None
        notes.append(Note("encoding_guessed", {"encoding": "Windows-1258"}))
    if sum(1 for char in text[:4096] if ord(char) < 32 and char not in "\t\n\r\f\v") > 8:
        raise Invalid("not_text")
    return printable(unicodedata.normalize("NFC", text)), notes


def _read_text(name: str, text: str) -> ImportReport:
    start = text.lstrip()[:1]
    if name.endswith(".json"):
        return json_bank.read(text)
    if start in ("[", "{"):
        try:
            return json_bank.read(text)
        except Invalid as refusal:
            if refusal.code != "json_broken":
                raise
    if text.count("\n") + text.count("\r") > MAX_LINES:
        raise TooLarge("too_many_rows", limit=MAX_LINES)
    if name.endswith((".gift", ".gift.txt")):
        return gift.read(text)
    try:
        return table.read_csv(text)
    except Invalid as refusal:
        # Commas and quotes in prose may look like broken CSV; only a file that says it is CSV hears of that.
        if name.endswith((".csv", ".tsv")) or isinstance(refusal, TooLarge):
            if not (gift.looks_like(text) or aiken.looks_like(text)):
                raise
    if gift.looks_like(text):
        return gift.read(text)
    if aiken.looks_like(text):
        return aiken.read(text)
    raise Invalid("format_unknown")


def _title_from(filename: str) -> str:
    stem = PurePath(filename.replace("\\", "/")).name
    while (suffix := PurePath(stem).suffix.lower()) in (".xlsx", ".json", ".csv", ".tsv", ".txt", ".gift", ".xlsm"):
        stem = stem[: -len(suffix)]
    return " ".join(printable(unicodedata.normalize("NFC", stem)).replace("_", " ").split())[:200]


def _titled(report: ImportReport, title: str) -> ImportReport:
    return ImportReport(title[:200] or None, report.format, report.questions, report.skipped, report.notes)


def _with_notes(report: ImportReport, notes: list[Note]) -> ImportReport:
    return ImportReport(report.title, report.format, report.questions, report.skipped, (*report.notes, *notes))
