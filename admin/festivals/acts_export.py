"""The list of signatures as a workbook or CSV, to print and to keep.

Never lets a text become a formula: the writers it uses see to it. Call in threads.
"""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from admin.export_sheets import Workbook
from admin.export_tables import Column, Kind, Table
from admin.export_text import CsvFile
from contest.catalogue import text
from contest.festival.pledges import Pledge

_COLUMNS: Final = (
    ("number", Kind.WHOLE, 6),
    ("signer", Kind.TEXT, 12),
    ("name", Kind.WRAPPED, 34),
    ("representative", Kind.TEXT, 24),
    ("office", Kind.TEXT, 20),
    ("commune", Kind.TEXT, 22),
    ("text", Kind.WRAPPED, 44),
    ("signed_at", Kind.MOMENT, 24),
    ("state", Kind.TEXT, 14),
    ("reason", Kind.WRAPPED, 24),
    ("sign", Kind.TEXT, 18),
)


def table(lang: str, signed: Sequence[Pledge], communes: Mapping[str, str]) -> Table:
    """Every signature, also those that were taken back. Names stand there for people who agreed to be named."""
    columns = tuple(Column(key, text(lang, f"acts.column.{key}"), kind, width) for key, kind, width in _COLUMNS)
    rows = [_row(lang, number, one, communes) for number, one in enumerate(signed, 1)]
    return Table("pledges", text(lang, "acts.table"), columns, lambda: rows, fixed=1)


def _row(lang: str, number: int, one: Pledge, communes: Mapping[str, str]) -> tuple[Any, ...]:
    name = one.unit_name if one.signer == "unit" else (one.name if one.agreed else None)
    return (
        number,
        text(lang, f"acts.{one.signer}"),
        name or text(lang, "acts.not_named"),
        one.representative or "",
        one.office or "",
        communes.get(one.unit_code or one.commune or "", ""),
        one.text,
        one.signed_at,
        text(lang, f"acts.pledge_state.{one.state}"),
        one.reason or "",
        "",
    )


def made(lang: str, title: str, fmt: str, one: Table) -> bytes:
    """The file."""
    with tempfile.TemporaryDirectory(prefix="hoithi-export-") as folder:
        path = Path(folder) / "file"
        if fmt == "csv":
            file = CsvFile(path, one)
            try:
                file.append(one.rows())
            finally:
                file.close()
        else:
            book = Workbook(path, title, title, text(lang, "acts.page"))
            try:
                book.fill(one)
            finally:
                book.close()
        return path.read_bytes()
