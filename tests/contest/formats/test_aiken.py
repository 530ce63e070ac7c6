"""Aiken as Moodle writes it, and what people paste from Word."""

import pytest

from contest.formats.aiken import read
from contest.formats.report import ImportReport
from contest.model import Question


def right_texts(question: Question) -> list[str]:
    assert isinstance(question.answer, tuple)
    texts = {option.id: option.text_vi for option in question.options}
    return [texts[id_] for id_ in question.answer]


def all_in(report: ImportReport) -> list[Question]:
    assert [(item.row, item.code) for item in report.skipped] == []
    return [item.question for item in report.questions]


MOODLE = """\
What is the correct answer to this question?
A. Is it this one?
B. Maybe this answer?
C. Possibly this one?
ANSWER: C

Which LMS has the most quiz import formats?
A) Moodle
B) ATutor
ANSWER: A
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_moodles_own_example(newline: str) -> None:
    report = read(MOODLE.replace("\n", newline))
    assert [right_texts(question) for question in all_in(report)] == [["Possibly this one?"], ["Moodle"]]
    assert [item.row for item in report.questions] == [1, 7]


def test_questions_without_blank_lines_between_them() -> None:
    report = read("Một?\nA. a\nB. b\nANSWER: A\nHai?\nA. c\nB. d\nANSWER: B")
    assert [right_texts(question) for question in all_in(report)] == [["a"], ["d"]]


WORD = """\
Câu 1: Cơ quan nào quản lý VNeID?
A. Bộ Y tế
B. Bộ Công an
C. Bộ Tài chính
D. Bộ Nội vụ
Đáp án: B

Câu 2. Những việc nào giúp an toàn?
(Chọn nhiều)
a) Bật xác thực hai lớp
b) Đọc mã OTP cho người lạ
c) Cập nhật phần mềm
ĐÁP ÁN: A, C
Giải thích: Mã OTP không đưa cho ai.

3. Thủ đô của Việt Nam?
A. Huế\tB. Hà Nội    C. Đà Nẵng
Đáp án đúng là B

Câu 4: Chuyển đổi số là việc của mọi người.
Đáp án: Đúng
Câu 5: 1 byte có mấy bit?
A.4
*B.8
"""


def test_text_pasted_from_word() -> None:
    report = read(WORD)
    questions = all_in(report)
    assert [question.type for question in questions] == ["single", "multi", "single", "true_false", "single"]
    assert [right_texts(question) for question in questions] == [
        ["Bộ Công an"],
        ["Bật xác thực hai lớp", "Cập nhật phần mềm"],
        ["Hà Nội"],
        ["Đúng"],
        ["8"],
    ]
    assert questions[1].stem_vi == "Những việc nào giúp an toàn?\n(Chọn nhiều)"
    assert questions[1].explanation_vi == "Mã OTP không đưa cho ai."
    assert [item.row for item in report.questions] == [1, 8, 16, 20, 22]


def test_nothing_is_lost_when_something_is_wrong() -> None:
    text = """\
BỘ CÂU HỎI ÔN TẬP

Câu 1: Thiếu đáp án?
A. a
B. b

Câu 2: Đáp án lạ?
A. a
B. b
Đáp án: E

Câu 3: Tốt?
A. a
B. b
Đáp án: B. b

Câu 4: Nhảy chữ?
A. a
C. c
Đáp án: A
"""
    report = read(text)
    assert [(item.row, item.code) for item in report.skipped] == [
        (1, "not_a_question"),
        (3, "answer_missing"),
        (7, "answer_unreadable"),
        (17, "letters_out_of_order"),
    ]
    assert [item.row for item in report.questions] == [12]


def test_ids_do_not_betray_the_first_option() -> None:
    text = "\n\n".join(
        f"Câu {n}: Số {n}?\nA. đúng {n}\nB. sai {n}\nC. kém {n}\nD. lạ {n}\nĐáp án: A" for n in range(200)
    )
    ids = [question.answer for question in all_in(read(text))]
    counts = [ids.count((letter,)) for letter in "abcd"]
    assert sum(counts) == 200
    assert max(counts) < 80
    assert ids == [question.answer for question in all_in(read(text))]
