"""Contests in SQL: drafted, opened with frozen questions, amended within limits, closed and archived."""

import pytest
from sqlalchemy import select

from contest import data, question_bank
from contest.database import Database, Reader
from contest.errors import Conflict, Invalid
from contest.provincial import contests
from contest.provincial.local_time import day_bounds
from contest.provincial.rules import Blueprint
from contest.provincial.tables import contest_log, contest_papers, contest_questions

NOON, _ = day_bounds("2025-09-10")
DURING = day_bounds("2025-09-16")[0] + 3_600_000
AFTER = day_bounds("2025-10-01")[0]


async def _bank(db: Database, polls: int = 1) -> int:
    items = question_bank.parse(data.load("bank.json")["questions"])
    poll = question_bank.parse(
        [
            {
                "type": "poll",
                "stem_vi": "Bạn thích gì?",
                "options": [{"id": "a", "text_vi": "A"}, {"id": "b", "text_vi": "B"}],
            }
        ]
    )
    async with db.write() as writer:
        return await question_bank.create(
            writer, title="Ngân hàng", items=(*items, *poll * polls), owner_id=None, now_ms=NOON, is_bank=True
        )


async def _draft(db: Database, **changes: object) -> contests.ContestRecord:
    bank = await _bank(db)
    async with db.write() as writer:
        made = await contests.create(
            writer, title="Cuộc thi Chuyển đổi số", template="dak_lak_2025", actor="account:1", now_ms=NOON
        )
        draft = {**made.draft, "bank_id": bank, **changes}
        problems = await contests.save_draft(writer, made.id, draft, expected=1, actor="account:1", now_ms=NOON)
        assert problems == ()
        return await contests.load(Reader(writer), made.id)


async def _opened(db: Database, **changes: object) -> contests.ContestRecord:
    made = await _draft(db, **changes)
    async with db.write() as writer:
        return await contests.open_contest(writer, made.id, actor="account:1", now_ms=NOON)


async def test_opening_freezes_rules_and_questions_without_polls(db: Database) -> None:
    opened = await _opened(db, blueprint=Blueprint(fixed_papers=3).model_dump(mode="json"))
    assert (opened.state, opened.rules_version) == ("open", 1)
    assert opened.rules is not None
    assert opened.slug == "cuoc-thi-chuyen-doi-so"
    async with db.read() as reader:
        assert await contests.rules_of(reader, opened.id) == opened.rules
        assert (await contests.by_slug(reader, opened.slug)).id == opened.id
        kept = (await reader.execute(select(contest_questions.c.pool, contest_questions.c.body))).all()
        papers = (await reader.execute(select(contest_papers.c.questions))).scalars().all()
        kinds = (await reader.execute(select(contest_log.c.kind))).scalars().all()
        [version] = await contests.versions(reader, opened.id)
    assert {row.pool for row in kept} == {""}
    assert len(kept) == 60
    assert all(row.body["type"] != "poll" for row in kept)
    assert len(papers) == 3
    assert all(len(set(paper)) == 10 for paper in papers)
    assert len({number for paper in papers for number in paper}) == 30
    assert kinds == ["contest.opened"]
    assert version.digest == contests.digest(contests.canonical(opened.rules))


async def test_a_draft_may_be_incomplete_but_does_not_open(db: Database) -> None:
    async with db.write() as writer:
        made = await contests.create(writer, title="Nháp", actor="account:1", now_ms=NOON)
        problems = await contests.save_draft(
            writer, made.id, {"title": "Nháp", "time_limit_s": 5}, expected=1, actor="account:1", now_ms=NOON
        )
        assert {(one.field, one.code) for one in problems} == {
            ("rounds", "field_missing"),
            ("time_limit_s", "field_too_small"),
        }
        with pytest.raises(Invalid) as refused:
            await contests.open_contest(writer, made.id, actor="account:1", now_ms=NOON)
        assert refused.value.code == "contest_not_ready"
        with pytest.raises(Conflict, match="stale"):
            await contests.save_draft(writer, made.id, {"title": "N"}, expected=1, actor="account:1", now_ms=NOON)
