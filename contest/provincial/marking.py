"""What a paper earned, what a prediction says, and the fingerprint of the answers; RULES.md §1.

Never knows time, people or SQL.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from contest.provincial import log
from contest.provincial.rules import Prediction, PredictionKind
from scoring.answer_key import AnswerKey, Choice, QuestionType, Verdict, judge, parse_choice

Answers = Mapping[int, str | None]
"""By position: the stored choice, compact JSON; None or absent is unanswered. Position 0 is the prediction."""

_ANY_NUMBER = AnswerKey(type=QuestionType.NUMERIC, number=Decimal(0))
MAX_PREDICTION = 10**9
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Marks:
    """What an attempt earned. `of` is how many questions the paper has."""

    score: int
    correct: int
    of: int
    answered: int


def encode(choice: Choice | None) -> str | None:
    """The compact JSON of a canonical choice, as stored; equal choices have equal texts."""
    return None if choice is None else json.dumps(choice, ensure_ascii=False, separators=(",", ":"))


def mark(rows: Sequence[int], keys: Mapping[int, AnswerKey], answers: Answers, points_each: int) -> Marks:
    """Marks a paper by its question rows, in order of position (`papers.question_ids`).

    `keys` are by row, corrected ones included; only wholly right answers earn anything.
    """
    correct = answered = 0
    for position, row in enumerate(rows, 1):
        choice = answers.get(position)
        if choice is None:
            continue
        answered += 1
        correct += is_right(keys[row], choice)
    return Marks(correct * points_each, correct, len(rows), answered)


def is_right(key: AnswerKey, choice: str | None) -> bool:
    """Whether a stored choice is wholly right."""
    return choice is not None and judge(key, json.loads(choice)).verdict is Verdict.RIGHT


def answers_digest(rows: Sequence[int], answers: Answers) -> str:
    """The fingerprint of what was answered to which question, as in the log; the prediction is not in it."""
    return log.answers_digest((row, answers.get(n)) for n, row in enumerate(rows, 1))


def parse_prediction(prediction: Prediction, raw: object) -> Choice | None:
    """The canonical number of a prediction, or None when it cannot be one: counts are whole numbers from 0,
    a percentage lies from 0 to 100 with at most two decimals."""
    number = parse_choice(_ANY_NUMBER, raw)
    if not isinstance(number, int | float) or number < 0:
        return None
    if prediction.kind is PredictionKind.ALL_CORRECT_PERCENT:
        exact = Decimal(str(number))
        return number if exact <= 100 and exact == exact.quantize(_CENT) else None
    return number if isinstance(number, int) and number <= MAX_PREDICTION else None


def prediction_text(choice: str | None) -> str | None:
    """What is stored in `attempts.prediction` for the stored answer at position 0: plain decimal digits."""
    return None if choice is None else f"{Decimal(choice):f}"
