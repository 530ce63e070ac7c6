"""Writing facts: in the transaction of the thing itself, each at most once, never changed afterwards.

Never counts: `counting` does, a moment later.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, select

from contest.database import Writer
from contest.errors import Invalid, NotFound
from contest.provincial.local_time import local_day
from contest.statistics.facts import COUNTED, Channel, Fact, FactKind, skills_text
from contest.statistics.tables import participation_facts

MAX_REASON = 400
_AT_ONCE = 1_000
"""Rows in one statement."""
_ALIAS_LOCK = 0x5A3E
"""First key of the advisory lock under which people are joined."""
_TYPES = {
    "kind": "text", "source": "text", "occurred_at": "bigint", "day": "text", "recorded_at": "bigint",
    "person": "bigint", "headcount": "int", "commune": "text", "village_id": "bigint", "target_group": "text",
    "sub_group": "text", "unit_code": "text", "age_band": "text", "skills": "text", "passed": "boolean",
    "score": "int", "channel": "text", "recorded_by": "text", "festival_id": "bigint", "live_event_id": "bigint",
    "round_id": "bigint", "contest_id": "bigint", "team_id": "bigint", "release_at": "bigint", "voids": "bigint",
    "reason": "text", "same_as": "bigint",
}  # fmt: skip
_COLUMNS = tuple(_TYPES)
_INTO = f"INSERT INTO participation_facts (xid, {', '.join(_COLUMNS)})"
_SQLITE = f"{_INTO} VALUES (0, {', '.join('?' * len(_COLUMNS))}) ON CONFLICT DO NOTHING"
_ARRAYS = ", ".join(f"${at}::{kind}[]" for at, kind in enumerate(_TYPES.values(), 1))
_POSTGRESQL = (
    f"{_INTO} SELECT pg_current_xact_id()::text::bigint, w.* FROM unnest({_ARRAYS}) AS w ON CONFLICT DO NOTHING"
)


async def record(writer: Writer, facts: Iterable[Fact], *, now_ms: int) -> int:
    """Writes the facts that are not there yet; how many were new.

    Must run in the transaction that makes them true. A repeat of (kind, source) changes nothing.
    """
    rows = [_row(fact, now_ms) for fact in facts]
    written = 0
    for first in range(0, len(rows), _AT_ONCE):
        written += await _insert(writer, rows[first : first + _AT_ONCE])
    return written


async def void(writer: Writer, kind: FactKind, source: str, *, reason: str, actor: str, now_ms: int) -> bool:
    """Takes a fact back; False when it had been taken back before. The reason names no participant.

    Raises NotFound("fact_unknown") and Invalid("void_reason").
    """
    if kind not in COUNTED:
        raise NotFound("fact_unknown")
    reason = reason.strip()
    if not 1 <= len(reason) <= MAX_REASON:
        raise Invalid("void_reason", limit=MAX_REASON)
    c = participation_facts.c
    found = (
        await writer.execute(select(c.id, c.release_at).where(c.kind == str(kind), c.source == source))
    ).one_or_none()
    if found is None:
        raise NotFound("fact_unknown")
    row = _row(
        Fact(
            FactKind.VOID,
            str(found.id),
            now_ms,
            channel=Channel.STAFF,
            recorded_by=actor,
            release_at=found.release_at,
        ),
        now_ms,
    )
    return await _insert(writer, [row | {"voids": found.id, "reason": reason}]) == 1


async def same_person(writer: Writer, person: int, is_person: int, *, now_ms: int) -> bool:
    """Two numbers turned out to be one human being: from now on they count once, in what was and in what comes.

    False when they were one already. Facts keep the number they were written with. Whoever locks rows of people does so
    before calling this, not after.
    """
    if writer.dialect.name == "postgresql":
        # Two at once could each make the other's root their child.
        await writer.execute(select(func.pg_advisory_xact_lock(_ALIAS_LOCK)))
    child, root = await _root(writer, person), await _root(writer, is_person)
    if child == root:
        return False
    row = _row(Fact(FactKind.SAME_PERSON, str(child), now_ms, person=child), now_ms)
    return await _insert(writer, [row | {"same_as": root}]) == 1


async def _root(writer: Writer, person: int) -> int:
    c = participation_facts.c
    while True:
        query = select(c.same_as).where(c.kind == str(FactKind.SAME_PERSON), c.source == str(person))
        found = await writer.scalar(query)
        if found is None:
            return person
        person = found


def _row(fact: Fact, now_ms: int) -> dict[str, Any]:
    return {
        "kind": str(fact.kind),
        "source": fact.source,
        "occurred_at": fact.occurred_at,
        "day": local_day(fact.occurred_at),
        "recorded_at": now_ms,
        "person": fact.person,
        "headcount": fact.headcount,
        "commune": fact.commune,
        "village_id": fact.village_id,
        "target_group": fact.target_group,
        "sub_group": fact.sub_group,
        "unit_code": fact.unit_code,
        "age_band": fact.age_band,
        "skills": skills_text(fact.skills),
        "passed": fact.passed,
        "score": fact.score,
        "channel": str(fact.channel),
        "recorded_by": fact.recorded_by,
        "festival_id": fact.festival_id,
        "live_event_id": fact.live_event_id,
        "round_id": fact.round_id,
        "contest_id": fact.contest_id,
        "team_id": fact.team_id,
        "release_at": fact.release_at,
    }


async def _insert(writer: Writer, rows: Sequence[dict[str, Any]]) -> int:
    """Statements as the drivers take them: a phone's fact costs half of what it does through an expression."""
    if not rows:
        return 0
    if writer.dialect.name == "postgresql":
        columns = [[row.get(name) for row in rows] for name in _COLUMNS]
        return int((await writer.exec_driver_sql(_POSTGRESQL, tuple(columns))).rowcount)
    lines = [tuple(row.get(name) for name in _COLUMNS) for row in rows]
    return int((await writer.exec_driver_sql(_SQLITE, lines)).rowcount)
