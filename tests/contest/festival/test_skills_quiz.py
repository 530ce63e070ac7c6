"""The quizzes of the skills: keys stay here until an answer is stored, tries differ, a pass is one fact."""

import random
from typing import Any

import pytest
from sqlalchemy import insert

from contest import question_bank
from contest.database import Database, Reader
from contest.errors import Conflict, Invalid, NotFound
from contest.festival import skills_passport, skills_quiz
from contest.festival.model import Guest
from contest.festival.skills_quiz import Try
from contest.model import Question
from contest.provincial.tables import contest_questions, contests
from contest.skills import Skill
from contest.statistics.facts import FactKind
from tests.contest.festival.gate_support import MORNING, Grounds, grounds

SKILL = Skill.PAYMENT


async def begin(place: Grounds, guest: Guest, now: int = MORNING) -> Try:
    async with place.db.write() as writer:
        return await skills_quiz.begin(writer, place.festival.id, guest, SKILL, rng=random.Random(now), now_ms=now)


async def answer(place: Grounds, guest: Guest, now: Try, right: bool, at: int = MORNING) -> Try:
    question = now.current
    assert question is not None
    assert "answer" not in skills_quiz.shown(question, now.number, 3, "vi")
    key = list(question.key.right)
    choice = key if right else [next(one.id for one in question.options if one.id not in key)]
    async with place.db.write() as writer:
        told, after = await skills_quiz.answer(
            writer, place.festival.id, guest, now.public_id, now.number, choice, now_ms=at
        )
    assert (told.right, told.question) == (right, question)
    return after


async def test_a_skill_is_confirmed_at_the_second_try(db: Database) -> None:
    place = await grounds(db)
    guest, other = await place.guest("Lan", target_group="citizen"), await place.guest("Hoa")
    first = await begin(place, guest)
    assert (await begin(place, guest)).public_id == first.public_id
    now = await answer(place, guest, first, True)
    async with db.write() as writer:
        # A repeat is told the same, whatever it says now; another number is out of turn; nobody else may answer.
        common: dict[str, Any] = {"now_ms": MORNING}
        told, same = await skills_quiz.answer(writer, place.festival.id, guest, first.public_id, 1, ["?"], **common)
        assert (told.right, same.number) == (True, 2)
        for number, choice, kind in ((3, ["a"], Conflict), (2, ["?"], Invalid), (0, ["a"], Conflict)):
            with pytest.raises(kind):
                await skills_quiz.answer(writer, place.festival.id, guest, first.public_id, number, choice, **common)
        with pytest.raises(NotFound):
            await skills_quiz.answer(writer, place.festival.id, other, first.public_id, 2, ["a"], **common)
    for right in (False, False):
        now = await answer(place, guest, now, right)
    assert (now.passed, now.score, now.current) == (False, 1, None)
    with pytest.raises(Conflict, match="quiz_wait") as early:
        await begin(place, guest, MORNING + 30_000)
    assert early.value.params == {"seconds": 30}
    assert await place.standing() == {}

    second = await begin(place, guest, MORNING + 60_000)
    assert {one.stem_vi for one in second.questions}.isdisjoint(one.stem_vi for one in first.questions)
    for right in (True, False, True):
        second = await answer(place, guest, second, right, MORNING + 70_000)
    assert second.passed
    assert await place.standing() == {(FactKind.SKILL_QUIZ, f"{place.festival.id}:{guest.id}:{SKILL}"): 1}
    with pytest.raises(Conflict, match="quiz_passed"):
        await begin(place, guest, MORNING + 200_000)
    async with db.read() as reader:
        states = await skills_passport.passport(reader, place.festival.id, guest.id)
    (stamp,) = [one for one in states if one.done]
    assert (stamp.skill, stamp.passed_at, stamp.practised_at, stamp.retry_at) == (SKILL, MORNING + 70_000, None, None)


async def test_questions_of_a_contest_that_goes_on_are_never_asked(db: Database) -> None:
    mine = [
        Question(type="true_false", stem_vi=f"Câu của ngân hàng {n}", category=str(SKILL), answer=["T"])
        for n in range(7)
    ]
    secret = skills_quiz.shipped()[0].model_copy(update={"category": str(SKILL)})
    async with db.write() as writer:
        await question_bank.create(writer, title="Ngân hàng", items=mine, owner_id=None, now_ms=1, is_bank=True)
        assert len(await skills_quiz.bank(Reader(writer), SKILL)) == 7
        made = {"state": "open", "draft": {}, "created_by": "a", "created_at": 1, "updated_at": 1}
        values = {"slug": "x", "title": "x", "title_fold": "x"} | made
        contest = await writer.execute(insert(contests).values(values).returning(contests.c.id))
        common = {"contest_id": contest.scalar_one(), "pool": "", "created_at": 1}
        rows = [
            common | {"number": n, "body": one.model_dump(mode="json")} for n, one in enumerate([*mine[:5], secret], 1)
        ]
        await writer.execute(insert(contest_questions), rows)
        found = {one.stem_vi for one in await skills_quiz.bank(Reader(writer), SKILL)}
    assert found.isdisjoint(one.stem_vi for one in mine[:5])
    assert {one.stem_vi for one in mine[5:]} <= found
    assert len(found) == 2 + 6


def test_every_skill_has_questions_of_its_own_that_explain_themselves() -> None:
    for skill in Skill:
        own = [one for one in skills_quiz.shipped() if one.category == skill]
        assert len(own) == 6
        assert all(one.explanation_vi for one in own)
        assert {one.type for one in own} <= skills_quiz.TYPES
