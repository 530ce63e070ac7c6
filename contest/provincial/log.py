"""The append-only log of a contest: accepted attempts and organisers' acts, each line chained to the one before.

Never holds personal data: people are entry numbers, acts are facts. Reading it back with suspicion is `log_check`.

A line's hash is SHA-256 over ``hoithi/log/1``, contest, seq, at, kind, body and the previous line's hash, joined by
line feeds. Bodies are canonical JSON, so that anyone can recompute the chain from an export with a dozen lines of code.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import func, insert, select

from contest.database import Reader, Writer
from contest.provincial.tables import contest_log, contest_log_heads

GENESIS = "0" * 64
"""The previous hash of a contest's first line."""

ATTEMPT = "attempt"
"""An accepted attempt; body by `attempt_body`. Exactly one line for each."""
ATTEMPT_REMARK = "attempt_remark"
"""An attempt marked anew after a corrected key: {attempt, correct, score}."""
ATTEMPT_VOID, ATTEMPT_RESTORE = "attempt_void", "attempt_restore"
"""An attempt taken out of or back into the reckoning: {attempt, reason, …}."""
ENTRY_VOID, ENTRY_RESTORE = "entry_void", "entry_restore"
"""The same for a whole entry: {entry, reason, …}."""

LOCK_CLASS = 0x7E57
"""The first half of the advisory lock's key on PostgreSQL; the second is the contest."""


class Line(NamedTuple):
    """One stored line."""

    contest_id: int
    seq: int
    at: int
    kind: str
    body: str
    prev_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """The last line's hash on a day. Only `day` and `hash` may be shown while a prediction is open: `seq` counts."""

    day: str
    seq: int
    hash: str
    published_at: int


def canonical(body: Mapping[str, Any]) -> str:
    """A body as it is stored and hashed: keys sorted, no blanks, Vietnamese as it is written."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def line_hash(contest_id: int, seq: int, at: int, kind: str, body: str, prev_hash: str) -> str:
    """The hash of a line, hex."""
    text = f"hoithi/log/1\n{contest_id}\n{seq}\n{at}\n{kind}\n{body}\n{prev_hash}"
    return hashlib.sha256(text.encode()).hexdigest()


def answers_digest(answers: Iterable[tuple[int, str | None]]) -> str:
    """SHA-256, hex, over pairs of contest_questions.id and the stored compact JSON of the choice (None: unanswered).

    Ordered by question, so equal answers to equal papers give equal digests however they were shuffled.
    The prediction is not in it; it stands in the log line itself.
    """
    text = "\n".join(f"{question} {'-' if choice is None else choice}" for question, choice in sorted(answers))
    return hashlib.sha256(text.encode()).hexdigest()


def attempt_body(
    *,
    attempt: str,
    entry: int,
    round: str,
    rules: int,
    started: int,
    submitted: int,
    duration: int,
    by_server: bool,
    prediction: Decimal | str | None,
    answered: int,
    correct: int,
    of: int,
    score: int,
    answers: str,
) -> dict[str, Any]:
    """The body of an ATTEMPT line: `attempt` is the public id, `entry` the number, `rules` the version, `answers` the
    digest, times in milliseconds; everything else as in the `attempts` table, with which `log_check` compares it."""
    return {
        "attempt": attempt,
        "entry": entry,
        "round": round,
        "rules": rules,
        "started": started,
        "submitted": submitted,
        "duration": duration,
        "by_server": by_server,
        "prediction": None if prediction is None else str(prediction),
        "answered": answered,
        "correct": correct,
        "of": of,
        "score": score,
        "answers": answers,
    }


def chain(
    contest_id: int, last: tuple[int, str] | None, facts: Iterable[tuple[str, Mapping[str, Any]]], now_ms: int
) -> list[Line]:
    """The lines that follow `last` (seq, hash; None for an empty log), one for each (kind, body)."""
    seq, prev_hash = last or (0, GENESIS)
    made = []
    for kind, body in facts:
        seq += 1
        text = canonical(body)
        digest = line_hash(contest_id, seq, now_ms, kind, text, prev_hash)
        made.append(Line(contest_id, seq, now_ms, kind, text, prev_hash, digest))
        prev_hash = digest
    return made


async def append(writer: Writer, contest_id: int, kind: str, body: Mapping[str, Any], now_ms: int) -> int:
    """Adds one line and returns its seq; it is there exactly when the transaction commits."""
    return await append_many(writer, contest_id, [(kind, body)], now_ms)


async def append_many(
    writer: Writer, contest_id: int, facts: Sequence[tuple[str, Mapping[str, Any]]], now_ms: int
) -> int:
    """Adds a line for each (kind, body), in order, and returns the seq of the last one (0 when there is none at all).

    Other transactions that append to the same contest wait from here until this one ends: call it last, lock nothing
    after it, and append to several contests in the order of their ids.
    """
    lines = chain(contest_id, await _last(writer, contest_id, lock=True), facts, now_ms)
    if not lines:
        return 0
    await writer.execute(insert(contest_log), [line._asdict() for line in lines])
    return lines[-1].seq


async def hold(writer: Writer, contest_id: int) -> None:
    """Makes every other transaction that appends to this log wait until this one ends.

    For acts that must see every attempt accepted so far, and that lock rows of attempts: lock the log first.
    """
    await _last(writer, contest_id, lock=True)


async def publish_head(writer: Writer, contest_id: int, day: str, now_ms: int) -> Head | None:
    """Notes the log's last line as the head of `day` (local, YYYY-MM-DD); None while the log is empty.

    Done once a day: a repeat returns the head that was published first.
    """
    known = await _head_of(Reader(writer), contest_id, day)
    if known is not None:
        return known
    last = await _last(writer, contest_id, lock=True)
    if last is None:
        return None
    known = await _head_of(Reader(writer), contest_id, day)
    if known is not None:
        return known
    head = Head(day, last[0], last[1], now_ms)
    await writer.execute(
        insert(contest_log_heads).values(
            contest_id=contest_id, day=day, seq=head.seq, hash=head.hash, published_at=now_ms
        )
    )
    return head


async def heads(reader: Reader, contest_id: int) -> list[Head]:
    """Every published head, oldest first."""
    columns = contest_log_heads.c
    found = await reader.execute(
        select(columns.day, columns.seq, columns.hash, columns.published_at)
        .where(columns.contest_id == contest_id)
        .order_by(columns.day)
    )
    return [Head(*row) for row in found]


async def _head_of(reader: Reader, contest_id: int, day: str) -> Head | None:
    return next((head for head in await heads(reader, contest_id) if head.day == day), None)


async def _last(writer: Writer, contest_id: int, *, lock: bool) -> tuple[int, str] | None:
    """The last line's seq and hash. The lock is a statement of its own: a later one sees what was committed by then.

    SQLite's writers queue from BEGIN IMMEDIATE on and need none. A row lock would write to the contest's row a hundred
    times a second, and one on the last line would give back a line that is the last no more.
    """
    if lock and writer.dialect.name == "postgresql":
        await writer.execute(select(func.pg_advisory_xact_lock(LOCK_CLASS, contest_id)))
    found = await writer.execute(
        select(contest_log.c.seq, contest_log.c.hash)
        .where(contest_log.c.contest_id == contest_id)
        .order_by(contest_log.c.seq.desc())
        .limit(1)
    )
    row = found.first()
    return None if row is None else (row.seq, row.hash)
