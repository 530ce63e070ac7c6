"""Quizzes in SQL as wholes: kept, found, renamed, saved, duplicated, archived.

Never judges an answer and never changes a live round: a round holds its own frozen copy. The caller opens the
transaction and records the audit line in it. Single questions are edited in `contest.quiz_questions` and drawn from
banks in `contest.drawing`.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NewType

from pydantic import ValidationError
from sqlalchemy import Select, delete, func, insert, select, update

from contest.database import Reader, Writer
from contest.errors import Conflict, Invalid, NotFound
from contest.ids import AccountId, QuizId
from contest.model import MAX_QUESTIONS, Question
from contest.tables import questions, quizzes
from scoring.folding import fold, nfc

QuestionId = NewType("QuestionId", int)
"""The stored row of a question; stays the same while the question is moved and edited."""

MAX_TITLE = 160
MAX_QUIZZES_LISTED = 200
_PYDANTIC_CODES = {
    "missing": "field_missing",
    "extra_forbidden": "field_unknown",
    "string_too_short": "field_empty",
    "string_too_long": "field_too_long",
    "enum": "field_not_allowed",
    "literal_error": "field_not_allowed",
    "greater_than_equal": "field_too_small",
    "less_than_equal": "field_too_large",
    "too_long": "too_many_options",
}


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why one question was refused: `row` counts from 1, `code` is a catalogue key under `problem.`."""

    row: int
    code: str
    field: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {"row": self.row, "code": self.code, "field": self.field}


@dataclass(frozen=True, slots=True)
class StoredQuestion:
    """A question with its row and place (from 1)."""

    id: QuestionId
    position: int
    question: Question

    @property
    def tag(self) -> str:
        """Changes whenever the question does: an edit names the tag it was made from."""
        return hashlib.sha256(_canonical(self.question).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class QuizSummary:
    """One line of the list of quizzes; `questions` is how many it has."""

    id: QuizId
    title: str
    questions: int
    is_bank: bool
    version: int
    owner_id: AccountId | None
    archived_at: int | None
    created_at: int
    updated_at: int


@dataclass(frozen=True, slots=True)
class Quiz:
    """A quiz with its questions in order."""

    summary: QuizSummary
    questions: tuple[StoredQuestion, ...]

    @property
    def plain(self) -> tuple[Question, ...]:
        return tuple(stored.question for stored in self.questions)


def check_title(title: str) -> str:
    """The title as stored. Raises Invalid("title_missing" | "title_too_long")."""
    clean = nfc(title)
    if not clean:
        raise Invalid("title_missing")
    if len(clean) > MAX_TITLE:
        raise Invalid("title_too_long", limit=MAX_TITLE)
    return clean


def parse(raw: Iterable[object]) -> tuple[Question, ...]:
    """Questions from the bank format, all or none.

    Raises Invalid("questions_invalid", rows=[{row, code, field}]) naming every bad row, Invalid("too_many_questions").
    """
    good: list[Question] = []
    problems: list[RowProblem] = []
    for row, item in enumerate(raw, start=1):
        if row > MAX_QUESTIONS:
            raise Invalid("too_many_questions", limit=MAX_QUESTIONS)
        try:
            good.append(Question.model_validate(item))
        except ValidationError as error:
            problems.extend(problems_of(error, row))
    if problems:
        raise Invalid(
            "questions_invalid", rows=[problem.as_dict() for problem in problems], count=len({p.row for p in problems})
        )
    return tuple(good)


def problems_of(error: ValidationError, row: int) -> list[RowProblem]:
    """Pydantic's complaints about one question as our codes."""
    found = []
    for detail in error.errors(include_url=False, include_input=False):
        field = ".".join(str(part) for part in detail["loc"] if not str(part).startswith(("tuple[", "decimal")))
        if detail["type"] == "value_error":
            code = str(detail["ctx"]["error"])
        else:
            code = _PYDANTIC_CODES.get(detail["type"], "field_invalid")
        found.append(RowProblem(row, code, field))
    return found


async def listing(
    reader: Reader,
    *,
    query: str = "",
    archived: bool = False,
    banks: bool | None = None,
    limit: int = MAX_QUIZZES_LISTED,
    offset: int = 0,
) -> list[QuizSummary]:
    """Quizzes, latest changed first. Every word of `query` must occur, diacritics and case aside, in the title
    or in one of the questions."""
    wanted = _summaries().order_by(quizzes.c.updated_at.desc(), quizzes.c.id.desc()).limit(limit).offset(offset)
    wanted = wanted.where(quizzes.c.archived_at.is_not(None) if archived else quizzes.c.archived_at.is_(None))
    if banks is not None:
        wanted = wanted.where(quizzes.c.is_bank.is_(banks))
    for word in fold(query).split():
        in_questions = select(questions.c.quiz_id).where(questions.c.search.contains(word, autoescape=True))
        wanted = wanted.where(quizzes.c.title_fold.contains(word, autoescape=True) | quizzes.c.id.in_(in_questions))
    return [_summary(row) for row in await reader.execute(wanted)]


async def get(reader: Reader, quiz_id: QuizId) -> Quiz:
    """Raises NotFound("quiz_unknown")."""
    row = (await reader.execute(_summaries().where(quizzes.c.id == quiz_id))).one_or_none()
    if row is None:
        raise NotFound("quiz_unknown")
    return Quiz(_summary(row), tuple(await stored_questions(reader, quiz_id)))


async def create(
    writer: Writer,
    *,
    title: str,
    items: Sequence[Question],
    owner_id: AccountId | None,
    now_ms: int,
    is_bank: bool = False,
) -> QuizId:
    """A new quiz. Raises Invalid for its title or more than MAX_QUESTIONS questions."""
    title = check_title(title)
    if len(items) > MAX_QUESTIONS:
        raise Invalid("too_many_questions", limit=MAX_QUESTIONS)
    inserted = await writer.execute(
        insert(quizzes)
        .values(
            title=title,
            title_fold=fold(title),
            is_bank=is_bank,
            owner_id=owner_id,
            created_at=now_ms,
            updated_at=now_ms,
        )
        .returning(quizzes.c.id)
    )
    quiz_id = QuizId(inserted.scalar_one())
    await _insert_all(writer, quiz_id, items)
    return quiz_id


async def rename(writer: Writer, quiz_id: QuizId, title: str, *, now_ms: int) -> None:
    """Raises NotFound, Invalid."""
    title = check_title(title)
    await touch(writer, quiz_id, now_ms, title=title, title_fold=fold(title))


async def replace_questions(
    writer: Writer, quiz_id: QuizId, items: Sequence[Question], *, expected: int, now_ms: int
) -> int:
    """Saves the whole quiz as `items`; returns its new version.

    Raises Conflict("stale", version=…) when somebody else saved since version `expected`.
    """
    if len(items) > MAX_QUESTIONS:
        raise Invalid("too_many_questions", limit=MAX_QUESTIONS)
    version = await touch(writer, quiz_id, now_ms)
    if version != expected + 1:
        raise Conflict("stale", version=version - 1)
    await writer.execute(delete(questions).where(questions.c.quiz_id == quiz_id))
    await _insert_all(writer, quiz_id, items)
    return version


async def duplicate(writer: Writer, quiz_id: QuizId, *, title: str, owner_id: AccountId | None, now_ms: int) -> QuizId:
    """A copy of the quiz with another title and owner; never a bank."""
    quiz = await get(Reader(writer), quiz_id)
    return await create(writer, title=title, items=quiz.plain, owner_id=owner_id, now_ms=now_ms)


async def archive(writer: Writer, quiz_id: QuizId, *, now_ms: int) -> None:
    """Takes the quiz out of the lists; rounds played from it keep their copy."""
    await touch(writer, quiz_id, now_ms, archived_at=now_ms)


async def restore(writer: Writer, quiz_id: QuizId, *, now_ms: int) -> None:
    """Puts an archived quiz back into the lists."""
    await touch(writer, quiz_id, now_ms, archived_at=None)


def search_text(question: Question) -> str:
    """What the search looks through: the folded stem, options and category."""
    return fold(" ".join((question.stem_vi, *(option.text_vi for option in question.options), question.category)))


def _canonical(question: Question) -> str:
    return json.dumps(question.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def columns_of(question: Question) -> dict[str, Any]:
    """What a row of `questions` says of it, besides quiz and position."""
    return {
        "type": question.type.value,
        "category": question.category,
        "difficulty": question.difficulty,
        "search": search_text(question),
        "body": question.model_dump(mode="json"),
    }


def _summaries() -> Select[Any]:
    count = select(func.count()).where(questions.c.quiz_id == quizzes.c.id).scalar_subquery().label("question_count")
    return select(quizzes, count)


def _summary(row: Any) -> QuizSummary:
    return QuizSummary(
        id=QuizId(row.id),
        title=row.title,
        questions=row.question_count,
        is_bank=bool(row.is_bank),
        version=row.version,
        owner_id=None if row.owner_id is None else AccountId(row.owner_id),
        archived_at=row.archived_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def stored_question(row: Any) -> StoredQuestion:
    """A row of `questions` (id, position, body), decoded."""
    return StoredQuestion(QuestionId(row.id), row.position, Question.model_validate(row.body))


async def stored_questions(reader: Reader, quiz_id: QuizId) -> list[StoredQuestion]:
    """The questions of a quiz in order; none for an unknown quiz."""
    rows = await reader.execute(
        select(questions.c.id, questions.c.position, questions.c.body)
        .where(questions.c.quiz_id == quiz_id)
        .order_by(questions.c.position, questions.c.id)
    )
    return [stored_question(row) for row in rows]


async def _insert_all(writer: Writer, quiz_id: QuizId, items: Sequence[Question]) -> None:
    if items:
        rows = [{"quiz_id": quiz_id, "position": n, **columns_of(item)} for n, item in enumerate(items, start=1)]
        await writer.execute(insert(questions), rows)


async def touch(writer: Writer, quiz_id: QuizId, now_ms: int, **changes: Any) -> int:
    """Adds one to the version and returns it; the row's lock makes editors of one quiz queue. Raises NotFound."""
    row = (
        await writer.execute(
            update(quizzes)
            .where(quizzes.c.id == quiz_id)
            .values(version=quizzes.c.version + 1, updated_at=now_ms, **changes)
            .returning(quizzes.c.version)
        )
    ).one_or_none()
    if row is None:
        raise NotFound("quiz_unknown")
    return int(row.version)
