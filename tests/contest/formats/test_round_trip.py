"""Export, then import: the same questions come back, field by field."""

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contest import data
from contest.formats.exporting import export_json, export_xlsx
from contest.formats.reading import read
from contest.formats.report import ImportReport
from contest.model import Question
from scoring.answer_key import QuestionType
from scoring.folding import fold, nfc

# Everything a page can show: no control characters and no lone halves. Formulas, quotes, escapes of XML and of Excel
# are the likely trouble.
_nasty = st.sampled_from(
    [
        "=1+1",
        "@SUM(A1)",
        "+84",
        "-1",
        "'0123",
        "00123",
        "1,3",
        "1.3",
        "TRUE",
        "_x0041_",
        "_x000D_",
        "&lt;",
        "<r>x & y</r>",
        "<r><t>1</t></r>",
        "<b>",
        '"',
        "|",
        "http://a.vn",
        "12/11/2026",
        "Đắk Lắk",
        "ô̆ ơ̆ ư̆",
        "Hoà",
        "Hòa",
        "A",
        "T",
        "Sai",
        "1e5",
        "\\n",
        ";",
        "\U0001f389",
        "{}",
    ]
)
_plain = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Cn"), exclude_characters="\ufeff"), min_size=1, max_size=30
)
_raw = st.one_of(_nasty, _plain, st.builds(lambda a, b: f"{a} {b}", _nasty, _plain))
_line = _raw.filter(lambda text: bool(nfc(text)))
_lines = st.lists(_line, min_size=1, max_size=3).map("\n".join)
_maybe_line = st.one_of(st.just(""), _line)
_ids = st.from_regex(r"[A-Za-z0-9_-]{1,16}", fullmatch=True)
_number = st.decimals(min_value=-(10**12), max_value=10**12, places=3) | st.integers(-(10**15), 10**15).map(Decimal)


@st.composite
def _questions(draw: st.DrawFn) -> Question:
    kind = draw(st.sampled_from(["single", "multi", "true_false", "ordering", "numeric", "text", "poll", "cloud"]))
    fields: dict[str, Any] = {
        "id": draw(st.none() | _line.map(lambda text: nfc(text)[:60].strip() or None)),
        "type": kind,
        "category": draw(_maybe_line),
        "difficulty": draw(st.integers(1, 3)),
        "seconds": draw(st.integers(3, 600)),
        "stem_vi": draw(
            _lines.filter(lambda text: not fold(text).startswith(("which spread", "text of", "noi dung cau")))
        ),
        "stem_en": draw(st.just("") | _lines),
        "unit_vi": draw(_maybe_line)[:20],
        "explanation_vi": draw(st.just("") | _lines),
        "source": draw(_maybe_line),
        "verified": draw(_maybe_line)[:20],
        "review_by": draw(st.none() | st.dates(date(1, 1, 1), date(9999, 12, 31))),
        "weight": draw(st.sampled_from([0, 1, 2])),
        "tolerance": draw(st.just(Decimal(0)) | st.decimals(0, 1000, places=2)),
    }
    if kind == "numeric":
        return Question(**fields, answer=draw(_number))
    if kind == "text":
        return Question(**fields, answer=tuple(draw(st.lists(_line, min_size=1, max_size=4))))
    if kind == "cloud":
        return Question(**fields, words=draw(st.integers(1, 5)))
    default = kind == "true_false" and draw(st.booleans())
    ids = ["T", "F"] if default else draw(st.lists(_ids, min_size=2, max_size=6, unique=True))
    if kind == "true_false":
        ids = ids[:2]
    options = [] if default else [{"id": id_, "text_vi": draw(_line)} for id_ in ids]
    right: list[str] = []
    if kind in ("single", "true_false"):
        right = [draw(st.sampled_from(ids))]
    elif kind == "multi":
        right = draw(st.lists(st.sampled_from(ids), min_size=1, unique=True))
    elif kind == "ordering":
        right = draw(st.permutations(ids))
    return Question(**fields, options=options, answer=tuple(right))


_quizzes = st.lists(_questions(), min_size=1, max_size=6)


def _back(report: ImportReport) -> list[Question]:
    assert [(item.row, item.code, item.params) for item in report.skipped] == []
    return [item.question for item in report.questions]


@given(_quizzes, _line)
@settings(max_examples=150, deadline=None)
def test_json_comes_back_the_same(quiz: list[Question], title: str) -> None:
    report = read("quiz.json", export_json(title, quiz))
    assert _back(report) == quiz
    assert report.title == nfc(title)


@given(_quizzes)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_workbook_comes_back_the_same(quiz: list[Question]) -> None:
    report = read("quiz.xlsx", export_xlsx("Tiêu đề", quiz))
    assert _back(report) == quiz
    assert report.title == "Tiêu đề"


def test_the_bank_comes_back_from_a_workbook_in_both_languages() -> None:
    bank = [item.question for item in read("bank.json", data.text("bank.json").encode()).questions]
    for lang in ("vi", "en"):
        assert _back(read("x.xlsx", export_xlsx("Ngân hàng", bank, lang=lang))) == bank


def test_no_cell_of_the_workbook_is_a_formula_or_link() -> None:
    import io

    import openpyxl

    options = [{"id": "a", "text_vi": '=HYPERLINK("http://x","y")'}, {"id": "b", "text_vi": "http://x.vn"}]
    question = Question.model_validate({"type": "single", "stem_vi": "=1+1", "options": options, "answer": ["a"]})
    sheet = openpyxl.load_workbook(io.BytesIO(export_xlsx("@title", [question]))).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"s", "n"}
    assert sheet["B4"].value == "=1+1"
    assert all(cell.hyperlink is None for row in sheet.iter_rows() for cell in row)


def test_a_text_like_the_writers_own_markup_is_a_text() -> None:
    question = Question(type=QuestionType.TEXT, stem_vi="<r>x & y</r>", answer=("<r><t>1</t></r>",))
    report = read("x.xlsx", export_xlsx("<r>&</r>", [question]))
    assert [found.stem_vi for found in _back(report)] == ["<r>x & y</r>"]
    assert [found.answer for found in _back(report)] == [("<r><t>1</t></r>",)]
