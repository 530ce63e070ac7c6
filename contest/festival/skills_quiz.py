"""The short quiz of a skill: three questions of the bank, answered one by one, marked here.

A key leaves only after the answer it belongs to is stored. Questions of contests that are still going on are never
asked: whoever saw them here would know their answers there.
"""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from sqlalchemy import insert, select, update

from contest import question_bank
from contest.database import Reader, Writer
from contest.errors import Conflict, Invalid, NotFound
from contest.festival import checkin_cards, skills_passport
from contest.festival.model import Guest
from contest.festival.tables import skill_quizzes
from contest.model import Question
from contest.provincial.tables import contest_questions, contests
from contest.skills import Skill
from contest.statistics import ledger
from contest.statistics.facts import Channel, Fact, FactKind
from contest.tables import questions, quizzes
from contest.tickets import new_public_id
from scoring.answer_key import QuestionType, Verdict, judge, parse_choice
from scoring.folding import fold

ASKED, NEEDED = 3, 2
TYPES = frozenset({QuestionType.SINGLE, QuestionType.TRUE_FALSE, QuestionType.MULTI})
"""What is answered by tapping options."""
_GOING_ON = "open"


@dataclass(frozen=True, slots=True)
class Told:
    """One answered question: what was chosen, whether it was right, and the key, which may be seen from now on."""

    number: int
    choice: Any
    right: bool
    question: Question


@dataclass(frozen=True, slots=True)
class Try:
    """A try of a quiz. `current` is the question to answer next, None when it is over."""

    public_id: str
    skill: Skill
    questions: Sequence[Question]
    answers: Sequence[tuple[Any, bool]]
    passed: bool | None

    @property
    def number(self) -> int:
        """The number of the current question, from 1; one more than there are when it is over."""
        return len(self.answers) + 1

    @property
    def current(self) -> Question | None:
        return self.questions[len(self.answers)] if len(self.answers) < len(self.questions) else None

    @property
    def score(self) -> int:
        return sum(right for _, right in self.answers)

    def told(self, number: int) -> Told:
        """The answered question of this number."""
        choice, right = self.answers[number - 1]
        return Told(number, choice, right, self.questions[number - 1])


async def begin(
    writer: Writer, festival_id: int, guest: Guest, skill: Skill, *, rng: random.Random, now_ms: int
) -> Try:
    """A new try, or the one that is not finished.

    Raises Conflict("quiz_passed" | "quiz_wait", seconds=… | "quiz_unavailable").
    """
    await checkin_cards.lock(writer, [guest.id])
    c = skill_quizzes.c
    mine = select(skill_quizzes).where(c.guest_id == guest.id, c.festival_id == festival_id, c.skill == skill)
    earlier = (await writer.execute(mine.order_by(c.id))).all()
    if any(row.passed for row in earlier):
        raise Conflict("quiz_passed")
    if earlier and earlier[-1].finished_at is None:
        return _try(earlier[-1])
    if earlier and now_ms < earlier[-1].finished_at + skills_passport.RETRY_MS:
        left = earlier[-1].finished_at + skills_passport.RETRY_MS - now_ms
        raise Conflict("quiz_wait", seconds=-(-left // 1000))
    asked = [stem_of(question) for row in earlier for question in _questions(row)]
    drawn = _drawn(await bank(Reader(writer), skill), asked, rng)
    row = (
        await writer.execute(
            insert(skill_quizzes)
            .values(
                public_id=new_public_id(),
                festival_id=festival_id,
                guest_id=guest.id,
                skill=str(skill),
                questions=[question.model_dump(mode="json") for question in drawn],
                answers=[],
                started_at=now_ms,
            )
            .returning(skill_quizzes)
        )
    ).one()
    return _try(row)


async def answer(
    writer: Writer, festival_id: int, guest: Guest, public_id: str, number: int, choice: object, *, now_ms: int
) -> tuple[Told, Try]:
    """Stores one answer; a question that has one keeps it. Commit before the key is told.

    Raises NotFound("skill_quiz_unknown"), Conflict("quiz_order"), Invalid("choice_invalid").
    """
    c = skill_quizzes.c
    query = select(skill_quizzes).where(c.public_id == public_id, c.guest_id == guest.id, c.festival_id == festival_id)
    row = (await writer.execute(query.with_for_update())).one_or_none()
    if row is None:
        raise NotFound("skill_quiz_unknown")
    now = _try(row)
    if 1 <= number < now.number:
        return now.told(number), now
    if number != now.number or now.current is None:
        raise Conflict("quiz_order")
    parsed = parse_choice(now.current.key, choice)
    if parsed is None:
        raise Invalid("choice_invalid")
    right = judge(now.current.key, parsed).verdict is Verdict.RIGHT
    answers = [*(list(one) for one in now.answers), [parsed, right]]
    over = len(answers) == len(now.questions)
    score = sum(bool(one[1]) for one in answers)
    values: dict[str, Any] = {"answers": answers}
    if over:
        values |= {"score": score, "passed": score >= NEEDED, "finished_at": now_ms}
    stored = (
        await writer.execute(update(skill_quizzes).where(c.id == row.id).values(values).returning(skill_quizzes))
    ).one()
    if over and score >= NEEDED:
        await ledger.record(writer, [_fact(stored, guest)], now_ms=now_ms)
    after = _try(stored)
    return after.told(number), after


async def bank(reader: Reader, skill: Skill) -> list[Question]:
    """The questions that may be asked of a skill: of the banks, answered by tapping, in no contest that goes on.

    Where that leaves too few for two tries, the ones that come with the platform are added.
    """
    query = (
        select(questions.c.body)
        .join(quizzes, quizzes.c.id == questions.c.quiz_id)
        .where(quizzes.c.is_bank, quizzes.c.archived_at.is_(None), questions.c.category == str(skill))
    )
    secret = await _secret(reader)
    found: dict[str, Question] = {}
    for body in (await reader.execute(query)).scalars():
        question = Question.model_validate(body)
        stem = stem_of(question)
        if question.type in TYPES and question.category == skill and stem not in secret:
            found.setdefault(stem, question)
    if len(found) < 2 * ASKED:
        found = {stem_of(one): one for one in shipped() if one.category == skill and stem_of(one) not in secret} | found
    return list(found.values())


@lru_cache(maxsize=1)
def shipped() -> tuple[Question, ...]:
    """Six questions of each skill that come with the platform."""
    content = json.loads((files("contest") / "data" / "skill_quizzes.json").read_text("utf-8"))
    return question_bank.parse(content["questions"])


async def _secret(reader: Reader) -> set[str]:
    query = (
        select(contest_questions.c.body)
        .join(contests, contests.c.id == contest_questions.c.contest_id)
        .where(contests.c.state == _GOING_ON)
    )
    return {fold(str(body.get("stem_vi", ""))) for body in (await reader.execute(query)).scalars()}


def stem_of(question: Question) -> str:
    """What makes two questions the same here."""
    return fold(question.stem_vi)


def _drawn(bank_questions: Sequence[Question], asked: Sequence[str], rng: random.Random) -> list[Question]:
    """Questions this guest has not seen; when too few are left, those seen longest ago."""
    if len(bank_questions) < ASKED:
        raise Conflict("quiz_unavailable")
    last = {stem: place for place, stem in enumerate(asked)}
    mixed = rng.sample(bank_questions, len(bank_questions))
    mixed.sort(key=lambda question: last.get(stem_of(question), -1))
    return [_shuffled(question, rng) for question in mixed[:ASKED]]


def _shuffled(question: Question, rng: random.Random) -> Question:
    if question.type is QuestionType.TRUE_FALSE:
        return question
    return question.model_copy(update={"options": tuple(rng.sample(question.options, len(question.options)))})


def _questions(row: Any) -> list[Question]:
    return [Question.model_validate(one) for one in row.questions]


def _try(row: Any) -> Try:
    answers = [(choice, bool(right)) for choice, right in row.answers]
    return Try(row.public_id, Skill(row.skill), _questions(row), answers, row.passed)


def _fact(row: Any, guest: Guest) -> Fact:
    return Fact(
        FactKind.SKILL_QUIZ,
        f"{row.festival_id}:{guest.id}:{row.skill}",
        row.finished_at,
        person=guest.person,
        commune=guest.commune,
        village_id=guest.village_id,
        target_group=guest.target_group,
        age_band=guest.age_band,
        skills=(Skill(row.skill),),
        passed=True,
        score=row.score,
        channel=Channel.WEB,
        festival_id=row.festival_id,
    )


def shown(question: Question, number: int, of: int, lang: str) -> Mapping[str, Any]:
    """The question as the phone gets it: never its key, its explanation or where it comes from."""
    return {
        "n": number,
        "of": of,
        "type": question.type.value,
        "text": (question.stem_en if lang == "en" else "") or question.stem_vi,
        "options": [{"id": option.id, "text": option.text_vi} for option in question.options],
    }
