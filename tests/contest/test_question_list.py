"""The list of a round's questions: what is inserted, and how a question is asked again."""

import random

import pytest

from contest.model import Question
from contest.question_list import asked_again, insert_after


def question(kind: str = "single", ids: str = "abcd", answer: object = ("b",)) -> Question:
    options = [{"id": one, "text_vi": one.upper()} for one in ids]
    return Question.model_validate({"type": kind, "stem_vi": "Câu", "options": options, "answer": answer})


def test_what_was_asked_never_moves() -> None:
    first, second, new = question(), question(ids="abc"), question(ids="ab")
    assert insert_after((first, second), 1, new) == (first, new, second)
    assert insert_after((first, second), 0, new) == (new, first, second)
    assert insert_after([first, second], 2, new) == (first, second, new)
    assert insert_after([], 0, new) == (new,)
    for number in (-1, 3):
        with pytest.raises(ValueError, match="no question"):
            insert_after((first, second), number, new)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("ids", ["ab", "abc", "abcdef"])
def test_a_question_is_asked_again_in_another_order(ids: str, seed: int) -> None:
    before = question(ids=ids)
    again = asked_again(before, random.Random(seed))
    assert [option.id for option in again.options] != list(ids)
    assert sorted(option.id for option in again.options) == list(ids)
    assert again.model_copy(update={"options": before.options}) == before


def test_scales_and_free_answers_keep_what_they_have() -> None:
    for kept in (
        Question.model_validate({"type": "true_false", "stem_vi": "Câu", "answer": ["T"]}),
        question("poll", answer=()),
        Question.model_validate({"type": "text", "stem_vi": "Câu", "answer": ["một"]}),
    ):
        assert asked_again(kept, random.Random(1)) == kept


@pytest.mark.parametrize("seed", range(20))
def test_an_order_to_be_found_is_not_given_away(seed: int) -> None:
    again = asked_again(question("ordering", "abc", ("c", "b", "a")), random.Random(seed))
    assert [option.id for option in again.options] not in (["a", "b", "c"], ["c", "b", "a"])
    asked_again(
        question("ordering", "ab", ("b", "a")), random.Random(seed)
    )  # both orders are taken: it ends all the same
