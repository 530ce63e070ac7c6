"""Questions taken from one quiz, usually a bank, for another: found, drawn at random, picked one by one.

Never writes: `contest.quiz_questions.add_questions` puts them into the quiz.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from contest.database import Reader
from contest.errors import Invalid, NotFound
from contest.ids import QuizId
from contest.model import Question
from contest.question_bank import QuestionId, StoredQuestion, search_text, stored_questions
from scoring.folding import fold


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which questions fit; what is empty excludes nothing. Every word of `words` must occur, diacritics aside."""

    categories: frozenset[str] = frozenset()
    difficulties: frozenset[int] = frozenset()
    words: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A question that fits, and whether the quiz to be filled has it already."""

    stored: StoredQuestion
    present: bool


async def find(reader: Reader, bank_id: QuizId, wanted: Wanted, *, present: Sequence[Question] = ()) -> list[Found]:
    """The fitting questions of a bank in its order; `present` are those of the quiz to be filled.

    A question is present when one with its very words (stem and options, diacritics aside) is, or one that has its id
    and still either of the two. The id alone says little: two files may both count from 1.
    """
    words = fold(wanted.words).split()
    known = {mark for question in present for mark in _marks(question)}
    return [
        Found(stored, not known.isdisjoint(_marks(stored.question)))
        for stored in await stored_questions(reader, bank_id)
        if _fits(stored.question, wanted, words)
    ]


async def draw(
    reader: Reader,
    bank_id: QuizId,
    wanted: Wanted,
    *,
    count: int,
    rng: random.Random,
    present: Sequence[Question] = (),
) -> tuple[Question, ...]:
    """`count` different fitting questions of a bank that are not `present`, at random by `rng`.

    Raises Invalid("bank_too_small", found=…) when fewer fit.
    """
    fresh = [one.stored.question for one in await find(reader, bank_id, wanted, present=present) if not one.present]
    if len(fresh) < count:
        raise Invalid("bank_too_small", found=len(fresh), count=count)
    return tuple(rng.sample(fresh, count))


async def pick(reader: Reader, bank_id: QuizId, ids: Sequence[QuestionId]) -> tuple[Question, ...]:
    """The questions with these ids, each once, in the order of the bank. Raises NotFound("question_unknown")."""
    by_id = {stored.id: stored.question for stored in await stored_questions(reader, bank_id)}
    if not by_id.keys() >= set(ids):
        raise NotFound("question_unknown")
    return tuple(question for question_id, question in by_id.items() if question_id in set(ids))


async def categories(reader: Reader, bank_id: QuizId) -> dict[str, int]:
    """How many questions each category of a bank has; questions without one are left out."""
    counted = Counter(stored.question.category for stored in await stored_questions(reader, bank_id))
    return {name: count for name, count in sorted(counted.items()) if name}


def _fits(question: Question, wanted: Wanted, words: list[str]) -> bool:
    if wanted.categories and question.category not in wanted.categories:
        return False
    if wanted.difficulties and question.difficulty not in wanted.difficulties:
        return False
    return not words or all(word in search_text(question) for word in words)


def _marks(question: Question) -> set[tuple[str, ...]]:
    """What two questions have in common when they are the same one."""
    stem = fold(question.stem_vi)
    options = sorted(fold(option.text_vi) for option in question.options)
    marks = {("words", question.type.value, stem, *options)}
    if question.id:
        marks.add(("stem", question.id, stem))
        if options:
            marks.add(("options", question.id, *options))
    return marks
