"""What may happen to the frozen list of a round's questions after it has begun.

Pure: a list goes in, a list comes out. Questions are known by their number, so nothing that was asked may ever move;
never decides whether a change is allowed now (`contest.round_state`).
"""

import random
from collections.abc import Sequence

from contest.model import Question
from scoring.answer_key import QuestionType

_DRAWS = 20
_SCALES = frozenset({QuestionType.TRUE_FALSE, QuestionType.POLL})
"""Their options keep an order that people expect."""


def insert_after(questions: Sequence[Question], number: int, question: Question) -> tuple[Question, ...]:
    """The list with `question` as number `number` + 1; `number` 0 puts it first. What comes later moves up by one.

    Raises ValueError for a number that is none of the list's.
    """
    if not 0 <= number <= len(questions):
        raise ValueError(f"no question {number} among {len(questions)}")
    return (*questions[:number], question, *questions[number:])


def with_copy(questions: Sequence[Question], number: int, rng: random.Random) -> tuple[Question, ...]:
    """The list with a copy of question `number` right behind it, to be asked in its place."""
    return insert_after(questions, number, asked_again(questions[number - 1], rng))


def asked_again(question: Question, rng: random.Random) -> Question:
    """A copy to be asked in place of a question that was withdrawn, its options in another order than before.

    Whoever remembers "the third one" gains nothing by it. True or false and polls keep their order; an ordering
    question is never put into the right one, and keeps its order where no third exists.
    """
    options = list(question.options)
    if question.type in _SCALES or len(options) < 2:
        return question
    before = [option.id for option in options]
    right = list(question.answer) if question.type is QuestionType.ORDERING else None  # type: ignore[arg-type]
    for _ in range(_DRAWS):
        rng.shuffle(options)
        now = [option.id for option in options]
        if now not in (before, right):
            break
    else:
        return question
    return question.model_copy(update={"options": tuple(options)})
