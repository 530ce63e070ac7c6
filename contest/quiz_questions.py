"""Single questions of a quiz in SQL: added, edited, moved, taken out and put back.

Never saves a quiz whole: that is `contest.question_bank`. The caller opens the transaction and records the audit line
in it.
"""

from collections.abc import Sequence

from sqlalchemy import delete, func, insert, select, update

from contest.database import Reader, Writer
from contest.errors import Conflict, Invalid, NotFound
from contest.ids import QuizId
from contest.model import MAX_QUESTIONS, Question
from contest.question_bank import (
    QuestionId,
    StoredQuestion,
    columns_of,
    stored_question,
    stored_questions,
    touch,
)
from contest.tables import questions


async def add_question(
    writer: Writer, quiz_id: QuizId, question: Question, *, now_ms: int, position: int | None = None
) -> StoredQuestion:
    """Puts `question` at `position` (from 1; None: at the end). Raises NotFound, Invalid("too_many_questions")."""
    await touch(writer, quiz_id, now_ms)
    counted = await writer.execute(select(func.count()).where(questions.c.quiz_id == quiz_id))
    count = int(counted.scalar_one())
    if count >= MAX_QUESTIONS:
        raise Invalid("too_many_questions", limit=MAX_QUESTIONS)
    place = count + 1 if position is None else max(1, min(position, count + 1))
    await writer.execute(
        update(questions)
        .where(questions.c.quiz_id == quiz_id, questions.c.position >= place)
        .values(position=questions.c.position + 1)
    )
    inserted = await writer.execute(
        insert(questions).values(quiz_id=quiz_id, position=place, **columns_of(question)).returning(questions.c.id)
    )
    return StoredQuestion(QuestionId(inserted.scalar_one()), place, question)


async def add_questions(writer: Writer, quiz_id: QuizId, items: Sequence[Question], *, now_ms: int) -> int:
    """Puts `items` at the end, all or none; returns the quiz's new version.

    Raises NotFound, Invalid("too_many_questions").
    """
    version = await touch(writer, quiz_id, now_ms)
    counted = await writer.execute(select(func.count()).where(questions.c.quiz_id == quiz_id))
    count = int(counted.scalar_one())
    if count + len(items) > MAX_QUESTIONS:
        raise Invalid("too_many_questions", limit=MAX_QUESTIONS)
    rows = [{"quiz_id": quiz_id, "position": n, **columns_of(item)} for n, item in enumerate(items, start=count + 1)]
    if rows:
        await writer.execute(insert(questions), rows)
    return version


async def edit_question(
    writer: Writer, quiz_id: QuizId, question_id: QuestionId, question: Question, *, tag: str, now_ms: int
) -> StoredQuestion:
    """Saves one question that was edited from the copy tagged `tag`.

    Raises NotFound("question_unknown"), Conflict("stale") when the stored one is another by now. Saving what is
    already stored is no conflict, so a repeated save is harmless.
    """
    await touch(writer, quiz_id, now_ms)
    stored = await question_at(Reader(writer), quiz_id, question_id)
    changed = StoredQuestion(stored.id, stored.position, question)
    if stored.tag not in (tag, changed.tag):
        raise Conflict("stale")
    await writer.execute(update(questions).where(questions.c.id == question_id).values(**columns_of(question)))
    return changed


async def delete_question(writer: Writer, quiz_id: QuizId, question_id: QuestionId, *, now_ms: int) -> StoredQuestion:
    """Takes the question out and returns it, so that it can be put back with `add_question`."""
    await touch(writer, quiz_id, now_ms)
    stored = await question_at(Reader(writer), quiz_id, question_id)
    await writer.execute(delete(questions).where(questions.c.id == question_id))
    await writer.execute(
        update(questions)
        .where(questions.c.quiz_id == quiz_id, questions.c.position > stored.position)
        .values(position=questions.c.position - 1)
    )
    return stored


async def duplicate_question(
    writer: Writer, quiz_id: QuizId, question_id: QuestionId, *, now_ms: int
) -> StoredQuestion:
    """Puts a copy right behind the question."""
    stored = await question_at(Reader(writer), quiz_id, question_id)
    copy = stored.question.model_copy(update={"id": None})
    return await add_question(writer, quiz_id, copy, now_ms=now_ms, position=stored.position + 1)


async def move_question(
    writer: Writer, quiz_id: QuizId, question_id: QuestionId, *, position: int, now_ms: int
) -> None:
    """Gives the question the place `position` (from 1, bounded by the ends); the others close up."""
    await touch(writer, quiz_id, now_ms)
    order = [stored.id for stored in await stored_questions(Reader(writer), quiz_id)]
    if question_id not in order:
        raise NotFound("question_unknown")
    order.remove(question_id)
    order.insert(max(0, min(position - 1, len(order))), question_id)
    await _write_order(writer, order)


async def reorder(writer: Writer, quiz_id: QuizId, order: Sequence[QuestionId], *, expected: int, now_ms: int) -> int:
    """Puts all questions in `order`; returns the new version.

    Raises Conflict("stale") for another version or when `order` is not exactly the questions of the quiz.
    """
    version = await touch(writer, quiz_id, now_ms)
    present = {stored.id for stored in await stored_questions(Reader(writer), quiz_id)}
    if version != expected + 1 or len(order) != len(present) or set(order) != present:
        raise Conflict("stale", version=version - 1)
    await _write_order(writer, order)
    return version


async def question_at(reader: Reader, quiz_id: QuizId, question_id: QuestionId) -> StoredQuestion:
    """Raises NotFound("question_unknown"), also for a question of another quiz."""
    row = (
        await reader.execute(
            select(questions.c.id, questions.c.position, questions.c.body).where(
                questions.c.id == question_id, questions.c.quiz_id == quiz_id
            )
        )
    ).one_or_none()
    if row is None:
        raise NotFound("question_unknown")
    return stored_question(row)


async def _write_order(writer: Writer, order: Sequence[QuestionId]) -> None:
    for position, question_id in enumerate(order, start=1):
        await writer.execute(
            update(questions)
            .where(questions.c.id == question_id, questions.c.position != position)
            .values(position=position)
        )
