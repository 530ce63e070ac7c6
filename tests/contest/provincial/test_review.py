"""What the signals find and what they leave alone, and that nothing follows from a case by itself."""

from typing import Any

import pytest
from sqlalchemy import insert, select, update

from contest.database import Database
from contest.errors import Invalid, NotFound
from contest.provincial import review, signals
from contest.provincial.rules import Blueprint, Cell
from contest.provincial.signals import Paper, Signal, Start, Timed, Use
from contest.provincial.tables import attempts, contest_log, entries, participants
from contest.tables import audit_log
from tests.contest.provincial.contest_fixture import OPENS, open_contest, rules

MINUTE = 60_000


def test_a_family_shares_a_device_and_a_crowd_does_not() -> None:
    family = [Use("tablet", entry) for entry in (1, 2, 3, 1)]
    crowd = [Use("cafe", entry) for entry in (4, 5, 6, 7, 7)]
    (case,) = signals.shared_devices([*family, *crowd])
    assert (case.subject, case.detail) == ("cafe", {"people": 4, "attempts": 5, "entries": [4, 5, 6, 7]})
    assert signals.shared_devices(crowd, family=4) == []
    assert [one.subject for one in signals.shared_phones([*family[:2], *crowd])] == ["cafe"]


def test_a_burst_is_many_people_at_once_and_not_many_in_a_day() -> None:
    school = [Start("school", entry, OPENS + entry) for entry in range(20)]
    slow = [Start("village", entry, OPENS + entry * 10 * MINUTE) for entry in range(40)]
    keen = [Start("home", 1, OPENS + second) for second in range(40)]
    (case,) = signals.bursts([*school, *slow, *keen])
    assert (case.subject, case.detail["people"], case.detail["attempts"]) == ("school", 20, 20)
    assert case.detail["from"] <= OPENS < case.detail["from"] + signals.BURST_MS


def test_less_than_a_second_an_answer_is_impossible() -> None:
    found = signals.impossible_times(
        [
            Timed("fast", 1, 9_999, 10, 10, 10),
            Timed("quick", 2, 10_000, 10, 10, 10),
            Timed("gave up", 3, 900, 2, 0, 10),
        ]
    )
    assert [(case.subject, case.detail["seconds"]) for case in found] == [("fast", 10.0)]


def test_equal_mistakes_are_odd_and_equal_right_answers_are_not() -> None:
    papers = [
        Paper("all right", "a", 1, 0),
        Paper("all right", "a", 2, 0),
        Paper("copied", "a", 3, 4),
        Paper("copied", "b", 4, 4),
        Paper("own", "a", 5, 4),
        Paper("again", "a", 6, 4),
        Paper("again", "a", 6, 4),
        Paper("beside", "c", 7, 3),
        Paper("beside", "c", 8, 3),
    ]
    found = signals.twins(papers, same_address_only=False)
    assert [(case.subject, case.detail["entries"]) for case in found] == [("beside", [7, 8]), ("copied", [3, 4])]
    found = signals.twins(papers, same_address_only=True)
    assert [(case.subject, case.detail["entries"]) for case in found] == [("beside:c", [7, 8])]


async def people(db: Database, contest: int, count: int, **more: Any) -> list[int]:
    """Entries put straight into SQL."""
    async with db.write() as writer:
        first = len((await writer.execute(select(participants.c.id))).all())
        ids = [f"p{contest}-{first + number}" for number in range(count)]
        made = await writer.execute(
            insert(participants).returning(participants.c.id, sort_by_parameter_order=True),
            [
                {"public_id": one, "full_name": "H Wên", "name_fold": "h wen", "created_at": 0, "updated_at": 0}
                for one in ids
            ],
        )
        rows = [
            {"contest_id": contest, "participant_id": person, "public_id": one, "fields": {}, "created_at": 0,
             "phone_slot": slot} | more
            for slot, (person, one) in enumerate(zip(made.scalars(), ids, strict=True))
        ]  # fmt: skip
        made = await writer.execute(insert(entries).returning(entries.c.id, sort_by_parameter_order=True), rows)
        return list(made.scalars())


def attempt(contest: int, entry: int, **more: Any) -> dict[str, Any]:
    """A submitted attempt as a row: honest unless said otherwise."""
    number = more.setdefault("ordinal", 1)
    return {
        "public_id": f"a{contest}-{entry}-{number}", "contest_id": contest, "entry_id": entry, "round_key": "r1",
        "day": "2026-11-20", "rules_version": 1, "state": "submitted", "ticket_hash": "", "paper": [],
        "started_at": OPENS + entry * MINUTE, "deadline_at": OPENS, "submitted_at": OPENS, "duration_ms": 60_000,
        "answered": 10, "correct": 5, "of": 10, "score": 5, "answers_digest": f"own {entry} {number}",
        "device_hash": f"device {entry}", "address_hash": f"address {entry}",
    } | more  # fmt: skip


async def put(db: Database, rows: list[dict[str, Any]]) -> None:
    async with db.write() as writer:
        await writer.execute(insert(attempts), rows)


async def cases(db: Database, contest: int) -> dict[Signal, review.ReviewCase]:
    async with db.read() as reader:
        return {case.signal: case for case in await review.listing(reader, contest)}


async def test_a_scan_finds_each_signal_once_and_excludes_nobody(db: Database) -> None:
    contest = await open_contest(db)
    many = await people(db, contest, 24)
    family = await people(db, contest, 3, phone_hash="one phone")
    rows = [attempt(contest, entry) for entry in (*many, *family)]
    for row in rows[:4]:
        row["device_hash"] = "shared"
    for row in rows[4:20]:
        row |= {"address_hash": "busy", "started_at": OPENS}
    rows[20] |= {"duration_ms": 4_000}
    for row in rows[21:23]:
        row |= {"answers_digest": "twins"}
    await put(db, rows)
    assert await review.scan(db, contest, OPENS) == 5
    found = await cases(db, contest)
    assert {signal: case.entries for signal, case in found.items()} == {
        Signal.DEVICE: tuple(many[:4]),
        Signal.PHONE: tuple(family),
        Signal.ADDRESS: tuple(many[4:20]),
        Signal.SPEED: (many[20],),
        Signal.ANSWERS: tuple(many[21:23]),
    }
    assert await review.scan(db, contest, OPENS + 1) == 0
    async with db.read() as reader:
        void = await reader.execute(select(attempts.c.id).where(attempts.c.void_at.is_not(None)))
        assert void.all() == []
        by_entry = await review.by_entry(reader, contest)
        assert [case.signal for case in by_entry[many[20]]] == [Signal.SPEED]
        assert many[23] not in by_entry
        assert await review.counts(reader, contest) == {(signal, "open"): 1 for signal in Signal}


async def test_where_all_are_asked_the_same_only_neighbours_are_twins(db: Database) -> None:
    contest = await open_contest(db, rules(blueprint=Blueprint(cells=(Cell(count=10),), fixed_papers=2)))
    some = await people(db, contest, 4)
    rows = [attempt(contest, entry, answers_digest="common mistakes") for entry in some]
    rows[2]["address_hash"] = rows[3]["address_hash"] = "one house"
    await put(db, rows)
    assert await review.scan(db, contest, OPENS) == 1
    assert (await cases(db, contest))[Signal.ANSWERS].entries == tuple(some[2:])


async def test_a_decision_stays_until_more_people_are_in_the_case(db: Database) -> None:
    contest = await open_contest(db)
    some = await people(db, contest, 6)
    await put(db, [attempt(contest, entry, device_hash="shared") for entry in some[:4]])
    await review.scan(db, contest, OPENS)
    case = (await cases(db, contest))[Signal.DEVICE]
    with pytest.raises(Invalid, match="review_note"):
        await decide(db, contest, case.id, note="  ")
    with pytest.raises(NotFound):
        await decide(db, contest + 1, case.id, note="Máy của trường")
    await decide(db, contest, case.id, note="Máy tính của nhà văn hóa buôn")
    await put(db, [attempt(contest, some[0], ordinal=2, device_hash="shared")])
    assert await review.scan(db, contest, OPENS + 1) == 0
    case = (await cases(db, contest))[Signal.DEVICE]
    assert (case.state, case.note, case.detail["attempts"]) == ("cleared", "Máy tính của nhà văn hóa buôn", 5)
    await put(db, [attempt(contest, some[4], device_hash="shared")])
    assert await review.scan(db, contest, OPENS + 2) == 1
    case = (await cases(db, contest))[Signal.DEVICE]
    assert (case.state, case.detail["people"], case.decided_by) == ("open", 5, "account:1")
    async with db.read() as reader:
        body = (await reader.execute(select(contest_log.c.kind, contest_log.c.body))).one()
        assert body.kind == "review.decided"
        assert "nhà văn hóa" not in body.body
        noted = (await reader.execute(select(audit_log.c.detail))).scalar_one()
        assert "nhà văn hóa" not in str(noted)


async def decide(db: Database, contest: int, case: int, *, note: str) -> None:
    async with db.write() as writer:
        await review.decide(writer, contest, case, state="cleared", note=note, actor="account:1", now_ms=OPENS)


async def test_void_attempts_and_entries_are_looked_at_no_more(db: Database) -> None:
    contest = await open_contest(db)
    some = await people(db, contest, 4, phone_hash="one phone")
    await put(db, [attempt(contest, entry, device_hash="shared") for entry in some])
    async with db.write() as writer:
        await writer.execute(update(attempts).where(attempts.c.entry_id == some[0]).values(void_at=1))
        await writer.execute(update(entries).where(entries.c.id.in_(some[:2])).values(void_at=1))
    assert await review.scan(db, contest, OPENS) == 0
