"""Kahoot's template with the traps of real files."""

import pytest

from contest.formats.reading import read
from contest.formats.report import ImportReport, Note, Skipped, sentence
from contest.model import Question
from tests.contest.formats.conftest import MakeWorkbook

ROW = ("Thủ phủ của Đắk Lắk ở đâu?", "Buôn Ma Thuột", "Tuy Hòa", "Ea Súp", "Krông Pắc", 20)


def right_texts(question: Question) -> list[str]:
    assert isinstance(question.answer, tuple)
    texts = {option.id: option.text_vi for option in question.options}
    return [texts[id_] for id_ in question.answer]


def only(report: ImportReport) -> Question:
    assert [(item.code, item.excerpt) for item in report.skipped] == []
    assert len(report.questions) == 1
    return report.questions[0].question


@pytest.mark.parametrize(("header_row", "numbered"), [(8, True), (4, True), (7, True), (1, False), (13, True)])
def test_headings_are_found_wherever_generators_put_them(
    make_kahoot: MakeWorkbook, header_row: int, numbered: bool
) -> None:
    report = read("Kahoot.xlsx", make_kahoot([(*ROW, 1)], header_row=header_row, numbered=numbered))
    assert report.format == "kahoot"
    question = only(report)
    assert question.type == "single"
    assert right_texts(question) == ["Buôn Ma Thuột"]
    assert report.questions[0].row == header_row + 1
    assert question.seconds == 20


@pytest.mark.parametrize(
    ("cell", "right"),
    [
        (2, ["Tuy Hòa"]),
        (2.0, ["Tuy Hòa"]),
        ("2", ["Tuy Hòa"]),
        ("1,3", ["Buôn Ma Thuột", "Ea Súp"]),
        (" 1 , 3 ", ["Buôn Ma Thuột", "Ea Súp"]),
        (1.3, ["Buôn Ma Thuột", "Ea Súp"]),
        ("1,2,3,4", ["Buôn Ma Thuột", "Tuy Hòa", "Ea Súp", "Krông Pắc"]),
        ("A;C", ["Buôn Ma Thuột", "Ea Súp"]),
    ],
)
def test_correct_cell_in_every_form(make_kahoot: MakeWorkbook, cell: object, right: list[str]) -> None:
    report = read("k.xlsx", make_kahoot([(*ROW, cell)]))
    question = only(report)
    assert right_texts(question) == right
    assert question.type == ("single" if len(right) == 1 else "multi")
    assert ("decimal_as_list" in {note.code for note in report.questions[0].notes}) is (cell == 1.3)


def test_blank_time_is_twenty_seconds_with_a_note(make_kahoot: MakeWorkbook) -> None:
    report = read("k.xlsx", make_kahoot([(*ROW[:5], None, 1)]))
    assert only(report).seconds == 20
    assert [note.code for note in report.questions[0].notes] == ["time_defaulted"]


def test_every_row_ends_imported_or_skipped_with_its_number_and_reason(make_kahoot: MakeWorkbook) -> None:
    rows = [
        (*ROW, 1),
        ("Which spreadsheet tools can read this sheet?", "Excel", "Numbers", None, None, 20, "1,2"),
        ("Chỉ một phương án", "A", None, None, None, 20, 1),
        ("Không có đáp án", "A", "B", None, None, 20, None),
        ("Đáp án ngoài phương án", "A", "B", None, None, 20, 4),
        ("Đáp án lạ", "Có", "B", None, None, 20, "x!"),
        (None, "A", "B", None, None, 20, 1),
        (None, None, None, None, None, 20, None),
        ("x" * 1001, "A", "B", None, None, 20, 1),
        ("Câu hỏi dài quá mức của mẫu " * 6, "Có", "Không", None, None, 20, 1),
    ]
    report = read("k.xlsx", make_kahoot(rows))
    assert [item.row for item in report.questions] == [9, 18]
    assert [(item.row, item.code) for item in report.skipped] == [
        (10, "sample_row"),
        (11, "too_few_options"),
        (12, "answer_missing"),
        (13, "answer_not_among_options"),
        (14, "answer_unreadable"),
        (15, "stem_empty"),
        (17, "too_long"),
    ]
    assert [note.code for note in report.questions[1].notes] == ["long_for_screen"]
    told: list[Skipped | Note] = [*report.skipped, *report.questions[1].notes]
    for lang in ("vi", "en"):
        for item in told:
            assert not sentence(lang, item).startswith("import.")
            assert "{" not in sentence(lang, item)
    assert sentence("vi", report.skipped[-1]) == "Mục “Câu hỏi” dài quá 1000 ký tự."


def test_classquiz_title_is_taken(make_workbook: MakeWorkbook) -> None:
    header = (None, "Question", "Answer 1", "Answer 2", "Answer 3", "Answer 4", "Time", "Correct answers")
    title: tuple[object, ...] = (None, "Title", "Thi tìm hiểu chuyển đổi số")
    rows = [*[()] * 4, title, *[()] * 7]
    report = read("c.xlsx", make_workbook([*rows, header, (None, *ROW, "1,2")]))
    assert (report.format, report.title) == ("kahoot", "Thi tìm hiểu chuyển đổi số")
    assert right_texts(only(report)) == ["Buôn Ma Thuột", "Tuy Hòa"]


def test_wayground_types_and_its_instruction_row(make_workbook: MakeWorkbook) -> None:
    header = ("Question Text", "Question Type", *(f"Option {n}" for n in range(1, 6)), "Correct Answer")
    header = (*header, "Time in seconds", "Image Link", "Answer explanation")
    rows = [
        header,
        ("Text of the question\n\n(required)", "(default is Multiple Choice)", "Text for option 1"),
        ("Số tỉnh?", "Multiple Choice", 34, 63, None, None, None, 1, 30, None, "Từ 1/7/2025"),
        ("Chọn hai", "Checkbox", "a", "b", "c", None, None, "1,3", 30, "http://x/y.png", None),
        ("Điền tên tỉnh", "Fill-in-the-Blank", "Đắk Lắk", "Dak Lak", None, None, None, None, 30),
        ("Bạn thích gì?", "Poll", "Đọc", "Viết", None, None, None, None, 30),
        ("Kể chuyện", "Open-Ended", None, None, None, None, None, None, 60),
    ]
    report = read("w.xlsx", make_workbook(rows))
    assert report.format == "wayground"
    assert [item.question.type for item in report.questions] == ["single", "multi", "text", "poll"]
    assert report.questions[0].question.explanation_vi == "Từ 1/7/2025"
    assert right_texts(report.questions[0].question) == ["34"]
    assert report.questions[2].question.answer == ("Đắk Lắk", "Dak Lak")
    assert [note.code for note in report.questions[1].notes] == ["image_ignored"]
    assert [(item.row, item.code) for item in report.skipped] == [(2, "instruction_row"), (7, "type_not_supported")]
