"""A report as a file: workbook, one table as CSV, the printed form as PDF.

Never lets a text become a formula: `export_sheets` and `export_text` see to it. Call in threads.
"""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from admin.documents.typesetting import typeset
from admin.export_sheets import Workbook
from admin.export_tables import Column, Kind, Table
from admin.export_text import CsvFile
from admin.movement.report_parts import Part, cells_of, parts, period_name, summary
from contest.provincial.local_time import local_date, local_datetime
from contest.statistics.reports import timing
from realtime.entrants.wording import Wording

DOTS = "……………………"
_LEFT_OUT = frozenset({"due", "anonymous", "ever_anonymous"})
"""Columns for which a page of paper has no room in a long table; the workbook has them."""
_ROOMY = 7
"""Columns up to which a table is printed in the larger type."""
_LINE, _FINE_LINE = 90, 106
"""Characters across the page in the larger and in the smaller type."""
_AROUND = 2.0
"""What a column's edges take, in characters."""
_WHOLE = frozenset({"deadline", "as_of_day", "first_day", "last_day"})
"""Columns of text that is not broken into lines."""


def workbook(title: str, page_word: str, tables: Iterable[Table]) -> bytes:
    """The tables as the sheets of one file."""
    with tempfile.TemporaryDirectory(prefix="hoithi-export-") as folder:
        path = Path(folder) / "file.xlsx"
        book = Workbook(path, title, title, page_word)
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


def title(words: Wording, document: Mapping[str, Any]) -> str:
    """What the report is called."""
    return words.t(f"report.title.{document['kind']}", period=period_name(words, document))


def moment(at_ms: int) -> str:
    """11:00 22/11/2026."""
    return f"{local_datetime(at_ms):%H:%M %d/%m/%Y}"


def made_when(words: Wording, document: Mapping[str, Any], version: int) -> str:
    """As of when the numbers are, and which version it is."""
    return words.t(
        f"report.{timing(document)}",
        cut=moment(document["cut_at"]),
        taken=moment(document["taken_at"]),
        version=version,
    )


def xlsx(words: Wording, document: Mapping[str, Any], version: int) -> bytes:
    """Every table of the report."""
    columns = (
        Column("item", words.t("report.column.what"), Kind.TEXT, 34),
        Column("value", words.t("report.column.value"), Kind.ANY, 100),
    )
    rows: list[tuple[str, tuple[Kind, Any]]] = [
        (words.t("report.about.title"), (Kind.WRAPPED, title(words, document))),
        (words.t("report.about.cut"), (Kind.MOMENT, document["cut_at"])),
        (words.t("report.about.taken"), (Kind.MOMENT, document["taken_at"])),
        (words.t("report.about.version"), (Kind.WHOLE, version)),
        (words.t("report.about.seq"), (Kind.WHOLE, document["seq"])),
        (words.t("report.about.definition"), (Kind.WRAPPED, words.t("dash.definition"))),
        (words.t("report.about.rule"), (Kind.WRAPPED, words.t("report.rule"))),
    ]
    about = Table("about", words.t("report.part.about"), columns, lambda: rows)
    return workbook(
        title(words, document), words.t("report.page"), [*(one.table for one in parts(words, document)), about]
    )


def pdf(words: Wording, document: Mapping[str, Any], version: int) -> bytes:
    """The printed form, in the shape of administrative papers."""
    return typeset("movement_report", form(words, document, version))


def form(words: Wording, document: Mapping[str, Any], version: int) -> dict[str, Any]:
    """The data of `movement_report.typ`."""
    day = local_date(document["cut_at"])
    dated = words.t("report.dated", place=DOTS[:10], day=f"{day.day:02d}", month=f"{day.month:02d}", year=day.year)
    return {
        "lang": words.lang,
        "title": words.t("report.heading"),
        "subtitle": title(words, document),
        "parent": words.t("report.parent"),
        "agency": words.t("report.agency"),
        "number": DOTS,
        "dated": dated,
        "draft": "",
        "footer": made_when(words, document, version),
        "words": {
            "country": words.t("documents.country"),
            "motto": words.t("documents.motto"),
            "number": words.t("documents.number"),
            "sign-here": words.t("documents.sign_here"),
            "receivers": words.t("documents.receivers"),
        },
        "opening": [made_when(words, document, version), *summary(words, document)],
        "parts": [_printed(words, one) for one in parts(words, document)],
        "closing": [words.t("report.rule"), words.t("dash.definition")],
        "signer": {"role": words.t("report.signer"), "name": ""},
    }


def _printed(words: Wording, part: Part) -> dict[str, Any]:
    keep = list(range(len(part.columns)))
    if len(keep) > _ROOMY:
        keep = [place for place in keep if part.columns[place].key not in _LEFT_OUT]
    columns = [part.columns[place] for place in keep]
    rows = [[row[place] for place in keep] for row in cells_of(words, part)]
    wide = len(columns) > _ROOMY
    return {
        "title": part.title,
        "note": part.note,
        "wide": wide,
        "table": {
            "columns": [column.heading for column in columns],
            "align": ["right" if _is_number(column) else "left" for column in columns],
            "widths": _widths(columns, rows, _FINE_LINE if wide else _LINE),
            "rows": rows,
        },
    }


def _is_number(column: Column) -> bool:
    return column.kind in (Kind.WHOLE, Kind.SHARE)


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[str]], line: int) -> list[float]:
    """Shares of the line: each column gets what must not be broken, texts share the rest by how long they are."""
    need, wish = [], []
    for place, column in enumerate(columns):
        texts = [row[place] for row in rows]
        unbroken = texts if _is_number(column) or column.key in _WHOLE else " ".join(texts).split()
        # Headings are bold.
        least = max(map(len, unbroken), default=0), max(map(len, column.heading.split())) * 1.15
        need.append(max(least) + _AROUND)
        wish.append(max(0.0, min(60, max(map(len, texts), default=0)) - need[-1]))
    spare = max(0.0, line - sum(need)) / (sum(wish) or 1.0)
    return [round(least + more * spare, 2) for least, more in zip(need, wish, strict=True)]
