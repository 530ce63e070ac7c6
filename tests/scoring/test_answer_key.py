"""Which choices are possible, and what each is worth."""

import itertools
import math
import unicodedata
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.answer_key import (
    AnswerKey,
    Choice,
    Judgement,
    QuestionType,
    Verdict,
    judge,
    parse_choice,
)

SINGLE = AnswerKey(QuestionType.SINGLE, ("a", "b", "c"), ("b",))
TRUE_FALSE = AnswerKey(QuestionType.TRUE_FALSE, ("t", "f"), ("t",))
MULTI = AnswerKey(QuestionType.MULTI, ("a", "b", "c", "d"), ("a", "c"))
ORDERING = AnswerKey(QuestionType.ORDERING, ("a", "b", "c", "d"), ("d", "a", "c", "b"))
NUMERIC = AnswerKey(QuestionType.NUMERIC, number=Decimal("0.3"), tolerance=Decimal("0.1"))
TEXT = AnswerKey(QuestionType.TEXT, accepted=("Buôn Ma Thuột", "C++", "1.500.000 đồng", "3,5"))
POLL = AnswerKey(QuestionType.POLL, ("a", "b"))
ALL_KEYS = [SINGLE, TRUE_FALSE, MULTI, ORDERING, NUMERIC, TEXT, POLL]


@pytest.mark.parametrize(
    ("key", "raw", "choice"),
    [
        (SINGLE, ["b"], ["b"]),
        (SINGLE, [], None),
        (SINGLE, ["a", "b"], None),
        (SINGLE, ["z"], None),
        (SINGLE, "b", None),
        (SINGLE, [1], None),
        (SINGLE, [["a"]], None),
        (SINGLE, {"a": 1}, None),
        (SINGLE, None, None),
        (TRUE_FALSE, ["f"], ["f"]),
        (TRUE_FALSE, [True], None),
        (POLL, ["a"], ["a"]),
        (POLL, ["a", "b"], None),
        (MULTI, ["c", "a"], ["a", "c"]),
        (MULTI, ["d", "c", "b", "a"], ["a", "b", "c", "d"]),
        (MULTI, ["a", "a"], None),
        (MULTI, [], None),
        (MULTI, ["a", "z"], None),
        (MULTI, ["a"] * 4000, None),
        (ORDERING, ["a", "b", "c", "d"], ["a", "b", "c", "d"]),
        (ORDERING, ["a", "b", "c"], None),
        (ORDERING, ["a", "b", "c", "c"], None),
        (TEXT, "  Buo\u0302n   Ma ", "Buôn Ma"),
        (TEXT, "", None),
        (TEXT, " \u00a0", None),
        (TEXT, "x" * 200, "x" * 200),
        (TEXT, "x" * 201, None),
        (TEXT, "x" * 5000, None),
        (TEXT, "a\x00b", "ab"),
        (TEXT, "a\ud800", "a"),
        (TEXT, 5, None),
        (TEXT, ["a"], None),
    ],
)
def test_choices_are_checked_and_made_canonical(key: AnswerKey, raw: object, choice: Choice | None) -> None:
    assert parse_choice(key, raw) == choice


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        (5, 5),
        (5.0, 5),
        (-0.0, 0),
        (0.1, 0.1),
        (10**15, 10**15),
        (10**15 + 1, None),
        (10**400, None),
        (1e300, None),
        (math.nan, None),
        (-math.inf, None),
        (True, None),
        (False, None),
        ("12", 12),
        (" 3,5 ", 3.5),
        ("3.5", 3.5),
        ("-3,5", -3.5),
        ("−4", -4),
        ("87,65", 87.65),
        ("1.500", 1500),
        ("0.125", 0.125),
        ("1.500.000", 1_500_000),
        ("1.500.000,25", 1_500_000.25),
        ("1 500 000", 1_500_000),
        ("1,500,000", 1_500_000),
        ("1,500.5", 1500.5),
        ("1.5.0", None),
        ("1e5", None),
        ("", None),
        ("abc", None),
        ("٣", None),
        ("9" * 16, None),
        ("9" * 4000, None),
        ([5], None),
        (None, None),
    ],
)
def test_numbers_are_read_as_vietnamese_write_them(raw: object, number: int | float | None) -> None:
    parsed = parse_choice(NUMERIC, raw)
    assert parsed == number
    assert type(parsed) is type(number)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.sampled_from("abcdtf"),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(ALL_KEYS), JSON)
def test_whatever_json_holds_is_refused_or_made_stable(key: AnswerKey, raw: Any) -> None:
    choice = parse_choice(key, raw)
    if choice is not None:
        assert parse_choice(key, choice) == choice
        assert judge(key, choice).verdict in Verdict


@pytest.mark.parametrize(
    ("key", "choice", "earned", "possible"),
    [
        (SINGLE, ["b"], 1, 1),
        (SINGLE, ["a"], 0, 1),
        (TRUE_FALSE, ["t"], 1, 1),
        (MULTI, ["a", "c"], 2, 2),
        (MULTI, ["a"], 1, 2),
        (MULTI, ["a", "b"], 0, 2),
        (MULTI, ["a", "b", "c"], 1, 2),
        (MULTI, ["a", "b", "c", "d"], 0, 2),
        (MULTI, ["b", "d"], 0, 2),
        (ORDERING, ["d", "a", "c", "b"], 3, 3),
        (ORDERING, ["b", "d", "a", "c"], 2, 3),  # shifted by one: every place is wrong, the sequence is known
        (ORDERING, ["b", "c", "a", "d"], 0, 3),
        (NUMERIC, 0.3, 1, 1),
        (NUMERIC, 0.2, 1, 1),
        (NUMERIC, 0.4, 1, 1),
        (NUMERIC, 0.41, 0, 1),
        (NUMERIC, 0, 0, 1),
        (TEXT, "buon ma thuot", 1, 1),
        (TEXT, "BUÔN MÀ THUỘT", 1, 1),
        (TEXT, "Buôn Hồ", 0, 1),
        (TEXT, "c++", 1, 1),
        (TEXT, "C", 0, 1),
        (TEXT, "C#", 0, 1),
        (TEXT, "1500000 dong", 1, 1),
        (TEXT, "35", 0, 1),
        (TEXT, "3,5", 1, 1),
    ],
)
def test_each_type_is_judged_by_its_rule(key: AnswerKey, choice: Choice, earned: int, possible: int) -> None:
    verdict = Verdict.RIGHT if earned == possible else Verdict.PARTIAL if earned else Verdict.WRONG
    assert judge(key, choice) == Judgement(verdict, earned, possible)


def test_symbols_of_another_script_are_matched_exactly_or_not_at_all() -> None:
    key = AnswerKey(QuestionType.TEXT, accepted=("投票", " "))
    assert judge(key, "投票").verdict is Verdict.RIGHT
    assert judge(key, "选举").verdict is Verdict.WRONG  # both fold to nothing


@pytest.mark.parametrize("key", ALL_KEYS)
def test_no_answer_has_no_verdict(key: AnswerKey) -> None:
    assert judge(key, None).verdict is Verdict.NONE
    assert judge(key, None).earned == 0


def test_a_poll_is_never_judged() -> None:
    assert judge(POLL, ["a"]) == Judgement(Verdict.NONE, 0, 0)


@pytest.mark.parametrize("key", [SINGLE, MULTI, ORDERING, TEXT, NUMERIC])
def test_a_choice_of_another_type_is_wrong(key: AnswerKey) -> None:
    other: Choice = ["a", "b"] if key in (TEXT, NUMERIC) else "b"
    assert judge(key, other).verdict is Verdict.WRONG


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_a_random_order_can_expect_one_nth(n: int) -> None:
    options = tuple("abcde"[:n])
    key = AnswerKey(QuestionType.ORDERING, options, options)
    judged = [judge(key, list(order)) for order in itertools.permutations(options)]
    assert sum(one.earned for one in judged) * n == len(judged) * (n - 1)
    assert [one.verdict for one in judged].count(Verdict.RIGHT) == 1


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15))
def test_a_number_is_right_for_itself_with_no_tolerance(number: float) -> None:
    key = AnswerKey(QuestionType.NUMERIC, number=Decimal(str(number)))
    choice = parse_choice(key, number)
    assert choice is not None
    assert judge(key, choice).verdict is Verdict.RIGHT


@given(st.text(min_size=1, max_size=60))
def test_an_accepted_text_is_right_in_every_form_and_case(text: str) -> None:
    key = AnswerKey(QuestionType.TEXT, accepted=("x", text))
    for typed in (text, unicodedata.normalize("NFD", text), f"  {text} "):
        choice = parse_choice(key, typed)
        if choice is not None:
            assert judge(key, choice).verdict is Verdict.RIGHT


@pytest.mark.parametrize(
    "facts",
    [
        {"type": QuestionType.SINGLE, "options": ("a", "a"), "right": ("a",)},
        {"type": QuestionType.SINGLE, "options": ("a", "b"), "right": ("z",)},
        {"type": QuestionType.SINGLE, "options": ("a", "b")},
        {"type": QuestionType.MULTI, "options": ("a", "b")},
        {"type": QuestionType.MULTI, "options": ("a", "b"), "right": ("a", "a")},
        {"type": QuestionType.TRUE_FALSE, "options": ("a", "b"), "right": ("a", "b")},
        {"type": QuestionType.TRUE_FALSE, "options": ("a",), "right": ("a",)},
        {"type": QuestionType.ORDERING, "options": ("a",), "right": ("a",)},
        {"type": QuestionType.ORDERING, "options": ("a", "b"), "right": ("a",)},
        {"type": QuestionType.POLL},
        {"type": QuestionType.POLL, "options": ("a",), "right": ("a",)},
        {"type": QuestionType.NUMERIC},
        {"type": QuestionType.NUMERIC, "number": Decimal("NaN")},
        {"type": QuestionType.NUMERIC, "number": Decimal(1), "tolerance": Decimal(-1)},
        {"type": QuestionType.NUMERIC, "number": Decimal(1), "tolerance": Decimal("Infinity")},
        {"type": QuestionType.TEXT},
        {"type": QuestionType.TEXT, "accepted": ("  ",)},
    ],
)
def test_a_key_nobody_could_answer_is_refused(facts: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="answer key"):
        AnswerKey(**facts)
