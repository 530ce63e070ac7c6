"""Reads the lines of a contest's log, and says what was done at the first one that does not fit the chain.

Never trusts a stored hash or a stored order, and knows nothing of what the lines say.
"""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, select

from contest.database import Reader
from contest.provincial import log
from contest.provincial.tables import contest_log

_LINES = 5_000
_BEYOND = 1_000
"""How far past the newest line a line's own place is looked for: lines may have been taken out."""


class Why(StrEnum):
    """What is wrong at the line named."""

    EDITED = "edited"
    MISSING = "missing"
    INSERTED = "inserted"
    REORDERED = "reordered"
    HEAD_MISMATCH = "head_mismatch"
    """The chain was made anew: it is whole, but not the one whose head was published."""
    ATTEMPT_TWICE = "attempt_twice"
    ATTEMPT_DIFFERS = "attempt_differs"
    """The line and the stored attempt or its answers do not agree, or the attempt is gone."""
    ATTEMPT_UNLOGGED = "attempt_unlogged"
    VOID_DIFFERS = "void_differs"
    """Something is void without a line that says so, or counts although a line says it is void."""
    ACT_DIFFERS = "act_differs"
    """A version of the rules or a settled tie is stored otherwise than its line says, or is gone."""
    ACT_UNLOGGED = "act_unlogged"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong: at line `seq`, or between it and `until`; about `subject`."""

    why: Why
    seq: int | None = None
    until: int | None = None
    subject: str | None = None


async def what_happened(reader: Reader, line: log.Line, last_hash: str) -> Finding:
    """What was done at the first line that does not fit."""
    following = await _line(reader, line.contest_id, contest_log.c.seq == line.seq + 1)
    newest = await _line(reader, line.contest_id, contest_log.c.seq > 0, newest=True)
    true = is_true(line)
    own = line.seq if true else _own_seq(line, range(1, (newest or line).seq + _BEYOND))
    stood_here = following is not None and not is_true(following) and _own_seq(following, [line.seq]) is not None
    if stood_here and own in (None, line.seq):
        # The next line is the one that belongs here: this one was pushed in.
        return Finding(Why.INSERTED, line.seq)
    if true:
        # Whole in itself and bound to another predecessor: the one before was changed and hashed anew.
        rest_holds = following is None or following.prev_hash == line.hash
        return Finding(Why.EDITED, line.seq - 1 if rest_holds and line.seq > 1 else line.seq)
    if own is None:
        return Finding(Why.EDITED, line.seq)
    if own < line.seq:
        # Pushed up by what was put in at its own place; or a copy of the line that stands there.
        there = await _line(reader, line.contest_id, contest_log.c.seq == own)
        return Finding(Why.INSERTED, line.seq if there is not None and there.hash == line.hash else own)
    elsewhere = and_(contest_log.c.prev_hash == last_hash, contest_log.c.seq > line.seq)
    moved = await _line(reader, line.contest_id, elsewhere)
    return Finding(Why.MISSING if moved is None else Why.REORDERED, line.seq)


def is_true(line: log.Line) -> bool:
    """Whether the line's hash is that of what it says."""
    return log.line_hash(*line[:6]) == line.hash


def _own_seq(line: log.Line, places: Iterable[int]) -> int | None:
    """The place at which a line's hash would be true, when it is not the one where it stands."""
    return next(
        (
            seq
            for seq in places
            if log.line_hash(line.contest_id, seq, line.at, line.kind, line.body, line.prev_hash) == line.hash
        ),
        None,
    )


async def _line(reader: Reader, contest_id: int, where: Any, *, newest: bool = False) -> log.Line | None:
    order = contest_log.c.seq.desc() if newest else contest_log.c.seq
    query = select(contest_log).where(contest_log.c.contest_id == contest_id, where).order_by(order).limit(1)
    row = (await reader.execute(query)).first()
    return None if row is None else log.Line(*row)


async def lines(reader: Reader, contest_id: int) -> AsyncIterator[log.Line]:
    """Every line in the order of seq, below one too: a line hidden there must be met, not stepped over."""
    last: int | None = None
    while True:
        query = select(contest_log).where(contest_log.c.contest_id == contest_id)
        if last is not None:
            query = query.where(contest_log.c.seq > last)
        rows = (await reader.execute(query.order_by(contest_log.c.seq).limit(_LINES))).all()
        for row in rows:
            yield log.Line(*row)
        if len(rows) < _LINES:
            return
        last = rows[-1].seq
