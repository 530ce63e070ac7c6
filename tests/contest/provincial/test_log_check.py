"""Tampering with a contest's log or its attempts is found, and the first bad line is named."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import delete, insert, select, update

from contest.database import Database, Reader, Writer
from contest.provincial import log
from contest.provincial.attempts import (
    SaveWish,
    SentAnswer,
    Started,
    StartWish,
    SubmitWish,
    expire,
    save,
    start,
    submit,
)
from contest.provincial.log_chain import Why
from contest.provincial.log_check import Verdict, verify
from contest.provincial.tables import (
    attempt_answers,
    attempts,
    contest_log,
    contest_log_heads,
    contest_versions,
    entries,
    tie_decisions,
)
from tests.contest.provincial.contest_fixture import OPENS, enter, open_contest
from tests.contest.provincial.log_support import NOW, accept, logged_contest, new_entry

LINES = 7
Tamper = Callable[[Writer, int], Awaitable[None]]


async def checked(db: Database, contest: int, *known_heads: str) -> Verdict:
    async with db.read() as reader:
        return await verify(reader, contest, known_heads)


async def lines_of(writer: Writer, contest: int) -> list[log.Line]:
    found = await writer.execute(
        select(contest_log).where(contest_log.c.contest_id == contest).order_by(contest_log.c.seq)
    )
    return [log.Line(*row) for row in found]


async def put(writer: Writer, contest: int, lines: list[log.Line]) -> None:
    await writer.execute(delete(contest_log).where(contest_log.c.contest_id == contest))
    await writer.execute(insert(contest_log), [line._asdict() for line in lines])


def rechained(lines: list[log.Line]) -> list[log.Line]:
    """The same acts with every hash made anew, as somebody would who knows how the chain works."""
    made: list[log.Line] = []
    for line in lines:
        previous = made[-1].hash if made else log.GENESIS
        seq = len(made) + 1
        digest = log.line_hash(line.contest_id, seq, line.at, line.kind, line.body, previous)
        made.append(line._replace(seq=seq, prev_hash=previous, hash=digest))
    return made


def edited(line: log.Line) -> log.Line:
    return line._replace(body=line.body.replace('"score":1', '"score":2'))


async def edit(writer: Writer, contest: int) -> None:
    lines = await lines_of(writer, contest)
    await put(writer, contest, [*lines[:3], edited(lines[3]), *lines[4:]])


async def edit_and_hash(writer: Writer, contest: int) -> None:
    lines = await lines_of(writer, contest)
    await put(writer, contest, [*lines[:3], *rechained([*lines[:3], edited(lines[3])])[3:], *lines[4:]])


async def drop(writer: Writer, contest: int) -> None:
    lines = await lines_of(writer, contest)
    await put(writer, contest, lines[:3] + lines[4:])


async def drop_and_renumber(writer: Writer, contest: int) -> None:
    lines = await lines_of(writer, contest)
    await put(writer, contest, lines[:3] + [line._replace(seq=line.seq - 1) for line in lines[4:]])


async def drop_first(writer: Writer, contest: int) -> None:
    await put(writer, contest, (await lines_of(writer, contest))[1:])


async def drop_all(writer: Writer, contest: int) -> None:
    await writer.execute(delete(contest_log).where(contest_log.c.contest_id == contest))


async def swap(writer: Writer, contest: int) -> None:
    lines = await lines_of(writer, contest)
    await put(writer, contest, [*lines[:3], lines[4]._replace(seq=4), lines[3]._replace(seq=5), *lines[5:]])


async def swap_far(writer: Writer, contest: int) -> None:
    lines = await lines_of(writer, contest)
    lines[3], lines[6] = lines[6]._replace(seq=4), lines[3]._replace(seq=7)
    await put(writer, contest, lines)


async def insert_one(writer: Writer, contest: int) -> None:
    lines = await lines_of(writer, contest)
    shifted = [line._replace(seq=line.seq + 1) for line in lines[3:]]
    await put(writer, contest, [*lines[:3], lines[1]._replace(seq=4), *shifted])


async def insert_one_hashed(writer: Writer, contest: int) -> None:
    lines = await lines_of(writer, contest)
    shifted = [line._replace(seq=line.seq + 1) for line in lines[3:]]
    await put(writer, contest, [*rechained([*lines[:3], lines[1]]), *shifted])


async def insert_before(writer: Writer, contest: int) -> None:
    lines = await lines_of(writer, contest)
    await put(writer, contest, [lines[0]._replace(seq=0), *lines])


TAMPERINGS: tuple[tuple[Tamper, Why, int], ...] = (
    (edit, Why.EDITED, 4),
    (edit_and_hash, Why.EDITED, 4),
    (drop, Why.MISSING, 4),
    (drop_and_renumber, Why.MISSING, 4),
    (drop_first, Why.MISSING, 1),
    (drop_all, Why.MISSING, 1),
    (swap, Why.REORDERED, 4),
    (swap_far, Why.REORDERED, 4),
    (insert_one, Why.INSERTED, 4),
    (insert_one_hashed, Why.INSERTED, 4),
    (insert_before, Why.INSERTED, 0),
)


class _Undone(Exception):
    """Ends a transaction whose changes are not to stay."""


async def after(db: Database, contest: int, tamper: Callable[[Writer], Awaitable[object]]) -> Verdict:
    """The verdict on what `tamper` leaves, which is then undone."""
    verdict: Verdict | None = None
    try:
        async with db.write() as writer:
            await tamper(writer)
            verdict = await verify(Reader(writer), contest)
            raise _Undone
    except _Undone:
        assert verdict is not None
        return verdict


async def test_the_chain_names_the_first_bad_line(db: Database) -> None:
    contest, other = await logged_contest(db, "one"), await logged_contest(db, "two", people=2)
    for tamper, why, first_bad in TAMPERINGS:
        verdict = await after(db, contest, lambda writer, tamper=tamper: tamper(writer, contest))
        assert (verdict.why, verdict.first_bad) == (why, first_bad), tamper.__name__
        assert (await checked(db, contest)).ok
        assert (await after(db, other, lambda writer, tamper=tamper: tamper(writer, contest))).ok


async def test_a_chain_made_anew_does_not_lead_to_the_published_heads(db: Database) -> None:
    contest = await logged_contest(db, "one")
    async with db.write() as writer:
        lines = await lines_of(writer, contest)
        opening = lines[0]._replace(body='{"version":2}')
        await put(writer, contest, rechained([opening, *lines[1:]]))
    verdict = await checked(db, contest)
    assert (verdict.why, verdict.first_bad, verdict.until) == (Why.HEAD_MISMATCH, 1, 5)
    async with db.write() as writer:
        await put(writer, contest, rechained([*lines, lines[0]._replace(kind="forged")]))
        assert (await lines_of(writer, contest))[-1].seq == LINES + 1
    assert (await checked(db, contest)).ok, "appending is not tampering"
    async with db.write() as writer:
        await put(writer, contest, rechained([*lines[:5], lines[5]._replace(at=NOW), *lines[6:]]))
    verdict = await checked(db, contest)
    assert (verdict.why, verdict.first_bad, verdict.until) == (Why.HEAD_MISMATCH, 6, 7)


async def test_heads_made_anew_do_not_match_the_ones_on_paper(db: Database) -> None:
    """Whoever may write to the database may rewrite the heads in it too, but not what was printed."""
    contest = await logged_contest(db, "one")
    async with db.read() as reader:
        printed = [head.hash for head in await log.heads(reader, contest)]
    async with db.write() as writer:
        lines = rechained([line._replace(at=line.at + 1) for line in await lines_of(writer, contest)])
        await put(writer, contest, lines)
        for line in lines:
            await writer.execute(
                update(contest_log_heads).where(contest_log_heads.c.seq == line.seq).values(hash=line.hash)
            )
    assert (await checked(db, contest)).ok
    assert (await checked(db, contest, *printed)).why is Why.HEAD_MISMATCH


async def test_lines_taken_from_the_end_are_missed(db: Database) -> None:
    contest = await logged_contest(db, "one")
    async with db.write() as writer:
        await put(writer, contest, (await lines_of(writer, contest))[:-1])
    verdict = await checked(db, contest)
    assert (verdict.why, verdict.first_bad) == (Why.MISSING, LINES)
    async with db.write() as writer:
        await writer.execute(delete(contest_log_heads).where(contest_log_heads.c.day == "2026-11-23"))
    verdict = await checked(db, contest)
    assert (verdict.why, verdict.subject) == (Why.ATTEMPT_UNLOGGED, "one-5")


async def test_a_body_nobody_here_writes_is_an_edit(db: Database) -> None:
    contest = await logged_contest(db, "one")
    async with db.write() as writer:
        lines = await lines_of(writer, contest)
        await writer.execute(delete(contest_log_heads))
        await put(writer, contest, rechained([*lines[:3], lines[3]._replace(body="[1]"), *lines[4:]]))
    verdict = await checked(db, contest)
    assert (verdict.why, verdict.first_bad) == (Why.EDITED, 4)


async def test_a_changed_attempt_is_named_with_its_line(db: Database) -> None:
    contest = await logged_contest(db, "one")
    changes: tuple[dict[str, Any], ...] = (
        {"score": 2},
        {"correct": 2},
        {"duration_ms": 1},
        {"prediction": "1001"},
        {"submitted_at": NOW},
        {"started_at": NOW + 1},
        {"entry_id": 1, "ordinal": 9},
        {"round_key": "r2"},
        {"answers_digest": "0" * 64},
        {"state": "open"},
        {"by_server": True},
    )
    for changed in changes:
        change = update(attempts).where(attempts.c.public_id == "one-4").values(**changed)
        verdict = await after(db, contest, lambda writer, change=change: writer.execute(change))
        assert (verdict.why, verdict.first_bad, verdict.subject) == (Why.ATTEMPT_DIFFERS, 6, "one-4"), changed


async def test_changed_answers_and_removed_attempts_are_named(db: Database) -> None:
    contest = await logged_contest(db, "one")
    third = select(attempts.c.id).where(attempts.c.public_id == "one-3").scalar_subquery()
    async with db.write() as writer:
        await writer.execute(
            update(attempt_answers)
            .where(attempt_answers.c.attempt_id == third, attempt_answers.c.position == 2)
            .values(choice='["b"]')
        )
    verdict = await checked(db, contest)
    assert (verdict.why, verdict.first_bad, verdict.subject) == (Why.ATTEMPT_DIFFERS, 5, "one-3")
    async with db.write() as writer:
        await writer.execute(delete(attempts).where(attempts.c.public_id == "one-2"))
    verdict = await checked(db, contest)
    assert (verdict.why, verdict.first_bad, verdict.subject) == (Why.ATTEMPT_DIFFERS, 4, "one-2")


async def test_an_attempt_may_have_one_line_and_an_open_one_none(db: Database) -> None:
    contest = await logged_contest(db, "one")
    async with db.write() as writer:
        entry = await new_entry(writer, contest, "open")
        await writer.execute(
            insert(attempts).values(
                public_id="open", contest_id=contest, entry_id=entry, ordinal=1, round_key="r1", day="2026-11-22",
                rules_version=1, ticket_hash="x", paper=[], started_at=NOW, deadline_at=NOW, of=2,
            )
        )  # fmt: skip
    assert (await checked(db, contest)).ok
    async with db.write() as writer:
        await log.append(writer, contest, log.ATTEMPT, _body((await lines_of(writer, contest))[1]), NOW)
    verdict = await checked(db, contest)
    assert (verdict.why, verdict.first_bad, verdict.subject) == (Why.ATTEMPT_TWICE, LINES + 1, "one-0")


async def test_voids_and_new_marks_need_lines_of_their_own(db: Database) -> None:
    contest = await logged_contest(db, "one")
    async with db.write() as writer:
        await writer.execute(update(attempts).where(attempts.c.public_id == "one-1").values(void_at=NOW))
    verdict = await checked(db, contest)
    assert (verdict.why, verdict.subject) == (Why.VOID_DIFFERS, "one-1")
    async with db.write() as writer:
        await log.append(writer, contest, log.ATTEMPT_VOID, {"attempt": "one-1", "reason": "hai máy"}, NOW)
        number = await accept(writer, contest, "late", await new_entry(writer, contest, "late", void_at=NOW))
        entry = (await writer.execute(select(attempts.c.entry_id).where(attempts.c.id == number))).scalar_one()
    assert (await checked(db, contest)).subject == str(entry)
    async with db.write() as writer:
        await log.append(writer, contest, log.ENTRY_VOID, {"entry": entry, "reason": "cán bộ ban tổ chức"}, NOW)
        await writer.execute(update(attempts).where(attempts.c.public_id == "one-0").values(correct=2, score=2))
        await log.append(writer, contest, log.ATTEMPT_REMARK, {"attempt": "one-0", "correct": 2, "score": 2}, NOW)
    assert (await checked(db, contest)).ok
    async with db.write() as writer:
        await writer.execute(update(entries).where(entries.c.id == entry).values(void_at=None))
    verdict = await checked(db, contest)
    assert (verdict.why, verdict.first_bad, verdict.subject) == (Why.VOID_DIFFERS, LINES + 3, str(entry))


async def test_a_contest_nothing_happened_in_is_whole(db: Database) -> None:
    verdict = await checked(db, 4711)
    assert (verdict.ok, verdict.lines, verdict.head) == (True, 0, log.GENESIS)


def _body(line: log.Line) -> dict[str, Any]:
    body = json.loads(line.body)
    assert isinstance(body, dict)
    return body


async def test_what_the_use_cases_store_agrees_with_what_they_log(db: Database) -> None:
    """Real attempts: handed in, with answers sent along and taken back, and ended by the server at the limit."""
    contest = await open_contest(db, logged=True)
    people = await enter(db, contest, 6)
    started = await start(db, [StartWish(contest, entry) for entry in people], OPENS)
    tickets = [one for one in started if isinstance(one, Started)]
    assert len(tickets) == 6
    # Of the two choices the question takes the one that is possible.
    wishes = [
        SaveWish(one.attempt, one.ticket, n, raw, n) for one in tickets for n in range(1, 6) for raw in (["b"], 3)
    ]
    wishes += [SaveWish(one.attempt, one.ticket, 0, "1.234", 1) for one in tickets[:3]]
    wishes += [SaveWish(one.attempt, one.ticket, 1, None, 7) for one in tickets[2:4]]
    await save(db, wishes, OPENS + 1000)
    sent = (SentAnswer(9, ["a"], 8), SentAnswer(10, 3.5, 8))
    await submit(db, [SubmitWish(one.attempt, one.ticket, sent) for one in tickets[:4]], OPENS + 60_000)
    assert await expire(db, OPENS + 3_600_000, limit=10) == 2
    verdict = await checked(db, contest)
    assert verdict.ok, verdict
    assert verdict.lines == 7
    async with db.read() as reader:
        rows = (await reader.execute(select(attempts.c.id, attempts.c.public_id).order_by(attempts.c.id))).all()
    for row in rows:
        given = attempt_answers.c.attempt_id == row.id, attempt_answers.c.position.between(2, 5)
        change = update(attempt_answers).where(*given).values(choice='["c"]')
        verdict = await after(db, contest, lambda writer, change=change: writer.execute(change))
        assert (verdict.why, verdict.subject) == (Why.ATTEMPT_DIFFERS, row.public_id)


async def test_rules_that_are_not_those_of_their_line_are_named(db: Database) -> None:
    contest = await open_contest(db, logged=True)
    assert (await checked(db, contest)).ok
    softer = update(contest_versions).values(rules='{"one_prize":false}')
    verdict = await after(db, contest, lambda writer: writer.execute(softer))
    assert (verdict.why, verdict.first_bad, verdict.subject) == (Why.ACT_DIFFERS, 1, "rules-1")
    async with db.write() as writer:
        await writer.execute(
            insert(tie_decisions).values(
                contest_id=contest, ranking="r1", order=["2", "1"], kind="committee", reason="x", signer="x",
                evidence={}, decided_by="x", decided_at=NOW,
            )
        )  # fmt: skip
    verdict = await checked(db, contest)
    assert (verdict.why, verdict.first_bad) == (Why.ACT_UNLOGGED, None)
