"""An open contest with people in it, put straight into SQL: for tests of what happens after that."""

import json
from typing import Any

from sqlalchemy import insert, select

from contest.database import Database
from contest.model import Question
from contest.provincial import drafts, log
from contest.provincial.rules import Blueprint, Cell, ContestRound, ContestRules, Quota
from contest.provincial.tables import (
    contest_questions,
    contest_rounds,
    contest_versions,
    contests,
    entrant_sessions,
    entries,
    participants,
)
from contest.tickets import digest, new_public_id

DAY = 86_400_000
OPENS = 1_795_107_600_000  # 2026-11-20, midnight in Viet Nam
SECRET = "BÍ-MẬT"
"""Stands in every explanation: no answer to a phone may hold it before the key is out."""


def rules(**changes: Any) -> ContestRules:
    """Two rounds of a day each, ten questions, ten minutes, one attempt a day."""
    given: dict[str, Any] = {
        "title": "Cuộc thi thử",
        "rounds": (
            ContestRound(key="r1", name="Đợt 1", opens_at=OPENS, closes_at=OPENS + DAY),
            ContestRound(key="r2", name="Đợt 2", opens_at=OPENS + DAY, closes_at=OPENS + 3 * DAY),
        ),
        "blueprint": Blueprint(cells=(Cell(count=10),)),
        "quota": Quota(per_day=1),
    }
    return ContestRules(**(given | changes))


def bank(count: int = 40) -> list[Question]:
    """Single choices whose right option is "b", except for every fifth: a number, the same as its place."""
    questions = []
    for n in range(1, count + 1):
        common: dict[str, Any] = {"id": f"Q{n}", "explanation_vi": f"{SECRET} {n}", "category": f"c{n % 4}"}
        if n % 5 == 0:
            questions.append(Question(type="numeric", stem_vi=f"Số {n}?", answer=n, **common))
        else:
            options = [{"id": one, "text_vi": f"Phương án {one} của {n}"} for one in "abcd"]
            questions.append(Question(type="single", stem_vi=f"Câu {n}?", options=options, answer=["b"], **common))
    return questions


def right_answer(question: Question) -> Any:
    """What a phone sends for the right answer."""
    return float(question.answer) if not isinstance(question.answer, tuple) else list(question.answer)


async def open_contest(
    db: Database, contest_rules: ContestRules | None = None, *, questions: int = 40, logged: bool = False
) -> int:
    """The contest's id; it is open under version 1 of its rules, with a line in the log when asked for."""
    frozen = contest_rules or rules()
    text = json.dumps(frozen.model_dump(mode="json"), ensure_ascii=False)
    async with db.write() as writer:
        made = await writer.execute(
            insert(contests)
            .values(
                slug="thu",
                title=frozen.title,
                title_fold="cuoc thi thu",
                state="open",
                draft=json.loads(text),
                rules_version=1,
                created_by="test",
                created_at=0,
                updated_at=0,
            )
            .returning(contests.c.id)
        )
        contest = int(made.scalar_one())
        await writer.execute(
            insert(contest_versions).values(
                contest_id=contest, version=1, rules=text, digest="0", reason="", created_by="test", created_at=0
            )
        )
        if logged:
            await log.append(writer, contest, "contest.opened", {"version": 1, "digest": drafts.digest(text)}, 0)
        await writer.execute(
            insert(contest_questions),
            [
                {"contest_id": contest, "pool": "", "number": n, "body": one.model_dump(mode="json"), "created_at": 0}
                for n, one in enumerate(bank(questions), 1)
            ],
        )
    return contest


async def enter(db: Database, contest: int, people: int = 1, *, state: str = "active", at: int = OPENS) -> list[int]:
    """So many entries, each with a session whose token is `token-<entry>`."""
    async with db.write() as writer:
        who = [
            {
                "public_id": new_public_id(),
                "full_name": "Y Sưng Niê",
                "name_fold": "y sung nie",
                "created_at": 0,
                "updated_at": 0,
            }
            for _ in range(people)
        ]
        await writer.execute(insert(participants), who)
        ids = [one["public_id"] for one in who]
        rows = await writer.execute(
            select(participants.c.id).where(participants.c.public_id.in_(ids)).order_by(participants.c.id)
        )
        found = list(rows.scalars())
        made = []
        for participant in found:
            row = await writer.execute(
                insert(entries)
                .values(
                    contest_id=contest,
                    participant_id=participant,
                    public_id=new_public_id(),
                    state=state,
                    fields={},
                    created_at=0,
                )
                .returning(entries.c.id)
            )
            made.append(int(row.scalar_one()))
        await writer.execute(
            insert(entrant_sessions),
            [
                {
                    "token_hash": digest(f"token-{entry}"),
                    "participant_id": participant,
                    "created_at": at,
                    "seen_at": at,
                    "expires_at": at + 90 * DAY,
                }
                for entry, participant in zip(made, found, strict=True)
            ],
        )
    return made


async def publish_key(db: Database, contest: int, round_key: str, now_ms: int) -> None:
    """What the committee does when a round is over."""
    async with db.write() as writer:
        await writer.execute(
            insert(contest_rounds).values(
                contest_id=contest, key=round_key, key_published_at=now_ms, key_published_by="test"
            )
        )
