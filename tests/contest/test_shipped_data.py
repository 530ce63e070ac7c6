"""The data that ships: the bank, the ready quiz and the units are whole, balanced and true."""

import unicodedata
from collections import Counter

import pytest

from contest import data, units
from contest.formats.json_bank import read
from contest.model import Question
from scoring.folding import fold


@pytest.fixture(scope="module")
def bank() -> list[Question]:
    report = read(data.text("bank.json"))
    assert report.skipped == ()
    return [item.question for item in report.questions]


def test_the_bank_has_sixty_valid_questions(bank: list[Question]) -> None:
    assert [question.id for question in bank] == [f"Q{n:03}" for n in range(1, 61)]
    assert Counter(str(question.type) for question in bank) == {
        "single": 34,
        "true_false": 9,
        "multi": 7,
        "numeric": 6,
        "ordering": 4,
    }
    assert sorted(Counter(question.category for question in bank).values()) == [9, 9, 10, 10, 10, 12]
    assert all(question.explanation_vi and question.source and question.stem_en for question in bank)
    assert sum(question.review_by is not None for question in bank) >= 6


def test_the_shipped_texts_are_nfc() -> None:
    for name in ("bank.json", "units.json", "ready_quiz.json", "words.json"):
        assert unicodedata.is_normalized("NFC", data.text(name)), name


def test_no_letter_is_right_more_often_than_its_share(bank: list[Question]) -> None:
    singles = Counter(question.answer for question in bank if question.type == "single")
    assert sorted(singles) == [("a",), ("b",), ("c",), ("d",)]
    assert max(singles.values()) - min(singles.values()) <= 2
    multis = [question.answer for question in bank if question.type == "multi"]
    for letter in "abcd":
        assert 0 < sum(letter in answer for answer in multis if isinstance(answer, tuple)) < len(multis)
    for question in bank:
        if question.options:
            ids = [option.id for option in question.options]
            assert ids == ["T", "F"] or ids == list("abcdef"[: len(ids)])
        if question.type == "ordering":
            assert isinstance(question.answer, tuple)
            assert list(question.answer) != sorted(question.answer)


def test_the_ready_quiz_is_a_good_mix(bank: list[Question]) -> None:
    ready = data.load("ready_quiz.json")
    by_id = {question.id: question for question in bank}
    chosen = [by_id[id_] for id_ in ready["questions"]]
    assert ready["title"]
    assert len(set(ready["questions"])) == len(chosen) == 20
    assert {question.type for question in chosen} == {question.type for question in bank}
    assert {question.category for question in chosen} == {question.category for question in bank}
    difficulties = [question.difficulty for question in chosen]
    assert difficulties == sorted(difficulties)
    assert difficulties[-3:] == [2, 3, 3]
    assert sum(question.seconds + 3 for question in chosen) <= 12 * 60


def test_the_province_has_its_hundred_and_two_units() -> None:
    shipped = units.shipped()
    assert Counter(unit.type for unit in shipped) == {"xa": 88, "phuong": 14}
    assert Counter(unit.old_province for unit in shipped) == {"Đắk Lắk": 68, "Phú Yên": 34}
    codes = [unit.code for unit in shipped]
    assert len(set(codes)) == 102
    assert all(len(code) == 5 and code.isascii() and code.isdigit() for code in codes)
    assert {unit.province_code for unit in shipped} == {"66"}
    assert len({unit.fold for unit in shipped}) == 102
    for unit in shipped:
        assert unit.fold == fold(unit.short_name)
        assert unit.name == f"{'Xã' if unit.type == 'xa' else 'Phường'} {unit.short_name}"
        assert unit.merged_from
    assert units.list_version() == ("19/2025/QĐ-TTg", "2025-07-01")


@pytest.mark.parametrize(("name", "code"), [("Hòa Sơn", "24472"), ("Xuân Cảnh", "22060"), ("Phú Hòa 2", "22303")])
def test_codes_that_other_lists_have_wrong(name: str, code: str) -> None:
    assert [unit.code for unit in units.shipped() if unit.short_name == name] == [code]
