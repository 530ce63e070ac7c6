"""What contests add to the ledger: a fact for every attempt that was handed in and counts.

Two ways lead here: `ACCEPTED` is a statement of the transaction that accepts papers, `settle` follows a void or its
end. People who were made up (channel "synthetic") are nobody. Never tells how many there are: `counting` holds facts
back as long as a prediction is open.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from contest.database import Reader, Writer
from contest.errors import NotFound
from contest.provincial import contests, windows
from contest.provincial.local_time import local_day
from contest.provincial.rules import ContestRules
from contest.provincial.tables import attempts, entries
from contest.provincial.transactions import Statement
from contest.statistics import ledger
from contest.statistics.facts import FactKind
from contest.statistics.tables import participation_facts

SYNTHETIC = "synthetic"
_INTO = (
    "INSERT INTO participation_facts (xid, kind, source, occurred_at, day, recorded_at, person, headcount, commune, "
    "target_group, unit_code, age_band, skills, score, channel, recorded_by, contest_id, release_at) "
)
_OF = (
    "a.submitted_at, w.day, w.at, 2 * e.participant_id, 1, e.commune, e.target_group, e.unit_code, e.age_band, '', "
    "a.score, 'web', 'system', a.contest_id, w.release_at"
)
_WHERE = (
    "JOIN attempts AS a ON a.id = w.id JOIN entries AS e ON e.id = a.entry_id WHERE a.state = 'submitted' "
    f"AND a.void_at IS NULL AND e.void_at IS NULL AND e.channel <> '{SYNTHETIC}' ON CONFLICT DO NOTHING"
)
ACCEPTED = Statement(
    f"{_INTO} SELECT 0, 'contest_attempt', w.source, {_OF} FROM (SELECT value ->> 0 AS id, value ->> 1 AS source, "
    "value ->> 2 AS day, value ->> 3 AS at, value ->> 4 AS release_at FROM json_each(?1)) AS w " + _WHERE,
    f"{_INTO} SELECT pg_current_xact_id()::text::bigint, 'contest_attempt', w.source, {_OF} FROM unnest($1::bigint[], "
    "$2::text[], $3::text[], $4::bigint[], $5::bigint[]) AS w(id, source, day, at, release_at) " + _WHERE,
    width=5,
)
"""Rows as `accepted` makes them. The attempts must stand as submitted already."""

Accepted = tuple[int, str, str, int, int]


def accepted(attempt: int, source: str, submitted_at: int, rules: ContestRules, now_ms: int) -> Accepted:
    """A row of `ACCEPTED`: kept back until the counts of the contest are no secret any more."""
    hidden = windows.counts_hidden(rules, now_ms)
    release_at = windows.counts_open_from(rules, now_ms) if hidden else 0
    return attempt, source, local_day(submitted_at), now_ms, release_at


async def settle(writer: Writer, entry_id: int, *, reason: str, actor: str, now_ms: int) -> None:
    """Makes the ledger agree with what counts of an entry's attempts now, after a void or its end.

    The reason names nobody. Attempts that never had a fact get one when they count.
    """
    rows = (
        await writer.execute(
            select(attempts.c.id, attempts.c.public_id, attempts.c.submitted_at, attempts.c.contest_id)
            .add_columns(attempts.c.void_at, entries.c.void_at.label("entry_void_at"), entries.c.channel)
            .join(entries, entries.c.id == attempts.c.entry_id)
            .where(entries.c.id == entry_id, attempts.c.state == "submitted", entries.c.channel != SYNTHETIC)
            .order_by(attempts.c.id)
        )
    ).all()
    fresh: list[Accepted] = []
    for row in rows:
        counts = row.void_at is None and row.entry_void_at is None
        living, next_source = await _facts_of(writer, row.public_id)
        if living is not None and not counts:
            kind = FactKind.CONTEST_ATTEMPT
            await ledger.void(writer, kind, living, reason=reason, actor=actor, now_ms=now_ms)
        elif living is None and counts:
            rules = await _rules(Reader(writer), row.contest_id)
            fresh.append(accepted(row.id, next_source, row.submitted_at, rules, now_ms))
    await _insert(writer, fresh)


async def mend(writer: Writer, *, actor: str, now_ms: int) -> int:
    """Settles every entry with a paper that has no fact of its own; how many entries."""
    f, a = participation_facts.c, attempts.c
    known = select(f.id).where(f.kind == str(FactKind.CONTEST_ATTEMPT), f.source == a.public_id)
    query = (
        select(a.entry_id)
        .distinct()
        .join(entries, entries.c.id == a.entry_id)
        .where(a.state == "submitted", a.void_at.is_(None), entries.c.void_at.is_(None))
        .where(entries.c.channel != SYNTHETIC, ~known.exists())
        .order_by(a.entry_id)
    )
    missing = (await writer.execute(query)).scalars().all()
    for entry_id in missing:
        await settle(writer, entry_id, reason="mended", actor=actor, now_ms=now_ms)
    return len(missing)


async def _facts_of(writer: Writer, public_id: str) -> tuple[str | None, str]:
    """The source of the attempt's fact that is not void, and the next free one."""
    f, v = participation_facts, participation_facts.alias("v")
    number = 1
    while True:
        source = source_of(public_id, number)
        query = (
            select(f.c.id, v.c.id)
            .outerjoin(v, v.c.voids == f.c.id)
            .where(f.c.kind == str(FactKind.CONTEST_ATTEMPT), f.c.source == source)
        )
        row = (await writer.execute(query)).one_or_none()
        if row is None or row[1] is None:
            return (None if row is None else source), source
        number += 1


def source_of(public_id: str, number: int = 1) -> str:
    """The source of an attempt's first fact, or of the one after so many voids."""
    return public_id if number == 1 else f"{public_id}#{number}"


async def _rules(reader: Reader, contest_id: int) -> ContestRules:
    held = await contests.load(reader, contest_id)
    if held.rules is None:
        raise NotFound("contest_unknown")
    return held.rules


async def _insert(writer: Writer, rows: Sequence[Accepted]) -> None:
    if not rows:
        return
    parameters: tuple[Any, ...]
    if writer.dialect.name == "postgresql":
        parameters = tuple(list(column) for column in zip(*rows, strict=True))
        await writer.exec_driver_sql(ACCEPTED.postgresql, parameters)
    else:
        await writer.exec_driver_sql(ACCEPTED.sqlite, (json.dumps(rows),))


async def still_secret(reader: Reader, contest_ids: Iterable[int], now_ms: int) -> dict[int, int]:
    """The contests whose counts are a secret now, by the rules in force, with when that ends.

    Rules may have been amended since a fact was written: nothing may come out before the last word of them.
    """
    found: dict[int, int] = {}
    for contest_id in sorted(set(contest_ids)):
        try:
            rules = await _rules(reader, contest_id)
        except NotFound:
            continue
        if windows.counts_hidden(rules, now_ms):
            found[contest_id] = windows.counts_open_from(rules, now_ms)
    return found
