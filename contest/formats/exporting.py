"""Quizzes as files: the project's JSON and a workbook people can edit; both come back as the same questions.

Never writes a formula: every text is stored as text, whatever it begins with.
"""

import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
import xlsxwriter

from contest import catalogue
from contest.formats.table import TYPE_WORDS
from contest.model import Question
from scoring.answer_key import QuestionType
from scoring.folding import nfc

_encoder = msgspec.json.Encoder(decimal_format="number")
_LETTERS = "ABCDEF"
_COLUMNS = (
    ("id", 9),
    ("stem_vi", 60),
    ("type", 15),
    *((f"option_{letter.lower()}", 28) for letter in _LETTERS),
    ("answer", 14),
    ("seconds", 7),
    ("explanation_vi", 50),
    ("category", 24),
    ("difficulty", 8),
    ("source", 28),
    ("tolerance", 8),
    ("unit_vi", 10),
    ("review_by", 13),
    ("weight", 9),
    ("stem_en", 50),
    ("option_ids", 14),
    ("verified", 12),
)


def export_json(title: str, questions: Sequence[Question]) -> bytes:
    """The bank format {"title", "questions"}, UTF-8, indented, fields at their default left out."""
    bank = {"title": nfc(title), "questions": [_plain(question) for question in questions]}
    return msgspec.json.format(_encoder.encode(bank), indent=1) + b"\n"


def _plain(question: Question) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name in Question.model_fields:
        value = getattr(question, name)
        if name not in ("type", "difficulty", "seconds", "stem_vi", "options", "answer") and not value:
            continue
        if (name == "weight" and value == 1) or (name == "words" and question.type is not QuestionType.CLOUD):
            continue
        if name == "options":
            value = [{"id": option.id, "text_vi": option.text_vi} for option in value]
        fields[name] = value
    # 0 is a weight that means something; the other empty values mean "not given".
    if question.weight == 0:
        fields["weight"] = 0
    return fields


def export_xlsx(title: str, questions: Sequence[Question], *, lang: str = "vi") -> bytes:
    """One sheet with the headings of `contest.formats.table` in `lang`, the title above them."""
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(target, options)
    sheet = book.add_worksheet(catalogue.text(lang, "formats.sheet"))
    bold = book.add_format({"bold": True, "bg_color": "#E8EEF7", "text_wrap": True, "valign": "top", "border": 1})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    _write_text(sheet, 0, 0, nfc(title)[:200], book.add_format({"bold": True, "font_size": 14}))
    for column, (name, width) in enumerate(_COLUMNS):
        sheet.set_column(column, column, width)
        sheet.write_string(2, column, catalogue.text(lang, f"formats.column.{name}"), bold)
    for row, question in enumerate(questions, start=3):
        cells = _cells(question)
        for column, (name, _) in enumerate(_COLUMNS):
            value = cells.get(name, "")
            if isinstance(value, int):
                sheet.write_number(row, column, value, wrapped)
            elif value:
                _write_text(sheet, row, column, value, wrapped)
    sheet.freeze_panes(3, 2)
    book.close()
    return target.getvalue()


def _write_text(sheet: Any, row: int, column: int, text: str, style: Any) -> None:
    """A cell that is this very text: what looks like the library's own markup would be copied unescaped."""
    if text.startswith("<r>") and text.endswith("</r>"):
        sheet.write_rich_string(row, column, text[:1], text[1:2], text[2:], style)
    else:
        sheet.write_string(row, column, text, style)


def _cells(question: Question) -> dict[str, str | int]:
    cells: dict[str, str | int] = {
        "id": question.id or "",
        "type": TYPE_WORDS[question.type],
        "answer": _answer(question),
        "option_ids": ", ".join(option.id for option in question.options),
        "tolerance": _decimal(question.tolerance) if question.tolerance else "",
        "review_by": _day(question),
    }
    for letter, option in zip(_LETTERS, question.options, strict=False):
        cells[f"option_{letter.lower()}"] = option.text_vi
    for name in ("stem_vi", "stem_en", "seconds", "explanation_vi", "category", "difficulty", "source", "unit_vi"):
        cells[name] = getattr(question, name)
    return cells | {"weight": question.weight, "verified": question.verified}


def _answer(question: Question) -> str:
    if isinstance(question.answer, Decimal):
        return _decimal(question.answer)
    if question.type is QuestionType.CLOUD:
        return str(question.words)
    if question.type is QuestionType.TEXT:
        spellings = "\n".join(question.answer)
        # A line break says that bars are part of a spelling.
        return spellings + "\n" if "|" in spellings and len(question.answer) == 1 else spellings
    ids = [option.id for option in question.options]
    return ", ".join(_LETTERS[ids.index(id_)] for id_ in question.answer)


def _decimal(value: Decimal) -> str:
    """Plain digits with a decimal comma: a dot could be read as grouping thousands."""
    return f"{value:f}".replace(".", ",")


def _day(question: Question) -> str:
    day = question.review_by
    return f"{day.day:02}/{day.month:02}/{day.year:04}" if day else ""
