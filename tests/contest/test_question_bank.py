"""Quizzes and questions in SQL, on SQLite and on PostgreSQL."""

import asyncio
import json
from pathlib import Path

import pytest

from contest import question_bank, quiz_questions
from contest.database import Database, Reader
from contest.errors import Conflict, Invalid, NotFound
from contest.ids import QuizId
from contest.model import MAX_QUESTIONS, Question
from contest.question_bank import QuestionId, Quiz
from tests.contest.support import EVERY_TYPE, T0

DATA = Path(question_bank.__file__).parent / "data"


async def made(db: Database, *items: Question, title: str = "Bộ thử") -> QuizId:
    async with db.write() as writer:
        return await question_bank.create(writer, title=title, items=items, owner_id=None, now_ms=T0)


async def read(db: Database, quiz_id: QuizId) -> Quiz:
    async with db.read() as reader:
        return await question_bank.get(reader, quiz_id)


async def stems(db: Database, quiz_id: QuizId) -> list[str]:
    quiz = await read(db, quiz_id)
    assert [stored.position for stored in quiz.questions] == list(range(1, len(quiz.questions) + 1))
    return [stored.question.stem_vi for stored in quiz.questions]


def named(*names: str) -> tuple[Question, ...]:
    return tuple(EVERY_TYPE[0].model_copy(update={"stem_vi": name}) for name in names)


async def test_what_is_stored_is_what_was_given(db: Database) -> None:
    """Every type, and every question of the bank that is shipped."""
    bank = json.loads((DATA / "bank.json").read_text("utf-8"))["questions"]
    assert len(bank) >= 60
    items = (*EVERY_TYPE, *question_bank.parse(bank))
    quiz = await read(db, await made(db, *items))
    assert quiz.plain == items
    assert (quiz.summary.questions, quiz.summary.version) == (len(items), 1)


def test_every_bad_row_is_named() -> None:
    rows = [
        {"type": "true_false", "stem_vi": "Đúng?", "answer": ["T"]},
        {"type": "true_false", "stem_vi": "", "answer": ["T"]},
        {"type": "single", "stem_vi": "x", "options": [{"id": "a", "text_vi": "A"}], "answer": ["a"]},
        {"type": "numeric", "stem_vi": "x", "answer": "nhiều"},
        {"type": "poll", "stem_vi": "x", "options": [], "answer": [], "media": "x"},
        "không phải câu hỏi",
        {"type": "true_false", "stem_vi": "Đúng?", "answer": ["T"], "seconds": 1},
    ]
    with pytest.raises(Invalid) as refused:
        question_bank.parse(rows)
    assert refused.value.code == "questions_invalid"
    found = {(row["row"], row["code"]) for row in refused.value.params["rows"]}
    assert {row for row, _ in found} == {2, 3, 4, 5, 6, 7}
    assert {(2, "field_empty"), (3, "too_few_options"), (5, "field_unknown"), (7, "field_too_small")} <= found


def test_every_key_of_the_bank_format_is_taken() -> None:
    full = {
        "id": "Q1",
        "category": "online_payment",
        "type": "numeric",
        "difficulty": 2,
        "seconds": 30,
        "stem_vi": "Mấy?",
        "stem_en": "How many?",
        "options": [],
        "answer": 115,
        "explanation_vi": "Vì thế.",
        "source": "sở",
        "verified": "lookup",
        "tolerance": 0.5,
        "unit_vi": "số",
        "review_by": "2027-01-31",
        "weight": 2,
        "words": 3,
    }
    (question,) = question_bank.parse([full])
    assert question.review_by is not None
    assert question.model_dump(mode="json").keys() == full.keys()


async def test_search_needs_no_diacritics(db: Database) -> None:
    first = await made(db, *named("Cổng Dịch vụ công quốc gia ở đâu?"), title="Khởi động")
    second = await made(db, *named("Ea H’leo thuộc tỉnh nào?"), title="Địa lý Đắk Lắk")
    async with db.read() as reader:

        async def found(query: str) -> set[int]:
            return {quiz.id for quiz in await question_bank.listing(reader, query=query)}

        assert await found("") == {first, second}
        assert await found("dich vu cong") == {first}
        assert await found("DAK lak") == {second}
        assert await found("ea hleo") == {second}
        assert await found("khoi dong quoc gia") == {first}, "title and question together"
        assert await found("100%") == set(), "a wildcard is a letter like any other"
        assert await found("khong co") == set()


async def test_questions_are_added_moved_copied_deleted_and_put_back(db: Database) -> None:
    quiz_id = await made(db, *named("a", "b", "c"))
    ids = {stored.question.stem_vi: stored.id for stored in (await read(db, quiz_id)).questions}
    async with db.write() as writer:
        await quiz_questions.add_question(writer, quiz_id, named("d")[0], now_ms=T0)
        await quiz_questions.add_question(writer, quiz_id, named("đầu")[0], now_ms=T0, position=1)
    assert await stems(db, quiz_id) == ["đầu", "a", "b", "c", "d"]
    async with db.write() as writer:
        await quiz_questions.move_question(writer, quiz_id, ids["c"], position=1, now_ms=T0)
        await quiz_questions.move_question(writer, quiz_id, ids["a"], position=99, now_ms=T0)
    assert await stems(db, quiz_id) == ["c", "đầu", "b", "d", "a"]
    async with db.write() as writer:
        gone = await quiz_questions.delete_question(writer, quiz_id, ids["b"], now_ms=T0)
    assert await stems(db, quiz_id) == ["c", "đầu", "d", "a"]
    async with db.write() as writer:
        await quiz_questions.add_question(writer, quiz_id, gone.question, now_ms=T0, position=gone.position)
        await quiz_questions.duplicate_question(writer, quiz_id, ids["c"], now_ms=T0)
    assert await stems(db, quiz_id) == ["c", "c", "đầu", "b", "d", "a"]


async def test_an_edit_of_a_stale_copy_is_refused(db: Database) -> None:
    quiz_id = await made(db, *named("a", "b"))
    stored = (await read(db, quiz_id)).questions[0]
    mine, theirs = named("của tôi", "của họ")

    async def save(question: Question, tag: str) -> None:
        async with db.write() as writer:
            await quiz_questions.edit_question(writer, quiz_id, stored.id, question, tag=tag, now_ms=T0)

    await save(theirs, stored.tag)
    with pytest.raises(Conflict) as refused:
        await save(mine, stored.tag)
    assert refused.value.code == "stale"
    await save(theirs, stored.tag)  # Said twice because the answer was lost: nothing is wrong.
    assert await stems(db, quiz_id) == ["của họ", "b"]


async def test_whole_quiz_saves_and_orders_name_their_version(db: Database) -> None:
    quiz_id = await made(db, *named("a", "b"))
    async with db.write() as writer:
        assert await question_bank.replace_questions(writer, quiz_id, named("x", "y", "z"), expected=1, now_ms=T0) == 2
    with pytest.raises(Conflict):
        async with db.write() as writer:
            await question_bank.replace_questions(writer, quiz_id, (), expected=1, now_ms=T0)
    assert await stems(db, quiz_id) == ["x", "y", "z"], "a refused save changes nothing"
    quiz = await read(db, quiz_id)
    order = [quiz.questions[2].id, quiz.questions[0].id, quiz.questions[1].id]
    async with db.write() as writer:
        await quiz_questions.reorder(writer, quiz_id, order, expected=2, now_ms=T0)
    assert await stems(db, quiz_id) == ["z", "x", "y"]
    for bad in (order[:2], [*order[:2], order[0]], [*order, QuestionId(9)]):
        with pytest.raises(Conflict):
            async with db.write() as writer:
                await quiz_questions.reorder(writer, quiz_id, bad, expected=3, now_ms=T0)


async def test_two_editors_at_once_keep_positions_whole(db: Database) -> None:
    quiz_id = await made(db, *named("a", "b", "c"))

    async def add(name: str) -> None:
        async with db.write() as writer:
            await quiz_questions.add_question(writer, quiz_id, named(name)[0], now_ms=T0, position=2)

    await asyncio.gather(*(add(f"n{n}") for n in range(8)))
    assert len(await stems(db, quiz_id)) == 11


async def test_copies_archives_and_things_that_are_not_there(db: Database) -> None:
    quiz_id = await made(db, *named("a"), title="Gốc")
    other = await made(db, *named("b"))
    foreign = (await read(db, other)).questions[0].id
    async with db.write() as writer:
        copy = await question_bank.duplicate(writer, quiz_id, title="Bản sao", owner_id=None, now_ms=T0)
        await question_bank.archive(writer, quiz_id, now_ms=T0)
    async with db.read() as reader:
        assert {quiz.id for quiz in await question_bank.listing(reader)} == {copy, other}
        assert [quiz.id for quiz in await question_bank.listing(reader, archived=True)] == [quiz_id]
    assert await stems(db, copy) == ["a"]
    async with db.write() as writer:
        await question_bank.restore(writer, quiz_id, now_ms=T0)
        with pytest.raises(NotFound):
            await question_bank.get(Reader(writer), QuizId(999))
        with pytest.raises(NotFound):
            await quiz_questions.question_at(Reader(writer), quiz_id, foreign)
        with pytest.raises(NotFound):
            await question_bank.rename(writer, QuizId(999), "x", now_ms=T0)


async def test_limits(db: Database) -> None:
    for title, code in (("  ", "title_missing"), ("x" * 161, "title_too_long")):
        with pytest.raises(Invalid, match=code):
            await made(db, title=title)
    with pytest.raises(Invalid, match="too_many_questions"):
        await made(db, *named(*["x"] * (MAX_QUESTIONS + 1)))
    full = await made(db, *named(*["x"] * MAX_QUESTIONS))
    with pytest.raises(Invalid, match="too_many_questions"):
        async with db.write() as writer:
            await quiz_questions.add_question(writer, full, named("y")[0], now_ms=T0)
