"""Fills a quiz from a bank, for the pages and the API alike.

Never chooses a question itself: that is `contest.drawing`.
"""

import random
from collections.abc import Sequence

from admin.caller import Caller
from admin.services import Services
from contest import drawing, question_bank, quiz_questions
from contest.audit import record
from contest.database import Reader
from contest.drawing import Wanted
from contest.ids import QuizId
from contest.question_bank import QuestionId, QuizSummary


async def draw_into(
    services: Services, caller: Caller, quiz_id: QuizId, bank_id: QuizId, wanted: Wanted, count: int, *, repeats: bool
) -> QuizSummary:
    """Adds `count` questions of the bank at random, none that the quiz has already unless `repeats`.

    Raises NotFound("quiz_unknown"), Invalid("bank_too_small" | "too_many_questions"); then nothing is added.
    """
    now_ms = services.clock.wall_ms()
    async with services.db.write() as writer:
        reader = Reader(writer)
        quiz = await question_bank.get(reader, quiz_id)
        await question_bank.get(reader, bank_id)
        present = () if repeats else quiz.plain
        drawn = await drawing.draw(reader, bank_id, wanted, count=count, rng=random.SystemRandom(), present=present)
        await quiz_questions.add_questions(writer, quiz_id, drawn, now_ms=now_ms)
        await record(
            writer,
            actor=caller.actor,
            action="quiz.draw",
            subject=f"quiz:{quiz_id}",
            now_ms=now_ms,
            detail={"from": bank_id, "questions": len(drawn)},
        )
        return (await question_bank.get(reader, quiz_id)).summary


async def pick_into(
    services: Services, caller: Caller, quiz_id: QuizId, bank_id: QuizId, ids: Sequence[QuestionId]
) -> QuizSummary:
    """Adds these questions of the bank. Raises NotFound("quiz_unknown" | "question_unknown"), Invalid."""
    now_ms = services.clock.wall_ms()
    async with services.db.write() as writer:
        reader = Reader(writer)
        picked = await drawing.pick(reader, bank_id, ids)
        await quiz_questions.add_questions(writer, quiz_id, picked, now_ms=now_ms)
        await record(
            writer,
            actor=caller.actor,
            action="quiz.pick",
            subject=f"quiz:{quiz_id}",
            now_ms=now_ms,
            detail={"from": bank_id, "questions": len(picked)},
        )
        return (await question_bank.get(reader, quiz_id)).summary
