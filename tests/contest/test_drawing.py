"""Questions taken from a bank for a quiz."""

import random

import pytest

from contest import drawing, question_bank, quiz_questions
from contest.database import Database
from contest.drawing import Wanted
from contest.errors import Invalid, NotFound
from contest.ids import QuizId
from contest.model import MAX_QUESTIONS, Question
from contest.question_bank import QuestionId
from tests.contest.test_question_bank import T0, made, named


def changed(*items: Question, **fields: object) -> list[Question]:
    return [item.model_copy(update=fields) for item in items]


@pytest.fixture
async def bank(db: Database) -> QuizId:
    """Six easy questions, and three hard ones in a category of their own."""
    return await made(
        db, *changed(*named(*"abcdef"), difficulty=1), *changed(*named(*"uvw"), difficulty=3, category="khó")
    )


async def test_a_draw_takes_what_fits_and_is_the_same_for_the_same_chance(db: Database, bank: QuizId) -> None:
    wanted = Wanted(categories=frozenset({"khó"}), difficulties=frozenset({3}))
    async with db.read() as reader:
        drawn = await drawing.draw(reader, bank, wanted, count=2, rng=random.Random(7))
        assert len({question.stem_vi for question in drawn} & set("uvw")) == 2
        assert drawn == await drawing.draw(reader, bank, wanted, count=2, rng=random.Random(7))
        with pytest.raises(Invalid) as refused:
            await drawing.draw(reader, bank, wanted, count=4, rng=random.Random(7))
    assert refused.value.params["found"] == 3


async def test_a_draw_avoids_what_is_there_by_id_or_by_words(db: Database, bank: QuizId) -> None:
    async with db.read() as reader:
        stored = changed(*(await question_bank.get(reader, bank)).plain, id=None)
    present = [stored[7], *changed(stored[6], stem_vi="Viết lại", id="bank-7")]
    kept = await made(db, *changed(stored[6], id="bank-7"), stored[7], stored[8])
    async with db.read() as reader:
        found = await drawing.find(reader, kept, Wanted(), present=present)
        assert [one.present for one in found] == [True, True, False]
        (only,) = await drawing.draw(reader, kept, Wanted(), count=1, rng=random.Random(1), present=present)
        assert only.stem_vi == "w"
        with pytest.raises(Invalid, match="bank_too_small"):
            await drawing.draw(reader, kept, Wanted(), count=2, rng=random.Random(1), present=present)


async def test_search_ignores_diacritics(db: Database) -> None:
    bank = await made(db, *named("Dịch vụ công", "Thanh toán"))
    async with db.read() as reader:
        found = await drawing.find(reader, bank, Wanted(words="cong dich"))
    assert [one.stored.question.stem_vi for one in found] == ["Dịch vụ công"]


async def test_picking_names_questions_of_this_bank(db: Database, bank: QuizId) -> None:
    other = await made(db, *named("lạ"))
    async with db.read() as reader:
        ids = [stored.id for stored in (await question_bank.get(reader, bank)).questions]
        picked = await drawing.pick(reader, bank, [ids[4], ids[0], ids[4]])
        assert [question.stem_vi for question in picked] == ["a", "e"]
        foreign = (await question_bank.get(reader, other)).questions[0].id
        for bad in (foreign, QuestionId(987654)):
            with pytest.raises(NotFound, match="question_unknown"):
                await drawing.pick(reader, bank, [ids[0], bad])
        assert await drawing.categories(reader, bank) == {"khó": 3} | {
            name: 6 for name in {named("a")[0].category} if name
        }


async def test_added_at_the_end_or_not_at_all(db: Database) -> None:
    quiz = await made(db, *named("một"))
    async with db.write() as writer:
        assert await quiz_questions.add_questions(writer, quiz, named("hai", "ba"), now_ms=T0 + 1) == 2
    with pytest.raises(Invalid, match="too_many_questions"):
        async with db.write() as writer:
            await quiz_questions.add_questions(writer, quiz, named(*["x"] * (MAX_QUESTIONS - 2)), now_ms=T0)
    async with db.read() as reader:
        stored = await question_bank.get(reader, quiz)
    assert [(one.position, one.question.stem_vi) for one in stored.questions] == [(1, "một"), (2, "hai"), (3, "ba")]
    assert stored.summary.version == 2
