"""The project's own table: Vietnamese and English headings, CSV in every dress."""

from decimal import Decimal

import pytest

from contest.errors import Invalid
from contest.formats.reading import read
from contest.formats.report import ImportReport
from contest.model import Question
from tests.contest.formats.conftest import MakeWorkbook

HEADINGS = "Câu hỏi,Loại,Phương án A,Phương án B,Phương án C,Phương án D,Đáp án,Giây,Giải thích,Chủ đề,Độ khó,Nguồn"
HEADINGS += ",Sai số,Đơn vị,Hạn rà soát,Trọng số"
TABLE = f"""{HEADINGS}
VNeID do bộ nào quản lý?,Một đáp án,Bộ Y tế,Bộ Công an,Bộ Xây,,B,25 giây,Theo luật,Dịch vụ công,dễ,Luật,,,30/06/2027,2
Chọn hai,,a,b,c,d,"A,C",30,,,2,,,,,
"Đúng
hay sai?",Đúng/Sai,,,,,Sai,15,,,,,,,,
Xếp,Sắp xếp,hai,một,ba,,"B, A, C",40,,,khó,,,,,
Số bit?,Số,,,,,"8,5",20,,,,,"0,5",bit,,
Tỉnh?,Trả lời ngắn,,,,,Đắk Lắk|Dak Lak,20,,,,,,,,
Bạn thích?,Thăm dò,Đọc,Viết,,,,20,,,,,,,,0
"""


def questions(report: ImportReport) -> list[Question]:
    assert [(item.row, item.code) for item in report.skipped] == []
    return [item.question for item in report.questions]


def right_texts(question: Question) -> list[str]:
    assert isinstance(question.answer, tuple)
    texts = {option.id: option.text_vi for option in question.options}
    return [texts.get(id_, id_) for id_ in question.answer]


def check(report: ImportReport) -> None:
    found = questions(report)
    types = ["single", "multi", "true_false", "ordering", "numeric", "text", "poll"]
    assert [question.type for question in found] == types
    assert right_texts(found[0]) == ["Bộ Công an"]
    assert (found[0].seconds, found[0].difficulty, found[0].weight) == (25, 1, 2)
    assert found[0].review_by is not None
    assert found[0].review_by.isoformat() == "2027-06-30"
    assert (found[0].category, found[0].source, found[0].explanation_vi) == (
        "Dịch vụ công",
        "Luật",
        "Theo luật",
    )
    assert right_texts(found[1]) == ["a", "c"]
    assert (found[2].stem_vi, found[2].answer) == ("Đúng\nhay sai?", ("F",))
    assert right_texts(found[3]) == ["một", "hai", "ba"]
    assert found[3].difficulty == 3
    assert (found[4].answer, found[4].tolerance, found[4].unit_vi) == (Decimal("8.5"), Decimal("0.5"), "bit")
    assert found[5].answer == ("Đắk Lắk", "Dak Lak")
    assert (found[6].answer, found[6].weight) == ((), 0)
    assert [item.row for item in report.questions] == [2, 3, 4, 6, 7, 8, 9]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_csv_in_every_encoding(encoding: str) -> None:
    report = read("Ôn tập_2026.csv", TABLE.encode(encoding))
    check(report)
    assert (report.format, report.title, report.notes) == ("table", "Ôn tập 2026", ())


def test_vietnamese_code_page_is_a_guess_that_is_told() -> None:
    # Windows-1258 writes tones behind the letter; reading makes them one character again.
    text = "Câu hỏi;Đáp án;Giây\nSố?;8;20\n".translate({ord("ỏ"): "o\u0309", ord("ố"): "ô\u0301"})
    report = read("a.csv", text.replace("á", "a\u0301").encode("cp1258"))
    assert questions(report)[0].stem_vi == "Số?"
    assert [note.code for note in report.notes] == ["encoding_guessed"]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_delimiters(delimiter: str) -> None:
    lines = [["Question", "Option A", "Option B", "Answer"], ["1, 2 hay 3; chọn?", "một", "hai", "B"]]
    text = "\n".join(delimiter.join(line) for line in lines)
    if delimiter == ";":
        text = text.replace("1, 2 hay 3; chọn?", '"1, 2 hay 3; chọn?"')
    (question,) = questions(read("a.csv", text.encode()))
    assert (question.stem_vi, right_texts(question)) == ("1, 2 hay 3; chọn?", ["hai"])


def test_workbook_with_real_numbers_and_dates(make_workbook: MakeWorkbook) -> None:
    from datetime import date

    header = ("STT", "Nội dung câu hỏi", "Phương án 1", "Phương án 2", "Đáp án đúng", "Thời gian", "Hạn rà soát")
    rows = [("NGÂN HÀNG CÂU HỎI",), (), header, (1, "Năm nào?", 1945, 1954, 1, 15, date(2027, 6, 30)), (2,), (3,)]
    report = read("x.xlsx", make_workbook(rows, Khác=[header, (1, "Hai?", "a", "b", 2, 20, None)]))
    (question,) = questions(report)
    assert report.title == "NGÂN HÀNG CÂU HỎI"
    assert right_texts(question) == ["1945"]
    assert question.review_by == date(2027, 6, 30)
    assert [(note.code, note.params) for note in report.notes] == [("other_sheets_ignored", {"sheets": "Khác"})]


def test_bad_rows_are_told_one_by_one() -> None:
    text = """Câu hỏi,Loại,Phương án A,Phương án B,Phương án C,Đáp án,Giây,Hạn rà soát,Sai số
,,a,b,,A,,,
X1,Lạ lùng,a,b,,A,,,
X2,Tự luận,,,,,,,
X3,Một đáp án,a,b,,"A,B",,,
X4,,a,,c,B,,,
X5,Số,,,,ba,,,
X6,,a,b,,A,20,mai,
X7,Số,,,,3,,,-1
X8,Sắp xếp,a,b,c,"A,B",,,
X9,,a,,c,C,nhanh,,
X10,,a,b,,b,5000,,
"""
    report = read("bad.csv", text.encode())
    assert [(item.row, item.code) for item in report.skipped] == [
        (2, "stem_empty"),
        (3, "type_unknown"),
        (4, "type_not_supported"),
        (5, "one_right_option_needed"),
        (6, "answer_not_among_options"),
        (7, "answer_must_be_number"),
        (8, "review_by_invalid"),
        (9, "tolerance_invalid"),
        (10, "ordering_needs_all_options"),
    ]
    assert [(item.row, right_texts(item.question)) for item in report.questions] == [(11, ["c"]), (12, ["b"])]
    assert [[note.code for note in item.notes] for item in report.questions] == [["time_unreadable"], ["time_adjusted"]]
    assert [item.question.seconds for item in report.questions] == [20, 600]


def test_a_table_without_headings_is_refused() -> None:
    with pytest.raises(Invalid, match="header_missing"):
        read("a.csv", b"1,2,3\n4,5,6\n")


def test_a_section_title_is_told_and_a_row_numbered_ahead_is_none() -> None:
    table = "STT,Câu hỏi,Phương án A,Phương án B,Đáp án\n,,,,\nPHẦN 2. AN TOÀN,,,,\n"
    table += "1,Mã OTP là gì?,Mã dùng một lần,Tên,A\n2,,,,\n"
    report = read("de.csv", table.encode())
    assert [(item.row, item.code, item.excerpt) for item in report.skipped] == [
        (3, "not_a_question", "PHẦN 2. AN TOÀN")
    ]
    assert len(report.questions) == 1
