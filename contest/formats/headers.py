"""Which column of a table holds what, told by its heading in Vietnamese or English.

The headings people may use are listed here and nowhere else. Never looks at the rows below.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from contest.formats.cells import Cell, as_text
from contest.formats.workbook import Row
from scoring.folding import fold

HEADER_ROWS = 20
"""Templates carry titles and instructions above their headings: the first rows are searched for it."""

# On the folded heading: no case, tones or punctuation ("Correct answer(s) - choose at least one").
_COLUMNS = {
    "stem_vi": r"cau hoi|noi dung(?: cau hoi)?|de bai|question(?: text)?(?: max .*)?|stem(?: vi)?",
    "stem_en": r"cau hoi (?:bang )?(?:tieng anh|en)|question (?:in )?en(?:glish)?|stem ?en",
    "id": r"ma(?: cau(?: hoi)?)?|id|question id",
    "type": r"loai(?: cau(?: hoi)?)?|dang(?: cau hoi)?|type|question type",
    "answer": r"dap an(?: dung)?|(?:cau )?tra loi dung|phuong an dung"
    r"|correct(?: answers?| option)?(?: choose.*)?|answers?|key",
    "option_ids": r"ma phuong an|option ids?",
    "seconds": r"(?:so )?giay|thoi gian.*|time|time (?:limit|in sec|sec).*|seconds",
    "explanation_vi": r"giai thich.*|loi giai|explanation.*|answer explanation",
    "category": r"chu de|linh vuc|nhom|category|topic",
    "difficulty": r"do kho|muc do|difficulty|level",
    "source": r"nguon|can cu|source|reference",
    "tolerance": r"sai so.*|tolerance",
    "unit_vi": r"don vi(?: tinh| do)?|unit",
    "review_by": r"han ra soat|ra soat.*|review by|review",
    "weight": r"trong so|he so|weight",
    "verified": r"kiem chung|xac minh|verified",
    "image": r"image.*|hinh.*|anh|link anh|question media|option media|media",
}
_PATTERNS = [(name, re.compile(pattern)) for name, pattern in _COLUMNS.items()]
_OPTION = re.compile(r"(?:phuong an|lua chon|dap an|tra loi|answer|option|choice) ?([a-f]|[1-6])(?: max .*)?")
_LETTER = re.compile(r"([a-f])")
"""Most tables head the columns with bare letters. Bare numbers are no heading: "1" is a cell like any other."""


@dataclass(frozen=True, slots=True)
class Header:
    """The columns found: `fields` by name, `options` by place (0 is A or 1), and the format the headings tell."""

    row: Row
    fields: dict[str, int]
    options: dict[int, int]

    @property
    def format(self) -> str:
        """kahoot, wayground or table (the project's own and whatever resembles it)."""
        stem = fold(as_text(self.row.cell(self.fields["stem_vi"])))
        if stem.startswith("question") and "type" not in self.fields and self._first_option().startswith("answer"):
            return "kahoot"
        if stem == "question text":
            return "wayground"
        return "table"

    def _first_option(self) -> str:
        return fold(as_text(self.row.cell(self.options[min(self.options)]))) if self.options else ""


def find(rows: Sequence[Row]) -> tuple[int, Header] | None:
    """The place in `rows` of the row of headings and what it says; None when there is none near the top."""
    for place, row in enumerate(rows[:HEADER_ROWS]):
        if header := _header(row):
            return place, header
    return None


def _header(row: Row) -> Header | None:
    fields: dict[str, int] = {}
    options: dict[int, int] = {}
    for column, cell in enumerate(row.cells):
        name = _name(cell)
        if isinstance(name, int):
            options.setdefault(name, column)
        elif name is not None:
            fields.setdefault(name, column)
    if "stem_vi" in fields and ("answer" in fields or len(options) >= 2):
        return Header(row, fields, options)
    return None


def _name(cell: Cell) -> str | int | None:
    if not isinstance(cell, str) or len(cell) > 200:
        return None
    key = fold(cell)
    if match := _OPTION.fullmatch(key) or _LETTER.fullmatch(key):
        mark = match.group(1)
        return int(mark) - 1 if mark.isdigit() else ord(mark) - ord("a")
    return next((name for name, pattern in _PATTERNS if pattern.fullmatch(key)), None)
