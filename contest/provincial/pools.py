"""The frozen bank of a contest: its questions and fixed papers, copied when the rules that ask for them come in force.

Never changes a question that is frozen already, and never marks an answer.
"""

import random
from typing import Any

from sqlalchemy import delete, insert, select, update

from contest.database import Reader, Writer
from contest.errors import Invalid
from contest.ids import QuizId
from contest.model import Question
from contest.provincial.blueprints import PoolItem, fixed_papers, shortages
from contest.provincial.rules import ContestRules
from contest.provincial.tables import contest_papers, contest_questions
from contest.question_bank import stored_questions
from scoring.answer_key import OPINIONS, QuestionType


def pool_banks(rules: ContestRules) -> dict[str, int | None]:
    """Which bank each pool is frozen from: "" the contest's, otherwise a round's own under the round's key."""
    found: dict[str, int | None] = {one.key: one.bank_id for one in rules.rounds if one.bank_id is not None}
    if len(found) < len(rules.rounds):
        found[""] = rules.bank_id
    return found


def pool_of(rules: ContestRules, round_key: str) -> str:
    """The pool from which papers of the round are drawn. Raises KeyError for an unknown round."""
    return round_key if rules.round(round_key).bank_id is not None else ""


async def freeze(writer: Writer, contest_id: int, rules: ContestRules, *, rng: random.Random, now_ms: int) -> None:
    """Copies the bank of every pool that is not frozen yet, without polls, and draws its fixed papers.

    Raises Invalid("bank_missing", pool=…) for a pool without a bank or with an empty one, and
    Invalid("contest_bank_too_small", pool=…, cell=…, have=…, need=…) naming the first cell (from 1) that could stay
    unfilled.
    """
    known = set((await writer.execute(_pools_of(contest_id))).scalars())
    for pool, bank_id in sorted(pool_banks(rules).items()):
        if pool not in known:
            await _freeze_pool(writer, contest_id, rules, pool, bank_id, rng=rng, now_ms=now_ms)


async def renew(writer: Writer, contest_id: int, rules: ContestRules, *, rng: random.Random, now_ms: int) -> None:
    """Freezes every pool anew, before anybody can have seen one. Raises as `freeze` does.

    The old rows leave last, so that the new ones get other ids: caches go by the highest.
    """
    columns = contest_questions.c
    mine = columns.contest_id == contest_id
    await writer.execute(update(contest_questions).where(mine).values(revision=-columns.revision))
    await writer.execute(delete(contest_papers).where(contest_papers.c.contest_id == contest_id))
    await freeze(writer, contest_id, rules, rng=rng, now_ms=now_ms)
    await writer.execute(delete(contest_questions).where(mine, columns.revision < 0))


async def _freeze_pool(
    writer: Writer,
    contest_id: int,
    rules: ContestRules,
    pool: str,
    bank_id: int | None,
    *,
    rng: random.Random,
    now_ms: int,
) -> None:
    stored = [] if bank_id is None else await stored_questions(Reader(writer), QuizId(bank_id))
    asked = [one.question for one in stored if one.question.type not in OPINIONS]
    if not asked:
        raise Invalid("bank_missing", pool=pool)
    items = [PoolItem(number, one.category, one.difficulty) for number, one in enumerate(asked, start=1)]
    blueprint = rules.blueprint
    short = shortages(blueprint.cells, items)
    if short:
        raise Invalid(
            "contest_bank_too_small", pool=pool, cell=short[0].cell + 1, have=short[0].have, need=short[0].need
        )
    rows: list[dict[str, Any]] = [
        {
            "contest_id": contest_id,
            "pool": pool,
            "number": number,
            "revision": 1,
            "body": relabelled(question, rng).model_dump(mode="json"),
            "created_at": now_ms,
        }
        for number, question in enumerate(asked, start=1)
    ]
    await writer.execute(insert(contest_questions), rows)
    papers = fixed_papers(blueprint.cells, items, blueprint.fixed_papers, rng, shuffle=blueprint.shuffle_questions)
    if papers:
        await writer.execute(
            insert(contest_papers),
            [
                {"contest_id": contest_id, "pool": pool, "number": number, "questions": list(paper)}
                for number, paper in enumerate(papers, start=1)
            ],
        )


def relabelled(question: Question, rng: random.Random) -> Question:
    """The same question with its options' ids dealt anew: phones see ids, and authors write what is right first.

    In an ordering that was typed in as it should be, a, b, c, d would be the answer itself.
    """
    if question.type not in (QuestionType.SINGLE, QuestionType.MULTI, QuestionType.ORDERING):
        return question
    ids = [option.id for option in question.options]
    new = dict(zip(ids, rng.sample(ids, len(ids)), strict=True))
    raw = question.model_dump()
    raw["options"] = [option | {"id": new[option["id"]]} for option in raw["options"]]
    right = [new[one] for one in raw["answer"]]
    raw["answer"] = right if question.type is QuestionType.ORDERING else sorted(right)
    return Question.model_validate(raw)


def _pools_of(contest_id: int) -> Any:
    columns = contest_questions.c
    return select(columns.pool).where(columns.contest_id == contest_id, columns.revision > 0).distinct()
