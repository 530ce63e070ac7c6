"""GIFT in Moodle's order of decision."""

from decimal import Decimal

import pytest

from contest.formats.gift import read
from contest.model import Question


def one(text: str) -> Question:
    report = read(text)
    assert [(item.row, item.code) for item in report.skipped] == []
    assert len(report.questions) == 1
    return report.questions[0].question


def notes(text: str) -> set[str]:
    return {note.code for note in read(text).questions[0].notes}


def right_texts(question: Question) -> list[str]:
    assert isinstance(question.answer, tuple)
    texts = {option.id: option.text_vi for option in question.options}
    return [texts.get(id_, id_) for id_ in question.answer]


def test_multiple_choice() -> None:
    question = one("::Q1:: Ai quản lý VNeID? {\n~Bộ Y tế\n=Bộ Công an\n~Bộ Tài chính\n}")
    assert question.type == "single"
    assert question.stem_vi == "Ai quản lý VNeID?"
    assert [option.text_vi for option in question.options] == ["Bộ Y tế", "Bộ Công an", "Bộ Tài chính"]
    assert right_texts(question) == ["Bộ Công an"]


def test_several_right_by_weights() -> None:
    text = "Chọn hai {~%50%a ~%50%b ~%-100%c ~d}"
    question = one(text)
    assert question.type == "multi"
    assert right_texts(question) == ["a", "b"]
    assert notes(text) == {"weights_dropped"}


def test_equals_makes_it_single_even_with_partial_credit() -> None:
    text = "Chọn {=a ~%50%b ~c}"
    assert (one(text).type, right_texts(one(text)), notes(text)) == ("single", ["a"], {"partial_credit_dropped"})


@pytest.mark.parametrize(
    ("body", "answer"), [("T", "T"), ("TRUE", "T"), ("F", "F"), ("false", "F"), ("T#sai rồi#đúng rồi", "T")]
)
def test_true_false(body: str, answer: str) -> None:
    question = one(f"Trời xanh.{{{body}}}")
    assert (question.type, question.answer) == ("true_false", (answer,))
    assert question.explanation_vi == ("đúng rồi" if "#" in body else "")


def test_short_answer() -> None:
    text = "Tỉnh nào? {=Đắk Lắk =Dak Lak#tốt =%50%Phú Yên =Đ*k}"
    question = one(text)
    assert (question.type, question.answer) == ("text", ("Đắk Lắk", "Dak Lak"))
    assert question.explanation_vi == "tốt"
    assert notes(text) == {"partial_credit_dropped", "wildcard_dropped"}


@pytest.mark.parametrize(
    ("body", "value", "tolerance"),
    [
        ("#3", "3", "0"),
        ("#3.1415:0.005", "3.1415", "0.005"),
        ("#3.141..3.142", "3.1415", "0.0005"),
        ("#-5..5", "0", "5"),
        ("#=1822:0 =%50%1822:2", "1822", "0"),
        ("#1.500", "1.5", "0"),
        ("#3:2~#sai cả", "3", "2"),
    ],
)
def test_numerical(body: str, value: str, tolerance: str) -> None:
    question = one(f"Bao nhiêu? {{{body}}}")
    assert question.type == "numeric"
    assert (question.answer, question.tolerance) == (Decimal(value), Decimal(tolerance))


def test_missing_word() -> None:
    assert one("Thủ phủ là {=Buôn Ma Thuột ~Huế} của tỉnh.").stem_vi == "Thủ phủ là _____ của tỉnh."
    assert one("Thủ phủ là {=Buôn Ma Thuột ~Huế}").stem_vi == "Thủ phủ là"


def test_escapes_are_literal() -> None:
    question = one(r"Trong C\:\\, \{x\} \= 1 \~ 2 \# 3\n dòng hai {=a\=b ~c\~d\#e ~\{f\}}")
    assert question.stem_vi == "Trong C:\\, {x} = 1 ~ 2 # 3\ndòng hai"
    assert [option.text_vi for option in question.options] == ["a=b", "c~d#e", "{f}"]


def test_comments_categories_formats_and_general_feedback() -> None:
    text = """\
// đầu tệp
$CATEGORY: $course$/top/An toàn mạng

// trước câu
::tên::[html]<p>Mật khẩu <b>mạnh</b> &amp; dài?</p>{
// giữa câu
=Có#vì thế ~Không#sao thế
####Chung cho cả câu.
}
"""
    report = read(text)
    question = report.questions[0].question
    assert report.questions[0].row == 5
    assert question.category == "An toàn mạng"
    assert question.stem_vi == "Mật khẩu mạnh & dài?"
    assert question.explanation_vi == "Chung cho cả câu."
    assert {note.code for note in report.questions[0].notes} == {"markup_removed", "feedback_dropped"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Chỉ là một đoạn văn.", "gift_description"),
        ("Kể về quê bạn. {}", "gift_essay"),
        ("Ghép {=a -> 1 =b -> 2}", "gift_matching"),
        ("Ghép {=a -> 1 ~b}", "one_right"),
        ("Thiếu ngoặc {=a ~b", "gift_brace_missing"),
        ("Thiếu ngoặc =a ~b}", "gift_brace_missing"),
        ("Hai {=a ~b} chỗ {=c ~d}", "gift_several_blanks"),
        ("Hai đúng {=a =b ~c}", "gift_several_right"),
        ("Hai số {#=1 =2}", "gift_several_numbers"),
        ("Không phải số {#abc}", "answer_must_be_number"),
        ("Không đúng nào {~a ~b}", "answer_missing"),
        ("Sao {=*}", "gift_wildcard"),
        ("{=a ~b}", "stem_empty"),
    ],
)
def test_what_cannot_be_asked_says_why(text: str, code: str) -> None:
    report = read(text + "\n\nSau đó {=vẫn ~đọc}")
    if code == "one_right":  # a tilde decides before an arrow
        assert [item.question.type for item in report.questions] == ["single", "single"]
        return
    assert [(item.row, item.code) for item in report.skipped] == [(1, code)]
    assert [item.row for item in report.questions] == [3]
