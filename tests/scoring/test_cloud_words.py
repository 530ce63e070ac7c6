"""Words of a cloud: kept as people read them, one under all its spellings, and never a crash whatever was sent."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.answer_key import AnswerKey, Judgement, QuestionType, Verdict, judge, parse_choice
from scoring.cloud_words import MAX_GRAPHEMES, clean, key_of, parse

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("  Đoàn   kết ", ["Đoàn kết"]),
        (["Cà phê", "cà phê", "Ca Phe", " ", "rừng"], ["Cà phê", "rừng"]),
        (["A\u200bB\u202eC"], ["ABC"]),
        (["Z\u0301\u0301\u0301\u0301\u0301"], ["Ź\u0301\u0301"]),
        (["Ê Đê", "M'Nông", "2045", "=1+1"], ["Ê Đê", "M'Nông", "2045", "=1+1"]),
        (["x" * MAX_GRAPHEMES], ["x" * MAX_GRAPHEMES]),
        (["x" * (MAX_GRAPHEMES + 1)], None),
        (["!!!"], None),
        (["", " "], None),
        ([], None),
        (["a", "b", "c", "d", "e"], None),
        (["a"] * 6, None),
        (["a", 1], None),
        (7, None),
        (None, None),
    ],
)
def test_what_one_person_may_send(sent: Any, kept: list[str] | None) -> None:
    key = AnswerKey(QuestionType.CLOUD, words=4)
    assert parse_choice(key, sent) == kept
    assert judge(key, kept) == Judgement(Verdict.NONE, 0, 0)


@given(_JSON, st.integers(1, 5))
def test_whatever_is_sent_is_words_or_nothing(sent: Any, most: int) -> None:
    words = parse(sent, most)
    if words is None:
        return
    assert 0 < len(words) <= most
    assert len({key_of(word) for word in words}) == len(words)
    assert parse(words, most) == words
    json.dumps(words).encode()


@given(st.text(max_size=60))
def test_cleaning_twice_is_cleaning_once_and_keys_fit_their_column(text: str) -> None:
    word = clean(text)
    if word is not None:
        assert clean(word) == word
        assert 0 < len(key_of(word)) <= 80


def test_spellings_share_a_key_and_other_scripts_keep_their_letters() -> None:
    assert key_of("Đoàn Kết") == key_of("doan ket")
    assert key_of("Привет") != key_of("Мир")
    assert key_of("長" * 90).startswith("#")


@pytest.mark.parametrize("wrong", [{"options": ("a",)}, {"words": 0}, {"words": 6}])
def test_a_cloud_offers_nothing_and_asks_for_a_few_words(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="cloud"):
        AnswerKey(QuestionType.CLOUD, **wrong)
