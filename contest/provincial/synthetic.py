"""People who do not exist, and what they would answer: for dry runs and rehearsals.

Pure and repeatable: everything comes from the random generator that is given. Never touches SQL.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from contest.model import Question
from contest.provincial.people_model import EntryData
from contest.provincial.rules import ContestRules, FieldUse, Prediction, PredictionKind, TargetGroup
from scoring.answer_key import QuestionType

_FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ")
_MIDDLE = ("Văn", "Thị", "Đức", "Minh", "Thanh", "Ngọc", "Quốc", "Thùy", "Hữu", "Kim")
_GIVEN = ("An", "Bình", "Châu", "Dũng", "Giang", "Hà", "Khánh", "Lan", "Mai", "Nam", "Phúc", "Quỳnh", "Sơn", "Thảo")
_EDE = ("Y Mek Ê Nuôl", "H’Thi Rya", "Y Sưng Phê Ja", "H’Bia Niê", "Y Wăn Mlô")
_LEAST_S = 1.2
"""Nobody reads and answers a question faster; what is faster is a signal."""


@dataclass(frozen=True, slots=True)
class Person:
    """One made-up person: how likely an answer is right, how quick they are, how often they come."""

    data: EntryData
    skill: float
    pace: float
    eagerness: float


def people(
    rules: ContestRules,
    count: int,
    *,
    today: date,
    communes: Sequence[str],
    units: Sequence[str],
    rng: random.Random,
) -> list[Person]:
    """`count` different people who may enter; what the form does not ask they do not tell."""
    form = rules.entry
    groups = form.groups or tuple(TargetGroup)
    youngest = form.min_age if form.min_age is not None else 12
    oldest = max(youngest, form.max_age if form.max_age is not None else 75)

    def told(use: FieldUse, value: str) -> str | None:
        return value if use is FieldUse.REQUIRED or (use is FieldUse.OPTIONAL and rng.random() < 0.6) else None

    made = []
    for number in range(count):
        # Half a year past the birthday: whole years stay the same all through the contest's first day.
        born = today - timedelta(days=round(365.25 * rng.randint(youngest, oldest)) + 180)
        ages_asked = form.min_age is not None or form.max_age is not None
        data = EntryData(
            full_name=_name(rng, number),
            phone=told(form.phone, f"+849{number:08d}"),
            birth_date=born.isoformat() if ages_asked else told(form.birth_date, born.isoformat()),
            commune=told(form.commune, communes[int(len(communes) * rng.random() ** 2)]) if communes else None,
            group=rng.choice(groups),
            unit_code=told(form.unit, rng.choice(units)) if units else None,
            sex=told(form.sex, rng.choice(("female", "male"))),
        )
        skill = 0.97 + 0.03 * rng.random() if rng.random() < 0.15 else rng.betavariate(5, 2)
        made.append(Person(data, skill, rng.lognormvariate(0, 0.35), rng.random()))
    return made


def answer(question: Question, skill: float, rng: random.Random) -> Any:
    """What the person would send for the question, None for leaving it out."""
    if rng.random() < 0.01:
        return None
    right = rng.random() < skill
    ids = [option.id for option in question.options]
    if question.type is QuestionType.NUMERIC:
        exact = float(str(question.answer))
        return exact if right else exact + float(question.tolerance) + rng.randint(1, 9)
    key = list(question.answer) if isinstance(question.answer, tuple) else []
    if question.type is QuestionType.TEXT:
        return key[0] if right else "không rõ"
    if question.type is QuestionType.TRUE_FALSE:
        return key if right else [other for other in ("T", "F") if other not in key]
    if right:
        return key
    if question.type is QuestionType.ORDERING:
        return key[1:] + key[:1]
    wrong = [option for option in ids if option not in key]
    return [rng.choice(wrong or ids)]


def duration_ms(rules: ContestRules, person: Person, rng: random.Random) -> int:
    """How long the person takes over a paper; some need all the time there is."""
    limit = rules.time_limit_s * 1000
    usual = limit * 0.45 * person.pace * rng.lognormvariate(0, 0.25)
    least = min(limit, rules.blueprint.questions * _LEAST_S * 1000)
    return round(min(limit, max(least, usual))) - (rng.randint(1, 999) if usual >= limit else 0)


def foresee(prediction: Prediction, expected: int, rng: random.Random) -> int | float:
    """A prediction as people make them: off by a good deal, often a round number."""
    if prediction.kind is PredictionKind.ALL_CORRECT_PERCENT:
        return round(min(100.0, rng.betavariate(2, 5) * 100), 2)
    guess = max(1, expected) * math.exp(rng.gauss(0, 0.5))
    if prediction.kind is PredictionKind.ALL_CORRECT_PEOPLE:
        guess *= 0.2
    return round(guess) if rng.random() < 0.7 else round(guess / 100) * 100


def _name(rng: random.Random, number: int) -> str:
    if rng.random() < 0.1:
        return f"{rng.choice(_EDE)} {number}"
    return f"{rng.choice(_FAMILY)} {rng.choice(_MIDDLE)} {rng.choice(_GIVEN)} {number}"
