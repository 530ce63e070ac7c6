"""Contests in SQL: drafted, opened with frozen questions, amended within limits, closed and archived."""

import asyncio
import random

import pytest
from sqlalchemy import insert, select

from contest import data, question_bank
from contest.database import Database, Reader
from contest.errors import Conflict, Invalid, NotFound
from contest.model import Question
from contest.provincial import contests, pools
from contest.provincial.drafts import as_draft, canonical, check, digest
from contest.provincial.local_time import day_bounds
from contest.provincial.rules import Blueprint, Cell
from contest.provincial.tables import (
    attempts,
    contest_log,
    contest_papers,
    contest_questions,
    contest_results,
    entries,
    participants,
)

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
    assert version.digest == digest(canonical(opened.rules))


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


# --- amendments ------------------------------------------------------------------------------------------------------


async def _amend(db: Database, held: contests.ContestRecord, now_ms: int = NOON, **changes: object) -> list[str]:
    """Amends the rules in force; the fields refused, or nothing."""
    assert held.rules is not None
    checked = check({**as_draft(held.rules), **changes})
    assert checked.rules is not None, checked.problems
    async with db.read() as reader:
        seen = await contests.refused_changes(reader, held.id, checked.rules, now_ms=now_ms)
    async with db.write() as writer:
        act = contests.amend(writer, held.id, checked.rules, reason="Sửa nhầm lẫn", actor="account:1", now_ms=now_ms)
        if not seen:
            await act
            return []
        with pytest.raises(Conflict, match="amendment_refused") as refused:
            await act
    assert [one.as_dict() for one in seen] == refused.value.params["problems"]
    return [f"{one.field} {one.code}" for one in seen]


async def _attempt(db: Database, contest_id: int) -> None:
    async with db.write() as writer:
        person = await writer.execute(
            insert(participants)
            .values(public_id="p", full_name="A", name_fold="a", created_at=0, updated_at=0)
            .returning(participants.c.id)
        )
        entry = await writer.execute(
            insert(entries)
            .values(contest_id=contest_id, participant_id=person.scalar_one(), public_id="e", fields={}, created_at=0)
            .returning(entries.c.id)
        )
        await writer.execute(
            insert(attempts).values(
                public_id="a",
                contest_id=contest_id,
                entry_id=entry.scalar_one(),
                ordinal=1,
                round_key="dot-1",
                day="2025-09-16",
                rules_version=1,
                ticket_hash="t",
                paper=[],
                started_at=DURING,
                deadline_at=DURING,
                of=10,
            )
        )


async def test_before_the_first_round_everything_may_change_and_the_paper_is_drawn_anew(db: Database) -> None:
    opened = await _opened(db)
    async with db.read() as reader:
        before = set((await reader.execute(select(contest_questions.c.id))).scalars())
    paper = Blueprint(cells=(Cell(count=12),), fixed_papers=2).model_dump(mode="json")
    assert await _amend(db, opened, blueprint=paper, time_limit_s=900) == []
    async with db.read() as reader:
        held = await contests.load(reader, opened.id)
        after = (await reader.execute(select(contest_questions.c.id, contest_questions.c.revision))).all()
        papers = (await reader.execute(select(contest_papers.c.questions))).scalars().all()
        kinds = (await reader.execute(select(contest_log.c.kind).order_by(contest_log.c.seq))).scalars().all()
        old, new = await contests.versions(reader, opened.id)
        assert await contests.rules_of(reader, opened.id, 1) == opened.rules
    assert held.rules_version == 2
    assert held.rules == new.rules
    assert new.rules.time_limit_s == 900
    assert len(after) == len(before) == 60
    assert max(row.id for row in after) > max(before)
    assert {row.revision for row in after} == {1}
    assert [len(paper) for paper in papers] == [12, 12]
    assert kinds == ["contest.opened", "contest.amended"]
    assert (old.reason, new.reason) == ("", "Sửa nhầm lẫn")


async def test_what_attempts_were_made_under_stays(db: Database) -> None:
    opened = await _opened(db)
    await _attempt(db, opened.id)
    assert opened.rules is not None
    rounds = as_draft(opened.rules)["rounds"]
    later = [rounds[0], *rounds[1:]]
    later[0] = {**rounds[0], "opens_at": rounds[0]["opens_at"] - 1}
    refused = await _amend(
        db,
        opened,
        DURING,
        rounds=later,
        time_limit_s=700,
        blueprint=Blueprint(points_each=2).model_dump(mode="json"),
        prediction={"kind": "attempts"},
        ranking={"window": "round"},
        bank_id=None,
    )
    assert refused == [
        "rounds.0.opens_at round_began",
        "bank_id change_bank_frozen",
        "blueprint change_after_attempts",
        "time_limit_s change_after_attempts",
        "prediction change_after_attempts",
        "ranking.window change_after_attempts",
    ]
    assert await _amend(db, opened, DURING, rounds=rounds[1:]) == ["rounds round_began"]
    longer = [{**rounds[0], "closes_at": rounds[0]["closes_at"] - 3_600_000}, rounds[1]]
    assert await _amend(db, opened, DURING, rounds=longer, prizes=[]) == []
    async with db.read() as reader:
        held = await contests.load(reader, opened.id)
    assert await _amend(db, held, DURING, rounds=rounds) == [
        "rounds.2.key round_key_used",
        "rounds.3.key round_key_used",
    ]


async def test_after_publication_what_winners_are_reckoned_from_stays(db: Database) -> None:
    opened = await _opened(db)
    async with db.write() as writer:
        await writer.execute(
            insert(contest_results).values(contest_id=opened.id, key="2025-W38", state="published", rules_version=1)
        )
    assert await _amend(db, opened, AFTER, prizes=[], one_prize=False) == [
        "prizes change_after_publication",
        "one_prize change_after_publication",
    ]
    assert await _amend(db, opened, AFTER, about="Lời cảm ơn") == []


async def test_an_amendment_needs_a_reason_and_a_change(db: Database) -> None:
    opened = await _opened(db)
    assert opened.rules is not None
    changed = opened.rules.model_copy(update={"complaint_days": 7})
    async with db.write() as writer:
        for rules, reason, code in ((changed, " ", "reason_missing"), (opened.rules, "Vì", "amendment_empty")):
            with pytest.raises(Invalid, match=code):
                await contests.amend(writer, opened.id, rules, reason=reason, actor="account:1", now_ms=NOON)


# --- opening, closing ------------------------------------------------------------------------------------------------


async def test_a_bank_that_could_leave_a_paper_unfilled_is_refused(db: Database) -> None:
    cells = [{"category": "online_payment", "difficulty": 1, "count": 1}, {"category": "online_payment", "count": 10}]
    with pytest.raises(Invalid) as refused:
        await _opened(db, blueprint={"cells": cells})
    assert (refused.value.code, refused.value.params["cell"]) == ("contest_bank_too_small", 2)
    assert (refused.value.params["have"], refused.value.params["need"]) == (10, 11)


async def test_nothing_is_frozen_by_an_opening_that_failed(db: Database) -> None:
    with pytest.raises(Invalid, match="bank_missing"):
        await _opened(db, bank_id=None)
    async with db.read() as reader:
        [held] = await contests.listing(reader)
        assert (held.state, held.rules) == ("draft", None)
        assert await contests.listing(reader, drafts=False) == []
        assert (await reader.execute(select(contest_questions.c.id))).first() is None
        with pytest.raises(NotFound, match="rules_unknown"):
            await contests.rules_of(reader, held.id)


async def test_of_two_who_open_at_once_one_is_refused(db: Database) -> None:
    made = await _draft(db)

    async def open_it() -> str:
        try:
            async with db.write() as writer:
                await contests.open_contest(writer, made.id, actor="account:1", now_ms=NOON)
        except Conflict as refused:
            return refused.code
        return "opened"

    assert sorted(await asyncio.gather(open_it(), open_it())) == ["contest_not_a_draft", "opened"]


async def test_a_contest_is_closed_after_its_last_attempt_and_archived_after_that(db: Database) -> None:
    opened = await _opened(db)
    assert opened.rules is not None
    end = opened.rules.rounds[-1].closes_at
    async with db.write() as writer:
        with pytest.raises(Conflict, match="contest_not_closed"):
            await contests.archive(writer, opened.id, actor="account:1", now_ms=end)
        with pytest.raises(Conflict, match="contest_still_running"):
            await contests.close_contest(writer, opened.id, actor="account:1", now_ms=end)
        closed = await contests.close_contest(writer, opened.id, actor="account:1", now_ms=AFTER)
        assert closed.state == "closed"
        archived = await contests.archive(writer, opened.id, actor="account:1", now_ms=AFTER)
        assert (archived.state, archived.archived_at) == ("archived", AFTER)
        with pytest.raises(Conflict, match="contest_archived"):
            await contests.save_draft(writer, opened.id, {}, expected=3, actor="account:1", now_ms=AFTER)
        assert [one.id for one in await contests.listing(Reader(writer), archived=True)] == [opened.id]


async def test_contests_of_one_name_get_addresses_of_their_own(db: Database) -> None:
    async with db.write() as writer:
        made = [await contests.create(writer, title="Đố vui", actor="account:1", now_ms=NOON) for _ in range(3)]
        assert [one.slug for one in made] == ["do-vui", "do-vui-2", "do-vui-3"]
        other = await contests.create(writer, title="!?", actor="account:1", now_ms=NOON)
        assert other.slug == "cuoc-thi"


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), "a\0b", {"\0": 1}])
async def test_a_draft_is_what_both_databases_take(db: Database, odd: object) -> None:
    made = await _draft(db)
    async with db.write() as writer:
        with pytest.raises(Invalid, match="request_invalid"):
            await contests.save_draft(
                writer, made.id, {"title": "Thi", "about": odd}, expected=made.draft_version, actor="x", now_ms=NOON
            )


async def test_the_ids_that_phones_see_say_nothing_of_what_is_right(db: Database) -> None:
    options = [{"id": one, "text_vi": f"Bước {one}"} for one in "abcdef"]
    ordering = Question(id="X", type="ordering", stem_vi="Xếp?", options=options, answer=list("abcdef"))
    found = [pools.relabelled(ordering, random.Random(seed)) for seed in range(50)]
    texts = [
        [option.text_vi for place in one.key.right for option in one.options if option.id == place] for one in found
    ]
    assert all(one == [f"Bước {place}" for place in "abcdef"] for one in texts), "the answer is the same"
    assert sum(one.answer == tuple("abcdef") for one in found) < 5
    single = Question(id="Y", type="single", stem_vi="Chọn?", options=options, answer=["a"])
    chosen = [pools.relabelled(single, random.Random(seed)) for seed in range(200)]
    assert {one.answer for one in chosen} == {(place,) for place in "abcdef"}
    assert all(next(o.text_vi for o in one.options if (o.id,) == one.answer) == "Bước a" for one in chosen)
    opened = await _opened(db)
    async with db.read() as reader:
        mine = contest_questions.c.contest_id == opened.id
        bodies = (await reader.execute(select(contest_questions.c.body).where(mine))).scalars().all()
    asked = {one.stem_vi: one for one in question_bank.parse(data.load("bank.json")["questions"])}
    assert any(body["options"][0]["id"] != asked[body["stem_vi"]].options[0].id for body in bodies if body["options"])
