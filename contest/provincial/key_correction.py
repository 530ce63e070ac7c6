"""A wrong key put right: a further revision of the question, and every paper that asked it marked anew.

Never changes what was asked or answered. Attempts keep the question they were shown; only what they earned changes, and
each change is a line of the log.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError
from sqlalchemy import bindparam, insert, select, update

from contest.audit import record
from contest.database import Database, Reader, Writer
from contest.errors import Conflict, Invalid, NotFound
from contest.model import Question
from contest.provincial import contests, log
from contest.provincial.corrections import Change, Effect, carry_out, preview
from contest.provincial.drafts import digest
from contest.provincial.frozen import Frozen
from contest.provincial.marking import is_right
from contest.provincial.papers import question_ids
from contest.provincial.tables import attempt_answers, attempts, contest_questions
from contest.provincial.voiding import note_digest

MAX_REASON = 1000
_BATCH = 2000


@dataclass(frozen=True, slots=True)
class FrozenQuestion:
    """A question as it stands now. `rows` are all its revisions' rows, which papers name."""

    pool: str
    number: int
    revision: int
    question: Question
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """An attempt that earns something else now."""

    id: int
    public_id: str
    correct: int
    score: int


async def questions(reader: Reader, contest_id: int, pool: str | None = None) -> list[FrozenQuestion]:
    """The frozen questions with their newest keys: for people who may see keys."""
    c = contest_questions.c
    wanted = select(contest_questions).where(c.contest_id == contest_id).order_by(c.pool, c.number, c.revision)
    if pool is not None:
        wanted = wanted.where(c.pool == pool)
    found: dict[tuple[str, int], FrozenQuestion] = {}
    for row in await reader.execute(wanted):
        known = found.get((row.pool, row.number))
        rows = (*(known.rows if known else ()), row.id)
        question = Question.model_validate(row.body)
        found[row.pool, row.number] = FrozenQuestion(row.pool, row.number, row.revision, question, rows)
    return list(found.values())


async def question_at(reader: Reader, contest_id: int, pool: str, number: int) -> FrozenQuestion:
    """Raises NotFound("question_unknown")."""
    found = [one for one in await questions(reader, contest_id, pool) if one.number == number]
    if not found:
        raise NotFound("question_unknown")
    return found[0]


def corrected(question: Question, answer: Any) -> Question:
    """The question with another answer: option ids, a number or spellings, as in the bank format.

    Raises Invalid("key_invalid"), Conflict("key_unchanged").
    """
    try:
        made = Question.model_validate({**question.model_dump(mode="json"), "answer": answer})
    except ValidationError:
        raise Invalid("key_invalid") from None
    if made.answer == question.answer:
        raise Conflict("key_unchanged")
    return made


async def preview_correction(
    db: Database, contest_id: int, pool: str, number: int, answer: Any, *, now_ms: int
) -> tuple[Effect, int]:
    """What another key would change, and how many attempts would earn something else."""
    async with db.read() as reader:
        held = await question_at(reader, contest_id, pool, number)
        new = corrected(held.question, answer)
        found = [one async for one in _remarks(reader, contest_id, held, new)]
    return await preview(db, contest_id, _with(found), now_ms=now_ms), len(found)


async def correct_key(
    db: Database, contest_id: int, pool: str, number: int, answer: Any, *, reason: str, actor: str, now_ms: int
) -> Effect:
    """Puts the key right, marks anew, sends back what comes out otherwise.

    Raises NotFound("question_unknown"), Invalid("key_invalid" | "revoke_reason"), Conflict: "key_unchanged",
    "result_is_final", "changed_meanwhile".
    """
    reason = reason.strip()
    if not reason or len(reason) > MAX_REASON:
        raise Invalid("revoke_reason", limit=MAX_REASON)
    async with db.read() as reader:
        held = await question_at(reader, contest_id, pool, number)
        new = corrected(held.question, answer)
        expected = [one async for one in _remarks(reader, contest_id, held, new)]

    async def write(writer: Writer) -> None:
        now = await question_at(Reader(writer), contest_id, pool, number)
        if now != held:
            raise Conflict("changed_meanwhile")
        changed = [one async for one in _remarks(Reader(writer), contest_id, held, new)]
        body = new.model_dump(mode="json")
        await writer.execute(
            insert(contest_questions).values(
                contest_id=contest_id,
                pool=pool,
                number=number,
                revision=held.revision + 1,
                body=body,
                reason=reason,
                created_at=now_ms,
            )
        )
        await _apply(writer, changed)
        detail = {"pool": pool, "number": number, "revision": held.revision + 1}
        await record(
            writer,
            actor=actor,
            action="contest.key.corrected",
            subject=f"contest:{contest_id}",
            now_ms=now_ms,
            detail=detail,
        )
        lines: list[tuple[str, dict[str, Any]]] = [
            (log.ATTEMPT_REMARK, {"attempt": one.public_id, "correct": one.correct, "score": one.score})
            for one in changed
        ]
        facts = {"by": actor, **detail, "key_sha256": digest(log.canonical(body)), "reason_sha256": note_digest(reason)}
        await log.append_many(writer, contest_id, [("key.corrected", facts), *lines], now_ms)

    return await carry_out(db, contest_id, _with(expected), write, cause="key_corrected", actor=actor, now_ms=now_ms)


def _with(remarks: list[Remark]) -> Change:
    known = {one.public_id: one for one in remarks}

    def change(frozen: Frozen) -> Frozen:
        return replace(
            frozen,
            attempts=tuple(
                replace(one, correct=known[one.id].correct, score=known[one.id].score) if one.id in known else one
                for one in frozen.attempts
            ),
        )

    return change


async def _remarks(reader: Reader, contest_id: int, held: FrozenQuestion, new: Question) -> AsyncIterator[Remark]:
    """Submitted attempts, void ones too, whose answer to the question is right by one key and wrong by the other."""
    c, last = attempts.c, 0
    rows_of_it = set(held.rows)
    points = {one.version: one.rules.blueprint.points_each for one in await contests.versions(reader, contest_id)}
    while True:
        batch = (
            await reader.execute(
                select(c.id, c.public_id, c.paper, c.correct, c.rules_version)
                .where(c.contest_id == contest_id, c.state == "submitted", c.id > last)
                .order_by(c.id)
                .limit(_BATCH)
            )
        ).all()
        if not batch:
            return
        last = batch[-1].id
        asked = {}
        for row in batch:
            for position, number in enumerate(question_ids(row.paper), 1):
                if number in rows_of_it:
                    asked[row.id] = (position, row)
        choices = await _choices(reader, {number: position for number, (position, _) in asked.items()})
        for number, (_, row) in asked.items():
            choice = choices.get(number)
            step = is_right(new.key, choice) - is_right(held.question.key, choice)
            if step:
                correct = row.correct + step
                yield Remark(number, row.public_id, correct, correct * points[row.rules_version])


async def _choices(reader: Reader, positions: Mapping[int, int]) -> dict[int, str | None]:
    """What the attempts chose at those positions, by attempt."""
    c = attempt_answers.c
    found: dict[int, str | None] = {}
    numbers = sorted(positions)
    for start in range(0, len(numbers), 500):
        part = numbers[start : start + 500]
        rows = await reader.execute(
            select(c.attempt_id, c.position, c.choice).where(
                c.attempt_id.in_(part), c.position.in_({positions[number] for number in part})
            )
        )
        found |= {number: choice for number, position, choice in rows.all() if positions[number] == position}
    return found


async def _apply(writer: Writer, changed: Sequence[Remark]) -> None:
    if changed:
        await writer.execute(
            update(attempts)
            .where(attempts.c.id == bindparam("row"))
            .values(correct=bindparam("right"), score=bindparam("earned")),
            [{"row": one.id, "right": one.correct, "earned": one.score} for one in changed],
        )
