"""Storing answers: one transaction for everything that arrived, acknowledged only after its commit.

An answer is a write-once register per (round, question, seat): the first one stored stays, a repeat is told what is
kept. Never says whether an answer is right, and never imports what could tell.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import and_, bindparam, or_, select, text

from contest.database import Database, Reader, Writer
from contest.ids import QuestionNumber, RoundId, Seat
from contest.tables import answers, rounds
from scoring.answer_key import Choice


class ReceiptStatus(StrEnum):
    """What became of an answer, as told to the phone."""

    ACCEPTED = "accepted"
    SAME = "same"
    KEPT_OTHER = "kept_other"
    LATE = "late"
    REFUSED = "refused"


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """One answer as the gateway saw it. `choice` is canonical (`parse_choice`), times are whole ms.

    With `in_time` False it is never stored; it only learns what is kept, so that a resend after the close of an answer
    that was stored in time is told `same` and not `late`.
    """

    round_id: RoundId
    question: QuestionNumber
    seat: Seat
    answer_id: str
    choice: Choice
    accepted_at: int
    elapsed_ms: int
    credit_ms: int
    fair_ms: int
    evidence: str
    in_time: bool = True


class Stored(NamedTuple):
    """The outcome for one arrival; `kept` is the choice in SQL, None when there is none."""

    status: ReceiptStatus
    kept: Choice | None


Slot = tuple[int, int, int]
_encode = msgspec.json.Encoder().encode

_COLUMNS = (
    "round_id, question, seat, choice, answer_id, accepted_at, elapsed_ms, credit_ms, fair_ms, evidence"  # in row order
)
_INSERT_SQLITE = f"INSERT INTO answers ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
_ACCEPTING_SQLITE = "SELECT id, accepting FROM rounds WHERE id IN (SELECT value FROM json_each(?))"
_KEPT_SQLITE = (
    "SELECT kept.round_id, kept.question, kept.seat, kept.answer_id, kept.choice FROM json_each(?) AS wanted "
    "JOIN answers AS kept ON kept.round_id = wanted.value ->> 0 AND kept.question = wanted.value ->> 1 "
    "AND kept.seat = wanted.value ->> 2"
)
_INSERT_JSON_SQLITE = text(
    f"INSERT INTO answers ({_COLUMNS}) SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, "
    "value ->> 5, value ->> 6, value ->> 7, value ->> 8, value ->> 9 FROM json_each(:rows) WHERE true "
    "ON CONFLICT DO NOTHING RETURNING round_id, question, seat"
)
_INSERT_POSTGRESQL = text(
    f"INSERT INTO answers ({_COLUMNS}) SELECT (v ->> 0)::bigint, (v ->> 1)::int, (v ->> 2)::int, v ->> 3, v ->> 4, "
    "(v ->> 5)::bigint, (v ->> 6)::int, (v ->> 7)::int, (v ->> 8)::int, v ->> 9 "
    "FROM json_array_elements(CAST(:rows AS json)) AS t(v) ON CONFLICT DO NOTHING RETURNING round_id, question, seat"
)


def encode_choice(choice: Choice) -> str:
    """The compact JSON stored in `answers.choice`; equal choices have equal texts."""
    return _encode(choice).decode()


async def accept(db: Database, arrivals: Sequence[Arrival]) -> list[Stored]:
    """Stores what may be stored and says for each arrival, in order, what is kept.

    When this returns the answers are durable; when it raises none of this call's are, and all may be sent again. While
    the transaction runs no close can pass it: the rounds are locked shared, the close takes them exclusively.
    """
    if not arrivals:
        return []
    if db.sqlite_writer is not None:
        return await db.sqlite_writer.run(lambda connection: _accept_on_sqlite(connection, arrivals))
    async with db.write() as writer:
        accepting = await _lock(writer, {arrival.round_id for arrival in arrivals})
        candidates = _candidates(arrivals, accepting)
        inserted = await _insert(writer, db.is_sqlite, candidates.values())
        others = {_slot(arrival) for arrival in arrivals} - inserted
        kept_before = await _read_back(writer, others)
    return [_outcome(arrival, candidates, inserted, kept_before) for arrival in arrivals]


def _accept_on_sqlite(connection: sqlite3.Connection, arrivals: Sequence[Arrival]) -> list[Stored]:
    """The same in the writer's own thread, for SQLite: the transaction itself is the lock there."""
    ids = json.dumps(sorted({arrival.round_id for arrival in arrivals}))
    candidates = _candidates(arrivals, dict(connection.execute(_ACCEPTING_SQLITE, (ids,))))
    inserted = _insert_on_sqlite(connection, candidates)
    if len(inserted) == len(arrivals):
        return [Stored(ReceiptStatus.ACCEPTED, arrival.choice) for arrival in arrivals]
    kept_before: dict[Slot, tuple[str, str]] = {}
    if others := {_slot(arrival) for arrival in arrivals} - inserted:
        for row in connection.execute(_KEPT_SQLITE, (json.dumps(sorted(others)),)):
            kept_before[row[:3]] = (row[3], row[4])
    return [_outcome(arrival, candidates, inserted, kept_before) for arrival in arrivals]


def _insert_on_sqlite(connection: sqlite3.Connection, candidates: Mapping[Slot, Arrival]) -> set[Slot]:
    """Which of them were stored. Almost always all, and then the driver goes through the rows by itself: that costs a
    quarter of what one statement with all of them as JSON does, and two thirds of a call for each."""
    rows = _insert_rows(candidates.values())
    connection.execute("SAVEPOINT arrivals")
    if connection.executemany(_INSERT_SQLITE, rows).rowcount == len(rows):
        return set(candidates)
    connection.execute("ROLLBACK TO arrivals")
    return {
        slot for slot, row in zip(candidates, rows, strict=True) if connection.execute(_INSERT_SQLITE, row).rowcount
    }


def _candidates(arrivals: Sequence[Arrival], accepting: Mapping[int, int | None]) -> dict[Slot, Arrival]:
    """The arrivals that may be stored, the first for each seat."""
    candidates: dict[Slot, Arrival] = {}
    for arrival in arrivals:
        if arrival.in_time and accepting.get(arrival.round_id) == arrival.question:
            candidates.setdefault(_slot(arrival), arrival)
    return candidates


def _slot(arrival: Arrival) -> Slot:
    return (arrival.round_id, arrival.question, arrival.seat)


async def _lock(writer: Writer, ids: set[RoundId]) -> dict[int, int | None]:
    query = select(rounds.c.id, rounds.c.accepting).where(rounds.c.id.in_(bindparam("ids", expanding=True)))
    # Ordered, so that two processes lock in the same order. SQLite ignores the clause: it has one writer at a time.
    rows = await writer.execute(query.order_by(rounds.c.id).with_for_update(read=True), {"ids": sorted(ids)})
    return {row.id: row.accepting for row in rows}


def _insert_rows(candidates: Iterable[Arrival]) -> list[tuple[object, ...]]:
    return [
        (
            arrival.round_id,
            arrival.question,
            arrival.seat,
            encode_choice(arrival.choice),
            arrival.answer_id,
            arrival.accepted_at,
            arrival.elapsed_ms,
            arrival.credit_ms,
            arrival.fair_ms,
            arrival.evidence,
        )
        for arrival in candidates
    ]


async def _insert(writer: Writer, is_sqlite: bool, candidates: Collection[Arrival]) -> set[Slot]:
    if not candidates:
        return set()
    statement = _INSERT_JSON_SQLITE if is_sqlite else _INSERT_POSTGRESQL
    rows = json.dumps(_insert_rows(candidates), ensure_ascii=False)
    result = await writer.execute(statement, {"rows": rows})
    return {(row[0], row[1], row[2]) for row in result}


async def _read_back(reader: Writer | Reader, slots: set[Slot]) -> dict[Slot, tuple[str, str]]:
    """The stored (answer id, choice text) of the slots that have one."""
    if not slots:
        return {}
    by_question: dict[tuple[int, int], list[int]] = {}
    for round_id, question, seat in slots:
        by_question.setdefault((round_id, question), []).append(seat)
    clauses = [
        and_(answers.c.round_id == round_id, answers.c.question == question, answers.c.seat.in_(seats))
        for (round_id, question), seats in by_question.items()
    ]
    columns = (answers.c.round_id, answers.c.question, answers.c.seat, answers.c.answer_id, answers.c.choice)
    rows = await reader.execute(select(*columns).where(or_(*clauses)))
    return {(row.round_id, row.question, row.seat): (row.answer_id, row.choice) for row in rows}


def _outcome(
    arrival: Arrival,
    candidates: dict[Slot, Arrival],
    inserted: set[Slot],
    kept_before: dict[Slot, tuple[str, str]],
) -> Stored:
    slot = _slot(arrival)
    if slot in inserted:
        winner = candidates[slot]
        if winner is arrival:
            return Stored(ReceiptStatus.ACCEPTED, arrival.choice)
        kept: Any = winner.choice
    elif slot in kept_before:
        answer_id, stored = kept_before[slot]
        kept = json.loads(stored)
        if not arrival.in_time and answer_id == arrival.answer_id:
            # The stored answer itself, sent again: after its question nobody has brought the choice into its form.
            return Stored(ReceiptStatus.SAME, kept)
    else:
        return Stored(ReceiptStatus.LATE, None)
    same = kept == arrival.choice
    return Stored(ReceiptStatus.SAME if same else ReceiptStatus.KEPT_OTHER, kept)


async def kept(
    reader: Reader, round_id: RoundId, question: QuestionNumber, seats: Sequence[Seat] | None = None
) -> dict[Seat, Choice]:
    """What is stored for one question: by seat, for all seats or those given."""
    query = select(answers.c.seat, answers.c.choice).where(
        answers.c.round_id == round_id, answers.c.question == question
    )
    if seats is not None:
        query = query.where(answers.c.seat.in_(bindparam("seats", expanding=True)))
        rows = await reader.execute(query, {"seats": list(seats)})
    else:
        rows = await reader.execute(query)
    return {Seat(row.seat): json.loads(row.choice) for row in rows}
