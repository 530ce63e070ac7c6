"""What an entrant may see of their own attempts: as much as the rules and the publication of the keys allow.

The only place from which right answers of a contest reach entrants, and only for a round whose key is published.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, select

from contest.database import Reader
from contest.model import Question
from contest.provincial.attempt_model import Submitted
from contest.provincial.attempt_reading import kept
from contest.provincial.marking import is_right
from contest.provincial.papers import Paper, as_shown
from contest.provincial.rules import ContestRules
from contest.provincial.shelf import decoded
from contest.provincial.tables import attempt_answers, attempts, contest_questions, contest_rounds
from scoring.answer_key import Choice


@dataclass(frozen=True, slots=True)
class MyAttempt:
    """One of a person's own attempts. `score` and `correct` are None where they may not be told (yet)."""

    attempt: str
    ordinal: int
    round_key: str
    day: str
    state: str
    """open or submitted."""
    void: bool
    started_at: int
    deadline_at: int
    submitted_at: int | None
    duration_ms: int | None
    by_server: bool
    prediction: Decimal | None
    answered: int | None
    of: int
    score: int | None
    correct: int | None
    key_published: bool


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """One question of a finished attempt, after the key is out. `shown` is what the phone saw."""

    shown: Mapping[str, Any]
    choice: Choice | None
    correct: bool
    right: Any
    """The key: option ids, a number, or the accepted spellings."""
    why: str


def tells_score(rules: ContestRules, key_published: bool) -> bool:
    """Whether a person may know the score of their submitted attempt."""
    return key_published or rules.result == "score"


def result_of(done: Submitted, *, key_published: bool = False) -> dict[str, Any]:
    """What the phone is told on handing in: always that the paper was received, the score if the rules say so."""
    told: dict[str, Any] = {
        "attempt": done.attempt,
        "round": done.round_key,
        "round_name": done.rules.round(done.round_key).name,
        "submitted_at": done.submitted_at,
        "duration_ms": done.duration_ms,
        "by_server": done.by_server,
        "prediction": None if done.prediction is None else float(done.prediction),
        "answered": done.answered,
        "of": done.of,
    }
    if tells_score(done.rules, key_published):
        told |= {"score": done.score, "correct": done.correct}
    return told


async def mine(reader: Reader, rules: ContestRules, entry: int) -> list[MyAttempt]:
    """All attempts of an entry, the newest first."""
    rows = await reader.execute(_query().where(attempts.c.entry_id == entry).order_by(attempts.c.ordinal.desc()))
    return [_mine(row, rules) for row in rows]


async def one_of_mine(reader: Reader, rules: ContestRules, entry: int, attempt: str) -> MyAttempt | None:
    """One attempt when it belongs to that entry."""
    query = _query().where(attempts.c.entry_id == entry, attempts.c.public_id == attempt)
    row = (await reader.execute(query)).first()
    return None if row is None else _mine(row, rules)


async def review(reader: Reader, entry: int, attempt: str, lang: str) -> list[ReviewLine] | None:
    """The paper with the right answers; None unless it is that entry's, handed in, and its round's key published."""
    query = _query(attempts.c.id, attempts.c.contest_id, attempts.c.paper)
    row = (await reader.execute(query.where(attempts.c.entry_id == entry, attempts.c.public_id == attempt))).first()
    if row is None or row.state != "submitted" or row.key_published_at is None:
        return None
    paper = Paper.from_json(decoded(row.paper))
    shown, newest = await _questions(reader, row.contest_id, paper)
    answers = {
        one.position: one.choice
        for one in await reader.execute(
            select(attempt_answers.c.position, attempt_answers.c.choice).where(attempt_answers.c.attempt_id == row.id)
        )
    }
    lines = []
    for n, (item, view) in enumerate(zip(paper.items, as_shown(paper, shown, lang), strict=True), 1):
        question = newest[item.question]
        choice = answers.get(n)
        lines.append(
            ReviewLine(
                shown=view,
                choice=kept(choice, 0).choice,
                correct=is_right(question.key, choice),
                right=question.model_dump(mode="json")["answer"],
                why=question.explanation_vi,
            )
        )
    return lines


def _query(*more: Any) -> Any:
    columns = (
        attempts.c.public_id,
        attempts.c.ordinal,
        attempts.c.round_key,
        attempts.c.day,
        attempts.c.state,
        attempts.c.void_at,
        attempts.c.started_at,
        attempts.c.deadline_at,
        attempts.c.submitted_at,
        attempts.c.duration_ms,
        attempts.c.by_server,
        attempts.c.prediction,
        attempts.c.answered,
        attempts.c.of,
        attempts.c.score,
        attempts.c.correct,
        contest_rounds.c.key_published_at,
    )
    published = and_(contest_rounds.c.contest_id == attempts.c.contest_id, contest_rounds.c.key == attempts.c.round_key)
    return select(*columns, *more).select_from(attempts.outerjoin(contest_rounds, published))


def _mine(row: Any, rules: ContestRules) -> MyAttempt:
    published = row.key_published_at is not None
    told = row.state == "submitted" and tells_score(rules, published)
    return MyAttempt(
        attempt=row.public_id,
        ordinal=row.ordinal,
        round_key=row.round_key,
        day=row.day,
        state=row.state,
        void=row.void_at is not None,
        started_at=row.started_at,
        deadline_at=row.deadline_at,
        submitted_at=row.submitted_at,
        duration_ms=row.duration_ms,
        by_server=row.by_server,
        prediction=None if row.prediction is None else Decimal(row.prediction),
        answered=row.answered,
        of=row.of,
        score=row.score if told else None,
        correct=row.correct if told else None,
        key_published=published,
    )


async def _questions(reader: Reader, contest: int, paper: Paper) -> tuple[dict[int, Question], dict[int, Question]]:
    """The questions as they were shown, and in their newest revision, both by the paper's rows."""
    table = contest_questions.c
    query = select(table.id, table.pool, table.number, table.revision, table.body)
    rows = list(await reader.execute(query.where(table.contest_id == contest).order_by(table.revision)))
    newest = {(row.pool, row.number): row for row in rows}
    wanted = {item.question for item in paper.items}
    chosen = [row for row in rows if row.id in wanted]
    return (
        {row.id: Question.model_validate(row.body) for row in chosen},
        {row.id: Question.model_validate(newest[(row.pool, row.number)].body) for row in chosen},
    )
