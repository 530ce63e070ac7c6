"""Tables with named columns, from CSV or a workbook: the project's own, Wayground's, and what resembles them.

Columns: Câu hỏi, Loại, Phương án A … F, Đáp án (letters "A,C" or numbers; the right order of a Sắp xếp question;
one accepted spelling a line, or separated by |; how many words one may send to a Đám mây từ), Giây, Giải thích,
Chủ đề, Độ khó, Nguồn, Sai số, Đơn vị, Hạn rà soát, Trọng số. Only Câu hỏi and Đáp án are needed; order is free.
Never takes over half a row.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from contest.errors import Invalid, TooLarge
from contest.formats import headers, kahoot_xlsx
from contest.formats.building import Builder, Reason, choice_fields, make_question
from contest.formats.cells import as_text, day, number, places, printable, true_or_false, whole
from contest.formats.headers import Header
from contest.formats.limits import MAX_COLUMNS, MAX_ROWS
from contest.formats.report import ImportReport, Note
from contest.formats.workbook import Row, Sheet
from contest.model import MAX_SECONDS, MIN_SECONDS
from scoring.answer_key import QuestionType
from scoring.folding import fold

DEFAULT_SECONDS = 20
_LETTERS = "ABCDEF"
_KINDS = {
    "single": "mot dap an|mot lua chon|1 dap an|single|single choice|single answer|chon mot",
    "multi": "nhieu dap an|nhieu lua chon|chon nhieu|multi|multiple answers|multiple select|checkbox|checkboxes",
    "choice": "trac nghiem|multiple choice|mcq|lua chon",
    "true_false": "dungsai|dung sai|dung hay sai|truefalse|true false|true or false",
    "ordering": "sap xep|sap thu tu|thu tu|ordering|order|reorder|puzzle",
    "numeric": "so|dien so|nhap so|numeric|number|numerical",
    "text": "tra loi ngan|tu luan ngan|dien tu|dien khuyet|van ban|text|short answer|fillintheblank|fill in the blank",
    "poll": "tham do|khao sat|binh chon|y kien|poll|survey",
    "cloud": "dam may tu|may tu|cloud|word cloud|wordcloud",
    "": "openended|open ended|tu luan|essay|matching|noi cot|draw|slide|categorize|match",
}
TYPE_WORDS = {
    QuestionType.SINGLE: "Một đáp án",
    QuestionType.MULTI: "Nhiều đáp án",
    QuestionType.TRUE_FALSE: "Đúng/Sai",
    QuestionType.ORDERING: "Sắp xếp",
    QuestionType.NUMERIC: "Số",
    QuestionType.TEXT: "Trả lời ngắn",
    QuestionType.POLL: "Thăm dò",
    QuestionType.CLOUD: "Đám mây từ",
}
"""The words of the column Loại that exports write: part of the format, whatever the language of the headings."""
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words.split("|")}
_DIFFICULTIES = {"de": 1, "easy": 1, "trung binh": 2, "vua": 2, "medium": 2, "kho": 3, "hard": 3}
_INSTRUCTIONS = ("text of the question", "noi dung cau hoi bat buoc")
_COPIED = ("id", "category", "stem_en", "explanation_vi", "source", "verified", "unit_vi")


def read_sheets(sheets: Sequence[Sheet]) -> ImportReport:
    """Reads the first sheet with headings. Raises Invalid("header_missing") when no sheet has them."""
    found = [(sheet, top) for sheet in sheets if (top := headers.find(sheet.rows)) is not None]
    if not found:
        raise Invalid("header_missing" if any(sheet.rows for sheet in sheets) else "file_empty")
    sheet, top = found[0]
    others = ", ".join(other.name for other, _ in found[1:])
    return read_rows(sheet.rows, *top, [Note("other_sheets_ignored", {"sheets": others})] if others else [])


def read_csv(text: str) -> ImportReport:
    """Reads CSV with commas, semicolons, tabs or bars. Raises Invalid("header_missing") when no headings are found."""
    candidates: list[tuple[int, list[Row], int, Header]] = []
    for delimiter in ",;\t|":
        rows = _csv_rows(text, delimiter)
        if found := headers.find(rows):
            place, header = found
            candidates.append((len(header.fields) + len(header.options), rows, place, header))
    if not candidates:
        raise Invalid("header_missing")
    _, rows, place, header = max(candidates, key=lambda candidate: candidate[0])
    return read_rows(rows, place, header)


def _csv_rows(text: str, delimiter: str) -> list[Row]:
    lines = io.StringIO(text, newline="")
    rows: list[Row] = []
    reader = csv.reader(lines, delimiter=delimiter)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(Row(line, cells[:MAX_COLUMNS]))
                if len(rows) > MAX_ROWS:
                    raise TooLarge("too_many_rows", limit=MAX_ROWS)
            line = reader.line_num + 1
    except csv.Error:
        raise Invalid("csv_broken", line=line) from None
    return rows


def read_rows(rows: Sequence[Row], place: int, header: Header, notes: Sequence[Note] = ()) -> ImportReport:
    """Reads the rows below the headings; rows with neither words nor answers (numbered ahead, say) are no rows."""
    builder = Builder(header.format)
    for row in rows[place + 1 :]:
        reader = _RowReader(row, header)
        if reader.is_empty():
            # A section's title, a remark: nothing to ask, but nothing that may vanish without a word either.
            if any(char.isalpha() for char in row_text(row)):
                builder.skip(row.number, Reason("not_a_question"), row_text(row))
            continue
        try:
            fields = reader.fields()
            builder.add(row.number, make_question(fields), reader.notes)
        except Reason as reason:
            builder.skip(row.number, reason, row_text(row))
    return builder.report(_title(rows[:place], header), notes)


def row_text(row: Row) -> str:
    """All that stands in a row."""
    return " ".join(filter(None, map(as_text, row.cells)))


def _title(above: Sequence[Row], header: Header) -> str | None:
    """A line by itself above the headings; Kahoot's own template has only instructions there."""
    if header.format == "kahoot":
        return kahoot_xlsx.title(above, header)
    for row in above:
        texts = [text for cell in row.cells if (text := as_text(cell))]
        if len(texts) == 1:
            return texts[0]
    return None


@dataclass(slots=True)
class _RowReader:
    row: Row
    header: Header
    notes: list[Note] = field(default_factory=list)

    def text(self, name: str) -> str:
        return as_text(self.row.cell(self.header.fields.get(name)))

    def options(self) -> dict[int, str]:
        """The options that are filled, by place."""
        cells = {place: as_text(self.row.cell(column)) for place, column in sorted(self.header.options.items())}
        return {place: text for place, text in cells.items() if text}

    def is_empty(self) -> bool:
        return not (self.text("stem_vi") or self.text("stem_en") or self.text("answer") or self.options())

    def fields(self) -> dict[str, Any]:
        """The fields of the question; raises Reason."""
        stem = self.text("stem_vi")
        if not stem:
            raise Reason("stem_empty")
        if kahoot_xlsx.is_sample(stem):
            raise Reason("sample_row")
        if fold(stem).startswith(_INSTRUCTIONS):
            raise Reason("instruction_row")
        if self.text("image"):
            self.notes.append(Note("image_ignored"))
        fields: dict[str, Any] = {name: text for name in _COPIED if (text := self.text(name))}
        fields |= {"stem_vi": stem, "seconds": self._seconds()} | self._numbers() | self._answered(stem)
        if self.header.format == "kahoot":
            self.notes += kahoot_xlsx.length_notes(stem, list(self.options().values()))
        return fields

    def _seconds(self) -> int:
        if "seconds" not in self.header.fields:
            return DEFAULT_SECONDS
        cell = self.row.cell(self.header.fields["seconds"])
        seconds = whole(cell)
        if seconds is None:
            text = as_text(cell)
            note = Note("time_unreadable", {"text": text[:40], "seconds": DEFAULT_SECONDS})
            self.notes.append(note if text else Note("time_defaulted", {"seconds": DEFAULT_SECONDS}))
            return DEFAULT_SECONDS
        if not MIN_SECONDS <= seconds <= MAX_SECONDS:
            seconds = min(max(seconds, MIN_SECONDS), MAX_SECONDS)
            self.notes.append(Note("time_adjusted", {"seconds": seconds}))
        return seconds

    def _numbers(self) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        if text := self.text("difficulty"):
            fields["difficulty"] = _DIFFICULTIES.get(fold(text)) or whole(text)
        if text := self.text("weight"):
            fields["weight"] = whole(text.lower().strip("x×"))
        if self.text("tolerance"):
            fields["tolerance"] = number(self.row.cell(self.header.fields["tolerance"]))
            if fields["tolerance"] is None:
                raise Reason("tolerance_invalid")
        if text := self.text("review_by"):
            fields["review_by"] = day(text)
            if fields["review_by"] is None:
                raise Reason("review_by_invalid")
        return fields

    def _answered(self, stem: str) -> dict[str, Any]:
        word = self.text("type")
        kind = _KIND_OF.get(fold(word)) if word else None
        if word and not kind:
            raise Reason("type_unknown" if kind is None else "type_not_supported", type=word[:40])
        options = self.options()
        if kind is None and not options:
            kind = self._guess()
        match kind:
            case "numeric":
                return self._numeric()
            case "text":
                return {"type": "text", "answer": self._spellings() or list(options.values())}
            case "cloud":
                return {"type": "cloud"} | self._words()
            case "true_false" if not options:
                return self._true_false()
        right = self._right(kind, options)
        made = choice_fields(stem, list(options.values()), right, kind=None if kind == "choice" else kind)
        return self._with_own_ids(made)

    def _guess(self) -> str:
        if true_or_false(self.text("answer")) is not None:
            return "true_false"
        cell = self.row.cell(self.header.fields.get("answer"))
        if not as_text(cell):
            raise Reason("too_few_options")
        return "numeric" if number(cell) is not None else "text"

    def _numeric(self) -> dict[str, Any]:
        answer = number(self.row.cell(self.header.fields.get("answer")))
        if answer is None:
            raise Reason("answer_must_be_number")
        return {"type": "numeric", "answer": answer}

    def _words(self) -> dict[str, Any]:
        words = whole(self.row.cell(self.header.fields.get("answer")))
        return {} if words is None else {"words": words}

    def _spellings(self) -> list[str]:
        cell = self.row.cell(self.header.fields.get("answer"))
        raw = printable(cell) if isinstance(cell, str) else as_text(cell)
        # A line break anywhere means one spelling a line, so that a spelling may hold a bar.
        return [text.strip() for text in raw.split("\n" if "\n" in raw else "|") if text.strip()]

    def _true_false(self) -> dict[str, Any]:
        text = self.text("answer")
        truth = {"A": True, "B": False, "1": True, "2": False}.get(text.upper(), true_or_false(text))
        if truth is None:
            raise Reason("answer_unreadable" if text else "answer_missing", answer=text[:40])
        return {"type": "true_false", "answer": ["T" if truth else "F"]}

    def _right(self, kind: str | None, options: dict[int, str]) -> list[int]:
        """The right ones among the filled options, as indexes into them."""
        cell = self.row.cell(self.header.fields.get("answer"))
        text = as_text(cell)
        if not text or kind == "poll":
            if kind != "poll":
                raise Reason("answer_missing")
            return []
        filled = list(options)
        found, was_decimal = places(cell, _LETTERS)
        truth = true_or_false(text)
        if kind == "true_false" and truth is not None and text.upper() not in _LETTERS[:2]:
            same = [place for place in filled if true_or_false(options[place]) is truth]
            found = same if len(same) == 1 else found
        if found is None:
            same = [place for place in filled if fold(options[place]) == fold(text)]
            if len(same) != 1:
                raise Reason("answer_unreadable", answer=text[:40])
            found = same
            self.notes.append(Note("answer_by_text"))
        if was_decimal:
            self.notes.append(Note("decimal_as_list", {"answer": text, "read": ", ".join(_LETTERS[i] for i in found)}))
        if not set(found) <= set(filled):
            raise Reason("answer_not_among_options")
        return [filled.index(place) for place in found]

    def _with_own_ids(self, made: dict[str, Any]) -> dict[str, Any]:
        """The ids of the column Mã phương án in place of drawn ones, so that an export comes back the same."""
        ids = [part.strip() for part in self.text("option_ids").split(",")]
        if ids == [""]:
            return made
        if len(ids) != len(made["options"]):
            raise Reason("option_ids_mismatch")
        own = {option["id"]: id_ for option, id_ in zip(made["options"], ids, strict=True)}
        return made | {
            "options": [{"id": own[option["id"]], "text_vi": option["text_vi"]} for option in made["options"]],
            "answer": [own[id_] for id_ in made["answer"]],
        }
